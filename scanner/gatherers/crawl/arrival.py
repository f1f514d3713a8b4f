"""Reach the shop's home page: https first, then http; then decide whether there is anything to scan."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx

from scanner.evidence import Answer, Arrival, Chain, Page, PageKind, Unavailable, Welcome
from scanner.evidence.answer import MOVED
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.crawl.front import (
    FEW_LINKS,
    HARDLY_ANY,
    base_of,
    is_blank,
    is_drawn,
    is_servers_own,
    kind_of_wall,
    may_be_wall,
    own_links,
    refresh_of,
)
from scanner.gatherers.crawl.html import extract
from scanner.gatherers.crawl.links import may_follow
from scanner.gatherers.http.cookies import Visitor
from scanner.gatherers.http.fetcher import (
    HOME_REDIRECTS,
    HOME_SECONDS,
    PAGE_BYTES,
    PROBE_BYTES,
    CutOff,
    Fetcher,
    NoRequestsLeft,
    OutOfTime,
    Stopped,
    TooSlow,
    Walled,
    unreadable,
)
from scanner.gatherers.http.similarity import same_page
from scanner.gatherers.http.soft404 import SOFT_404, control_places
from scanner.gatherers.http.walls import ALLOW_LIST, BECAUSE, WENT_UP, Wall, check_on, stands_before, went_up
from scanner.platforms import SETTING_UP
from scanner.scope.budget import REST, Share
from scanner.scope.target import Target, host_of
from scanner.text.clock import Clock
from scanner.text.urls import join

MOST_REFRESHES = 4
MOST_WAYS_IN = 3

_NO_WAY_IN = (PageKind.POLICY, PageKind.LOGIN, PageKind.ACCOUNT)

PAGES = Share("pages", 60, least=4, redirects=True)
"""The shop's pages (``--max-pages``). Without the home page, by https or by http, there is no scan."""


@dataclass(frozen=True, slots=True)
class _Front:
    """How the shop received us. elsewhere: the other shop's address. drawn: whether a program draws the page."""

    welcome: Welcome
    because: str = ""
    elsewhere: str = ""
    home: Answer | None = None
    base: str = ""
    drawn: bool = False


@gatherer(
    ceiling="up to 6 requests for the home page, more where it leads on", doing="Looking for the shop's front door", share=PAGES
)
async def arrival(fetcher: Fetcher, target: Target, clock: Clock) -> Arrival:
    """Never raises CouldNotGather: that the shop could not be reached is what this evidence says."""
    schemes = ("https", "http") if target.port is None or target.scheme == "https" else ("http", "https")
    reasons: list[str] = []
    doubt = ""
    redirects = min(HOME_REDIRECTS, fetcher.budget.left(PAGES) - 2)
    seconds = min(HOME_SECONDS, fetcher.seconds_left / 3)  # one scheme that never answers must not use up the other's time
    for scheme in schemes:
        start = target.origin(scheme) + target.base
        stranger = fetcher.visitor
        chain = await fetcher.follow(start, PAGES, redirects=redirects, most=PAGE_BYTES, seconds=seconds, declared=True)
        if scheme == "https" and isinstance(await _failure(fetcher, chain, start), CutOff):
            # Once more before https is given up: what answers by http may be another page, and all verdicts would be about that.
            fetcher.forget(start)
            chain = await fetcher.follow(start, PAGES, redirects=redirects, most=PAGE_BYTES, seconds=seconds, declared=True)
        front = await _front(chain, stranger, fetcher, target)
        if front.welcome is not Welcome.UNREACHABLE or isinstance(chain.end, Answer):
            return replace(await _arrived(front, fetcher, target, clock), doubt=doubt)
        reasons.append(front.because)
        doubt = _doubt(await _failure(fetcher, chain, start)) if scheme == "https" else ""
    return await _arrived(_Front(Welcome.UNREACHABLE, " ".join(dict.fromkeys(reasons))), fetcher, target, clock)


