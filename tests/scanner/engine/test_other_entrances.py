"""What lies behind another entrance of the shop (plain http, or one of its names) and is not the shop never makes a rule pass."""

from __future__ import annotations

import asyncio
import ssl
from itertools import count

import pytest
import trustme

from scanner.engine.scan import Order, scan
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found, Inconclusive, Passed
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from tests.loopback import Handler, response, serving
from tests.scanning import CLOSED, HOST, catalogue, no_names
from tests.walls import MISSING, Site, page, shop

DUMP = response(b"-- MySQL dump 10.13\n--\nCREATE TABLE `orders` (\n `id` int);\n" * 3, headers="Content-Type: text/plain\r\n")


def other(path: str, _host: str) -> bytes:
    """Another virtual host, with a dump in it."""
    return DUMP if path == "/backup.sql" else page("<title>It works</title><h1>It works!</h1>") if path == "/" else MISSING


def shops(path: str, _host: str) -> bytes:
    return shop(path)


def to_https(path: str, host: str) -> bytes:
    return response(b"", "301 Moved Permanently", f"Location: https://{host}{path}\r\n")


def only_home_moves(path: str, host: str) -> bytes:
    return to_https(path, host) if path == "/" else other(path, host)


def closed(_path: str, _host: str) -> bytes:
    return response(b"", "403 Forbidden")


def on_www(path: str, host: str) -> bytes:
    return other(path, host) if host.startswith("www.") else shop(path)


def by_host(site: Site) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            host = next(line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("host:"))
            writer.write(site(head.split(" ", 2)[1], host.partition(":")[0]))
            await writer.drain()

    return handle


async def scanned(by_http: Site, by_https: Site, *rules: str) -> ScanResult:
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST, f"www.{HOST}").configure_cert(secured)
    async with serving(by_host(by_http)) as http, serving(by_host(by_https), ssl=secured) as https:
        ports = {**CLOSED, "http": http, "https": https}
        target = Target.of(f"https://{HOST}/", ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        loaded = catalogue()
        order = Order(target, loaded.chosen(rules or ["exposed-database-dump"]), ScanOptions(rate=1000))
        return (await scan(order, loaded, resolve=no_names)).result


@pytest.mark.parametrize(
    ("by_http", "by_https", "origin"),
    [
        (other, shops, f"http://{HOST}"),
        (only_home_moves, shops, f"http://{HOST}"),
        (to_https, on_www, f"https://www.{HOST}"),
    ],
    ids=["http", "http, whose home page alone moves", "www"],
)
async def test_another_virtual_host_is_said_to_be_unexamined(by_http: Site, by_https: Site, origin: str) -> None:
    verdict = (await scanned(by_http, by_https)).judged[0].verdict
    assert isinstance(verdict, Inconclusive)
    assert f"{origin} answers with pages of its own" in verdict.because


@pytest.mark.parametrize(
    "rule",
    [
        "exposed-vcs",
        "exposed-config",
        "directory-listing",
        "directory-listing-sensitive",
        "exposed-database-admin",
        "exposed-installer",
    ],
)
async def test_no_rule_about_what_is_exposed_passes_on_what_it_did_not_see(rule: str) -> None:
    verdict = (await scanned(other, shops, rule)).judged[0].verdict
    assert isinstance(verdict, Inconclusive)
    assert "answers with pages of its own" in verdict.because


def empty(path: str, _host: str) -> bytes:
    """A host without a home page, which may hold anything."""
    return DUMP if path == "/backup.sql" else response(b"", "403 Forbidden") if path == "/" else MISSING


async def test_a_host_without_a_home_page_is_one_too() -> None:
    assert isinstance((await scanned(empty, shops)).judged[0].verdict, Inconclusive)


def program_moves_home(path: str, host: str) -> bytes:
    """The shop's program sends the home page to https, and shows the rest by http as well."""
    return to_https(path, host) if path == "/" else shops(path, host)


@pytest.mark.parametrize(
    "by_http",
    [to_https, shops, closed, program_moves_home],
    ids=["moves", "the same shop", "closed", "the same shop, whose home page alone moves"],
)
async def test_another_way_to_the_same_shop_changes_nothing(by_http: Site) -> None:
    assert isinstance((await scanned(by_http, shops)).judged[0].verdict, Passed)


async def test_a_home_page_that_shows_other_products_each_time_is_the_shops_all_the_same() -> None:
    """Zen Cart draws its "new products" by lot, and the name with www shows the same shop."""
    views = count()

    def drawn(path: str, _host: str) -> bytes:
        if path != "/":
            return shop(path)
        first = 11 * next(views)
        drawn = (f"<a href='https://{HOST}/{one}'>Bouquet{one}, {one} euro</a>" for one in range(first, first + 9))
        return shop(path, "".join(drawn))

    assert isinstance((await scanned(to_https, drawn)).judged[0].verdict, Passed)


PASSWORD = "<form method='post' action='/login'><input name='email'><input type='password' name='p'></form>"
CARD = "<form method='post' action='/pay'><input name='n' autocomplete='cc-number'></form>"


def with_forms(path: str, _host: str) -> bytes:
    return shop(path, {"/login": PASSWORD, "/basket": CARD}.get(path, ""))


@pytest.mark.parametrize("open_page", ["/login", "/basket"])
async def test_a_page_with_a_password_or_a_card_that_alone_stays_on_http(open_page: str) -> None:
    def by_http(path: str, host: str) -> bytes:
        return with_forms(path, host) if path == open_page else to_https(path, host)

    result = await scanned(by_http, with_forms, "https-redirect-partial", "https-redirect-missing")
    verdicts = {judged.rule.id: judged.verdict for judged in result.judged}
    partial = verdicts["https-redirect-partial"]
    assert isinstance(partial, Found)
    assert open_page in partial.findings[0].shown
    assert isinstance(verdicts["https-redirect-missing"], Passed)


async def test_where_all_pages_move_nothing_is_found() -> None:
    verdict = (await scanned(to_https, with_forms, "https-redirect-partial")).judged[0].verdict
    assert isinstance(verdict, Passed)
