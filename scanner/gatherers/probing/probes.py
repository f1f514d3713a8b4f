"""Ask for the paths that the chosen rules declare: ask first, then doubt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile, zip_longest
from urllib.parse import quote

import httpx

from scanner.evidence import (
    Answer,
    Arrival,
    Entrances,
    Installations,
    Known,
    Listed,
    Listings,
    Pages,
    Probe,
    Probed,
    Probes,
    Proof,
    Robots,
    Unavailable,
)
from scanner.evidence.probes import CONCERNS
from scanner.gatherers.contract import CouldNotGather, Revisits, gatherer
from scanner.gatherers.crawl.arrival import still_open
from scanner.gatherers.http.fetcher import Fetcher, NoRequestsLeft, unreadable, without_secrets
from scanner.gatherers.http.soft404 import SOFT_404, ask_controls, ask_places, soft404_because, stranger_places
from scanner.platforms import Knowledge
from scanner.rules.rule import Rule
from scanner.scope.budget import REST, Share
from scanner.scope.focus import Focus
from scanner.scope.safe_requests import might_act
from scanner.scope.tail import NO_TAIL, Tail
from scanner.scope.target import Target
from scanner.text.clock import Clock

log = logging.getLogger(__name__)

WAVE = 8
CANARY_EVERY = 4  # waves
_INDEX = frozenset({"index.php", "index.html", "index.htm"})
TALKATIVE = 0.2  # of the asked places answered with a page
ENOUGH = 12  # made-up neighbours that were all told "not found": a dozen strangers would tell no more
DOORS, ADMIN, NAMES = Share("doors", 20), Share("admin", 25), Share("names", 60)
TAIL = Share("tail", 0, least=0)
"""The long list's; what the order wants of it comes on top of the budget."""
SHARES: Mapping[str, Share] = {share.name: share for share in (DOORS, ADMIN, NAMES, TAIL)}
"""What pays for probes of each concern; the doors' also for the looks at scripts beside the shop."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """The rules whose paths are asked for, what is known of software to choose them by, and which part of the long list."""

    rules: tuple[Rule, ...]
    knowledge: Knowledge
    tail: Tail = NO_TAIL

    def probes(self, known: Known) -> tuple[Probe, ...]:
        """All declared probes, by concern, then in each rule's order of likelihood, the rules taking turns."""
        turns = by_turns([[*rule.wanted(known, self.knowledge), *self._found_before(rule, known)] for rule in self.rules])
        return tuple(sorted(turns, key=lambda probe: CONCERNS.index(probe.concern)))

    def _found_before(self, rule: Rule, known: Known) -> tuple[Probe, ...]:
        """What the long list led to is asked for until it is gone."""
        again = {place for rule_id, place in known.again if rule_id == rule.id}
        return tuple(
            probe for probe in (rule.further(known, self.knowledge) if again else ()) if known.places(probe.path)[0] in again
        )

    def long_list(self, known: Known) -> tuple[Probe, ...]:
        """All that the rules would ask for if they had many requests, the likeliest first; none on a hosted platform."""
        return () if known.hosted else by_turns([rule.further(known, self.knowledge) for rule in self.rules])


def by_turns(lists: Sequence[Sequence[Probe]]) -> tuple[Probe, ...]:
    """The first of each, then the second of each, and so on."""
    return tuple(probe for turn in zip_longest(*lists) for probe in turn if probe is not None)


@dataclass(slots=True)
class _Ask:
    """One place, with everything that any rule wants to know of it. listed: whether a list of the server's names it."""

    place: str
    concern: str
    part: int
    follow: int
    plain: bool
    proofs: tuple[Proof, ...]
    listed: bool = False


