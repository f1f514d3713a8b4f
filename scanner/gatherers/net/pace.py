"""How fast a server is asked: no faster than is wanted, slower while it suffers, and as fast as before when it no longer does.

``Server`` and ``Pace`` are state machines over moments that their caller gives (seconds of one monotonic clock); they read no
clock and wait for nothing. ``Turn`` lets a scan's requests wait for them. Two levels, because shops share servers:

- A 429 or 503 pauses the whole server address, for everybody. Its rate goes down for all only while two or more shops are told
  so.
- That one shop's answers became slow, or that it alone was told 429, lowers only that shop's own rate.

Slow is what takes much longer than answers *of the same kind* usually do: a redirect, an empty answer and a static "not found"
tell nothing about the time of a page. What is usual goes on being learnt, so a shop whose pages are just slow is soon asked at
full rate again, and so is one that only began with a quick one.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

CONNECTIONS = 4
"""Requests to one shop that are under way at once, at most."""
SLOWEST_GAP = 4.0
"""Seconds between two requests, however slow the shop becomes."""
LEAST_SLOW = 0.5
"""Seconds; what is answered sooner is never slow."""
TIMES_USUAL = 3.0
WINDOW = 5
"""Answers in a row that make one measurement."""
REMEMBERED = 40
"""Answers of a kind that say what is usual."""
STEP = 2.0
"""By how much the rate goes up at once, after as many good answers as PATIENCE; twice as many each time that it did not last."""
PATIENCE = 5
MOST_PATIENCE = 40
HELPS = 0.5
"""Answers that do not get this much shorter after we slowed down are not slow because of us …"""
HOLD = 20
"""… and after so many more, this is how long they take here."""
TOGETHER = 120.0
"""Seconds within which two shops' 429 make it the server's."""


class Server:
    """One server address, for all shops on it. gap: seconds between two requests, whoever sends them."""

    def __init__(self) -> None:
        self.gap = 0.0
        self._wanted = 0.0
        self._next = 0.0
        self._paused = 0.0
        self._told: dict[Hashable, float] = {}
        self._lowered = float("-inf")
        self._good = 0

    def at_least(self, gap: float) -> None:
        """No shop here is asked faster than the most careful one wants."""
        self._wanted = max(self._wanted, gap)
        self.gap = max(self.gap, self._wanted)

    def delay(self, now: float) -> float:
        """Seconds until the next request may be sent."""
        return max(self._next, self._paused) - now

    def sent(self, now: float) -> None:
        """A request is sent now."""
        self._next = following(self._next, now, self.gap)

    async def shared(self, gap: float) -> None:
        """Wait for a turn among those whom this process knows nothing of, where there are such. gap: seconds until the next."""

    def pushed_back(self, shop: Hashable, began: float, now: float, wait: float) -> None:
        """A request of this shop, sent at ``began``, was answered 429 or 503: nobody asks here for ``wait`` seconds."""
        self._paused = max(self._paused, now + wait)
        self._told = {one: at for one, at in self._told.items() if now - at < TOGETHER} | {shop: now}
        self._good = 0
        if len(self._told) > 1 and began >= self._lowered:
            self.gap, self._lowered = _slower(self.gap), now + wait

    def answered(self, now: float) -> None:
        """A good answer, of any shop."""
        self._good += 1
        if self.gap > self._wanted and self._good >= MOST_PATIENCE and all(now - at >= TOGETHER for at in self._told.values()):
            self.gap, self._good = max(self._wanted, self.gap / STEP), 0


class Pace:
    """One shop at one server address, with what was learnt about it. gap: seconds between two of its requests."""

    def __init__(self, server: Server, rate: float) -> None:
        self._server = server
        self._wanted = 1 / rate
        self.gap = self._wanted
        self._next = 0.0
        self._kinds: dict[Hashable, _Times] = {}
        self._lowered = float("-inf")
        self._before: float | None = None
        self._held = 0
        self._good = 0
        self._patience = PATIENCE
        self._rising = False
        server.at_least(self._wanted)

    def at_least(self, gap: float) -> None:
        """Never faster than this from now on (robots.txt Crawl-delay)."""
        self._wanted = max(self._wanted, gap)
        self.gap = max(self.gap, self._wanted)

    def delay(self, now: float) -> float:
        """Seconds until this shop's own next request may be sent; the server's come on top."""
        return self._next - now

    def sent(self, now: float) -> None:
        """A request is sent now."""
        self._next = following(self._next, now, self.gap)
        self._server.sent(now)

    def pushed_back(self, began: float, now: float, wait: float) -> None:
        """A request sent at ``began`` was answered 429 or 503, and ``wait`` seconds are waited for that."""
        self._server.pushed_back(self, began, now, wait)
        self.suffered(began, now)

    def suffered(self, began: float, now: float) -> None:
        """A request sent at ``began`` was refused, or its answer never came: half the rate, once for all that were under way."""
        self._good = 0
        if began >= self._lowered:
            self._patience = max(self._patience, 2 * PATIENCE)
            self._lower(self.gap, now)

    def took(self, kind: Hashable, began: float, ended: float) -> None:
        """An answer that was asked for at ``began`` was whole at ``ended``. kind: what it is to be compared with."""
        self._server.answered(ended)
        if began < self._lowered:
            return  # it was under way when we slowed down
        times = self._kinds.setdefault(kind, _Times())
        most = times.most
        times.last.append(ended - began)
        if not times.slow:
            self._calm(good=ended - began <= most)
            times.learn()
        elif self._before is None or not self._before * HELPS < times.typical < self._before / HELPS:
            self._before = times.typical
            self._lower(max(self.gap, times.typical / CONNECTIONS), ended)  # the rate that it really kept up with
        else:
            self._good = 0
            self._held += 1
            if self._held > HOLD:
                times.accept()
                self._before, self._held = None, 0

    def _calm(self, *, good: bool) -> None:
        self._good = self._good + 1 if good else 0
        if self._good >= self._patience:
            self._rising = self.gap > self._wanted
            self.gap = max(self._wanted, self.gap / STEP)
            self._good, self._before, self._held = 0, None, 0

    def _lower(self, gap: float, now: float) -> None:
        if self._rising:
            self._patience = min(MOST_PATIENCE, self._patience * 2)
        self.gap = max(self._wanted, _slower(gap))
        self._lowered, self._good, self._held, self._rising = now, 0, 0, False
        for times in self._kinds.values():
            times.last.clear()


class _Times:
    """How long answers of one kind took: what is usual, and the last ones, which are not learnt before they are judged."""

    def __init__(self) -> None:
        self.known: deque[float] = deque(maxlen=REMEMBERED)
        self.last: deque[float] = deque(maxlen=WINDOW)
        self.accepted = 0.0

    @property
    def most(self) -> float:
        """Seconds up to which an answer is not slow. Three quarters usually take less than a third of it: some pages come from a
        cache, and the others are none the worse."""
        if len(self.known) < WINDOW:
            return float("inf")
        return max(LEAST_SLOW, self.accepted, TIMES_USUAL * sorted(self.known)[len(self.known) * 3 // 4])

    @property
    def slow(self) -> bool:
        """Whether the last answers were slow, all but one of them."""
        return len(self.last) == WINDOW and sum(took > self.most for took in self.last) >= WINDOW - 1

    @property
    def typical(self) -> float:
        """Seconds that the last answers took."""
        return statistics.median(self.last)

    def learn(self) -> None:
        """The oldest of the last answers is usual."""
        if len(self.last) == WINDOW:
            self.known.append(self.last.popleft())

    def accept(self) -> None:
        """What the last answers took is nothing unusual here, whatever quick ones come between."""
        self.accepted = TIMES_USUAL / 2 * statistics.median(self.last)


def following(due: float, now: float, gap: float) -> float:
    """When the next request is due. One that was sent a little late, as timers do, leaves the next one its place."""
    return (due if 0 <= now - due < gap / 4 else now) + gap


def _slower(gap: float) -> float:
    return max(gap, min(SLOWEST_GAP, gap * 2))


class Turn:
    """A pace to wait for: first come, first served, for a shop and for its server. now: the clock."""

    def __init__(self, pace: Pace, server: Server, queue: asyncio.Lock, now: Callable[[], float]) -> None:
        self.pace = pace
        self._server = server
        self._own_queue = asyncio.Lock()
        self._queue = queue
        self._now = now

    @property
    def gap(self) -> float:
        """Seconds between two requests."""
        return max(self.pace.gap, self._server.gap)

    async def wait(self) -> None:
        """Wait for this request's turn. A shop that is slow for itself does not stand in the others' way meanwhile."""
        async with self._own_queue:
            await self._until(self.pace.delay)
            async with self._queue:
                await self._until(self._server.delay)
                await self._server.shared(self.gap)
                self.pace.sent(self._now())

    async def _until(self, delay: Callable[[float], float]) -> None:
        while (seconds := delay(self._now())) > 0:  # noqa: ASYNC110  it may become longer meanwhile; only time ends it
            await asyncio.sleep(max(seconds, 0.001))


@dataclass(slots=True)
class _Place:
    """A server address: what is known of it, who asks next, and each shop's turn."""

    server: Server
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    turns: dict[str, Turn] = field(default_factory=dict)


class Paces:
    """What a run learns about the servers that it asks; it ends with the run.

    rate: requests a second. Ten shops on one host are one host, asked as slowly as the most careful of them wants. now: the clock
    of all moments. server: makes what is known of a server address, for workers that share it. places: by server address.
    """

    def __init__(
        self,
        rate: float,
        *,
        now: Callable[[], float] = time.monotonic,
        server: Callable[[str], Server] = lambda _address: Server(),
        places: dict[str, _Place] | None = None,
    ) -> None:
        self.now = now
        self._rate = rate
        self._server = server
        self._places = {} if places is None else places

    def at(self, rate: float) -> Paces:
        """The same paces, for a scan that wants this rate."""
        return Paces(rate, now=self.now, server=self._server, places=self._places)

    def of(self, shop: str, address: str) -> Turn:
        """A shop's turn at a server address. shop: its key."""
        if (place := self._places.get(address)) is None:
            place = self._places[address] = _Place(self._server(address))
        if shop not in place.turns:
            place.turns[shop] = Turn(Pace(place.server, self._rate), place.server, place.queue, self.now)
        return place.turns[shop]
