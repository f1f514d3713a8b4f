"""One shop of a run, from its order to its place in the history: alike in this process, in one of many, and on another machine.

``ShopScanner.scan`` looks, compares and writes the reports; ``keep_of_run`` records what it hands back. Whoever records is the
one writer of the history; whoever scans only reads there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, Scan, Shared, scan
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import Resolve, SystemResolver
from scanner.gatherers.owner.register import record_of
from scanner.history.comparison import Limits, compare
from scanner.history.dates import EARLIER
from scanner.history.events import Event
from scanner.history.run_summary import ShopLine, backup_of, why_ungraded
from scanner.history.store import History
from scanner.history.trend import MOST_SCANS, Trend, trend
from scanner.results.document import ScanDocument, document
from scanner.results.result import ScanResult, Status
from scanner.rules.rule import Rule
from scanner.settings.models import Agency, Readers
from scanner.text.clock import Clock, ShiftedClock
from shopwarden.operations.again import command_for
from shopwarden.operations.file_names import file_stem
from shopwarden.operations.keep import in_order
from shopwarden.operations.second_look import Look, looked_twice
from shopwarden.operations.write_reports import Reports, write_of_shop

GRACE_SECONDS = 120.0
"""After a shop's own time limit and grace, for a scan that does not end by itself."""
Write = Callable[[Order, ScanResult, Trend | None], str]
"""How a shop's reports are written, with what changed since last time; gives the page's name. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run wants of each of its shops: a plain value that can be pickled and sent to another process.

    folder: where the reports go; None where nobody wants any now. recorded: whether there is a history. compared: whether a scan
    is compared with what is known, so that a high alarm needs a second look. ahead: how far the clock that counts is ahead of
    this computer's. accept_clock: as ``History.record`` takes it. again: what the command that looks at a shop again needs
    besides the shop.
    """

    folder: Path | None
    agency: Agency | None = None
    readers: Readers = Readers.OWNER
    recorded: bool = True
    compared: bool = False
    ahead: timedelta = timedelta()
    accept_clock: bool = False
    again: Mapping[str, Any] = field(default_factory=lambda: {"given": {}})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be recorded of a shop, and told: a plain value that can be pickled.

    changes: since its last scan, where nothing is compared. report: the page's name, or "". unwritten: why there is none, or "".
    found: whether it has what ``--fail-on`` asks about. defective: whether we failed in a part of it.
    """

    document: ScanDocument
    changes: tuple[Event, ...] = ()
    report: str = ""
    unwritten: str = ""
    found: bool = False
    defective: bool = False


class ShopScanner:
    """Scans the shops of a run, all with one pace a server address, and with what they share looked at once.

    history: read alone; None where none is kept. paces, shared, resolve: of the whole run. look, write: for tests.
    """

    def __init__(
        self,
        terms: Terms,
        catalogue: Catalogue,
        history: History | None,
        *,
        paces: Paces | None = None,
        shared: Shared | None = None,
        resolve: Resolve | None = None,
        look: Look | None = None,
        write: Write | None = None,
    ) -> None:
        self._terms, self._catalogue, self._history = terms, catalogue, history
        self._clock = ShiftedClock(Clock(), terms.ahead)
        self._paces, self._shared, self._resolve = paces or Paces(1.0), shared or Shared(), resolve or SystemResolver()
        self._look = look
        self._write = write or (partial(_write, terms, catalogue) if terms.folder is not None else None)

    async def scan(self, order: Order, *, again: bool) -> Seen | None:
        """Look at a shop and write its reports; None where it cannot be reached and is worth another turn.

        again: whether this is that turn. Raises OwnDefect, StrangeDateError, HistoryError, and TimeoutError where it never ends.
        """
        async with asyncio.timeout(seconds_for(order)):
            clock: Clock = self._clock
            if self._history is not None:
                # nothing is asked for what could not be recorded
                clock = await asyncio.to_thread(self._clock_of, self._history, order.key)
                order = replace(order, seed=await asyncio.to_thread(self._history.seed))
            look = self._look or partial(self._scan, clock)
            if self._history is not None and self._terms.compared:
                known = await asyncio.to_thread(self._history.known, order.key)
                order = replace(order, tail=replace(order.tail, start=known.tail))
                result = await looked_twice(order, self._catalogue, known, look)
            else:
                result = (await look(order)).result
            if clock is not self._clock:
                result = replace(result, notes=(*result.notes, EARLIER.format(day=self._clock.now())))
        if result.status is Status.UNREACHABLE and not (result.elsewhere or again):
            return None
        return await asyncio.to_thread(self._seen, order, result)

    def _clock_of(self, history: History, key: str) -> Clock:
        """By which a scan is made: by a clock that went back, what was due last night would not be due, and be told once more."""
        now = self._clock.now()
        at = history.date_of(key, now, accept_clock=self._terms.accept_clock)
        return ShiftedClock(self._clock, at - now) if at > now else self._clock

    def _seen(self, order: Order, result: ScanResult) -> Seen:
        since = None
        if self._history is not None:
            result = in_order(self._history, result, accept_clock=self._terms.accept_clock)
        seen = document(result)
        if self._history is not None:
            since = trend(self._history.documents(order.key, MOST_SCANS), seen, self._catalogue.rules)
        name, unwritten = f"{file_stem(order.key)}.html", ""
        try:
            name = self._write(order, result, since) if self._write is not None else ""
        except OSError as error:
            unwritten = f"{(self._terms.folder or Path()) / name}: cannot be written ({error.strerror or error})"
            name = ""
        worst = order.options.fail_on
        return Seen(
            seen,
            changes=since.changes if since is not None else (),
            report=name,
            unwritten=unwritten,
            found=worst is not None and result.has(worst),
            defective=result.defective,
        )

    async def _scan(self, clock: Clock, order: Order) -> Scan:
        paces = self._paces.at(order.options.rate)
        shared = Shared() if order.focus.only else self._shared  # a second look asks again
        return await scan(order, self._catalogue, clock=clock, resolve=self._resolve, shared=shared, paces=paces)


def seconds_for(order: Order) -> float:
    """How long a shop may take, its second look included."""
    return 2 * (order.options.max_time + order.tail.count / order.options.rate) + GRACE_SECONDS


def keep_of_run(
    order: Order,
    seen: Seen,
    history: History | None,
    *,
    command: str,
    run: str | None,
    rules: Mapping[str, Rule],
    compared: Limits | None,
    accept_clock: bool = False,
) -> ShopLine:
    """Record a shop in the run, and say what the overview shows of it. compared: None where nobody is told what changed. Raises
    HistoryError, StrangeDateError."""
    if history is None:
        return line_of(order, seen.document, (), (seen.document.grade,), seen.report)
    comparing = partial(compare, rules=rules, limits=compared, answers=True) if compared is not None else None
    step = history.record(seen.document, command=command, run=run, compare=comparing, accept_clock=accept_clock)
    return line_of(
        order, seen.document, step.events if step is not None else seen.changes, grades_of(order.key, history), seen.report
    )


def grades_of(key: str, history: History) -> tuple[str | None, ...]:
    """A shop's last grades, the oldest first."""
    return tuple(past.grade for past in reversed(history.scans(key, last=MOST_SCANS)))


