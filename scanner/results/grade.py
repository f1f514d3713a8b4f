"""The grade: a table and ten lines of arithmetic (``docs/grading.md`` prints the same table)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scanner.rules.rule import Severity

POINTS = {Severity.CRITICAL: 40, Severity.HIGH: 20, Severity.MEDIUM: 8, Severity.LOW: 3, Severity.INFO: 0}
Letter = Literal["A+", "A", "B", "C", "D", "F"]
GRADES: tuple[tuple[Letter, int], ...] = (("A+", 100), ("A", 92), ("B", 80), ("C", 65), ("D", 45), ("F", 0))
CAPS: tuple[tuple[Severity, Letter], ...] = ((Severity.CRITICAL, "D"), (Severity.HIGH, "B"))
PROVISIONAL_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Grade:
    """letter: A+ to F. score: 0 to 100, before caps. provisional: over a fifth of the rules could not be judged."""

    letter: Letter
    score: int
    provisional: bool


def grade(open_rules: Iterable[Severity], inconclusive: int, judged: int) -> Grade:
    """open_rules: the severity of each *rule* with an open, unaccepted finding that is more than possible.

    inconclusive, judged: numbers of rules.
    """
    severities = list(open_rules)
    score = max(0, 100 - sum(POINTS[severity] for severity in severities))
    letters = [letter for letter, _ in GRADES]
    place = next(i for i, (_, least) in enumerate(GRADES) if score >= least)
    for severity, cap in CAPS:
        if severity in severities:
            place = max(place, letters.index(cap))
    return Grade(letters[place], score, provisional=judged > 0 and inconclusive / judged > PROVISIONAL_SHARE)
