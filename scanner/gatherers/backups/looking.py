"""Looks at one place: what the child process of ``backups`` does.

It says two things: what lies in the place and in the folders inside it, and then what its newest backup does. The second may
fail, or take too long, and leaves the first as it is.
"""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from scanner.evidence import BackupContent, BackupFile, Unavailable
from scanner.evidence.backup_sets import BackupSet, sets_of, updraft_sets
from scanner.evidence.codec import encode
from scanner.gatherers.backups.content import CHUNK, READ_WHOLE, inspect
from scanner.gatherers.backups.names import is_of_the_other_kind, looks_like
from scanner.gatherers.backups.pgdump import read_archive
from scanner.gatherers.backups.places import (
    GONE,
    MOST_FILES,
    MOST_PIECES,
    NAME_CUT,
    CannotLook,
    Folder,
    FolderMissing,
    FtpsFolder,
    Heartbeat,
    Item,
    Listing,
    LocalFolder,
    LocalVisit,
    Login,
    Place,
    SftpFolder,
    StoreFolder,
    readable,
)
from scanner.gatherers.backups.remarks import moment_in
from scanner.gatherers.backups.server import Server
from scanner.gatherers.backups.sql import MOST_TABLES
from scanner.gatherers.backups.streams import Broken, Enough, Joined, Pull, Source, Timed
from scanner.gatherers.backups.tools import FOLDERS, WEB_ROOT, folder_with, repository_with
from scanner.text.sanitize import sanitize

STILL_WRITING = timedelta(minutes=15)
MOST_FOLDERS = 200
"""Folders inside a place that are looked into, the newest first."""
DEEPEST = 5
ENOUGH_RUNS = 8
"""Folders with backups in them, after which no older one is looked into where the newest backup is young enough."""
MOST_KEPT = 4 * MOST_PIECES
"""Files of which names are kept, in all folders together."""
LONGEST_FOLDER = 255
MOST_NAMED = 3
"""Files that may be backups: as many as a sentence bears."""
MOST_BYTES = 4 * READ_WHOLE
"""Of a set's files, unless all of it is to be read."""
MOST_TRIED = 5
"""Archives that are opened to see whether a dump is in them."""

_VERIFYING = {"restic": "restic check", "borg": "borg check", "rdiff-backup": "rdiff-backup verify"}


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be looked at. seconds: for the lists of names; opening: for the newest backup. deep: read that to its end.
    server: where the place's name leads; nowhere, for a folder of this computer.

    kind, pattern, max_age_days: as in BackupPlace. now: when the look began.
    """

    place: Place
    login: Login
    kind: str
    pattern: str | None
    max_age_days: float
    seconds: float
    opening: float
    deep: bool
    now: datetime
    server: Server


@dataclass(frozen=True, slots=True)
class Told:
    """What a place holds; the fields are those of BackupPlace."""

    files: tuple[BackupFile, ...] | Unavailable
    address: str
    seen: int = 0
    empty: tuple[BackupFile, ...] = ()
    folders: int = 0
    complete: bool = True
    folder_missing: bool = False
    unlooked: int = 0
    possible: tuple[str, ...] = ()
    copied: str = ""
    content: BackupContent | Unavailable | None = None


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
    """Say what the place holds (Told), and then once more, with what its newest backup does, where there is one to be opened."""
    os.environ.update(errand.login.environment)
    visit: Visit | None = None
    try:
        visit = visit_of(errand.place, errand.login, errand.server)
        look = _Look(errand, visit)
        try:
            told = look.told()
        except FolderMissing:
            told = Told((), visit.address, folder_missing=True)
        except CannotLook as reason:
            told = Told(Unavailable(str(reason)), visit.address)
        say(encode(told))
        if (opened := look.opened(told)) is not None:
            say(encode(opened))
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

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
        """The folder, or one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""

    def open(self, under: tuple[str, ...], name: str, ends: float) -> AbstractContextManager[Source]:
        """One file of the folder, or of one in it. Raises CannotLook, FolderMissing."""

    def close(self) -> None:
        """End it."""


def visit_of(place: Place, login: Login, server: Server) -> Visit:
    """Raises CannotLook."""
    match place:
        case LocalFolder():
            return LocalVisit(place)
        case SftpFolder():
            from scanner.gatherers.backups.sftp import SftpVisit

            return SftpVisit(place, login, server)
        case FtpsFolder():
            from scanner.gatherers.backups.ftps import FtpsVisit

            return FtpsVisit(place, login, server)
        case StoreFolder():
            from scanner.gatherers.backups.stores import StoreVisit

            return StoreVisit(place, login, server)
        case Heartbeat():
            from scanner.gatherers.backups.heartbeat import HeartbeatVisit

            return HeartbeatVisit(place, server)


