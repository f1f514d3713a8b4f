"""Where backups lie: the plan, its locations, what a folder holds, and the reader of local folders. SFTP is next door."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import idna

from scanner.evidence import BackupFile
from scanner.settings import BackupSettings

MOST_NAMES = 100_000
MOST_FILES = 50
NAME_CUT = 200
SSH_PORT = 22


class CannotLook(Exception):  # noqa: N818  its text is shown to the owner as it stands
    """The place could not be looked at; the text says why, in the owner's words."""


class FolderMissing(Exception):  # noqa: N818  it is an outcome, not an error
    """We got as far as the computer that the folder should be on, and it has no such folder."""


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """What the owner configured for one shop: the tool that the gatherer of Backups takes.

    folder: where relative paths start. deadline: seconds for each place.
    """

    backups: tuple[BackupSettings, ...] = ()
    folder: Path = Path()
    deadline: float = 60.0


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of the computer that scans. shown: as the owner wrote it."""

    path: Path
    shown: str


@dataclass(frozen=True, slots=True)
class SftpFolder:
    """A folder on an SFTP server. path: as the server is asked for it. shown: the address without user, password and query."""

    host: str
    port: int
    user: str
    path: str
    shown: str


def locate(location: str, folder: Path) -> LocalFolder | SftpFolder:
    """Read a location: a path, a ``file://`` address, or ``sftp://user@host[:port]/folder``; ``/~/`` starts at the login's home.

    folder: where relative paths start. Raises CannotLook.
    """
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", location)
    if scheme is None:
        return LocalFolder(_local_path(location, folder), location)
    try:
        parts = urlsplit(location)
        host, port, user = parts.hostname or "", parts.port, unquote(parts.username or "")
    except ValueError:
        raise CannotLook("The location is no valid address.") from None
    if parts.scheme == "file":
        if host not in {"", "localhost"}:
            raise CannotLook("A file:// location has three slashes: file:///srv/backups.")
        return LocalFolder(_local_path(unquote(parts.path), folder), unquote(parts.path))
    if parts.scheme != "sftp":
        raise CannotLook(f"Only folders and sftp:// addresses can be looked at so far, not {parts.scheme}://.")
    if not host:
        raise CannotLook("The sftp:// location names no host.")
    path = unquote(parts.path) or "."
    if path == "/~" or path.startswith("/~/"):
        path = path[3:] or "."
    return SftpFolder(_ascii(host), port or SSH_PORT, user, path, shown_location(location))


def shown_location(location: str) -> str:
    """The location as evidence shows it: no user, no password, no query, the host in lower case; works on nonsense too."""
    scheme, mark, rest = location.partition("://")
    if not mark:
        return location
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    host = authority.rpartition("@")[2].lower().removesuffix(f":{SSH_PORT}")
    return f"{scheme.lower()}://{host}{slash}{path}"


def own_path(path: Path, folder: Path) -> Path:
    """A path of the configuration: ``~`` is the home, relative ones start at the configuration's folder. Raises CannotLook."""
    try:
        return folder / path.expanduser()
    except RuntimeError as error:  # no home folder is known for this user
        raise CannotLook(f"{path}: the home folder cannot be told ({error}).") from error


def _local_path(text: str, folder: Path) -> Path:
    if "\0" in text or not text:
        raise CannotLook("The location is no valid path.")
    return own_path(Path(text), folder)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise CannotLook("The host name in the location is not valid.") from error


class Measures(Protocol):
    """A file's size in bytes and time of last change in seconds since 1970 (UTC); None where the server does not say."""

    @property
    def st_size(self) -> int | None: ...  # noqa: D102  as in os.stat_result

    @property
    def st_mtime(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. regular: an ordinary file: no folder, link or device. measure: raises OSError where it has gone."""

    name: str
    regular: bool
    folder: bool
    measure: Callable[[], Measures]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds; the fields are those of BackupPlace."""

    files: tuple[BackupFile, ...]
    seen: int
    empty: tuple[BackupFile, ...]
    folders: int
    complete: bool


def collect(entries: Iterable[Entry], looks: Callable[[str], bool], ends: float) -> Listing:
    """Read a folder's names once, keep the newest backups. ends: by time.monotonic(). Raises CannotLook."""
    files: list[BackupFile] = []
    empty: list[BackupFile] = []
    seen = folders = names = 0
    complete = True
    for entry in entries:
        if names == MOST_NAMES:
            complete = False
            break
        names += 1
        if time.monotonic() > ends:
            raise CannotLook(f"The time was over after {names:,} names.")
        folders += entry.folder and not _furniture(entry.name)
        if not entry.regular:
            continue
        seen += 1
        if not looks(entry.name):
            continue
        try:
            measures = entry.measure()
        except FileNotFoundError:
            continue  # rotated away between listing and looking
        if measures.st_size is None or measures.st_mtime is None:
            raise CannotLook("The server does not tell the sizes and times of its files.")
        kept = files if measures.st_size else empty
        kept.append(BackupFile(entry.name[:NAME_CUT], measures.st_size, moment(measures.st_mtime)))
        if len(kept) > 20 * MOST_FILES:
            kept[:] = _newest(kept)
    return Listing(_newest(files), seen, _newest(empty), folders, complete)


def _newest(files: list[BackupFile]) -> tuple[BackupFile, ...]:
    return tuple(sorted(files, key=lambda file: (-file.modified.timestamp(), file.name))[:MOST_FILES])


def _furniture(name: str) -> bool:
    """Folders that file systems and storage boxes put there themselves."""
    return name.startswith((".", "@", "#", "$")) or name.lower() in {"lost+found", "system volume information"}


def moment(seconds: float) -> datetime:
    """Seconds since 1970 → UTC; absurd times end at 1970 or 9999, they do not crash."""
    latest = datetime(9999, 12, 31, tzinfo=UTC)
    if seconds >= latest.timestamp():
        return latest
    return datetime.fromtimestamp(int(max(seconds, 0)), UTC)


def list_folder(folder: LocalFolder, looks: Callable[[str], bool], ends: float) -> Listing:
    """Read a folder of this computer. Raises CannotLook, FolderMissing."""
    try:
        with os.scandir(folder.path) as found:
            return collect(_entries(found), looks, ends)
    except FileNotFoundError as error:
        raise FolderMissing from error
    except NotADirectoryError as error:
        if folder.path.exists():
            raise CannotLook(f"{folder.shown} is a file; give the folder that it lies in, and a pattern for its name.") from error
        raise FolderMissing from error
    except OSError as error:
        raise CannotLook(f"The folder {folder.shown} cannot be read: {error.strerror or type(error).__name__}.") from error


def _entries(found: Iterator[os.DirEntry[str]]) -> Iterator[Entry]:
    for entry in found:
        yield Entry(
            readable(entry.name), entry.is_file(follow_symlinks=False), entry.is_dir(follow_symlinks=False), _measure(entry)
        )


def _measure(entry: os.DirEntry[str]) -> Callable[[], os.stat_result]:
    return lambda: entry.stat(follow_symlinks=False)


def readable(name: str) -> str:
    """A file name that is not UTF-8 (os.fsdecode marks its bytes with surrogates) as text that can be written anywhere."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def mode_is(mode: int | None, kind: Callable[[int], bool]) -> bool:
    """Whether a file's mode says that it is of this kind (``stat.S_ISREG``…); an unknown mode counts as an ordinary file."""
    return kind(mode) if mode is not None else kind is stat.S_ISREG
