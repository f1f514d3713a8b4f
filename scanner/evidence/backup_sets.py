"""Which files one run of a backup tool wrote: a set is one backup, with one age, one size, and parts that may be missing. Pure.

Told by names alone, after the tools' own documentation and sources: UpdraftPlus, WPvivid, duplicity, dar, mydumper, and archives
cut into pieces by zip, 7z, rar, Akeeba, ``split`` and cPanel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise

from scanner.evidence.backups import BackupFile, BackupPart

ONE_RUN = timedelta(hours=24)
_MOST_LOST = 10
_MOST_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a set. part: which of its parts; number: which piece of that, from 1 on."""

    file: BackupFile
    part: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class BackupSet:
    """The files of one backup, in order. name: what they share. tool: whose names these are; empty for a single file.

    joined: the pieces are one file that was cut. lost: names of what must be missing. increment: it holds only what changed.
    """

    name: str
    pieces: tuple[Piece, ...]
    tool: str = ""
    joined: bool = False
    lost: tuple[str, ...] = ()
    increment: bool = False

    @property
    def file(self) -> BackupFile:
        """The set as one backup."""
        if not self.tool:
            return self.pieces[0].file
        parts: dict[str, int] = {}
        for piece in self.pieces:
            parts[piece.part] = parts.get(piece.part, 0) + piece.file.size
        return BackupFile(
            name=self.name,
            size=sum(parts.values()),
            modified=max(piece.file.modified for piece in self.pieces),
            files=len(self.pieces),
            parts=tuple(BackupPart(name, size) for name, size in sorted(parts.items()) if name),
            lost=self.lost[:_MOST_LOST],
            increment=self.increment,
        )


@dataclass(frozen=True, slots=True)
class _Naming:
    """How a tool names the files of one run: groups ``set``, ``part``, ``number``. first: the number that counting begins with.

    last: the ending of the file that comes last and has no number. joined: as in BackupSet. alone: whether one such file is one.
    """

    tool: str
    pattern: re.Pattern[str]
    first: int = 1
    last: str = ""
    joined: bool = False
    alone: bool = True


_ARCHIVE = r"\.(?:zip|7z|tar|t[gbx]z|tbz2|tzst|tar\.(?:gz|bz2|xz|zst)|gz|bz2|xz|zst|sql|dump|jpa|wpress)(?:\.(?:gpg|enc|aes))?"
_NAMINGS = (
    _Naming(
        "UpdraftPlus",
        re.compile(
            r"(?P<set>backup_\d{4}-\d\d-\d\d-\d{4}_.*_[0-9a-f]{12})-(?P<part>db\d*|[a-z][a-z-]{0,40})(?P<number>\d{1,6})?"
            r"\.(?:zip|gz|tar|tar\.gz|tar\.bz2)(?:\.crypt)?"
        ),
    ),
    _Naming(
        "parts",
        re.compile(
            r"(?P<set>.+)[._-]part[._-]?(?P<number>\d{1,5})\.(?:zip|rar|tar|t[gbx]z|tar\.(?:gz|bz2|xz|zst))", re.IGNORECASE
        ),
    ),
    _Naming("dar", re.compile(r"(?P<set>.+)\.(?P<number>\d{1,5})\.dar")),
    _Naming("rar", re.compile(r"(?P<set>.+)\.(?:r(?P<number>\d\d)|rar)", re.IGNORECASE), first=0, last=".rar", alone=False),
    _Naming("zip", re.compile(r"(?P<set>.+)\.(?:z(?P<number>\d\d)|zip)", re.IGNORECASE), last=".zip", joined=True, alone=False),
    _Naming(
        "Akeeba", re.compile(r"(?P<set>.+)\.(?:j(?P<number>\d\d)|jp[as])", re.IGNORECASE), last=".jpa", joined=True, alone=False
    ),
    _Naming("pieces", re.compile(rf"(?P<set>.+{_ARCHIVE})\.(?P<number>\d{{3}})", re.IGNORECASE), joined=True),
    _Naming("pieces", re.compile(rf"(?P<set>.+{_ARCHIVE})[._-]?part[._-]?(?P<number>\d{{1,6}})", re.IGNORECASE), joined=True),
    _Naming(
        "split", re.compile(rf"(?P<set>.+{_ARCHIVE})[._-](?P<number>\d{{2}})", re.IGNORECASE), first=0, joined=True, alone=False
    ),
    _Naming(
        "split",
        re.compile(rf"(?P<set>.+{_ARCHIVE})[._-]?(?:part[._-]?)?(?P<letters>[a-c][a-z]|aa[a-z])", re.IGNORECASE),
        joined=True,
        alone=False,
    ),
)
_DUPLICITY = re.compile(
    r"duplicity-(?P<kind>full|inc)\.(?P<from>\d{8}T\d{6}Z)(?:\.to\.(?P<to>\d{8}T\d{6}Z))?\.(?:vol(?P<number>\d+)\.difftar|(?P<list>manifest))"
    r"(?P<end>(?:\.(?:gz|gpg|part))*)"
)
_MYDUMPER = re.compile(
    r"\A(?P<database>[^.]{1,200}?)(?:\.(?P<table>.{1,200}?))?(?P<schema>-schema(?:-create|-post|-view|-triggers|-sequence)?)?"
    r"(?:\.(?P<chunk>\d{5,}(?:\.\d{5,})?))?\.(?:sql|dat)(?:\.(?:gz|zst))?"
)
UPDRAFT_PARTS = frozenset({"plugins", "themes", "uploads", "others"})
_BEFORE_AN_UPDATE = frozenset({"plugins", "themes", "wpcore", "db"})
"""What UpdraftPlus saves before it lets something be updated: only what is updated, and the database."""


