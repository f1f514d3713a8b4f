"""Backups in pieces as real tools write them: 7z, split, duplicity."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.backup.age import backup_site_stale
from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from scanner import BackupFile, Backups, Found, Inconclusive, Passed
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan
from scanner.settings.models import BackupSettings
from scanner.testing import installation, installations
from scanner.text.clock import StoppedClock
from tests.servers.processes import needs
from tests.servers.test_sftp_backups import NOW

SHOP = installations(installation("opencart"))


def run(*command: str, folder: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LANG": "C.UTF-8"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


async def looked(folder: Path) -> tuple[tuple[BackupFile, ...], Backups]:
    """The folder, as if all in it had been written nine hours ago."""
    for file in folder.iterdir():
        os.utime(file, (NOW.timestamp() - 9 * 3600,) * 2)
    settings = BackupSettings(kind="site", location=str(folder))
    seen = await backups(BackupPlan((settings,), Path("/")), StoppedClock(NOW))
    files = seen.places[0].files
    assert isinstance(files, tuple)
    return files, seen


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "vase.jpg").write_bytes(random.Random(3).randbytes(300_000))
    (tmp_path / "to").mkdir()
    return folder


def by_7z(files: Path, to: Path) -> None:
    run("7z", "a", "-bso0", "-v64k", str(to / "shop.7z"), ".", folder=files)


def by_7z_as_zip(files: Path, to: Path) -> None:
    run("7z", "a", "-bso0", "-tzip", "-v64k", str(to / "shop.zip"), ".", folder=files)


def by_split(files: Path, to: Path) -> None:
    run("sh", "-c", f"tar -cz . | split -b 64k - {to}/shop.tar.gz.", folder=files)


def by_split_in_numbers(files: Path, to: Path) -> None:
    run("sh", "-c", f"tar -cz . | split -d -b 64k - {to}/shop.tar.gz.part", folder=files)


@pytest.mark.parametrize(
    ("tool", "verdict"),
    [(by_7z, Inconclusive), (by_7z_as_zip, Passed), (by_split, Passed), (by_split_in_numbers, Passed)],
)
async def test_an_archive_in_pieces(files: Path, tool: Callable[[Path, Path], None], verdict: type) -> None:
    needs("7z", "split")
    tool(files, to := files.parent / "to")
    (one,), seen = await looked(to)
    assert one.files == 5
    assert one.lost == ()
    assert isinstance(backup_missing(seen), Passed)
    assert isinstance(backup_corrupt(seen, SHOP), verdict), backup_corrupt(seen, SHOP)
    sorted(to.iterdir())[2].unlink()
    assert isinstance(backup_corrupt((await looked(to))[1], SHOP), Found)


async def test_duplicity(files: Path) -> None:
    needs("duplicity")
    to = files.parent / "to"
    run("duplicity", "full", "--no-encryption", "--volsize", "1", str(files), f"file://{to}", folder=files)
    (full,), seen = await looked(to)
    assert (full.increment, full.lost, full.files) == (False, (), 2)
    assert isinstance(backup_site_stale(seen), Passed)
    assert not isinstance(backup_corrupt(seen, SHOP), Found)
    (files / "rose.jpg").write_bytes(b"red")
    run("duplicity", "incr", "--no-encryption", str(files), f"file://{to}", folder=files)
    both, _ = await looked(to)
    assert sorted(one.increment for one in both) == [False, True]
    assert {one.lost for one in both} == {()}
    for file in to.glob("duplicity-full.*"):
        file.unlink()
    (rest,), seen = await looked(to)
    assert "that it builds on" in rest.lost[0]
    assert isinstance(backup_corrupt(seen, SHOP), Found)
