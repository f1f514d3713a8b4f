"""Letters in place of a shop: read, judged one by one for programs, and all together for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from scanner._version import __version__
from scanner.engine.catalogue import Catalogue
from scanner.engine.judging import judge_all
from scanner.engine.limits import limited_of
from scanner.evidence import DnsAnswer, Letter, Letters, Unavailable, UnreadLetter
from scanner.gatherers.letters.letters import LetterPlace, LetterPlan, read_letters
from scanner.gatherers.net.dns import Dns
from scanner.platforms import PLATFORMS
from scanner.results.result import Accepted, Requests, ScanResult, Site, Status
from scanner.text.clock import Clock


@dataclass(frozen=True, slots=True)
class LetterLook:
    """What was seen of the letters: each with its own result, and one result of all of them, as reports of a scan take it."""

    each: tuple[tuple[Letter | UnreadLetter, ScanResult], ...]
    all: ScanResult


async def look_at_letters(
    places: tuple[LetterPlace, ...],
    rules: tuple[str, ...],
    catalogue: Catalogue,
    *,
    accepted: tuple[Accepted, ...] = (),
    only: bool = False,
    dns: Dns | None = None,
    clock: Clock | None = None,
) -> LetterLook:
    """Read and judge. rules: their ids. only: whether they were named one by one. Raises nothing of the letters' doing."""
    clock, dns, counts = clock or Clock(), dns or Dns(), Counter[str]()
    started = clock.now()

    async def ask(name: str, kind: str) -> DnsAnswer | Unavailable:
        counts["dns"] += 1
        return await dns.told(name, kind)

    letters = await read_letters(LetterPlan(places, ask), started)
    finished = clock.now()
    sent = Requests(dns=counts["dns"])

    def result(part: Letters) -> ScanResult:
        return replace(judged(part, rules, catalogue, started, finished, only=only), accepted=accepted, requests=sent)

    each: list[tuple[Letter | UnreadLetter, ScanResult]] = [
        *((one, result(replace(letters, letters=(one,), unread=(), more=0))) for one in letters.letters),
        *((one, result(replace(letters, letters=(), unread=(one,), more=0))) for one in letters.unread),
    ]
    return LetterLook(tuple(each), result(letters))


def judged(
    letters: Letters, rules: Collection[str], catalogue: Catalogue, started: datetime, finished: datetime, *, only: bool = False
) -> ScanResult:
    """Letters → a result. Pure. Its site is the domain that they are from."""
    knowledge = catalogue.knowledge
    domains = sorted({one.from_domain for one in letters.letters})
    name = ", ".join(domains[:3]) + (", …" if len(domains) > 3 else "")
    unread = [one.because for one in letters.unread]
    more = f"{letters.more} older letters that lie there were not looked at."
    every = catalogue.rules_of(catalogue.chosen(shop=False, letters=True))
    return ScanResult(
        site=Site(key=domains[0] if len(domains) == 1 else "letters", url=name, host=name, name=name),
        started=started,
        finished=finished,
        status=Status.PARTIAL if unread else Status.COMPLETE,
        judged=judge_all(catalogue.rules_of(rules), {Letters: letters}, knowledge),
        requests=Requests(),
        because=unread[0] if unread else None,
        notes=(*unread[1:], *([more] if letters.more else [])),
        tool_version=__version__,
        data_as_of=knowledge.days[PLATFORMS].isoformat(),
        data={name: day.isoformat() for name, day in knowledge.days.items()},
        limited=limited_of(every, rules, asked=only),
        letters=len(letters.letters) or 1,
    )
