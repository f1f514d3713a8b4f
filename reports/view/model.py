"""What a report shows, as values: sorted, counted, cut, and in words. The formats only lay it out.

Whatever came from the shop has passed ``scanner.text.sanitize``; whatever is Markdown says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from reports.i18n.language import Language, Said, Term
from reports.text.brand import Brand
from reports.view.compliance import Edition, Requirement
from reports.view.owner import OwnerView
from reports.view.trend import SinceLast
from scanner.results.grade import Ungraded
from scanner.results.result import Status
from scanner.rules.rule import Severity
from scanner.rules.standards import Standards
from scanner.rules.verdicts import Confidence

MOST_UNFOLDED = 3
Who = Literal["you", "host", "developer"]


@dataclass(frozen=True, slots=True)
class Location:
    """An address as text, and as a link where it is a clean http(s) one."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding: what is wrong, what was seen (may have several lines), where, and how sure we are.

    more_locations: how many addresses are left out. points: whether it counts for the grade. ready: a text made for this shop,
    to be copied as it stands, or "".
    """

    id: str
    subject: str
    shown: str
    locations: tuple[Location, ...]
    more_locations: int
    places: tuple[str, ...]
    confidence: Confidence
    counts: bool
    ready: str = ""


@dataclass(frozen=True, slots=True)
class FixView:
    """How to fix it in one place; ``markdown`` is Markdown. yours: "your server", "your shop's software" or ""."""

    where: str
    markdown: str
    yours: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A problem: a rule with open findings. why, risk, verify, ask, references and good are Markdown; title and mail are plain.

    mail: "" where there is nothing to ask the host for; ``ask`` says why.

    lang: the language of the article's words. points: what it costs; graded: whether a grade is
    made of it at all. minutes: what fixing takes, None where nobody says; effort:
    the same in words, or "". risk: what may break by it, or "". more: how many findings are left out. places: how many
    there are, in words. ran_out: the days on which
    acceptances of it expired. fixes: those for the detected server and software; other_fixes: the rest.

    who: those who can do it. regrade: the grade if nothing but this were mended, or "" where that is the same one. accept: the
    lines of ``shopwarden.toml`` that accept the risk.
    """

    anchor: str
    rule: str
    severity: Severity
    area: str
    lang: str
    title: str
    findings: tuple[Evidence, ...]
    more: int
    places: str
    points: int
    graded: bool
    minutes: int | None
    effort: str
    risk: str
    good: str
    why: str
    fixes: tuple[FixView, ...]
    other_fixes: tuple[FixView, ...]
    verify: str
    mail: str
    ask: str
    references: str
    ran_out: tuple[str, ...]
    who: tuple[Who, ...]
    regrade: str
    accept: str

    @property
    def where(self) -> str:
        """The first address or subject."""
        return where_of(self.findings[0])

    @property
    def others(self) -> int:
        """How many other findings there are."""
        return len(self.findings) + self.more - 1


def where_of(evidence: Evidence) -> str:
    """Where a finding was seen: its first address, or its subject where it has none."""
    return evidence.locations[0].text if evidence.locations else evidence.subject


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The file of the fix pack that mends several problems at once, or one file a server. rules: what it mends."""

    files: tuple[str, ...]
    rules: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Group:
    """The problems of one severity."""

    severity: Severity
    means: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A line of "fix these first". where: the first address or subject; more: how many other findings its rule has.

    effort: how long it takes, in words, or "".
    """

    anchor: str
    severity: Severity
    lang: str
    title: str
    effort: str
    where: str
    more: int


@dataclass(frozen=True, slots=True)
class GradeView:
    """letter: A+ to F; score: 0 to 100, before caps; provisional: why it is, or ""; tone: good, fair or poor."""

    letter: str
    score: int
    provisional: str
    tone: str


