"""Servers as a scan meets them, each a rule of how long an answer takes, and a clock that jumps: hours of pacing in a second."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from scanner.gatherers.net.pace import Paces, Turn

CONNECTIONS = 4
RATE = 5.0
REQUESTS = 160
ADDRESS = "192.0.2.1"


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is virtual: where it would wait, it jumps. Nothing in it may wait for the outside."""

    def __init__(self) -> None:
        super().__init__(_Jumping(self))
        self.moment = 0.0

    def time(self) -> float:
        return self.moment


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is left to wait for")
        self._loop.moment += max(0.0, timeout)
        return []


@dataclass(frozen=True)
class Said:
    """What a server says to one request: after how many seconds, and how. wait: the Retry-After of a 429."""

    seconds: float
    kind: str | None = "page"
    refused: bool = False
    wait: float = 30.0


@dataclass
class Seen:
    """What a server sees: how many requests are under way, and when each was sent."""

    running: int = 0
    sent: list[float] = field(default_factory=list)

    def within(self, seconds: float, now: float) -> int:
        """Requests of the last so many seconds."""
        return sum(now - at < seconds for at in self.sent)


Answering = Callable[[int, float, Seen], Said]
"""The number of the request, the moment, what the server sees → what it says."""


@dataclass(frozen=True)
class Trace:
    """A server. healthy: whether nothing here is a reason to ask slower."""

    name: str
    healthy: bool
    answering: Answering


@dataclass(frozen=True)
class Walked:
    """A scan against a server. gaps: (moment, seconds between two requests) after each answer."""

    seconds: float
    sent: tuple[float, ...]
    gaps: tuple[tuple[float, float], ...]

    @property
    def slowest(self) -> float:
        """The largest gap that the pace asked for."""
        return max(gap for _, gap in self.gaps)

    @property
    def last_gap(self) -> float:
        """The gap at the end."""
        return self.gaps[-1][1]

    @property
    def closest(self) -> float:
        """The least time between two requests."""
        return min(after - before for before, after in pairwise(self.sent))


async def _scan(trace: Trace, turn: Turn, server: Seen, requests: int, *, learns: bool) -> Walked:
    now = asyncio.get_running_loop().time
    places = asyncio.Semaphore(CONNECTIONS)
    sent: list[float] = []
    gaps = [(now(), turn.gap)]
    began_all = now()

    async def ask(number: int) -> None:
        for _ in range(2):
            async with places:
                await turn.wait()
                began = now()
                sent.append(began)
                server.sent.append(began)
                server.running += 1
                said = trace.answering(number, began, server)
                await asyncio.sleep(said.seconds)
                server.running -= 1
            if learns:
                if said.refused:
                    turn.pace.pushed_back(began, now(), said.wait)
                elif said.kind is not None:
                    turn.pace.took(said.kind, began, now())
            gaps.append((now(), turn.gap))
            if not said.refused:
                return

    await ask(0)  # the home page, first and alone
    for start in range(1, requests, 8):
        await asyncio.gather(*(ask(number) for number in range(start, min(start + 8, requests))))
    return Walked(now() - began_all, tuple(sent), tuple(gaps))


def walk(*traces: Trace, rate: float = RATE, requests: int = REQUESTS, learns: bool = True) -> list[Walked]:
    """Scan shops on one server address, all at once. learns: False for a pace that is told nothing and never slows down."""
    loop = JumpingLoop()
    try:
        paces = Paces(rate, now=loop.time)
        server = Seen()
        turns = [paces.of(f"{number}.{trace.name}", ADDRESS) for number, trace in enumerate(traces)]

        async def all_of_them() -> list[Walked]:
            scans = (_scan(trace, turn, server, requests, learns=learns) for trace, turn in zip(traces, turns, strict=True))
            return list(await asyncio.gather(*scans))

        return loop.run_until_complete(all_of_them())
    finally:
        loop.close()


def traces(seeds: int = 9) -> Iterator[Trace]:
    """The servers: over two hundred with nine seeds."""
    for seconds in (0.02, 0.1, 0.3, 0.5, 0.86, 1.5, 3.0):
        yield constant(seconds)
        yield behind_a_redirect(seconds)
    for seed in range(seeds):
        for mean in (0.05, 0.2, 0.6, 1.2):
            yield jittery(seed, mean, 0.3)
            yield jittery(seed, mean, 0.8)
        for share in (0.1, 0.5, 0.9):
            yield cached(seed, share)
        yield slow_first_page(seed)
        yield warm_up(seed)
        yield pages_then_misses(seed)
        yield misses_then_pages(seed)
        yield a_slow_corner(seed)
        yield slow_from_now_on(seed)
        yield overload(seed)
        yield small(seed)
        yield others_load(seed)
        yield counting(seed, said=True)
        yield counting(seed, said=False)
        yield one_429(seed)