def is_of_a_set(name: str) -> bool:
    """Whether a file is named as a piece of a set is, whatever its ending says."""
    last = name.rpartition("/")[2]
    if _DUPLICITY.fullmatch(last):
        return True
    matches = ((naming, naming.pattern.fullmatch(last)) for naming in _NAMINGS)
    return any(found and (naming.alone or _number(found, naming) is not None) for naming, found in matches)


def sets_of(files: Iterable[BackupFile], beside: frozenset[str] = frozenset()) -> tuple[BackupSet, ...]:
    """Files → the backups that they are, the newest first. beside: other names in the same folder that tell of a tool."""
    left: dict[str, BackupFile] = {}
    found: list[BackupSet] = []
    for file in files:
        if file.files > 1 or file.parts or file.lost or file.increment:  # taken together already
            found.append(BackupSet(file.name, (Piece(file),)))
        else:
            left.setdefault(file.name, file)

    def take(made: Iterable[BackupSet]) -> None:
        for one in list(made):
            found.append(one)
            for piece in one.pieces:
                left.pop(piece.file.name, None)

    take(_duplicity(list(left.values())))
    take(_mydumper(list(left.values()), beside))
    for naming in _NAMINGS:
        take(_named(naming, list(left.values())))
    found += (BackupSet(file.name, (Piece(file),)) for file in left.values())
    return tuple(sorted(found, key=lambda one: (-one.file.modified.timestamp(), one.name)))


def backups_in(files: Iterable[BackupFile]) -> tuple[BackupFile, ...]:
    """Files → the backups that they are, each as one, the newest first."""
    return tuple(one.file for one in sets_of(files))


# --- one tool after the other


def _named(naming: _Naming, files: Sequence[BackupFile]) -> Iterator[BackupSet]:
    """The sets that follow one way of naming."""
    groups: dict[str, list[Piece]] = {}
    for file in files:
        if (found := naming.pattern.fullmatch(file.name)) is None:
            continue
        number = _number(found, naming)
        part = found.groupdict().get("part") or ""
        groups.setdefault(found["set"], []).append(Piece(file, part, _MOST_NUMBER if number is None else number))
    for name, pieces in groups.items():
        if made := _made(naming, name, pieces):
            yield made


def _number(found: re.Match[str], naming: _Naming) -> int | None:
    """A piece's number; None for the last one, which has none."""
    groups = found.groupdict()
    if letters := groups.get("letters"):
        number = 0
        for letter in letters.lower():
            number = number * 26 + ord(letter) - ord("a")
        return number + 1
    if groups.get("number"):
        return int(groups["number"])
    return None if naming.last else 1


def _made(naming: _Naming, name: str, pieces: list[Piece]) -> BackupSet | None:
    """The set, unless these names only look like one."""
    numbers = {piece.number for piece in pieces if piece.number != _MOST_NUMBER}
    if not naming.alone and (not numbers or (naming.tool == "split" and not _is_split(pieces))):
        return None
    lost: list[str] = []
    if naming.last:
        name = next((piece.file.name for piece in pieces if piece.number == _MOST_NUMBER), name + naming.last)
        lost += [] if any(piece.number == _MOST_NUMBER for piece in pieces) else [name]
    by_part: dict[str, set[int]] = {}
    for piece in pieces:
        if piece.number != _MOST_NUMBER:
            by_part.setdefault(piece.part, set()).add(piece.number)
    for part, there in sorted(by_part.items()):
        first = min(there) if min(there) < 2 and not naming.last else naming.first
        gaps = islice((number for number in range(first, max(there)) if number not in there), _MOST_LOST)
        lost += (f"{part}{number}" if part and number > 1 else part or f"piece {number}" for number in gaps)
    ordered = tuple(sorted(pieces, key=lambda piece: (piece.part, piece.number)))
    return BackupSet(name, ordered, naming.tool, naming.joined, tuple(lost))


