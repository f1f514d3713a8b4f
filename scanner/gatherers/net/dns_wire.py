"""One question to one name server, by UDP and, where its answer does not fit, by TCP; what comes back is bounded before it is
read.

An answer may have 65,535 bytes and thousands of records, each of which costs time to read and ten times its bytes of memory. No
shop needs so many: what is longer is no answer.
"""

from __future__ import annotations

import asyncio
import contextlib

import dns.exception
import dns.flags
import dns.message

MOST_BYTES = 16_384
"""Of one answer. The longest that shops have are their TXT records and their keys: up to some 5,000."""
MOST_RECORDS_READ = 500
"""Of one answer, all its sections."""
HEADER = 12


class TooMuch(Exception):
    """An answer that is longer than anybody needs."""

    def __str__(self) -> str:
        return "an answer that is longer than anybody needs"


def read(query: dns.message.Message, wire: bytes) -> dns.message.Message | None:
    """The answer to a question; None where it is none. One that was cut off holds nothing but its header. Raises TooMuch,
    dns.exception.DNSException."""
    if len(wire) < HEADER or wire[:2] != query.id.to_bytes(2, "big"):
        return None
    if len(wire) > MOST_BYTES or sum(_counts(wire)[1:]) > MOST_RECORDS_READ:
        raise TooMuch
    flags = int.from_bytes(wire[2:4], "big")
    if flags & dns.flags.TC:
        cut = dns.message.Message(query.id)
        cut.flags = flags
        return cut if flags & dns.flags.QR else None
    try:
        message = dns.message.from_wire(wire)
    except (ValueError, NotImplementedError, AttributeError) as error:  # what it has no words of its own for
        raise dns.exception.FormError from error
    return message if query.is_response(message) else None


def _counts(wire: bytes) -> tuple[int, ...]:
    """Of questions, answers, authorities, additional records (RFC 1035 4.1.1)."""
    return tuple(int.from_bytes(wire[at : at + 2], "big") for at in range(4, HEADER, 2))


async def ask(query: dns.message.Message, address: str, port: int, seconds: float) -> tuple[dns.message.Message, int]:
    """The answer, and how many bytes it has. seconds: by UDP, and by TCP again.

    Raises TooMuch, dns.exception.DNSException, OSError, EOFError, TimeoutError.
    """
    wire = query.to_wire()
    async with asyncio.timeout(seconds):
        message, size = await _by_udp(query, wire, address, port)
    if not message.flags & dns.flags.TC:
        return message, size
    async with asyncio.timeout(seconds):
        return await _by_tcp(query, wire, address, port)


class _Waiting(asyncio.DatagramProtocol):
    """Waits for the answer; what is none is passed over, as anybody can send datagrams."""

    def __init__(self, query: dns.message.Message) -> None:
        self._query = query
        self.answer: asyncio.Future[tuple[dns.message.Message, int]] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  asyncio calls it so, and the socket is connected
        if self.answer.done():
            return
        try:
            message = read(self._query, data)
        except TooMuch as error:
            self.answer.set_exception(error)
        except dns.exception.DNSException:
            return
        else:
            if message is not None:
                self.answer.set_result((message, len(data)))

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _by_udp(query: dns.message.Message, wire: bytes, address: str, port: int) -> tuple[dns.message.Message, int]:
    transport, waiting = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Waiting(query), remote_addr=(address, port)
    )
    try:
        transport.sendto(wire)
        return await waiting.answer
    finally:
        transport.close()
        if waiting.answer.done() and not waiting.answer.cancelled():
            _ = waiting.answer.exception()  # raised above, or nobody waits any more


async def _by_tcp(query: dns.message.Message, wire: bytes, address: str, port: int) -> tuple[dns.message.Message, int]:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(len(wire).to_bytes(2, "big") + wire)
        size = int.from_bytes(await reader.readexactly(2), "big")
        if size > MOST_BYTES:
            raise TooMuch
        message = read(query, await reader.readexactly(size))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if message is None:
        raise dns.exception.FormError
    return message, size
