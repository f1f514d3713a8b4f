"""Too little, too late, or without end."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.shop import HOST_URL, dripping, page, shop, silence, talking
from tests.loopback import Handler, request_head, response

WORDS = (
    "amber",
    "birch",
    "cedar",
    "daisy",
    "elder",
    "fern",
    "grape",
    "hazel",
    "iris",
    "jade",
    "kale",
    "lilac",
    "maple",
    "nettle",
    "olive",
)


def drip(before: bytes, data: bytes) -> Callable[[], Handler]:
    """One byte a second, after what comes at once."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)

    return talking(speak)


def once(data: bytes) -> Callable[[], Handler]:
    """Says this and closes."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return talking(speak)


def closes_at_once() -> Handler:
    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return handle


def reset(writer: asyncio.StreamWriter) -> None:
    opened: socket.socket = writer.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def every_second_resets() -> Handler:
    count = 0
    ordinary = shop()()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        if count % 2 == 0:
            await request_head(reader)
            reset(writer)
        else:
            head = await request_head(reader)
            again = asyncio.StreamReader()
            again.feed_data(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            again.feed_eof()
            await ordinary(again, writer)

    return handle


def dying_keep_alive() -> Handler:
    """Promises to keep each connection, and drops it after every answer, a moment later."""
    ordinary = shop()()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_head(reader)
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        try:
            await ordinary(again, writer)
        except asyncio.IncompleteReadError:
            await writer.drain()
            await asyncio.sleep(0.002)
            reset(writer)

    return handle


def links(*addresses: str) -> bytes:
    return page("".join(f'<a href="{address}">{address}</a> ' for address in addresses))


def calendar(path: str) -> bytes | None:
    if not path.startswith("/calendar/"):
        return links("/calendar/2026/11/") if path == "/" else None
    year, month = (int(part) if part.isdigit() else 1 for part in (*path.split("/"), "", "")[2:4])
    following = year + month // 12, month % 12 + 1
    return links(*(f"/calendar/{following[0] + n}/{following[1]}/" for n in range(20)))


def sessions(path: str) -> bytes | None:
    number = (
        int(path.strip("/").partition("-")[0], 16) if path.strip("/").partition("-")[0].isalnum() and path[1:2].isdigit() else 1
    )
    return links(*(f"/{(number * 6_364_136_223_846_793_005 + n) % 2**64:016x}-s/{name}" for n, name in enumerate(WORDS)))


def pagination(path: str) -> bytes | None:
    start = int(path.rpartition("=")[2]) if "=" in path else 0
    return links(*(f"/roses?page={start + n}" for n in range(1, 30)))


def facets(path: str) -> bytes | None:
    base = path if "?" in path else "/roses?"
    return links(*(f"{base}&amp;{name}={value}" for name in WORDS for value in "ab" if name not in base))


def deeper(path: str) -> bytes | None:
    """A relative link that leads ever deeper."""
    return page(f'<a href="{path.strip("/").rpartition("/")[2] or "deep"}/more/">deeper</a>')


def visited_variously(ran: Ran) -> None:
    """A trap does not hide the ordinary pages behind it, and the crawl ends by itself."""
    read = json.loads(ran.text("recording/Pages.json"))
    seen = {page["address"] for page in (read["home"], *read["others"])}
    assert {f"{HOST_URL}/{name}" for name in ("roses", "tulips", "cart", "login", "privacy")} <= {
        one.partition("?")[0] for one in seen
    }
    assert len(seen) <= 40


def thousand(path: str) -> bytes | None:
    """A hundred links, each of which leads to a page by a thousand redirects."""
    if path == "/":
        return links(*(f"/{WORDS[n % 15]}-{'abcdefg'[n // 15]}/1" for n in range(100)))
    name, _, number = path.rpartition("/")
    if not number.isdigit():
        return None
    return response(b"", "302 Found", f"Location: {name}/{int(number) + 1}\r\n") if int(number) < 1_000 else page("there")


def chain(path: str) -> bytes | None:
    number = int(path[2:]) if path.startswith("/r") and path[2:].isdigit() else 0
    return response(b"", "302 Found", f"Location: /r{number + 1}\r\n")


async def silent_services(setting: Setting) -> None:
    await setting.serve(shop()(), "http")
    for service in ("ftp", "ssh", "https"):
        await setting.serve(silence, service)


async def dripping_services(setting: Setting) -> None:
    await setting.serve(shop()(), "http")
    await setting.serve(dripping(b"220 ProFTPD ready, one moment please, still ready\r\n", 1.0), "ftp")
    await setting.serve(dripping(b"SSH-2.0-OpenSSH_9.2p1 a very patient server\r\n", 1.0), "ssh")
    await setting.serve(dripping(bytes.fromhex("160303007a0200007603035f") + bytes(200), 1.0), "https")


async def closing_services(setting: Setting) -> None:
    await setting.serve(shop()(), "http")
    for service in ("ftp", "ssh", "https"):
        await setting.serve(closes_at_once(), service)


async def endless_services(setting: Setting) -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> None:
        while True:
            writer.write(line * 200)
            await writer.drain()

    await setting.serve(shop()(), "http")
    await setting.serve(lambda r, w: flood(r, w, b"220-welcome\r\n"), "ftp")
    await setting.serve(lambda r, w: flood(r, w, b"welcome, this is no greeting yet\r\n"), "ssh")


async def babbling_services(setting: Setting) -> None:
    """Lines without an end."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"S" * 65_536)
            await writer.drain()

    await setting.serve(shop()(), "http")
    for service in ("ftp", "ssh", "https"):
        await setting.serve(babble, service)


