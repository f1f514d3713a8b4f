"""An ordinary small shop, for one thing at a time to go wrong in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.loopback import Handler, request_head, response

HTML = "Content-Type: text/html; charset=utf-8\r\n"
XML = "Content-Type: application/xml\r\n"
HOST = "petalandstem.example"
HOST_URL = f"http://{HOST}"
NAMES = ("roses", "tulips", "cart", "login", "privacy")
Answers = Mapping[str, bytes] | Callable[[str], bytes | None]


def page(body: str | bytes = "", *, title: str | bytes = "Petal &amp; Stem", status: str = "200 OK", headers: str = "") -> bytes:
    """One page of the shop with its usual links."""
    links = "".join(f'<a href="/{name}">{name}</a> ' for name in NAMES)
    parts = (b"<!DOCTYPE html><html><head><title>", title, b"</title></head><body>", f"<h1>Flowers</h1>{links}", body)
    return response(b"".join(part.encode() if isinstance(part, str) else part for part in parts), status, HTML + headers)


def answering(path: str, answers: Answers) -> bytes:
    found = answers(path) if callable(answers) else answers.get(path)
    if found is not None:
        return found
    if path == "/" or path.strip("/") in NAMES:
        return page(f"<p>All about {path}.</p>", title=f"Petal and Stem {path}")
    return response(b"<h1>Not found</h1>", "404 Not Found", HTML)


def shop(answers: Answers = MappingProxyType({})) -> Callable[[], Handler]:
    """A shop that keeps connections alive; ``answers`` come before its own."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_head(reader)
            path = head.split(b" ", 2)[1].decode("latin-1")
            writer.write(answering(path, answers))
            await writer.drain()

    return lambda: handle


def home(answer: bytes | Callable[[], bytes]) -> Callable[[], Handler]:
    """Only the home page is special. answer: a large one is made when its case is run, and gone with it."""
    return at("/", answer)


def at(path: str, answer: bytes | Callable[[], bytes]) -> Callable[[], Handler]:
    """Only one address is special."""

    def begin() -> Handler:
        return shop({path: answer() if callable(answer) else answer})()

    return begin


def talking(speak: Callable[[asyncio.StreamWriter], object], *, listen: bool = True) -> Callable[[], Handler]:
    """Each connection is answered by a coroutine function that writes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if listen:
            await request_head(reader)
        await speak(writer)

    return lambda: handle


async def silence(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accepts and never speaks."""
    await asyncio.sleep(3600)


def dripping(data: bytes, every: float = 0.2) -> Handler:
    """One byte at a time, without waiting to be asked."""

    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every)
        await asyncio.sleep(3600)

    return handle
