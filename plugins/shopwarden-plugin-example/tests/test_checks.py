"""The rule, on literal values: no server, no mock, no waiting."""

from __future__ import annotations

import pytest
from shopwarden_plugin_example.checks.passwords import PLACE, change_password_missing
from shopwarden_plugin_example.evidence import ChangePassword

from scanner import Answer, Field, Form, Found, Inconclusive, NotApplicable, Pages, Passed, Unavailable
from scanner.testing import NOW, ORIGIN, answer, page, pages

NOT_FOUND = answer(404, address=ORIGIN + "/.well-known/made-up")
REDIRECT = answer(302, address=ORIGIN + PLACE, headers={"location": "/account/password"})
SILENT = Unavailable("No answer.")


def with_login() -> Pages:
    return pages(page(), page("/login", forms=[Form("/login", "post", (Field("password", "password"),))]))


def seen(there: Answer | Unavailable, control: Answer | Unavailable = NOT_FOUND) -> ChangePassword:
    return ChangePassword(there, control, NOW)


def test_it_is_found() -> None:
    verdict = change_password_missing(with_login(), seen(answer(404, address=ORIGIN + PLACE)))
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].places) == ("petalandstem.example", (PLACE,))


@pytest.mark.parametrize("there", [REDIRECT, answer(200, "Change your password", address=ORIGIN + PLACE)])
def test_it_passes(there: Answer) -> None:
    assert change_password_missing(with_login(), seen(there)) == Passed((PLACE,))


@pytest.mark.parametrize(
    ("there", "control"),
    [
        (SILENT, NOT_FOUND),
        (REDIRECT, SILENT),
        (REDIRECT, REDIRECT),  # the shop leads every address somewhere
        (answer(200, "Welcome"), answer(200, "Welcome")),
        (answer(403), NOT_FOUND),
    ],
)
def test_it_cannot_tell(there: Answer | Unavailable, control: Answer | Unavailable) -> None:
    assert isinstance(change_password_missing(with_login(), seen(there, control)), Inconclusive)


def test_a_shop_without_logins_is_not_concerned() -> None:
    assert isinstance(change_password_missing(pages(), seen(NOT_FOUND)), NotApplicable)
