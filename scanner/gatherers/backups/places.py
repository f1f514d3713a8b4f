"""Where backups lie: the plan, its locations, what a folder holds, and the reader of local folders. Others are next door."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from scanner.evidence import BackupFile
from scanner.gatherers.backups.names import may_be_one
from scanner.gatherers.backups.tools import MARKS
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:  # a child process that looks at a place knows no settings, and looks up no names
    from scanner.gatherers.net.resolver import Resolve
    from scanner.settings.models import BackupSettings

MOST_NAMES = 100_000
MOST_FILES = 50
NAME_CUT = 200
PATH_CUT = 2000
"""Of a name with the folders before it."""
LIST_BYTES = 64 * 1024 * 1024
"""Of a folder's list, as it arrives; a hundred thousand names take a third of it."""
GONE = "The newest file was there when the folder was read, and is gone now."
SSH_PORT = 22
FTP_PORT = 21
_AMAZON = "s3.amazonaws.com"
_SCHEMES = ("sftp", "ftps", "s3", "webdav", "webdavs", "https")


class CannotLook(Exception):
    """The place could not be looked at; the text says why, in the owner's words."""


class FolderMissing(Exception):
    """We got as far as the computer that the folder should be on, and it has no such folder."""


LIST_SECONDS = 60.0
"""For a place's list of names."""


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """What the owner configured for one shop: the tool that the gatherer of Backups takes.

    folder: where relative paths start. deadline: seconds for each place's list of names. deep: read the newest file to its end,
    whatever its size. left: seconds that the whole scan has left. resolve: how a server's name is looked up, if not by the
    system's resolver.
    """

    backups: tuple[BackupSettings, ...] = ()
    folder: Path = Path()
    deadline: float = LIST_SECONDS
    deep: bool = False
    left: Callable[[], float] = lambda: math.inf
    resolve: Resolve | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """All that looking at one place takes of the owner's: nothing else is told to the process that does it.

    user: who logs in by SSH. keys: files of private keys to log in with. known_hosts: files of the host keys that he has
    confirmed; given: whether he named that file. environment: what a library wants to read there (the agent's socket, roots).
    """

    user: str = ""
    password: str | None = None
    keys: tuple[Path, ...] = ()
    known_hosts: tuple[Path, ...] = ()
    given: bool = False
    environment: tuple[tuple[str, str], ...] = ()


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


@dataclass(frozen=True, slots=True)
class FtpsFolder:
    """A folder on an FTP server that is talked to over TLS. port 990: TLS from the first byte (implicit), else after AUTH TLS."""

    host: str
    port: int
    user: str
    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class StoreFolder:
    """A folder in an S3-compatible or WebDAV store. endpoint: the server's address. bucket: for S3 only."""

    service: str
    host: str
    endpoint: str
    bucket: str
    region: str
    user: str
    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A web address whose Last-Modified tells when the last backup succeeded."""

    host: str
    address: str
    shown: str


Place = LocalFolder | SftpFolder | FtpsFolder | StoreFolder | Heartbeat


def locate(location: str, folder: Path) -> Place:
    """Read a location: a path, or one of these addresses. folder: where relative paths start. Raises CannotLook.

    - ``file:///folder``
    - ``sftp://user@host[:port]/folder``; ``/~/`` starts at the login's home
    - ``ftps://user@host[:port]/folder``
    - ``s3://key-id@bucket/folder?endpoint=https://s3.host.example&region=eu-central``
    - ``webdavs://user@host[:port]/folder``; ``webdav://``, which is not encrypted, to private addresses only
    - ``https://host/heartbeat``
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
    if parts.scheme not in _SCHEMES:
        raise CannotLook(f"Folders and {', '.join(_SCHEMES)} addresses can be looked at, not {parts.scheme}://.")
    if not host:
        raise CannotLook(f"The {parts.scheme}:// location names no host.")
    shown, path = shown_location(location), unquote(parts.path) or "."
    if parts.scheme == "https":
        return Heartbeat(_ascii(host), location, shown)
    if parts.scheme in {"s3", "webdav", "webdavs"}:
        return _store(parts, user, path, shown)
    if path == "/~" or path.startswith("/~/"):
        path = path[3:] or "."
    if parts.scheme == "ftps":
        return FtpsFolder(_ascii(host), port or FTP_PORT, user, path, shown)
    return SftpFolder(_ascii(host), port or SSH_PORT, user, path, shown)


