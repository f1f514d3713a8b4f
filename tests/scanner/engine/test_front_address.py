"""The shop is where its front address leads a browser: what runs there, what is asked for and what lies beside it follow."""

from __future__ import annotations

import pytest

from scanner.evidence import Arrival, Installations, Pages, Probes
from scanner.results.document import document
from scanner.results.result import Status
from scanner.rules.verdicts import Found, Passed
from tests.loopback import response, serving
from tests.scanner.engine.test_walls import answering
from tests.scanning import HOST, Scan, found, scan_port
from tests.walls import HTML, MISSING, Site, moved, page, shop

LEAKS = (
    '<meta name="generator" content="PrestaShop 1.6.1.4"><script src="{0}/http-lib/jquery-1.7.2.min.js"></script>'
    '<link rel="stylesheet" href="{0}/theme/shop.css">'
)
OPENCART = '<link rel="stylesheet" href="{0}/catalog/view/theme/default/stylesheet/stylesheet.css"><script src="{0}/catalog/view/javascript/common.js"></script>'
RULES = (
    "cohosted-script",
    "leftover-copy",
    "version-leak-generator",
    "js-library-vulnerable",
    "exposed-database-dump",
    "exposed-config",
)


def refresh(to: str, delay: str = "0") -> bytes:
    return page(f'<head><meta http-equiv="refresh" content="{delay}; URL={to}"><title></title></head><body></body>')


def script(text: str) -> bytes:
    return page(f"<head><script>{text}</script></head><body></body>")


WAYS = {
    "301": lambda to: response(b"", "301 Moved Permanently", f"Location: {to}\r\n"),
    "302": moved,
    "303": lambda to: response(b"", "303 See Other", f"Location: {to}\r\n"),
    "307": lambda to: response(b"", "307 Temporary Redirect", f"Location: http://{HOST}{to}\r\n"),
    "308": lambda to: response(b"", "308 Permanent Redirect", f"Location: {to.strip('/')}/\r\n"),
    "a refresh": refresh,
    "a refresh after some seconds": lambda to: refresh(to, "5"),
    "a refresh in quotes": lambda to: page(f"<meta http-equiv=Refresh content=\"0;url='{to}'\">"),
    "a refresh in a header": lambda to: response(b"<p>", headers=f"{HTML}Refresh: 0; url={to}\r\n"),
    "location": lambda to: script(f"window.location.href='{to}';"),
    "location.replace": lambda to: script(f'window.location.replace("{to}")'),
    "on load": lambda to: page(f"<body onload=\"document.location='{to}'\"></body>"),
}


def leading(way: str, to: str, site: Site) -> Site:
    """``/`` leads on; the rest is the site's."""
    return lambda path, cookies: WAYS[way](to) if path == "/" else site(path, cookies)


async def scanned(site: Site, *rules: str, url: str = f"http://{HOST}/") -> Scan:
    async with serving(answering(site)) as port:
        return await scan_port(port, *(rules or RULES), url=url)


@pytest.mark.parametrize("to", ["/shop/", "/store/"])
@pytest.mark.parametrize("way", WAYS)
async def test_whatever_way_a_browser_goes_the_shop_is_there(way: str, to: str) -> None:
    under = to.rstrip("/")
    dump = response(
        b"-- MySQL dump 10.13\n--\nCREATE TABLE `orders` (\n `id` int);\n" * 3, headers="Content-Type: text/plain\r\n"
    )

    def site(path: str, _cookies: str) -> bytes:
        return dump if path == f"{under}/backup.sql" else shop(path, head=LEAKS.format(under), under=under)

    made = await scanned(leading(way, to, site))
    assert made.result.status is Status.COMPLETE, made.result.because
    assert made.result.site.platform is not None
    assert made.result.site.platform[0] == "PrestaShop"
    assert found(made.result) == {
        "version-leak-generator": ["prestashop"],
        "js-library-vulnerable": ["jquery"],
        "exposed-database-dump": [f"{under}/backup.sql"],
    }
    assert isinstance(made.gathered[Arrival], Arrival)
    assert made.gathered[Arrival].base == to
    assert made.gathered[Installations].shop.directory == to
    said = document(made.result).site
    assert (said.key, said.url, said.front) == (HOST, f"http://{HOST}/", f"http://{HOST}{to}")


