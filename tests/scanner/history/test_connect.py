"""The database of the history is opened, or one sentence says why not."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from scanner.history import postgresql
from scanner.history.connect import HistoryError
from scanner.history.store import History


def test_the_default_file_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    opened = History.open()
    assert opened.file is not None
    assert opened.file.is_relative_to(tmp_path)
    assert opened.file.stat().st_mode & 0o077 == 0
    opened.close()


def test_wal_is_on(history: History, file: Path) -> None:
    assert history.file == file
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("/proc/history.sqlite3", "cannot be written"),
        ("/proc/nowhere/history.sqlite3", "there is no folder /proc/nowhere"),
        ("mysql://u:secret@host/db", "only SQLite and PostgreSQL"),
        ("nonsense://host/db", "only SQLite and PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/db", "is the address right"),
        ("://", "neither a file nor an address"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_clear_sentence(database: str, words: str) -> None:
    with pytest.raises(HistoryError) as raised:
        History.open(database)
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_server_that_never_speaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 2)  # the least that libpq takes
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(HistoryError, match="is the address right") as raised:
        History.open(f"postgresql://u:secret@127.0.0.1:{silent.getsockname()[1]}/db")
    assert "secret" not in str(raised.value)


def test_no_folder_is_made_where_a_file_was_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no folder"):
        History.open(str(tmp_path / "nix" / "x.db"))
    assert not (tmp_path / "nix").exists()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("My notes. " * 500)
    with pytest.raises(HistoryError, match="is this really a history"):
        History.open(str(notes))
    assert notes.read_text() == "My notes. " * 500


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(HistoryError, match="cannot be written"):
        History.open(str(tmp_path / "x.sqlite3"))