def line_of(
    order: Order, seen: ScanDocument, changes: tuple[Event, ...], grades: tuple[str | None, ...], report: str
) -> ShopLine:
    """What the overview shows of a shop."""
    problems = seen.problems
    return ShopLine(
        key=order.key,
        name=called(order),
        url=seen.site.url,
        status=str(seen.status),
        because=seen.because or "",
        grade=seen.grade,
        provisional=seen.provisional,
        score=seen.score,
        problems=(problems.critical, problems.high, problems.medium, problems.low, problems.info),
        ungraded=why_ungraded(seen),
        changes=changes,
        trend=grades,
        report=report,
        last=seen.started,
        backup=backup_of(seen),
    )


def called(order: Order) -> str:
    """A shop's name for people."""
    return (order.site.name if order.site else None) or order.asked.host


def _write(terms: Terms, catalogue: Catalogue, order: Order, result: ScanResult, since: Trend | None) -> str:
    assert terms.folder is not None  # noqa: S101  nobody is asked to write where there is none
    recheck = command_for("recheck", order.key, **terms.again) if terms.recorded else ""
    again = command_for("scan", order.asked.url, **terms.again)
    owner = record_of(order.site, result.started)
    reports = Reports(result, catalogue, order.options, terms.agency, since, recheck, again, owner)
    return write_of_shop(reports, order, terms.folder, terms.readers)
