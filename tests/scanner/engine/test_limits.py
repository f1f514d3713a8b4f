"""What a scan was limited to."""

from __future__ import annotations

import pytest

from scanner.engine.limits import MOST_NAMED, limited_of
from scanner.results.result import Limited
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Passed


def rule(rule_id: str, severity: Severity) -> Rule:
    return Rule(rule_id, severity, "garden", Passed, (), lambda _known: (), "")


RULES = [rule("bad", Severity.CRITICAL), rule("dull", Severity.LOW), rule("mild", Severity.MEDIUM), rule("poor", Severity.HIGH)]
ALL = {one.id for one in RULES}


@pytest.mark.parametrize("asked", [True, False])
def test_a_whole_scan_is_not_limited(asked: bool) -> None:
    assert limited_of(RULES, ALL, asked=asked) is None


def test_who_asks_for_some_learns_nothing_of_the_rest() -> None:
    assert limited_of(RULES, {"dull"}, asked=True) == Limited(1, 4, "Only these rules were asked for: dull.", graded=False)
    assert limited_of(RULES, ALL - {"dull"}, asked=True) == Limited(
        3, 4, "Only these rules were asked for: bad, mild, poor.", graded=False
    )


@pytest.mark.parametrize(
    ("skipped", "graded"), [({"bad"}, False), ({"poor", "dull"}, False), ({"mild"}, True), ({"mild", "dull"}, True)]
)
def test_what_was_left_out_decides_whether_there_is_a_grade(skipped: set[str], graded: bool) -> None:
    named = ", ".join(sorted(skipped))
    assert limited_of(RULES, ALL - skipped, asked=False) == Limited(
        4 - len(skipped), 4, f"These rules were left out: {named}.", graded
    )


def test_a_long_list_is_cut() -> None:
    many = [rule(f"r{n}", Severity.LOW) for n in range(40)]
    limited = limited_of(many, {one.id for one in many[:20]}, asked=True)
    assert limited is not None
    assert limited.because.count(",") == MOST_NAMED
    assert limited.because.endswith(", … (20).")
