"""Replies in lines, from servers that behave and from servers that do not."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from scanner.gatherers.net.connector import Connection
from scanner.gatherers.net.line_protocol import CLOSE_SECONDS, REPLY_BYTES, REPLY_LINES, Broken, Conversation, Reply
from tests.connectors import look
from tests.idle_time import clock
from tests.loopback import Handler, serving
from tests.patience import cpu

pytestmark = pytest.mark.idle_time


@asynccontextmanager
async def talking(handler: Handler, seconds: float = 5) -> AsyncIterator[Conversation]:
    async with serving(handler) as port:
        seen = look()
        found = await seen.connector.open("other", port, 1)
        assert isinstance(found, Connection)
        async with Conversation(found, "FTP", lambda: seconds, seen.connector.received) as conversation:
            yield conversation


def sending(*chunks: bytes, gap: float = 0) -> Handler:
    """Send the chunks, then wait for the other side to leave."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(gap)
        await reader.read()

    return handle


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (b"220 Welcome.\r\n", Reply(220, ("Welcome.",))),
        (b"220 Welcome.\n", Reply(220, ("Welcome.",))),
        (b"220\r\n", Reply(220, ("",))),
        (b"220 \r\n", Reply(220, ("",))),
        (b"211-Features:\r\n AUTH TLS\r\n UTF8\r\n211 End\r\n", Reply(211, ("Features:", " AUTH TLS", " UTF8", "End"))),
        (b"220-one\r\n220-two\r\n220 three\r\n", Reply(220, ("one", "two", "three"))),
        (b"220-one\r\n331 not the end\r\n220 end\r\n", Reply(220, ("one", "331 not the end", "end"))),
        ("220 Grüße \u202e\x1b[2J\x00\r\n".encode(), Reply(220, ("Grüße ‹U+202E›‹U+001B›[2J‹U+0000›",))),
        (b"220 \xff\xfe\r\n", Reply(220, ("\ufffd\ufffd",))),
    ],
)
async def test_replies(sent: bytes, reply: Reply) -> None:
    async with talking(sending(sent)) as conversation:
        assert await conversation.reply() == reply


async def test_a_reply_in_pieces() -> None:
    async with talking(sending(b"22", b"0 Wel", b"come\r", b"\n", gap=0.01)) as conversation:
        assert (await conversation.reply()).text == "Welcome"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak FTP; it says “SSH-2.0-OpenSSH_9.6”"),
        (b"\x15\x03\x01\x00\x02\x02", "did not answer"),
        (b"\x16\x03\n", "does not speak FTP"),
        (b"099 low\r\n", "does not speak FTP"),
        (b"999 high\r\n", "does not speak FTP"),
        ("٢٢٠ other digits\r\n".encode(), "does not speak FTP"),
        (b"220x\r\n", "does not speak FTP"),
        (b"\r\n", "does not speak FTP"),
        (b"220-" + b"x" * 5000 + b"\r\n", "a line of more than 4096 bytes"),
        (b"x" * 100_000, "a line of more than 4096 bytes"),
        (b"220-more\r\n" * (REPLY_LINES + 5), "had no end"),
        ((b"220-" + b"y" * 2000 + b"\r\n") * 20, "had no end"),
    ],
)
async def test_what_is_no_reply(sent: bytes, why: str) -> None:
    async with talking(sending(sent), seconds=0.5) as conversation:
        with pytest.raises(Broken, match=why):
            await conversation.reply()


async def test_an_endless_reply_costs_neither_time_nor_memory() -> None:
    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-" + b"z" * 50 + b"\r\n")
            await writer.drain()

    tracemalloc.start()
    with cpu(5):
        async with talking(endless) as conversation:
            with pytest.raises(Broken, match="had no end"):
                await conversation.reply()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * REPLY_BYTES


async def test_one_byte_at_a_time_ends_with_the_deadline() -> None:
    began = clock()
    async with talking(sending(*(b"2" for _ in range(100)), gap=0.05), seconds=0.3) as conversation:
        with pytest.raises(Broken, match="did not answer within"):
            await conversation.reply()
    assert clock() - began == pytest.approx(0.3, abs=0.05)


async def test_a_closed_connection_is_told() -> None:
    async def leave(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with talking(leave) as conversation:
        with pytest.raises(Broken, match="closed the connection without an answer"):
            await conversation.reply()

    async def half(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 Wel")

    async with talking(half) as conversation:
        with pytest.raises(Broken, match="in the middle of a line: “220 Wel”"):
            await conversation.reply()


async def test_a_reset_is_told() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.transport.abort()

    async with talking(reset) as conversation:
        await conversation.reply()
        with pytest.raises(Broken):
            await conversation.ask("NOOP")


async def test_farewell_waits_for_nobody() -> None:
    began = clock()
    async with talking(sending(b"220 x\r\n")) as conversation:
        await conversation.reply()
        await conversation.farewell()
    assert clock() - began <= CLOSE_SECONDS
