"""Recordings and histories that somebody changed: refused in one clear sentence, exit code 2, and nothing else happens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scanner.engine.recording import (
    MANIFEST,
    MOST_BYTES,
    TABLES,
    BadRecording,
    Recording,
    _checksum,
    read_recording,
    write_recording,
)
from scanner.evidence import Arrival, Welcome
from scanner.history.connect import HistoryError
from scanner.history.store import History
from scanner.testing import NOW, answer
from shopwarden.cli.group import main
from tests.hostile.harness import terminal_is_clean
from tests.nights import KEY, compared, night
from tests.scanner.engine.test_recording import EVIDENCE, KINDS, recorded

FINDING = "found x@/a"


def refused(result: Result, *words: str) -> None:
    """One clear sentence on stderr that names the file, exit code 2, no traceback, nothing on stdout."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.startswith("shopwarden: ")
    assert "Traceback" not in result.stderr
    assert len(result.stderr) < 600
    terminal_is_clean(result.stderr)
    for word in words:
        assert word in result.stderr, result.stderr


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


# --- recordings ----------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return recorded(tmp_path / "recording")


def resealed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest and make its checksums fit, as somebody would who knows how."""
    file = folder / MANIFEST
    manifest = json.loads(file.read_text())
    for name in manifest["evidence"]:
        if (folder / f"{name}.json").is_file():
            manifest["evidence"][name] = hashlib.sha256((folder / f"{name}.json").read_bytes()).hexdigest()
    change(manifest)
    manifest["checksum"] = _checksum(manifest)
    file.write_text(json.dumps(manifest))


def replaced(folder: Path, kind: str, old: str, new: str) -> None:
    file = folder / f"{kind}.json"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    resealed(folder, lambda _manifest: None)


@pytest.mark.parametrize("name", [MANIFEST, "Pages.json", "Entrances.json", "SshServer.json", TABLES])
def test_any_flipped_bit_is_seen(recording: Path, name: str) -> None:
    """Each place of the manifest and of three kinds of evidence, in steps."""
    file = recording / name
    good = file.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 40)):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        if json_or_none(file) == json.loads(good):
            continue  # white space
        with pytest.raises(BadRecording):
            read_recording(recording, KINDS)
    file.write_bytes(good)
    read_recording(recording, KINDS)


def json_or_none(file: Path) -> object:
    try:
        return json.loads(file.read_bytes()) if file.name == MANIFEST else None
    except ValueError:
        return None


@pytest.mark.parametrize("name", [MANIFEST, "Pages.json", TABLES])
@pytest.mark.parametrize("keep", [0, 1, 100, -2])
def test_what_is_cut_off_is_refused(recording: Path, name: str, keep: int) -> None:
    (recording / name).write_bytes((recording / name).read_bytes()[:keep])
    refused(run("replay", recording), name)


@pytest.mark.parametrize("name", [MANIFEST, "Pages.json", TABLES])
def test_what_is_missing_is_refused(recording: Path, name: str) -> None:
    (recording / name).unlink()
    refused(run("replay", recording), name, "--record")


def test_ten_gigabytes_are_not_read(recording: Path) -> None:
    for name in (MANIFEST, "Pages.json"):
        good = (recording / name).read_bytes()
        with (recording / name).open("r+b") as file:
            file.truncate(10_000_000_000)
        refused(run("replay", recording), name, "larger than any recording")
        (recording / name).write_bytes(good)


def test_many_files_together_are_bounded(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(file.stat().st_size for file in recording.iterdir())
    monkeypatch.setattr("scanner.engine.recording.MOST_BYTES", size - (recording / MANIFEST).stat().st_size - 1)
    with pytest.raises(BadRecording, match="larger than any recording"):
        read_recording(recording, KINDS)
    assert MOST_BYTES <= 100_000_000


@pytest.mark.parametrize("name", [MANIFEST, "Pages.json", TABLES])
@pytest.mark.parametrize("to", ["/dev/zero", "/etc/passwd", "../elsewhere.json", "self"])
def test_links_are_not_followed(recording: Path, name: str, to: str) -> None:
    good = recording / name
    shutil.copy(good, recording.parent / "elsewhere.json")
    good.unlink()
    good.symlink_to(name if to == "self" else to)
    refused(run("replay", recording), name, "no plain file")


@pytest.mark.parametrize("name", [MANIFEST, "Pages.json", TABLES])
def test_a_pipe_that_nobody_fills_is_not_waited_for(recording: Path, name: str) -> None:
    (recording / name).unlink()
    os.mkfifo(recording / name)
    refused(run("replay", recording), name, "no plain file")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "", "a b", "Pages.json", "\x1b[2J", "Pages\x00", "Wetter"]
)
def test_evidence_is_only_what_we_know(recording: Path, name: str) -> None:
    """Also a path that climbs out, as in an archive that was unpacked."""
    resealed(recording, lambda manifest: manifest["evidence"].update({name: "0" * 64}))
    refused(run("replay", recording))


@pytest.mark.parametrize("schema", ["shopwarden/recording/2", "shopwarden/recording/999", "\x1b[31m", None, 1, ["x"]])
def test_a_newer_version_is_refused(recording: Path, schema: object) -> None:
    resealed(recording, lambda manifest: manifest.update(schema=schema))
    refused(run("replay", recording), "this version")


def test_evidence_of_a_newer_version_is_refused(recording: Path) -> None:
    with pytest.raises(BadRecording, match="does not know"):
        read_recording(recording, KINDS[1:] if KINDS[0] in EVIDENCE else [kind for kind in KINDS if kind.__name__ != "Pages"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", 1), ("url", ""), ("url", "ftp://x/"), ("url", "\x1b[2J"), ("also", "x"), ("also", [1]), ("rules", [None]), ("rules", {}),
        ("facts", []), ("facts", {}), ("evidence", []), ("evidence", {"Pages": 1}),
    ],
)  # fmt: skip
def test_a_manifest_of_wrong_types_is_refused(recording: Path, key: str, value: object) -> None:
    resealed(recording, lambda manifest: manifest.update({key: value}))
    refused(run("replay", recording))


def whole(recording: Path) -> None:
    """Facts that a replay takes, and how the shop received us."""
    facts = {
        "started": "2026-11-20T03:30:00+00:00", "finished": "2026-11-20T03:31:00+00:00", "status": "complete", "because": None,
        "requests": {"http": 9, "tls": 0, "dns": 0, "ftp": 0, "ssh": 0, "other": 0, "bytes_received": 100},
    }  # fmt: skip
    evidence = {Arrival: Arrival(Welcome.OPEN, "https://petalandstem.example", "/", NOW, home=answer(200, "Roses")), **EVIDENCE}
    write_recording(recording, Recording("https://petalandstem.example/", (), ("hsts-missing",), facts, evidence), "1")


def test_a_good_recording_is_judged(recording: Path) -> None:
    whole(recording)
    result = run("replay", recording)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "facts",
    [
        {"started": "yesterday"}, {"started": 1}, {"started": "2026-11-20T03:30:00"}, {"finished": "2026-11-20T03:29:00+00:00"},
        {"status": "splendid"}, {"status": None}, {"because": 7}, {"requests": []}, {"requests": {"http": -1}}, {"requests": {"http": "9"}},
        {"requests": {"http": True}}, {"requests": {"pigeons": 1}}, {"requests": {"http": 1e400}},
    ],
)  # fmt: skip
def test_facts_that_make_no_sense_are_refused(recording: Path, facts: dict[str, object]) -> None:
    whole(recording)
    resealed(recording, lambda manifest: manifest["facts"].update(facts))
    refused(run("replay", recording), "cannot be read")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"status": 200', '"status": "200"'), ('"status": 200', '"status": true'), ('"status": 200', '"status": null'), ('"$": "Page"', '"$": "Robots"'),
        ('"$": "Page"', '"$": "Path"'), ('"$": "Page"', '"$": "os.system"'), ('"$": "Page",', ""), ('"status": 200', '"status": 200, "more": 1'),
        ("+00:00", ""), ('"status": 200', '"status": ' + "[" * 100_000), ('"status": 200', '"status": ' + "9" * 5_000),
    ],
)  # fmt: skip
def test_evidence_of_wrong_types_is_refused(recording: Path, old: str, new: str) -> None:
    """The checksum was made to fit."""
    replaced(recording, "Pages", old, new)
    refused(run("replay", recording), "Pages.json", "cannot be read as evidence")


def test_evidence_of_another_kind_is_refused(recording: Path) -> None:
    shutil.copy(recording / "Entrances.json", recording / "Pages.json")
    resealed(recording, lambda _manifest: None)
    refused(run("replay", recording), "holds Entrances, not Pages")


def test_writing_a_recording_deletes_nobody_elses_files(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text("{}")
    recorded(tmp_path)
    recorded(tmp_path)
    assert (tmp_path / "accounts.json").read_text() == "{}"
    (tmp_path / "Old.json").write_text("{}")
    resealed(tmp_path, lambda manifest: manifest["evidence"].update(Old="0" * 64))
    recorded(tmp_path)
    assert not (tmp_path / "Old.json").exists()


# --- histories -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "history.sqlite3"
    history = History.open(str(made))
    for day in range(3):
        history.record(night(day, {"exposed-log": FINDING}), compare=compared)
    history.close()
    return made


def altered(file: Path, *statements: str) -> None:
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def all_commands_refuse(file: Path, *words: str) -> None:
    for command in (("history",), ("history", KEY), ("diff", KEY)):
        refused(run(*command, "--database", file), str(file.name), *words)


def test_the_untouched_history_is_read(file: Path) -> None:
    assert run("history", KEY, "--database", file).exit_code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER roses AFTER INSERT ON shopwarden_scans BEGIN DELETE FROM shopwarden_known; END",
        "CREATE TRIGGER roses BEFORE UPDATE ON shopwarden_known BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW roses AS SELECT * FROM shopwarden_scans",
        'CREATE VIEW "\x1b[2J" AS SELECT 1',
    ],
)
def test_what_was_planted_is_refused(file: Path, statement: str) -> None:
    before = run("history", KEY, "--database", file).stdout
    altered(file, statement)
    all_commands_refuse(file, "was changed from outside")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM shopwarden_scans").fetchone() == (3,)
    connection.close()
    assert before


def test_a_view_in_the_place_of_a_table_is_refused(file: Path) -> None:
    altered(file, "ALTER TABLE shopwarden_known RENAME TO roses", "CREATE VIEW shopwarden_known AS SELECT site, state FROM roses")
    all_commands_refuse(file, "was changed from outside")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shopwarden_scans SET started = 'yesterday'",
        "UPDATE shopwarden_scans SET started = '2026-03-01T02:30:00'",
        "UPDATE shopwarden_scans SET started = x'80ff'",
        "UPDATE shopwarden_scans SET problems = 'many'",
        "UPDATE shopwarden_scans SET score = x'00'",
        "UPDATE shopwarden_scans SET name = x'80'",
        "UPDATE shopwarden_scans SET name = CAST(x'80ff' AS TEXT)",
        "ALTER TABLE shopwarden_scans DROP COLUMN grade",
        "DROP TABLE shopwarden_scans",
    ],
)
def test_rows_that_we_did_not_write_are_refused(file: Path, statement: str) -> None:
    altered(file, statement)
    all_commands_refuse(file)


@pytest.mark.parametrize(
    "document",
    [
        b"x",
        zlib.compress(b"{}"),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b"\xff"),
        zlib.compress(b" " * 10**8)[:-9],
        7,
        None,
        "x",
    ],
)
def test_documents_that_are_none_are_refused(file: Path, document: object) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        if document is None:
            document = zlib.compress(b"null")
        connection.execute("UPDATE shopwarden_scans SET document = ?", (document,))
    connection.close()
    refused(run("diff", KEY, "--database", file), "cannot be read")


def test_a_document_without_a_byte_is_one_of_an_old_night(file: Path) -> None:
    altered(file, "UPDATE shopwarden_scans SET document = x''")
    refused(run("diff", KEY, "--database", file), "is kept as a line")


def test_a_document_that_unpacks_without_end_is_not_unpacked(file: Path) -> None:
    """1 GB in 1 MB, in steps so that making it costs no memory."""
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(1_000)) + packer.flush()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE shopwarden_scans SET document = ?", (bomb,))
    connection.close()
    history = History.open(str(file))
    with pytest.raises(HistoryError, match="cannot be read"):
        history.document(history.scans(KEY)[0].id)
    history.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shopwarden_known SET state = '{'", "UPDATE shopwarden_known SET state = 'null'", "UPDATE shopwarden_known SET state = x'80'",
        "UPDATE shopwarden_known SET state = '{\"rules\": 1}'", "UPDATE shopwarden_known SET state = '" + "[" * 9_000 + "'",
    ],
)  # fmt: skip
def test_knowledge_that_is_none_is_refused_and_kept(file: Path, statement: str) -> None:
    altered(file, statement)
    history = History.open(str(file))
    for use in (lambda: history.known(KEY), lambda: history.record(night(9, {"exposed-log": FINDING}), compare=compared)):
        with pytest.raises(HistoryError, match=r"history\.sqlite3"):
            use()
    assert len(history.scans(KEY)) == 3
    history.close()


@pytest.mark.parametrize("column", ["event", "at"])
def test_events_and_messages_that_are_none_are_refused(file: Path, column: str) -> None:
    history = History.open(str(file))
    history.record(night(9, {"exposed-log": "passed /a"}), compare=compared)
    assert history.outbox.untold()
    history.close()
    altered(
        file,
        "UPDATE shopwarden_events SET event = '{}'",
        "INSERT INTO shopwarden_outbox VALUES ('a', 'b', '2026-03-01T02:30:00+00:00', '[]', 0, NULL, NULL)",
    )
    history = History.open(str(file))
    for use in (history.outbox.untold, history.outbox.waiting):
        with pytest.raises(HistoryError, match="did not write"):
            use()
    history.close()


def text(file: Path) -> None:
    file.write_text("roses are red\n" * 9_000)


def nothing_but_a_head(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + bytes(84) + b"\xff" * 9_000)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5_000])


def somebody_elses(file: Path) -> None:
    file.unlink()
    altered(file, "CREATE TABLE customers (name TEXT)", "INSERT INTO customers VALUES ('Rose')")


def newer(file: Path) -> None:
    altered(file, "UPDATE shopwarden_schema SET version = 999")


def no_number(file: Path) -> None:
    altered(file, "UPDATE shopwarden_schema SET version = 'x'")


def ten_gigabytes(file: Path) -> None:
    file.write_bytes(b"")
    os.truncate(file, 10_000_000_000)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_link_in_a_circle(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


@pytest.mark.parametrize(
    "replace", [text, nothing_but_a_head, cut, somebody_elses, newer, no_number, ten_gigabytes, a_folder, a_link_in_a_circle]
)
def test_another_file_in_its_place_is_refused_and_left_alone(file: Path, replace: Callable[[Path], None]) -> None:
    replace(file)
    before = hashlib.sha256(file.read_bytes()[:100_000]).hexdigest() if file.is_file() and replace is not ten_gigabytes else ""
    all_commands_refuse(file)
    if before and replace is not nothing_but_a_head:
        assert hashlib.sha256(file.read_bytes()[:100_000]).hexdigest() == before


@pytest.mark.parametrize("garbage", [b"", b"x", b"\x37\x7f\x06\x82" + b"\xff" * 9_000, os.urandom(50_000)])
def test_rubbish_in_the_write_ahead_log_is_passed_over(file: Path, garbage: bytes) -> None:
    """SQLite takes only frames whose checksums chain (SQLite: WAL-mode file format, 4)."""
    expected = run("history", KEY, "--database", file).stdout
    file.with_name(file.name + "-wal").write_bytes(garbage)
    file.with_name(file.name + "-shm").write_bytes(garbage)
    result = run("history", KEY, "--database", file)
    assert result.exit_code == 0, result.output
    assert result.stdout == expected


def test_a_page_of_rubbish_anywhere_is_refused_or_not_met(file: Path) -> None:
    good = file.read_bytes()
    for at in range(0, len(good), 4_096):
        file.write_bytes(good[:at] + b"\xa5" * 4_096 + good[at + 4_096 :])
        for command in (("history", KEY), ("diff", KEY)):
            result = run(*command, "--database", file)
            if result.exit_code != 0:
                refused(result, file.name)
        for rest in file.parent.glob("history.sqlite3-*"):
            rest.unlink()
