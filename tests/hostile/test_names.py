"""Names that mislead: through the ``resolve`` seam, the whole scan."""

from __future__ import annotations

import asyncio

import pytest

from scanner.engine.scan import Order, scan
from scanner.gatherers.net import guard
from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName
from scanner.results.result import ScanResult, Status
from scanner.rules.verdicts import Inconclusive
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from tests.hostile.shop import shop
from tests.loopback import request_head, serving
from tests.patience import cpu
from tests.scanning import HOST, catalogue


async def scanned(resolve, port: int = 1, *, private: bool = True, seconds: float = 5) -> ScanResult:
    loaded = catalogue()
    ports = {"http": port, "https": 1, "ftp": 1, "ssh": 1}
    target = Target.of(f"http://{HOST}/", ports=ports, allow_private=private)
    options = ScanOptions(rate=1000, max_time=seconds, max_requests=60)
    return (await scan(Order(target, loaded.chosen(), options), loaded, resolve=resolve)).result


def unreachable(result: ScanResult, because: str) -> None:
    assert result.status is Status.UNREACHABLE
    assert because in (result.because or "")
    assert all(isinstance(judged.verdict, Inconclusive) and judged.verdict.because for judged in result.judged)
    assert result.requests.http == 0


async def test_a_name_server_that_does_not_answer() -> None:
    async def unanswered(host: str) -> tuple[str, ...]:
        await asyncio.sleep(0.1)
        raise NameUnanswered(f"The name {host} could not be looked up: no answer within 10 s.")

    unreachable(await scanned(unanswered), "could not be looked up")


async def test_a_name_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RESOLVE_SECONDS", 0.5)

    async def hangs(_host: str) -> tuple[str, ...]:
        await asyncio.sleep(3600)
        raise AssertionError

    result = await scanned(hangs, seconds=1)
    unreachable(result, "could not be looked up")


async def test_a_name_that_does_not_exist() -> None:
    async def none(host: str) -> tuple[str, ...]:
        raise NoSuchName(f"The name {host} has no address; is it spelt right?")

    unreachable(await scanned(none), "no address")


async def test_names_that_lead_inside_are_refused() -> None:
    for addresses in (
        ("127.0.0.1",),
        ("10.0.0.1", "192.168.0.1"),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("169.254.169.254",),
        ("0.0.0.0",),
        ("fe80::1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
    ):

        async def inside(_host: str, addresses: tuple[str, ...] = addresses) -> tuple[str, ...]:
            return addresses

        result = await scanned(inside, private=False)
        assert result.status is Status.UNREACHABLE, addresses
        assert result.requests.http == 0, addresses


async def test_even_with_leave_the_clouds_metadata_is_refused() -> None:
    async def metadata(_host: str) -> tuple[str, ...]:
        return ("169.254.169.254", "fe80::1", "::ffff:169.254.169.254")

    unreachable(await scanned(metadata), "never connected to")


async def test_a_name_is_looked_up_once_so_the_second_answer_leads_nowhere() -> None:
    lookups: list[str] = []

    async def rebinding(host: str) -> tuple[str, ...]:
        lookups.append(host)
        if lookups.count(host) == 1:
            return ("127.0.0.1",)
        return ("10.0.0.5",)

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_head(reader)
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        await shop()()(again, writer)

    async with serving(closing) as port:
        result = await scanned(rebinding, port)
    assert lookups.count(HOST) == 1
    assert result.status in {Status.COMPLETE, Status.PARTIAL}


async def test_addresses_without_end() -> None:
    async def many(_host: str) -> tuple[str, ...]:
        return tuple(f"127.0.{n // 250}.{n % 250 + 1}" for n in range(10_000))

    with cpu(10, threads=True):
        result = await scanned(many, seconds=5)
    assert result.status is Status.UNREACHABLE
    assert "refuses" in (result.because or "")
