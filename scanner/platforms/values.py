"""What is known of each platform, as frozen values. Pure: ``scanner.platforms.loading`` makes them from files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scanner.platforms.patterns import alike_quotes, compiled, found, proof_in

Kind = Literal["shop", "content", "forum", "wiki", "webmail", "database-tool", "analytics", "other"]
UNSOURCED = "platform knowledge"
SETTING_UP = re.compile(
    r"(?:^|/)(?:_?install(?:er|ation)?|zc_install|xtinstaller|gambio_installer|setup(?:-config)?|mw-config|recovery/install)"
    r"(?:[./]|$)",
    re.IGNORECASE,
)
"""Paths of set-up programs, whichever platform's."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a platform is recognised by. ``source``: the vendor's file or page, or ``platform knowledge``."""

    where: str
    pattern: str = ""
    contains: str = ""
    certain: bool = False
    source: str = UNSOURCED

    def seen_in(self, text: str, lowered: str | None = None) -> str | None:
        """The part of the text that matches, or None. ``lowered``: the same text in lower case, where the caller has it."""
        return found(self.contains, self.pattern, text, lowered)


@dataclass(frozen=True, slots=True)
class VersionSource:
    """One place that shows a version.

    path: for a file, relative to the installation. agree: how many different assets must show the same number.
    """

    where: str
    pattern: str
    path: str = ""
    contains: str = ""
    agree: int = 1
    note: str = ""

    def read(self, text: str, lowered: str | None = None) -> str | None:
        """The version shown in a text, or None."""
        if self.contains and self.contains not in (text.lower() if lowered is None else lowered):
            return None
        match = compiled(self.pattern).search(alike_quotes(text))
        return ".".join(part for part in match.groups() if part) if match else None


@dataclass(frozen=True, slots=True)
class Door:
    """An administrators' login: its usual path, and what proves it. ``marks``: any of them, each a list of texts or patterns
    that must all be there. ``fixed``: the path cannot be moved, so that finding it is no carelessness."""

    path: str
    marks: tuple[tuple[str, ...], ...]
    fixed: bool = False
    name: str = ""
    source: str = UNSOURCED

    def proves(self, text: str) -> str | None:
        """What in this text proves the door, as a person may be shown it; None where nothing does."""
        return proof_in(self.marks, text)


@dataclass(frozen=True, slots=True)
class Installer:
    """A set-up program that should have been removed: its path, and what proves that it would run.

    leads: what proves it in the address that it redirects to, where that is one of its steps that nobody may ask for."""

    path: str
    marks: tuple[tuple[str, ...], ...]
    source: str = UNSOURCED
    leads: str = ""

    def proves(self, text: str) -> str | None:
        """What in this text proves the installer, or None."""
        return proof_in(self.marks, text)

    def proves_by(self, location: str) -> bool:
        """Whether an address that is redirected to is a step of the installer."""
        return bool(self.leads) and found("", self.leads, location) is not None


@dataclass(frozen=True, slots=True)
class Way:
    """The usual addresses on the way to the checkout; logins: the customers'. Asking for them changes nothing."""

    baskets: tuple[str, ...] = ()
    checkouts: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything known of one platform. Paths begin with a slash and are relative to the installation's directory.

    family: the platform that it descends from, or its own key. extends: the platform that it is a plugin of, or nothing.
    way: where the way to the checkout lies as it comes.
    """

    key: str
    name: str
    kind: Kind
    hosted: bool
    family: str
    extends: str
    article_heading: str
    recorded: date
    source: str
    marks: tuple[Mark, ...]
    versions: tuple[VersionSource, ...]
    doors: tuple[Door, ...]
    installers: tuple[Installer, ...]
    logs: tuple[str, ...]
    exports: tuple[str, ...]
    backup_folders: tuple[str, ...]
    config_files: tuple[str, ...]
    debug_files: tuple[str, ...]
    default_directories: tuple[str, ...]
    packaged: bool = False
    way: Way = Way()

    @property
    def version_files(self) -> tuple[VersionSource, ...]:
        """The files that show the version, and how to read it from them."""
        return tuple(source for source in self.versions if source.where == "file")


@dataclass(frozen=True, slots=True)
class AdminPath:
    """A usual name of an administration that tells no platform. ``concern``: which share of the request budget it draws on."""

    path: str
    concern: str


@dataclass(frozen=True, slots=True)
class Generic:
    """What is worth asking for whatever the platform is.

    admin_paths: relative to an installation. database_tools: doors of their own. folders: names beside a shop that often hold
    another script or a forgotten copy. directories: usual names of directories that must not show a list. way: as in Platform.
    """

    admin_paths: tuple[AdminPath, ...]
    database_tools: tuple[Door, ...]
    folders: tuple[str, ...]
    directories: tuple[str, ...]
    recorded: date
    source: str
    way: Way = Way()
