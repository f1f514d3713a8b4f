from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.engine.recording import BadRecording, Recording, decode, encode, known_classes, read_recording, write_recording
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
from scanner.gatherers.contract import Nothing
from scanner.testing import NOW, answer, backups, entrances, ftp_server, installations, listings, pages

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
    write_recording(folder, Recording("https://petalandstem.example/", ("a",), ("hsts-missing",), FACTS, EVIDENCE), "1")
    return folder


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    read = read_recording(recorded(tmp_path / "new" / "folder"), KINDS)
    assert dict(read.gathered) == EVIDENCE
    assert read.rules == ("hsts-missing",)
    assert read.facts == FACTS


def test_two_recordings_of_one_scan_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = recorded(tmp_path / "one"), recorded(tmp_path / "two")
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()


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
