"""What the shop's names show of their encryption: which addresses there are, and what a child process saw there.

sslyze brings two old OpenSSL of its own, which parse whatever a stranger sends; so it works in a process that knows no secret
(``apart``), by ``looking``. What that process had not yet told when it failed, or its time was up, is Unavailable.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.evidence import Arrival, TlsEndpoint, TlsScan, Unavailable
from scanner.evidence.codec import decode, known_classes
from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Failed, Pool
from scanner.gatherers.contract import CouldNotGather, NothingToGather, gatherer
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.resolver import NoSuchName
from scanner.gatherers.tls.looking import Errand, Place, unknown
from scanner.scope.target import Target
from scanner.text.clock import Clock

SECONDS = 90.0
"""For all names and addresses together, and never more than the scan has left."""
CONNECT_SECONDS = 3.0
MOST_NAMES = 4
LAST_WORDS = 3.0
"""Seconds in which a child whose time is up may say what it has."""
MOST_CONNECTIONS = 10_000
"""That a child may claim to have made."""

CHILDREN = Pool("scanner.gatherers.tls.looking", Limits(memory=150_000_000, cpu=60), orders=50, most=8)
"""Of the whole program: sslyze takes most of a second of the processor to be read."""
_CLASSES = known_classes([TlsEndpoint])


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The roots that certificates are verified by: certifi's, and those of ``--ca-file``."""

    ca_file: Path | None = None


@gatherer(ceiling="40 to 110 TLS connections to each address, 4 at once", doing="Testing the shop's encryption")
async def tls(fetcher: Fetcher, target: Target, arrival: Arrival, clock: Clock, store: TrustStore) -> TlsScan:
    """Every name at every address; protocols and weaknesses once where a name shows the same certificate as another.

    Raises NothingToGather where https is closed, CouldNotGather where none of the addresses could be looked at.
    """
    _check(store)
    port = target.connect_port(target.port if target.port is not None and target.scheme == "https" else 443)
    places, unseen = await _places(fetcher, target, port)
    doors = await _knock_all(fetcher, places)
    if places and all(door is _CLOSED for door in doors.values()):
        raise NothingToGather("The shop has no https yet; that comes first.")
    reached = [place for place in places if doors[place.address] is None]
    if not reached and places and arrival.origin.startswith("http://"):
        raise NothingToGather("Nothing answers by https, while http does; https comes first.")
    unseen += [(address, door) for address, door in doors.items() if isinstance(door, Unavailable) and not _no_way(door)]
    if not reached:
        raise CouldNotGather(unseen[0][1].because if unseen else "The shop has no address that can be looked at.")
    return TlsScan(await _looked_at(reached, store, fetcher), tuple(unseen), clock.now())


def _check(store: TrustStore) -> None:
    """Raises CouldNotGather where the file of ``--ca-file`` cannot be used."""
    if store.ca_file is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(store.ca_file)
    except OSError as error:  # an SSLError, too
        raise CouldNotGather(f"The file of --ca-file, {store.ca_file}, holds no certificates that can be read.") from error


async def _looked_at(places: list[Place], store: TrustStore, fetcher: Fetcher) -> tuple[TlsEndpoint, ...]:
    """Each place as the child saw it, or why it did not."""
    looked: list[TlsEndpoint] = []
    seconds = min(SECONDS, fetcher.seconds_left)
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    ca_file = store.ca_file.absolute() if store.ca_file is not None else None
    why = "The time for testing its encryption was used up."
    try:
        async with fetcher.within(seconds + LAST_WORDS), CHILDREN.child() as child:
            child.send(Errand(tuple(places), ca_file, ends - clock()))
            for place in places:
                said = await child.hear(ends - clock() + LAST_WORDS)
                looked.append(_told(said, place, fetcher))
            if await child.hear(LAST_WORDS) is not None:
                raise Failed("said more than it was asked")
    except TimeoutError:
        pass
    except Failed as reason:
        why = f"What it sent could not be read: the process that reads it {reason}."
    left = places[len(looked) :]
    return (*looked, *(unknown(place, Unavailable(f"{place.host} ({place.address}): {why}")) for place in left))


def _told(said: Any, place: Place, fetcher: Fetcher) -> TlsEndpoint:
    """What the child says of a place, and no other one. Raises Failed."""
    try:
        data, connections = said
        endpoint = decode(data, _CLASSES)
        if not isinstance(endpoint, TlsEndpoint) or place != Place(endpoint.host, endpoint.address, endpoint.port):
            raise ValueError
        fetcher.counts["tls"] += min(max(0, int(connections)), MOST_CONNECTIONS)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Failed("gave an answer that is none") from error
    return endpoint


async def _places(fetcher: Fetcher, target: Target, port: int) -> tuple[list[Place], list[tuple[str, Unavailable]]]:
    """Every allowed address of every name. A name that does not exist is none of the shop's."""
    places: list[Place] = []
    unseen: list[tuple[str, Unavailable]] = []
    for name in target.names[:MOST_NAMES]:
        try:
            places += [Place(name, str(address), port) for address in await fetcher.names.allowed(name)]
        except NoSuchName:
            continue
        except CouldNotGather as reason:
            unseen.append((name, Unavailable(str(reason))))
    return places, unseen


_CLOSED = Unavailable("The port is closed.")
_NO_WAY = Unavailable("This computer has no way to that address.")


def _no_way(door: Unavailable) -> bool:
    """No IPv6 here, for instance, or nothing listens on it: visitors then come by the other address."""
    return door is _NO_WAY or door is _CLOSED


async def _knock_all(fetcher: Fetcher, places: Iterable[Place]) -> dict[str, Unavailable | None]:
    """Address → None where it is open, or why it is not."""
    ports = {place.address: place.port for place in places}
    found = await asyncio.gather(*(_knock(fetcher, address, port) for address, port in ports.items()))
    return dict(zip(ports, found, strict=True))


async def _knock(fetcher: Fetcher, address: str, port: int) -> Unavailable | None:
    """Twice where it stays unanswered, so that one lost packet decides nothing."""
    for _ in range(2):
        fetcher.counts["tls"] += 1
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(address, port)
        except TimeoutError:
            continue
        except ConnectionError:
            return _CLOSED
        except OSError:
            return _NO_WAY
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return None
    return Unavailable(f"{address} does not answer on port {port}.")
