"""What a resolver and the name servers would say of the demo shop's made-up names. Nobody is asked."""

from __future__ import annotations

from scanner.gatherers.net.dns import Dns
from scanner.gatherers.net.resolver import NoSuchName
from shopwarden.demo.connections import LOOPBACK
from shopwarden.demo.site import CDN, HOST, NAMES, STAGE

DOMAINS = frozenset({HOST, ".".join(CDN.split(".")[-2:])})


async def look_up(host: str) -> tuple[str, ...]:
    """In the place of the system's resolver. Raises NoSuchName."""
    if host in {*NAMES, STAGE, CDN}:
        return (LOOPBACK,)
    raise NoSuchName(f"The name {host} has no address.")


class DemoDns(Dns):
    """In the place of the name servers: there is the shop's domain and its library store's, and no other."""

    async def exists(self, domain: str) -> bool:
        """Whether a domain is there."""
        return domain in DOMAINS
