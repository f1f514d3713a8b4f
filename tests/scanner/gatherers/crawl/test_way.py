"""The way to the checkout, where no link leads there: which stations are missing, and where they usually lie."""

from __future__ import annotations

import pytest

from scanner.evidence import Field, Form, PageKind
from scanner.gatherers.crawl.way import unreached, usual_places
from scanner.platforms.loading import read_shipped
from scanner.scope.safe_requests import might_act
from scanner.testing import page

KNOWN = read_shipped()
LOGIN_FORM = Form("/login", "post", (Field("pass", "password"),))
NAMES = ("petalandstem.example",)
PLATFORMS = sorted(key for key, platform in KNOWN.platforms.items() if platform.way.baskets or platform.way.checkouts)


def test_what_was_not_reached() -> None:
    assert unreached([page()]) == (PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN)
    assert unreached([page(), page("/cart", kind=PageKind.CART)]) == (PageKind.CHECKOUT, PageKind.LOGIN)


def test_the_customers_account_is_their_login_where_it_asks_for_the_password() -> None:
    assert PageKind.LOGIN in unreached([page("/account", kind=PageKind.ACCOUNT)])
    assert PageKind.LOGIN not in unreached([page("/account", kind=PageKind.ACCOUNT, forms=[LOGIN_FORM])])


def test_a_shop_that_nobody_knows_is_asked_at_the_most_usual_addresses() -> None:
    assert usual_places([page()], NAMES, "/shop/", KNOWN) == (
        (PageKind.CART, "/shop/cart", False),
        (PageKind.CHECKOUT, "/shop/checkout", False),
        (PageKind.LOGIN, "/shop/login", False),
    )


def test_a_known_platform_is_asked_where_it_has_them() -> None:
    home = page(metas=[("generator", "PrestaShop")], kind=PageKind.HOME)
    assert usual_places([home, page("/order", kind=PageKind.CHECKOUT)], NAMES, "/", KNOWN) == (
        (PageKind.CART, "/index.php?controller=cart&action=show", True),
        (PageKind.LOGIN, "/index.php?controller=authentication", True),
    )


def test_nothing_is_asked_where_all_were_reached() -> None:
    stations = [page(f"/{kind}", kind=kind) for kind in (PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN)]
    assert usual_places([page(), *stations], NAMES, "/", KNOWN) == ()


@pytest.mark.parametrize("key", PLATFORMS)
def test_asking_for_a_usual_address_changes_nothing(key: str) -> None:
    way = KNOWN.platforms[key].way
    for path in (*way.baskets, *way.checkouts, *way.logins):
        assert not might_act(f"https://petalandstem.example{path}")
    assert len({*way.baskets, *way.checkouts, *way.logins}) == len((*way.baskets, *way.checkouts, *way.logins))