@gatherer(
    ceiling="105 requests, and 60 for made-up neighbours",
    doing="Asking for well-known addresses",
    share=(DOORS, ADMIN, NAMES, SOFT_404, TAIL),
    revisits=Revisits.PLACES,
)
async def probes(
    fetcher: Fetcher,
    target: Target,
    arrival: Arrival,
    pages: Pages,
    installations: Installations,
    listings: Listings | Unavailable,
    entrances: Entrances | Unavailable,
    plan: ProbePlan,
    focus: Focus,
    clock: Clock,
) -> Probes:
    """Waves of eight; after every fourth wave, and at the end, the home page is asked again: a firewall that shut us out
    meanwhile takes back what was answered since the last good look."""
    known = replace(known_of(target.at(arrival.base), pages, installations), again=focus.again, listed=listed_files(listings))
    usual = [ask for ask in merged(plan.probes(known), known) if focus.wants(ask.place)]
    behind = [_Ask(place, "names", part=0, follow=0, plain=False, proofs=()) for place in left_behind(focus, usual)]
    asks = [*behind, *usual]  # what is open comes first: without an answer it cannot be fixed
    done, skipped, shut = await _asked(fetcher, arrival, asks, {place for _, place in focus.again})
    done = await _doubt_by_strangers(fetcher, arrival, done, {ask.place: ask.proofs for ask in asks})
    tail = plan.tail
    whole = merged(plan.long_list(known), known) if tail.count and not focus.only and not shut else []
    some = tail.slice(whole)
    further, _, _ = await _asked(
        fetcher, arrival, [replace(ask, concern=TAIL.name) for ask in some if ask.place not in {one.place for one in asks}]
    )
    further = await _doubt_by_strangers(fetcher, arrival, further, {ask.place: ask.proofs for ask in some})
    settled = {probed.place for probed in (*done, *further) if probed.settled}
    came = sum(1 for _ in takewhile(lambda ask: ask.place in settled, some))
    done += [replace(probed, further=True) for probed in further]
    apart = entrances.apart if isinstance(entrances, Entrances) else ()
    reached = tail.reached(came, len(whole))
    return Probes(tuple(done), known, arrival.origin, clock.now(), tuple(skipped), apart, reached, len(whole))


async def _asked(
    fetcher: Fetcher, arrival: Arrival, asks: Sequence[_Ask], again: Collection[str] = ()
) -> tuple[list[Probed], list[str], bool]:
    """The answers, the places that no request was left for, and whether the shop shut us out. again: places of open findings,
    which are asked in any case."""
    done: list[Probed] = []
    skipped: list[str] = []
    folders: dict[str, list[Proof]] = {}
    sure = 0
    for number, start in enumerate(range(0, len(asks), WAVE), 1):
        wave = [left for ask in asks[start : start + WAVE] if (left := ask if ask.place in again else _left(ask, folders))]
        answered = await asyncio.gather(*(_ask(fetcher, arrival, ask) for ask in wave))
        for ask, probed in zip(wave, answered, strict=True):
            if probed is None:
                skipped.append(ask.place)
            else:
                done.append(probed)
                if ask.place.endswith("/") and replace(probed, proof=ask.proofs).proven is not None:
                    folders[ask.place] = [proof for proof in ask.proofs if replace(probed, proof=(proof,)).proven is not None]
        last = start + WAVE >= len(asks)
        if (number % CANARY_EVERY == 0 or last) and any(_suspicious(probed) for probed in done[sure:]):
            if because := await still_open(fetcher, arrival):
                done[sure:] = [replace(probed, answer=Unavailable(because), controls=(), soft404="") for probed in done[sure:]]
                rest = [ask.place for ask in asks[start + WAVE :]]
                return [*done, *(Probed(place, Unavailable(because)) for place in rest)], skipped, True
            sure = len(done)
    return done, skipped, False


def _left(ask: _Ask, folders: Mapping[str, Collection[Proof]]) -> _Ask | None:
    """What is left to ask of the index file of a folder that has proven something. folders: with the proofs that held there.

    Nothing where those are all that it could prove; and no http, which the folder was asked by.
    """
    folder, _, name = ask.place.rpartition("/")
    held = folders.get(f"{folder}/") if name in _INDEX else None
    if held is None:
        return ask
    return None if set(ask.proofs) <= set(held) else replace(ask, plain=False)


