"""Many shops at once, each through to its report and its place in the history; a failing one never stops the others.

A run is resumable: a shop is done when its scan is recorded in the run, which happens after its report is written. All shops
share one pace a server address, so that ten shops on one host are asked as gently as one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, OwnDefect, Scan, Shared, scan
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import Resolve, SystemResolver
from scanner.history.comparison import Limits, compare
from scanner.history.connect import HistoryError
from scanner.history.events import Event
from scanner.history.run_summary import NOT_REACHED, Overview, ShopLine, backup_of, why_ungraded
from scanner.history.store import History, StrangeDateError
from scanner.history.trend import MOST_SCANS, Trend, trend
from scanner.results.document import ScanDocument, document
from scanner.results.result import ScanResult, Status
from scanner.text.clock import Clock
from shopwarden.operations.file_names import file_stem
from shopwarden.operations.keep import in_order
from shopwarden.operations.second_look import Look, looked_twice

log = logging.getLogger(__name__)

GRACE_SECONDS = 120.0
"""After a shop's own time limit and grace, for a scan that does not end by itself."""
LATER_SECONDS = 10.0
"""At least, until a shop that could not be reached is tried again."""
_ENDED = "The run was ended before this shop's turn."
Write = Callable[[Order, ScanResult, Trend | None], str]
"""How a shop's reports are written, with what changed since last time; gives the page's name. Raises OSError."""


