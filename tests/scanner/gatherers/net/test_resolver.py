"""No name makes another wait: not a silent one, and not twenty of others'."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.gatherers.net.resolver import MOST_OF_OTHERS, NameUnanswered, NoSuchName, SystemResolver, of_others

FOUND = [(socket.AF_INET6, 1, 6, "", ("2001:db8::1%eth0", 0, 0, 0)), (socket.AF_INET, 1, 6, "", ("192.0.2.7", 0))]


class Silence:
    """A resolver of the system's that says nothing about some names until it is told to."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: str, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        if host.startswith("silent"):
            self.over.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        if host.startswith("gone"):
            raise socket.gaierror(socket.EAI_NONAME, "no")
        return FOUND


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    made = Silence()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.over.set()


async def test_ipv4_comes_first_and_failures_have_words(silence: Silence) -> None:
    resolve = SystemResolver()
    assert await resolve("shop.example") == ("192.0.2.7", "2001:db8::1")
    with pytest.raises(NoSuchName, match="spelt right"):
        await resolve("gone.example")
    silence.over.set()
    with pytest.raises(NameUnanswered, match="just now"):
        await resolve("silent.example")


async def test_twenty_silent_names_of_others_delay_no_shop(silence: Silence) -> None:
    resolve = SystemResolver()
    hostile, innocent = of_others(resolve), of_others(resolve)
    waiting = [asyncio.ensure_future(hostile(f"silent{number}.example")) for number in range(20)]
    await asyncio.sleep(0)
    assert await resolve("shop.example")
    assert await innocent("cdn.example")
    while len(silence.asked) < MOST_OF_OTHERS + 2:
        await asyncio.sleep(0.01)
    assert sum(name.startswith("silent") for name in silence.asked) == MOST_OF_OTHERS
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    silence.over.set()


async def test_silent_shops_delay_no_other_shop(silence: Silence) -> None:
    resolve = SystemResolver()
    waiting = [asyncio.ensure_future(resolve(f"silent{number}.example")) for number in range(20)]
    await asyncio.sleep(0)
    assert await resolve("shop.example")
    silence.over.set()
    assert all(isinstance(one, NameUnanswered) for one in await asyncio.gather(*waiting, return_exceptions=True))


async def test_a_place_is_free_when_the_look_up_has_ended_and_not_before(silence: Silence) -> None:
    other = of_others(SystemResolver())
    for number in range(MOST_OF_OTHERS):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await other(f"silent{number}.example")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await other("cdn.example")
    silence.over.set()
    assert await other("cdn.example")
