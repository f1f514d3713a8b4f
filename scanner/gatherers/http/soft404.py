"""Soft-404 detection: what does the shop answer to an address that nobody ever made? Many answer as if it were there.

The controls are made-up neighbours, two a directory and extension, with stems of eight and sixteen letters derived from the
site's key and a secret seed: no shop can foresee them, the same scan asks the same controls, and answers are remembered, so hits
in one directory share them.
"""

from __future__ import annotations

import asyncio
import hmac
import random
import string

from scanner.evidence import Answer, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.similarity import same_page
from scanner.scope.budget import Share

STEMS = (8, 16)
SOFT_404 = Share("soft-404", 60)
"""Controls, whoever asks for them."""
STRANGERS = ("", "/", ".php", ".html", ".zip", ".txt")


def stranger_places(base: str, key: str, seed: bytes) -> tuple[str, ...]:
    """More made-up addresses, of all sorts: for a shop that chooses its answer by the address."""
    return tuple(place for ending in STRANGERS for place in control_places(f"{base}strangers{ending}", f"{key} strangers", seed))


def control_places(place: str, key: str, seed: bytes) -> tuple[str, ...]:
    """The two controls of a place (path, perhaps with a query): its made-up neighbours. seed: secret, so that nobody who knows
    this program can tell them from what it asks for."""
    path, mark, query = place.partition("?")
    folder, _, last = path.rstrip("/").rpartition("/")
    slash = "/" if path.endswith("/") else ""
    _, dot, extension = last.partition(".") if not last.startswith(".") else ("", ".", last[1:].partition(".")[2])
    kept = f".{extension}" if dot and extension else ""
    made = []
    for length in STEMS:
        digest = hmac.digest(seed, f"{key}\n{folder}\n{kept}\n{length}".encode(), "sha256")
        made.append("".join(random.Random(digest).choices(string.ascii_lowercase, k=length)))
    hidden = "." if last.startswith(".") else ""
    return tuple(f"{folder}/{hidden}{word}{kept}{slash}{mark}{query}" for word in made)


async def ask_controls(
    fetcher: Fetcher, origin: str, place: str, *, part: int = 0, follow: int = 0
) -> tuple[Answer | Unavailable, ...]:
    """The controls' answers; Unavailable where one could not be had, or tells nothing (429, 5xx)."""
    return await ask_places(fetcher, origin, control_places(place, fetcher.target.key, fetcher.seed), part=part, follow=follow)


async def ask_places(
    fetcher: Fetcher, origin: str, places: tuple[str, ...], *, part: int = 0, follow: int = 0
) -> tuple[Answer | Unavailable, ...]:
    """The answers to made-up places."""

    async def ask(control: str) -> Answer | Unavailable:
        try:
            if follow:
                end = (await fetcher.follow(origin + control, SOFT_404, redirects=follow, part=part, declared=True)).end
            else:
                end = await fetcher.get(origin + control, SOFT_404, part=part, declared=True)
        except CouldNotGather as failure:
            return Unavailable(str(failure))
        if isinstance(end, Answer) and (end.status == 429 or end.status >= 500):
            return Unavailable(f"The server answered {end.status} to a made-up address.")
        return end

    return tuple(await asyncio.gather(*(ask(control) for control in places)))


def soft404_because(answer: Answer, controls: tuple[Answer | Unavailable, ...], home: Answer | None) -> str:
    """Why an answer is a soft-404, no better than a made-up neighbour's; empty where it is none."""
    if home is not None and answer.address != home.address and same_page(answer, home):
        return "It is the home page again."
    if any(isinstance(control, Answer) and same_page(answer, control) for control in controls):
        return "A made-up address beside it gets the same answer."
    return ""
