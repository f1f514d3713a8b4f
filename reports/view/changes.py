"""Events counted in words: ``2 new, 1 fixed``. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from scanner.history.events import Change, Event, Health

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
"""Kind → its part of the line, in that order. FIRST_SEEN is missing: it is no change."""


def summary(events: Iterable[Event]) -> str:
    """``2 new, 1 fixed``; what does not count, as an accepted risk, is left out."""
    counted = Counter(event.kind for event in events if event.counts)
    return ", ".join(part.format(counted[kind]) for kind, part in _COUNTED.items() if counted[kind])
