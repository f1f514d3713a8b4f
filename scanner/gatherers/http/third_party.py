"""Hosts of others that the shop's pages load from: where their names lead, and one GET of a file.

The one exception from "only the shop's own addresses" (docs/safety.md): scripts and styles, once each, without cookies, only at
public addresses or where ``--resolve`` says. Where the shop itself is in a private place (``--allow-private``), no name of others
is asked about outside: only ``--resolve`` counts.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import certifi
import httpx

from scanner.evidence import Answer, DnsAnswer, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.fetcher import CONNECTIONS, NO_COOKIES, USER_AGENT, Fetcher, keep_headers
from scanner.gatherers.net.dns import Dns
from scanner.gatherers.net.guard import MOST_ADDRESSES, RESOLVE_SECONDS, Names, RefusedAddress, addresses_of, guarded_client
from scanner.gatherers.net.resolver import NameUnanswered, Resolve
from scanner.scope.addresses import IPAddress
from scanner.scope.budget import Share
from scanner.scope.target import Target, as_address, host_of

FILE_BYTES = 4_000_000
FILES = Share("files", 30)
"""Scripts and styles that pages load, others\' and the shop\'s own."""
"""Bigger files are no scripts that a shop loads; what is over is not read, and the file counts as not whole."""
WEB_PORTS = frozenset({80, 443, 8080, 8443})
"""A page can name any port of any host; only these carry web sites."""


class NotLookedUp(CouldNotGather):
    """Nobody asked: with ``--allow-private``, names of others stay inside."""


class ForeignHosts:
    """A tool for gatherers. resolve: None where no name of others may be asked about."""

    def __init__(self, fetcher: Fetcher, resolve: Resolve | None, dns: Dns, ca_file: Path | None) -> None:
        self._fetcher = fetcher
        self._target = fetcher.target
        self._dns = dns
        self._names = _ForeignNames(self._target, resolve, fetcher.counts)
        self._ca_file = ca_file
        self._client: httpx.AsyncClient | None = None

    async def resolves(self, host: str) -> tuple[str, ...]:
        """Where the system's resolver says that a name leads; nothing is connected to. Raises NoSuchName, NameUnanswered,
        NotLookedUp."""
        return tuple(str(address) for address in await self._names.anywhere(host))

    async def looked_up(self, host: str) -> None:
        """Whether the resolver itself knows a name, whatever ``--resolve`` says. Raises as ``resolves``."""
        await self._names.asked(host)

    async def registered(self, domain: str) -> bool:
        """Whether the name servers know a domain. Raises NameUnanswered, NotLookedUp."""
        self._names.may_ask()
        self._fetcher.counts["dns"] += 1
        return await self._dns.exists(domain)

    async def records(self, name: str, kind: str) -> DnsAnswer | Unavailable:
        """What the name servers say of a name that a letter is proven by."""
        self._fetcher.counts["dns"] += 1
        return await self._dns.told(name, kind)

    async def get(
        self, address: str, *, share: Share = FILES, most: int | None = None, by: Resolve | None = None
    ) -> tuple[Answer, bytes]:
        """One GET as a browser asks for a file with an integrity attribute: with an ``Origin``, without cookies. No redirect is
        followed; the certificate must hold. by: who knows the host's addresses, in place of the system's resolver; each is
        checked all the same, and ``--resolve`` comes first. Raises CouldNotGather's children."""
        url = httpx.URL(address)
        if url.userinfo:
            raise RefusedAddress(f"The address of a file on {url.host} holds a user name, which is not ours to send.")
        host = host_of(url)
        if by is not None:
            self._names.ask_of(host, by)
        server = (await self._names.allowed(host))[0]
        if self._client is None:
            self._client = self._new_client()
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        headers["Origin"] = self._target.origin(self._target.scheme)
        return await self._fetcher.abroad(self._client, str(server), address, headers, share, most=most or FILE_BYTES)

    async def aclose(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            await self._client.aclose()

    def _new_client(self) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=certifi.where())
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        client = guarded_client(self._names, CONNECTIONS, context)
        client.cookies = NO_COOKIES
        client.event_hooks = {"response": [keep_headers]}
        return client


class _ForeignNames(Names):
    """Names of others may be connected at public addresses; private ones only where ``--resolve`` gives them. resolve: None where
    nobody may be asked."""

    def __init__(self, target: Target, resolve: Resolve | None, counts: Counter[str]) -> None:
        super().__init__(target, resolve or _nobody, counts)
        self._asks = resolve is not None
        self._by: dict[str, Resolve] = {}

    def ask_of(self, host: str, by: Resolve) -> None:
        """Look a name up in this way, also where nobody else may be asked about names of others."""
        self._by[host.lower()] = by

    def may_ask(self) -> None:
        """Raises NotLookedUp where nobody may be asked about a name."""
        if not self._asks:
            raise NotLookedUp(_WHY_NOT)

    async def allowed(self, host: str) -> tuple[IPAddress, ...]:
        """The addresses of a host that we may connect to. Raises RefusedAddress, NoSuchName, NameUnanswered, NotLookedUp."""
        host = host.lower().strip("[]")
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._look_up(host))
        return await asyncio.shield(self._known[host])

    async def _look_up(self, host: str) -> tuple[IPAddress, ...]:
        if self._target.allow_private and self._given(host) is None and host not in self._by:
            raise NotLookedUp(_WHY_NOT)
        found = await self.anywhere(host)
        allowed = tuple(address for address in found if self._target.refuses_of_others(host, address) is None)
        if not allowed and self._target.allow_private and self._given(host) is None:
            raise NotLookedUp(_WHY_NOT)
        if not allowed:
            raise RefusedAddress(f"{host} leads to no public address.")
        return allowed[:MOST_ADDRESSES]

    async def asked(self, host: str) -> None:
        """Ask the resolver about a name. Raises NoSuchName, NameUnanswered, NotLookedUp."""
        self.may_ask()
        self._counts["dns"] += 1
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                await self._resolve_other(host)
        except TimeoutError as error:
            raise NameUnanswered(f"The name {host} could not be looked up in time.") from error

    async def _addresses(self, host: str, resolve: Resolve) -> Iterable[str]:
        if as_address(host) is None and self._given(host) is None:
            if host in self._by:
                return await addresses_of(host, self._by[host])
            self.may_ask()
        return await super()._addresses(host, resolve)

    def port(self, host: str, port: int) -> int:
        """``--port`` counts for names that ``--resolve`` or a private place's name servers give: they say where a copy of the
        shop is. Behind other ports of the shop's own names may be its mail or FTP."""
        if host.lower() in self._target.names and port not in {80, 443, self._target.port}:
            raise RefusedAddress(f"Port {port} of {host} is none of the shop's web pages.")
        if self._given(host.lower()) is not None or (self._target.allow_private and host.lower() in self._by):
            return self._target.connect_port(port)
        if port not in WEB_PORTS:
            raise RefusedAddress(f"Port {port} of {host} is none for web sites.")
        return port


_WHY_NOT = "The shop is in a private place (--allow-private), so names of others were only looked at where --resolve gives them."


async def _nobody(_host: str) -> tuple[str, ...]:
    raise NotLookedUp(_WHY_NOT)