@dataclass(slots=True)
class _Survey:
    """What was found in a place and in the folders inside it.

    sets: each backup, with its files by name. kept: how many files in all. closed: a tool whose repository lies there and cannot
    be read. runs: folders with backups in them. repositories: name of a repository's run → the tool. The others are as in
    BackupPlace.
    """

    sets: list[tuple[BackupSet, dict[str, Item]]] = field(default_factory=list)
    empty: list[Item] = field(default_factory=list)
    possible: list[Item] = field(default_factory=list)
    seen: int = 0
    unlooked: int = 0
    complete: bool = True
    copied: str = ""
    closed: str = ""
    runs: int = 0
    kept: int = 0
    repositories: dict[str, str] = field(default_factory=dict)

    @property
    def backups(self) -> tuple[BackupFile, ...]:
        """Each set as one, the newest first."""
        files = (one.file for one, _ in self.sets)
        return tuple(sorted(files, key=lambda file: (-file.modified.timestamp(), file.name)))

    def pieces(self, name: str) -> tuple[BackupSet, list[Item]]:
        """The set of this name, with how its pieces are asked for."""
        one, items = next((one, items) for one, items in self.sets if one.file.name == name)
        return one, [items[piece.file.name] for piece in one.pieces]


class _Look:
    """One errand, worked off."""

    def __init__(self, errand: Errand, visit: Visit) -> None:
        self._errand = errand
        self._visit = visit
        self._looks = looks_like(errand.kind, errand.pattern)
        self._found = _Survey()

    # --- what lies there

    def told(self) -> Told:
        """Raises CannotLook, FolderMissing."""
        errand, survey = self._errand, self._found
        ends = time.monotonic() + errand.seconds
        root = self._visit.look(self._looks, ends)
        leads_on = self._add(survey, root, (), ends)
        if leads_on and root.folders and not self._suffices(survey):
            self._look_inside(survey, root.folders, ends - errand.seconds / 10)  # what was seen by then is told in time
        if not survey.sets and survey.closed:
            raise CannotLook(
                f"{survey.closed} keeps its backups there, and only {survey.closed} itself can tell when its last run ended. "
                "Let the job that runs it write to a web address of yours, and give that one as location (a heartbeat)."
            )
        survey.possible = [item for item in survey.possible if not is_of_the_other_kind(item.file.name, errand.kind)]
        return Told(
            files=survey.backups[:MOST_FILES],
            address=self._visit.address,
            seen=survey.seen,
            empty=tuple(item.file for item in survey.empty)[:MOST_FILES],
            folders=sum(not folder.perhaps for folder in root.folders),
            complete=survey.complete,
            unlooked=survey.unlooked,
            possible=tuple(item.file.name for item in survey.possible)[:MOST_NAMED],
            copied=survey.copied,
        )

    def _add(self, survey: _Survey, listing: Listing, under: tuple[str, ...], ends: float) -> bool:
        """One folder's backups, as the sets that they are. Returns whether the folders in it are worth a look.

        Raises CannotLook, FolderMissing.
        """
        survey.seen += listing.seen
        survey.complete = survey.complete and listing.complete
        files, lost, tool = listing.files, "", ""
        repository = None if files else repository_with(listing.marks)
        if repository is not None:
            if repository.run is None:
                survey.closed = repository.tool
                return False
            under = (*under, *repository.under)
            files = self._visit.look(partial(_matches, repository.run), ends, under).files
            survey.repositories |= {item.file.name: repository.tool for item in files}
        elif self._errand.kind == "database" and (folder := folder_with(listing.marks)) is not None:
            files, tool = self._visit.look(partial(_matches, folder.files), ends, under).files, folder.tool
            lost = "" if any(readable(item.name) == folder.last for item in files) else folder.last
        inside = "".join(f"{readable(folder)}/" for folder in under)
        if tool and files:
            made = [_folder_as_a_set(inside, tool, files, lost)]
        else:
            made = [_within(one, inside) for one in sets_of((_without(item.file, inside) for item in files), listing.marks)]
        items = {item.file.name: item for item in files}
        survey.kept += len(items) + len(listing.possible) + len(listing.empty)
        survey.sets += ((one, items) for one in made)
        survey.runs += bool(made)
        survey.empty += listing.empty
        survey.possible += () if tool or repository else listing.possible
        copied = not files and len(WEB_ROOT & listing.marks) >= 2
        if copied and self._errand.kind == "site":
            survey.copied = survey.copied or inside.rstrip("/") or "."
        elif copied:  # a dump that the software brings along, for installing it, is no backup
            survey.unlooked += len(listing.folders)
        return not (tool or repository or copied)

    def _look_inside(self, survey: _Survey, folders: Iterable[Folder], ends: float) -> None:
        """A folder a night, or one for each database: the newest first, until there is enough."""
        waiting: list[tuple[tuple[str, ...], Folder]] = [((folder.name,), folder) for folder in _newest_last(folders)]
        looked = 0
        while waiting:
            if looked >= MOST_FOLDERS or survey.kept >= MOST_KEPT or time.monotonic() > ends:
                survey.unlooked += len(waiting)
                return
            if survey.runs >= ENOUGH_RUNS and self._suffices(survey):
                return
            under, folder = waiting.pop()
            if "/" in folder.name or folder.name in {"", ".", ".."} or len(folder.name) > LONGEST_FOLDER:
                survey.unlooked += 1
                continue
            looked += 1
            try:
                listing = self._visit.look(self._looks, ends, under)
                leads_on = self._add(survey, listing, under, ends)
            except (CannotLook, FolderMissing):
                survey.unlooked += not folder.perhaps
                continue
            if leads_on and len(under) < DEEPEST:
                waiting += [((*under, inner.name), inner) for inner in _newest_last(listing.folders)]
            elif leads_on:
                survey.unlooked += len(listing.folders)

    def _suffices(self, survey: _Survey) -> bool:
        """Whether the newest finished backup is young enough."""
        newest = _newest_finished(survey.backups, self._errand.now)
        return newest is not None and self._errand.now - newest.modified <= timedelta(days=self._errand.max_age_days)

    # --- what is in it

    def opened(self, told: Told) -> Told | None:
        """What was told, with the newest backup opened; None where there is none to be opened. Where the database is looked for
        and only archives are there, these are opened, the newest first: one may hold a dump, and one that was read whole and
        holds none is no backup of the database."""
        errand, survey = self._errand, self._found
        if isinstance(told.files, Unavailable) or told.folder_missing:
            return None
        if (newest := _newest_finished(told.files, errand.now)) is not None:
            return replace(told, content=self._content(survey, newest))
        if errand.kind != "database" or errand.pattern or not survey.possible:
            return None
        ends = time.monotonic() + errand.opening
        left = sorted(survey.possible, key=lambda item: item.file.modified, reverse=True)
        for item in left[:MOST_TRIED]:
            content = self._single(item, ends, "")
            if isinstance(content, BackupContent) and content.tables:
                files = tuple(one.file for one in left if one.file.size)
                content = replace(content, name=item.file.name)
                return replace(told, files=files[:MOST_FILES], possible=(), content=content)
            if isinstance(content, BackupContent) and content.dumps == 0:
                left = [one for one in left if one is not item]
        return replace(told, possible=tuple(item.file.name for item in left)[:MOST_NAMED])

    def _content(self, survey: _Survey, newest: BackupFile) -> BackupContent | Unavailable:
        """That it could not be opened is no reason to forget the list."""
        if tool := survey.repositories.get(newest.name):
            return Unavailable(f"Only {tool} itself can tell whether its repository is whole: run “{_VERIFYING[tool]}”.")
        one, items = survey.pieces(newest.name)
        if any(folder.tool == one.tool and not folder.readable for folder in FOLDERS):
            return Unavailable(f"Only {one.tool} itself can tell whether its copy is whole: prepare it on another computer.")
        ends = time.monotonic() + self._errand.opening
        try:
            if any("/" in item.name or "\0" in item.name for item in items):
                raise CannotLook("The newest file has a name that cannot be asked for.")
            if one.tool == "pg_dump" and (lost := self._lost_of_postgresql(items, ends)):
                return BackupContent(
                    newest.name, one.tool, whole=False, broken=f"lacks {lost}, which its table of contents names"
                )
            content = (
                self._joined(one, items, ends) if one.joined and not one.lost else _together(one, self._pieces(one, items, ends))
            )
            return replace(content, name=newest.name) if isinstance(content, BackupContent) else content
        except CannotLook as reason:
            return Unavailable(str(reason))
        except (FolderMissing, FileNotFoundError):
            return Unavailable(GONE)

    def _pieces(self, one: BackupSet, items: list[Item], ends: float) -> Iterator[BackupContent | Unavailable]:
        """Each piece opened, as far as that takes no more bytes and no more time than is meant for one backup."""
        left = MOST_BYTES
        for item in items:
            if (left <= 0 and not self._errand.deep) or time.monotonic() > ends:
                yield BackupContent(item.file.name, "", whole=False)
                return
            left -= min(item.file.size, READ_WHOLE)
            yield self._single(item, ends, one.tool)

    def _lost_of_postgresql(self, items: list[Item], ends: float) -> str:
        """A file that ``pg_dump -Fd`` wrote and that is no longer there; empty where all are. Raises CannotLook."""
        contents = next((item for item in items if readable(item.name) == "toc.dat"), None)
        if contents is None:
            return ""
        with self._visit.open(contents.under, contents.name, ends) as source:
            try:
                named = read_archive(Pull(Timed(source, ends, CHUNK).stream()), MOST_TABLES).files
            except (Broken, Enough):
                return ""  # told when it is opened with the others
        there = {re.sub(r"\.(?:gz|lz4|zst)\Z", "", readable(item.name)) for item in items}
        return min(named - there, default="")

    def _single(self, item: Item, ends: float, tool: str) -> BackupContent | Unavailable:
        """One file, which may be one of many."""
        name = readable(item.name)
        try:
            with self._visit.open(item.under, item.name, ends) as source:
                kind = self._errand.kind if not tool or tool in {"UpdraftPlus", "parts"} else ""
                return inspect(source, name, deep=self._errand.deep, ends=ends, kind=kind)
        except CannotLook as reason:
            return Unavailable(str(reason))
        except (FolderMissing, FileNotFoundError):
            return Unavailable(GONE)

    def _joined(self, one: BackupSet, items: list[Item], ends: float) -> BackupContent:
        """A file that was cut into pieces, as it was before. Raises CannotLook."""
        with ExitStack() as stack:
            sources = [stack.enter_context(self._visit.open(item.under, item.name, ends)) for item in items]
            source = Joined(sources)
            return inspect(source, one.name.rpartition("/")[2], deep=self._errand.deep, ends=ends, kind=self._errand.kind)