async def _front(chain: Chain, stranger: Visitor, fetcher: Fetcher, target: Target) -> _Front:
    """Where a browser ends that opens the address, and what stands there. stranger: the cookies that it was opened with."""
    front = _welcome(chain, target)
    first, been = front.home, {(stranger, chain.start)}
    while front.home is not None and first is not None:
        page = await _parsed(front.home) if may_be_wall(front.home) else None
        to = refresh_of(front.home, page, target) if page is not None else None
        if page is None or to is None or (fetcher.visitor, to) in been or len(been) > MOST_REFRESHES:
            return await _judged(front.home, page, first, fetcher, target)
        been.add((fetcher.visitor, to))
        if target.covers(to):
            further = await fetcher.follow(to, PAGES, redirects=HOME_REDIRECTS, most=PAGE_BYTES, afresh=True)
            next_one = _welcome(further, target)
        else:
            next_one = _elsewhere(to)
        if next_one.home is None and own_links(page, target):
            return await _judged(front.home, page, first, fetcher, target)
        front = next_one
    return front


async def _judged(home: Answer, page: Page | None, first: Answer, fetcher: Fetcher, target: Target) -> _Front:
    """A home page: the shop, a program that draws it, or a wall. first: the page that led here by itself."""
    drawn = False
    if page is not None and is_servers_own(page) and len(own_links(page, target)) <= HARDLY_ANY:
        return _Front(Welcome.BLOCKED, BECAUSE[Wall.DEFAULT])
    if page is not None and len(own_links(page, target)) <= FEW_LINKS:
        drawn = is_drawn(page, home, target)
        wall = (is_blank(page) and not drawn) or await _is_everywhere(home, page, first, fetcher, target)
        if wall and drawn:
            wall = not await _is_program(page, fetcher, target)
        # A shop that was never set up sends every address to its set-up program: that is no wall, it is what there is to see.
        wall = wall and not SETTING_UP.search(urlsplit(home.address).path)
        if wall:
            return _Front(Welcome.BLOCKED, BECAUSE[kind_of_wall(page, home)])
    base = target.base
    if httpx.URL(home.address).path != base:
        base = base_of(page or await _parsed(home), target)
    return _Front(Welcome.OPEN, home=home, base=base, drawn=drawn)


async def _is_everywhere(home: Answer, page: Page, first: Answer, fetcher: Fetcher, target: Target) -> bool:
    """Whether a made-up address gets the same page, and so do those that it leads to.

    One that is sent to a page which the home page's own address shows says nothing: many shops send home whoever is lost. A page
    that announces the shop may be shown as what is not found, and may have a login for those who build it.
    """
    kind = kind_of_wall(page, home)
    own = own_links(page, target, _NO_WAY_IN if kind is Wall.CLOSED else (PageKind.POLICY,))
    if len(own) > HARDLY_ANY and kind is not Wall.PARKED:
        return False
    origin = str(httpx.URL(home.address).copy_with(path="/", query=None, fragment=None)).rstrip("/")
    made_up = origin + control_places(f"{target.base}x", target.key, fetcher.seed)[0]
    control = await fetcher.follow(made_up, SOFT_404, redirects=HOME_REDIRECTS, declared=True)
    sent_home = control.redirected and own and first is home and urlsplit(home.address).path == target.base
    if not isinstance(control.end, Answer) or sent_home:
        return False
    shown = replace(control.end, status=home.status) if kind is Wall.CLOSED else control.end
    if not any(same_page(shown, one) for one in (home, first)):
        return False
    ways = [address for address in own if may_follow(address)][:MOST_WAYS_IN]
    ends = await asyncio.gather(*(fetcher.follow(address, PAGES, most=PAGE_BYTES) for address in ways))
    return all(isinstance(chain.end, Answer) and (not chain.end.read or same_page(chain.end, home)) for chain in ends)


async def _is_program(page: Page, fetcher: Fetcher, target: Target) -> bool:
    """Whether the first of a page's own script files is one: a wall stands before those as well."""
    own = next((script.src for script in page.scripts if target.covers(script.src)), None)
    if own is None:
        return True
    try:
        answer, _ = await fetcher.download(own, REST, most=PROBE_BYTES)
    except CouldNotGather:
        return False
    return answer.read and "html" not in answer.content_type and answer.text.lstrip()[:1] != "<"