def _store(parts: SplitResult, user: str, path: str, shown: str) -> StoreFolder:
    """Raises CannotLook."""
    if parts.scheme == "s3":
        query = dict(parse_qsl(parts.query))
        if unknown := sorted(query.keys() - {"endpoint", "region"}):
            raise CannotLook(f"An s3:// location takes endpoint and region after the “?”, not {unknown[0][:40]}.")
        endpoint, region = query.get("endpoint", "https://s3.amazonaws.com"), query.get("region", "us-east-1")
        bucket = parts.netloc.rpartition("@")[2]  # as written: some stores tell upper and lower case apart
    else:
        authority = parts.netloc.rpartition("@")[2]
        endpoint, region, bucket = f"{'https' if parts.scheme == 'webdavs' else 'http'}://{authority}", "", ""
    try:
        target = urlsplit(endpoint)
        host, _ = _ascii(target.hostname or ""), target.port  # a port that is none raises
    except ValueError:
        raise CannotLook("The endpoint in the location is no valid address.") from None
    if not host or target.scheme not in {"http", "https"}:
        raise CannotLook("The endpoint in the location is no valid address; write endpoint=https://s3.host.example.")
    if target.scheme == "http" and not _private(host):
        raise CannotLook(f"{endpoint} is not encrypted: the password would travel in clear. Use an encrypted address.")
    if host == _AMAZON:  # whose own endpoint sends on to the region's
        host = f"s3.{region}.amazonaws.com"
    return StoreFolder("s3" if bucket else "webdav", host, endpoint, bucket, region, user, path, shown)


def _private(host: str) -> bool:
    """Whether a host is an address of this computer or of the local network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


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
    import idna

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
    """One name in a folder. name: as the server is asked for it; bytes that are no UTF-8 as surrogates (PEP 383).

    regular: an ordinary file: no folder, link or device. perhaps: it may be a folder; the server does not say. measure: raises
    OSError where it has gone.
    """

    name: str
    regular: bool
    folder: bool
    measure: Callable[[], Measures]
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A file, with how it is asked for: the folders inside the place, and its name."""

    file: BackupFile
    under: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder inside another one. modified: seconds since 1970; None where the server does not say."""

    name: str
    modified: float | None
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds. files and empty: backups by their names, the newest first. possible: files that may be backups under
    names that we do not know, and links. marks: names in it that tell of a tool. The others are as in BackupPlace."""

    files: tuple[Item, ...]
    seen: int
    empty: tuple[Item, ...]
    folders: tuple[Folder, ...]
    complete: bool
    possible: tuple[Item, ...] = ()
    marks: frozenset[str] = frozenset()
    oldest: tuple[Item, ...] = ()
    """Of the files that are too many to be kept."""
    more: int = 0
    """How many these are."""


MOST_PIECES = 20_000
"""Files named like backups that are kept of one folder: a dump in pieces has one or more for each table."""
MOST_IN_A_FOLDER = 2000
"""Folders that are kept of one folder."""
MOST_POSSIBLE = 1000
"""Files that may be backups, of one folder."""


