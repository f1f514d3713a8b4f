"""Events → messages. Pure: one message a run and receiver, with a subject that says it all, as text, as HTML and as JSON.

Who is told what is said by ``[[alert]]``: the least severity, and which sites. What is accepted, merely possible or first seen is
told to nobody. Sending is ``shopwarden.delivery.receiver``'s.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scanner._version import __version__
from scanner.history.comparison import INVENTORY, WATCHED_KINDS, Change, Event, Health, script_host
from scanner.rules.rule import Severity
from scanner.settings.models import Alert
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from jinja2 import Environment

SCHEMA = "shopwarden/alert/1"
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

_COUNTED: Mapping[Change | Health, str] = {
    Change.NEW: "{} new",
    Change.CAME_BACK: "{} came back",
    Change.FIXED: "{} fixed",
    Change.NO_LONGER_APPLIES: "{} no longer applies",
    Health.UNREACHABLE: "cannot be reached",
    Health.BACK: "can be reached again",
    Health.RISK_EXPIRED: "{} accepted risk ran out",
    Health.STILL_OPEN: "{} still open",
    Health.NOT_CONFIRMED: "{} not confirmed",
    Health.CHECK_DEAD: "{} not checked for two weeks",
    Health.DATA_TOO_OLD: "update shopwarden",
}
"""Kind → its part of the subject line, in that order."""


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
class Message:
    """One message. id: the same for the same events to the same receiver, on every retry."""

    id: str
    subject: str
    text: str
    html: str
    payload: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {"subject": self.subject, "text": self.text, "html": self.html, "payload": self.payload}


@dataclass(frozen=True, slots=True)
class Words:
    """What messages take from elsewhere. titles: rule id → its problem in an owner's words. sender, contact: the agency's."""

    titles: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    contact: str = ""


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


def concerning(alert: Alert, shops: Iterable[Told]) -> tuple[Told, ...]:
    """What this entry's receivers are told: the sites with something to tell, the worst first."""
    chosen = []
    for shop in shops:
        if not alert.concerns(shop.key):
            continue
        events = tuple(event for event in shop.events if _tells(alert, event))
        if events:
            chosen.append((min(event.severity.rank for event in events), shop.key, events, shop))
    return tuple(_with(shop, events) for _, _, events, shop in sorted(chosen, key=lambda one: one[:2]))


