"""Many shops at once, each through to its report and its place in the history; a failing one never stops the others.

A run is resumable: a shop is done when its scan is recorded in the run, which happens after its report is written. All shops
share one pace a server address, so that ten shops on one host are asked as gently as one.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from scanner.catalogue import Catalogue
from scanner.clock import Clock
from scanner.comparison import Event, KnownSite, Limits, agreed, compare, doubted, first_look
from scanner.document import ScanDocument, document, to_json
from scanner.focus import Focus
from scanner.gatherers.network import Pace, Paces, Resolve, SystemResolver
from scanner.history import History, HistoryError
from scanner.overview import Overview, ShopLine, as_csv, as_json
from scanner.result import ScanResult, Status
from scanner.scan import Order, Scan, scan
from scanner.shops import file_stem
from scanner.target import Target
from scanner.verdicts import MOST_PLACES

log = logging.getLogger(__name__)

GRACE_SECONDS = 120.0
"""After a shop's own time limit and grace, for a scan that does not end by itself."""
TREND = 14
"""Scans that the overview's trend shows."""

Look = Callable[[Order], Awaitable[Scan]]


@dataclass(frozen=True, slots=True)
class Writers:
    """How reports are written; the command line hands them in. Both raise OSError."""

    shop: Callable[[ScanResult, Path], None]
    overview: Callable[[Overview, Path], None]


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


class HostPaces(Paces):
    """One scan's view of the paces that all scans of a run share: a server is asked as slowly as its most careful shop wants."""

    def __init__(self, shared: Paces, rate: float) -> None:
        super().__init__(rate)
        self._shared, self._own = shared, rate

    def of(self, address: str, rate: float | None = None) -> Pace:
        """The shared pace of a server address."""
        pace = self._shared.of(address, rate or self._own)
        pace.at_least(1 / self._own)
        return pace


