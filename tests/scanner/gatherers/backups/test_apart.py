"""Looking at a place by a process of its own: what it is told, and that it is believed no more than the place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.evidence import BackupContent, BackupFile, BackupPart, BackupPlace, Unavailable
from scanner.evidence.codec import encode
from scanner.gatherers.apart.children import Failed
from scanner.gatherers.backups import backups as module
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.looking import Told
from scanner.gatherers.backups.places import BackupPlan, CannotLook
from scanner.settings.models import BackupSettings
from scanner.text.clock import StoppedClock
from tests.loopback import serving
from tests.patience import PATIENCE, eventually

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PASSWORD = "violets-and-roses"
OTHER = "tulips-of-another-shop"
FILE = BackupFile("roses.sql", 9, NOW)
PLACE = BackupPlace("database", "sftp://nas.example/shop", "", 7, (), host="nas.example")


def children() -> list[int]:
    """Of this process, whichever thread started them."""
    lists = (task / "children" for task in Path("/proc/self/task").iterdir())
    return [int(pid) for file in lists for pid in file.read_text().split()]


def of_us(pid: int) -> bool:
    return b"scanner.gatherers.apart" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_it_is_told_one_login_by_its_pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither its arguments nor its environment hold any; and it ends with whoever waited for it."""
    monkeypatch.setenv("BACKUP_PASSWORD", PASSWORD)
    monkeypatch.setenv("OTHER_PASSWORD", OTHER)
    before = set(children())
    asked = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"</propfind>")
        asked.set()
        await asyncio.sleep(PATIENCE)

    async with serving(listen) as port:
        settings = BackupSettings.model_validate(
            {"kind": "database", "location": f"webdav://florist@127.0.0.1:{port}/", "password": "${BACKUP_PASSWORD}"}
        )
        looking = asyncio.create_task(backups(BackupPlan((settings,), tmp_path, PATIENCE), StoppedClock(NOW)))
        await asked.wait()
        (pid,) = [pid for pid in set(children()) - before if of_us(pid)]
        own = Path(f"/proc/{pid}")
        assert own.joinpath("environ").read_bytes() == b""
        assert PASSWORD.encode() not in own.joinpath("cmdline").read_bytes()
        assert OTHER.encode() not in own.joinpath("cmdline").read_bytes()
        assert {str(entry.readlink()) for entry in own.joinpath("fd").iterdir()} >= {"/dev/null"}
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
    eventually(lambda: pid not in children() or own.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z")


async def test_the_scans_own_time_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a server that never answers: it is over only because the scan has no more time."""

    async def listen(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(PATIENCE)

    monkeypatch.setattr(module, "TELLING", PATIENCE)  # the child ends by itself
    async with serving(listen) as port:
        settings = BackupSettings.model_validate({"kind": "database", "location": f"webdav://127.0.0.1:{port}/"})
        plan = BackupPlan((settings,), tmp_path, PATIENCE, left=lambda: 0.5)
        (place,) = (await backups(plan, StoppedClock(NOW))).places
        assert place.files == Unavailable("127.0.0.1 did not answer in time.")
        plan = BackupPlan((settings,), tmp_path, PATIENCE, left=lambda: 0.0)
        (place,) = (await backups(plan, StoppedClock(NOW))).places
        assert place.files == Unavailable("The scan's time was used up before this could be looked at.")


class Saying:
    """A child that says these things."""

    def __init__(self, *said: Any) -> None:
        self._said = list(said)

    async def hear(self, _seconds: float) -> Any:
        said = self._said.pop(0)
        if isinstance(said, BaseException):
            raise said
        return said


@pytest.mark.parametrize(
    "said",
    [
        None,
        7,
        [],
        {},
        {"$": "nobody"},
        {"$": "BackupPlace"},
        {"$": "Told"},
        {"$": "Told", "files": 7, "address": ""},
        {"$": "Told", "files": [], "address": 7},
        {"$": "Told", "files": [{"$": "BackupFile", "name": "a", "size": "9", "modified": {"$": "time", "value": "2026-11-20T03:00:00Z"}}], "address": ""},
        {"$": "Told", "files": [{"$": "BackupFile", "name": "a", "size": 9, "modified": {"$": "time", "value": "yesterday"}}], "address": ""},
        encode(Told((FILE,) * 51, "")),
        encode(Told((BackupFile("x" * 2001, 9, NOW),), "")),
        encode(Told((BackupFile("x", 9, NOW, lost=("y" * 2001,)),), "")),
        encode(Told((BackupFile("x", 9, NOW, parts=(BackupPart("y", 1),) * 101),), "")),
        encode(Told((), "", possible=("a", "b", "c", "d"))),
        encode(Told((), "", possible=("x" * 2001,))),
        encode(Told((), "", copied="x" * 2001)),
        encode(Told((), "", empty=(BackupFile("", 9, NOW),))),
        encode(Unavailable("x")),
    ],
)  # fmt: skip
async def test_what_is_said_of_a_folder_is_looked_at(said: object) -> None:
    with pytest.raises(Failed):
        await module._folder(PLACE, Saying(said), 1)


async def test_a_folder_keeps_what_was_configured() -> None:
    seen = await module._folder(PLACE, Saying(encode(Told((FILE,), "192.0.2.1", seen=3))), 1)
    assert (seen.kind, seen.location, seen.host, seen.address, seen.files) == (
        *("database", PLACE.location, "nas.example"),
        "192.0.2.1",
        (FILE,),
    )
    with pytest.raises(CannotLook, match="within 1 seconds"):
        await module._folder(PLACE, Saying(TimeoutError()), 1)


@pytest.mark.parametrize(
    "said",
    [
        *(7, {}, encode(FILE), encode(BackupContent("roses.sql", "text", whole=True)), Failed("crashed")),
        encode(Told((FILE,), "", content=BackupContent("another.sql", "text", whole=True))),
    ],
)
async def test_what_is_said_of_a_file_is_looked_at(said: object) -> None:
    """And the list stays."""
    place = await module._folder(PLACE, Saying(encode(Told((FILE,), ""))), 1)
    seen = await module._opened(place, Saying(said), 1)
    assert seen.files == (FILE,)
    assert isinstance(seen.content, Unavailable)
    assert "the process that reads it" in seen.content.because
    right = BackupContent("roses.sql", "text", whole=True)
    assert (await module._opened(place, Saying(encode(Told((FILE,), "", content=right))), 1)).content == right
    assert await module._opened(place, Saying(None), 1) == place