def changed(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The message about what happened. shops: from ``concerning``, at least one. receiver: its fingerprint."""
    subject = _subject(shops)
    ids = sorted(event.id for shop in shops for event in shop.events)
    return _message(_id(receiver, *ids), subject, shops, words, now)


def all_quiet(receiver: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    """The weekly word that everything is watched and nothing changed. shops: all that the receiver's entry concerns."""
    away = [shop for shop in shops if shop.away]
    state = f"{len(away)} cannot be reached, otherwise quiet" if away else "all quiet"
    if len(shops) == 1:
        (shop,) = shops
        subject = f"{shop.key}: {'cannot be reached' if away else 'all quiet'}" + (f", {shop.grade}" if shop.grade else "")
    else:
        subject = f"{len(shops)} shops: {state}"
    return _message(_id(receiver, "quiet", now.date().isoformat()), subject, shops, words, now)


def sections(shop: Told, words: Words) -> tuple[Section, ...]:
    """A site's events in a message's order."""
    made = []
    for kind, heading in _HEADINGS.items():
        events = [event for event in shop.events if event.kind == kind]
        lines = tuple(_line(event, words) for event in events[:MOST_LINES])
        if lines:
            made.append(Section(heading, lines, len(events) - len(lines)))
    return tuple(made)


def summary(events: Iterable[Event]) -> str:
    """``2 new, 1 fixed``; what does not count, as an accepted risk, is left out."""
    counted = Counter(event.kind for event in events if event.counts)
    return ", ".join(part.format(counted[kind]) for kind, part in _COUNTED.items() if counted[kind])


def _tells(alert: Alert, event: Event) -> bool:
    return event.counts and event.kind is not Change.FIRST_SEEN and event.severity.rank <= alert.from_.rank


def _with(shop: Told, events: tuple[Event, ...]) -> Told:
    return Told(shop.key, shop.name, shop.url, events, shop.before, shop.after, shop.report, shop.away, shop.open_count)


def _subject(shops: Sequence[Told]) -> str:
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


def _line(event: Event, words: Words) -> Line:
    title = sanitize(words.titles.get(event.rule, event.rule.replace("-", " ").capitalize()), 200)
    severity, where, more = str(event.severity), sanitize(event.location or event.subject, 300), sanitize(event.shown, 300)
    if event.location and event.subject not in event.location:
        where = f"{sanitize(event.subject, 200)} ({where})"
    host, kind = script_host(event.subject)
    if event.rule == INVENTORY and kind in WATCHED_KINDS and event.kind in {Change.NEW, Change.CAME_BACK}:
        title = f"A script from {sanitize(host, 200)} on the {kind} page, where it was not before"
        more = "If nobody of yours put it there, treat it as an attack on your customers' cards and passwords."
    match event.kind:
        case Health.UNREACHABLE:
            return Line("", "The shop could not be scanned.", "", sanitize(event.because))
        case Health.BACK:
            return Line("", f"It could not be reached since {day(event.since)}.", "", "")
        case Health.DATA_TOO_OLD:
            return Line(
                "",
                f"What is known of versions and their support is of {sanitize(event.because, 40)}.",
                "",
                "Run shopwarden update-data, or update shopwarden.",
            )
        case Health.CHECK_DEAD:
            return Line(
                severity, title, "", f"Without an answer since {day(event.since)}. {sanitize(event.because, 300)}".strip()
            )
        case Health.NOT_CONFIRMED:
            return Line(severity, title, where, f"Seen last on {day(event.since)}; since then it could not be looked at.")
        case Health.STILL_OPEN:
            return Line(severity, title, where, f"Open since {day(event.since)}.")
        case Health.RISK_EXPIRED:
            return Line(severity, title, where, f"It was accepted until {event.because}.")
        case Change.FIXED | Change.NO_LONGER_APPLIES:
            return Line(severity, title, where, "")
        case _:
            return Line(severity, title, where, more)


def _message(message_id: str, subject: str, shops: Sequence[Told], words: Words, now: datetime) -> Message:
    subject = sanitize(subject, 250)
    told = [(shop, sections(shop, words)) for shop in shops]
    html = (
        _environment()
        .get_template("alert.html.j2")
        .render(
            subject=subject, told=told, words=words, day=day(now), version=__version__, severities=tuple(Severity), name=_name
        )
    )
    return Message(message_id, subject, _text(subject, told, words, now), html, _payload(message_id, subject, shops, words, now))


def _text(subject: str, told: Sequence[tuple[Told, tuple[Section, ...]]], words: Words, now: datetime) -> str:
    lines = [subject, ""]
    for shop, parts in told:
        lines += [_name(shop), "  " + ", ".join(filter(None, [sanitize(shop.url, 300), shop.grade, _standing(shop)]))]
        for section in parts:
            lines += ["", f"  {section.heading}"]
            for line in section.lines:
                lines.append(f"  - {f'[{line.severity}] ' if line.severity else ''}{line.what}")
                lines += [f"    {words_}" for words_ in (line.where, line.more) if words_]
            if section.left_out:
                lines.append(f"  … and {section.left_out} more")
        if shop.report:
            lines += ["", f"  Report: {sanitize(shop.report, 300)}"]
        lines.append("")
    sender = ", ".join(filter(None, [sanitize(words.sender, 120), sanitize(words.contact, 120)]))
    lines += ["-- ", f"{sender + ' · ' if sender else ''}shopwarden {__version__}, {day(now)}"]
    return "\n".join(lines) + "\n"


def _standing(shop: Told) -> str:
    if shop.away:
        return f"cannot be reached since {day(shop.away)}"
    return f"{shop.open_count} open" if shop.open_count and not shop.events else ""


def _payload(message_id: str, subject: str, shops: Sequence[Told], words: Words, now: datetime) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": message_id,
        "created": now.astimezone(UTC).isoformat(),
        "subject": subject,
        "shops": [
            {
                "site": shop.key,
                "name": sanitize(shop.name, 200),
                "url": shop.url,
                "grade": {"before": shop.before, "after": shop.after},
                "away_since": shop.away.astimezone(UTC).isoformat() if shop.away else None,
                "events": [
                    {"id": event.id, "title": sanitize(words.titles.get(event.rule, ""), 200), **event.model_dump(mode="json")}
                    for event in shop.events
                ],
            }
            for shop in shops
        ],
    }


def _name(shop: Told) -> str:
    name = sanitize(shop.name, 120)
    return shop.key if name in {"", shop.key} else f"{name} ({shop.key})"


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def day(when: datetime | None) -> str:
    """``21 November 2026``, in English on every machine."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}" if when else "an unknown day"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
