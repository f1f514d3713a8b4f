"""How long: ``31d``, ``2w``, ``3m``. What owners write for how often something is to be done, and how long something is kept."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
_MEANT = {
    "hourly": "1h",
    "daily": "1d",
    "nightly": "1d",
    "weekly": "1w",
    "fortnightly": "2w",
    "biweekly": "2w",
    "monthly": "1m",
    "bimonthly": "2m",
    "quarterly": "3m",
    "half-yearly": "6m",
    "semiannually": "6m",
    "biannually": "6m",
    "yearly": "1y",
    "annually": "1y",
    "täglich": "1d",
    "wöchentlich": "1w",
    "monatlich": "1m",
    "vierteljährlich": "3m",
    "halbjährlich": "6m",
    "jährlich": "1y",
    "codziennie": "1d",
    "co tydzień": "1w",
    "co miesiąc": "1m",
    "co kwartał": "3m",
    "co pół roku": "6m",
    "co rok": "1y",
}
"""Words in place of a duration, with what is meant by them."""
_FEW = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
_WRITTEN = re.compile(r"([0-9]{1,5})\s*([hdwmy])")
_IN_WORDS = re.compile(r"(?:every\s+)?(?:([0-9]{1,5}|[a-z]{1,5})\s*)?(hour|hr|day|week|wk|month|mo|quarter|year|yr)s?(?:\s+old)?")
_UNIT = {"hr": "h", "wk": "w", "mo": "m", "yr": "y"}
LONGEST_DAYS = 36_525
"""A hundred years: what is longer was mistyped."""
EXAMPLES = "hours, days, weeks, months or years, like 36h, 31d, 2w, 3m or 1y"


class BadDuration(ValueError):
    """It is no duration; the text says what is, and what may have been meant."""


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of a unit: ``h``, ``d``, ``w``, ``m`` (months of the calendar) or ``y``."""

    count: int
    unit: str

    @classmethod
    def of(cls, text: str) -> Duration:
        """Read it as it is written. Raises BadDuration."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise BadDuration(f"{text[:40]!r} is no duration{_meant(text)}: {EXAMPLES}")
        made = cls(int(match[1]), match[2])
        if not made.count:
            raise BadDuration(f"{text[:40]!r} is no time at all; write one of {EXAMPLES}")
        if made.count * {"h": 1 / 24, "d": 1, "w": 7, "m": 31, "y": 365.25}[made.unit] > LONGEST_DAYS:
            raise BadDuration(f"{text[:40]!r} is more than a hundred years; write one of {EXAMPLES}")
        return made

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.count}{self.unit}"

    def after(self, day: date) -> date:
        """The day on which it is over, for what began on ``day``; 31 January and a month end on the last of February.

        Hours count from the day's beginning, each begun day as a whole. Nothing lies beyond the last day that there is.
        """
        return self._moved(day, 1)

    def before(self, day: date) -> date:
        """The day on which something began that is as old as that on ``day``."""
        return self._moved(day, -1)

    def _moved(self, day: date, sign: int) -> date:
        try:
            if self.unit in "my":
                return _months(day, sign * self.count * (12 if self.unit == "y" else 1))
            days = -(-self.count // 24) if self.unit == "h" else self.count * (7 if self.unit == "w" else 1)
            return day + timedelta(days=sign * days)
        except (OverflowError, ValueError):
            return date.max if sign > 0 else date.min


def _months(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _meant(text: str) -> str:
    """``; write "1m"`` for what may have been meant, or nothing."""
    word = " ".join(text.strip().lower().split())
    if word in _MEANT:
        return f'; write "{_MEANT[word]}"'
    if match := _WRITTEN.fullmatch(word):
        return f'; write "{match[1]}{match[2]}"'
    if re.fullmatch("[1-9][0-9]{0,4}", word):
        return f'; if days are meant, write "{word}d"'
    if (match := _IN_WORDS.fullmatch(word)) and (count := _number(match[1])):
        unit = match[2]
        count, unit = (count * 3, "m") if unit == "quarter" else (count, _UNIT.get(unit, unit[0]))
        return f'; write "{count}{unit}"'
    return ""


def _number(word: str | None) -> int:
    """0 where it is no number that we know."""
    return 1 if word is None else int(word) if word.isascii() and word.isdigit() else _FEW.get(word, 0)
