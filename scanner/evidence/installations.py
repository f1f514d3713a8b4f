"""Which scripts run on the shop's host, one entry a directory."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    parts: plugins that are platforms themselves, in the same directory, each with versions of its own; ``name`` names them too
    (``WordPress with WooCommerce``).
    """

    directory: str
    platform: str
    name: str
    confidence: str
    address: str
    marks: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    hosted: bool = False
    parts: tuple[Installation, ...] = ()

    @property
    def products(self) -> tuple[Installation, ...]:
        """The script itself, without its plugins, then each plugin: what has a version and an age of its own."""
        joined = f" with {' and '.join(part.name for part in self.parts)}" if self.parts else ""
        return (replace(self, name=self.name.removesuffix(joined), parts=()), *self.parts)

    @property
    def title(self) -> str:
        """What a person reads: ``WordPress 6.1.9 with WooCommerce 8.2.1``."""
        own, *parts = (" ".join(filter(None, (one.name, one.version))) for one in self.products)
        return f"{own} with {' and '.join(parts)}" if parts else own

    @property
    def version(self) -> str | None:
        """The version seen first; None where none is shown."""
        return self.versions[0].number if self.versions else None


@dataclass(frozen=True, slots=True)
class Installations:
    """The shop's own installation first, then those beside it in order of directory.

    unseen: directories that could not be looked at, and why. examined: directories that were. shut: directories that are closed
    to visitors (403): nothing is known of what lies there, and that is no reason for doubt about the rest. copies: folders
    that show the shop's own pages by a program of their own that no table knows; ``marks`` say what is alike.
    """

    shop: Installation
    beside: tuple[Installation, ...]
    examined: tuple[str, ...]
    unseen: tuple[tuple[str, Unavailable], ...]
    gathered_at: datetime
    shut: tuple[str, ...] = ()
    copies: tuple[Installation, ...] = ()

    @property
    def all(self) -> tuple[Installation, ...]:
        """The shop's own first."""
        return (self.shop, *self.beside)
