"""Basket, checkout and login are reached without a link to them, or named as not reached; and what stands there is judged."""

from __future__ import annotations

import pytest

from scanner.evidence import Pages
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found, Inconclusive, Verdict
from tests.loopback import serving
from tests.scanner.engine.test_walls import answering
from tests.scanning import Scan, scan_port
from tests.walls import MISSING, Site, moved, page

CARD = (
    "<h1>Pay</h1><form method='post' action='/pay'><input name='cardnumber' autocomplete='cc-number'>"
    "<input name='cvc' autocomplete='cc-csc'></form><a href='/a'>a</a>"
)
LOGIN = "<title>Login</title><form method='post' action='/in'><input name='email'><input type='password' name='p'></form>"


def shop(home: str, others: dict[str, str]) -> Site:
    """A home page with a few links of its own, and pages that no link leads to."""

    def site(path: str, _cookies: str) -> bytes:
        links = "".join(f"<a href='/rose-{n}'>rose {n}</a>" for n in range(4))
        if path == "/":
            return page(f"<title>Flowers</title><body>{links}{home}</body>")
        if path.startswith("/rose-"):
            return page(f"<title>Rose</title><body>{links}<p>{path}</p></body>")
        if path in others:
            return page(f"<body>{links}{others[path]}</body>")
        return moved("/cart") if path == "/checkout-when-empty" else MISSING

    return site


async def scanned(site: Site) -> tuple[ScanResult, Pages]:
    async with serving(answering(site)) as port:
        made: Scan = await scan_port(port, "card-form-on-site", "insecure-form-action")
    pages = made.gathered[Pages]
    assert isinstance(pages, Pages)
    return made.result, pages


def verdict(result: ScanResult, rule: str) -> Verdict:
    return next(one.verdict for one in result.judged if one.rule.id == rule)


@pytest.mark.parametrize(
    ("home", "path"),
    [
        ("<form action='/bin/checkout'><button>Go on</button></form>", "/bin/checkout"),
        ("<form action='/x'><input type='hidden' name='do' value='checkout'><button>Go on</button></form>", "/x?do=checkout"),
        ("<form method='post' action='/up'><button formaction='/my/kasse'>Go on</button></form>", "/my/kasse"),
        (
            "<form method='post' action='/checkout/'><input type='hidden' name='a' value='b'><button>Go on</button></form>",
            "/checkout/",
        ),
        ("", "/checkout"),
        ("<script src='/catalog/view/javascript/common.js'></script>", "/index.php?route=checkout/checkout"),
        ("<meta name='generator' content='PrestaShop'>", "/index.php?controller=order"),
    ],
)
async def test_a_checkout_that_no_link_leads_to_is_reached(home: str, path: str) -> None:
    result, pages = await scanned(shop(home, {path: CARD}))
    assert isinstance(verdict(result, "card-form-on-site"), Found)
    assert "checkout" not in pages.unreached
    assert not [note for note in result.notes if "checkout was not reached" in note]


async def test_what_was_not_reached_is_named_and_nothing_is_said_of_it() -> None:
    result, pages = await scanned(shop("", {}))
    assert pages.unreached == ("cart", "checkout", "login")
    for rule in ("card-form-on-site", "insecure-form-action"):
        assert not isinstance(verdict(result, rule), Found)
    assert isinstance(verdict(result, "card-form-on-site"), Inconclusive)
    assert len([note for note in result.notes if "was not reached" in note]) == 3


async def test_a_shop_that_answers_every_address_has_no_checkout_for_that() -> None:
    def site(path: str, cookies: str) -> bytes:
        answer = shop("", {"/login": LOGIN})(path, cookies)
        return answer if answer is not MISSING else page("<title>Oops</title><p>There is nothing here.</p><a href='/'>home</a>")

    _, pages = await scanned(site)
    assert pages.unreached == ("cart", "checkout")


async def test_an_address_that_acts_is_never_asked_for() -> None:
    asked: list[str] = []

    def site(path: str, cookies: str) -> bytes:
        asked.append(path)
        return shop(
            "<form action='/cart/add'><input type='hidden' name='id' value='3'><button>Buy</button></form>"
            "<form method='post' action='/u'><button formaction='/checkout/confirm'>Order</button></form>"
            "<form action='/logout'><button>Leave</button></form>",
            {},
        )(path, cookies)

    await scanned(site)
    assert not [path for path in asked if "add" in path or "confirm" in path or "logout" in path]
