"""Directories of the shop's host, and whether the server lists what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.entrances import nothing_looked_for
from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Listed:
    """A directory whose content is shown: the names in it (bounded), and which server's style it is."""

    path: str
    address: str
    style: str
    names: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A directory that was asked for and shows no list. ``status`` is what it answered."""

    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Unlooked:
    """A directory that could not be looked at."""

    path: str
    because: str


@dataclass(frozen=True, slots=True)
class Listings:
    """One entry a directory, in order of path. ``dropped``: looked like lists, but made-up neighbours look the same.
    ``apart``: the shop's other origins that have pages of their own, where nothing was asked."""

    directories: tuple[Listed | Unlisted | Unlooked, ...]
    gathered_at: datetime
    dropped: tuple[str, ...] = ()
    calibration: Unavailable | None = None
    apart: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What is to be said of the other origins."""
        return nothing_looked_for(self.apart)