async def _doubt_by_strangers(
    fetcher: Fetcher, arrival: Arrival, done: list[Probed], proofs: Mapping[str, tuple[Proof, ...]]
) -> list[Probed]:
    """A shop that answers many addresses may choose *how* by the address: then two neighbours are too few, and what any
    made-up address proves, no address proves."""
    claimed = [probed for probed in done if probed.controls and not probed.soft404]
    answered = [probed for probed in done if isinstance(probed.answer, Answer) and probed.answer.read]
    if not claimed or len(answered) < TALKATIVE * len(done):
        return done
    neighbours = {control.address: control.gone for probed in done for control in probed.controls if isinstance(control, Answer)}
    if len(neighbours) >= ENOUGH and all(neighbours.values()):
        return done
    strangers = await ask_places(
        fetcher, arrival.origin, stranger_places(arrival.base, fetcher.target.key, fetcher.seed), follow=2
    )
    # Not those of what was dropped: a real administration may send whatever is asked below it to its login.
    pool = [
        _redacted(one)
        for one in (*strangers, *(control for probed in claimed for control in probed.controls))
        if isinstance(one, Answer)
    ]
    return [_doubted(probed, proofs[probed.place], pool) if probed in claimed else probed for probed in done]


def _doubted(probed: Probed, proofs: Sequence[Proof], pool: Sequence[Answer | Unavailable]) -> Probed:
    try:
        lies = any(isinstance(one, Answer) and any(proof(one) for proof in proofs) for one in pool)
    except Exception as error:
        return _defective(probed.place, error)
    return replace(probed, soft404="A made-up address elsewhere proves the same.") if lies else probed


def known_of(target: Target, pages: Pages, installations: Installations) -> Known:
    """What path-choosing functions may use. Places that the shop itself named are left out where asking below them might change
    something: what a rule makes of the rest is asked for as declared."""
    directories = sorted({folder for page in pages.all for folder in _folders(page.address) if not might_act(folder)})
    disallowed = pages.robots.disallowed if isinstance(pages.robots, Robots) else ()
    scripts = {path for page in pages.all for script in page.scripts if (path := _own_path(script.src, target))}
    here = next((one for one in installations.all if target.base.startswith(one.directory)), installations.shop)
    return Known(
        host=target.host,
        year=pages.gathered_at.year,
        base=target.base,
        platforms=tuple((one.directory, one.platform) for one in installations.all if not might_act(one.directory)),
        directories=tuple(directories),
        disallowed=tuple(path for path in disallowed if not might_act(path)),
        scripts=tuple(path for path in sorted(scripts) if not might_act(path)),
        hosted=here.name if here.hosted else "",
    )


def listed_files(listings: Listings | Unavailable) -> tuple[str, ...]:
    """The files in the lists of directories that were seen, written as in an address."""
    if isinstance(listings, Unavailable):
        return ()
    lists = [one for one in listings.directories if isinstance(one, Listed)]
    return tuple(one.path + quote(name, safe="") for one in lists for name in one.names if not name.endswith("/"))


def left_behind(focus: Focus, asks: Sequence[_Ask]) -> tuple[str, ...]:
    """Places of open findings that no rule asks for any more: a script that was removed takes its addresses along."""
    asked = {ask.place for ask in asks}
    return tuple(dict.fromkeys(place for _, place in focus.again if place.startswith("/") and place not in asked))


def merged(wanted: Sequence[Probe], known: Known) -> list[_Ask]:
    """One ask a place, whoever wants it; the first mention decides its turn."""
    asks: dict[str, _Ask] = {}
    for probe in wanted:
        for place in known.places(probe.path):
            ask = asks.get(place)
            if ask is None:
                named = place in known.listed
                asks[place] = _Ask(place, probe.concern, probe.part, probe.follow, probe.plain, (probe.proof,), named)
            else:
                ask.proofs += (probe.proof,)
                ask.part = 0 if not (ask.part and probe.part) else max(ask.part, probe.part)
                ask.follow = max(ask.follow, probe.follow)
                ask.plain |= probe.plain
    # The shop's own directory comes before those beside it.
    return sorted(asks.values(), key=lambda ask: CONCERNS.index(ask.concern))


