"""Opening the newest backup: from a folder of this computer and over a real OpenSSH server, with the rule's verdict."""

from __future__ import annotations

import getpass
import gzip
import io
import os
import random
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from scanner import BackupContent, BackupPlace, Backups, Found, Inconclusive, Passed, Unavailable, Verdict
from scanner.gatherers.backups import content
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan
from scanner.settings.models import BackupSettings
from scanner.testing import installation, installations
from scanner.text.clock import StoppedClock
from tests.servers.test_sftp_backups import NOW, Sshd, keygen, proxy, running

pytestmark = pytest.mark.usefixtures("here")

NOISE = random.Random(2).randbytes(2_000_000)
SHOP = installations(installation("opencart"))
NONCE = "0a1b2c3d4e5f"


def dump(end: str = "-- Dump completed on 2026-11-20  3:00:01\n", tables: tuple[str, ...] = ("oc_order", "oc_customer")) -> bytes:
    rows = "".join(f"CREATE TABLE `{table}` (\n  `id` int\n);\nINSERT INTO `{table}` VALUES (1);\n" for table in tables)
    filler = f"INSERT INTO `oc_order` VALUES ('{NOISE.hex()}');\n"
    return f"-- MySQL dump 10.13  Distrib 8.0.36\n{rows}{filler}{end}".encode()


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, NOISE)
    return packed.getvalue()


def tarred() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        entry = tarfile.TarInfo("shop/a.jpg")
        entry.size = len(NOISE)
        archive.addfile(entry, io.BytesIO(NOISE))
    return packed.getvalue()


def put(folder: Path, name: str, data: bytes, hours: float = 9) -> None:
    (folder / name).write_bytes(data)
    changed = NOW.timestamp() - hours * 3600
    os.utime(folder / name, (changed, changed))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "owner"):
        keygen(folder / name)
    shutil.copy(folder / "owner.pub", folder / "authorized_keys")
    with running(folder) as sshd:
        yield sshd