@dataclass(slots=True)
class Tally:
    """How far a run is, and what went wrong. failed: shops with a defect of ours. unwritten: reports, in words."""

    total: int
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    failed: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    unscanned: list[str] = field(default_factory=list)
    found: bool = False

    def estimate(self, at_once: int) -> float | None:
        """Seconds still to go: as long a shop as those behind us took. None until each place has finished one."""
        if self.done < min(at_once, self.total):
            return None
        return (time.monotonic() - self.began) / max(self.done, 1) * (self.total - self.done)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A shop whose turn comes. again: whether it could not be reached at its first, which ended at ``since``."""

    order: Order
    again: bool = False
    since: float = 0.0


class Batch:
    """A run. history: None leaves no trace. run: its id in the history. clock, resolve, look: for tests.

    compared: scans are compared with what is known, and a high alarm is raised only after a second look. accept_clock: as
    ``History.record`` takes it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        write: Write,
        folder: Path,
        *,
        history: History | None,
        run: str | None = None,
        compared: Limits | None = None,
        command: str = "batch",
        at_once: int = 4,
        clock: Clock | None = None,
        resolve: Resolve | None = None,
        look: Look | None = None,
        accept_clock: bool = False,
    ) -> None:
        self._catalogue, self._write, self._folder = catalogue, write, folder
        self._history, self._run, self._compared, self._command = history, run, compared, command
        self._at_once, self._clock, self._resolve = at_once, clock or Clock(), resolve
        self._accept_clock = accept_clock
        self._paces, self._shared = Paces(1.0), Shared()
        self._own_look = look
        self.lines: dict[str, ShopLine] = {}
        self.tally = Tally(0)

    async def scan_all(self, orders: Sequence[Order], done: Collection[str] = ()) -> None:
        """Scan what is not done yet. Raises HistoryError where the history can no longer be written: nothing would be kept."""
        if self._history is not None:
            for order in (order for order in orders if order.key in done):
                self.lines[order.key] = await asyncio.to_thread(self._past_line, order, self._history)
        waiting = deque(_Turn(order) for order in orders if order.key not in done)
        self.tally.total, self.tally.began = len(waiting), time.monotonic()
        look = self._looking()
        try:
            async with asyncio.TaskGroup() as places:
                for _ in range(min(self._at_once, self.tally.total)):
                    places.create_task(self._work(waiting, look))
        except BaseExceptionGroup as group:  # "except*" would raise a group again (until Python 3.11.4 or so)
            ours = group.subgroup(HistoryError)
            if ours is None:
                raise
            raise _first(ours) from None

    def overview(self, orders: Sequence[Order], started: datetime) -> Overview:
        """The run; a shop that it did not come to, since it was ended before, keeps what its last scan said."""
        lines = tuple(self.lines.get(order.key) or self._not_reached(order) for order in orders)
        return Overview(started, self._clock.now(), lines)

    async def _work(self, waiting: deque[_Turn], look: Look) -> None:
        """A shop that cannot be reached has a second turn behind all others: a moment's trouble, ours or a name server's, is over
        by then, and till then nobody is told."""
        now = asyncio.get_running_loop().time
        while waiting:
            turn = waiting.popleft()
            key = turn.order.key
            try:
                await asyncio.sleep(turn.since + LATER_SECONDS - now() if turn.again else 0)
                line = await self._one(turn, look)
            except StrangeDateError as error:
                self.tally.unwritten.append(str(error))
                line = ShopLine(key, _called(turn.order), turn.order.asked.url, "failed", trouble=str(error))
            except HistoryError:
                raise
            except Exception as error:
                log.exception("scanning %s failed", key)
                words = f"Our own defect ({type(error).__name__}); please report it."
                if isinstance(error, OwnDefect):
                    words = str(error)
                self.tally.failed.append(key)
                line = ShopLine(key, _called(turn.order), turn.order.asked.url, "failed", trouble=words)
            if line is None:
                waiting.append(_Turn(turn.order, again=True, since=now()))
                continue
            self.lines[key] = line
            self.tally.done += 1

    async def _one(self, turn: _Turn, look: Look) -> ShopLine | None:
        """None where the shop is worth another turn."""
        order, key = turn.order, turn.order.key
        limit = 2 * (order.options.max_time + order.tail.count / order.options.rate) + GRACE_SECONDS
        async with asyncio.timeout(limit):
            if self._history is not None:
                await asyncio.to_thread(self._date_of, self._history, key)  # nothing is asked for what could not be recorded
                order = replace(order, seed=await asyncio.to_thread(self._history.seed))
            if self._history is not None and self._compared is not None:
                known = await asyncio.to_thread(self._history.known, key)
                order = replace(order, tail=replace(order.tail, start=known.tail))
                result = await looked_twice(order, self._catalogue, known, look)
            else:
                result = (await look(order)).result
        if result.status is Status.UNREACHABLE and not (result.elsewhere or turn.again):
            return None
        return await asyncio.to_thread(self._keep, order, result)

    def _date_of(self, history: History, key: str) -> None:
        history.date_of(key, self._clock.now(), accept_clock=self._accept_clock)

    def _keep(self, order: Order, result: ScanResult) -> ShopLine:
        """Report first, record after: what is recorded has its report."""
        if self._history is not None:
            result = in_order(self._history, result, accept_clock=self._accept_clock)
        key, seen = order.key, document(result)
        self._note(order, result)
        name = f"{file_stem(key)}.html"
        rules = self._catalogue.rules
        since = trend(self._history.documents(key, MOST_SCANS), seen, rules) if self._history is not None else None
        try:
            name = self._write(order, result, since)
        except OSError as error:
            self.tally.unwritten.append(f"{self._folder / name}: cannot be written ({error.strerror or error})")
            name = ""
        if self._history is None:
            return _line(order, seen, (), (seen.grade,), name)
        changes = since.changes if since is not None else ()
        comparing = partial(compare, rules=rules, limits=self._compared, answers=True) if self._compared is not None else None
        step = self._history.record(
            seen, command=self._command, run=self._run, compare=comparing, accept_clock=self._accept_clock
        )
        if step is not None:
            changes = step.events
        return _line(order, seen, changes, _trend(key, self._history), name)

    def _note(self, order: Order, result: ScanResult) -> None:
        key, worst = order.key, order.options.fail_on
        if result.defective:
            self.tally.failed.append(key)
        if result.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        if worst is not None and result.has(worst):
            self.tally.found = True

    def _past_line(self, order: Order, history: History) -> ShopLine:
        """The line of a shop that was done before the run was killed."""
        key = order.key
        (past,) = history.scans(key, run=self._run, last=1)
        seen = history.document(past.id)
        changes = tuple(told.event for told in history.events([past.id])[past.id])
        if seen.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        return _line(order, seen, changes, _trend(key, history), self._report_of(key))

    def _not_reached(self, order: Order) -> ShopLine:
        """The line of a shop when the run was ended before its turn, or before its scan was done."""
        key, history = order.key, self._history
        if history is not None and self._run is not None and history.scans(key, run=self._run, last=1):
            return self._past_line(order, history)  # its scan was recorded while the run ended
        past = history.scans(key, last=1) if history is not None else ()
        if history is None or not past:
            return ShopLine(key, _called(order), order.asked.url, NOT_REACHED, trouble=f"{_ENDED} It was never scanned before.")
        line = _line(order, history.document(past[0].id), (), _trend(key, history), self._report_of(key))
        told = f"{_ENDED} This is its scan of {past[0].started:%Y-%m-%d %H:%M} UTC."
        return replace(line, status=NOT_REACHED, because=" ".join(filter(None, [told, line.because])))

    def _report_of(self, key: str) -> str:
        name = f"{file_stem(key)}.html"
        return name if (self._folder / name).exists() else ""

    def _looking(self) -> Look:
        if self._own_look is not None:
            return self._own_look
        resolve = self._resolve or SystemResolver()

        async def look(order: Order) -> Scan:
            paces = self._paces.at(order.options.rate)
            shared = Shared() if order.focus.only else self._shared  # a second look asks again
            return await scan(order, self._catalogue, clock=self._clock, resolve=resolve, shared=shared, paces=paces)

        return look


def _trend(key: str, history: History) -> tuple[str | None, ...]:
    return tuple(past.grade for past in reversed(history.scans(key, last=MOST_SCANS)))


def _line(order: Order, seen: ScanDocument, changes: tuple[Event, ...], trend: tuple[str | None, ...], report: str) -> ShopLine:
    problems = seen.problems
    return ShopLine(
        key=order.key,
        name=_called(order),
        url=seen.site.url,
        status=str(seen.status),
        because=seen.because or "",
        grade=seen.grade,
        provisional=seen.provisional,
        score=seen.score,
        problems=(problems.critical, problems.high, problems.medium, problems.low, problems.info),
        ungraded=why_ungraded(seen),
        changes=changes,
        trend=trend,
        report=report,
        last=seen.started,
        backup=backup_of(seen),
    )


def _called(order: Order) -> str:
    return (order.site.name if order.site else None) or order.asked.host


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