def _newest_finished(backups: tuple[BackupFile, ...], now: datetime) -> BackupFile | None:
    """The newest backup that is no longer being written. A clock that runs ahead is no writer."""
    extra = updraft_sets(backups).extra
    finished = (file for file in backups if not timedelta(hours=-1) < now - file.modified < STILL_WRITING)
    return next((file for file in finished if file.name not in extra), None)


def _matches(pattern: re.Pattern[str], name: str) -> bool:
    return pattern.fullmatch(name) is not None


def _newest_last(folders: Iterable[Folder]) -> list[Folder]:
    """By the day in a folder's name where there is one, else by the time of its last change."""
    earliest = datetime(1970, 1, 1, tzinfo=UTC)

    def age(folder: Folder) -> tuple[datetime, str]:
        named = moment_in(re.sub(r"(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)", r"\1-\2-\3", readable(folder.name), count=1))
        changed = None if folder.modified is None else earliest + timedelta(seconds=min(max(folder.modified, 0), 4e9))
        return named or changed or earliest, folder.name

    return sorted(folders, key=age)


def _without(file: BackupFile, inside: str) -> BackupFile:
    return replace(file, name=file.name.removeprefix(inside)) if inside else file


def _within(one: BackupSet, inside: str) -> BackupSet:
    """A set, with the folders that it lies in before its names."""
    pieces = tuple(replace(piece, file=replace(piece.file, name=inside + piece.file.name)) for piece in one.pieces)
    return replace(one, name=inside + one.name[:NAME_CUT], pieces=pieces)


