"""Events counted in words."""

from __future__ import annotations

from datetime import UTC, datetime

from reports.view.changes import summary
from scanner.history.events import Change, Event


def event(kind: Change, *, counts: bool = True) -> Event:
    return Event(
        site="petalandstem.example", at=datetime(2026, 3, 4, tzinfo=UTC), kind=kind, severity="high", rule="r", subject="s",
        counts=counts,
    )  # fmt: skip


def test_the_summary_counts_by_kind_and_not_first_sight() -> None:
    assert summary([event(kind) for kind in (Change.NEW, Change.NEW, Change.FIXED, Change.FIRST_SEEN)]) == "2 new, 1 fixed"


def test_what_does_not_count_is_left_out() -> None:
    assert summary([event(Change.NEW, counts=False)]) == ""
