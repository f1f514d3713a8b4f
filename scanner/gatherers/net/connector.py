"""Opens connections to the shop's services beside its web pages (FTP, SSH …), and says precisely how each attempt ended."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

from scanner.evidence import Arrival, Closed
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net.guard import Names
from scanner.scope.addresses import IPAddress
from scanner.scope.target import Target
from scanner.text.clock import Clock

CONNECT_SECONDS = 3.0
"""For one attempt. A first packet that was lost is sent again after one second (RFC 6298 2.1), so this is two packets."""
MOST_ADDRESSES = 2
"""Of the shop's addresses; with CONNECT_SECONDS this bounds a closed port to 18 s."""
LINE_BYTES = 4096


class _No(Enum):
    """How an attempt ended that brought no connection."""

    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NO_WAY = "no way"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection. The reader takes lines of at most LINE_BYTES; whoever asked for the connection closes it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class Doors:
    """Of all scans of a run: a port that was found closed is not knocked at again for another shop at the same addresses.

    closed: addresses, port and web port → how it is closed; None where it is not, or nobody knows.
    """

    closed: dict[tuple[tuple[IPAddress, ...], int, int], asyncio.Future[_No | None]] = field(default_factory=dict)


class Connector:
    """The only way to a service's port: to the shop's own checked addresses, counted, within the scan's time.

    names: which addresses are allowed. counts: connections by protocol (``ftp``, ``ssh``, ``other``) and ``bytes`` received.
    seconds_left: until the scan's time is up. doors: what the run has found closed.
    """

    def __init__(
        self,
        target: Target,
        names: Names,
        counts: Counter[str],
        clock: Clock,
        seconds_left: Callable[[], float],
        doors: Doors | None = None,
    ) -> None:
        self._target = target
        self._names = names
        self._counts = counts
        self._clock = clock
        self._seconds_left = seconds_left
        self._doors = doors or Doors()
        self._answered: dict[int, IPAddress] = {}

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._clock.now()

    def seconds(self, most: float) -> float:
        """What may be spent on something that would take ``most`` seconds. Raises CouldNotGather when nothing is left."""
        left = min(most, self._seconds_left())
        if left <= 0:
            raise CouldNotGather("The scan's time was used up before this could be looked at.")
        return left

    def received(self, size: int) -> None:
        """Count bytes that a connection brought."""
        self._counts["bytes"] += size

    async def open(self, protocol: str, port: int, beside: int) -> Connection | Closed:
        """Connect, for asyncio. Arguments, answer and errors as ``connect``."""
        found = await self.connect(protocol, port, beside)
        if isinstance(found, Closed):
            return found
        reader, writer = await asyncio.open_connection(sock=found, limit=LINE_BYTES)
        return Connection(reader, writer)

    async def connect(self, protocol: str, port: int, beside: int) -> socket.socket | Closed:
        """Connect to the shop's host.

        protocol: what to count it as. beside: the port that the shop's web server answers on; silence on ``port`` means
        *closed from here* only while that one answers. Once an address has answered, the same one is used again.
        Returns a connected, non-blocking socket, or Closed. Raises CouldNotGather where neither is certain.
        """
        host = self._target.host
        if port in self._answered:
            found = await self._found((self._answered[port],), protocol, port, beside)
        else:
            found = await self._found_once((await self._names.allowed(host))[:MOST_ADDRESSES], protocol, port, beside)
        if found is _No.UNANSWERED:
            return Closed(f"{host} left two connections to port {port} unanswered, while its web port {beside} answers.")
        if found is _No.REFUSED:
            return Closed(f"{host} refuses connections on port {port}.")
        if found is _No.NO_WAY:
            raise CouldNotGather(f"This computer found no way to {host}, port {port}.")
        return found

    async def _found_once(self, addresses: tuple[IPAddress, ...], protocol: str, port: int, beside: int) -> socket.socket | _No:
        """As ``_found``, unless another shop of the run found it closed, or is about to. An open door each opens for itself."""
        key, closed = (addresses, port, beside), self._doors.closed
        if (known := closed.get(key)) is not None:
            await asyncio.wait({known})
            if (how := known.result()) is not None:
                return how
            return await self._found(addresses, protocol, port, beside)
        told = closed[key] = asyncio.get_running_loop().create_future()
        try:
            found = await self._found(addresses, protocol, port, beside)
            told.set_result(found if found in {_No.REFUSED, _No.UNANSWERED} else None)
            return found
        finally:
            if not told.done():
                told.set_result(None)
            if told.result() is None:
                del closed[key]

    async def _found(self, addresses: tuple[IPAddress, ...], protocol: str, port: int, beside: int) -> socket.socket | _No:
        """A connected socket, or how the port is closed. Raises CouldNotGather where neither is certain."""
        host = self._target.host
        ends: dict[IPAddress, _No] = {}
        for address in addresses:
            found = await self._knock(protocol, address, port)
            if isinstance(found, socket.socket):
                return self._opened(found, address, port)
            ends[address] = found
        for address in [address for address, end in ends.items() if end is _No.UNANSWERED]:
            found = await self._knock(protocol, address, port)
            if isinstance(found, socket.socket):
                return self._opened(found, address, port)
            ends[address] = found
            if found is _No.UNANSWERED and not await self._answers(address, beside):
                raise CouldNotGather(f"{host} answered neither on port {port} nor, just then, on its web port {beside}.")
        if _No.UNANSWERED in ends.values():
            return _No.UNANSWERED
        return _No.REFUSED if _No.REFUSED in ends.values() else _No.NO_WAY

    def _opened(self, found: socket.socket, address: IPAddress, port: int) -> socket.socket:
        self._answered[port] = address
        return found

    async def _answers(self, address: IPAddress, port: int) -> bool:
        found = await self._knock("other", address, port)
        if isinstance(found, socket.socket):
            found.close()
            return True
        return False

    async def _knock(self, protocol: str, address: IPAddress, port: int) -> socket.socket | _No:
        """One attempt. Raises CouldNotGather where it was cut short by the scan's time, or this computer forbids it."""
        seconds = self.seconds(CONNECT_SECONDS)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        knocking: socket.socket | None = None
        try:
            knocking = socket.socket(family, socket.SOCK_STREAM)
            knocking.setblocking(False)
            self._counts[protocol] += 1
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(knocking, (str(address), port))
            opened, knocking = knocking, None
            return opened
        except TimeoutError:
            if seconds < CONNECT_SECONDS:
                raise CouldNotGather("The scan's time was used up before this could be looked at.") from None
            return _No.UNANSWERED
        except OSError as error:
            return _end(error, port)
        finally:
            if knocking is not None:
                knocking.close()


def web_port(arrival: Arrival, target: Target) -> int:
    """The port that the shop's home page really came from."""
    origin = urlsplit(arrival.origin)
    return target.connect_port(origin.port or (443 if origin.scheme == "https" else 80))


def _end(error: OSError, port: int) -> _No:
    if error.errno in {errno.ECONNREFUSED, errno.ECONNRESET}:
        return _No.REFUSED
    if error.errno in {errno.ETIMEDOUT, errno.EHOSTUNREACH}:
        return _No.UNANSWERED  # a firewall's "prohibited" (RFC 1812 5.2.7.1) reaches us as EHOSTUNREACH: worth a second look
    if error.errno in {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
        return _No.NO_WAY  # no IPv6 here, for instance: another of the shop's addresses may still do
    raise CouldNotGather(f"This computer could not connect to port {port} ({error.strerror or type(error).__name__}).") from error
