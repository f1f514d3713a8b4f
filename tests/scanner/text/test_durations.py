"""How long: what is read, what is meant, and where it ends."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.text.durations import UNITS, BadDuration, Duration


@pytest.mark.parametrize(
    ("text", "day", "after"),
    [
        ("31d", date(2026, 11, 2), date(2026, 12, 3)),
        ("2w", date(2026, 11, 2), date(2026, 11, 16)),
        ("1m", date(2026, 1, 31), date(2026, 2, 28)),
        ("1m", date(2028, 1, 31), date(2028, 2, 29)),
        ("13m", date(2026, 12, 31), date(2028, 1, 31)),
        ("1y", date(2028, 2, 29), date(2029, 2, 28)),
        ("36h", date(2026, 11, 2), date(2026, 11, 4)),
        ("24 h", date(2026, 11, 2), date(2026, 11, 3)),
    ],
)
def test_the_day_on_which_it_is_over(text: str, day: date, after: date) -> None:
    assert Duration.of(text).after(day) == after


def test_the_way_back() -> None:
    assert Duration.of("2y").before(date(2026, 11, 30)) == date(2024, 11, 30)
    assert Duration.of("1m").before(date(2026, 3, 31)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("monthly", "1m"),
        ("Quarterly", "3m"),
        ("monatlich", "1m"),
        ("co miesiąc", "1m"),
        ("31 days", "31d"),
        ("every two weeks", "2w"),
        ("a year", "1y"),
        ("2 quarters", "6m"),
        ("3M", "3m"),
        ("31", "31d"),
    ],
)
def test_what_is_meant_is_said(text: str, meant: str) -> None:
    with pytest.raises(BadDuration, match=f'"{meant}"'):
        Duration.of(text)


@pytest.mark.parametrize("text", ["", "often", "0d", "-3d", "1.5y", "99999y", "3m3d", "٣d", "1d\n2d"])
def test_what_is_none_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(BadDuration, match="36h, 31d, 2w, 3m or 1y"):
        Duration.of(text)


@given(st.integers(1, 1200), st.sampled_from(sorted(UNITS)), st.dates())
def test_later_is_later_and_nothing_crashes(count: int, unit: str, day: date) -> None:
    try:
        period = Duration.of(f"{count}{unit}")
    except BadDuration:
        return
    assert period.after(day) > day or period.after(day) == date.max
    assert period.before(day) < day or period.before(day) == date.min
    assert Duration.of(str(period)) == period
