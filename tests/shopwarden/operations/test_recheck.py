"""What became of what was open: one line a problem."""

from __future__ import annotations

import pytest

from scanner.history.known import KnownFinding
from scanner.rules.rule import Severity
from shopwarden.operations.recheck import Now, Problem, Rechecked, by_problem
from tests.nights import FIRST

F, S, A, N = Now.FIXED, Now.STILL_THERE, Now.ACCEPTED, Now.NOT_CHECKED


def again(rule: str, subject: str, now: Now, severity: Severity = Severity.MEDIUM, because: str = "") -> Rechecked:
    finding = KnownFinding(severity=severity, shown="", location="", places=(subject,), since=FIRST, confirmed=FIRST)
    return Rechecked(rule, subject, finding, now, because)


@pytest.mark.parametrize(
    ("states", "now", "fixed"),
    [((F, F), F, 2), ((F, S), S, 1), ((F, N), N, 1), ((A, F), A, 1), ((A, S), S, 0), ((S, N), S, 0), ((A, N), N, 0)],
)
def test_a_problem_is_as_bad_as_its_worst_place(states: tuple[Now, ...], now: Now, fixed: int) -> None:
    (problem,) = by_problem(again("cookie-insecure", str(place), state) for place, state in enumerate(states))
    assert (problem.now, problem.fixed, problem.of) == (now, fixed, 2)


def test_one_line_a_problem_in_the_order_given() -> None:
    problems = by_problem([
        again("exposed-vcs", "/.git/HEAD", F, Severity.CRITICAL),
        again("tls-weak-cipher", "a", F),
        again("tls-weak-cipher", "b", N, because="The server did not answer."),
    ])  # fmt: skip
    assert problems == (
        Problem("exposed-vcs", F, Severity.CRITICAL, ("/.git/HEAD",), 1, 1),
        Problem("tls-weak-cipher", N, Severity.MEDIUM, ("b",), 1, 2, "The server did not answer."),
    )
