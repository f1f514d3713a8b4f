"""The months and weekdays that the program knows are those of Unicode's data."""

from __future__ import annotations

import pytest

from scanner.text.calendar_words import MONTHS, WEEKDAYS
from scanner.text.words import plain_words
from tools import draw_calendar


def test_the_file_is_drawn_from_todays_data() -> None:
    written = draw_calendar.FILE.read_text(encoding="utf-8")
    assert written == draw_calendar.drawn(), "draw it anew: python -m tools.draw_calendar"


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("März", 3),
        ("październik", 10),
        ("décembre", 12),
        ("Ιανουαρίου", 1),
        ("листопада", 11),
        ("Şubat", 2),
        ("lokakuu", 10),
        ("lis", 0),
    ],
)
def test_months_in_many_languages(word: str, number: int) -> None:
    assert MONTHS[plain_words(word)] == number


@pytest.mark.parametrize(
    "word",
    ["montag", "Dienstag", "pondělí", "środa", "понеділок", "четвртак", "sunnuntai", "lun", "Cuma", "mánudagur", "Δευτέρα"],
)
def test_weekdays_in_many_languages(word: str) -> None:
    assert plain_words(word) in WEEKDAYS


@pytest.mark.parametrize(
    "word",
    ["backup", "shop", "plugins", "themes", "uploads", "database", "files", "media", "orders", "out", "set", "man", "wp", "red"],
)
def test_words_of_file_names_are_none(word: str) -> None:
    assert word not in MONTHS
    assert word not in WEEKDAYS
