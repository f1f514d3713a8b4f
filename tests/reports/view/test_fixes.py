"""Which fix comes first: that for what was detected."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports.i18n.language import english, language
from reports.view.build import view_of
from reports.view.fixes import LONGEST_STEP, first_step, fixes_for, who_can
from reports.view.model import Card
from scanner.engine.scan import Order, site_of
from scanner.evidence import Arrival, Installation, Installations, Unavailable
from scanner.platforms import Platform
from scanner.results.result import ScanResult
from scanner.rules.articles import SERVERS, Fix
from scanner.scope.target import Target
from scanner.settings.models import ScanOptions
from scanner.testing import knowledge
from tests.reports.samples import ARTICLES, FIRST_SCAN, STARTED, URL, WEAK, article
from tests.scanning import catalogue

WITH_HEADING = [platform for platform in knowledge().platforms.values() if platform.article_heading]


def card(rule: str, seen: ScanResult) -> Card:
    """One card of a report."""
    return next(card for group in view_of(seen, ARTICLES).groups for card in group.cards if card.rule == rule)


@pytest.mark.parametrize(
    ("server", "first"),
    [
        ("Apache/2.4.38 (Debian)", ["Apache (.htaccess)"]),
        ("LiteSpeed", ["Apache (.htaccess)"]),
        ("nginx", ["nginx"]),
        ("openresty/1.21.4", ["nginx"]),
        ("Caddy", ["Caddy"]),
        ("Microsoft-IIS/10.0", ["IIS"]),
        ("cloudflare", ["Hosting panel"]),
        ("not-nginx", ["Hosting panel"]),
        ("", ["Hosting panel"]),
    ],
)
def test_the_fix_for_the_detected_server_comes_first(server: str, first: list[str]) -> None:
    shown = card("exposed-vcs", replace(WEAK, site=replace(WEAK.site, server=server)))
    assert [fix.where for fix in shown.fixes] == first
    every = {fix.where for fix in ARTICLES["exposed-vcs"].fixes}
    assert {fix.where for fix in shown.fixes + shown.other_fixes} == every
    assert len(shown.fixes) + len(shown.other_fixes) == len(every)


@pytest.mark.parametrize(
    ("heading", "first"),
    [("PrestaShop", ["PrestaShop", "Apache (.htaccess)"]), ("", ["Apache (.htaccess)"]), ("Magento", ["Apache (.htaccess)"])],
)
def test_the_fix_for_the_shops_software_comes_before_that_for_its_server(heading: str, first: list[str]) -> None:
    shown = card("hsts-missing", replace(WEAK, site=replace(WEAK.site, article_heading=heading)))
    assert [fix.where for fix in shown.fixes] == first
    assert shown.fixes[-1].yours == "your server"


def test_where_no_heading_fits_the_first_one_is_shown() -> None:
    assert [fix.where for fix in card("software-end-of-life", FIRST_SCAN).fixes] == ["PrestaShop"]


# ---- from what was recognised to its fix, for every platform


@pytest.mark.parametrize("platform", WITH_HEADING, ids=lambda platform: str(platform.key))
def test_every_platform_that_articles_speak_of_gets_its_own_fix(platform: Platform) -> None:
    order = Order(Target.of(URL), (), ScanOptions())
    shop = Installation("/", platform.key, platform.name, "certain", f"{URL}/")
    site = site_of(
        order, {Arrival: Unavailable("not needed"), Installations: Installations(shop, (), ("/",), (), STARTED)}, knowledge()
    )
    others = [heading for heading in SERVERS if heading != platform.article_heading]
    mine, rest = fixes_for(site, [Fix(where, "Do it.", ()) for where in [*others, platform.article_heading]], english())
    assert [(fix.where, fix.yours) for fix in mine] == [(platform.article_heading, "your shop's software")]
    assert len(rest) == len(others)


def test_every_software_that_articles_speak_of_is_some_platforms() -> None:
    headings = {fix.where for article in catalogue().articles.values() for fix in article.fixes}
    assert {"WordPress", "PrestaShop", "Magento", "OpenCart", "Joomla", "Shopware"} & headings == {
        platform.article_heading for platform in WITH_HEADING
    }


@pytest.mark.parametrize("platform", knowledge().platforms.values(), ids=lambda platform: str(platform.key))
def test_a_plugin_or_descendant_has_the_heading_of_what_it_came_from(platform: Platform) -> None:
    for older in filter(None, (knowledge().platforms.get(platform.extends), knowledge().platforms.get(platform.family))):
        assert platform.article_heading == older.article_heading


def test_a_shop_that_nobody_could_tell_has_no_heading() -> None:
    order = Order(Target.of(URL), (), ScanOptions())
    shop = Installation("/", "unknown", "unknown", "probable", f"{URL}/")
    seen = Installations(shop, (), ("/",), (), STARTED)
    assert site_of(order, {Arrival: Unavailable("not needed"), Installations: seen}, knowledge()).article_heading == ""


# ---- the first step, for a mail


@pytest.mark.parametrize("code", ["en", "de", "pl"])
def test_every_article_has_a_first_step_of_two_lines(code: str) -> None:
    for one in catalogue().articles.values():
        step = first_step(language(code).article(one)[0])
        assert 20 < len(step) <= LONGEST_STEP, one.rule
        assert "\n" not in step
        assert not re.search(r"\s\d+\.$", step), step


def test_the_first_step_needs_no_configuration_and_leaves_the_time_to_others() -> None:
    fixes = "### nginx\nPut this there.\n### Hosting panel\nAbout 5 minutes. Switch it **off**.\n\n```sh unproven\nx\n```\n\n1. Save.\n2. Look."
    assert first_step(article("r", "T", "g", fixes=fixes)) == "Switch it off. 1. Save. 2. Look."
    assert first_step(article("r", "T", "g", fixes="### nginx\nPut this there.")) == "Put this there."


def test_a_long_first_step_is_cut_between_sentences_where_that_can_be() -> None:
    assert first_step(article("r", "T", "g", fixes=f"### nginx\n{'Do this. ' * 60}")).endswith("Do this.")
    assert first_step(article("r", "T", "g", fixes=f"### nginx\n{'word ' * 60}")).endswith("word…")


@pytest.mark.parametrize(
    ("headings", "for_host", "who"),
    [
        (("Apache (.htaccess)", "Hosting panel"), True, ("you", "host")),
        (("Apache (.htaccess)", "nginx"), True, ("host", "developer")),
        (("PrestaShop", "nginx"), False, ("you",)),
        (("WordPress", "Any server"), False, ("developer",)),
        (("Your shop's settings",), False, ("you",)),
    ],
)
def test_who_can_do_it(headings: tuple[str, ...], for_host: bool, who: tuple[str, ...]) -> None:
    """The shop runs PrestaShop."""
    assert who_can(WEAK.site, [Fix(heading, "text", ()) for heading in headings], for_host=for_host) == who
