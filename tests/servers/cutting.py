"""Doors that stand before a server on loopback and end, silence or slow down what passes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct


class Cutter:
    """Stands before a server and ends connections: after so many of them, each nth one, after so many bytes of each, or instead of
    each alert. silent: it leaves them open without a word instead; quiet: it ends them in an orderly way instead of with a reset."""

    def __init__(
        self,
        port: int,
        *,
        connections: int = 10**9,
        every: int = 0,
        sent: int = 10**9,
        alerts: bool = True,
        silent: bool = False,
        quiet: bool = False,
    ) -> None:
        self.behind, self.connections, self.every, self.sent, self.alerts = port, connections, every, sent, alerts
        self.silent, self.quiet = silent, quiet
        self.seen = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        if self.seen > self.connections or (self.every and self.seen % self.every == 0):
            return await self._end(reader, writer)
        back, forth = await asyncio.open_connection("127.0.0.1", self.behind)
        to_server = asyncio.create_task(pump(reader, forth))
        left = self.sent
        try:
            with contextlib.suppress(ConnectionError):
                while left and (data := await back.read(min(left, 4096))):
                    if left == self.sent and data[0] == ALERT and not self.alerts:
                        left = 0
                        break
                    left -= len(data)
                    writer.write(data)
                    await writer.drain()
            if not left:
                to_server.cancel()
                await asyncio.gather(to_server, return_exceptions=True)
                await self._end(reader, writer)
        finally:
            to_server.cancel()
            forth.transport.abort()
        return None

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            while await reader.read(4096):
                pass
        elif not self.quiet:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


ALERT = 21
"""The first byte of an alert's record (RFC 8446 5.1)."""


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


class Dripper(Cutter):
    """Passes so many bytes on at once, the rest slowly. after: that many connections are left alone first."""

    def __init__(self, port: int, fast: int, *, after: int = 0) -> None:
        super().__init__(port)
        self.fast, self.after = fast, after

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        back, forth = await asyncio.open_connection("127.0.0.1", self.behind)
        to_server = asyncio.create_task(pump(reader, forth))
        left = self.fast if self.seen > self.after else 10**9
        try:
            with contextlib.suppress(ConnectionError):
                while data := await back.read(min(left, 4096) or 1):
                    left -= min(left, len(data))
                    writer.write(data)
                    await writer.drain()
                    await asyncio.sleep(0 if left else 0.2)
        finally:
            to_server.cancel()
            forth.transport.abort()
