"""Open findings are routed to the gatherers that say which places they revisit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.engine.catalogue import Catalogue
from scanner.engine.revisiting import only, open_first, visits
from scanner.engine.scan import Order
from scanner.evidence import Backups
from scanner.gatherers.contract import Gatherer, Revisits
from scanner.history.comparison import first_look
from scanner.history.known import KnownSite
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from tests.nights import KEY, NO_RULES, night
from tests.scanning import catalogue

TARGET = Target.of(f"https://{KEY}/")


def order(*rules: str) -> Order:
    return Order(TARGET, catalogue().chosen(rules))


def known(**rules: str) -> KnownSite:
    return first_look(night(0, {rule.replace("_", "-"): said for rule, said in rules.items()}), NO_RULES)


def test_each_finding_goes_to_those_who_look_at_such_places() -> None:
    open_ = known(
        exposed_vcs="found /.git/@/.git/",
        directory_listing="found /img/@/img/",
        mixed_content_active="found x@/roses",
        cohosted_site="found stage.example@stage.example",
        hsts_missing=f"found {KEY}@{KEY}",
    )
    focus = open_first(order(*open_.rules), catalogue(), open_).focus
    assert focus == Focus(
        first=("/roses",), folders=("/img/",), again=(("cohosted-site", "stage.example"), ("exposed-vcs", "/.git/"))
    )


def test_what_is_asked_for_is_no_page_of_the_next_crawl() -> None:
    """CubeCart's open installer, read as a page, gave the shop its cookies and headers in the second night."""
    open_ = known(exposed_installer="found /setup/@/setup/index.php", exposed_debug="found /phpinfo.php@/phpinfo.php")
    focus = open_first(order(*open_.rules), catalogue(), open_).focus
    assert focus == Focus(again=(("exposed-debug", "/phpinfo.php"), ("exposed-installer", "/setup/index.php")))


def test_what_is_not_in_the_order_is_not_revisited() -> None:
    open_ = known(exposed_vcs="found /.git/@/.git/", directory_listing="found /img/@/img/")
    assert open_first(order("directory-listing"), catalogue(), open_).focus == Focus(folders=("/img/",))


def revisiting(how: Revisits) -> Catalogue:
    """The catalogue of an installation whose gatherer of backups says this."""
    usual = catalogue()
    one: Gatherer = replace(usual.gatherers[Backups], revisits=how)
    return replace(usual, gatherers={**usual.gatherers, Backups: one})


@pytest.mark.parametrize(
    ("how", "focus"),
    [
        (Revisits.NOTHING, Focus()),
        (Revisits.PAGES, Focus(first=("/b/", "b.example"))),
        (Revisits.FOLDERS, Focus(folders=("/b/",))),
        (Revisits.PLACES, Focus(again=(("backup-missing", "/b/"),))),
        (Revisits.NAMES, Focus(again=(("backup-missing", "b.example"),))),
    ],
)
def test_any_gatherer_is_served_by_what_it_declares(how: Revisits, focus: Focus) -> None:
    open_ = known(backup_missing="found x@/b/,b.example")
    made = open_first(order("backup-missing"), revisiting(how), open_).focus
    assert replace(made, first=tuple(one for one in made.first if one in {"/b/", "b.example"})) == focus


def test_only_takes_the_folders_above_along() -> None:
    made = only(order("exposed-vcs", "hsts-missing"), catalogue(), [("exposed-vcs", ["/old/shop/.git/HEAD"])])
    assert made.rules == ("exposed-vcs",)
    assert made.focus.only
    assert made.focus.first == ("/old/shop/.git/HEAD", "/old/shop/.git/", "/old/shop/", "/old/", "/")


def test_what_is_left_of_a_redacted_place_is_not_asked_for() -> None:
    """Its 404 would close a finding that nobody looked at."""
    made = only(
        order("exposed-vcs"), catalogue(), [("exposed-vcs", ["/reset?token=…", "https://a.example/share/…", "/.git/HEAD"])]
    )
    assert [place for place in made.focus.first if "…" in place] == []
    assert [place for _, place in made.focus.again] == ["/.git/HEAD"]


def test_visits_are_places_and_the_shops_own_addresses() -> None:
    target = Target.of("https://a.example/")
    wanted = ["/x", "ftp:21", "https://a.example/i.php?r=login#top", "https://cdn.example/y.js", "http://www.a.example", "/x"]
    assert visits(target, wanted) == ("/x", "ftp:21", "/i.php?r=login", "/")
