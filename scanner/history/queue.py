"""Runs whose shops are scanned by workers on any number of computers: how far each shop is, and when a server may be asked.

What stands here is what counts. A job of the queue is only a ticket for a look at one shop: one too many does nothing, and for
one that was lost another is made. All moments are seconds since 1970 by the clock of the database's server, so that no worker's
own clock matters. Everything here blocks, and raises HistoryError. PostgreSQL only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from scanner.history.connect import Database, HistoryError
from scanner.history.schema import moment

MOST_LOST = 10
"""Workers that a shop may cost: what ends one by its mere answers would end them all."""
AGAIN_SECONDS = 10.0
"""Until a shop that could not be reached has its second turn."""
REMEMBERED_DAYS = 7
"""For which a run that is over can be looked at; its scans stay in the history as all others do."""
LEASE_SECONDS = 30.0
"""After which a job is made by somebody else, where whoever was about to make it has ended."""
_NEVER = 10_000
"""Days since the last scan of a shop that was never scanned: it goes first."""


class NoQueueError(HistoryError):
    """The history lies in no database that could hold a queue."""


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run. terms: as given when it was begun. version: of the program that began it. state: see ``schema.QUEUED_RUNS``."""

    id: str
    command: str
    started: datetime
    queue: str
    version: str
    terms: Mapping[str, Any]
    state: str


@dataclass(frozen=True, slots=True)
class QueuedShop:
    """A shop whose turn it is. again: whether it could not be reached at its first. because: why it has another."""

    site: str
    cells: Mapping[str, str]
    again: bool
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job that is to be made. priority: the higher, the sooner. turns: tells it from an earlier one of the same shop. due: till
    when nobody else makes it.
    """

    run: str
    queue: str
    site: str
    priority: int
    turns: int
    due: float
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is. a_minute: shops over the last ten minutes. oldest: seconds since the shop that waits or runs longest was
    touched. troubles: (shop, why) of those that failed or are to be looked at again, the newest first.
    """

    run: QueuedRun
    waiting: int
    running: int
    done: int
    failed: int
    cancelled: int
    a_minute: float
    oldest: float | None
    troubles: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """All its shops."""
        return self.waiting + self.running + self.done + self.failed + self.cancelled


def queue_of(version: str, configuration: str) -> str:
    """The queue that workers of this version with this configuration take their jobs from: others' never meet them.

    configuration: any text that stands for it. 27 characters, as PostgreSQL's channels are short.
    """
    return f"shopwarden-{hashlib.sha256((version + configuration).encode()).hexdigest()[:16]}"