async def _parsed(answer: Answer) -> Page:
    return await asyncio.to_thread(extract, answer.text, answer.address, answer.status, answer.headers, PageKind.HOME)


async def still_open(fetcher: Fetcher, arrival: Arrival) -> str | None:
    """Ask the home page again: why we are shut out, and then nothing more is asked; None where it answers as at the start."""
    if fetcher.blocked is None:
        fetcher.blocked = await _shut_out(fetcher, arrival)
    return fetcher.blocked


async def _shut_out(fetcher: Fetcher, arrival: Arrival) -> str | None:
    if arrival.home is None:
        return arrival.because
    try:
        answer = await fetcher.again(arrival.home.address)
    except (Stopped, OutOfTime, NoRequestsLeft):
        return None
    except Walled as wall:
        return went_up(wall.check)
    except CouldNotGather as failure:
        return f"In the middle of the scan the shop stopped answering us. {failure}"
    if same_page(answer, arrival.home):
        return None
    if answer.status != arrival.home.status or not answer.read or blocking(answer):
        words = (
            f"The shop's firewall answers {answer.status} to the home page since it saw our questions, which it did not at first."
        )
        return f"{words} {ALLOW_LIST}"
    if not may_be_wall(answer):
        return None
    now, then = await _parsed(answer), await _parsed(arrival.home)
    if own_links(now, fetcher.target) or not own_links(then, fetcher.target):
        return None
    return WENT_UP


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


async def _arrived(front: _Front, fetcher: Fetcher, target: Target, clock: Clock) -> Arrival:
    address = httpx.URL(front.home.address if front.home else target.url)
    origin = str(address.copy_with(path="/", query=None, fragment=None)).rstrip("/")
    try:
        addresses = tuple(str(ip) for ip in await fetcher.names.allowed(host_of(address)))
    except CouldNotGather:
        addresses = ()
    fetcher.sees_walls = front.welcome is Welcome.OPEN
    return Arrival(
        front.welcome,
        origin,
        front.base or target.base,
        clock.now(),
        front.home if front.welcome is Welcome.OPEN else None,
        front.because,
        front.elsewhere,
        addresses,
        drawn=front.drawn,
    )


def _welcome(chain: Chain, target: Target) -> _Front:
    """How the shop received us, by the answers alone."""
    end = chain.end
    if isinstance(end, Unavailable):
        last = chain.hops[-1] if chain.hops else None
        to = join(last.address, last.header("location") or "") if last is not None and last.status in MOVED else None
        if to is not None and not target.covers(to):
            return _elsewhere(to)
        if "in a circle" in end.because or "redirects more than" in end.because:
            return _Front(Welcome.LOOP, f"The home page never arrives: {end.because}")
        return _Front(Welcome.UNREACHABLE, end.because)
    if blocked := blocking(end):
        return _Front(Welcome.BLOCKED, blocked)
    if not end.read:
        return _Front(Welcome.UNREACHABLE, f"The home page {end.address} answers {end.status}; there is no shop to look at.")
    if because := unreadable(end):
        return _Front(Welcome.UNREACHABLE, f"The home page {because}")
    return _Front(Welcome.OPEN, home=end)


def _elsewhere(to: str) -> _Front:
    words = f"The address redirects to another site: {to}. To scan that one, give its address, or add --follow."
    return _Front(Welcome.ELSEWHERE, words, to)


def blocking(answer: Answer) -> str | None:
    """Why this answer to the home page means that we are shut out; None where we are not."""
    if (check := check_on(answer, home=True)) is not None:
        return stands_before(check)
    if answer.status == 202 and "html" in (answer.content_type or "html"):  # "accepted" is no page; a check says it
        return BECAUSE[Wall.CHECK]
    if answer.status == 401:
        return f"The shop asks for a password before it shows its home page ({answer.address})."
    if answer.status in {403, 429}:
        return f"The shop's firewall answers our request for the home page with {answer.status}. {ALLOW_LIST}"
    return None
