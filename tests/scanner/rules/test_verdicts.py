"""Verdicts: what they promise whatever a check hands in."""

import pytest

from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, Passed, judge


def test_a_finding_without_places_stands_at_its_subject() -> None:
    assert Finding("shop.example").places == ("shop.example",)


def test_places_are_three_at_most_and_nothing_comes_twice() -> None:
    finding = Finding("x", locations=("a", "b", "a"), places=("/1", "/2", "/1", "/3", "/4"))
    assert finding.places == ("/1", "/2", "/3")
    assert finding.locations == ("a", "b")


def test_an_empty_subject_and_an_empty_found_are_refused() -> None:
    with pytest.raises(ValueError, match="subject"):
        Finding("")
    with pytest.raises(ValueError, match="at least one"):
        Found(())


def test_one_subject_on_several_pages_is_one_finding_in_order_of_subject() -> None:
    found = Found((Finding("b", "one", ("u1",), ("/1",)), Finding("a"), Finding("b", "two", ("u2",), ("/2",))))
    assert found.findings == (Finding("a"), Finding("b", "one", ("u1", "u2"), ("/1", "/2")))


def test_a_merged_finding_is_as_sure_as_the_surest() -> None:
    possible, certain = Finding("a", "maybe", confidence=Confidence.POSSIBLE), Finding("a", "surely")
    for pair in ((possible, certain), (certain, possible)):
        (merged,) = Found(pair).findings
        assert (merged.shown, merged.confidence) == ("surely", Confidence.CERTAIN)


def test_what_was_found_was_examined() -> None:
    assert Found((Finding("a", places=("/z", "/a")),), ("/m",)).examined == ("/a", "/m", "/z")
    assert Found.at("a", places=["/p"], examined=["/q"]).examined == ("/p", "/q")


def test_the_usual_ending() -> None:
    assert judge([Finding("a")], missing=["slow"]) == Found((Finding("a"),))
    assert judge([], ["/b", "/a", "/b"]) == Passed(("/a", "/b"))
    assert judge([], because="praise") == Passed((), "praise")
    assert judge([], ["/a"], ["slow", "slow"]) == Inconclusive("slow", ("/a",))
    assert judge([], (), ["slow", "blocked", "odd"], because="never said") == Inconclusive("slow (and 2 more)")
