"""Looks at one place: what the child process of ``backups`` does.

It says two things: what the folder holds, and what its newest file does. The second may fail, or take too long, and leaves the
first as it is.
"""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from scanner.evidence import BackupContent, BackupFile, Unavailable
from scanner.evidence.codec import encode
from scanner.gatherers.backups.content import inspect
from scanner.gatherers.backups.names import looks_like
from scanner.gatherers.backups.places import (
    GONE,
    CannotLook,
    FolderMissing,
    FtpsFolder,
    Heartbeat,
    Listing,
    LocalFolder,
    LocalVisit,
    Login,
    Place,
    SftpFolder,
    StoreFolder,
)
from scanner.gatherers.backups.streams import Source

STILL_WRITING = timedelta(minutes=15)

_SNAPSHOTS = {
    "restic": ("snapshots", re.compile(r"[0-9a-f]{64}")),
    "borg": ("", re.compile(r"(?:index|hints|integrity)\.\d+")),
}
"""Of a repository: the folder in which a run leaves a file, and how that file is named."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be looked at. seconds: for the list of names; opening: for the newest file. deep: read that to its end.

    kind, pattern: as in BackupPlace. now: when the look began.
    """

    place: Place
    login: Login
    kind: str
    pattern: str | None
    seconds: float
    opening: float
    deep: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a folder holds; the fields are those of BackupPlace."""

    files: tuple[BackupFile, ...] | Unavailable
    address: str
    seen: int = 0
    empty: tuple[BackupFile, ...] = ()
    folders: int = 0
    complete: bool = True
    folder_missing: bool = False


def needs(place: Place) -> tuple[str, ...]:
    """The modules that a place's reader is in."""
    match place:
        case LocalFolder():
            return ()
        case SftpFolder():
            return (f"{_PACKAGE}.sftp",)
        case FtpsFolder():
            return (f"{_PACKAGE}.ftps",)
        case StoreFolder():
            return (f"{_PACKAGE}.stores",)
        case Heartbeat():
            return (f"{_PACKAGE}.heartbeat",)


_PACKAGE = __name__.rpartition(".")[0]


def prepare(what: tuple[str, ...]) -> None:
    """Read the modules that the place's reader is in."""
    for name in what:
        importlib.import_module(name)


def run(errand: Errand, say: Callable[[Any], None]) -> None:
    """Say what the folder holds (Told), and then what its newest file does (BackupContent, or Unavailable) where it has one."""
    os.environ.update(errand.login.environment)
    ends = time.monotonic() + errand.seconds
    visit: Visit | None = None
    try:
        visit = _visit(errand)
        try:
            listing = _listed(visit, looks_like(errand.kind, errand.pattern), ends)
        except FolderMissing:
            say(encode(Told((), visit.address, folder_missing=True)))
            return
        except CannotLook as reason:
            say(encode(Told(Unavailable(str(reason)), visit.address)))
            return
        found = Told(listing.files, visit.address, listing.seen, listing.empty, listing.folders, listing.complete)
        say(encode(found))
        if (newest := _newest_finished(listing, errand.now)) is not None:
            say(encode(_content(newest, listing, visit, errand)))
    except CannotLook as reason:
        say(encode(Told(Unavailable(str(reason)), "")))
    finally:
        if visit is not None:
            visit.close()


class Visit(Protocol):
    """One place. address: the server's, once connected."""

    @property
    def address(self) -> str:
        """Empty where there is no server."""

    def look(self, looks: Callable[[str], bool], ends: float, under: str = "") -> Listing:
        """The folder, or one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""

    def open(self, name: str, ends: float) -> AbstractContextManager[Source]:
        """One file of the folder looked at last. Raises CannotLook."""

    def close(self) -> None:
        """End it."""


def _visit(errand: Errand) -> Visit:
    """Raises CannotLook."""
    place, login = errand.place, errand.login
    match place:
        case LocalFolder():
            return LocalVisit(place)
        case SftpFolder():
            from scanner.gatherers.backups.sftp import SftpVisit

            return SftpVisit(place, login)
        case FtpsFolder():
            from scanner.gatherers.backups.ftps import FtpsVisit

            return FtpsVisit(place, login)
        case StoreFolder():
            from scanner.gatherers.backups.stores import StoreVisit

            return StoreVisit(place, login)
        case Heartbeat():
            from scanner.gatherers.backups.heartbeat import HeartbeatVisit

            return HeartbeatVisit(place)


def _listed(visit: Visit, looks: Callable[[str], bool], ends: float) -> Listing:
    """The folder's backups; of a repository, its snapshots. Raises CannotLook, FolderMissing."""
    listing = visit.look(looks, ends)
    if listing.files or listing.repository not in _SNAPSHOTS:
        return listing
    under, name = _SNAPSHOTS[listing.repository]
    return replace(visit.look(lambda text: name.fullmatch(text) is not None, ends, under), repository=listing.repository)


def _newest_finished(listing: Listing, now: datetime) -> BackupFile | None:
    """The newest file, unless it may still be being written: then the one before it. A clock that runs ahead is no writer."""
    return next((file for file in listing.files if not timedelta(hours=-1) < now - file.modified < STILL_WRITING), None)


def _content(file: BackupFile, listing: Listing, visit: Visit, errand: Errand) -> BackupContent | Unavailable:
    """The newest file, opened."""
    if tool := listing.repository:
        return Unavailable(f"Only {tool} itself can tell whether its repository is whole: run “{tool} check”.")
    if "/" in file.name:
        return Unavailable("The newest file has a name that cannot be asked for.")
    ends = time.monotonic() + errand.opening
    try:
        with visit.open(file.name, ends) as source:
            return inspect(source, file.name, deep=errand.deep, ends=ends, kind=errand.kind)
    except CannotLook as reason:
        return Unavailable(str(reason))
    except (FolderMissing, FileNotFoundError):
        return Unavailable(GONE)
