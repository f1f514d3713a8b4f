"""A script host whose domain nobody owns: both must say no, and their no must be worth something."""

from __future__ import annotations

import pytest

from checks.third_party.dead_hosts import script_host_unregistered
from scanner import Confidence, Found, Inconclusive, Passed, Script, Unavailable
from scanner.testing import page, pages, script_hosts

HOST = "cdn.petal-metrics.example"
SILENT = Unavailable("The name servers gave no clear answer.")
SHOP = pages(
    page(scripts=[Script(f"https://{HOST}/a.js")]), page("/roses"), page("/cart", scripts=[Script(f"https://{HOST}/b.js")])
)


def test_found() -> None:
    verdict = script_host_unregistered(SHOP, script_hosts({HOST: (False, False)}))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == HOST
    assert finding.places == ("/", "/cart")
    assert finding.confidence is Confidence.CERTAIN
    assert "petal-metrics.example is registered to nobody" in finding.shown
    assert verdict.examined == ("/", "/cart", "/roses")


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ((True, True), Passed),
        ((True, False), Passed),
        ((False, True), Passed),
        ((False, SILENT), Inconclusive),
        ((SILENT, SILENT), Inconclusive),
        ((SILENT, False), Inconclusive),
    ],
)
def test_anything_else_is_none(known: tuple[bool | Unavailable, bool | Unavailable], verdict: type) -> None:
    assert isinstance(script_host_unregistered(SHOP, script_hosts({HOST: known})), verdict)


def test_a_doubt_about_the_resolvers_is_a_doubt_about_all() -> None:
    verdict = script_host_unregistered(SHOP, script_hosts({HOST: (False, False)}, doubt=SILENT))
    assert isinstance(verdict, Inconclusive)
    assert verdict.examined == ("/roses",)


def test_an_undecided_host_keeps_its_pages_unexamined_beside_a_finding() -> None:
    shop = pages(page(scripts=[Script(f"https://{HOST}/a.js")]), page("/cart", scripts=[Script("https://x.other.example/b.js")]))
    verdict = script_host_unregistered(shop, script_hosts({HOST: (False, False), "x.other.example": (False, SILENT)}))
    assert isinstance(verdict, Found)
    assert verdict.examined == ("/",)


def test_a_dead_host_of_somebodys_domain_is_a_note() -> None:
    verdict = script_host_unregistered(SHOP, script_hosts({HOST: (False, True)}))
    assert isinstance(verdict, Passed)
    assert HOST in (verdict.because or "")


def test_a_shop_with_its_own_scripts_passes() -> None:
    assert script_host_unregistered(pages(), script_hosts()) == Passed(("/",))
