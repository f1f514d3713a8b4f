"""Made-up neighbours: what does the shop answer to an address that nobody ever made?

Two a directory and extension, stems of eight and sixteen letters, derived from the site's key: the same scan asks the same twins,
and answers are remembered, so hits in one directory share them.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import string

from scanner.evidence import Answer, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.probing.similarity import same_page

STEMS = (8, 16)


STRANGERS = ("", "/", ".php", ".html", ".zip", ".txt")


def stranger_places(base: str, key: str) -> tuple[str, ...]:
    """More made-up addresses, of all sorts: for a shop that chooses its answer by the address."""
    return tuple(place for ending in STRANGERS for place in twin_places(f"{base}strangers{ending}", f"{key} strangers"))


def twin_places(place: str, key: str) -> tuple[str, ...]:
    """The two made-up neighbours of a place (path, perhaps with a query)."""
    path, mark, query = place.partition("?")
    folder, _, last = path.rstrip("/").rpartition("/")
    slash = "/" if path.endswith("/") else ""
    _, dot, extension = last.partition(".") if not last.startswith(".") else ("", ".", last[1:].partition(".")[2])
    kept = f".{extension}" if dot and extension else ""
    made = []
    for length in STEMS:
        seed = int.from_bytes(hashlib.sha256(f"{key}\n{folder}\n{kept}\n{length}".encode()).digest()[:8], "big")
        made.append("".join(random.Random(seed).choices(string.ascii_lowercase, k=length)))
    hidden = "." if last.startswith(".") else ""
    return tuple(f"{folder}/{hidden}{word}{kept}{slash}{mark}{query}" for word in made)


async def ask_twins(
    fetcher: Fetcher, origin: str, place: str, *, part: int = 0, follow: int = 0
) -> tuple[Answer | Unavailable, ...]:
    """The twins' answers; Unavailable where one could not be had. An answer that tells nothing (429, 5xx) is Unavailable too."""
    return await ask_places(fetcher, origin, twin_places(place, fetcher.target.key), part=part, follow=follow)


async def ask_places(
    fetcher: Fetcher, origin: str, places: tuple[str, ...], *, part: int = 0, follow: int = 0
) -> tuple[Answer | Unavailable, ...]:
    """The answers to made-up places."""

    async def ask(twin: str) -> Answer | Unavailable:
        try:
            if follow:
                end = (await fetcher.follow(origin + twin, "twins", redirects=follow, part=part)).end
            else:
                end = await fetcher.get(origin + twin, "twins", part=part)
        except CouldNotGather as failure:
            return Unavailable(str(failure))
        if isinstance(end, Answer) and (end.status == 429 or end.status >= 500):
            return Unavailable(f"The server answered {end.status} to a made-up address.")
        return end

    return tuple(await asyncio.gather(*(ask(twin) for twin in places)))


def likeness(answer: Answer, twins: tuple[Answer | Unavailable, ...], home: Answer | None) -> str:
    """Why an answer is no better than a made-up neighbour's; empty where it is."""
    if home is not None and answer.address != home.address and same_page(answer, home):
        return "It is the home page again."
    if any(isinstance(twin, Answer) and same_page(answer, twin) for twin in twins):
        return "A made-up address beside it gets the same answer."
    return ""
