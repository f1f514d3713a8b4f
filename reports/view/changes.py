"""Events counted in words: ``2 new, 1 fixed``. What is counted are problems, at however many places. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reports.i18n.language import Language, english
from scanner.history.events import Change, Event, Health

FIXED_IN_PART = "fixed-in-part"
"""What a message calls a problem that is mended at some of its places."""
ORDER = (
    Change.NEW,
    Change.CAME_BACK,
    Change.FIRST_LOOK,
    Change.FIXED,
    FIXED_IN_PART,
    Change.NO_LONGER_APPLIES,
    Health.UNREACHABLE,
    Health.BACK,
    Health.RISK_EXPIRED,
    Health.STILL_OPEN,
    Health.NOT_CONFIRMED,
    Health.CHECK_DEAD,
    Health.DATA_TOO_OLD,
)
"""Kinds in the order in which they are counted. What is not told is missing: it is no change for the worse or the better."""


def kind_of(event: Event) -> str:
    """An event's kind, as it is told."""
    return FIXED_IN_PART if event.kind is Change.FIXED and event.left else event.kind


def summary(events: Iterable[Event], language: Language | None = None) -> str:
    """``2 new, 1 fixed``; what does not count, as an accepted risk, is left out. language: left out, English."""
    language = language or english()
    problems = {(kind_of(event), event.site, event.rule) for event in events if event.counts}
    counted = {kind: sum(one[0] == kind for one in problems) for kind in ORDER}
    return ", ".join(language.count(f"told.{_key(kind)}", number) for kind, number in counted.items() if number)


def _key(kind: str) -> str:
    return kind.replace("-", "_")
