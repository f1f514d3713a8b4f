"""The words of what stays English: the formats for programs, the fix pack and the overview of many shops."""

from __future__ import annotations

from datetime import date, datetime

from reports.i18n.language import english


def area_name(area: str) -> str:
    """What an area is called."""
    return english().area(area)


def counted(number: int, thing: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def moment(when: datetime) -> str:
    """``21 November 2026, 04:05 UTC``. Times are UTC already."""
    return english().moment(when)


def day(when: date) -> str:
    """``21 November 2026``."""
    return english().day(when)
