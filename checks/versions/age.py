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


def shown_by(
    one: Installation, probes: Probes | Unavailable, others: Iterable[str] = (), *, plugin: bool = False
) -> Shown | None:
    """The version that a product shows on its pages and in its files; None where it shows none.

    others: the directories of the other installations; a file in one of them is none of this one's. plugin: the files in the
    directory are those of the script that it is a plugin of.
    """
    seen = [(version.number, one.directory) for version in one.versions]
    if not isinstance(probes, Unavailable) and not plugin:
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
    aged = ages(shop, probes, installations, knowledge)
    found = [*more, *(finding for age in aged if (finding := age.finding(age.product.platform, ended=ended)))]
    reasons = [*missing, *(reason for age in aged for reason in age.unknown)]
    if any(age.support is None for age in aged):
        reasons += probes.missing
    verdict = judge(found, (*examined, *probes.examined, shop.directory), reasons)
    praise = [age.praise for age in aged]
    return Passed(verdict.examined, " ".join(praise)) if isinstance(verdict, Passed) and all(praise) else verdict


@dataclass(frozen=True, slots=True)
class Age:
    """How old a product is. shown: the version that it shows; support: what is known of that; unknown: why nobody can tell."""

    product: Installation
    shown: Shown | None
    support: Support | None
    unknown: tuple[str, ...]

    def finding(self, subject: str, *, ended: bool) -> Finding | None:
        """That it gets no repairs any more (ended), or else that it misses some that are out; None where neither is known."""
        if self.shown is None or self.support is None:
            return None
        over = self.support.standing is Standing.ENDED
        if not (over if ended else self.support.behind and not over):
            return None
        sure = sureness(self.shown, self.support)
        return Finding(subject, described(self.shown, self.support), (self.product.address,), self.shown.places, sure)

    @property
    def praise(self) -> str:
        """What a pass says; empty where nobody can tell."""
        if self.shown is None or self.support is None:
            return ""
        return f"{self.product.name} {self.shown.number} is looked after, as known on {_day(self.support.table.recorded)}."


def ages(one: Installation, probes: Probes, installations: Installations, knowledge: Knowledge) -> tuple[Age, ...]:
    """Of a script, and of each plugin of it that there is a table for."""
    others = [other.directory for other in installations.all if other is not one]
    own, *plugins = one.products
    made = []
    for product in (own, *(plugin for plugin in plugins if knowledge.support(plugin.platform))):
        shown = shown_by(product, probes, others, plugin=product is not own)
        support = knowledge.support_of(product.platform, shown.number, probes.gathered_at.date()) if shown else None
        why = tuple(unknown(product, shown, support, knowledge)) if support is None else ()
        made.append(Age(product, shown, support, why))
    return tuple(made)


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
