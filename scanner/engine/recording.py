"""Evidence ↔ a folder on disk: one JSON file a kind and a manifest with their checksums. Judged again offline, the verdicts are
the same byte for byte, whatever was learnt of software since: the tables that they were judged by are kept as well.

What is Unavailable is kept; cookie values and secrets were redacted when the evidence was made. Kinds of plugins are called by
their modules too, so that two of one name are told apart.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from scanner.evidence import Unavailable
from scanner.evidence.codec import class_name, decode, encode, known_classes
from scanner.gatherers.contract import Gathered, Nothing
from scanner.platforms import LibraryTable, SupportTable, Table
from scanner.platforms.libraries import usable
from scanner.text.atomic_write import atomic_write
from scanner.text.sanitize import sanitize

SCHEMA = "shopwarden/recording/1"
MANIFEST = "manifest.json"
TABLES = "knowledge.json"
OWNER_ONLY = 0o600
MOST_BYTES = 100_000_000
"""Of all files of a recording together; the largest that a scan writes has some 40 MB."""


class BadRecording(Exception):
    """The folder holds no recording that can be judged; the text says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded scan.

    rules: the ids that ran. facts: status, times, requests and whatever else no evidence holds. tables: what was known of
    software, by name; none in a recording of an older version.
    """

    url: str
    also: tuple[str, ...]
    rules: tuple[str, ...]
    facts: Mapping[str, Any]
    gathered: Gathered
    tables: Mapping[str, Table] = field(default_factory=dict)


def write_recording(folder: Path, recording: Recording, tool: str) -> None:
    """Write a recording, for its owner's eyes only; the folder is made, and an older recording in it replaced. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_older(folder)
    sums: dict[str, str] = {}
    for kind, value in sorted(recording.gathered.items(), key=lambda item: class_name(item[0])):
        sums[class_name(kind)] = _write(folder / f"{class_name(kind)}.json", encode(value))
    tables = _write(folder / TABLES, {name: encode(table) for name, table in recording.tables.items()})
    days = {name: table.recorded.isoformat() for name, table in recording.tables.items()}
    manifest = {
        "schema": SCHEMA,
        "tool": tool,
        "url": recording.url,
        "also": list(recording.also),
        "rules": list(recording.rules),
        "facts": recording.facts,
        "evidence": sums,
        "knowledge": {"checksum": tables, "days": days},
    }
    manifest["checksum"] = _checksum(manifest)
    atomic_write(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n", mode=OWNER_ONLY)


def _remove_older(folder: Path) -> None:
    """Only what an older recording says is its own: the folder may hold other people's files."""
    try:
        manifest = _manifest(folder, MOST_BYTES)
    except BadRecording:
        return
    for name in manifest["evidence"]:
        (folder / f"{name}.json").unlink(missing_ok=True)
    if "knowledge" in manifest:
        (folder / TABLES).unlink(missing_ok=True)


def _checksum(manifest: Mapping[str, Any]) -> str:
    """Of everything in a manifest but the checksum itself."""
    said = {key: value for key, value in manifest.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _write(file: Path, data: Any) -> str:
    """Piece by piece, because the whole text may take more memory than the evidence. Returns its checksum."""
    checksum = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in chain(json.JSONEncoder(ensure_ascii=False, indent=1, sort_keys=True).iterencode(data), "\n"):
            checksum.update(piece.encode())
            yield piece.encode()

    atomic_write(file, pieces(), mode=OWNER_ONLY)
    return checksum.hexdigest()


def read_recording(folder: Path, kinds: Iterable[type]) -> Recording:
    """Read a recording. kinds: every kind of evidence that this installation knows. Raises BadRecording."""
    by_name = {class_name(kind): kind for kind in kinds}
    classes = known_classes([*by_name.values(), Unavailable, Nothing])
    left = MOST_BYTES
    manifest = _manifest(folder, left)
    gathered: dict[type, Any] = {}
    for name, expected in manifest["evidence"].items():
        if name not in by_name:
            called = sanitize(name, 60)
            raise BadRecording(f"{folder}: holds evidence called {called!r}, which this version with its plugins does not know")
        file = folder / f"{name}.json"
        data = _untouched(file, left, expected)
        left -= len(data)
        try:
            value = decode(json.loads(data), classes)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadRecording(f"{file}: cannot be read as evidence ({sanitize(str(error), 120)})") from error
        if not isinstance(value, (by_name[name], Unavailable, Nothing)):
            raise BadRecording(f"{file}: holds {type(value).__name__}, not {name}")
        gathered[by_name[name]] = value
    tables = _tables(folder / TABLES, left, manifest["knowledge"]["checksum"]) if "knowledge" in manifest else {}
    return Recording(manifest["url"], tuple(manifest["also"]), tuple(manifest["rules"]), manifest["facts"], gathered, tables)


def _tables(file: Path, most: int, expected: str) -> dict[str, Table]:
    """Raises BadRecording."""
    data = _untouched(file, most, expected)
    classes = known_classes([SupportTable, LibraryTable])
    try:
        tables = {name: decode(table, classes) for name, table in json.loads(data).items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadRecording(f"{file}: cannot be read as what was known of software ({sanitize(str(error), 120)})") from error
    for name, table in tables.items():
        if not isinstance(table, SupportTable | LibraryTable):
            raise BadRecording(f"{file}: {sanitize(name, 60)!r} is no table")
        for library in table.libraries if isinstance(table, LibraryTable) else ():
            for pattern in (*library.filename, *library.uri, *library.content):
                if not usable(pattern):
                    raise BadRecording(f"{file}: {sanitize(pattern, 60)!r} is no pattern")
    return tables


def _manifest(folder: Path, most: int) -> dict[str, Any]:
    file = folder / MANIFEST
    try:
        found = json.loads(_bytes(file, most))
    except (ValueError, RecursionError) as error:
        raise BadRecording(f"{file}: is no JSON ({sanitize(str(error), 120)})") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else None
        raise BadRecording(f"{file}: is no recording of this version (schema {sanitize(str(schema), 60)!r}, wanted {SCHEMA!r})")
    shapes = {"url": str, "also": list, "rules": list, "facts": dict, "evidence": dict}
    for key, shape in shapes.items():
        if not isinstance(found.get(key), shape):
            raise BadRecording(f"{file}: {key} is missing or of the wrong type")
    for key in ("also", "rules"):
        if not all(isinstance(one, str) for one in found[key]):
            raise BadRecording(f"{file}: {key} holds something that is no text")
    for name, checksum in found["evidence"].items():
        if not all(part.isidentifier() for part in name.split(".")) or not isinstance(checksum, str):
            raise BadRecording(f"{file}: evidence {sanitize(name, 60)!r} is not named properly")
    knowledge = found.get("knowledge", {"checksum": ""})
    if not isinstance(knowledge, dict) or not isinstance(knowledge.get("checksum"), str):
        raise BadRecording(f"{file}: knowledge is of the wrong type")
    if found.get("checksum") != _checksum(found):
        raise BadRecording(f"{file}: was changed after it was recorded (its checksum differs)")
    return found


def _untouched(file: Path, most: int, expected: str) -> bytes:
    data = _bytes(file, most)
    if hashlib.sha256(data).hexdigest() != expected:
        raise BadRecording(f"{file}: was changed after it was recorded (its checksum differs)")
    return data


def _bytes(file: Path, most: int) -> bytes:
    """All of a plain file: what a link leads to is no part of the recording, and a pipe or a device has no end."""
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            raise BadRecording(f"{file}: is no plain file")
        with file.open("rb") as opened:
            data = opened.read(most + 1)
        if len(data) > most:
            raise BadRecording(f"{file}: is larger than any recording")
        return data
    except OSError as error:
        raise BadRecording(f"{file}: cannot be read ({error.strerror}); give the folder that --record wrote") from error
