"""Asks a few pages as a script of another site would, and once for a page that does not exist."""

from __future__ import annotations

import asyncio

import httpx

from scanner.evidence import Answer, CrossOrigin, CrossOriginAnswer, PageKind, Pages, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.http.fetcher import HEAD_BYTES, PROBE_BYTES, Fetcher, without_secrets
from scanner.text.clock import Clock

ERROR_PAGE = "/shopwarden-asks-for-no-such-page.html"
TELLING = (PageKind.ACCOUNT, PageKind.LOGIN, PageKind.CART, PageKind.CHECKOUT)
"""Pages whose content differs from visitor to visitor, the most telling first."""


@gatherer(ceiling="6 requests", doing="Asking as another site's script would")
async def cross_origin(fetcher: Fetcher, pages: Pages, clock: Clock) -> CrossOrigin:
    """The home page with three foreign origins, two pages with a visitor's own content with one of them."""
    home = httpx.URL(pages.home.address)
    before, behind = foreign_origins(home.raw_host.decode())  # as it travels: an origin is ASCII (RFC 6454 6.2)
    personal = [page.address for kind in TELLING for page in pages.others if page.kind is kind][:2]
    wanted = [(pages.home.address, origin) for origin in (before, behind, "null")]
    wanted += [(address, before) for address in personal]
    asked = await asyncio.gather(*(_ask(fetcher, address, origin) for address, origin in wanted))
    error_page = await _ask(fetcher, str(home.join(ERROR_PAGE)), "", PROBE_BYTES)  # a debug mode says so at its end
    answers = tuple(CrossOriginAnswer(*one, answer) for one, answer in zip(wanted, asked, strict=True))
    return CrossOrigin(answers, error_page, clock.now())


def foreign_origins(host: str) -> tuple[str, str]:
    """Two strangers: one whose name begins like the shop's, one whose name ends like it. A server that lets in everybody lets in
    both; one that compares carelessly, one of them."""
    return f"https://{host}.shopwarden-check.example", f"https://shopwarden-check-{host}"


async def _ask(fetcher: Fetcher, address: str, origin: str, most: int = HEAD_BYTES) -> Answer | Unavailable:
    try:
        return without_secrets(await fetcher.ask_from(address, origin, most=most))
    except CouldNotGather as reason:
        return Unavailable(str(reason))
