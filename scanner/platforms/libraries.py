"""JavaScript libraries with published holes: which version a file's name or banner tells, and what is known of it. Pure.

The facts (name patterns, ranges of versions, identifiers, severities) come from Retire.js, Copyright Erlend Oftedal and
contributors, Apache License 2.0, https://github.com/RetireJS/retire.js; ``scanner/data/jslibs.NOTICE`` says so beside them.
Newer ones may lie in the user's data folder (``scanner.platforms.newer``).
``converted`` makes our file from theirs; ``python -m scanner.platforms.libraries FILE DAY`` writes it to stdout.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]  # it brings no types

from scanner.platforms import newer

SECONDS = 0.2
"""For one pattern on one text: what strangers' sites send can make some of them run for minutes."""

MOST_CHARS = 100_000
_PATTERN_CHARS = 1_000
_WORD_CHARS = 200
_PLACEHOLDER = "§§version§§"
_VERSION = r"[0-9][0-9.a-z_\-]+"
_SEMVER = re.compile(r"\d{1,4}\.\d{1,4}(?:\.\d{1,6})?(?:[-.]?(?:alpha|beta|a|b|rc|pre)[.-]?\d{0,4})?\Z", re.IGNORECASE)
_WORTH = frozenset({"medium", "high", "critical"})
_CDN = re.compile(r"/(?:npm/|ajax/libs/)?([A-Za-z][\w.-]{1,60})[@/](\d[\w.-]{1,30})(?=/|\Z)")
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


@lru_cache(maxsize=1)
def libraries() -> tuple[date, tuple[Library, ...]]:
    """The day the facts were recorded, and all libraries in order of name: the newer of what came with the program and of what
    ``shopwarden update-data`` fetched."""
    shipped = read_libraries((files("scanner") / "data" / newer.LIBRARIES).read_text(encoding="utf-8"))
    text = newer.text_of(newer.LIBRARIES)
    try:
        fetched = read_libraries(text) if text else shipped
    except ValueError:
        return shipped
    return fetched if fetched[0] > shipped[0] else shipped


def read_libraries(text: str) -> tuple[date, tuple[Library, ...]]:
    """``jslibs.json`` from its text. Raises ValueError for whatever is wrong with it."""
    try:
        data = json.loads(text)
        return date.fromisoformat(data["recorded"]), tuple(_library(name, one) for name, one in sorted(data["libraries"].items()))
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def in_address(path: str) -> Iterator[Sighting]:
    """What a script's path (with its query) tells."""
    path = path[:2000]
    name = path.partition("?")[0].rpartition("/")[2]
    from_cdn = _CDN.search(path)
    for library in libraries()[1]:
        if from_cdn and from_cdn[1].removesuffix(".js") in {library.name, library.package} and is_version(from_cdn[2]):
            yield Sighting(library, from_cdn[2], banner=False, said=from_cdn[0])
        for pattern in library.filename:
            yield from _sightings(library, f"^{pattern}$", name, banner=False)
        for pattern in library.uri:
            yield from _sightings(library, pattern, path, banner=False)


def in_source(text: str) -> Iterator[Sighting]:
    """What a script's own text tells."""
    text = _BLANKS.sub(" ", text[:MOST_CHARS])
    if not any(letter.isdigit() for letter in text):
        return
    for library in libraries()[1]:
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


def converted(source: Mapping[str, Any], recorded: date) -> dict[str, Any]:
    """Retire.js's repository → our file: facts only. Holes without a CVE or GHSA number and low ones are left out, as are
    patterns that cannot be used. Raises TypeError, KeyError, AttributeError where it is built otherwise."""
    made = {}
    for name, one in source.items():
        holes = sorted(filter(None, map(_hole, one.get("vulnerabilities", ()))), key=json.dumps)
        extractors = one.get("extractors", {})
        if name != "retire-example" and holes:
            patterns = {kind: list(filter(_usable, extractors.get(kind, []))) for kind in ("filename", "uri", "filecontent")}
            package = {"package": one["npmname"]} if one.get("npmname", name) != name else {}
            made[name] = {**package, **{kind: found for kind, found in patterns.items() if found}, "holes": holes}
    return {"recorded": recorded.isoformat(), "source": "Retire.js, Apache License 2.0", "libraries": made}


def _hole(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    named = entry.get("identifiers", {})
    identifiers = [*named.get("CVE", ()), *([named["githubID"]] if "githubID" in named and not named.get("CVE") else [])]
    if not identifiers or entry.get("severity") not in _WORTH or "below" not in entry:
        return None
    above = {"at_or_above": entry["atOrAbove"]} if "atOrAbove" in entry else {}
    return {"below": entry["below"], **above, "identifiers": identifiers, "severity": entry["severity"]}


def _usable(pattern: object) -> bool:
    if not isinstance(pattern, str) or len(pattern) > _PATTERN_CHARS:
        return False
    try:
        return bool(_compiled(pattern.replace(_PLACEHOLDER, _VERSION)).groups)
    except regex.error:
        return False


def _library(name: str, data: Mapping[str, Any]) -> Library:
    """Raises TypeError, KeyError, AttributeError."""
    holes = tuple(
        Hole(
            _word(one["below"]),
            _word(one.get("at_or_above", "")),
            _words(one["identifiers"], _WORD_CHARS),
            _word(one["severity"]),
        )
        for one in data["holes"]
    )
    filename, uri, content = (
        tuple(pattern.replace(_PLACEHOLDER, _VERSION) for pattern in _words(data.get(kind, []), _PATTERN_CHARS))
        for kind in ("filename", "uri", "filecontent")
    )
    return Library(_word(name), _word(data.get("package", name)), filename, uri, content, holes)


def _words(value: object, most: int) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.60} is no list")
    return tuple(_word(one, most) for one in value)


def _word(value: object, most: int = _WORD_CHARS) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise TypeError(f"{value!r:.60} is no text of at most {most} characters")
    return value


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def _sightings(library: Library, pattern: str, text: str, *, banner: bool) -> Iterator[Sighting]:
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


def _main(arguments: Iterable[str]) -> None:
    file, day = arguments
    made = converted(json.loads(Path(file).read_text(encoding="utf-8")), date.fromisoformat(day))
    json.dump(made, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
