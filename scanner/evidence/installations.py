"""Which scripts run on the shop's host, one entry a directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.unavailable import Unavailable

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Version:
    """A version that the site shows: the number, its source (generator, header, asset, file), and the address where it stands."""

    number: str
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A directory that runs a script. ``directory`` starts and ends with a slash.

    platform: the key of a file in ``scanner/platforms``, or ``unknown``: a value, not a missing one.
    confidence: ``certain`` or ``probable``; marks: what it was recognised by.
    address: the page it was seen on.
    """

    directory: str
    platform: str
    name: str
    confidence: str
    address: str
    marks: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    hosted: bool = False

    @property
    def version(self) -> str | None:
        """The version seen first; None where none is shown."""
        return self.versions[0].number if self.versions else None


@dataclass(frozen=True, slots=True)
class Installations:
    """The shop's own installation first, then those beside it in order of directory.

    unseen: directories that could not be looked at, and why. examined: directories that were. shut: directories that are closed
    to visitors (403): nothing is known of what lies there, and that is no reason for doubt about the rest.
    """

    shop: Installation
    beside: tuple[Installation, ...]
    examined: tuple[str, ...]
    unseen: tuple[tuple[str, Unavailable], ...]
    gathered_at: datetime
    shut: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Installation, ...]:
        """The shop's own first."""
        return (self.shop, *self.beside)
