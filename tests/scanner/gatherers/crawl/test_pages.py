"""The crawl as it really goes, over a server on loopback."""

from __future__ import annotations

import asyncio

from scanner.rules.verdicts import Finding
from tests.loopback import request_head, response
from tests.scanning import scan_of

ID = "v3k9q0m7p2x8t6w1c5d4e0f2a7"


async def test_a_session_whatever_it_is_called_is_found_and_its_addresses_are_read_without_it() -> None:
    """As CE Phoenix does: until the visitor's cookie comes back, every link carries its value."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await request_head(reader)).decode()
            asked.append(head.split(" ", 2)[1])
            carried, cookie = (
                ("", "") if f"ceid={ID}" in head else (f"?ceid={ID}", f"Set-Cookie: ceid={ID}; Path=/; HttpOnly\r\n")
            )
            body = f"<title>Petal</title><h1>Flowers</h1><a href='/roses{carried}'>Roses</a><a href='/tulips{carried}'>Tulips</a>"
            writer.write(response(body.encode(), headers=f"Content-Type: text/html\r\n{cookie}"))
            await writer.drain()

    scanned = await scan_of(handle, "session-id-in-url", "cookie-script-readable")
    found: dict[str, list[Finding]] = {}
    for one in scanned.result.findings:
        found.setdefault(one.rule.id, []).append(one.finding)
    assert [(one.subject, ID in one.shown) for one in found.pop("session-id-in-url")] == [("ceid", False)]
    assert found == {}
    assert {"/roses", "/tulips"} <= set(asked)
    assert not [path for path in asked if "ceid" in path]
