from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from scanner.engine.recording import (
    BadRecording,
    Recording,
    _checksum,
    read_recording,
    write_recording,
)
from scanner.evidence import (
    Arrival,
    Backups,
    Entrances,
    FtpServer,
    Installations,
    Listings,
    Pages,
    Probed,
    Probes,
    SshServer,
    Unavailable,
)
from scanner.evidence import Page as OurPage
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.contract import Nothing
from scanner.testing import NOW, answer, backups, entrances, ftp_server, installations, knowledge, listings, pages

KINDS = (Arrival, Backups, Entrances, FtpServer, Installations, Listings, Pages, Probes, SshServer)
EVIDENCE = {
    Entrances: entrances(),
    Pages: pages(),
    Installations: installations(),
    Listings: listings(),
    FtpServer: ftp_server(),
    SshServer: Unavailable("It did not answer."),
    Backups: backups(),
    Probes: Nothing("There is nothing to ask for."),
}
FACTS = {"started": NOW.isoformat(), "status": "complete"}


def recorded(folder: Path) -> Path:
    recording = Recording("https://petalandstem.example/", ("a",), ("hsts-missing",), FACTS, EVIDENCE, knowledge().tables)
    write_recording(folder, recording, "1")
    return folder


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    read = read_recording(recorded(tmp_path / "new" / "folder"), KINDS)
    assert dict(read.gathered) == EVIDENCE
    assert read.rules == ("hsts-missing",)
    assert read.facts == FACTS
    assert read.tables == knowledge().tables


def test_two_recordings_of_one_scan_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = recorded(tmp_path / "one"), recorded(tmp_path / "two")
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()


def test_an_older_recording_is_replaced_whole_and_other_files_stay(tmp_path: Path) -> None:
    (recorded(tmp_path) / "mine.json").write_text("{}")
    write_recording(tmp_path, Recording("https://petalandstem.example/", (), (), FACTS, {Pages: pages()}), "1")
    assert {file.name for file in tmp_path.iterdir()} == {"manifest.json", "knowledge.json", "Pages.json", "mine.json"}


def changed(folder: Path, change: Callable[[Any], object]) -> None:
    """What was known of software, changed by somebody who makes the checksums fit."""
    file, manifest = folder / "knowledge.json", json.loads((folder / "manifest.json").read_text())
    tables = json.loads(file.read_text())
    change(tables)
    file.write_text(json.dumps(tables))
    manifest["knowledge"]["checksum"] = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest["checksum"] = _checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change",
    [
        lambda tables: tables.update(libraries=5),
        lambda tables: tables.update(libraries={"$": "Branch", "name": "1"}),
        lambda tables: tables["libraries"].update(recorded="today"),
        lambda tables: tables["libraries"]["libraries"][0].update(filename=["((("]),
        lambda tables: tables["support/php"].update(branches=[]),
        lambda tables: tables["support/php"]["branches"][0].update(end_of_life="soon"),
        lambda tables: tables["support/php"].update({"$": "Knowledge"}),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path: Path, change: Callable[[Any], object]) -> None:
    changed(recorded(tmp_path), change)
    with pytest.raises(BadRecording, match=r"knowledge\.json"):
        read_recording(tmp_path, KINDS)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000])
def test_a_damaged_file_of_tables_is_refused(tmp_path: Path, text: str) -> None:
    (recorded(tmp_path) / "knowledge.json").write_text(text)
    with pytest.raises(BadRecording, match=r"knowledge\.json: was changed"):
        read_recording(tmp_path, KINDS)


@pytest.mark.parametrize("value", [[], "x", {}, {"checksum": 1}, None])
def test_a_manifest_with_odd_knowledge_is_refused(tmp_path: Path, value: object) -> None:
    manifest = json.loads((recorded(tmp_path) / "manifest.json").read_text()) | {"knowledge": value}
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "checksum": _checksum(manifest)}))
    with pytest.raises(BadRecording, match=r"manifest\.json: knowledge is of the wrong type"):
        read_recording(tmp_path, KINDS)


