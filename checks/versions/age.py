"""Is the shop's software, and what it runs on, still looked after?

Judged by support tables with a day on them, never by a banner against a list of holes: distributions repair within a number.
Several numbers for one script: the newest counts, since leftover files tell old ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from checks.places import at, hosted, scripts
from checks.versions.files import MOST
from scanner import (
    UNKNOWN,
    Answer,
    Confidence,
    Finding,
    Installation,
    Installations,
    Knowledge,
    Known,
    NotApplicable,
    Page,
    Pages,
    Passed,
    Probe,
    Probes,
    Proof,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)  # fmt: skip
from scanner.platforms import Standing, Support, VersionSource, is_newer

_PHP = re.compile(r"\bPHP/(\d{1,2}\.\d{1,2})((?:\.\d{1,3})?[^\s;,]{0,40})")
_APACHE = re.compile(r"\bApache/(\d{1,2}\.\d{1,2})((?:\.\d{1,3})?[^\s;,]{0,40}(?: \([^)]{1,60}\))?)")
_RUNS_ON = (("php", "x-powered-by", _PHP), ("php", "server", _PHP), ("apache", "server", _APACHE))
_DISTRIBUTION = re.compile(r"ubuntu|debian|deb\d|\bel\d|centos|red ?hat|fedora|suse|amzn|amazon|\+|~", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest version that a script shows: the number, the places that tell one, whether two agree on it."""

    installation: Installation
    number: str
    places: tuple[str, ...]
    agreed: bool

    @property
    def confidence(self) -> Confidence:
        """Certain where two places agree, or the script's own mark or file says so."""
        told = {version.source for version in self.installation.versions if version.number == self.number}
        return Confidence.CERTAIN if self.agreed or told != {"asset"} else Confidence.PROBABLE


