"""What people ask of the queue: to put a run into it, to say how far it is, to pause and to cancel it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner._version import __version__
from scanner.history.connect import HistoryError
from scanner.history.queue import Queue, QueuedRun, Standing, queue_of
from scanner.history.store import History
from scanner.settings.models import Settings
from scanner.text.clock import Clock
from shopwarden.operations.errors import Refused
from shopwarden.operations.nightly import Run, refuse_strange_dates
from shopwarden.operations.sites import cells_of

NEEDS_EXTRA = "The queue needs an extra: pip install 'shopwarden[queue]'"


@dataclass(frozen=True, slots=True)
class Put:
    """A run that waits now. shops: those that were not waiting yet. resumed: when it was begun, where it was there already."""

    id: str
    shops: int
    resumed: datetime | None = None


def configuration_of(settings: Settings) -> str:
    """Stands for what a configuration says, wherever its file lies and however it is laid out."""
    said = settings.model_dump_json(exclude={"agency": {"logo"}})
    return hashlib.sha256(said.encode()).hexdigest()


def our_queue(settings: Settings) -> str:
    """The queue of workers of this version with this configuration."""
    return queue_of(__version__, configuration_of(settings))


@contextmanager
def opened(database: str | None) -> Iterator[tuple[History, Queue]]:
    """The history and its queue, with the tables of its jobs. Raises Refused, for whatever is wrong with it."""
    try:
        from shopwarden.operations.tickets import tables
    except ModuleNotFoundError as error:
        raise Refused(NEEDS_EXTRA) from error
    try:
        history = History.open(database)
        try:
            queue = history.queue()
            queue.make(tables())
            yield history, queue
        finally:
            history.close()
    except HistoryError as error:
        raise Refused(str(error)) from error


def put(run: Run) -> Put:
    """Let workers do a run: its shops wait in the queue when this returns. One that waits already goes on. Raises Refused."""
    with opened(run.database) as (history, queue), history.alone():
        now = Clock().now() + history.ahead
        refuse_strange_dates(run, history, now)
        ours = our_queue(run.settings)
        begun = history.begin_run(run.command, ours, now)
        terms: Mapping[str, Any] = {"given": dict(run.again["given"]), "accept_clock": run.accept_clock}
        shops = {shop.key: cells_of(shop.site) for shop in run.shops.shops}
        count = queue.put(begun.id, ours, __version__, terms, shops)
        return Put(begun.id, count, begun.started if begun.resumed else None)


def chosen(queue: Queue, begins: str | None) -> QueuedRun:
    """The run whose id begins so, or the only one there is. Raises Refused."""
    runs = [one.run for one in queue.standing() if one.run.id.startswith(begins or "")]
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise Refused(f"no run {begins} is in the queue" if begins else "no run is in the queue")
    raise Refused(f"several runs are in the queue; give the beginning of one's id: {', '.join(one.id[:8] for one in runs)}")


def standing(database: str | None) -> tuple[Standing, ...]:
    """How far the runs are that are not over. Raises Refused."""
    with opened(database) as (_, queue):
        return queue.standing()
