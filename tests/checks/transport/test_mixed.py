"""What secure pages load by http, and forms that send there."""

from __future__ import annotations

import pytest

from checks.transport.mixed import insecure_form_action, mixed_content_active, mixed_content_passive
from scanner import (
    Field,
    Form,
    Found,
    Inconclusive,
    NotApplicable,
    Page,
    PageKind,
    Passed,
    Resource,
    Script,
    Unavailable,
    Unread,
    Verdict,
)
from scanner.gatherers.crawl.html import extract
from scanner.testing import loaded_file, loaded_files, page, pages

HTTP = "http://cdn.example/a"
NOTHING = loaded_files()
SHEET = "https://petalandstem.example/shop.css"


def found(*seen: Page) -> tuple[bool, bool]:
    return tuple(isinstance(rule(pages(*seen), NOTHING), Found) for rule in (mixed_content_active, mixed_content_passive))


def test_a_clean_page_passes() -> None:
    clean = page(scripts=[Script("https://cdn.example/a.js")], resources=[Resource("img", "src", "https://cdn.example/a.png")])
    assert mixed_content_active(pages(clean), NOTHING) == mixed_content_passive(pages(clean), NOTHING) == Passed(("/",))


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
        (f'<style>@import "{HTTP}.css";</style>', True, False),
        (f"<style>@font-face {{ font-family: f; src: url({HTTP}.woff2) }}</style>", True, False),
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
    verdict = mixed_content_active(pages(page(scripts=[bad]), page("/cart", scripts=[Script(f"{HTTP}.js?v=18")])), NOTHING)
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
    for rule in (mixed_content_active, mixed_content_passive):
        assert isinstance(rule(bare, NOTHING), NotApplicable)
    assert isinstance(insecure_form_action(bare), NotApplicable)


def test_findings_are_bounded() -> None:
    many = [Resource("img", "src", f"http://cdn.example/{number}.png") for number in range(2000)]
    verdict = mixed_content_passive(pages(page(resources=many)), NOTHING)
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
        (Form("http://petalandstem.example/find", "get", (Field("postcode"),)), PageKind.HOME, False),  # the nearest shop
        (
            Form("http://petalandstem.example/find", "post", (Field("hotel"), Field("title"), Field("zipped"))),
            PageKind.HOME,
            False,
        ),
        (Form("http://petalandstem.example/send", "post", (Field("contact[lastName]"), Field("note"))), PageKind.HOME, True),
        (Form("http://petalandstem.example/send", "get", (Field("Vorname"), Field("Straße"))), PageKind.HOME, True),
        (Form("http://petalandstem.example/send", "post", (Field("příjmení"),)), PageKind.HOME, True),
        (Form("http://petalandstem.example/send", "post", (Field("x", autocomplete="postal-code"),)), PageKind.HOME, True),
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


def styled(*loads: Resource, further: tuple[Resource, ...] = ()) -> tuple[bool, bool]:
    seen = pages(page(resources=[Resource("link", "href", SHEET, "stylesheet")]), page("/cart"))
    files = loaded_files(loaded_file(SHEET, loads=loads), loaded_file("https://petalandstem.example/more.css", loads=further))
    return tuple(isinstance(rule(seen, files), Found) for rule in (mixed_content_active, mixed_content_passive))


def test_what_a_pages_styles_bring_along() -> None:
    assert styled(Resource("style", "url", f"{HTTP}.png")) == (False, True)
    assert styled(Resource("style", "font", f"{HTTP}.woff2")) == (True, False)
    assert styled(Resource("style", "import", f"{HTTP}.css")) == (True, False)
    assert styled(Resource("style", "url", "https://cdn.example/a.png")) == (False, False)
    more = Resource("style", "import", "https://petalandstem.example/more.css")
    assert styled(more, further=(more, Resource("style", "url", f"{HTTP}.png"))) == (False, True)


def test_a_style_that_no_page_loads_does_not_count() -> None:
    files = loaded_files(loaded_file(SHEET, loads=(Resource("style", "font", HTTP),)))
    assert isinstance(mixed_content_active(pages(page()), files), Passed)


def test_a_page_whose_style_could_not_be_read_is_not_examined() -> None:
    seen = pages(page(resources=[Resource("link", "href", SHEET, "stylesheet")]), page("/cart"))
    files = loaded_files(unread=[Unread(SHEET, "The server did not answer.", examined=False)])
    assert mixed_content_active(seen, files) == Inconclusive("The server did not answer.", ("/cart",))
    gone = loaded_files(unread=[Unread(SHEET, "The server answered 404.", examined=True)])
    assert isinstance(mixed_content_active(seen, gone), Passed)
    assert mixed_content_active(seen, Unavailable("No time.")) == Inconclusive("No time.", ("/cart",))


def test_a_style_that_an_unread_style_would_lead_to_is_not_known() -> None:
    more = "https://petalandstem.example/more.css"
    seen = pages(page(resources=[Resource("link", "href", SHEET, "stylesheet")]), page("/cart"))
    file = loaded_file(SHEET, loads=(Resource("style", "import", more),))
    files = loaded_files(file, unread=[Unread(more, "The server did not answer.", examined=False)])
    assert mixed_content_active(seen, files) == Inconclusive("The server did not answer.", ("/cart",))


def test_a_pass_names_a_style_that_nobody_asked_for() -> None:
    seen = pages(page(resources=[Resource("link", "href", f"{SHEET}?v=3", "stylesheet")]), page("/cart"))
    verdict = mixed_content_active(seen, loaded_files(left_out=[f"{SHEET}?v=3", "https://petalandstem.example/on-no-page.css"]))
    assert isinstance(verdict, Passed)
    assert verdict.examined == ("/", "/cart")
    assert verdict.because is not None
    assert verdict.because.endswith(f"was not read: {SHEET}.")
    assert mixed_content_active(seen, loaded_files()) == Passed(("/", "/cart"))
