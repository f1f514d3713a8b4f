"""Where letters lie in files and folders: single ones (.eml, .emlx), mailboxes in one file (mbox), Maildirs, folders of files.

A mailbox may be a damaged one, or have no end: only its last part is read, and no letter is read that is longer than mail hosts
take.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.text.cards import name_without_card_numbers

MOST_BYTES = 25_000_000
"""Of a letter; the big mail hosts take no longer one."""
MOST_OF_A_MAILBOX = 256_000_000
"""Bytes from its end, where the newest letters are."""
MOST_NAMES = 100_000
_PIECE = 65_536
_SEPARATOR = re.compile(rb"From (?:\S+ .*\d{4}|- .*\d{4}|\S+|-)?\s*\Z")
_HEADER = re.compile(rb"[!-9;-~]{1,100}:|>From ")
_ENDINGS = (".eml", ".emlx", ".mbox", ".mbx")


class NoLetters(Exception):
    """Nothing there is a letter; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Where one letter's bytes are. name: what people call it. in_mailbox: whether lines that begin with “From ” are marked."""

    path: str
    name: str
    start: int
    length: int
    in_mailbox: bool = False

    def read(self) -> bytes:
        """The bytes; a file that shrank gives fewer. Raises OSError."""
        with Path(self.path).open("rb") as file:
            file.seek(self.start)
            return file.read(self.length)


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies at a place: the newest letters, the oldest of them first, and how many others."""

    pieces: tuple[Piece, ...]
    more: int = 0


def lying_at(path: Path, shown: str, most: int, pattern: str = "") -> Lying:
    """The letters at a place, which may be a file or a folder. shown: its name for people. pattern: of files in a folder.

    Raises NoLetters, OSError.
    """
    if path.is_dir():
        return _in_folder(path, shown, most, pattern)
    if not stat.S_ISREG(path.stat().st_mode):
        raise NoLetters(f"{shown}: is no file and no folder")
    return _in_file(path, shown, most)


def _in_file(path: Path, shown: str, most: int) -> Lying:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(512)
    if not head.strip():
        raise NoLetters(f"{shown}: is empty")
    if head.startswith(b"From ") and _SEPARATOR.match(head.partition(b"\n")[0]):
        return _in_mailbox(path, shown, size, most)
    start, length = _frame(head, size)
    return Lying((Piece(str(path), shown, start, min(length, MOST_BYTES + 1)),))


def _frame(head: bytes, size: int) -> tuple[int, int]:
    """Start and length of the letter in a file; Apple's .emlx says its length first."""
    if (match := re.match(rb"[ \t]*(\d{1,9})[ \t]*\r?\n", head)) is not None:
        return match.end(), int(match[1])
    start = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    return start, size - start


def _in_mailbox(path: Path, shown: str, size: int, most: int) -> Lying:
    """The last letters of an mbox file (RFC 4155): each begins with a line “From …” after an empty one, and has a header next."""
    begun = max(0, size - MOST_OF_A_MAILBOX)
    found: deque[int] = deque(maxlen=most)
    letters, at, blank, candidate = 0, begun, begun == 0, -1
    with path.open("rb") as file:
        file.seek(begun)
        while line := file.readline(_PIECE):
            if candidate >= 0 and (_HEADER.match(line) or not line.strip()):
                found.append(candidate)
                letters += 1
            after = at + len(line)
            candidate = after if blank and line.startswith(b"From ") and _SEPARATOR.match(line) else -1
            blank, at = not line.strip(b"\r\n"), after
    if not found:
        raise NoLetters(f"{shown}: is a mailbox in which no letter begins; it may be damaged")
    ends = [*(start for start in list(found)[1:]), at]
    first = letters - len(found) + 1
    pieces = tuple(
        Piece(str(path), f"{shown}#{first + number}", start, min(end - start, MOST_BYTES + 1), in_mailbox=True)
        for number, (start, end) in enumerate(zip(found, ends, strict=True))
    )
    return Lying(pieces, letters - len(found))


def _in_folder(path: Path, shown: str, most: int, pattern: str) -> Lying:
    """A Maildir's letters, those of a folder of files otherwise: the newest by the time of their last change."""
    boxes = [path / part for part in ("new", "cur")]
    maildir = all(box.is_dir() for box in boxes)
    files: list[tuple[float, str, Path]] = []
    for box in boxes if maildir else [path]:
        for entry in _entries(box):
            wanted = fnmatch.fnmatchcase(entry.name, pattern) if pattern else maildir or entry.name.lower().endswith(_ENDINGS)
            if wanted and not entry.name.startswith(".") and entry.is_file():
                files.append((entry.stat().st_mtime, entry.name, Path(entry.path)))
    if not files:
        looked = f"no file is called like {pattern!r}" if pattern else "it holds no .eml file, no mailbox and is no Maildir"
        raise NoLetters(f"{shown}: {looked}")
    files.sort()
    pieces: list[Piece] = []
    more = max(0, len(files) - most)
    for _, name, file in files[-most:]:
        try:
            inside = _in_file(file, f"{shown.rstrip('/')}/{name_without_card_numbers(name)}", most)
        except (NoLetters, OSError):
            # whoever reads it says what is wrong
            pieces.append(Piece(str(file), f"{shown.rstrip('/')}/{name_without_card_numbers(name)}", 0, MOST_BYTES + 1))
            continue
        pieces += inside.pieces
        more += inside.more
    return Lying(tuple(pieces[-most:]), more + max(0, len(pieces) - most))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Raises OSError."""
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_NAMES:
                return
            yield entry
