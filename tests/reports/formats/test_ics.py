"""The calendar: what RFC 5545 asks for, one event a review, and nobody's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.formats.ics import ics
from reports.i18n.language import codes, language
from scanner.evidence import OwnersRecord, Person, Review

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
