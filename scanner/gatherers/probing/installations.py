"""Which scripts run on the shop's host: derived from the pages, and from a look at the folders beside the shop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx

from scanner.evidence import UNKNOWN, Answer, Arrival, Installation, Installations, Page, Pages, Robots, Unavailable
from scanner.gatherers.contract import Revisits, gatherer
from scanner.gatherers.crawl.arrival import still_open
from scanner.gatherers.crawl.front import own_links
from scanner.gatherers.crawl.html import extract
from scanner.gatherers.crawl.page_kinds import kind_of
from scanner.gatherers.http.fetcher import CONNECTIONS, Fetcher, unreadable
from scanner.gatherers.http.soft404 import SOFT_404, ask_controls, soft404_because
from scanner.gatherers.probing.copies import copied
from scanner.gatherers.probing.probes import DOORS
from scanner.platforms import Knowledge
from scanner.platforms.recognition import Recognised, recognise
from scanner.scope.focus import Focus
from scanner.scope.target import Target, host_of
from scanner.text.clock import Clock

MOST_NAMED = 4
MOST_FOLDERS = 13  # the rest of the share is for redirects


@gatherer(
    ceiling="20 requests, and 2 for made-up neighbours of each script found",
    doing="Looking for scripts beside the shop",
    share=(DOORS, SOFT_404),
    revisits=Revisits.FOLDERS,
)
async def installations(
    fetcher: Fetcher, target: Target, arrival: Arrival, pages: Pages, knowledge: Knowledge, focus: Focus, clock: Clock
) -> Installations:
    """One entry a directory that runs a script we know; the shop's own is always there, as ``unknown`` where nobody can tell."""
    target = target.at(arrival.base)
    read = [page for page in pages.all if host_of(httpx.URL(page.address)) in target.names]
    folders = [folder for folder in candidates(pages, target, knowledge) if focus.wants(folder)][:MOST_FOLDERS]
    visited = {httpx.URL(page.address).path for page in read}
    folders += [folder for folder in focus.folders if folder not in {*folders, *visited}]  # the crawl asked for these already
    seen: list[Page | Answer | Unavailable] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse") as threads:
        for start in range(0, len(folders), CONNECTIONS):  # a few at a time: each may hold a page of full size
            wave = folders[start : start + CONNECTIONS]
            seen += await asyncio.gather(*(_look(fetcher, arrival, folder, threads) for folder in wave))
    unseen = tuple((folder, one) for folder, one in zip(folders, seen, strict=True) if isinstance(one, Unavailable))
    shut = tuple(folder for folder, one in zip(folders, seen, strict=True) if isinstance(one, Answer) and one.status == 403)
    doors = [one for one in seen if isinstance(one, Page)]
    nowhere = [folder for folder, one in zip(folders, seen, strict=True) if isinstance(one, Page) and not own_links(one, target)]
    if (shut or nowhere) and (because := await still_open(fetcher, arrival)):
        unseen, shut = (*unseen, *((folder, Unavailable(because)) for folder in (*shut, *nowhere))), ()
    recognised = recognise(read, target.names, knowledge.platforms)
    from_pages = {one.directory: one for one in recognised}
    if doors:
        recognised = recognise([*read, *doors], target.names, knowledge.platforms)
    real = await asyncio.gather(*(_real(fetcher, arrival, one, from_pages) for one in recognised))
    found = [_installation(one) for one, sure in zip(recognised, real, strict=True) if sure is True]
    unsure = ((one.directory, sure) for one, sure in zip(recognised, real, strict=True) if isinstance(sure, Unavailable))
    unseen = (*unseen, *unsure)
    shop = next((one for one in found if one.directory == target.base), None) or _of_home(pages.home, found, target, knowledge)
    examined = sorted(
        {
            target.base,
            *(folder for folder in folders if folder not in dict(unseen) and folder not in shut),
            *(folder for folder in focus.folders if folder in visited),
            *(one.directory for one in found),
        }
    )
    beside = tuple(sorted((one for one in found if one is not shop), key=lambda one: one.directory))
    alike: list[Installation] = []
    known = {one.directory for one in found}
    for folder, one in zip(folders, seen, strict=True):
        marks = (
            copied(pages.home, target.base, one, folder, target.names) if isinstance(one, Page) and folder not in known else ()
        )
        sure = await _own(fetcher, arrival, folder, None) if marks else False  # a copy may well look like the home page
        if isinstance(sure, Unavailable):
            unseen = (*unseen, (folder, sure))
        elif sure and isinstance(one, Page):
            alike.append(Installation(folder, UNKNOWN, "unknown", "probable", one.address, marks))
    examined = [folder for folder in examined if folder not in dict(unseen)]
    return Installations(shop, beside, tuple(examined), unseen, clock.now(), shut, tuple(alike))


