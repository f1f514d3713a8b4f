"""The grade: the table, the caps, the provisional share."""

import pytest

from scanner.results.grade import CAPS, GRADES, POINTS, Grade, Letter, grade
from scanner.rules.rule import Severity

C, H, M, L, I = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO  # noqa: E741


@pytest.mark.parametrize(
    ("severities", "letter", "score"),
    [
        ([], "A+", 100),
        ([I] * 50, "A+", 100),
        ([L], "A", 97),
        ([M], "A", 92),
        ([M, L], "B", 89),
        ([H], "B", 80),
        ([H, L], "C", 77),
        ([M, M, L, L], "C", 78),
        ([M] * 4 + [L], "C", 65),
        ([C], "D", 60),
        ([C, M, M], "F", 44),
        ([C, C, C], "F", 0),
        ([H] * 2, "D", 60),
        ([C, L] * 100, "F", 0),
    ],
)
def test_points_and_caps(severities: list[Severity], letter: Letter, score: int) -> None:
    assert grade(severities, 0, 40) == Grade(letter, score, provisional=False)


def test_a_high_never_gets_an_a_and_a_critical_never_a_c() -> None:
    letters = [letter for letter, _ in GRADES]
    for severity, cap in CAPS:
        assert letters.index(grade([severity], 0, 1).letter) >= letters.index(cap)


def test_inconclusive_rules_change_no_points_but_make_it_provisional_above_a_fifth() -> None:
    assert grade([L], 8, 40) == Grade("A", 97, provisional=False)
    assert grade([L], 9, 40) == Grade("A", 97, provisional=True)
    assert not grade([], 0, 0).provisional


def test_the_tables_are_complete() -> None:
    assert set(POINTS) == set(Severity)
    assert [least for _, least in GRADES] == sorted((least for _, least in GRADES), reverse=True)