def collect(entries: Iterable[Entry], looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
    """Read a folder's names once, keep the newest backups. ends: by time.monotonic(). Raises CannotLook."""
    kept = _Kept(looks, under)
    complete = True
    for number, entry in enumerate(entries):
        if number == MOST_NAMES:
            complete = False
            break
        if time.monotonic() > ends:
            raise CannotLook(f"The time was over after {number + 1:,} names.")
        kept.add(entry)
    left = sorted(kept.files, key=_age)[MOST_PIECES:]
    return Listing(
        newest(kept.files, MOST_PIECES),
        kept.seen,
        newest(kept.empty, MOST_FILES),
        tuple(kept.folders[:MOST_IN_A_FOLDER]),
        complete and len(kept.folders) <= MOST_IN_A_FOLDER,
        newest(kept.possible, MOST_POSSIBLE),
        frozenset(kept.marks),
        tuple(sorted((*kept.oldest, *left), key=_age)[-MOST_FILES:]),
        kept.more + len(left),
    )


class _Kept:
    """What is kept of a folder's entries while they come."""

    def __init__(self, looks: Callable[[str], bool], under: tuple[str, ...]) -> None:
        self._looks = looks
        self._under = under
        self._inside = "".join(f"{readable(folder)}/" for folder in under)
        self.files: list[Item] = []
        self.empty: list[Item] = []
        self.possible: list[Item] = []
        self.folders: list[Folder] = []
        self.marks: set[str] = set()
        self.oldest: list[Item] = []
        self.more = 0
        self.seen = 0

    def add(self, entry: Entry) -> None:
        """One name. Raises CannotLook where it is a backup's and the server does not tell its size and time."""
        if not entry.name:  # as FTP tells of a name with a line's end in it
            return
        shown = readable(entry.name)
        if shown in MARKS:
            self.marks.add(shown)
        if (entry.folder or entry.perhaps) and not _furniture(shown) and len(self.folders) <= MOST_IN_A_FOLDER:
            self.folders.append(Folder(entry.name, _changed(entry), perhaps=entry.perhaps))
        self.seen += entry.regular
        if entry.regular and self._looks(shown):
            self._add_backup(entry, shown)
        elif not entry.folder and len(self.possible) < MOST_POSSIBLE and (not entry.regular or may_be_one(shown)):
            self._add_possible(entry, shown)

    def _add_backup(self, entry: Entry, shown: str) -> None:
        try:
            measures = entry.measure()
        except FileNotFoundError:
            return  # rotated away between listing and looking
        if measures.st_size is None or measures.st_mtime is None:
            raise CannotLook("The server does not tell the sizes and times of its files.")
        kept = self.files if measures.st_size else self.empty
        kept.append(self._item(entry, shown, measures.st_size, measures.st_mtime))
        if len(kept) > 2 * MOST_PIECES:
            kept.sort(key=_age)
            if kept is self.files:
                self.more += len(kept) - MOST_PIECES
                self.oldest = sorted((*self.oldest, *kept[MOST_PIECES:]), key=_age)[-MOST_FILES:]
            del kept[MOST_PIECES:]

    def _add_possible(self, entry: Entry, shown: str) -> None:
        """A link is not followed, so that what it leads to is not known; its own size says nothing."""
        try:
            measures = entry.measure()
        except FileNotFoundError:
            return
        size = None if not entry.regular else measures.st_size
        if size != 0:
            self.possible.append(self._item(entry, shown, size or 0, measures.st_mtime or 0))

    def _item(self, entry: Entry, shown: str, size: int, changed: float) -> Item:
        name = self._inside + shown[: max(NAME_CUT - len(self._inside), 40)]
        return Item(BackupFile(name, size, moment(changed)), self._under, entry.name)


def _changed(entry: Entry) -> float | None:
    try:
        return entry.measure().st_mtime
    except OSError:
        return None


def newest(items: Iterable[Item], most: int) -> tuple[Item, ...]:
    """The newest, the newest first."""
    return tuple(sorted(items, key=_age)[:most])


def _age(item: Item) -> tuple[float, str]:
    return -item.file.modified.timestamp(), item.file.name


def _furniture(name: str) -> bool:
    """Folders that file systems and storage boxes put there themselves."""
    return name.startswith((".", "@", "#", "$")) or name.lower() in {"lost+found", "system volume information"}


def moment(seconds: float) -> datetime:
    """Seconds since 1970 → UTC; absurd times end at 1970 or 9999, they do not crash."""
    latest = datetime(9999, 12, 31, tzinfo=UTC)
    if seconds >= latest.timestamp():
        return latest
    return datetime.fromtimestamp(int(max(seconds, 0)), UTC)


class LocalVisit:
    """A folder of this computer, as the visits elsewhere."""

    address = ""

    def __init__(self, folder: LocalFolder) -> None:
        self._folder = folder

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
        """The folder, or one in it. Raises CannotLook, FolderMissing."""
        return list_folder(self._folder, looks, ends, under)

    def open(self, under: tuple[str, ...], name: str, ends: float) -> LocalFile:  # noqa: ARG002  a disk needs no deadline
        """One file of the folder, or of one in it. Raises CannotLook."""
        return LocalFile(self._folder.path.joinpath(*under), name)

    def close(self) -> None:
        """Nothing is kept open."""


def list_folder(folder: LocalFolder, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
    """Read a folder of this computer, or one in it. Raises CannotLook, FolderMissing."""
    _mounted(folder)
    try:
        with os.scandir(folder.path.joinpath(*under)) as found:
            return collect(_entries(found), looks, ends, under)
    except FileNotFoundError as error:
        raise FolderMissing from error
    except NotADirectoryError as error:
        if folder.path.exists():
            raise CannotLook(f"{folder.shown} is a file; give the folder that it lies in, and a pattern for its name.") from error
        raise FolderMissing from error
    except OSError as error:
        raise CannotLook(f"The folder {folder.shown} cannot be read: {error.strerror or type(error).__name__}.") from error


_MOUNTS = Path("/etc/fstab")


def _mounted(folder: LocalFolder) -> None:
    """A network drive that is not there looks like an empty folder, or like none. Raises CannotLook where one should be there."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    points = [Path(words[1].replace("\\040", " ")) for line in lines if len(words := line.split("#", 1)[0].split()) >= 3]
    path = folder.path.absolute()
    for point in points:
        if len(point.parts) > 1 and path.is_relative_to(point) and not os.path.ismount(point):
            raise CannotLook(f"{point} is a drive of its own and is not mounted now, so {folder.shown} cannot be read.")


class LocalFile:
    """One file of such a folder, open for reading; a context manager. Raises CannotLook."""

    def __init__(self, folder: Path, name: str) -> None:
        self._shown = readable(name)
        try:
            self._file = os.open(folder / name, _ONLY_READ)
        except (OSError, ValueError) as error:
            raise CannotLook(self._words(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._file)

    @property
    def size(self) -> int:
        """Bytes, as it is now."""
        return os.fstat(self._file).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""
        parts: list[bytes] = []
        try:
            while length and (part := os.pread(self._file, length, offset)):
                parts.append(part)
                offset, length = offset + len(part), length - len(part)
        except OSError as error:
            raise CannotLook(self._words(error)) from error
        return b"".join(parts)

    def _words(self, error: Exception) -> str:
        if isinstance(error, FileNotFoundError):
            return GONE
        return f"{sanitize(self._shown, NAME_CUT)} cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}."


_ONLY_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link or a pipe that took the file's place meanwhile is not followed and not waited for."""


def _entries(found: Iterator[os.DirEntry[str]]) -> Iterator[Entry]:
    for entry in found:
        yield Entry(entry.name, entry.is_file(follow_symlinks=False), entry.is_dir(follow_symlinks=False), _measure(entry))


def _measure(entry: os.DirEntry[str]) -> Callable[[], os.stat_result]:
    return lambda: entry.stat(follow_symlinks=False)


def readable(name: str) -> str:
    """A file name as text that can be written anywhere. Bytes that are no UTF-8, which stand as surrogates, count as Latin-1."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def mode_is(mode: int | None, kind: Callable[[int], bool]) -> bool:
    """Whether a file's mode says that it is of this kind (``stat.S_ISREG``…); an unknown mode counts as an ordinary file."""
    return kind(mode) if mode is not None else kind is stat.S_ISREG
