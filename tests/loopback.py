"""Little raw servers on loopback for tests: what they answer is a coroutine over reader and writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, *, ssl: object = None, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve on a free port of a loopback address; yields the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handler(reader, writer)
        with contextlib.suppress(ConnectionError):
            writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(guarded, address, 0, ssl=ssl)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def request_head(reader: asyncio.StreamReader) -> bytes:
    """The head of one HTTP request; a TLS greeting, an SSLv2 one too, ends the connection, as real servers do."""
    first = await reader.readexactly(1)
    if first == b"\x16" or first >= b"\x80":
        raise ConnectionError
    return first + await reader.readuntil(b"\r\n\r\n")


def response(body: bytes = b"", status: str = "200 OK", headers: str = "", *, length: int | None = None) -> bytes:
    """The bytes of one HTTP answer."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def site(answers: dict[str, bytes], asked: list[str] | None = None, other: bytes | None = None) -> Handler:
    """A handler that answers by path, keep-alive, and notes what was asked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_head(reader)
            path = head.split(b" ", 2)[1].decode()
            if asked is not None:
                asked.append(path)
            writer.write(answers.get(path, other or response(b"no such page", "404 Not Found")))
            await writer.drain()

    return handle
