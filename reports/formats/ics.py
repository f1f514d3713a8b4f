"""The days on which reviews are due, as a calendar (iCalendar, RFC 5545). No person is named in it: calendars are shared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, timedelta

from reports.i18n.language import Language
from reports.i18n.reviews import review_words
from scanner._version import __version__
from scanner.evidence import OwnersRecord
from scanner.text.sanitize import sanitize

FOLD = 75
"""Octets of a line (3.1)."""
AT_NINE = "PT9H"


def ics(record: OwnersRecord, key: str, name: str, language: Language) -> str:
    """Each review on the day on which it is due, on the day of the scan where that is over; and the last days of those who leave.

    key, name: of the shop. An event keeps its id, so that importing a later file moves it.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//shopwarden//{__version__}//EN", "CALSCALE:GREGORIAN"]
    for what, day, title, about in _days(record, name, language):
        lines += _event(f"{key} {what}", day, title, about, record)
    return "".join(f"{folded}\r\n" for line in (*lines, "END:VCALENDAR") for folded in _folded(line))


def _days(record: OwnersRecord, name: str, language: Language) -> Iterator[tuple[str, date, str, str]]:
    words = review_words(language.code)
    for review in record.reviews:
        known = words.get(review.name)
        about = "\n".join((known.why, *(f"{number}. {step}" for number, step in enumerate(known.how, 1)))) if known else ""
        title = known.title if known else review.name
        yield f"review {review.name}", max(review.due or record.today, record.today), f"{title} ({name})", about
    leaving = {person.left for person in record.persons if person.left is not None and person.left >= record.today}
    for day in sorted(leaving):
        yield f"leaver {day}", day, language.say("reviews.leaves", shop=name), ""


def _event(what: str, day: date, title: str, about: str, record: OwnersRecord) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(what.encode()).hexdigest()[:32]}@shopwarden"
    yield f"DTSTAMP:{record.gathered_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{min(day, date.max - timedelta(days=1)) + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(title)}"
    if about:
        yield f"DESCRIPTION:{_escaped(about)}"
    yield "TRANSP:TRANSPARENT"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{AT_NINE}", f"DESCRIPTION:{_escaped(title)}", "END:VALARM")
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """As TEXT (3.3.11)."""
    plain = sanitize(text, 2000, lines=True)
    for mark in "\\;,":
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets, no character cut."""
    left = line
    first = True
    while left:
        most, taken = FOLD - (not first), ""
        for letter in left:
            if len((taken + letter).encode()) > most:
                break
            taken += letter
        yield taken if first else f" {taken}"
        left, first = left[len(taken) :], False
