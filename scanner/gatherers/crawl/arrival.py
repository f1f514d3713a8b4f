"""Reach the shop's home page: https first, then http; then decide whether there is anything to scan."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx

from scanner.evidence import Answer, Arrival, Chain, Unavailable, Welcome
from scanner.evidence.answer import MOVED
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.http.fetcher import HOME_REDIRECTS, HOME_SECONDS, PAGE_BYTES, CutOff, Fetcher, TooSlow, unreadable
from scanner.scope.budget import Share
from scanner.scope.target import Target, host_of
from scanner.text.clock import Clock
from scanner.text.urls import join

BLOCK_PAGE = re.compile(
    r"attention required! \| cloudflare|just a moment\.\.\.</title>|cf-error-details|sucuri website firewall"
    r"|access denied - sucuri"
    r"|incapsula incident id|request unsuccessful\. incapsula|wordfence|mod_security|not acceptable!</h1>|bunkerweb|ddos-guard"
    r"|the requested url was rejected\. please consult with your administrator|imunify360|bot verification",
    re.IGNORECASE,
)
ALLOW_LIST = (
    "Ask your host or firewall provider to allow requests whose User-Agent begins with “shopwarden” from the address "
    "that you scan from, then scan again."
)

PAGES = Share("pages", 60, least=4, redirects=True)
"""The shop's pages (``--max-pages``). Without the home page, by https or by http, there is no scan."""


@gatherer(ceiling="up to 6 requests for the home page", doing="Looking for the shop's front door", share=PAGES)
async def arrival(fetcher: Fetcher, target: Target, clock: Clock) -> Arrival:
    """Never raises CouldNotGather: that the shop could not be reached is what this evidence says."""
    schemes = ("https", "http") if target.port is None or target.scheme == "https" else ("http", "https")
    reasons: list[str] = []
    doubt = ""
    redirects = min(HOME_REDIRECTS, fetcher.budget.left(PAGES) - 2)
    seconds = min(HOME_SECONDS, fetcher.seconds_left / 3)  # one scheme that never answers must not use up the other's time
    for scheme in schemes:
        start = _start(target, scheme)
        chain = await fetcher.follow(start, PAGES, redirects=redirects, most=PAGE_BYTES, seconds=seconds, declared=True)
        if scheme == "https" and isinstance(await _failure(fetcher, chain, start), CutOff):
            # Once more before https is given up: what answers by http may be another page, and all verdicts would be about that.
            fetcher.forget(start)
            chain = await fetcher.follow(start, PAGES, redirects=redirects, most=PAGE_BYTES, seconds=seconds, declared=True)
        reached = _welcome(chain, target)
        if reached[0] is not Welcome.UNREACHABLE or isinstance(chain.end, Answer):
            return replace(await _arrived(reached, chain, fetcher, target, clock), doubt=doubt)
        reasons.append(reached[1])
        doubt = _doubt(await _failure(fetcher, chain, start)) if scheme == "https" else ""
    return await _arrived((Welcome.UNREACHABLE, " ".join(dict.fromkeys(reasons)), ""), None, fetcher, target, clock)


async def _failure(fetcher: Fetcher, chain: Chain, start: str) -> CouldNotGather | None:
    """Why the very first answer came to nothing; None where it came. Asks nobody: the failure is remembered."""
    if chain.hops or isinstance(chain.end, Answer):
        return None
    try:
        await fetcher.get(start, PAGES, declared=True)
    except CouldNotGather as failure:
        return failure
    return None


def _doubt(failure: CouldNotGather | None) -> str:
    """What a failure of https means for the verdicts, where it may be better next time; else empty."""
    if isinstance(failure, (CutOff, TooSlow)) or "says nothing" in str(failure):
        return f"The shop was looked at by http, since https broke off this time. {failure}"
    return ""


def _start(target: Target, scheme: str) -> str:
    return target.origin(scheme) + target.base


async def _arrived(
    reached: tuple[Welcome, str, str], chain: Chain | None, fetcher: Fetcher, target: Target, clock: Clock
) -> Arrival:
    welcome, because, elsewhere = reached
    home = chain.end if chain is not None and isinstance(chain.end, Answer) else None
    address = httpx.URL(home.address if home else target.url)
    origin = str(address.copy_with(path="/", query=None, fragment=None)).rstrip("/")
    try:
        addresses = tuple(str(ip) for ip in await fetcher.names.allowed(host_of(address)))
    except CouldNotGather:
        addresses = ()
    return Arrival(
        welcome,
        origin,
        target.base,
        clock.now(),
        home if welcome is Welcome.OPEN else None,
        because,
        elsewhere,
        addresses,
    )


def _welcome(chain: Chain, target: Target) -> tuple[Welcome, str, str]:
    """How the shop received us, why, and where it sends visitors if that is another shop."""
    end = chain.end
    if isinstance(end, Unavailable):
        last = chain.hops[-1] if chain.hops else None
        to = join(last.address, last.header("location") or "") if last is not None and last.status in MOVED else None
        if to is not None and not target.covers(to):
            words = f"The address redirects to another site: {to}. To scan that one, give its address, or add --follow."
            return Welcome.ELSEWHERE, words, to
        if "in a circle" in end.because or "redirects more than" in end.because:
            return Welcome.LOOP, f"The home page never arrives: {end.because}", ""
        return Welcome.UNREACHABLE, end.because, ""
    if blocked := blocking(end):
        return Welcome.BLOCKED, blocked, ""
    if not end.read:
        return Welcome.UNREACHABLE, f"The home page {end.address} answers {end.status}; there is no shop to look at.", ""
    if because := unreadable(end):
        return Welcome.UNREACHABLE, f"The home page {because}", ""
    return Welcome.OPEN, "", ""


def blocking(answer: Answer) -> str | None:
    """Why this answer to the home page means that we are shut out; None where we are not."""
    if answer.status == 401:
        return f"The shop asks for a password before it shows its home page ({answer.address})."
    if answer.status in {403, 429} or (answer.status in {406, 503} and BLOCK_PAGE.search(answer.text[:20_000])):
        return f"The shop's firewall answers our request for the home page with {answer.status}. {ALLOW_LIST}"
    if answer.read and len(answer.text) < 20_000 and BLOCK_PAGE.search(answer.text):
        return f"The shop's firewall shows a page of its own instead of the home page. {ALLOW_LIST}"
    return None