def version_numbers(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The same files as ``version-leak-file`` asks for; here the number itself counts."""
    if hosted(known):
        return ()
    return tuple(
        Probe(at(directory, source.path), _number(source))
        for directory, platform in scripts(known, knowledge)
        for source in platform.version_files
    )[:MOST]


def shown_by(one: Installation, probes: Probes | Unavailable, others: Iterable[str] = ()) -> Shown | None:
    """The version that an installation shows on its pages and in its files; None where it shows none.

    others: the directories of the other installations; a file in one of them is none of this one's.
    """
    seen = [(version.number, one.directory) for version in one.versions]
    if not isinstance(probes, Unavailable):
        deeper = [folder for folder in others if folder.startswith(one.directory) and folder != one.directory]
        seen += [
            (number, probed.place)
            for probed, number in probes.hits
            if probed.place.startswith(one.directory) and not any(probed.place.startswith(folder) for folder in deeper)
        ]
    if not seen:
        return None
    newest = seen[0][0]
    for number, _ in seen:
        newest = number if is_newer(number, newest) else newest
    places = tuple(dict.fromkeys(place for number, place in seen if number == newest))
    return Shown(one, newest, places, len(places) > 1)


def sureness(shown: Shown, support: Support) -> Confidence:
    """Only possible where a distribution's package may hold the repairs under its old number."""
    if _DISTRIBUTION.search(shown.number):
        return Confidence.POSSIBLE
    return Confidence.POSSIBLE if support.table.packaged and support.standing is not Standing.ENDED else shown.confidence


def described(shown: Shown, support: Support) -> str:
    """What a person reads of an old version."""
    name, as_of = f"{shown.installation.name} {shown.number}", f"as known on {_day(support.table.recorded)}"
    unsure = sureness(shown, support) is Confidence.POSSIBLE
    maybe = "; a package of a Linux distribution may be repaired all the same" if unsure else ""
    if support.standing is Standing.ENDED:
        since = f" since {_day(support.since)}" if support.since else ""
        branch = f"releases before {support.branch.name}" if support.older else f"the {support.branch.name} releases"
        return f"{name}: {branch} get no repairs any more{since} ({as_of}){maybe}"
    return f"{name}: {support.branch.latest} is the newest of its releases ({as_of}){maybe}"


@check("software-outdated", severity=Severity.MEDIUM, probes=version_numbers)
def software_outdated(probes: Probes, installations: Installations, knowledge: Knowledge) -> Verdict:
    """The shop's software misses repairs that are out."""
    return _judged(probes, installations, knowledge, ended=False)


@check("software-end-of-life", severity=Severity.HIGH, probes=version_numbers)
def software_end_of_life(
    probes: Probes, installations: Installations, pages: Pages | Unavailable, knowledge: Knowledge
) -> Verdict:
    """The shop's software, or what it runs on, gets no repairs any more."""
    if isinstance(pages, Unavailable):
        return _judged(probes, installations, knowledge, ended=True, missing=(pages.because,))
    more = list(_runs_on(pages.all, knowledge, probes.gathered_at.date()))
    return _judged(probes, installations, knowledge, ended=True, more=more, examined=[page.path for page in pages.all])


def _judged(
    probes: Probes,
    installations: Installations,
    knowledge: Knowledge,
    *,
    ended: bool,
    more: Iterable[Finding] = (),
    examined: Iterable[str] = (),
    missing: Iterable[str] = (),
) -> Verdict:
    shop = installations.shop
    if because := hosted(probes.known):
        return NotApplicable(because)
    shown = shown_by(shop, probes, [one.directory for one in installations.beside])
    support = knowledge.support_of(shop.platform, shown.number, probes.gathered_at.date()) if shown else None
    found = list(more)
    if (
        shown
        and support
        and (support.standing is Standing.ENDED if ended else support.behind and support.standing is not Standing.ENDED)
    ):
        found.append(Finding(shop.platform, described(shown, support), (shop.address,), shown.places, sureness(shown, support)))
    places = (*examined, *probes.examined, shop.directory)
    reasons = [*missing, *unknown(shop, shown, support, knowledge), *probes.missing] if support is None else list(missing)
    verdict = judge(found, places, reasons)
    if isinstance(verdict, Passed) and shown and support:
        return Passed(
            verdict.examined, f"{shop.name} {shown.number} is looked after, as known on {_day(support.table.recorded)}."
        )
    return verdict


def unknown(one: Installation, shown: Shown | None, support: Support | None, knowledge: Knowledge) -> Iterator[str]:
    """Why nobody can tell how old a script is."""
    if one.platform == UNKNOWN:
        yield "The shop's software was not recognised, so its age is not known."
    elif knowledge.support(one.platform) is None:
        yield f"For {one.name} there is no table of supported versions."
    elif shown is None:
        yield f"{one.name} does not show its version."
    elif support is None:
        yield f"{one.name} {shown.number} is not in our table of supported versions; it may be newer than the table."


def _runs_on(pages: Iterable[Page], knowledge: Knowledge, on: date) -> Iterator[Finding]:
    """PHP and Apache, by branch. A distribution's mark makes it only possible: it may repair the branch itself."""
    for page in pages:
        for key, header, pattern in _RUNS_ON:
            for name, value in page.headers:
                match = pattern.search(value[:500]) if name == header else None
                support = knowledge.support_of(key, match[1], on) if match else None
                if match and support and support.standing is Standing.ENDED:
                    since = f" since {_day(support.since)}" if support.since else ""
                    told = f"{support.table.name} {match[1]}{match[2].partition(' ')[0]}"
                    by_distribution = _DISTRIBUTION.search(match[2]) is not None
                    yield Finding(
                        key,
                        f"{told}: its makers give no repairs any more{since}" + ("; your host may" if by_distribution else ""),
                        (page.address,),
                        (page.path,),
                        Confidence.POSSIBLE if by_distribution else Confidence.PROBABLE,
                    )


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


@lru_cache(maxsize=256)
def _number(source: VersionSource) -> Proof:
    def proof(answer: Answer) -> str | None:
        return source.read(answer.text) if answer.read else None

    return proof