class _Draws:
    """Chances that hang on the request's number alone, so that two scans of a server meet the same one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def near(self, number: int, mean: float, spread: float) -> float:
        """Seconds around a mean, lognormally distributed."""
        return mean * random.Random(f"{self._seed} {number}").lognormvariate(-spread * spread / 2, spread)

    def falls(self, number: int, share: float) -> bool:
        """Whether a request is among this share of all."""
        return random.Random(f"{number} {self._seed}").random() < share


def constant(seconds: float) -> Trace:
    return Trace(f"constant {seconds} s", healthy=True, answering=lambda *_: Said(seconds))


def behind_a_redirect(seconds: float) -> Trace:
    """A quick redirect first, then pages, with a redirect and an empty answer now and then."""

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(0.01, None) if number < 3 or number % 10 == 0 else Said(seconds)

    return Trace(f"redirects, then {seconds} s", healthy=True, answering=answer)


def jittery(seed: int, mean: float, spread: float) -> Trace:
    drawn = _Draws(seed)
    return Trace(
        f"jitter {spread} around {mean} s #{seed}",
        healthy=True,
        answering=lambda number, *_: Said(drawn.near(number, mean, spread)),
    )


def cached(seed: int, share: float) -> Trace:
    """Some pages come from a cache, the others are made."""
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(drawn.near(number, 0.03 if drawn.falls(number, share) else 0.9, 0.2))

    return Trace(f"{share:.0%} from a cache #{seed}", healthy=True, answering=answer)


def slow_first_page(seed: int) -> Trace:
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(4.0 if number == 0 else drawn.near(number, 0.2, 0.3))

    return Trace(f"slow first page #{seed}", healthy=True, answering=answer)


def warm_up(seed: int) -> Trace:
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(drawn.near(number, max(0.1, 2.0 - number * 0.1), 0.2))

    return Trace(f"cache that warms up #{seed}", healthy=True, answering=answer)


def pages_then_misses(seed: int) -> Trace:
    """The crawl's pages are made by a program, most of what is probed is not found at once."""
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        quick = number >= 60 and drawn.falls(number, 0.7)
        return Said(0.01 if quick else drawn.near(number, 0.7, 0.3))

    return Trace(f"pages, then misses #{seed}", healthy=True, answering=answer)


def misses_then_pages(seed: int) -> Trace:
    """A row of quick misses, then a row of pages that a program makes, and so on."""
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(0.01 if number // 40 % 2 == 0 else drawn.near(number, 0.7, 0.3))

    return Trace(f"misses and pages in turn #{seed}", healthy=True, answering=answer)


def a_slow_corner(seed: int) -> Trace:
    """Pages that search or reckon take ten times as long, and there are some in a row."""
    drawn = _Draws(seed)

    def answer(number: int, _now: float, _seen: Seen) -> Said:
        return Said(drawn.near(number, 1.0 if 40 <= number < 48 or 90 <= number < 98 else 0.1, 0.2))

    return Trace(f"a slow corner #{seed}", healthy=True, answering=answer)


def slow_from_now_on(seed: int) -> Trace:
    """The first dozen came from a cache, all others are made: slower, and no matter how fast we ask."""
    drawn = _Draws(seed)
    return Trace(
        f"quick only at first #{seed}",
        healthy=True,
        answering=lambda number, *_: Said(drawn.near(number, 0.05 if number < 12 else 0.9, 0.2)),
    )


def overload(seed: int) -> Trace:
    """Quick as long as it is asked less than about twice a second; then each answer takes longer."""
    drawn = _Draws(seed)

    def answer(number: int, now: float, seen: Seen) -> Said:
        load = seen.within(6, now) / 6 / 2.0
        return Said(drawn.near(number, 0.15 if load < 1 else 0.15 * (1 + 12 * (load - 1)) + seen.running * 0.3, 0.2))

    return Trace(f"overload #{seed}", healthy=False, answering=answer)


def small(seed: int) -> Trace:
    """Answers one after another, a second each once it has more than ten in a few seconds."""
    drawn = _Draws(seed)

    def answer(number: int, now: float, seen: Seen) -> Said:
        busy = seen.within(4, now) > 10
        return Said(drawn.near(number, 0.9 * seen.running if busy else 0.12, 0.15))

    return Trace(f"small server #{seed}", healthy=False, answering=answer)


def others_load(seed: int) -> Trace:
    """Suffers from others for half a minute, ten times as slow, whatever we do; then it is as before."""
    drawn = _Draws(seed)

    def answer(number: int, now: float, _seen: Seen) -> Said:
        return Said(drawn.near(number, 2.0 if 8 <= now < 40 else 0.15, 0.2))

    return Trace(f"others' load #{seed}", healthy=False, answering=answer)


def counting(seed: int, *, said: bool) -> Trace:
    """Allows forty requests in twenty seconds. said: whether its 429 says when to come back."""
    drawn = _Draws(seed)

    def answer(number: int, now: float, seen: Seen) -> Said:
        if seen.within(20, now) > 40 + seed:
            return Said(0.02, refused=True, wait=10 if said else 30)
        return Said(drawn.near(number, 0.1, 0.2))

    return Trace(f"429 {'with' if said else 'without'} Retry-After #{seed}", healthy=False, answering=answer)


def one_429(seed: int) -> Trace:
    """A single refusal, never again."""
    drawn = _Draws(seed)

    def answer(number: int, _now: float, seen: Seen) -> Said:
        refused = number == 30 and len(seen.sent) <= 31 + CONNECTIONS
        return Said(0.02, refused=True, wait=5) if refused else Said(drawn.near(number, 0.1, 0.2))

    return Trace(f"one 429 #{seed}", healthy=False, answering=answer)
