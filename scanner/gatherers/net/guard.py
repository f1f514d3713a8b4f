"""Names and addresses: where a connection may go.

Every connection of the HTTP client passes ``GuardedBackend``, which resolves the name once, checks each address at the moment
of connecting, and connects to the checked address itself: a second look-up that answers otherwise (rebinding) is never made.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import sys
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import httpcore
import httpx

from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net.leniency import MendedStream
from scanner.gatherers.net.resolver import NameUnanswered, Resolve, of_others
from scanner.scope.addresses import IPAddress
from scanner.scope.target import Target, as_address

# httpcore asks it at each request, several times, which event loop there is, and takes asyncio's where nobody has it. That nobody
# has it is remembered (the import system's own way), in place of a search of the whole path each time.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

CONNECT_SECONDS = 10.0
RESOLVE_SECONDS = 10.0
MOST_ADDRESSES = 4


class RefusedAddress(CouldNotGather):
    """The name leads only to addresses that we may not connect to."""


class PortClosed(CouldNotGather):
    """The port refuses connections."""


class PortSilent(CouldNotGather):
    """The port leaves a connection attempt unanswered."""


class Names:
    """The addresses that the target's names may be connected at; each name is looked up once a scan."""

    def __init__(self, target: Target, resolve: Resolve, counts: Counter[str]) -> None:
        self._target = target
        self._resolve = resolve
        self._resolve_other = of_others(resolve)
        self._counts = counts
        self._known: dict[str, asyncio.Task[tuple[IPAddress, ...]]] = {}

    async def allowed(self, host: str) -> tuple[IPAddress, ...]:
        """The addresses of one of the target's names that we may connect to. Raises CouldNotGather's children."""
        host = host.lower().strip("[]")
        if host not in self._target.names:
            raise RefusedAddress(f"{host} is not one of the shop's names.")
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._look_up(host))
        return await asyncio.shield(self._known[host])

    def port(self, host: str, port: int) -> int:  # noqa: ARG002  other names may have other ports
        """The port to really connect to for a web port of a name."""
        return self._target.connect_port(port)

    def received(self, size: int) -> None:
        """Count bytes that arrived on a connection to one of these names."""
        self._counts["bytes"] += size

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Where a name leads that the owner wrote himself beside those of his shop. Raises NoSuchName, NameUnanswered."""
        return tuple(await self._addresses(host.lower(), self._resolve))

    async def anywhere(self, host: str) -> tuple[IPAddress, ...]:
        """Where any name leads: to compare, never to connect there. Raises NoSuchName, NameUnanswered."""
        return tuple(ipaddress.ip_address(text) for text in await self._addresses(host.lower(), self._resolve_other))

    async def _look_up(self, host: str) -> tuple[IPAddress, ...]:
        found = [ipaddress.ip_address(text) for text in await self._addresses(host, self._resolve)]
        refusals = {address: self._target.refuses(address) for address in found}
        allowed = tuple(address for address, refusal in refusals.items() if refusal is None)
        if not allowed:
            reasons = "; ".join(dict.fromkeys(refusal for refusal in refusals.values() if refusal))
            raise RefusedAddress(reasons or f"The name {host} has no address.")
        return allowed[:MOST_ADDRESSES]

    async def _addresses(self, host: str, resolve: Resolve) -> Iterable[str]:
        """The addresses that a name is written as, that ``--resolve`` gives, or that the resolver knows."""
        if as_address(host) is None and (given := self._given(host)) is not None:
            return given
        self._counts["dns"] += as_address(host) is None
        return await addresses_of(host, resolve)

    def _given(self, host: str) -> tuple[str, ...] | None:
        """``--resolve``; it counts for the name with and without ``www.`` alike, since both move together."""
        twin = host[4:] if host.startswith("www.") else "www." + host
        return self._target.resolve.get(host) or self._target.resolve.get(twin)


async def addresses_of(host: str, resolve: Resolve, seconds: float = RESOLVE_SECONDS) -> tuple[str, ...]:
    """Those that a name is written as, or that it leads to, within RESOLVE_SECONDS and these seconds.

    Raises NoSuchName, NameUnanswered.
    """
    if (literal := as_address(host)) is not None:
        return (str(literal),)
    most = min(seconds, RESOLVE_SECONDS)
    try:
        async with asyncio.timeout(most):
            return await resolve(host)
    except TimeoutError as error:
        raise NameUnanswered(f"The name {host} could not be looked up: no answer within {most:.3g} s.") from error


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only where these names lead, on the ports that they give."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a checked address. Raises RefusedAddress, PortClosed, PortSilent."""
        addresses = await self._names.allowed(host)
        port = self._names.port(host, port)
        failure: CouldNotGather = PortClosed(f"{host} refuses connections on port {port}.")
        for address in addresses:
            try:
                opened = await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
                return MendedStream(opened, self._names.received)
            except httpcore.ConnectTimeout:
                failure = PortSilent(f"{host} does not answer on port {port}.")
            except httpcore.ConnectError as error:
                failure = PortClosed(f"{host} refuses connections on port {port} ({_reason(error)}).")
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002  the interface's signature
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise RefusedAddress("Only the shop's own addresses are connected to.")

    async def sleep(self, seconds: float) -> None:
        """As the interface asks."""
        await asyncio.sleep(seconds)


def guarded_client(names: Names, connections: int, context: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """A client that connects only where these names lead, whatever the certificate unless a context is given.

    httpx has no public argument for the network backend, hence the pin and ``test_network``'s guard.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    transport = httpx.AsyncHTTPTransport(verify=context or _web_context(), trust_env=False, limits=limits, retries=0)
    transport._pool._network_backend = GuardedBackend(names)  # noqa: SLF001  no public seam (httpx PR 3749)
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False, timeout=CONNECT_SECONDS)


@lru_cache(maxsize=1)
def reading_context() -> ssl.SSLContext:
    """For reading, not judging: old protocols and bad certificates must not hide the rest of the shop. It offers no protocol."""
    return _context()


@lru_cache(maxsize=1)
def _web_context() -> ssl.SSLContext:
    """The HTTP client's own: that writes into it that HTTP is offered (ALPN, RFC 7301), and mail and file servers which look at
    the offer hang up, as Exim does."""
    return _context()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def _reason(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if number else type(error).__name__