@pytest.fixture(params=["disk", "sftp"])
def over(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def settings(over: str, server: Sshd, folder: Path, port: int | None = None, **more: object) -> BackupSettings:
    if over == "disk":
        return BackupSettings.model_validate({"kind": "database", "location": str(folder), **more})
    known = server.keys / f"known-{port or server.port}"
    known.write_text(server.known_hosts(port=port))
    given = {
        "location": f"sftp://{getpass.getuser()}@127.0.0.1:{port or server.port}{folder}",
        "key_file": str(server.keys / "owner"),
    }
    return BackupSettings.model_validate({"kind": "database", "known_hosts": str(known), **given, **more})


async def look(
    over: str, server: Sshd, folder: Path, *, port: int | None = None, deep: bool = False, **more: object
) -> tuple[BackupPlace, Verdict, Backups]:
    plan = BackupPlan((settings(over, server, folder, port, **more),), folder, deep=deep)
    seen = await backups(plan, StoppedClock(NOW))
    return seen.places[0], backup_corrupt(seen, SHOP), seen


async def test_a_good_one(over: str, server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "shop-2026-11-20.sql.gz", gzip.compress(dump(), 1))
    put(tmp_path, "shop-2026-11-19.sql.gz", b"rubbish", 33)
    place, verdict, _ = await look(over, server, tmp_path)
    assert isinstance(place.content, BackupContent)
    assert place.content.tables == ("oc_customer", "oc_order")
    assert isinstance(verdict, Passed)
    assert verdict.because is not None
    assert verdict.because.endswith("opened, 2 tables, ends properly")


@pytest.mark.parametrize(
    ("name", "data", "shown"),
    [
        ("shop.sql.gz", gzip.compress(dump(), 1)[:-2000], "breaks off in the middle"),
        ("shop.sql.gz", gzip.compress(dump(end="")), "closing line"),
        ("shop.sql.gz", gzip.compress(dump(tables=("wp_posts",))), "none that is called order or customer"),
        ("shop.sql.gz", b"mysqldump: command not found\n", "does not begin like one"),
        ("shop.sql", b"mysqldump: command not found\n", "holds no table"),
        ("shop-db.zip", zipped("a", "b")[:-300], "has no directory at its end"),
    ],
)
async def test_bad_ones(over: str, server: Sshd, tmp_path: Path, name: str, data: bytes, shown: str) -> None:
    put(tmp_path, name, data)
    _, verdict, _ = await look(over, server, tmp_path)
    assert isinstance(verdict, Found)
    assert shown in verdict.findings[0].shown


async def test_an_archive_of_files(over: str, server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "site-2026-11-20.tar.gz", tarred())
    _, verdict, _ = await look(over, server, tmp_path, kind="site")
    assert isinstance(verdict, Passed)
    put(tmp_path, "site-2026-11-20.tar.gz", tarred()[:-1000], 8)
    _, verdict, _ = await look(over, server, tmp_path, kind="site")
    assert isinstance(verdict, Found)


async def test_half_an_updraftplus_set(over: str, server: Sshd, tmp_path: Path) -> None:
    for part in ("plugins", "uploads"):
        put(tmp_path, f"backup_2026-11-20-0300_Petal_{NONCE}-{part}.zip", zipped("a"))
    _, verdict, _ = await look(over, server, tmp_path, kind="site")
    assert isinstance(verdict, Found)
    assert "others and themes are missing" in verdict.findings[0].shown


@pytest.mark.parametrize("cut", [0, 50])
async def test_a_large_one_is_read_to_its_end_when_asked(
    over: str, server: Sshd, tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "READ_WHOLE", 1_000_000)
    data = gzip.compress(dump(), 1)
    put(tmp_path, "shop.sql.gz", data[: len(data) - cut])
    _, shallow, _ = await look(over, server, tmp_path)
    assert isinstance(shallow, Inconclusive)
    assert "--deep" in shallow.because
    _, deep, _ = await look(over, server, tmp_path, deep=True)
    assert isinstance(deep, Found if cut else Passed)


async def test_one_that_is_still_being_written_is_not_opened(over: str, server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "shop-2026-11-20.sql.gz", gzip.compress(dump(), 1)[:-2000], 0.1)
    place, verdict, _ = await look(over, server, tmp_path)
    assert place.content is None
    assert isinstance(verdict, Inconclusive)
    put(tmp_path, "shop-2026-11-19.sql.gz", gzip.compress(dump(), 1), 24)
    place, verdict, _ = await look(over, server, tmp_path)
    assert isinstance(verdict, Passed)
    assert isinstance(place.content, BackupContent)
    assert place.content.name == "shop-2026-11-19.sql.gz"


async def test_hostile_names(over: str, server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "\x1b[2J<script>alert(1)</script>\n.sql".replace("/", "∕"), dump()[:-60])
    _, verdict, _ = await look(over, server, tmp_path)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown.isprintable()


async def test_one_that_may_not_be_read(over: str, server: Sshd, tmp_path: Path) -> None:
    """As root everything may be read, so it is a folder that took the file's place."""
    put(tmp_path, "shop.sql", dump())
    (tmp_path / "a.sql").symlink_to("shop.sql")
    place, _, _ = await look(over, server, tmp_path)
    assert isinstance(place.files, tuple)
    assert [file.name for file in place.files] == ["shop.sql"]


async def test_a_connection_cut_while_reading_is_never_a_verdict(server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "shop.sql.gz", gzip.compress(dump(), 1))
    async with proxy(server.port, 600_000) as port:
        place, verdict, seen = await look("sftp", server, tmp_path, port=port)
    assert isinstance(place.content, Unavailable)
    assert "broke off" in place.content.because
    assert isinstance(verdict, Inconclusive)
    assert isinstance(backup_missing(seen), Passed)


async def test_two_kinds_at_one_server(server: Sshd, tmp_path: Path) -> None:
    put(tmp_path, "shop.sql.gz", gzip.compress(dump(), 1))
    put(tmp_path, "site.tar.gz", tarred()[:-1000])
    both = tuple(settings("sftp", server, tmp_path, kind=kind) for kind in ("database", "site"))
    verdict = backup_corrupt(await backups(BackupPlan(both, tmp_path), StoppedClock(NOW)), SHOP)
    assert isinstance(verdict, Found)
    assert "site.tar.gz breaks off" in verdict.findings[0].shown
