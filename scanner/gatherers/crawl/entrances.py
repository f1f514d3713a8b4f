"""How http and https answer on each of the shop's names, on a deep page and on an address with a query."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx

from scanner.evidence import Chain, Closed, Entrance, Entrances, Pages, ReadByHttps, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.http.fetcher import HOME_REDIRECTS, Fetcher
from scanner.gatherers.net.guard import PortClosed, PortSilent
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.budget import Share
from scanner.scope.target import Target
from scanner.text.clock import Clock

TRANSPORT = Share("transport", 10, redirects=True)


@gatherer(ceiling="10 requests", doing="Looking at how http and https answer", share=TRANSPORT)
async def entrances(fetcher: Fetcher, target: Target, pages: Pages | Unavailable, clock: Clock) -> Entrances:
    """One entrance a scheme, name and path. A port that refuses is Closed; one that stays silent twice, while the other
    web port of the host answers, is too."""
    wanted = [(scheme, name, target.base) for name in target.names[:3] for scheme in ("http", "https")]
    deep = _deep(target, pages)
    wanted += [("http", target.host, path) for path in deep] + [("https", target.host, path) for path in deep[:1]]
    silent: dict[Entrance, str] = {}
    found = await asyncio.gather(*(_entrance(fetcher, target, silent, *one) for one in wanted))
    alive = {entrance.host for entrance in found if isinstance(entrance.seen, Chain)}
    settled = tuple(
        replace(entrance, seen=Closed(silent[entrance])) if entrance in silent and entrance.host in alive else entrance
        for entrance in found
    )
    return Entrances(target.host, target.names, settled, clock.now(), _read(pages))


async def _entrance(fetcher: Fetcher, target: Target, silent: dict[Entrance, str], scheme: str, name: str, path: str) -> Entrance:
    address = target.origin(scheme, name) + path
    try:
        await fetcher.get(address, TRANSPORT, declared=True)
    except (PortClosed, NoSuchName) as failure:
        return Entrance(name, scheme, path, Closed(str(failure)))
    except PortSilent as failure:
        entrance = Entrance(name, scheme, path, Unavailable(str(failure)))
        silent[entrance] = str(failure)
        return entrance
    except CouldNotGather as failure:
        return Entrance(name, scheme, path, Unavailable(str(failure)))
    return Entrance(name, scheme, path, await fetcher.follow(address, TRANSPORT, redirects=HOME_REDIRECTS, declared=True))


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


def _deep(target: Target, pages: Pages | Unavailable) -> tuple[str, ...]:
    """A deep page's path and an address with a query, as the crawl saw them: home may redirect where these don't."""
    if isinstance(pages, Unavailable):
        return ()
    paths = [
        httpx.URL(page.address).raw_path.decode("ascii")
        for page in pages.others
        if httpx.URL(page.address).host in {target.host, *target.names}
    ]
    plain = next((path for path in paths if "?" not in path and path != target.base), None)
    query = next((path for path in paths if "?" in path), None)
    return tuple(path for path in (plain, query) if path)
