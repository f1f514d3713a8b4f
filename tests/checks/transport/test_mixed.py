"""What secure pages load by http, and forms that send there."""

from __future__ import annotations

import pytest

from checks.transport.mixed import insecure_form_action, mixed_content_active, mixed_content_passive
from scanner import Field, Form, Found, NotApplicable, Page, PageKind, Passed, Resource, Script, Verdict
from scanner.gatherers.html import extract
from scanner.testing import page, pages

HTTP = "http://cdn.example/a"


def found(*seen: Page) -> tuple[bool, bool]:
    return tuple(isinstance(rule(pages(*seen)), Found) for rule in (mixed_content_active, mixed_content_passive))  # type: ignore[return-value]


def test_a_clean_page_passes() -> None:
    clean = page(scripts=[Script("https://cdn.example/a.js")], resources=[Resource("img", "src", "https://cdn.example/a.png")])
    assert mixed_content_active(pages(clean)) == mixed_content_passive(pages(clean)) == Passed(("/",))


@pytest.mark.parametrize(
    ("html", "active", "passive"),
    [
        (f'<script src="{HTTP}.js"></script>', True, False),
        (f'<link rel="stylesheet" href="{HTTP}.css">', True, False),
        (f'<iframe src="{HTTP}"></iframe>', True, False),
        (f'<object data="{HTTP}"></object>', True, False),
        (f'<img src="{HTTP}.png">', False, True),
        (f'<img srcset="/a.png 1x, {HTTP}.png 2x">', False, True),
        (f'<picture><source srcset="{HTTP}.webp"></picture>', False, True),
        (f'<video poster="{HTTP}.jpg"></video>', False, True),
        (f'<div style="background:url({HTTP}.png)"></div>', False, True),
        (f"<style>body {{ background: url('{HTTP}.png') }}</style>", False, True),
        (f'<link rel="icon" href="{HTTP}.ico">', False, True),
        (f'<link rel="canonical" href="{HTTP}">', False, False),
        (f'<link rel="alternate" type="application/rss+xml" href="{HTTP}">', False, False),
        (f'<a href="{HTTP}">elsewhere</a>', False, False),
        ('<script src="//cdn.example/a.js"></script>', False, False),
        ('<img src="http://localhost:3000/a.png"><img src="http://127.0.0.1/a.png">', False, False),
        (f'<!-- <script src="{HTTP}.js"></script> -->', False, False),
    ],
)
def test_what_a_page_loads(html: str, active: bool, passive: bool) -> None:
    assert found(extract(html, "https://petalandstem.example/", 200, (), PageKind.HOME)) == (active, passive)


def test_one_address_on_many_pages_is_one_finding_without_its_query() -> None:
    bad = Script(f"{HTTP}.js?v=17")
    verdict = mixed_content_active(pages(page(scripts=[bad]), page("/cart", scripts=[Script(f"{HTTP}.js?v=18")])))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (f"{HTTP}.js", ("/", "/cart"))


def test_browsers_that_are_told_to_upgrade_do_so() -> None:
    bad = [Script(f"{HTTP}.js")]
    assert found(page(scripts=bad, headers={"Content-Security-Policy": "Upgrade-Insecure-Requests"})) == (False, False)
    assert found(page(scripts=bad, metas=[("content-security-policy", "upgrade-insecure-requests")])) == (False, False)


def test_a_shop_without_https_has_another_problem() -> None:
    bare = pages(
        page("http://petalandstem.example/", scripts=[Script(f"{HTTP}.js")], forms=[login("http://petalandstem.example/in")])
    )
    for rule in (mixed_content_active, mixed_content_passive, insecure_form_action):
        assert isinstance(rule(bare), NotApplicable)


def test_findings_are_bounded() -> None:
    many = [Resource("img", "src", f"http://cdn.example/{number}.png") for number in range(2000)]
    verdict = mixed_content_passive(pages(page(resources=many)))
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 50


def login(action: str) -> Form:
    return Form(action, "post", (Field("email", "email"), Field("password", "password")))


@pytest.mark.parametrize(
    ("form", "kind", "bad"),
    [
        (login("http://petalandstem.example/login"), PageKind.HOME, True),
        (login("https://petalandstem.example/login"), PageKind.HOME, False),
        (Form("http://pay.example/order", "post", (Field("note"),)), PageKind.CHECKOUT, True),
        (Form("http://petalandstem.example/contact", "post", (Field("your-email", "email"),)), PageKind.OTHER, True),
        (Form("http://petalandstem.example/search", "get", (Field("q"),)), PageKind.HOME, False),
        (Form("http://localhost/x", "post", (Field("p", "password"),)), PageKind.LOGIN, False),
        (Form("javascript:void(0)", "post", (Field("p", "password"),)), PageKind.LOGIN, False),
    ],
)
def test_forms(form: Form, kind: PageKind, bad: bool) -> None:
    verdict: Verdict = insecure_form_action(pages(page("/customer", kind=kind, forms=[form])))
    assert isinstance(verdict, Found if bad else Passed)
    if isinstance(verdict, Found):
        (finding,) = verdict.findings
        assert finding.subject.startswith("/customer ")
        assert finding.places == ("/customer",)