async def _ask(fetcher: Fetcher, arrival: Arrival, ask: _Ask) -> Probed | None:
    """None where no request was left for it."""
    address = arrival.origin + ask.place
    answer: Answer | Unavailable
    try:
        if ask.follow:
            chain = await fetcher.follow(address, SHARES[ask.concern], redirects=ask.follow, part=ask.part, declared=True)
            answer = chain.end
            if isinstance(answer, Unavailable) and chain.hops and Probed(ask.place, chain.hops[-1], proof=ask.proofs).claims:
                answer = chain.hops[-1]  # where it leads is not asked for, but that it leads there proves enough
        else:
            answer = await fetcher.get(address, SHARES[ask.concern], part=ask.part, declared=True)
    except NoRequestsLeft:
        return None
    except CouldNotGather as failure:
        return Probed(ask.place, Unavailable(str(failure)))
    if isinstance(answer, Unavailable):
        return Probed(ask.place, answer)
    try:
        return await _judged(fetcher, arrival, ask, answer)
    except Exception as error:
        return _defective(ask.place, error)


def _defective(place: str, error: Exception) -> Probed:
    """A proof crashed: that costs this place and no other."""
    log.exception("the answer to %s could not be judged", place)
    return Probed(
        place, Unavailable(f"Our own defect in looking at {place} ({type(error).__name__}); please report it.", defect=True)
    )


async def _judged(fetcher: Fetcher, arrival: Arrival, ask: _Ask, received: Answer) -> Probed:
    """An answer, with what speaks against it where it seems to prove something."""
    if Probed(ask.place, received, proof=ask.proofs).claims is None:
        fetcher.trim(received.address, ask.part)
        because = unreadable(received) if received.header("content-encoding") else None
        return Probed(ask.place, Unavailable(because) if because else _bare(received))
    answer = without_secrets(received)  # takes a while with long texts, so only where something is proven
    # A list stood up to neighbours of its own, and what it names is there.
    controls = () if ask.listed else await ask_controls(fetcher, arrival.origin, ask.place, part=ask.part, follow=ask.follow)
    soft404 = soft404_because(received, controls, arrival.home)
    plain = await _plain(fetcher, ask, answer) if ask.plain and not soft404 else None
    return Probed(ask.place, answer, tuple(_redacted(control) for control in controls), soft404, plain)


async def _plain(fetcher: Fetcher, ask: _Ask, answer: Answer) -> Answer | Unavailable | None:
    """The same place over http; None where it was read over http anyway, or nothing listens there."""
    url = httpx.URL(answer.address)
    if url.scheme == "http":
        return None
    address = fetcher.target.origin("http", url.host) + ask.place
    end = (await fetcher.follow(address, REST, redirects=max(1, ask.follow), declared=True)).end
    if isinstance(end, Unavailable):
        return None if "refuses connections" in end.because else end
    return without_secrets(end) if end.address.startswith("http://") else None


def _suspicious(probed: Probed) -> bool:
    """Whether an answer could come from a firewall instead of the shop."""
    answer = probed.answer
    if isinstance(answer, Unavailable) or not answer.examined or probed.soft404:
        return True
    return answer.read and "html" in answer.content_type and probed.claims is None  # a wall answers every address with a page


def _bare(answer: Answer) -> Answer:
    """An answer that proves nothing, without its text: judged again on a part of it, it might seem to prove something."""
    kept = ("content-type", "location", "server", "www-authenticate")
    return replace(answer, text="", head=b"", headers=tuple(pair for pair in answer.headers if pair[0] in kept))


def _redacted(answer: Answer | Unavailable) -> Answer | Unavailable:
    return without_secrets(answer) if isinstance(answer, Answer) else answer


def _own_path(address: str, target: Target) -> str | None:
    """The path of a script that lies on the shop's own names."""
    if not address.startswith(("http://", "https://")) or not target.covers(address):
        return None
    return httpx.URL(address).path


def _folders(address: str) -> list[str]:
    path = httpx.URL(address).path
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(min(len(parts), 4))]
