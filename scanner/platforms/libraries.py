"""JavaScript libraries with published holes: which version a file's name or banner tells, and what is known of it. Pure.

The facts (name patterns, ranges of versions, identifiers, severities) come from Retire.js: see ``scanner.platforms.retire_js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

SECONDS = 0.2
"""For one pattern on one text: what strangers' sites send can make some of them run for minutes."""

MOST_CHARS = 100_000
_SEMVER = re.compile(r"\d{1,4}\.\d{1,4}(?:\.\d{1,6})?(?:[-.]?(?:alpha|beta|a|b|rc|pre)[.-]?\d{0,4})?\Z", re.IGNORECASE)
_CDN = re.compile(r"/(?:npm/|ajax/libs/)?([A-Za-z][\w.-]{1,60})[@/](\d[\w.-]{1,30})(?=/|\Z)")
_PIECES = re.compile(
    r"(?:\\(?P<escaped>[^\w\s])|(?P<odd>\\[xuUNpPgk]|\(\?(?![:=!<]))|(?P<class>\\\d+|\\.|\[\^?\]?(?:\\.|[^]\\])*\])"
    r"|(?P<bracket>\((?:\?(?:[:=!]|<[=!]))?|\))|(?P<text>[^\\\[\](){}|.^$*+?])|(?P<other>.))"
    r"(?P<often>\{[\d,]*\}|[*+?])?",
    re.DOTALL,
)
"""A pattern's pieces, each with how often it may come: escaped and plain characters, what makes the whole of it uncertain
(codes, flags), classes, references and anchors, brackets, and the rest."""
_BLANKS = re.compile(r"\s{20,}")


@dataclass(frozen=True, slots=True)
class Hole:
    """A published hole: versions from ``at_or_above`` (empty: all) up to, not including, ``below`` have it."""

    below: str
    at_or_above: str
    identifiers: tuple[str, ...]
    severity: str


@dataclass(frozen=True, slots=True)
class Library:
    """A library: its name and that of its npm package, how its files and addresses are named, what its source says, its holes."""

    name: str
    package: str
    filename: tuple[str, ...]
    uri: tuple[str, ...]
    content: tuple[str, ...]
    holes: tuple[Hole, ...]

    def holes_of(self, version: str) -> tuple[Hole, ...]:
        """The holes of a version, as published; a severity of *low* is left out."""
        return tuple(
            hole
            for hole in self.holes
            if not at_or_above(version, hole.below) and (not hole.at_or_above or at_or_above(version, hole.at_or_above))
        )


@dataclass(frozen=True, slots=True)
class Sighting:
    """A version of a library. banner: whether a comment of the library itself says so; said: the text that matched, cut."""

    code: Library
    version: str
    banner: bool
    said: str


@dataclass(frozen=True, slots=True)
class LibraryTable:
    """All libraries, in order of name, as known on the day ``recorded``."""

    recorded: date
    source: str
    libraries: tuple[Library, ...]

    def in_address(self, path: str) -> Iterator[Sighting]:
        """What a script's path (with its query) tells."""
        path = path[:2000]
        name = path.partition("?")[0].rpartition("/")[2]
        from_cdn = _CDN.search(path)
        for library in self.libraries:
            if from_cdn and from_cdn[1].removesuffix(".js") in {library.name, library.package} and is_version(from_cdn[2]):
                yield Sighting(library, from_cdn[2], banner=False, said=from_cdn[0])
            for pattern in library.filename:
                yield from _sightings(library, f"^{pattern}$", name, banner=False)
            for pattern in library.uri:
                yield from _sightings(library, pattern, path, banner=False)

    def in_source(self, text: str) -> Iterator[Sighting]:
        """What a script's own text tells."""
        text = _BLANKS.sub(" ", text[:MOST_CHARS])
        if not any(letter.isdigit() for letter in text):
            return
        for library in self.libraries:
            for pattern in library.content:
                yield from _sightings(library, pattern, text, banner=True)


def is_version(text: str) -> bool:
    """Whether it looks like a release's number: ``3.4.1``, ``4.0.0-beta.2``; a date or a hash does not."""
    return _SEMVER.match(text) is not None


def at_or_above(one: str, other: str) -> bool:
    """Whether a version is another or a later one; as Retire.js compares: part by part, missing parts are 0, a word comes
    before any number."""
    ours, theirs = re.split(r"[.-]", one), re.split(r"[.-]", other)
    for i in range(max(len(ours), len(theirs))):
        first, second = _part(ours, i), _part(theirs, i)
        if first != second:
            return first > second
    return True


def usable(pattern: str) -> bool:
    """Whether it is a pattern, with a group that holds the version."""
    import regex  # type: ignore[import-untyped]  # it brings no types

    try:
        return bool(_compiled(pattern).groups)
    except regex.error:
        return False


@lru_cache(maxsize=1024)
def needed(pattern: str) -> str:
    """The longest plain text that is in everything a pattern matches; "" where none is sure to be.

    Looking for it costs next to nothing, while a pattern takes a millisecond to compile and most of them never match.
    """
    best = run = ""
    depth = 0
    for piece in _PIECES.finditer(pattern):
        text, often = piece["text"] or piece["escaped"] or "", piece["often"] or ""
        depth += (piece["bracket"] or "").startswith("(") - (piece["bracket"] == ")")
        if piece["odd"] or (piece["other"] == "|" and not depth):
            return ""
        if not text or depth or often[:1] in {"*", "?", "{"}:
            run = ""
            continue
        run += text
        best = max(best, run, key=len)
        run = "" if often else run
    return best


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)


def _sightings(library: Library, pattern: str, text: str, *, banner: bool) -> Iterator[Sighting]:
    if needed(pattern) not in text:
        return
    try:
        match = _compiled(pattern).search(text, timeout=SECONDS)
    except TimeoutError:
        return
    version = _clean(match[1]) if match and match.groups() and match[1] else ""
    if match and is_version(version):
        yield Sighting(library, version, banner and _in_comment(text, match.start()), match[0][:120])


def _in_comment(text: str, position: int) -> bool:
    """Whether a comment begins with the match, or was begun before it and not ended."""
    if text[position : position + 2] in {"/*", "//"}:
        return True
    return (
        text.rfind("/*", 0, position) > text.rfind("*/", 0, position)
        or "//" in text[text.rfind("\n", 0, position) + 1 : position]
    )


def _clean(version: str) -> str:
    """Without what belongs to the file's name: ``3.4.1.min`` → ``3.4.1``."""
    return re.sub(r"(?:[.-](?:min|slim|custom|js|core|pack|packed|full|dist|prod|production))+\Z", "", version.rstrip(".-_"))


def _part(parts: list[str], i: int) -> tuple[int, int, str]:
    part = parts[i] if i < len(parts) else "0"
    return (1, int(part), "") if part.isascii() and part.isdigit() and len(part) < 12 else (0, 0, part)
