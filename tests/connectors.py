"""A connector to services on loopback, for tests of the gatherers that use it."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanner.evidence import Arrival, Welcome
from scanner.gatherers.net.connector import Connector, Doors
from scanner.gatherers.net.guard import Names
from scanner.scope.target import SERVICES, Target
from scanner.text.clock import StoppedClock

NOW = datetime(2026, 5, 3, 2, 0, tzinfo=UTC)
HOST = "petalandstem.example"


@dataclass
class Look:
    """What a service's gatherer is called with."""

    arrival: Arrival
    target: Target
    connector: Connector
    counts: Counter[str] = field(default_factory=Counter)


def look(
    *,
    web: int = 1,
    host: str = HOST,
    address: str = "127.0.0.1",
    seconds: float = 60,
    private: bool = True,
    doors: Doors | None = None,
    **ports: int,
) -> Look:
    """web: the port that the shop's web server answers on. doors: what other shops of the run found closed. ports: service=port; every other one refuses, whatever else listens on
    this machine."""

    async def resolve(_host: str) -> tuple[str, ...]:
        return (address,)

    target = Target.of(f"http://{host}:{web}/", ports={**dict.fromkeys(SERVICES, 1), **ports}, allow_private=private)
    counts: Counter[str] = Counter()
    connector = Connector(target, Names(target, resolve, counts), counts, StoppedClock(NOW), lambda: seconds, doors)
    return Look(Arrival(Welcome.OPEN, f"http://{host}:{web}", "/", NOW, addresses=(address,)), target, connector, counts)


def closed_port() -> int:
    """A port of loopback that refuses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def unanswering_port() -> Iterator[int]:
    """A port of loopback that leaves connects unanswered: its queue is full and nobody takes from it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            yield int(address[1])
        finally:
            for one in waiting:
                one.close()
