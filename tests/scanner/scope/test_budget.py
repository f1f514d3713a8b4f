"""The request budget: each share is kept to, all shrink alike, and none is used that nobody declared."""

from __future__ import annotations

import pytest

from scanner.rules.rule import RuleError
from scanner.scope.budget import REST, Budget, OutOfRequests, Share, amounts

MAIL, PAGES = Share("mail", 10), Share("pages", 60, least=4)


def test_a_share_that_nobody_declared_is_an_error_with_a_name() -> None:
    budget = Budget(400, [PAGES])
    for use in (budget.left, budget.take, budget.amount):
        with pytest.raises(RuleError, match=r"the share 'mail' of the request budget is declared by no gatherer.*share=Share"):
            use(MAIL)
        with pytest.raises(RuleError, match="the share 'post'"):
            use("post")  # type: ignore[arg-type]
    assert budget.total == 0


def test_what_one_sends_takes_nothing_from_another() -> None:
    budget = Budget(400, [MAIL, PAGES])
    for _ in range(10):
        budget.take(MAIL)
    with pytest.raises(OutOfRequests, match="used up \\(10 of 400 in all\\)"):
        budget.take(MAIL)
    assert (budget.left(MAIL), budget.left(PAGES), budget.left(REST), budget.total) == (0, 60, 330, 10)


def test_a_small_budget_shrinks_all_alike_to_no_fewer_than_the_least() -> None:
    assert amounts(400, [MAIL, PAGES]) == {"mail": 10, "pages": 60, "rest": 330}
    assert amounts(35, [MAIL, PAGES]) == {"mail": 5, "pages": 30, "rest": 3}
    assert amounts(1, [MAIL, PAGES]) == {"mail": 1, "pages": 4, "rest": 0}
    assert Budget(1, [MAIL, PAGES]).left(PAGES) == 1  # never more than there is in all


def test_the_rest_is_always_there() -> None:
    assert Budget(20).left(REST) == 20
