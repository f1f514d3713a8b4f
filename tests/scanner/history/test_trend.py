"""What changed since last time: pure, from the documents of earlier scans."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.history.trend import MOST_SCANS, Trend, trend
from scanner.results.document import ScanDocument
from scanner.results.result import Status
from tests.nights import FIRST, NO_RULES, night, nights_of

F, P = "found x@/a", "passed /a"


def changed(earlier: Sequence[ScanDocument], seen: ScanDocument) -> Trend:
    return trend(earlier, seen, NO_RULES)


def of(*said: str) -> Trend:
    *earlier, seen = nights_of(*said)
    return changed(earlier, seen)


def kinds(found: Trend) -> tuple[int, int, int, int]:
    return len(found.new), len(found.came_back), len(found.fixed), len(found.gone)


def test_the_first_scan_has_nothing_to_compare() -> None:
    first = of(F)
    assert (first.since, first.before, first.changes) == (None, None, ())
    assert [point.at for point in first.points] == [FIRST]


def test_new_fixed_came_back_and_gone() -> None:
    assert kinds(of(P, F)) == (1, 0, 0, 0)
    assert kinds(of(F, P)) == (0, 0, 1, 0)
    assert kinds(of(F, P, F)) == (0, 1, 0, 0)
    assert kinds(of(F, "na")) == (0, 0, 0, 1)
    assert kinds(of(F, F)) == (0, 0, 0, 0)
    assert [event.subject for event in of("passed /a /b", "found y@/b x@/a").new] == ["x", "y"]


def test_what_could_not_be_looked_at_is_neither_good_nor_bad() -> None:
    assert kinds(of(F, "unclear")) == (0, 0, 0, 0)
    assert kinds(of(F, "unclear", F)) == (0, 0, 0, 0)
    assert kinds(of(P, "unclear", F)) == (1, 0, 0, 0)
    assert kinds(of(F, "away", P)) == (0, 0, 1, 0)


def test_since_is_the_last_scan_that_reached_the_shop() -> None:
    found = of(P, "away", "blocked", F)
    assert found.since == FIRST
    assert [point.grade for point in found.points] == ["A", None, None, "C"]


def test_what_is_accepted_or_merely_possible_is_no_change() -> None:
    assert kinds(of(P, "found x!@/a")) == (0, 0, 0, 0)
    assert kinds(of(P, "found x?@/a")) == (0, 0, 0, 0)


def test_grades_of_other_rules_are_not_set_side_by_side() -> None:
    """A scan by hand with --only says nothing of the shop's grade."""
    whole = {f"rule-{number}": P for number in range(10)}
    found = changed([night(0, whole), night(1, {"rule-1": F})], night(2, whole))
    assert [point.grade for point in found.points] == ["A", None, "A"]
    assert (found.since, found.before) == (night(1).started, None)
    assert kinds(found) == (0, 0, 1, 0)


def test_a_provisional_grade_is_no_point() -> None:
    partly = night(1, {"exposed-log": F}).model_copy(update={"provisional": True})
    assert [point.grade for point in changed([night(0, {"exposed-log": F})], partly).points] == ["C", None]


def test_order_does_not_matter_and_later_scans_are_left_out() -> None:
    """The clock went back: what was recorded in the future is not before this scan."""
    documents = nights_of(P, F, P, F)
    assert changed(documents[::-1], documents[2]) == changed(documents[:2], documents[2])


def test_only_so_many_scans_are_looked_back_on() -> None:
    assert len(changed(nights_of(*[P] * 40), night(50, {"exposed-log": P})).points) == MOST_SCANS + 1


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([F, P, "na", "found x@/a y@/b", "passed /b"]), min_size=1, max_size=6),
    st.sampled_from([Status.UNREACHABLE, Status.BLOCKED]),
)
def test_nights_without_an_answer_change_nothing(said: list[str], status: Status) -> None:
    *earlier, seen = nights_of(*said)
    mixed: list[ScanDocument] = []
    for document in earlier:
        mixed += [document, night((document.started - FIRST).days, status=status, minutes=300)]
    assert changed(mixed, seen).changes == changed(earlier, seen).changes


def test_what_could_not_be_judged_before_is_first_seen_and_no_change() -> None:
    found = of("unclear", F)
    assert (kinds(found), [event.subject for event in found.first_seen]) == ((0, 0, 0, 0), ["x"])
    assert of(F).first_seen == ()  # a first scan sees everything for the first time: no need to say so


def test_a_grade_that_is_better_for_want_of_looking_is_not_set_beside_the_last_one() -> None:
    """What is open and could not be looked at tonight costs no points tonight."""
    open_, unclear = (night(day, {"exposed-log": said}) for day, said in enumerate([F, "unclear"]))
    open_ = open_.model_copy(update={"grade": "B"})  # one high finding
    assert changed([open_], unclear).before is None
    assert changed([open_], night(1, {"exposed-log": F}).model_copy(update={"grade": "B"})).before == "B"
