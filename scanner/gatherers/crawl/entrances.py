"""How http and https answer on each of the shop's names, on a deep page and on an address with a query."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import replace

import httpx

from scanner.evidence import Answer, Arrival, Chain, Closed, Entrance, Entrances, Page, Pages, ReadByHttps, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.http.fetcher import HOME_REDIRECTS, Fetcher
from scanner.gatherers.http.similarity import same_but_for_chance, same_page
from scanner.gatherers.http.soft404 import control_places
from scanner.gatherers.net.guard import PortClosed, PortSilent
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.budget import REST, Share
from scanner.scope.target import Target
from scanner.text.clock import Clock

TRANSPORT = Share("transport", 10, redirects=True)
MOST_SECRET = 1

_CARD = re.compile(
    r"card[_-]?(?:number|num\b|nr|no\b)|cc[_-]?(?:number|num\b|cvc|cvv)|\bcvv|\bcvc|kartennummer|numer[_-]?karty", re.IGNORECASE
)


@gatherer(
    ceiling="10 requests, and a few at pages with passwords and at names that answer for themselves",
    doing="Looking at how http and https answer",
    share=TRANSPORT,
)
async def entrances(fetcher: Fetcher, target: Target, arrival: Arrival, pages: Pages | Unavailable, clock: Clock) -> Entrances:
    """One entrance a scheme, name and path. A port that refuses is Closed; one that stays silent twice, while the other
    web port of the host answers, is too."""
    wanted = [(scheme, name, target.base, TRANSPORT) for name in target.names[:3] for scheme in ("http", "https")]
    deep, secret = _deep(target, pages)
    wanted += [("http", target.host, path, TRANSPORT) for path in deep]
    wanted += [("https", target.host, path, TRANSPORT) for path in deep[:1]]
    wanted += [("http", target.host, path, REST) for path in secret]
    silent: dict[Entrance, str] = {}
    found = await asyncio.gather(*(_entrance(fetcher, target, silent, *one) for one in wanted))
    alive = {entrance.host for entrance in found if isinstance(entrance.seen, Chain)}
    settled = tuple(
        replace(entrance, seen=Closed(silent[entrance])) if entrance in silent and entrance.host in alive else entrance
        for entrance in found
    )
    apart = await _apart(fetcher, target, arrival, settled, deep[0] if deep else "")
    return Entrances(target.host, target.names, settled, clock.now(), _read(pages), apart)


async def _apart(fetcher: Fetcher, target: Target, arrival: Arrival, found: tuple[Entrance, ...], deep: str) -> tuple[str, ...]:
    """The origins beside the shop's that answer for themselves, as another virtual host would. deep: a page of the shop, or
    empty."""
    ends = {
        target.origin(one.scheme, one.host): one.seen.end
        for one in found
        if one.path == target.base and isinstance(one.seen, Chain)
    }
    shop = [one for one in (arrival.home, ends.pop(arrival.origin, None)) if isinstance(one, Answer)]
    own = await asyncio.gather(
        *(
            _shows_another_home(fetcher, end, shop)
            if isinstance(end, Answer) and end.read and end.address.startswith(f"{origin}/")
            else _lacks_the_shops_pages(fetcher, arrival, origin, deep)
            for origin, end in ends.items()
        )
    )
    return tuple(origin for origin, apart in zip(ends, own, strict=True) if apart)


async def _shows_another_home(fetcher: Fetcher, end: Answer, shop: list[Answer]) -> bool:
    if not shop or any(same_page(end, one) for one in shop):
        return False
    with contextlib.suppress(CouldNotGather):  # the shop may show a visitor another page by now than it did a stranger
        again = await fetcher.again(shop[0].address)
        return not (same_page(end, again) or same_but_for_chance(end, shop[0], again))
    return True


async def _lacks_the_shops_pages(fetcher: Fetcher, arrival: Arrival, origin: str, deep: str) -> bool:
    """Of an origin that sends its home page to the shop or has none: does it answer otherwise for a page of the shop, or, where
    none is known, for a made-up one?"""
    made_up = control_places(f"{fetcher.target.base}x", fetcher.target.key, fetcher.seed)[0]
    answer = await _own_answer(fetcher, origin, deep or made_up)
    if answer is None:
        return False
    if deep:
        return answer.gone or await _own_answer(fetcher, origin, made_up, read=True) is not None
    shops = await _own_answer(fetcher, arrival.origin, made_up)
    return shops is None or not same_page(answer, shops)


async def _own_answer(fetcher: Fetcher, origin: str, path: str, *, read: bool = False) -> Answer | None:
    """What an origin answers by itself: with a page, or that there is none. read: only with a page."""
    try:
        answer = await fetcher.get(origin + path, REST, declared=True)
    except CouldNotGather:
        return None
    return answer if answer.read or (answer.gone and not read) else None


async def _entrance(
    fetcher: Fetcher, target: Target, silent: dict[Entrance, str], scheme: str, name: str, path: str, share: Share
) -> Entrance:
    address = target.origin(scheme, name) + path
    try:
        await fetcher.get(address, share, declared=True)
    except (PortClosed, NoSuchName) as failure:
        return Entrance(name, scheme, path, Closed(str(failure)))
    except PortSilent as failure:
        entrance = Entrance(name, scheme, path, Unavailable(str(failure)))
        silent[entrance] = str(failure)
        return entrance
    except CouldNotGather as failure:
        return Entrance(name, scheme, path, Unavailable(str(failure)))
    return Entrance(name, scheme, path, await fetcher.follow(address, share, redirects=HOME_REDIRECTS, declared=True))


def _read(pages: Pages | Unavailable) -> tuple[ReadByHttps, ...]:
    """What each page that was read by https says of Strict-Transport-Security."""
    read = pages.all if isinstance(pages, Pages) else ()
    return tuple(
        ReadByHttps(
            page.address, page.status, tuple(value for name, value in page.headers if name == "strict-transport-security")
        )
        for page in read
        if page.address.startswith("https://")
    )


def _deep(target: Target, pages: Pages | Unavailable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A deep page's path and an address with a query, as the crawl saw them: home may redirect where these don't. Pages that ask
    for a card or a password first, and more of these besides."""
    if isinstance(pages, Unavailable):
        return (), ()
    own = [page for page in pages.others if httpx.URL(page.address).host in {target.host, *target.names}]
    own.sort(key=_openness)
    paths = [httpx.URL(page.address).raw_path.decode("ascii") for page in own]
    plain = next((path for path in paths if "?" not in path and path != target.base), None)
    query = next((path for path in paths if "?" in path), None)
    deep = tuple(path for path in (plain, query) if path)
    secret = (path for path, page in zip(paths, own, strict=True) if _openness(page) < _NOTHING_SECRET)
    return deep, tuple(path for path in dict.fromkeys(secret) if path not in deep)[:MOST_SECRET]


_NOTHING_SECRET = 2


def _openness(page: Page) -> int:
    """0 for a page that asks for a card, by what browsers fill in or by usual names; 1 for one that asks for a password."""
    fields = [field for form in page.forms for field in form.fields]
    if any(field.autocomplete.startswith("cc-") or _CARD.search(field.name) for field in fields):
        return 0
    return 1 if any(form.has_password for form in page.forms) else _NOTHING_SECRET
