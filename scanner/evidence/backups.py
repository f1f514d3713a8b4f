"""What lies at the places where the owner says that his backups are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class BackupPart:
    """A part of a set of files, with the bytes of all its pieces."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A file that looks like a backup, or a set of files that one run of a tool wrote.

    name: with the folders inside the place that it lies in. size: in bytes, of all its files. modified: time of the last change
    (UTC). files: how many it consists of. parts: what a set is made of, where the tool tells. lost: what must be missing.
    increment: it holds only what changed since another one.
    """

    name: str
    size: int
    modified: datetime
    files: int = 1
    parts: tuple[BackupPart, ...] = ()
    lost: tuple[str, ...] = ()
    increment: bool = False


@dataclass(frozen=True, slots=True)
class BackupContent:
    """The newest finished file, opened.

    name: the file's (no folder). form: how it is packed (``gzip``, ``zip``, ``tar+gzip``, ``text`` …).
    whole: True where every byte was read and unpacked; else the beginning and the end, as far as that is cheap.
    broken: how it is damaged, in words that follow the name ("breaks off in the middle"); empty where no damage was seen.
    ends: whether its end is the one that its tool writes last; None where it was not seen or its tool writes none.
    tables: names of the database's tables, at most 2000; None where the file was not read whole or holds no dump.
    entries: how many files the archive holds; None where it is none or was not read whole.
    rows: whether the dumps in it fill any table; None as for tables. dumps: how many it holds; None where that cannot be told.
    made: when the newest dump in it was made, by its own word or else by the archive's.
    """

    name: str
    form: str
    whole: bool
    broken: str = ""
    ends: bool | None = None
    tables: tuple[str, ...] | None = None
    entries: int | None = None
    rows: bool | None = None
    dumps: int | None = None
    made: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """One configured place.

    kind: ``database`` or ``site``. location: where, without user name, password or query. pattern: what was looked for; empty
    for the usual tools' names. max_age_days: what the owner allows. files: the backups, each one file or a set, the newest first,
    at most 50, none of them empty; or why they could not be listed.
    seen: how many files lie there in all. empty: those named like backups that hold nothing, the newest first, at most 50.
    folders: how many folders lie there. unlooked: how many folders could not be looked into, or were too many for that.
    folder_missing: the login worked, and the folder is not there; then files is (). complete: False where there were more names
    than are read. possible: names of files that may be backups, but are named in no way that we know. copied: a folder in which
    the shop's files lie as they are, without an archive; empty where there is none.
    host: the server's name, address: the one connected to; both empty for a folder of this computer.
    content: of the newest file that is no longer being written; None where there is none.
    """

    kind: str
    location: str
    pattern: str
    max_age_days: float
    files: tuple[BackupFile, ...] | Unavailable
    seen: int = 0
    empty: tuple[BackupFile, ...] = ()
    folders: int = 0
    folder_missing: bool = False
    complete: bool = True
    host: str = ""
    address: str = ""
    content: BackupContent | Unavailable | None = None
    unlooked: int = 0
    possible: tuple[str, ...] = ()
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Backups:
    """All configured places, in the order of the configuration; empty where the owner configured none."""

    GIVEN_BY_THE_OWNER: ClassVar[bool] = True

    places: tuple[BackupPlace, ...]
    gathered_at: datetime
