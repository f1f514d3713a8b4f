"""What a resolver would say of the demo shop's made-up names. Nobody is asked; the shop's own name server says the rest."""

from __future__ import annotations

from scanner.gatherers.net.resolver import NoSuchName
from shopwarden.demo.connections import LOOPBACK
from shopwarden.demo.site import CDN, MAIL_HOST, NAMES, POLICY_HOST, STAGE


async def look_up(host: str) -> tuple[str, ...]:
    """In the place of the system's resolver. Raises NoSuchName."""
    if host in {*NAMES, STAGE, CDN, MAIL_HOST, POLICY_HOST}:
        return (LOOPBACK,)
    raise NoSuchName(f"The name {host} has no address.")