def candidates(pages: Pages, target: Target, knowledge: Knowledge) -> tuple[str, ...]:
    """Folders to look into, likely ones first: what the pages, robots.txt and the sitemap name, then the usual names."""
    named: dict[str, int] = {}
    addresses = Counter(page.address for page in pages.others)
    addresses.update(link.address for page in pages.all for link in page.links)
    for address, times in addresses.items():
        url = httpx.URL(address)
        segment = url.path.split("/")[1]
        if host_of(url) in target.names and "/" in url.path[1:] and segment and "." not in segment:
            named[f"/{segment}/"] = named.get(f"/{segment}/", 0) + times
    visited = {httpx.URL(page.address).path.rstrip("/") + "/" for page in pages.all}  # /plants is the page of /plants/
    disallowed = pages.robots.disallowed if isinstance(pages.robots, Robots) else ()
    hinted = [f"/{path.split('/')[1]}/" for path in disallowed if path.count("/") >= 2 and "*" not in path.split("/")[1]]
    usual = [folder.rstrip("/") + "/" for folder in knowledge.generic.folders]
    above = ("/",) if target.base != "/" else ()
    # A folder under which the crawl read pages was seen through them; the rest still needs a look.
    ranked = sorted(named, key=lambda folder: (-named[folder], folder))
    wanted = dict.fromkeys((*above, *ranked[:MOST_NAMED], *sorted(hinted)[:MOST_NAMED], *usual))
    return tuple(folder for folder in wanted if folder != target.base and folder not in visited)


async def _look(fetcher: Fetcher, arrival: Arrival, folder: str, threads: ThreadPoolExecutor) -> Page | Answer | Unavailable:
    """A folder's page; the plain answer where it is no page to read."""
    end = (await fetcher.follow(arrival.origin + folder, DOORS, redirects=2)).end
    if isinstance(end, Unavailable) or not end.read:
        if isinstance(end, Answer) and not end.examined and end.status != 403:
            return Unavailable(f"The server answered {end.status}.")
        return end
    if because := unreadable(end):
        return Unavailable(because)
    loop = asyncio.get_running_loop()
    page = await loop.run_in_executor(threads, extract, end.text, end.address, end.status, end.headers, None)
    fetcher.pack(end.address)
    return replace(page, kind=kind_of(page))


async def _real(fetcher: Fetcher, arrival: Arrival, one: Recognised, known: Collection[str]) -> bool | Unavailable:
    """Whether a folder's page is more than what the shop answers to every address; Unavailable where nobody can tell."""
    return True if one.directory in known else await _own(fetcher, arrival, one.directory, arrival.home)


async def _own(fetcher: Fetcher, arrival: Arrival, folder: str, home: Answer | None) -> bool | Unavailable:
    """The same, of any folder that was looked into. home: what it must not look like."""
    end = (await fetcher.follow(arrival.origin + folder, DOORS, redirects=2)).end
    if isinstance(end, Unavailable):
        return end
    controls = await ask_controls(fetcher, arrival.origin, folder, follow=2)
    if soft404_because(end, controls, home):
        return False
    return next((control for control in controls if isinstance(control, Unavailable)), True)


def _installation(one: Recognised) -> Installation:
    return Installation(
        one.directory,
        one.platform.key,
        one.name,
        one.confidence,
        one.address,
        one.marks,
        one.versions,
        one.platform.hosted,
        tuple(map(_installation, one.parts)),
    )


def _of_home(home: Page, found: Sequence[Installation], target: Target, knowledge: Knowledge) -> Installation:
    """The script that serves the home page: the deepest one above the shop's base path or above the page itself. Else the only
    shop below it that it leads to: then the page is that shop's cover. Else an unknown one."""
    front = httpx.URL(home.address).path
    above = [one for one in found if target.base.startswith(one.directory) or front.startswith(one.directory)]
    if above:
        return max(above, key=lambda one: len(one.directory))
    led = [httpx.URL(link.address).path.rstrip("/") + "/" for link in home.links if target.covers(link.address)]
    shops = [one for one in found if (known := knowledge.platforms.get(one.platform)) is not None and known.kind == "shop"]
    if len(shops) == 1 and any(path.startswith(shops[0].directory) for path in led):
        return shops[0]
    return Installation(target.base, UNKNOWN, "unknown", "probable", home.address)