FTP = frozenset({"ftp-plaintext", "ftp-anonymous"})
SSH = frozenset({"ssh-password-login", "ssh-weak-algorithms"})
OPEN = frozenset({"ftp-open", "ftp-plaintext"})


def services_unknown(ran: Ran) -> None:
    for rule, verdict in ran.verdicts.items():
        if rule in FTP | SSH:
            assert verdict["verdict"] == "inconclusive", verdict
        if rule.startswith("https-missing"):
            assert verdict["verdict"] != "passed"


COMPLETELY = "did not answer completely"
MIDDLE = "in the middle"
CASES = [
    Case(
        "one byte a second in the header",
        drip(b"", b"HTTP/1.1 200 OK\r\nServer: slow\r\n" * 9),
        waits=True,
        status="unreachable",
        code=3,
        because=COMPLETELY,
    ),
    Case(
        "one byte a second in the body",
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b"roses " * 99),
        waits=True,
        status="unreachable",
        code=3,
        because=COMPLETELY,
    ),
    Case("accepts and never speaks", lambda: silence, waits=True, status="unreachable", code=3, because=COMPLETELY),
    Case(
        "services that never speak",
        servers=silent_services,
        time=15,
        status="partial",
        because="used up",
        check=services_unknown,
    ),
    Case(
        "services at one byte a second",
        servers=dripping_services,
        time=15,
        status="partial",
        because="used up",
        check=services_unknown,
    ),
    Case("services that hang up at once", servers=closing_services, check=services_unknown),
    Case(
        "services that never stop greeting",
        servers=endless_services,
        check=services_unknown,
    ),
    Case("services with a line without end", servers=babbling_services, check=services_unknown),
    Case("closes at once", closes_at_once, status="unreachable", code=3, because=MIDDLE),
    Case("closes after the question", once(b""), status="unreachable", code=3, because=MIDDLE),
    Case("closes in the status line", once(b"HTTP/1.1 200"), status="unreachable", code=3, because=MIDDLE),
    Case("closes in the header", once(b"HTTP/1.1 200 OK\r\nServer: ngi"), status="unreachable", code=3, because=MIDDLE),
    Case(
        "closes in the body",
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<p>Roses"),
        status="unreachable",
        code=3,
        because=MIDDLE,
    ),
    Case(
        "closes in a chunk",
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n<p>Roses"),
        status="unreachable",
        code=3,
        because=MIDDLE,
    ),
    Case("resets every second connection", every_second_resets),
    Case("a keep-alive that dies", dying_keep_alive),
    Case("a calendar without end", shop(calendar), pages=40, requests=200, check=visited_variously),
    Case("sessions in paths", shop(sessions), pages=40, requests=200, check=visited_variously),
    Case("pagination without end", shop(pagination), pages=40, requests=200, check=visited_variously),
    Case("faceted search", shop(facets), pages=40, requests=200, check=visited_variously),
    Case("links that lead ever deeper", shop(deeper), pages=40, requests=200, check=visited_variously),
    Case(
        "a redirect to itself",
        shop({"/": response(b"", "302 Found", "Location: /\r\n")}),
        status="unreachable",
        code=3,
        because="in a circle",
    ),
    Case(
        "a chain of redirects without end",
        shop(chain),
        status="unreachable",
        code=3,
        because="redirects more than 20 times",
        requests=400,
        pages=60,
    ),
    Case("a hundred links through 1,000 redirects each", shop(thousand), pages=40, requests=200),
    Case(
        "a home page that asks for a year",
        shop(lambda _path: response(b"", "503 Later", "Retry-After: 31536000\r\n")),
        waits=True,
        status="unreachable",
        code=3,
        because="answers 503",
    ),
    Case(
        "a Retry-After of the year 9999",
        shop(lambda path: None if path == "/" else response(b"", "503 Later", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n")),
        status="blocked",
        code=3,
        because="503 to 4 questions in a row",
    ),
    Case(
        "redirects to addresses of 7 KB",
        shop(lambda path: response(b"", "302 Found", f"Location: {path[:6_900]}{'x' * 700}\r\n")),
        status="unreachable",
        code=3,
    ),
    Case(
        "a Retry-After of a year",
        shop(lambda path: None if path == "/" else response(b"", "503 Later", "Retry-After: 31536000\r\n")),
        status="blocked",
        code=3,
        because="503 to 4 questions in a row",
    ),
    Case(
        "a Retry-After of nonsense",
        shop(lambda path: None if path == "/" else response(b"", "429 No", "Retry-After: -9e99, Thu, 99 Foo\r\n")),
        waits=True,
        status="blocked",
        code=3,
        because="429 to 12 questions in a row",
    ),
]