class Queue:
    """The queue of an opened history. Raises NoQueueError where it is not PostgreSQL's."""

    def __init__(self, database: Database) -> None:
        if database.server is None:
            raise NoQueueError(
                f"{database.where}: a queue needs a history on PostgreSQL; give --database postgresql://user@host/name"
            )
        self._database = database
        self.server = database.server

    def make(self, tables: str) -> None:
        """Make the tables of the jobs where there are none, whoever is first. tables: SQL, any number of statements."""
        with self._database.writing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar_one() is None:
                driver: Any = connection.connection.driver_connection  # SQLAlchemy takes one statement at a time
                driver.execute(tables)

    # ---- putting runs in, and looking at them

    def put(self, run: str, queue: str, version: str, terms: Mapping[str, Any], shops: Mapping[str, Mapping[str, str]]) -> int:
        """Let the shops of a run wait; how many were not there before. shops: cells by key, in order."""
        with self._database.writing() as connection:
            row = {"run": run, "queue": queue, "version": version, "terms": json.dumps(terms, default=str), "state": "going"}
            connection.execute(_PUT_RUN, row)
            days = {row.site: row.days for row in connection.execute(_RESTED, {"sites": list(shops)})}
            rows = [
                {"run": run, "site": site, "place": place, "cells": json.dumps(cells), "priority": days.get(site, _NEVER)}
                for place, (site, cells) in enumerate(shops.items())
            ]
            before = connection.execute(_COUNT, {"run": run}).scalar_one()
            connection.execute(_PUT_SHOP, rows)
            return int(connection.execute(_COUNT, {"run": run}).scalar_one() - before)

    def run(self, run: str) -> QueuedRun | None:
        """One run; None where it is not in the queue."""
        with self._database.reading() as connection, self._database.decoding():
            row = connection.execute(text(f"{_RUNS} WHERE q.run = :run"), {"run": run}).first()
            return _run(row) if row is not None else None

    def standing(self, *, all_: bool = False) -> tuple[Standing, ...]:
        """How far the runs are that are not over, or all that are remembered; the newest first."""
        wanted = "" if all_ else "WHERE q.state <> 'over'"
        with self._database.reading() as connection, self._database.decoding():
            runs = [_run(row) for row in connection.execute(text(f"{_RUNS} {wanted} ORDER BY r.started DESC LIMIT 100"))]
            return tuple(_standing(connection, run) for run in runs)

    def pause(self, run: str) -> None:
        """No further shop of it is begun."""
        self._turn(run, "going", "paused")

    def go_on(self, run: str) -> None:
        """What is left of a paused run is done after all."""
        self._turn(run, "paused", "going")

    def cancel(self, run: str) -> int:
        """What is under way is ended in order, and what waits is not begun. How many those were."""
        with self._database.writing() as connection:
            connection.execute(
                text("UPDATE shopwarden_queued_runs SET state = 'cancelled' WHERE run = :run AND state <> 'over'"), {"run": run}
            )
            return int(connection.execute(_CANCEL, {"run": run}).rowcount)

    def _turn(self, run: str, old: str, new: str) -> None:
        with self._database.writing() as connection:
            connection.execute(_TURN, {"run": run, "old": old, "new": new})

    # ---- making jobs of it

    def due(self, queue: str, most: int = 100) -> tuple[Ticket, ...]:
        """Shops of which jobs are to be made now, the most urgent first. Who asks makes them and says so by ``ticketed``."""
        with self._database.writing() as connection, self._database.decoding():
            rows = connection.execute(_DUE, {"queue": queue, "most": most, "lease": LEASE_SECONDS}).all()
        return tuple(
            Ticket(row.run, queue, row.site, row.priority, row.turns, row.due, json.loads(row.cells))
            for row in sorted(rows, key=lambda row: (-row.priority, row.place))
        )

    def ticketed(self, tickets: Sequence[Ticket]) -> None:
        """The jobs are made."""
        if tickets:
            with self._database.writing() as connection:
                connection.execute(_TICKETED, [{"run": one.run, "site": one.site, "due": one.due} for one in tickets])

    def make_up(self, queue: str) -> int:
        """Shops whose job is gone, whatever took it away, get another one. How many those were."""
        with self._database.writing() as connection:
            return int(connection.execute(_MAKE_UP, {"queue": queue, "lease": LEASE_SECONDS}).rowcount)

    def to_finish(self, queue: str) -> tuple[str, ...]:
        """Runs that have no shop left, and are not ended yet."""
        with self._database.reading() as connection:
            return tuple(connection.execute(_TO_FINISH, {"queue": queue}).scalars())

    def strangers(self, queue: str) -> tuple[tuple[str, str, int], ...]:
        """Runs that other workers are for: (run, version, shops that wait)."""
        with self._database.reading() as connection:
            return tuple((row.run, row.version, row.waiting) for row in connection.execute(_STRANGERS, {"queue": queue}))

    # ---- working them off

    def begin(self, run: str, site: str) -> QueuedShop | None:
        """Take a shop's turn; None where there is nothing to do: it is done, or its run is paused, cancelled or over.

        One that was running already has lost its worker; too many of those, and it has failed.
        """
        with self._database.writing() as connection, self._database.decoding():
            state = connection.execute(_STATE_OF_RUN, {"run": run}).scalar_one_or_none()
            row = connection.execute(_LOCK_SHOP, {"run": run, "site": site}).first()
            if row is None or row.state not in {"waiting", "running"} or state in {None, "over"}:
                return None
            key = {"run": run, "site": site}
            if row.state == "waiting" and state == "paused":
                connection.execute(_GIVE_BACK, key | {"because": row.because, "seconds": 0.0})
                return None
            lost = row.lost + (row.state == "running")
            if lost >= MOST_LOST:
                because = f"The worker was lost {lost} times while it looked at this shop."
                connection.execute(_END, key | {"state": "failed", "because": because})
                return None
            connection.execute(_BEGIN, key | {"lost": lost})
            return QueuedShop(site, json.loads(row.cells), row.again, row.because)

    def end(self, run: str, site: str, *, failed: bool = False, because: str | None = None) -> None:
        """A shop is done, or has failed."""
        self._set(_END, run, site, state="failed" if failed else "done", because=because)

    def again(self, run: str, site: str, because: str) -> None:
        """It has another turn, behind all others."""
        self._set(_AGAIN, run, site, because=because, seconds=AGAIN_SECONDS)

    def give_back(self, run: str, site: str, because: str) -> None:
        """Whoever took its turn cannot end it: another one shall, as if nothing had been."""
        self._set(_GIVE_BACK, run, site, because=because, seconds=0.0)

    def _set(self, statement: TextClause, run: str, site: str, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(statement, {"run": run, "site": site} | values)

    def is_recorded(self, run: str, site: str) -> bool:
        """Whether a scan of the shop stands in the history already: whoever recorded it ended before he could say so."""
        with self._database.reading() as connection:
            return connection.execute(_RECORDED, {"run": run, "site": site}).first() is not None

    def shops(self, run: str) -> tuple[QueuedShop, ...]:
        """All shops of a run, in order."""
        with self._database.reading() as connection, self._database.decoding():
            rows = connection.execute(_SHOPS, {"run": run})
            return tuple(QueuedShop(row.site, json.loads(row.cells), row.again, row.because) for row in rows)

    def troubled(self, run: str) -> tuple[str, ...]:
        """Shops with a defect of ours, by key."""
        with self._database.reading() as connection:
            return tuple(connection.execute(_TROUBLED, {"run": run}).scalars())

    def over(self, run: str) -> None:
        """It is ended: told, and closed. What the queue knows of runs that were long ago goes with it."""
        with self._database.writing() as connection:
            connection.execute(text("UPDATE shopwarden_queued_runs SET state = 'over' WHERE run = :run"), {"run": run})
            for statement in _FORGET:
                connection.execute(statement, {"days": REMEMBERED_DAYS})

    # ---- paces

    def turn(self, address: str, gap: float) -> float:
        """Take a turn at a server, if one has come: 0. Otherwise the seconds until one may. gap: seconds until the next one."""
        with self._database.saying() as connection:
            if connection.execute(_TAKE, {"address": address, "gap": gap}).rowcount:
                return 0.0
            return float(connection.execute(_WAIT, {"address": address}).scalar_one())

    def hold(self, address: str, seconds: float) -> None:
        """A server wants to be left alone for so long: nobody asks it."""
        with self._database.writing() as connection:
            connection.execute(_HOLD, {"address": address, "seconds": seconds})


_LOCK = 5_120_774_309_118_846  # any number that nobody else uses, for pg_advisory_xact_lock
_NOW = "extract(epoch FROM clock_timestamp())::double precision"
_OPEN = "WHERE run = :run AND site = :site AND state IN ('waiting', 'running')"


def _sql(words: str) -> TextClause:
    """A statement in which MOMENT and OPEN stand for what they mean."""
    return text(words.replace("MOMENT", _NOW).replace("OPEN", _OPEN))


_RUNS = (
    "SELECT q.run, q.queue, q.version, q.terms, q.state, r.command, r.started "
    "FROM shopwarden_queued_runs q JOIN shopwarden_runs r ON r.id = q.run"
)
_PUT_RUN = _sql(
    "INSERT INTO shopwarden_queued_runs (run, queue, version, terms, state) VALUES (:run, :queue, :version, :terms, :state) "
    "ON CONFLICT (run) DO UPDATE SET queue = excluded.queue, version = excluded.version, terms = excluded.terms"
)
_RESTED = _sql(
    "SELECT site, least(9999, greatest(0, (MOMENT - extract(epoch FROM max(started)::timestamptz)) / 86400))::integer AS days "
    "FROM shopwarden_scans WHERE site = ANY(:sites) GROUP BY site"
)
_COUNT = _sql("SELECT count(*) FROM shopwarden_queued_shops WHERE run = :run")
_PUT_SHOP = _sql(
    "INSERT INTO shopwarden_queued_shops (run, site, place, cells, priority, state, turns, lost, due, changed) "
    "VALUES (:run, :site, :place, :cells, :priority, 'waiting', 0, 0, MOMENT, MOMENT) ON CONFLICT (run, site) DO NOTHING"
)
_TURN = _sql("UPDATE shopwarden_queued_runs SET state = :new WHERE run = :run AND state = :old")
_CANCEL = _sql(
    "UPDATE shopwarden_queued_shops SET state = 'cancelled', due = NULL, changed = MOMENT WHERE run = :run AND state = 'waiting'"
)
_DUE = _sql(
    "UPDATE shopwarden_queued_shops SET due = MOMENT + :lease WHERE (run, site) IN ("
    "SELECT s.run, s.site FROM shopwarden_queued_shops s JOIN shopwarden_queued_runs q ON q.run = s.run "
    "WHERE q.queue = :queue AND q.state = 'going' AND s.state = 'waiting' AND s.due <= MOMENT "
    "ORDER BY s.priority DESC, s.place LIMIT :most FOR UPDATE OF s SKIP LOCKED) "
    "RETURNING run, site, place, priority, turns, due, cells"
)
_TICKETED = _sql("UPDATE shopwarden_queued_shops SET due = NULL WHERE run = :run AND site = :site AND due = :due")
_MAKE_UP = _sql(
    "UPDATE shopwarden_queued_shops s SET due = MOMENT, lost = s.lost + (s.state = 'running')::integer, state = 'waiting' "
    "FROM shopwarden_queued_runs q WHERE q.run = s.run AND q.queue = :queue AND s.state IN ('waiting', 'running') "
    "AND s.due IS NULL AND s.changed < MOMENT - :lease AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j "
    "WHERE j.status IN ('todo', 'doing') AND j.args ->> 'run' = s.run AND j.args ->> 'site' = s.site)"
)
_TO_FINISH = _sql(
    "SELECT run FROM shopwarden_queued_runs q WHERE queue = :queue AND state IN ('going', 'cancelled') AND NOT EXISTS ("
    "SELECT 1 FROM shopwarden_queued_shops s WHERE s.run = q.run AND s.state IN ('waiting', 'running'))"
)
_STRANGERS = _sql(
    "SELECT q.run, q.version, count(*) AS waiting FROM shopwarden_queued_runs q JOIN shopwarden_queued_shops s ON s.run = q.run "
    "WHERE q.queue <> :queue AND q.state = 'going' AND s.state = 'waiting' GROUP BY q.run, q.version ORDER BY q.run"
)
_STATE_OF_RUN = _sql("SELECT state FROM shopwarden_queued_runs WHERE run = :run FOR SHARE")
_LOCK_SHOP = _sql(
    "SELECT state, cells, lost, because, priority < 0 AS again "
    "FROM shopwarden_queued_shops WHERE run = :run AND site = :site FOR UPDATE"
)
_BEGIN = _sql(
    "UPDATE shopwarden_queued_shops SET state = 'running', lost = :lost, turns = turns + 1, due = NULL, changed = MOMENT "
    "WHERE run = :run AND site = :site"
)
_END = _sql("UPDATE shopwarden_queued_shops SET state = :state, because = :because, due = NULL, changed = MOMENT OPEN")
_AGAIN = _sql(
    "UPDATE shopwarden_queued_shops SET state = 'waiting', because = :because, priority = -1, "
    "due = MOMENT + :seconds, changed = MOMENT OPEN"
)
_GIVE_BACK = _sql(
    "UPDATE shopwarden_queued_shops SET state = 'waiting', because = :because, due = MOMENT + :seconds, changed = MOMENT OPEN"
)
_RECORDED = _sql("SELECT 1 FROM shopwarden_scans WHERE run = :run AND site = :site")
_SHOPS = _sql("SELECT site, cells, because, priority < 0 AS again FROM shopwarden_queued_shops WHERE run = :run ORDER BY place")
_TROUBLED = _sql(
    "SELECT site FROM shopwarden_queued_shops WHERE run = :run AND state IN ('done', 'failed') AND because IS NOT NULL "
    "ORDER BY place"
)
_STANDING = _sql(
    "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'running') AS running, "
    "count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'failed') AS failed, "
    "count(*) FILTER (WHERE state = 'cancelled') AS cancelled, "
    "count(*) FILTER (WHERE state IN ('done', 'failed') AND changed > MOMENT - 600) AS lately, "
    "MOMENT - min(changed) AS since, MOMENT - min(changed) FILTER (WHERE state IN ('waiting', 'running')) AS oldest "
    "FROM shopwarden_queued_shops WHERE run = :run"
)
_TROUBLES = _sql(
    "SELECT site, because FROM shopwarden_queued_shops WHERE run = :run AND because IS NOT NULL ORDER BY changed DESC LIMIT 10"
)
_FORGET = (
    _sql(
        "WITH gone AS (DELETE FROM shopwarden_queued_runs q WHERE q.state = 'over' AND NOT EXISTS ("
        "SELECT 1 FROM shopwarden_runs r WHERE r.id = q.run "
        "AND r.started::timestamptz > clock_timestamp() - make_interval(days => :days)) RETURNING run) "
        "DELETE FROM shopwarden_queued_shops WHERE run IN (SELECT run FROM gone)"
    ),
    _sql("DELETE FROM shopwarden_paces WHERE greatest(next, paused) < MOMENT - 86400 * :days"),
)
_TAKE = _sql(
    "INSERT INTO shopwarden_paces AS p (address, next, paused) VALUES (:address, MOMENT + :gap, 0) "
    "ON CONFLICT (address) DO UPDATE SET next = excluded.next WHERE greatest(p.next, p.paused) <= MOMENT"
)
_WAIT = _sql("SELECT greatest(0.001, greatest(next, paused) - MOMENT) FROM shopwarden_paces WHERE address = :address")
_HOLD = _sql(
    "INSERT INTO shopwarden_paces AS p (address, next, paused) VALUES (:address, 0, MOMENT + :seconds) "
    "ON CONFLICT (address) DO UPDATE SET paused = greatest(p.paused, excluded.paused)"
)


def _run(row: Row[Any]) -> QueuedRun:
    return QueuedRun(row.run, row.command, moment(row.started), row.queue, row.version, json.loads(row.terms), row.state)


def _standing(connection: Connection, run: QueuedRun) -> Standing:
    row = connection.execute(_STANDING, {"run": run.id}).one()
    minutes = max(1.0, min(600.0, row.since or 0.0) / 60)
    troubles = tuple((one.site, one.because) for one in connection.execute(_TROUBLES, {"run": run.id}))
    counts = (row.waiting, row.running, row.done, row.failed, row.cancelled)
    return Standing(run, *counts, row.lately / minutes, row.oldest, troubles)
