"""Which of a shop's two doors a scan comes in by, when https breaks off."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from scanner.evidence import Answer, Arrival, Welcome
from scanner.gatherers.crawl.arrival import arrival
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.pace import Paces
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import HOST, NOW
from scanner.text.clock import StoppedClock
from tests.loopback import Handler, request_head, response, serving
from tests.scanning import catalogue, no_names

SHOP = b"<title>The shop</title><p>Flowers" + b"".join(b"<a href='/%d'>Roses</a>" % number for number in range(15))


def breaking_off(times: int, asked: list[str]) -> Handler:
    """Ends the connection after a request, so many times; then answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if len(asked) <= times:
                return
            writer.write(response(SHOP, headers="Content-Type: text/html\r\n"))
            await writer.drain()

    return handle


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_head(reader)
    writer.write(response(SHOP.replace(b"The shop", b"Another page"), headers="Content-Type: text/html\r\n"))
    await writer.drain()


async def arrived(times: int, asked: list[str]) -> Arrival:
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(secured)
    async with serving(breaking_off(times, asked), ssl=secured) as https, serving(plain) as http:
        ports = {"https": https, "http": http}
        target = Target.of(f"https://{HOST}/", ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        async with Fetcher(
            target, budget=Budget(50, catalogue().shares), seconds=20, resolve=no_names, paces=Paces(500)
        ) as fetcher:
            return await arrival(fetcher, target, StoppedClock(NOW))


@pytest.mark.parametrize("times", range(4))
async def test_a_few_lost_answers_never_change_what_is_looked_at(times: int) -> None:
    asked: list[str] = []
    found = await arrived(times, asked)
    assert (found.welcome, found.origin, found.doubt) == (Welcome.OPEN, f"https://{HOST}", "")
    assert isinstance(found.home, Answer)
    assert "The shop" in found.home.text
    assert len(asked) == times + 1, "asked no more often than was needed"


async def test_https_that_never_answers_leaves_a_doubt() -> None:
    asked: list[str] = []
    found = await arrived(9, asked)
    assert (found.welcome, found.origin) == (Welcome.OPEN, f"http://{HOST}")
    assert "https broke off this time" in found.doubt
    assert len(asked) == 4
