"""What happened at a site, in words: headings, lines, the subject. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reports.text.words import day
from reports.view.changes import summary
from scanner.history.events import Change, Event, Health
from scanner.rules.rule import Escalation
from scanner.text.sanitize import sanitize

MOST_LINES = 50
"""Lines a site and heading; the rest is counted."""

_HEADINGS: Mapping[Change | Health, str] = {
    Health.UNREACHABLE: "Cannot be reached",
    Health.BACK: "Can be reached again",
    Change.NEW: "New",
    Change.CAME_BACK: "Came back",
    Health.RISK_EXPIRED: "Accepted until now; counts again",
    Health.STILL_OPEN: "Still open",
    Change.FIXED: "Fixed",
    Change.NO_LONGER_APPLIES: "No longer applies",
    Health.NOT_CONFIRMED: "Not confirmed for a while",
    Health.CHECK_DEAD: "Could not be checked for two weeks",
    Health.DATA_TOO_OLD: "shopwarden's own data is old",
}
"""Kind → heading, in the order of a message. FIRST_SEEN is missing: it is told to nobody."""


@dataclass(frozen=True, slots=True)
class Told:
    """A site with what happened there. before, after: grades, None where there is none. name, url: for people.

    report: where its report lies, as text for people, or "". away: since when it cannot be reached.
    """

    key: str
    name: str
    url: str
    events: tuple[Event, ...] = ()
    before: str | None = None
    after: str | None = None
    report: str = ""
    away: datetime | None = None
    open_count: int = 0

    @property
    def grade(self) -> str:
        """``grade C → D``, ``grade C`` or nothing."""
        if self.before and self.after and self.before != self.after:
            return f"grade {self.before} → {self.after}"
        return f"grade {self.after}" if self.after else ""


@dataclass(frozen=True, slots=True)
class Words:
    """What messages take from elsewhere. titles: rule id → its problem in an owner's words. sender, contact: the agency's.

    escalations: rule id → what weighs more where it is new, and how to say so.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    contact: str = ""
    escalations: Mapping[str, Escalation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words. what: the title. where: subject or address. more: evidence or reason. severity: "" for a whole site."""

    severity: str
    what: str
    where: str
    more: str


@dataclass(frozen=True, slots=True)
class Section:
    """The events of one kind at one site."""

    heading: str
    lines: tuple[Line, ...]
    left_out: int


def sections(shop: Told, words: Words) -> tuple[Section, ...]:
    """A site's events in a message's order."""
    made = []
    for kind, heading in _HEADINGS.items():
        events = [event for event in shop.events if event.kind == kind]
        lines = tuple(_line(event, words) for event in events[:MOST_LINES])
        if lines:
            made.append(Section(heading, lines, len(events) - len(lines)))
    return tuple(made)


def subject_of(shops: Sequence[Told]) -> str:
    """The subject line of a message about what happened."""
    worst = shops[0]
    told = ", ".join(filter(None, [summary(worst.events), worst.grade if "→" in worst.grade else ""]))
    if len(shops) == 1:
        return f"{worst.key}: {told}"
    rest = [event for shop in shops for event in shop.events]
    return f"{len(shops)} shops: {_overall(shops, rest)}; worst {worst.key}: {told}"


def _overall(shops: Sequence[Told], events: Sequence[Event]) -> str:
    """Over several shops: findings are counted, and so are the shops that are away or back."""
    parts = [summary(event for event in events if isinstance(event.kind, Change))]
    for kind, words in ((Health.UNREACHABLE, "cannot be reached"), (Health.BACK, "can be reached again")):
        number = sum(any(event.kind is kind for event in shop.events) for shop in shops)
        parts.append(f"{number} {words}" if number else "")
    others = [event for event in events if isinstance(event.kind, Health) and event.kind not in {Health.UNREACHABLE, Health.BACK}]
    return ", ".join(filter(None, [*parts, summary(others)]))


def name_of(shop: Told) -> str:
    """The site's name with its key, or the key alone."""
    name = sanitize(shop.name, 120)
    return shop.key if name in {"", shop.key} else f"{name} ({shop.key})"


def standing_of(shop: Told) -> str:
    """How a site stands about which nothing else is told, or ""."""
    if shop.away:
        return f"cannot be reached since {day(shop.away)}"
    return f"{shop.open_count} open" if shop.open_count and not shop.events else ""


def _day(when: datetime | None) -> str:
    return day(when) if when else "an unknown day"


def _line(event: Event, words: Words) -> Line:
    title = sanitize(words.titles.get(event.rule, event.rule.replace("-", " ").capitalize()), 200)
    severity, where, more = str(event.severity), sanitize(event.location or event.subject, 300), sanitize(event.shown, 300)
    if event.location and event.subject not in event.location:
        where = f"{sanitize(event.subject, 200)} ({where})"
    escalation = words.escalations.get(event.rule) if event.kind in {Change.NEW, Change.CAME_BACK} else None
    if escalation is not None and (names := escalation.names(event.subject)) is not None:
        said = {name: sanitize(value, 200) for name, value in names.items()}
        title, more = escalation.title.format_map(said), escalation.advice.format_map(said)
    match event.kind:
        case Health.UNREACHABLE:
            return Line("", "The shop could not be scanned.", "", sanitize(event.because))
        case Health.BACK:
            return Line("", f"It could not be reached since {_day(event.since)}.", "", "")
        case Health.DATA_TOO_OLD:
            return Line(
                "",
                f"What is known of versions and their support is of {sanitize(event.because, 40)}.",
                "",
                "Run shopwarden update-data, or update shopwarden.",
            )
        case Health.CHECK_DEAD:
            return Line(
                severity, title, "", f"Without an answer since {_day(event.since)}. {sanitize(event.because, 300)}".strip()
            )
        case Health.NOT_CONFIRMED:
            return Line(severity, title, where, f"Seen last on {_day(event.since)}; since then it could not be looked at.")
        case Health.STILL_OPEN:
            return Line(severity, title, where, f"Open since {_day(event.since)}.")
        case Health.RISK_EXPIRED:
            return Line(severity, title, where, f"It was accepted until {event.because}.")
        case Change.FIXED | Change.NO_LONGER_APPLIES:
            return Line(severity, title, where, "")
        case _:
            return Line(severity, title, where, more)
