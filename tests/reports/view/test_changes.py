"""Events counted in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reports.i18n.language import language
from reports.view.changes import summary
from scanner.history.events import Change, Event


def event(kind: Change, rule: str = "r", subject: str = "s", **more: object) -> Event:
    said = {"site": "petalandstem.example", "at": datetime(2026, 3, 4, tzinfo=UTC), "kind": kind, "severity": "high"}
    return Event.model_validate(said | {"rule": rule, "subject": subject} | more)


def test_the_summary_counts_problems_by_kind_and_not_first_sight() -> None:
    places = [event(Change.NEW, "a", str(place)) for place in range(24)]
    others = [event(Change.NEW, "b"), event(Change.FIXED), event(Change.FIRST_SEEN)]
    assert summary([*places, *others]) == "2 new, 1 fixed"
    assert summary([*places, event(Change.NEW, "a", site="rose.example")]) == "2 new"


def test_a_problem_is_fixed_when_nothing_is_left_of_it() -> None:
    assert summary([event(Change.FIXED, "a", left=3), event(Change.FIXED, "b"), event(Change.FIXED, "b", "t")]) == (
        "1 fixed, 1 fixed in part"
    )


@pytest.mark.parametrize(("code", "said"), [("de", "2 neu, 1 behoben"), ("pl", "2 nowe, 1 naprawiony"), ("en", "2 new, 1 fixed")])
def test_in_other_languages(code: str, said: str) -> None:
    assert summary([event(Change.NEW, "a"), event(Change.NEW, "b"), event(Change.FIXED)], language(code)) == said


def test_what_does_not_count_is_left_out() -> None:
    assert summary([event(Change.NEW, counts=False)]) == ""