def _folder_as_a_set(inside: str, tool: str, files: Iterable[Item], lost: str) -> BackupSet:
    made = sets_of(item.file for item in files)
    pieces = tuple(sorted((piece for one in made for piece in one.pieces), key=lambda piece: piece.file.name))
    return BackupSet(f"{inside.rstrip('/')} ({tool})".strip(), pieces, tool, lost=(lost,) if lost else ())


def _together(one: BackupSet, pieces: Iterable[BackupContent | Unavailable]) -> BackupContent | Unavailable:
    """Several files as the one backup that they are: broken where one is, whole where all are."""
    contents = list(pieces)
    if len(contents) == 1 and not one.tool:
        return contents[0]
    opened = [content for content in contents if isinstance(content, BackupContent)]
    broken = next((content for content in opened if content.broken), None)
    if broken is not None:
        return replace(broken, broken=f"holds “{sanitize(broken.name, 80)}”, which {broken.broken}")
    unopened = next((content for content in contents if isinstance(content, Unavailable)), None)
    if unopened is not None:
        return unopened
    tables = sorted({table for content in opened for table in content.tables or ()})
    whole = all(content.whole for content in opened)
    unseen = any(not content.whole and content.ends is None for content in opened)
    ends = [content.ends for content in opened]
    return BackupContent(
        name=one.name,
        form=one.tool,
        whole=whole,
        ends=False if False in ends else True if True in ends and not unseen else None,
        tables=tuple(tables) if whole and any(content.tables is not None for content in opened) else None,
        entries=sum(content.entries or 0 for content in opened) or None,
        rows=any(content.rows for content in opened) if whole and tables else None,
        made=max((content.made for content in opened if content.made), default=None),
    )
