"""Many shops at once, each through to its report and its place in the history; a failing one never stops the others.

A run is resumable: a shop is done when its scan is recorded in the run, which happens after its report is written. All shops
share one pace a server address, so that ten shops on one host are asked as gently as one. So shops of different servers are
scanned at the same time where there are such: those of one server would only wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from scanner.engine.scan import Order, OwnDefect
from scanner.history.comparison import Limits
from scanner.history.connect import HistoryError
from scanner.history.run_summary import NOT_REACHED, Overview, ShopLine
from scanner.history.store import History, StrangeDateError
from scanner.results.result import Status
from scanner.rules.rule import Rule
from scanner.scope.target import Target
from scanner.text.clock import Clock
from shopwarden.operations.file_names import file_stem
from shopwarden.operations.one_shop import Seen, called, grades_of, keep_of_run, line_of

log = logging.getLogger(__name__)

LATER_SECONDS = 10.0
"""At least, until a shop that could not be reached is tried again."""
_ENDED = "The run was ended before this shop's turn."


class ScansShops(Protocol):
    """What looks at the shops of a run, wherever that is (``ShopScanner.scan``)."""

    async def scan(self, order: Order, *, again: bool) -> Seen | None:
        """Look at one."""


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
    """A shop whose turn comes. server: by which it is found, or "". again: whether it could not be reached at its first, which
    ended at ``since``."""

    order: Order
    server: str = ""
    again: bool = False
    since: float = 0.0


class _Waiting:
    """Whose turn comes next: a shop of the server that has the fewest under way; of those, in the order of the file, then in
    turns. Who had a turn already comes behind all others."""

    def __init__(self, turns: Iterable[_Turn]) -> None:
        self._turns: dict[str, deque[_Turn]] = {}
        for turn in turns:
            self._turns.setdefault(turn.server, deque()).append(turn)
        self._idle = deque(self._turns)
        self._under_way: Counter[str] = Counter()
        self._later: deque[_Turn] = deque()

    def __bool__(self) -> bool:
        return bool(self._turns or self._later)

    def take(self) -> _Turn:
        """The next one, which is under way from now on. Raises IndexError where none is left."""
        if not self._turns:
            turn = self._later.popleft()
        else:
            busy = (server for server in self._under_way if server in self._turns)
            server = self._idle.popleft() if self._idle else min(busy, key=self._under_way.__getitem__)
            turn = self._turns[server].popleft()
            if not self._turns[server]:
                del self._turns[server]
        self._under_way[turn.server] += 1
        return turn

    def over(self, turn: _Turn) -> None:
        """It is under way no more."""
        self._under_way[turn.server] -= 1
        if not self._under_way[turn.server]:
            del self._under_way[turn.server]
            if turn.server in self._turns:
                self._idle.append(turn.server)

    def once_more(self, turn: _Turn) -> None:
        """It has another turn, behind all others."""
        self._later.append(turn)


class Batch:
    """A run. scanner: what looks at its shops. history: None leaves no trace. run: its id in the history. server_of: says which
    shops are on one server; without it they are scanned in the order of the file. clock: for tests.

    compared: as ``keep_of_run`` takes it. accept_clock: as ``History.record`` takes it.
    """

    def __init__(
        self,
        scanner: ScansShops,
        rules: Mapping[str, Rule],
        folder: Path,
        *,
        history: History | None,
        run: str | None = None,
        compared: Limits | None = None,
        command: str = "batch",
        at_once: int = 4,
        server_of: Callable[[Target], Awaitable[str]] | None = None,
        clock: Clock | None = None,
        accept_clock: bool = False,
    ) -> None:
        self._scanner, self._folder, self._history, self._run = scanner, folder, history, run
        self._keep = partial(
            keep_of_run,
            history=history,
            command=command,
            run=run,
            rules=rules,
            compared=compared,
            accept_clock=accept_clock,
        )
        self._at_once, self._server_of, self._clock = at_once, server_of, clock or Clock()
        self.lines: dict[str, ShopLine] = {}
        self.tally = Tally(0)

    async def scan_all(self, orders: Sequence[Order], done: Collection[str] = ()) -> None:
        """Scan what is not done yet. Raises HistoryError where the history can no longer be written: nothing would be kept."""
        if self._history is not None:
            for order in (order for order in orders if order.key in done):
                self.lines[order.key] = await asyncio.to_thread(self._past_line, order, self._history)
        left = [order for order in orders if order.key not in done]
        self.tally.total, self.tally.began = len(left), time.monotonic()
        waiting = _Waiting(map(_Turn, left, await self._servers(left)))
        try:
            async with asyncio.TaskGroup() as places:
                for _ in range(min(self._at_once, self.tally.total)):
                    places.create_task(self._work(waiting))
        except BaseExceptionGroup as group:  # "except*" would raise a group again (until Python 3.11.4 or so)
            ours = group.subgroup(HistoryError)
            if ours is None:
                raise
            raise _first(ours) from None

    def overview(self, orders: Sequence[Order], started: datetime) -> Overview:
        """The run; a shop that it did not come to, since it was ended before, keeps what its last scan said."""
        lines = tuple(self.lines.get(order.key) or self._not_reached(order) for order in orders)
        return Overview(started, self._clock.now(), lines)

    async def _servers(self, orders: Sequence[Order]) -> Sequence[str]:
        """Of each shop, where that decides anything."""
        if self._server_of is None or len(orders) <= self._at_once:
            return [""] * len(orders)
        return await asyncio.gather(*(self._server_of(order.target) for order in orders))

    async def _work(self, waiting: _Waiting) -> None:
        """A shop that cannot be reached has a second turn behind all others: a moment's trouble, ours or a name server's, is over
        by then, and till then nobody is told."""
        now = asyncio.get_running_loop().time
        while waiting:
            turn = waiting.take()
            key = turn.order.key
            try:
                await asyncio.sleep(turn.since + LATER_SECONDS - now() if turn.again else 0)
                line = await self._one(turn)
            except StrangeDateError as error:
                self.tally.unwritten.append(str(error))
                line = ShopLine(key, called(turn.order), turn.order.asked.url, "failed", trouble=str(error))
            except HistoryError:
                raise
            except Exception as error:
                log.exception("scanning %s failed", key)
                words = f"Our own defect ({type(error).__name__}); please report it."
                if isinstance(error, OwnDefect):
                    words = str(error)
                self.tally.failed.append(key)
                line = ShopLine(key, called(turn.order), turn.order.asked.url, "failed", trouble=words)
            waiting.over(turn)
            if line is None:
                waiting.once_more(replace(turn, again=True, since=now()))
                continue
            self.lines[key] = line
            self.tally.done += 1

    async def _one(self, turn: _Turn) -> ShopLine | None:
        """None where the shop is worth another turn."""
        seen = await self._scanner.scan(turn.order, again=turn.again)
        if seen is None:
            return None
        self._note(turn.order.key, seen)
        return await asyncio.to_thread(self._keep, turn.order, seen)

    def _note(self, key: str, seen: Seen) -> None:
        if seen.defective:
            self.tally.failed.append(key)
        if seen.document.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        if seen.unwritten:
            self.tally.unwritten.append(seen.unwritten)
        self.tally.found |= seen.found

    def _past_line(self, order: Order, history: History) -> ShopLine:
        """The line of a shop that was done before the run was killed."""
        key = order.key
        (past,) = history.scans(key, run=self._run, last=1)
        seen = history.document(past.id)
        changes = tuple(told.event for told in history.events([past.id])[past.id])
        if seen.status in {Status.UNREACHABLE, Status.BLOCKED}:
            self.tally.unscanned.append(key)
        return line_of(order, seen, changes, grades_of(key, history), self._report_of(key))

    def _not_reached(self, order: Order) -> ShopLine:
        """The line of a shop when the run was ended before its turn, or before its scan was done."""
        key, history = order.key, self._history
        if history is not None and self._run is not None and history.scans(key, run=self._run, last=1):
            return self._past_line(order, history)  # its scan was recorded while the run ended
        past = history.scans(key, last=1) if history is not None else ()
        if history is None or not past:
            return ShopLine(key, called(order), order.asked.url, NOT_REACHED, trouble=f"{_ENDED} It was never scanned before.")
        line = line_of(order, history.document(past[0].id), (), grades_of(key, history), self._report_of(key))
        told = f"{_ENDED} This is its scan of {past[0].started:%Y-%m-%d %H:%M} UTC."
        return replace(line, status=NOT_REACHED, because=" ".join(filter(None, [told, line.because])))

    def _report_of(self, key: str) -> str:
        name = f"{file_stem(key)}.html"
        return name if (self._folder / name).exists() else ""


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
