"""The calendar: what RFC 5545 asks for, one event a review, and nobody's name."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.formats.ics import ics
from reports.i18n.language import codes, language
from reports.i18n.reviews import review_words
from scanner.evidence import OwnersRecord, Person, Review
from scanner.gatherers.owner.register import record_of
from scanner.settings.models import SiteSettings
from scanner.settings.owner import usual_reviews
from scanner.text.sanitize import sanitize

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
DUE = date(2026, 12, 24)


def made(*reviews: Review, persons: tuple[Person, ...] = (), code: str = "en", name: str = "Petal & Stem") -> str:
    return ics(OwnersRecord(NOW, reviews=reviews, persons=persons), "petalandstem.example", name, language(code))


def test_a_review_stands_on_its_day() -> None:
    text = made(Review("ftp-password", "1m", date(2026, 11, 24), DUE, "A. Stem"))
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    for line in (
        "DTSTART;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20261225",
        "DTSTAMP:20261130T030000Z",
        "SUMMARY:Change the FTP password (Petal & Stem)",
    ):
        assert f"\r\n{line}\r\n" in text
    assert "A. Stem" not in text


def test_what_is_over_stands_today_and_keeps_its_id() -> None:
    over, never = Review("a", "1m", date(2026, 1, 1), date(2026, 2, 1)), Review("a", "1m")
    first, second = made(over), made(never)
    assert "DTSTART;VALUE=DATE:20261130" in first
    assert [line for line in first.split("\r\n") if line.startswith("UID:")] == [
        line for line in second.split("\r\n") if line.startswith("UID:")
    ]


def test_who_leaves_is_an_event_without_a_name() -> None:
    text = made(persons=(Person("B. Root", DUE), Person("C. Leaf", DUE), Person("D. Gone", date(2026, 1, 1))))
    assert text.count("BEGIN:VEVENT") == 1
    assert not any(name in text for name in ("Root", "Leaf", "Gone"))


@given(st.text(max_size=200), st.sampled_from(codes()), st.integers(-800, 800))
def test_lines_are_short_and_whole(name: str, code: str, days: int) -> None:
    day = NOW.date() + timedelta(days=days)
    text = made(Review(name or "x", "1m", day, day), code=code, name=name)
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    lines = text.encode().split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert [line.partition(":")[0].partition(";")[0] for line in unfolded.split("\r\n") if line].count("SUMMARY") == 1


def read(text: str) -> list[icalendar.Event]:
    """By another's reader, which must take no exception to anything."""
    calendar = icalendar.Calendar.from_ical(text)
    assert (str(calendar["VERSION"]), str(calendar["CALSCALE"]), bool(calendar["PRODID"])) == ("2.0", "GREGORIAN", True)
    events = [one for one in calendar.walk("VEVENT") if isinstance(one, icalendar.Event)]
    assert all(not one.errors for one in (calendar, *events))
    return events


@given(st.text(max_size=200), st.sampled_from(codes()), st.integers(-800, 800))
def test_another_reader_reads_what_was_meant(name: str, code: str, days: int) -> None:
    day = NOW.date() + timedelta(days=days)
    review = Review(name.strip() or "x", "1m", day, day)
    (event,) = read(made(review, code=code, name=name))
    assert event.start == max(day, NOW.date())
    assert event.duration == timedelta(days=1)
    assert str(event["SUMMARY"]) == sanitize(f"{review.name} ({name})", 2000, lines=True)
    assert event.DTSTAMP == NOW
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=9)


def test_all_usual_reviews_are_read_in_every_language() -> None:
    reviews = tuple(Review(name, one.every, DUE, DUE) for name, one in usual_reviews().items())
    for code in codes():
        events = read(made(*reviews, code=code))
        words = review_words(code)
        assert [str(one["SUMMARY"]).removesuffix(" (Petal & Stem)") for one in events] == [
            words[one.name].title for one in reviews
        ]
        assert all(
            str(one["DESCRIPTION"]).startswith(words[review.name].why) for one, review in zip(events, reviews, strict=True)
        )
        assert len({str(one["UID"]) for one in events}) == len(reviews)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_each_day_of_a_year_is_the_one_on_the_wall(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At midnight of each day, where clocks change too: what is due tomorrow stands tomorrow, what is due today is due."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for number in range(366):
            today = date(2026, 1, 1) + timedelta(days=number)
            now = datetime.combine(today, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
            entry = {"url": "https://a.example", "review": [{"name": "x", "every": "1d", "done": today}]}
            record = record_of(SiteSettings.model_validate(entry), now)
            assert record.today == today
            assert record.reviews[0].days_left(record.today) == 1
            if number % 30 == 0 or today.month in {3, 4, 9, 10, 11}:  # where clocks change, somewhere
                (event,) = read(ics(record, "a.example", "A", language("en")))
                assert (event.start, event.DTSTAMP) == (today + timedelta(days=1), now)
    finally:
        monkeypatch.undo()
        time.tzset()
