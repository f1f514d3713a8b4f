"""The SFTP reader against servers that real OpenSSH never is: hostile ones, and one with passwords."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import paramiko
import pytest

from scanner.evidence import BackupPlace, Unavailable
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan, FolderMissing
from scanner.gatherers.backups.sftp import _Garbage, _Sftp
from scanner.settings.models import BackupSettings
from scanner.text.clock import StoppedClock
from tests.ssh_server import ssh_server

pytestmark = pytest.mark.usefixtures("here")

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOSTILE = ("../../etc/passwd.sql", "/etc/shadow.sql", "..", ".", "", "\x1b[2J\n<script>.sql", "x" * 5000 + ".sql", "ok.sql")


class Login(paramiko.ServerInterface):
    """Lets in whoever knows the password; notes what was tried."""

    def __init__(self, tried: list[str]) -> None:
        self.tried = tried

    def get_allowed_auths(self, username: str) -> str:
        return "publickey,password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.tried.append(f"password {password}")
        return paramiko.common.AUTH_SUCCESSFUL if password == "right" else paramiko.common.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.tried.append("key")
        return paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED


class Folder(paramiko.SFTPServerInterface):
    """Lists names that no file system would have."""

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes]:
        entries = []
        for name in HOSTILE:
            entry = paramiko.SFTPAttributes()
            entry.filename = name
            entry.st_size, entry.st_mode, entry.st_atime, entry.st_mtime = 2**40, 0o100644, 0, 2**32 - 1
            entries.append(entry)
        return entries


@contextmanager
def serving(tried: list[str], known_hosts: Path) -> Iterator[int]:
    """A server with such a folder, whose key is known; its port."""
    with ssh_server(lambda: Login(tried), paramiko.SFTPServer, Folder) as (port, key):
        known_hosts.write_text(f"[127.0.0.1]:{port} {key}\n")
        yield port


async def look(port: int, folder: Path, **settings: object) -> BackupPlace:
    configured = BackupSettings.model_validate(
        {"kind": "database", "location": f"sftp://u@127.0.0.1:{port}/x", "known_hosts": "known", **settings}
    )
    return (await backups(BackupPlan((configured,), folder, 10), StoppedClock(NOW))).places[0]


async def test_a_password_and_hostile_names(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_PASSWORD", "right")
    tried: list[str] = []
    with serving(tried, tmp_path / "known") as port:
        place = await look(port, tmp_path, password="${NAS_PASSWORD}")
    assert tried == ["password right"]
    assert isinstance(place.files, tuple)
    assert [file.name for file in place.files] == ["\x1b[2J\n<script>.sql", "/etc/shadow.sql", "ok.sql"]
    assert place.files[0].size == 2**40
    assert place.files[0].modified.year == 2106


async def test_a_wrong_password_is_refused_and_shown_nowhere(tmp_path):
    (tmp_path / "secret").write_text("hunter2\n")
    tried: list[str] = []
    with serving(tried, tmp_path / "known") as port:
        place = await look(port, tmp_path, password="file:secret")
    assert tried == ["password hunter2"]
    assert place.files == Unavailable("127.0.0.1 refuses the login: check the user name and the key or password.")


async def test_a_keys_passphrase_is_never_tried_as_a_password(tmp_path, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", "right")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    paramiko.ECDSAKey.generate().write_private_key_file(str(tmp_path / "key"), password="right")
    tried: list[str] = []
    with serving(tried, tmp_path / "known") as port:
        place = await look(port, tmp_path, key_file="key", password="${PASSPHRASE}")
    assert set(tried) == {"key"}
    assert isinstance(place.files, Unavailable)


async def test_a_key_file_that_is_none_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "key").write_text("ssh-ed25519 AAAA owner@shop\n")
    with serving([], tmp_path / "known") as port:
        place = await look(port, tmp_path, key_file="key")
    assert isinstance(place.files, Unavailable)
    assert "not a usable private key" in place.files.because


# The protocol itself, over a pair of sockets: each script sends what it likes after the greeting.

VERSION = struct.pack(">IBI", 5, 2, 3)


def packet(kind: int, *fields: bytes) -> bytes:
    body = bytes([kind]) + b"".join(fields)
    return struct.pack(">I", len(body)) + body


def number(value: int) -> bytes:
    return struct.pack(">I", value)


def text(value: bytes) -> bytes:
    return number(len(value)) + value


HANDLE = packet(102, number(1), text(b"h"))
FILE = text(b"a.sql") + text(b"") + number(0)
EOF = packet(101, number(3), number(1), text(b""), text(b""))


def listing(answer: bytes) -> list[str]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        return [entry.name for entry in _Sftp(ours).entries("/x")]


def test_a_whole_listing():
    assert listing(VERSION + HANDLE + packet(104, number(2), number(2), FILE, FILE) + EOF) == ["a.sql", "a.sql"]
    strange = text(b"b.sql") + text(b"") + number(0x8000000F) + bytes(8 + 8 + 4 + 8) + number(1) + text(b"k") + text(b"v")
    assert listing(VERSION + HANDLE + packet(104, number(2), number(1), strange) + EOF) == ["b.sql"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", EOFError),
        (VERSION[:6], EOFError),
        (VERSION + HANDLE, EOFError),
        (VERSION + HANDLE + packet(104, number(2), number(1), FILE), EOFError),  # cut between two packets: no end was told
        (packet(99), _Garbage),
        (struct.pack(">IB", 2**31, 2), _Garbage),
        (number(0), _Garbage),
        (VERSION + packet(102, number(7), text(b"h")), _Garbage),
        (VERSION + HANDLE + packet(104, number(2), number(2**32 - 1), FILE), _Garbage),
        (VERSION + HANDLE + packet(104, number(2), number(1), number(2**32 - 1)), _Garbage),
        (VERSION + HANDLE + packet(104, number(2), number(1), text(b"x"), text(b""), number(2**31), number(2**32 - 1)), _Garbage),
        (VERSION + HANDLE + packet(105, number(2)), _Garbage),
        (VERSION + HANDLE + packet(101, number(2), number(4)), OSError),
        (VERSION + packet(101, number(1), number(3)), PermissionError),
        (VERSION + packet(101, number(1), number(4)) + packet(101, number(2), number(2)), FolderMissing),
        (VERSION + packet(101, number(1), number(4)) + packet(101, number(2), number(4)), OSError),
        (VERSION + packet(101, number(1), number(2)) + packet(105, number(2), number(4), number(0o40755)), OSError),
    ],
)
def test_what_breaks_the_protocol_is_an_error_and_never_a_short_listing(answer, error):
    with pytest.raises(error):
        listing(answer)


@pytest.mark.parametrize("seed", range(50))
def test_any_cut_of_an_honest_listing_is_an_error(seed):
    whole = VERSION + HANDLE + packet(104, number(2), number(3), FILE, FILE, FILE) + EOF
    cut = seed * len(whole) // 50
    check: Callable[[], object] = lambda: listing(whole[:cut])  # noqa: E731
    with pytest.raises((EOFError, _Garbage)):
        check()
