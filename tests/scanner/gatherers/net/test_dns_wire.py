"""What a name server sends is bounded before it is read, and what is no answer is passed over."""

from __future__ import annotations

import asyncio
import struct

import dns.exception
import dns.flags
import dns.message
import dns.rrset
import pytest

from scanner.gatherers.net import dns as dns_module
from scanner.gatherers.net.dns import MEMORY_AN_ANSWER, Dns
from scanner.gatherers.net.dns_wire import MOST_BYTES, MOST_RECORDS_READ, TooMuch, ask, read
from tests.loopback import serving
from tests.signed_names import signed_tree
from tests.zones import served

QUERY = dns.message.make_query("petalandstem.example.", "TXT", id=4711)


def answer(*texts: str) -> bytes:
    said = dns.message.make_response(QUERY)
    said.answer.append(dns.rrset.from_text_list("petalandstem.example.", 60, "IN", "TXT", [f'"{text}"' for text in texts]))
    return said.to_wire()


def counted(records: int) -> bytes:
    """A header that promises so many records."""
    return answer("x")[:6] + struct.pack(">H", records) + answer("x")[8:]


def test_an_answer_is_read() -> None:
    found = read(QUERY, answer("v=spf1 -all"))
    assert found is not None
    assert found.answer[0][0].strings == (b"v=spf1 -all",)


@pytest.mark.parametrize(
    "wire",
    [counted(MOST_RECORDS_READ + 1), answer(*(f"{n:0>250}" for n in range(MOST_BYTES // 250 + 1)))],
    ids=["records", "bytes"],
)
def test_what_is_longer_than_anybody_needs_is_not_even_read(wire: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns.message, "from_wire", lambda *_: pytest.fail("read"))
    with pytest.raises(TooMuch):
        read(QUERY, wire)


@pytest.mark.parametrize(
    "wire",
    [b"", b"\0", QUERY.to_wire(), (QUERY.id ^ 1).to_bytes(2, "big") + answer("x")[2:]],
    ids=["empty", "short", "question", "id"],
)
def test_what_is_no_answer_is_none(wire: bytes) -> None:
    assert read(QUERY, wire) is None


def test_what_is_cut_off_is_not_read() -> None:
    wire = bytearray(answer("x"))
    wire[2] |= 0x02
    found = read(QUERY, bytes(wire[:20]))
    assert found is not None
    assert found.flags & dns.flags.TC
    assert not found.answer


class Floods(asyncio.DatagramProtocol):
    """Sends what everybody can send before what was asked for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        right = data[:2] + answer("right")[2:]
        for wire in (b"\xff" * 40, (QUERY.id ^ 1).to_bytes(2, "big") + answer("wrong")[2:], right[:25], right):
            self.transport.sendto(wire, addr)  # type: ignore[attr-defined]


async def test_what_everybody_can_send_is_passed_over() -> None:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Floods, local_addr=("127.0.0.1", 0))
    try:
        found, _ = await ask(QUERY, *transport.get_extra_info("sockname"), 20.0)
    finally:
        transport.close()
    assert found.answer[0][0].strings == (b"right",)


async def test_a_long_answer_by_tcp_is_left_at_its_length() -> None:
    class Cut(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: object) -> None:
            self.transport.sendto(data[:2] + b"\x83\x00" + bytes(8), addr)  # type: ignore[attr-defined]

    read_by_client = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal read_by_client
        writer.write(struct.pack(">H", 65_535))
        while read_by_client < 100_000_000:
            writer.write(bytes(65_536))
            read_by_client += 65_536
            await writer.drain()

    async with serving(talk) as port:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Cut, local_addr=("127.0.0.1", port))
        try:
            with pytest.raises(TooMuch):
                await ask(QUERY, "127.0.0.1", port, 20.0)
        finally:
            transport.close()
    assert read_by_client < 20_000_000  # what the sockets' buffers took


def test_what_is_remembered_is_bounded_by_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = signed_tree()
    monkeypatch.setattr(dns_module, "MOST_MEMORY", 40 * MEMORY_AN_ANSWER)

    async def run() -> tuple[int, list[str]]:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            for number in range(60):
                await dns.ask(f"n{number}.signed.example", "A", validated=False)
            first = len(tree.asked)
            await dns.ask("n59.signed.example", "A", validated=False)
            await dns.ask("n0.signed.example", "A", validated=False)
            return len(dns._messages), [name for name, _ in tree.asked[first:]]

    remembered, again = asyncio.run(run())
    assert remembered <= 40
    assert again == ["n0.signed.example"]
