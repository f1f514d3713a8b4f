"""What lies at the places where the owner says that his backups are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A file that looks like a backup: name (no folder), size in bytes, time of last change (UTC)."""

    name: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """One configured place.

    kind: ``database`` or ``site``. location: where, without user name, password or query. pattern: what was looked for; empty
    for the usual tools' names. max_age_days: what the owner allows. files: the newest first, at most 50, none of them empty,
    or why they could not be listed.
    seen: how many files lie there in all. empty: those named like backups that hold nothing, the newest first, at most 50.
    folders: how many folders lie there; they are not looked into. folder_missing: the login worked, and the folder is not
    there; then files is (). complete: False where there were more names than are read.
    host: the server's name, address: the one connected to; both empty for a folder of this computer.
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


@dataclass(frozen=True, slots=True)
class Backups:
    """All configured places, in the order of the configuration; empty where the owner configured none."""

    places: tuple[BackupPlace, ...]
    gathered_at: datetime
