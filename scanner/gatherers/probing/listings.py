"""Ask for the shop's directories: does the server list what is in them?"""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from scanner.evidence import Arrival, Entrances, Installations, Listed, Listings, Pages, Unavailable, Unlisted, Unlooked
from scanner.gatherers.contract import CouldNotGather, Revisits, gatherer
from scanner.gatherers.crawl.arrival import still_open
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.soft404 import SOFT_404, ask_controls, soft404_because
from scanner.gatherers.probing.listing_pages import listing_of
from scanner.platforms import Knowledge
from scanner.scope.budget import Share
from scanner.scope.focus import Focus
from scanner.scope.safe_requests import might_act
from scanner.scope.target import Target, host_of
from scanner.text.clock import Clock

DIRECTORIES = Share("directories", 25)
PARENTS = 4
WAVE = 8


@gatherer(
    ceiling="25 requests, and 2 for made-up neighbours of each list found",
    doing="Looking at the shop's directories",
    share=(DIRECTORIES, SOFT_404),
    revisits=Revisits.FOLDERS,
)
async def listings(
    fetcher: Fetcher,
    target: Target,
    arrival: Arrival,
    pages: Pages,
    installations: Installations,
    entrances: Entrances | Unavailable,
    knowledge: Knowledge,
    focus: Focus,
    clock: Clock,
) -> Listings:
    """Directories of the pages' own assets with their parents, then the usual ones, as far as the budget's share goes."""
    wanted = [folder for folder in directories(pages, installations, target, knowledge) if focus.wants(folder)]
    wanted = wanted[: DIRECTORIES.amount]  # a smaller budget leaves some of these unlooked at, and says so
    again = [folder for folder in focus.folders if folder not in wanted and folder != "/"]  # mostly remembered since the crawl
    usual = _usual(installations, knowledge)
    found: list[Listed | Unlisted | Unlooked] = []
    dropped: list[str] = []
    for start in range(0, len(wanted) + len(again), WAVE):
        named = {one.path + name for one in found if isinstance(one, Listed) for name in one.names}
        wave = [*wanted, *again][start : start + WAVE]
        for one in await asyncio.gather(
            *(_look(fetcher, arrival, folder, named=folder in named, declared=folder in usual) for folder in wave)
        ):
            if isinstance(one, str):
                dropped.append(one)
                found.append(Unlisted(one, 200))
            elif one.path in wanted or not isinstance(one, Unlooked) or fetcher.budget.left(DIRECTORIES):
                found.append(one)
    because = None
    if any(isinstance(one, Unlooked) or (isinstance(one, Unlisted) and one.status in {200, 403, 406, 500}) for one in found):
        because = await still_open(fetcher, arrival)
    if because:
        found = [Unlooked(one.path, because) for one in found]
    return Listings(
        tuple(sorted(found, key=lambda one: one.path)),
        clock.now(),
        tuple(dropped),
        Unavailable(because) if because else None,
        entrances.apart if isinstance(entrances, Entrances) else (),
    )


def directories(pages: Pages, installations: Installations, target: Target, knowledge: Knowledge) -> tuple[str, ...]:
    """Directories to ask for, likely ones first: where the shop's own files lie and their parents, then the usual names."""
    seen: Counter[str] = Counter()
    addresses: Counter[str] = Counter()
    for page in pages.all:
        addresses.update(
            {resource.address for resource in page.resources} | {script.src for script in page.scripts if script.src}
        )
    for address, times in addresses.items():
        url = httpx.URL(address)
        if host_of(url) in target.names and url.scheme in {"http", "https"}:
            for folder in _parents(url.path):
                seen[folder] += times
    # A folder that a page or robots.txt names was perhaps read by the crawl: its answer is remembered and costs nothing.
    seen.update(path for page in pages.others if (path := httpx.URL(page.address).path).endswith("/") and "?" not in page.address)
    own = sorted(seen, key=lambda folder: (-seen[folder], folder))
    usual = _usual(installations, knowledge)
    # Both kinds take turns, so that neither the theme's many folders nor the usual names use up the share.
    turns = [folder for pair in zip(_padded(usual, own), _padded(own, usual), strict=True) for folder in pair if folder]
    return tuple(folder for folder in dict.fromkeys(turns) if folder != "/")


def _usual(installations: Installations, knowledge: Knowledge) -> list[str]:
    """What the platforms' data name below each installation. One at an address that might act was named by the shop alone."""
    usual: list[str] = []
    for one in installations.all:
        if might_act(one.directory):
            continue
        known = knowledge.platforms.get(one.platform)
        folders = (*(known.backup_folders if known else ()), *knowledge.generic.directories)
        usual += [one.directory.rstrip("/") + folder for folder in folders]
    return usual


def _padded(one: list[str], other: list[str]) -> list[str]:
    return one + [""] * max(0, len(other) - len(one))


def _parents(path: str) -> list[str]:
    parts = path.split("/")[1:-1]
    folders = ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]
    return folders[-PARENTS:]


async def _look(
    fetcher: Fetcher, arrival: Arrival, folder: str, *, named: bool, declared: bool
) -> Listed | Unlisted | Unlooked | str:
    """What a directory shows; its path alone where the shop answers made-up directories likewise.

    named: whether the list of the directory above names it; that one stood up to neighbours of its own. declared: as for
    ``Fetcher.get``.
    """
    try:
        answer = await fetcher.get(arrival.origin + folder, DIRECTORIES, declared=declared)
    except CouldNotGather as failure:
        return Unlooked(folder, str(failure))
    if answer.status == 429 or answer.status > 500:
        return Unlooked(folder, f"The server answered {answer.status}.")
    listed = listing_of(answer, folder) if answer.read else None
    if listed is None:
        return Unlisted(folder, answer.status)
    if named:
        return listed
    controls = await ask_controls(fetcher, arrival.origin, folder)
    for control in controls:
        if isinstance(control, Unavailable):
            return Unlooked(folder, control.because)
        if control.read and listing_of(control, httpx.URL(control.address).path) is not None:
            return folder
    return folder if soft404_because(answer, controls, arrival.home) else listed
