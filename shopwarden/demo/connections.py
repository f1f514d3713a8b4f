"""Listening on loopback for the demo shop: one thread with an event loop, a bounded number of connections, a clean end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
LINE_LIMIT = 16_384
_MOST_CONNECTIONS = 100
_STOP_SECONDS = 10.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[socket.socket], Awaitable[None]]
"""What a server does with one accepted connection; it may be cancelled at any time and closes what it opened."""
Reply = Callable[[bytes], bytes]
"""The answer to one datagram; empty where there is none."""


def bound_socket(address: str = LOOPBACK) -> socket.socket:
    """A socket on a free port, not yet listening: until it listens, whoever connects is refused. Raises OSError."""
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY); else each costs some 40 ms.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.bind((address, 0))
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def bound_datagrams(port: int, address: str = LOOPBACK) -> socket.socket:
    """A socket for datagrams on the port that a listener of ours has. Raises OSError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


@asynccontextmanager
async def streams(connection: socket.socket, tls: ssl.SSLContext | None = None) -> AsyncIterator[Streams]:
    """A reader and a writer for an accepted connection, after the TLS handshake where there is one. Raises OSError.

    At the end the visitor gets two seconds to say goodbye; none where the shop is closing.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_LIMIT, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection,
        ssl=tls,
        ssl_handshake_timeout=5 if tls else None,
        ssl_shutdown_timeout=1 if tls else None,
    )
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    try:
        yield reader, writer
    except asyncio.CancelledError:
        transport.abort()
        raise
    finally:
        with suppress(OSError):
            async with asyncio.timeout(2):
                writer.close()
                await writer.wait_closed()
        transport.abort()


class Servers:
    """Servers of several sockets in one thread of their own."""

    def __init__(self) -> None:
        self._talks: list[tuple[socket.socket, Talk]] = []
        self._replies: list[tuple[socket.socket, Reply]] = []
        self._thread = threading.Thread(target=self._run, name="demo-shop", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._talking: set[asyncio.Task[None]] = set()

    def add(self, listener: socket.socket, talk: Talk) -> None:
        """Serve a bound socket; before start."""
        self._talks.append((listener, talk))

    def add_datagrams(self, bound: socket.socket, reply: Reply) -> None:
        """Answer datagrams at a bound socket; before start."""
        self._replies.append((bound, reply))

    def start(self) -> None:
        """Listen. When this returns, every port answers. Raises OSError."""
        for listener, _ in self._talks:
            listener.listen(_MOST_CONNECTIONS)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Hang up on everybody and end the thread."""
        if self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        asyncio.run(self._serve_all())

    async def _serve_all(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        # Half-open and broken handshakes are what a scanner does all day; they are nobody's news.
        self._loop.set_exception_handler(lambda _, context: _log.debug("%s", context.get("message")))
        for listener, talk in self._talks:
            self._loop.add_reader(listener, self._accept, listener, talk)
        for bound, reply in self._replies:
            self._loop.add_reader(bound, _answer, bound, reply)
        self._ready.set()
        await self._stopping.wait()
        for bound, _ in self._replies:
            self._loop.remove_reader(bound)
            bound.close()
        for listener, _ in self._talks:
            self._loop.remove_reader(listener)
            listener.close()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)

    def _accept(self, listener: socket.socket, talk: Talk) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:  # the visitor left before we answered
            return
        if len(self._talking) >= _MOST_CONNECTIONS:
            connection.close()
            return
        connection.setblocking(False)
        task = asyncio.create_task(_talk(talk, connection))
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)
        task.add_done_callback(lambda _: connection.close())  # here, since a task cancelled before its start runs no finally


def _answer(bound: socket.socket, reply: Reply) -> None:
    with suppress(OSError):  # nobody may be there any more
        request, sender = bound.recvfrom(LINE_LIMIT)
        if answer := reply(request):
            bound.sendto(answer, sender)


async def _talk(talk: Talk, connection: socket.socket) -> None:
    try:
        with suppress(OSError, EOFError):
            await talk(connection)
    except Exception:
        _log.exception("the demo shop failed in a connection")
