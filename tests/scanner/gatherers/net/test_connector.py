"""Connections to services, on loopback sockets."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter

import pytest

from scanner.evidence import Closed
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net import connector as module
from scanner.gatherers.net.connector import Connection, Connector, Doors, web_port
from scanner.gatherers.net.guard import Names, RefusedAddress
from scanner.scope.target import Target
from scanner.text.clock import StoppedClock
from tests.connectors import HOST, NOW, closed_port, look, unanswering_port
from tests.loopback import serving

pytestmark = pytest.mark.idle_time


async def quiet(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)


async def test_an_open_port_is_open_and_counted() -> None:
    async with serving(quiet) as port:
        seen = look()
        found = await seen.connector.open("ftp", port, 1)
        assert isinstance(found, Connection)
        assert seen.counts["ftp"] == 1
        found.writer.close()
        await found.writer.wait_closed()
    assert seen.connector.now() == NOW


async def test_a_refusing_port_is_closed() -> None:
    port = closed_port()
    seen = look()
    assert await seen.connector.open("ssh", port, 1) == Closed(f"{HOST} refuses connections on port {port}.")
    assert seen.counts == {"dns": 1, "ssh": 1}


async def test_a_closed_port_is_knocked_at_once_for_all_shops_at_an_address() -> None:
    """Each is told in its own name, also those that ask meanwhile."""
    port, doors = closed_port(), Doors()
    shops = [look(host=f"shop{number}.example", doors=doors) for number in range(3)]
    found = await asyncio.gather(*(shop.connector.open("ssh", port, 1) for shop in shops[:2]))
    found.append(await shops[2].connector.open("ssh", port, 1))
    assert found == [Closed(f"shop{number}.example refuses connections on port {port}.") for number in range(3)]
    assert sum(shop.counts["ssh"] for shop in shops) == 1
    other = look(address="127.0.0.2", doors=doors)
    assert isinstance(await other.connector.open("ssh", port, 1), Closed)
    assert other.counts["ssh"] == 1


async def test_what_is_not_closed_or_not_certain_each_shop_finds_out_for_itself() -> None:
    doors = Doors()
    async with serving(quiet) as web:
        shops = [look(doors=doors) for _ in range(2)]
        for found in await asyncio.gather(*(shop.connector.open("ftp", web, 1) for shop in shops)):
            assert isinstance(found, Connection)
            found.writer.close()
        assert [shop.counts["ftp"] for shop in shops] == [1, 1]
        with unanswering_port() as port:
            with pytest.raises(CouldNotGather, match="time was used up"):
                await look(seconds=0.05, doors=doors).connector.connect("ftp", port, web)
            assert isinstance(await look(doors=doors).connector.connect("ftp", port, web), Closed)
            third = look(doors=doors)
            assert isinstance(await third.connector.connect("ftp", port, web), Closed)
            assert third.counts["ftp"] == 0


async def test_two_unanswered_connects_are_closed_while_the_web_port_answers() -> None:
    async with serving(quiet) as web:
        with unanswering_port() as port:
            seen = look()
            found = await seen.connector.connect("ftp", port, web)
    assert isinstance(found, Closed)
    assert "left two connections" in found.because
    assert seen.counts == {"dns": 1, "ftp": 2, "other": 1}


async def test_unanswered_connects_are_unknown_when_the_web_port_is_silent_too() -> None:
    with unanswering_port() as port, unanswering_port() as web, pytest.raises(CouldNotGather, match="answered neither on port"):
        await look().connector.connect("ftp", port, web)


async def test_an_attempt_cut_short_by_the_scans_time_is_unknown() -> None:
    async with serving(quiet) as web:
        with unanswering_port() as port, pytest.raises(CouldNotGather, match="time was used up"):
            await look(seconds=0.05).connector.connect("ftp", port, web)
    with pytest.raises(CouldNotGather, match="time was used up"):
        await look(seconds=0).connector.connect("ftp", 1, web)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254"])
async def test_private_addresses_are_refused_unless_allowed(address: str) -> None:
    seen = look(address=address, private=False)
    with pytest.raises(RefusedAddress):
        await seen.connector.connect("ftp", 21, 80)
    assert seen.counts["ftp"] == 0


async def test_some_addresses_are_never_connected_to() -> None:
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"):
        with pytest.raises(RefusedAddress):
            await look(address=address).connector.connect("ftp", 21, 80)


async def test_the_second_address_is_tried_and_then_kept() -> None:
    asked: list[str] = []

    async def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.9", "127.0.0.1", "127.0.0.3")

    async with serving(quiet) as port:
        target = Target.of(f"http://{HOST}/", allow_private=True)
        counts: Counter[str] = Counter()
        connector = Connector(target, Names(target, resolve, counts), counts, StoppedClock(NOW), lambda: 60.0)
        for expected in (2, 3):  # refused and answered; then answered at once
            found = await connector.connect("ftp", port, 80)
            assert isinstance(found, socket.socket)
            assert found.getpeername()[0] == "127.0.0.1"
            found.close()
            assert counts["ftp"] == expected
    assert asked == [HOST]


async def test_no_way_there_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_route(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", no_route)
    with pytest.raises(CouldNotGather, match="found no way"):
        await look().connector.connect("ftp", 21, 80)


async def test_a_firewall_of_our_own_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", forbidden)
    with pytest.raises(CouldNotGather, match="Operation not permitted"):
        await look().connector.connect("ftp", 21, 80)


async def test_a_firewall_of_theirs_that_says_no_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async with serving(quiet) as web:

        async def prohibited(sock: socket.socket, address: tuple[str, int]) -> None:
            if address[1] != web:
                raise OSError(113, "No route to host")
            await connect(sock, address)

        monkeypatch.setattr(loop, "sock_connect", prohibited)
        assert isinstance(await look().connector.connect("ftp", 21, web), Closed)


def test_the_web_port_follows_the_ports_given() -> None:
    seen = look(web=8080)
    assert web_port(seen.arrival, seen.target) == 8080
    https = Target.of("https://shop.example/", ports={"https": 8443})
    assert web_port(type(seen.arrival)(seen.arrival.welcome, "https://shop.example", "/", NOW), https) == 8443
