"""The scans that somebody started on a page: each in a thread and an event loop of its own, a few at once, to be watched and
stopped.

What a scan found is recorded as ``shopwarden scan`` records it; what a second look at single problems found is only shown. This
list ends with the program: it is no state, the history is.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from scanner.engine.scan import Order, OwnDefect, Progress, scan
from scanner.history.connect import HistoryError
from scanner.results.result import ScanResult, Status
from scanner.settings.errors import BadSettings
from shopwarden.operations.errors import Refused
from shopwarden.operations.keep import keep
from shopwarden.operations.order import order_of
from shopwarden.operations.recheck import Open, Problem, by_problem, judged_again, recheck_of

if TYPE_CHECKING:
    from shopwarden.web.desk import Desk

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Scans at the same time; the others wait their turn."""
MOST_KEPT = 200
"""Scans that have ended are shown for as long as there are no more than these."""
MOST_WAITING = 50
AGAIN_SECONDS = 2.0
STOP_SECONDS = 20.0
"""Within which scans that were stopped write what they know when the program ends."""


class State(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in {State.DONE, State.FAILED}


Look = Callable[[Order, Progress], Awaitable[ScanResult]]
"""Scans a shop; for tests."""


@dataclass
class UnderWay:
    """One scan. rule: the problem alone that is looked at again; "" for a whole scan. because: why it failed, or "".

    scan_id: of the recorded scan. problems: what became of those that were looked at again.
    """

    id: str
    key: str
    name: str
    rule: str
    began: datetime
    state: State = State.WAITING
    progress: Progress = field(default_factory=Progress)
    ended: datetime | None = None
    because: str = ""
    scan_id: str = ""
    problems: tuple[Problem, ...] = ()
    loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """End it with what is known so far."""
        if self.loop is None:
            self.progress.because = self.progress.because or "The scan was stopped by hand."
            return
        try:
            self.loop.call_soon_threadsafe(self.progress.stop)
        except RuntimeError:  # it has just ended
            return


class Scans:
    """Starts them and keeps them; every method may be called from any thread."""

    def __init__(self, desk: Desk, *, look: Look | None = None) -> None:
        self._desk = desk
        self._look = look or self._scan
        self._turns = threading.Semaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._all: dict[str, UnderWay] = {}
        self._threads: list[threading.Thread] = []
        self._closing = False

    def __iter__(self) -> Iterator[UnderWay]:
        with self._lock:
            return iter(tuple(reversed(self._all.values())))

    def get(self, scan_id: str) -> UnderWay | None:
        """One of them."""
        with self._lock:
            return self._all.get(scan_id)

    def of(self, key: str) -> UnderWay | None:
        """The one that is under way at a shop."""
        return next((one for one in self if one.key == key and not one.state.ended), None)

    def last_look(self, key: str, rule: str) -> UnderWay | None:
        """The last look at one problem of a shop."""
        return next((one for one in self if (one.key, one.rule) == (key, rule)), None)

    def start(self, key: str) -> UnderWay:
        """Scan a shop; the one that is under way there already, if there is one. Raises Refused and BadSettings."""
        row, settings = self._desk.row(key), self._desk.settings
        order = order_of(row.shop.site.url, settings, {}, self._desk.catalogue)
        order = replace(order, seed=self._desk.history.seed())
        return self._begin(key, row.shop.name, "", lambda under_way: self._record(under_way, order))

    def look_again(self, key: str, rule: str) -> UnderWay:
        """Look again at one problem of a shop; nothing is recorded. Raises Refused and BadSettings."""
        row = self._desk.row(key)
        wanted = recheck_of(self._desk.history, key, [rule], self._desk.settings, {}, self._desk.catalogue)
        if wanted.order is None:
            raise Refused(f"{key}: nothing is open.")
        order, open_ = wanted.order, wanted.open
        return self._begin(key, row.shop.name, rule, lambda under_way: self._look_again(under_way, order, open_))

    def close(self) -> None:
        """Stop them all, and wait until each has written what it knows."""
        self._closing = True
        for one in self:
            if not one.state.ended:
                one.stop()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _begin(self, key: str, name: str, rule: str, work: Callable[[UnderWay], None]) -> UnderWay:
        with self._lock:
            busy = [one for one in self._all.values() if not one.state.ended]
            mine = next((one for one in busy if one.key == key), None)
            if mine is not None:
                return mine
            if self._closing or len(busy) >= MOST_WAITING:
                raise Refused(f"{len(busy)} scans are waiting already; try again when some of them are done")
            under_way = UnderWay(secrets.token_urlsafe(9), key, name, rule, self._desk.clock.now())
            self._all[under_way.id] = under_way
            for old in [one.id for one in self._all.values() if one.state.ended][: max(0, len(self._all) - MOST_KEPT)]:
                del self._all[old]
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._run, args=(under_way, work), name=f"scan-{under_way.id}")
            self._threads.append(thread)
        thread.start()
        return under_way

    def _run(self, under_way: UnderWay, work: Callable[[UnderWay], None]) -> None:
        with self._turns:
            under_way.state = State.RUNNING
            try:
                if not under_way.progress.because:
                    work(under_way)
            except (Refused, BadSettings, HistoryError, OwnDefect) as error:
                under_way.because = str(error)
            except Exception as error:
                log.error("a scan went wrong", exc_info=error)
                under_way.because = f"our own defect ({type(error).__name__}); please report it, with the lines of the log"
            under_way.ended = self._desk.clock.now()
            under_way.state = State.FAILED if under_way.because else State.DONE

    def _record(self, under_way: UnderWay, order: Order) -> None:
        result = self._looked(order, under_way)
        kept = keep(self._desk.database, result, self._desk.catalogue.rules)
        if kept.problem:
            raise Refused(f"this scan is not kept in the history: {kept.problem}")
        past = next(iter(self._desk.history.scans(order.key, last=1)), None)
        under_way.scan_id = past.id if past is not None else ""

    def _look_again(self, under_way: UnderWay, order: Order, open_: Sequence[Open]) -> None:
        result = self._looked(order, under_way)
        if result.status in {Status.UNREACHABLE, Status.BLOCKED}:
            raise Refused(f"{order.key}: could not be scanned. {result.because or ''}".strip())
        under_way.problems = by_problem(judged_again(open_, result))

    def _looked(self, order: Order, under_way: UnderWay) -> ScanResult:
        async def looking() -> ScanResult:
            under_way.loop = asyncio.get_running_loop()
            return await self._look(order, under_way.progress)

        return asyncio.run(looking())

    async def _scan(self, order: Order, progress: Progress) -> ScanResult:
        return (await scan(order, self._desk.catalogue, progress=progress, again_after=AGAIN_SECONDS)).result