@pytest.mark.parametrize("name", ["/en/", "/de/", "/pt-br/"])
async def test_a_language_is_no_folder_of_the_shop(name: str) -> None:
    """The files of the shop lie at the root: that is where its settings may have been left."""
    under = name.rstrip("/")
    env = response(b"APP_NAME=Petal\nAPP_KEY=base64:x\nDB_PASSWORD=secret\n", headers="Content-Type: text/plain\r\n")

    def site(path: str, _cookies: str) -> bytes:
        return env if path == "/.env" else shop(path, head=LEAKS.format(""), under=under)

    made = await scanned(leading("302", name, site))
    assert made.gathered[Arrival].base == "/"
    assert found(made.result)["exposed-config"] == ["/.env"]
    assert made.result.site.front == f"http://{HOST}{name}"


async def test_a_shop_below_its_language_is_found() -> None:
    made = await scanned(leading("302", "/shop/en/", lambda path, _: shop(path, head=LEAKS.format("/shop"), under="/shop/en")))
    assert made.gathered[Arrival].base == "/shop/"
    assert made.gathered[Installations].shop.directory == "/shop/"


async def test_the_address_with_its_folder_is_scanned_alike() -> None:
    def site(path: str, _cookies: str) -> bytes:
        return moved("/shop/") if path == "/" else shop(path, head=OPENCART.format("/shop"), under="/shop")

    led, typed = await scanned(site), await scanned(site, url=f"http://{HOST}/shop/")
    assert [one.verdict for one in led.result.judged] == [one.verdict for one in typed.result.judged]
    assert led.result.site.platform == typed.result.site.platform
    assert (led.result.site.key, typed.result.site.key) == (HOST, f"{HOST}/shop")
    assert {probed.place for probed in led.gathered[Probes].asked} == {probed.place for probed in typed.gathered[Probes].asked}


def cover(path: str, _cookies: str) -> bytes:
    """A page of its own that leads to the only shop, below it."""
    if path == "/":
        return page("<title>Petal and Stem</title><h1>Welcome</h1><p>Flowers since 1987.</p><a href='/shop/'>To the shop</a>")
    return shop(path, head=OPENCART.format("/shop"), under="/shop")


async def test_the_only_shop_below_a_cover_is_no_other_program() -> None:
    made = await scanned(cover)
    verdicts = {one.rule.id: one.verdict for one in made.result.judged}
    assert isinstance(verdicts["cohosted-script"], Passed)
    assert made.result.site.platform is not None
    assert made.result.site.platform[0] == "OpenCart"


async def test_a_shop_beside_one_and_a_blog_below_a_cover_are_other_programs() -> None:
    blog = (
        '<meta name="generator" content="WordPress 5.2.3"><link rel="stylesheet" href="/blog/wp-content/themes/x/style.css">'
        '<script src="/blog/wp-includes/js/wp-embed.min.js"></script>'
    )

    def two_shops(path: str, cookies: str) -> bytes:
        if path.startswith("/store"):
            return shop(path, head=OPENCART.format("/store"), under="/store")
        return (
            cover(path, cookies)
            if path != "/"
            else page(
                "<title>Petal</title><h1>Welcome</h1><a href='/shop/'>Flowers</a> <a href='/store/'>Pots</a> <a href='/x'>x</a>"
            )
        )

    def with_blog(path: str, cookies: str) -> bytes:
        return shop(path, head=blog, under="/blog") if path.startswith("/blog") else cover(path, cookies)

    assert set(found((await scanned(two_shops)).result)["cohosted-script"]) == {"/shop/", "/store/"}
    assert found((await scanned(with_blog)).result)["cohosted-script"] == ["/blog/"]