class Petal(Enum):
    """A plugin's own kind of value."""

    WHITE = "white"


@dataclass(frozen=True)
class Page:
    """It has the name of one of ours."""

    petal: Petal
    seen: OurPage


@dataclass(frozen=True)
class Garden:
    """A plugin's kind of evidence."""

    pages: tuple[Page, ...]
    gathered_at: datetime


def test_a_plugins_evidence_is_kept_though_its_names_are_taken(tmp_path: Path) -> None:
    garden = Garden((Page(Petal.WHITE, pages().home),), NOW)
    write_recording(tmp_path, Recording("https://petalandstem.example/", (), (), FACTS, {**EVIDENCE, Garden: garden}), "1")
    read = read_recording(tmp_path, (*KINDS, Garden))
    assert read.gathered[Garden] == garden
    assert read.gathered[Pages] == pages()
    with pytest.raises(BadRecording, match=r"test_recording\.Garden', which this version with its plugins does not know"):
        read_recording(tmp_path, KINDS)


@pytest.mark.parametrize("value", list(EVIDENCE.values()), ids=lambda value: type(value).__name__)
def test_every_kind_survives(value: object) -> None:
    assert decode(json.loads(json.dumps(encode(value))), known_classes([*KINDS, Unavailable, Nothing])) == value


def test_fields_that_were_renamed_are_read_by_their_earlier_names() -> None:
    probed = Probed("/a.txt", answer(), (answer(404),), "A made-up address beside it gets the same answer.")
    written = encode(probed)
    written["twins"], written["alike"] = written.pop("controls"), written.pop("soft404")
    assert decode(written, known_classes([Probes])) == probed


def test_tampering_is_refused_by_name(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    file = folder / "FtpServer.json"
    file.write_text(file.read_text().replace("21", "22"))
    with pytest.raises(BadRecording, match=r"FtpServer\.json: was changed"):
        read_recording(folder, KINDS)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("manifest.json", "{", "is no JSON"),
        ("manifest.json", "[]", "is no recording"),
        ("manifest.json", '{"schema": "shopwarden/recording/99"}', "is no recording"),
        ("manifest.json", '{"schema": "shopwarden/recording/1", "url": 1}', "url is missing or of the wrong type"),
        ("manifest.json", "[" * 100_000, "is no JSON"),
        (
            "manifest.json",
            '{"schema":"shopwarden/recording/1","url":"","also":[],"rules":[],"facts":{},"evidence":{"../x":"0"}}',
            "not named properly",
        ),
        (
            "manifest.json",
            '{"schema":"shopwarden/recording/1","url":"","also":[],"rules":[],"facts":{},"evidence":{"Weather":"0"}}',
            "was changed after it was recorded",
        ),
    ],
)
def test_bad_manifests_have_clear_errors(tmp_path: Path, name: str, text: str, message: str) -> None:
    folder = recorded(tmp_path)
    (folder / name).write_text(text)
    with pytest.raises(BadRecording, match=message):
        read_recording(folder, KINDS)


def test_a_missing_folder_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="--record"):
        read_recording(tmp_path / "nowhere", KINDS)


@pytest.mark.parametrize(
    "data",
    [
        {"$": "Pages"},
        {"$": "FtpServer", "host": 1, "port": "x", "open": True, "gathered_at": {"$": "time", "value": NOW.isoformat()}},
        {"$": "os.system", "command": "x"},
        {"no": "class"},
        {"$": "bytes", "value": "***"},
        {"$": "PageKind", "value": "bazaar"},
        {"$": "Unavailable", "because": "x", "extra": 1},
    ],
)
def test_what_is_no_evidence_is_not_made(data: object) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        decode(data, known_classes([*KINDS, Unavailable]))
