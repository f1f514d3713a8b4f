"""What the shop says to scripts of other sites, asked of a real server on loopback."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

from checks.browser.headers import cors_open
from checks.exposure.debugging import exposed_debug
from scanner.evidence import Answer, CrossOrigin, Page, PageKind, Pages, Robots, Unavailable
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.crawl.cross_origin import ERROR_PAGE, cross_origin, foreign_origins
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.pace import Paces
from scanner.rules.verdicts import Found, Inconclusive, Passed
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import probes
from scanner.text.clock import Clock
from tests.loopback import Handler, request_head, response, serving
from tests.scanning import catalogue

HOST = "petalandstem.example"
NOW = datetime(2026, 5, 3, tzinfo=UTC)


def answering(rule: str, seen: list[tuple[str, str]]) -> Handler:
    """rule: a pattern of the origins that the server lets in with credentials."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await request_head(reader)).decode()
            path, found = head.split(" ", 2)[1], re.search(r"(?im)^origin: (.*?)\r?$", head)
            origin = found[1] if found else ""
            seen.append((path, origin))
            let_in = bool(origin) and re.search(rule, origin) is not None
            headers = f"Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n" if let_in else ""
            status = "404 Not Found" if path == ERROR_PAGE else "200 OK"
            writer.write(response(b"A page", status, headers))
            await writer.drain()

    return handle


async def gather(handler: Handler) -> CrossOrigin:
    async def resolve(_host: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with serving(handler) as port:
        target = Target.of(f"http://{HOST}/", ports={"http": port}, allow_private=True)
        home = f"http://{HOST}/"
        others = tuple(
            Page(f"{home}{kind.value}", kind, 200)
            for kind in (PageKind.PRODUCT, PageKind.CART, PageKind.LOGIN, PageKind.CHECKOUT)
        )
        crawl = Pages(Page(home, PageKind.HOME, 200), others, (), Robots(f"{home}robots.txt"), NOW)
        async with Fetcher(
            target, budget=Budget(400, catalogue().shares), seconds=30, resolve=resolve, paces=Paces(100)
        ) as fetcher:
            return await cross_origin(fetcher, crawl, Clock())


async def test_a_server_that_lets_nobody_in() -> None:
    seen: list[tuple[str, str]] = []
    found = await gather(answering(r"\Z.", seen))
    assert cors_open(found) == Passed(("/", "/cart", "/login"))
    before, behind = foreign_origins(HOST)
    assert sorted(seen) == sorted(
        [("/", before), ("/", behind), ("/", "null"), ("/login", before), ("/cart", before), (ERROR_PAGE, "")]
    )
    assert not isinstance(found.error_page, Unavailable)
    assert found.error_page.status == 404
    assert decode(encode(found), known_classes([CrossOrigin, Unavailable])) == found


async def test_careless_comparisons_are_seen() -> None:
    for rule in (".", rf"^https://{re.escape(HOST)}", rf"{re.escape(HOST)}$", "^null$"):
        verdict = cors_open(await gather(answering(rule, [])))
        assert isinstance(verdict, Found), rule
        assert [finding.subject for finding in verdict.findings] == [HOST]
    assert isinstance(cors_open(await gather(answering(rf"^https://(?:www\.)?{re.escape(HOST)}$", []))), Passed)


async def test_a_debug_mode_that_the_error_page_shows_at_its_end_is_seen() -> None:
    """Django's comes after two thousand characters of its looks; whatever else it shows is redacted."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            lost = ERROR_PAGE in (await request_head(reader)).decode()
            told = "<p>because you have <code>DEBUG = True</code></p><td>password = 'violets and tulips'</td>"
            body = f'<style>{"p {} " * 9_000}</style><header id="summary"><h1>Page not found</h1></header>{told}'
            writer.write(response((body if lost else "A page").encode(), "404 Not Found" if lost else "200 OK"))
            await writer.drain()

    found = await gather(handle)
    assert isinstance(found.error_page, Answer)
    assert "violets" not in found.error_page.text
    home = Page(f"http://{HOST}/", PageKind.HOME, 200)
    crawl = Pages(home, (), (), Robots(f"http://{HOST}/robots.txt"), NOW)
    verdict = exposed_debug(probes(exposed_debug), crawl, found)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == "The debug page of Django"


async def test_a_server_that_hangs_up_is_unknown() -> None:
    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request_head(reader)

    assert isinstance(cors_open(await gather(handle)), Inconclusive)