def _is_split(pieces: Sequence[Piece]) -> bool:
    """Whether these are the pieces that ``split`` makes: counted from the first on, all but the last of one size."""
    ordered = sorted(pieces, key=lambda piece: piece.number)
    if ordered[0].number > 1 and ordered[0].file.name[-1].isdigit():  # shop.sql.gz.10 and .11: old ones, numbered by logrotate
        return False
    if len(ordered) < 2:
        return False
    sizes = {piece.file.size for piece in ordered[:-1]}
    near = all(two.number - one.number <= 3 for one, two in pairwise(ordered))
    return near and len(sizes) == 1 and ordered[-1].file.size <= max(sizes)


def _duplicity(files: Sequence[BackupFile]) -> Iterator[BackupSet]:
    """Full runs and increments; each increment needs the run that it builds on."""
    groups: dict[tuple[str, str, str], list[Piece]] = {}
    listed: set[tuple[str, str, str]] = set()
    for file in files:
        if (found := _DUPLICITY.fullmatch(file.name)) and not found["end"].endswith(".part"):
            key = (found["kind"], found["from"], found["to"] or found["from"])
            groups.setdefault(key, []).append(Piece(file, "", int(found["number"] or 0)))
            if found["list"]:
                listed.add(key)
    moments = {to for _, _, to in groups}
    for key, pieces in groups.items():
        kind, begins, ends = key
        name = f"duplicity-full.{begins}" if kind == "full" else f"duplicity-inc.{begins}.to.{ends}"
        numbers = {piece.number for piece in pieces if piece.number}
        lost = [f"volume {number}" for number in range(1, max(numbers, default=0)) if number not in numbers]
        if key not in listed:
            lost.append("its manifest")
        if kind == "inc" and begins not in moments:
            lost.append(f"the run of {begins} that it builds on")
        ordered = tuple(sorted(pieces, key=lambda piece: piece.number))
        yield BackupSet(name, ordered, "duplicity", lost=tuple(lost), increment=kind == "inc")


def _mydumper(files: Sequence[BackupFile], beside: frozenset[str]) -> Iterator[BackupSet]:
    """A folder with a file or more for each table: one dump."""
    found = [(file, match) for file in files if (match := _MYDUMPER.fullmatch(file.name))]
    databases = {
        match["database"] for _, match in found if match["schema"] and (match["table"] or match["schema"] == "-schema-create")
    }
    pieces = [Piece(file) for file, match in found if match["database"] in databases and (match["table"] or match["schema"])]
    if len(pieces) < 2:
        return
    lost = () if "metadata" in beside or not beside else ("metadata",)
    if "metadata.partial" in beside:
        lost = ("metadata",)
    ordered = tuple(sorted(pieces, key=lambda piece: piece.file.name))
    yield BackupSet(f"{', '.join(sorted(databases))} (mydumper)", ordered, "mydumper", lost=lost)


# --- what a set lacks beside the others


@dataclass(frozen=True, slots=True)
class Judged:
    """UpdraftPlus's sets, in the order of their files. lost: set's name → its missing parts. extra: names of those made before an
    update, which are no whole backups and are not meant to be."""

    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extra: frozenset[str] = frozenset()


def updraft_sets(backups: Sequence[BackupFile]) -> Judged:
    """What UpdraftPlus's newest sets lack. A set with fewer parts than the one before it is an extra one, made before an update,
    where the usual time between two full sets has not passed yet; otherwise parts of it are lost."""
    sets = [one for one in backups if _is_updraft(one) and _parts(one)]
    extra: set[str] = set()
    for number, one in enumerate(sets):
        parts, others = _parts(one), sets[number + 1 :]
        full = next((other for other in others if _parts(other) > parts), None)
        if full is None:
            wanted = _parts(others[0]) if others else frozenset(UPDRAFT_PARTS)
            lost = tuple(sorted(wanted - parts))
            return Judged({one.name: lost} if lost else {}, frozenset(extra))
        if not _is_extra(one, full, others):
            return Judged({one.name: tuple(sorted(_parts(full) - parts))}, frozenset(extra))
        extra.add(one.name)
    return Judged({}, frozenset(extra))


def _is_updraft(one: BackupFile) -> bool:
    return bool(one.parts) and one.name.rpartition("/")[2].startswith("backup_")


def _parts(one: BackupFile) -> frozenset[str]:
    return frozenset(part.name for part in one.parts if part.name != "db")


def _is_extra(one: BackupFile, full: BackupFile, others: Sequence[BackupFile]) -> bool:
    passed = _began(one) - _began(full)
    before = [other for other in others if other is not full and _parts(other) >= _parts(full)]
    if before:
        return passed < 0.9 * (_began(full) - _began(before[0]))
    if passed < ONE_RUN:
        return True
    return _parts(one) <= _BEFORE_AN_UPDATE and bool(_parts(full) & {"uploads", "others"})


def _began(one: BackupFile) -> datetime:
    return one.modified
