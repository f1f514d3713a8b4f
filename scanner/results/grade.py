"""The grade: a table and ten lines of arithmetic, and when there is none (``docs/grading.md`` prints the same table)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from scanner.rules.rule import Severity

POINTS = {Severity.CRITICAL: 40, Severity.HIGH: 20, Severity.MEDIUM: 8, Severity.LOW: 3, Severity.INFO: 0}
Letter = Literal["A+", "A", "B", "C", "D", "F"]
GRADES: tuple[tuple[Letter, int], ...] = (("A+", 100), ("A", 92), ("B", 80), ("C", 65), ("D", 45), ("F", 0))
CAPS: tuple[tuple[Severity, Letter], ...] = ((Severity.CRITICAL, "D"), (Severity.HIGH, "B"))
PROVISIONAL_SHARE = 0.2
PEOPLE = "people"
"""The area of what the owner looks after himself: what he keeps about it makes his shop neither better nor worse."""
UNGRADED = frozenset({PEOPLE, "letter"})
"""Areas that touch no grade: what people look after, and letters, which are no part of the shop."""
EXPOSURE = "exposure"
"""The area of what lies open, where a shop is broken into first."""
MOST_UNCLEAR_EXPOSURE = 3
MOST_UNCLEAR_CRITICAL = 1
"""Rules of that area, and critical rules of any, that may be inconclusive; with more there is no grade."""


class Ungraded(StrEnum):
    """Why a scan has no grade."""

    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    LIMITED = "limited"
    UNCLEAR = "unclear"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class Grade:
    """letter: A+ to F. score: 0 to 100, before caps. provisional: over a fifth of the rules had no answer, or not all ran."""

    letter: Letter
    score: int
    provisional: bool


def too_unclear(inconclusive: Iterable[tuple[Severity, str]]) -> bool:
    """Whether so much of what matters most came to no answer that a grade would say more than is known.

    inconclusive: severity and area of each rule without an answer.
    """
    unclear = list(inconclusive)
    exposure = sum(area == EXPOSURE for _, area in unclear)
    critical = sum(severity is Severity.CRITICAL for severity, _ in unclear)
    return exposure > MOST_UNCLEAR_EXPOSURE or critical > MOST_UNCLEAR_CRITICAL


def grade(open_rules: Iterable[Severity], inconclusive: int, judged: int, *, limited: bool = False) -> Grade:
    """open_rules: the severity of each *rule* with an open, unaccepted finding that is more than possible.

    inconclusive, judged: numbers of rules. limited: whether rules were left out.
    """
    severities = list(open_rules)
    score = max(0, 100 - sum(POINTS[severity] for severity in severities))
    letters = [letter for letter, _ in GRADES]
    place = next(i for i, (_, least) in enumerate(GRADES) if score >= least)
    for severity, cap in CAPS:
        if severity in severities:
            place = max(place, letters.index(cap))
    unclear = judged > 0 and inconclusive / judged > PROVISIONAL_SHARE
    return Grade(letters[place], score, provisional=unclear or limited)
