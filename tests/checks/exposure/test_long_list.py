"""The long list: long enough, in order, without what a scan asks for anyway, and nothing in it that no browser could ask for."""

from __future__ import annotations

import pytest

from benchmarks.long_tail import A_NIGHT, NAMES, found_by, places
from checks.exposure.long_list import woven
from checks.exposure.proofs import server_settings
from scanner import Known
from scanner.testing import answer

SHOPS = {
    "unknown": Known("petalandstem.example", 2026),
    "in a folder": Known("www.rose.co.uk", 2026, base="/shop/", platforms=(("/shop/", "opencart"),)),
    "a number": Known("192.0.2.7", 2026),
}


@pytest.mark.parametrize("shop", SHOPS)
def test_it_takes_two_months(shop: str) -> None:
    _, further = places(SHOPS[shop])
    assert 1_500 < len(further) <= 62 * A_NIGHT
    assert len(further) == len(set(further))
    assert all(place.startswith("/") and " " not in place and "//" not in place for place in further)


def test_a_hosted_shop_has_none() -> None:
    assert places(Known("petalandstem.example", 2026, hosted="Shopify"))[1] == []


def test_what_reports_told_of_comes_in_the_first_nights() -> None:
    _, further = places(SHOPS["unknown"])
    assert {"/site-backup.zip", "/.htaccess~", "/.env.local"} <= set(further[: 2 * A_NIGHT])


def test_each_night_finds_more_of_what_public_lists_name() -> None:
    names = set(NAMES.read_text(encoding="utf-8").split())
    usual, further = places(SHOPS["unknown"])
    found = [found_by(night, names, usual, further) for night in (0, 1, 10, 40, 60)]
    assert len(names) == 500
    assert found == sorted(found)
    assert found[-1] >= 0.35 * len(names)


def test_combinations_come_by_likelihood() -> None:
    assert list(woven(("a", "b", "c"), (".x", ".y"))) == ["a.x", "a.y", "b.x", "b.y", "c.x", "c.y"]
    assert list(woven(("a", "b", "c"), (".x", ".y"), most=2)) == ["a.x", "a.y"]


def test_a_copy_of_the_folders_settings() -> None:
    text = "RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://shop.example%{REQUEST_URI} [R=301,L]\n"
    assert server_settings(answer(200, text)) is not None
    sample = f"# 2. In your shop's directory rename .htaccess.txt (this file) to .htaccess\n{text}"
    assert server_settings(answer(200, sample, address="https://petalandstem.example/.htaccess.txt")) is None
    assert server_settings(answer(200, sample, address="https://petalandstem.example/.htaccess.bak")) is not None
    assert server_settings(answer(200, text, address="https://petalandstem.example/htaccess.txt")) is not None
    assert server_settings(answer(200, "Options are listed below.\nOrder today, and allow us a day.\n")) is None