async def test_a_refresh_that_is_for_others_is_none() -> None:
    """In ``noscript`` it is for visitors without scripts, in a comment for nobody; one after minutes is a page that renews itself."""
    for head in (
        '<noscript><meta http-equiv="refresh" content="0;url=/nojs/"></noscript>',
        '<!-- <meta http-equiv="refresh" content="0;url=/old/"> -->',
        '<meta http-equiv="refresh" content="300;url=/again/">',
        '<meta http-equiv="refresh" content="soon">',
    ):
        made = await scanned(lambda path, _, head=head: shop(path, head=head), "nosniff-missing")
        assert made.result.site.front == f"http://{HOST}/"
        assert made.gathered[Pages].home.title.startswith("Flowers")


async def test_a_refresh_to_another_site_is_elsewhere() -> None:
    made = await scanned(lambda path, _: refresh("https://new.example/") if path == "/" else MISSING)
    assert made.result.status is Status.UNREACHABLE
    assert made.result.elsewhere == "https://new.example/"
    assert "--follow" in (made.result.because or "")


async def test_a_refresh_that_leads_to_nothing_says_so() -> None:
    made = await scanned(lambda path, _: refresh("/gone/") if path == "/" else MISSING)
    assert made.result.status is Status.UNREACHABLE
    assert "/gone/ answers 404" in (made.result.because or "")


async def test_refreshes_in_a_circle_end() -> None:
    turn = {"/": "/a", "/a": "/b", "/b": "/"}
    made = await scanned(lambda path, _: refresh(turn[path]) if path in turn else MISSING)
    assert made.result.status is not Status.COMPLETE
    assert not any(isinstance(one.verdict, Passed | Found) for one in made.result.judged)


SETUP = (
    "<head><title>License</title><base href='http://{host}/install/'><link rel='stylesheet' href='view/stylesheet/stylesheet.css'></head>"
    "<body><img src='view/image/logo.png' alt='OpenCart'><h1>License</h1><p>Everyone may copy this program as it is.</p>"
    "<a href='http://{host}/install/index.php?route=install/step_2'>Continue</a></body>"
)


@pytest.mark.parametrize("elsewhere", ["sent there too", "404"])
async def test_a_shop_that_was_never_set_up_shows_its_set_up_program(elsewhere: str) -> None:
    def site(path: str, _cookies: str) -> bytes:
        if path.startswith("/install/"):
            return page(SETUP.format(host=HOST))
        return moved("/install/index.php") if path == "/" or elsewhere == "sent there too" else MISSING

    seen = await scanned(site, "exposed-installer")
    assert seen.result.status is Status.COMPLETE, seen.result.because
    assert found(seen.result) == {"exposed-installer": ["/install/index.php"]}


FLORIST = (
    '<head><title>Petal</title><meta name="generator" content="Florist 1.2"><link rel="stylesheet" href="{0}/css/a.css">'
    '<script src="{0}/js/a.js"></script></head><body><a href="{0}/roses">R</a><a href="{0}/tulips">T</a><a href="{0}/lilies">L</a>'
    "<p>Flowers from growers we know by name, cut this morning and bound by hand.</p></body>"
)


async def test_a_copy_of_a_shop_that_no_table_knows_is_a_leftover() -> None:
    def site(path: str, _cookies: str) -> bytes:
        under = "/old" if path.startswith("/old/") else ""
        known = path.removeprefix(under) in {"/", "/roses", "/tulips", "/lilies"}
        return page(FLORIST.format(under)) if known else MISSING

    seen = await scanned(site, "leftover-copy", "cohosted-script")
    assert found(seen.result) == {"leftover-copy": ["/old/"]}
    relative = FLORIST.format("").replace('="/', '="')
    everywhere = await scanned(lambda _path, _cookies: page(relative), "leftover-copy")
    assert found(everywhere.result) == {}