class Batch:
    """A run. history: None leaves no trace. run: its id in the history. clock, resolve, look: for tests.

    compared: scans are compared with what is known, and a high alarm is raised only after a second look.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        writers: Writers,
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
    ) -> None:
        self._catalogue, self._writers, self._folder = catalogue, writers, folder
        self._history, self._run, self._compared, self._command = history, run, compared, command
        self._at_once, self._clock, self._resolve = at_once, clock or Clock(), resolve
        self._paces = Paces(1.0)
        self._own_look = look
        self.lines: dict[str, ShopLine] = {}
        self.tally = Tally(0)

    async def scan_all(self, orders: Sequence[Order], done: Collection[str] = ()) -> None:
        """Scan what is not done yet. Raises HistoryError where the history can no longer be written: nothing would be kept."""
        if self._history is not None:
            for order in (order for order in orders if order.target.key in done):
                self.lines[order.target.key] = await asyncio.to_thread(self._past_line, order, self._history)
        waiting = iter([order for order in orders if order.target.key not in done])
        self.tally.total = sum(order.target.key not in done for order in orders)
        self.tally.began = time.monotonic()
        async with self._looking() as look, asyncio.TaskGroup() as places:
            for _ in range(min(self._at_once, self.tally.total)):
                places.create_task(self._work(waiting, look))

    def overview(self, orders: Sequence[Order], started: datetime) -> Overview:
        """The run as far as it came."""
        lines = tuple(self.lines[key] for order in orders if (key := order.target.key) in self.lines)
        return Overview(started, self._clock.now(), lines)

    async def _work(self, waiting: Iterator[Order], look: Look) -> None:
        for order in waiting:
            key = order.target.key
            try:
                self.lines[key] = await self._one(order, look)
            except HistoryError:
                raise
            except Exception as error:
                log.exception("scanning %s failed", key)
                words = f"Our own defect ({type(error).__name__}); please report it."
                self.tally.failed.append(key)
                self.lines[key] = ShopLine(key, _called(order), order.target.url, "failed", problem=words)
            self.tally.done += 1

    async def _one(self, order: Order, look: Look) -> ShopLine:
        key = order.target.key
        limit = 2 * order.options.max_time + GRACE_SECONDS
        async with asyncio.timeout(limit):
            if self._history is not None and self._compared is not None:
                known = await asyncio.to_thread(self._history.known, key)
                result = await looked_twice(order, known, look)
            else:
                result = (await look(order)).result
        return await asyncio.to_thread(self._keep, order, result)

    def _keep(self, order: Order, result: ScanResult) -> ShopLine:
        """Report first, record after: what is recorded has its report."""
        key, seen = order.target.key, document(result)
        self._note(order, result)
        name = f"{file_stem(key)}.html"
        try:
            self._writers.shop(result, self._folder / name)
            write_whole(self._folder / f"{file_stem(key)}.json", to_json(result))
        except OSError as error:
            self.tally.unwritten.append(f"{self._folder / name}: cannot be written ({error.strerror or error})")
            name = ""
        if self._history is None:
            return _line(order, seen, (), (seen.grade,), name)
        changes: tuple[Event, ...] = ()
        if self._compared is None:
            changes = _since_last(seen, self._history)
        step = self._history.record(seen, command=self._command, run=self._run, limits=self._compared)
        if step is not None:
            changes = step.events
        return _line(order, seen, changes, _trend(key, self._history), name)

    def _note(self, order: Order, result: ScanResult) -> None:
        key, worst = order.target.key, order.options.fail_on
        if result.defective:
            self.tally.failed.append(key)
        if result.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        if worst is not None and any(found.counts and found.rule.severity.rank <= worst.rank for found in result.findings):
            self.tally.found = True

    def _past_line(self, order: Order, history: History) -> ShopLine:
        """The line of a shop that was done before the run was killed."""
        key = order.target.key
        (past,) = history.scans(key, run=self._run, last=1)
        seen = history.document(past.id)
        changes = tuple(told.event for told in history.events([past.id])[past.id])
        if seen.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        name = f"{file_stem(key)}.html"
        return _line(order, seen, changes, _trend(key, history), name if (self._folder / name).exists() else "")

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[Look]:
        if self._own_look is not None:
            yield self._own_look
            return
        own = SystemResolver() if self._resolve is None else None
        resolve = self._resolve or own

        async def look(order: Order) -> Scan:
            paces = HostPaces(self._paces, order.options.rate)
            return await scan(order, self._catalogue, clock=self._clock, resolve=resolve, paces=paces)

        try:
            yield look
        finally:
            if own is not None:
                own.close()


def _since_last(seen: ScanDocument, history: History) -> tuple[Event, ...]:
    """What is different from the last scan that reached the shop, whatever command made it."""
    for past in history.scans(seen.site.key, last=TREND):
        if past.status in {Status.COMPLETE, Status.PARTIAL}:
            return compare(first_look(history.document(past.id)), seen).events
    return ()


def _trend(key: str, history: History) -> tuple[str | None, ...]:
    return tuple(past.grade for past in reversed(history.scans(key, last=TREND)))


async def looked_twice(order: Order, known: KnownSite, look: Look) -> ScanResult:
    """A scan that visits open findings first; a new high or critical problem is looked at again before anybody is told."""
    first = (await look(replace(order, focus=Focus(first=visits(order.target, known.to_visit))))).result
    doubts = doubted(known, first)
    if not doubts:
        return first
    wanted = {found.rule.id for found in doubts}
    places = [one for found in doubts for one in (*found.finding.places, *found.finding.locations[:MOST_PLACES])]
    second = (await look(only(order, wanted, places))).result
    return agreed(first, second, doubts)


def only(order: Order, rules: Collection[str], wanted: Iterable[str]) -> Order:
    """The same order for these rules alone, and these places and addresses.

    The folders above a place come along: what runs in ``/old/`` decides which addresses below it are asked for.
    """
    places: dict[str, None] = {}
    for place in visits(order.target, wanted):
        parts = place.partition("?")[0].split("/") if place.startswith("/") else [place]
        places |= dict.fromkeys([place, *("/".join(parts[:depth]) + "/" for depth in range(len(parts) - 1, 0, -1))])
    chosen = tuple(rule for rule in order.rules if rule.id in rules)
    return replace(order, rules=chosen, focus=Focus(first=tuple(places), only=True))


def visits(target: Target, wanted: Iterable[str]) -> tuple[str, ...]:
    """Places as they are; the shop's own addresses as path and query; other addresses are left out."""
    found: dict[str, None] = {}
    for one in wanted:
        if not one.startswith(("http://", "https://")):
            found[one] = None
        elif target.covers(one):
            parts = urlsplit(one)
            found[(parts.path or "/") + (f"?{parts.query}" if parts.query else "")] = None
    return tuple(found)


# ---- the files of a run


def write_run(overview: Overview, writers: Writers, folder: Path) -> None:
    """index.html, shops.csv and shops.json. Raises OSError."""
    writers.overview(overview, folder / "index.html")
    write_whole(folder / "shops.csv", as_csv(overview))
    write_whole(folder / "shops.json", as_json(overview))


def write_whole(file: Path, content: str) -> None:
    """Write a file whole or not at all: kill -9 in the middle leaves the old one. Raises OSError."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(content, encoding="utf-8")
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def _line(order: Order, seen: ScanDocument, changes: tuple[Event, ...], trend: tuple[str | None, ...], report: str) -> ShopLine:
    counts = seen.counts
    return ShopLine(
        key=order.target.key,
        name=_called(order),
        url=seen.site.url,
        status=str(seen.status),
        because=seen.because or "",
        grade=seen.grade,
        provisional=seen.provisional,
        score=seen.score,
        counts=(counts.critical, counts.high, counts.medium, counts.low, counts.info),
        changes=changes,
        trend=trend,
        report=report,
    )


def _called(order: Order) -> str:
    return (order.site.name if order.site else None) or order.target.host


# ---- one run at a time


class Overlapping(Exception):  # noqa: N818  its text is shown as it stands
    """Another run holds the lock."""


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends. Raises Overlapping and OSError."""
    import fcntl

    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="ascii", errors="replace") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            opened.seek(0)
            raise Overlapping(
                f"another run is under way ({opened.read(100).strip() or 'just begun'}); {file} is its lock"
            ) from error
        opened.truncate(0)
        opened.write(f"process {os.getpid()}\n")
        opened.flush()
        yield
