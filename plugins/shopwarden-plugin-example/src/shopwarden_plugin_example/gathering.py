"""Asks for the address, through shopwarden's own client: polite, bounded, guarded and within a share of the budget."""

from __future__ import annotations

from scanner import Answer, Arrival, CouldNotGather, Share, Unavailable, gatherer
from scanner.gatherers.http.fetcher import Fetcher
from scanner.text.clock import Clock
from shopwarden_plugin_example.evidence import ChangePassword

PLACE = "/.well-known/change-password"
CONTROL = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
"""Both from the W3C's draft "A Well-Known URL for Changing Passwords", read 2026-11-30."""

SHARE = Share("change-password", 2)
"""Its own part of the requests of a scan: what others send takes nothing from it, and it takes nothing from them."""


@gatherer(ceiling="2 requests", doing="Looking where passwords are changed", share=SHARE)
async def change_password(fetcher: Fetcher, arrival: Arrival, clock: Clock) -> ChangePassword:
    """Two requests, where the shop was found; redirects are not followed, since the first answer says all."""
    there = await _ask(fetcher, arrival.origin + PLACE)
    control = await _ask(fetcher, arrival.origin + CONTROL)
    return ChangePassword(there, control, clock.now())


async def _ask(fetcher: Fetcher, address: str) -> Answer | Unavailable:
    try:
        return await fetcher.get(address, SHARE)
    except CouldNotGather as reason:
        return Unavailable(str(reason))