@dataclass(frozen=True, slots=True)
class AcceptedView:
    """A finding whose risk the owner accepted."""

    title: Said
    rule: str
    severity: Severity
    subject: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in one of the short lists. ``good`` is Markdown, the rest plain; because: what was seen, or ""."""

    rule: str
    lang: str
    title: str
    good: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that share an area or a reason, which ``heading`` names."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class GradeTable:
    """How the grade is made, from the table that makes it. most_exposure, most_critical: what may be unclear in it."""

    points: tuple[tuple[Severity, int], ...]
    letters: tuple[tuple[str, int], ...]
    caps: tuple[tuple[Severity, str], ...]
    provisional_share: str
    most_exposure: str
    most_critical: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A text to send. subject: plain. paragraphs: plain, each in its own language; between them is an empty line.

    short: the same with a line a problem, for a sheet of paper. mailto: a ``mailto:`` link with a version short enough for one.
    """

    subject: str
    paragraphs: tuple[Said, ...]
    short: tuple[Said, ...]
    mailto: str

    @property
    def text(self) -> str:
        """The whole, without its subject."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report shows, in its order. first is at most five steps; problems has all five severities.

    caveat: sentences that come before everything else, where the scan cannot speak for the whole shop. ungraded: why there is no
    grade, or "". again: the command that looks again, whole.

    since_last: what changed since last time, None where no history is kept. to_host, to_developer: ready texts, None where there
    is nothing to send. effort: the sum of all that is open, in words, or "". at_once: None where no file mends several of them.

    standards: where each rule stands in catalogues; requirements: what was seen of those of PCI DSS; editions: of all that are
    referred to. passed is by area; unchecked and not_applicable are by reason. asked: (what, number) by protocol, without zeros.
    further: how far the long list of rarer names was asked for, or "". owner: the chapter of what the owner looks after himself.
    """

    language: Language
    status: Status
    name: str
    host: str
    address: Location
    also_at: tuple[str, ...]
    elsewhere: str
    platform: str
    server: str
    caveat: tuple[Said, ...]
    grade: GradeView | None
    ungraded: str
    sentence: str
    because: str
    advice: str
    problems: tuple[tuple[Severity, int], ...]
    judged: int
    first: tuple[Step, ...]
    since_last: SinceLast | None
    to_host: Letter | None
    to_developer: Letter | None
    groups: tuple[Group, ...]
    effort: str
    at_once: AtOnce | None
    standards: Mapping[str, Standards]
    requirements: tuple[Requirement, ...]
    editions: tuple[Edition, ...]
    accepted: tuple[AcceptedView, ...]
    passed: tuple[Lines, ...]
    passed_count: int
    unchecked: tuple[Lines, ...]
    unchecked_count: int
    not_applicable: tuple[Lines, ...]
    not_applicable_count: int
    asked: tuple[tuple[str, int], ...]
    further: str
    received: str
    duration: str
    politeness: str
    notes: tuple[str, ...]
    again: str
    grading: GradeTable
    glossary: tuple[Term, ...]
    date: str
    day: str
    tool_version: str
    data_as_of: str
    authorised_by: str
    brand: Brand | None
    owner: OwnerView | None = None

    @property
    def unfolded(self) -> frozenset[str]:
        """Anchors of the cards that a page opens: the first that are urgent. Others are a line each until a link leads there."""
        urgent = (step.anchor for step in self.first if step.severity in {Severity.CRITICAL, Severity.HIGH})
        return frozenset(islice(urgent, MOST_UNFOLDED))

    @property
    def glossary_code(self) -> str:
        """The language that the glossary is in."""
        return self.language.code if self.language.glossary else "en"

    @property
    def of_a_shop(self) -> bool:
        """Whether a shop was asked, and a grade could be made; letters are neither."""
        return self.ungraded != Ungraded.LETTERS

    @property
    def titles(self) -> Mapping[str, Said]:
        """The problem in an owner's words, by rule, of those that are open."""
        return {card.rule: Said(card.title, card.lang) for group in self.groups for card in group.cards}

    def short(self, where: str) -> str:
        """An address below the shop's own as its path."""
        path = where.removeprefix(self.address.text.rstrip("/"))
        return path if len(path) > 1 and path.startswith("/") else where

    def place(self, where: str) -> str:
        """The same for a narrow column, where the shop's own address is its name."""
        own = where.rstrip("/") == self.address.text.rstrip("/")
        return where.removeprefix("https://").rstrip("/") if own else self.short(where)
