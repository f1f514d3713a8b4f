"""A place whose backups lie in pieces, in folders inside it, or in a repository; and what is not known there."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.backup.age import backup_database_stale, backup_site_stale
from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from checks.backup.sizes import backup_suspicious_size
from scanner import BackupContent, BackupPlace, Backups, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.gatherers.backups import looking, places
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.names import is_of_the_other_kind, looks_like, may_be_one
from scanner.gatherers.backups.places import BackupPlan
from scanner.settings.models import BackupSettings
from scanner.testing import installation, installations
from scanner.text.clock import StoppedClock
from tests.servers.processes import needs

pytestmark = pytest.mark.usefixtures("here")

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SHOP = installations(installation("opencart"))
DUMP = (
    b"-- MySQL dump 10.13  Distrib 8.0.40\n--\nCREATE TABLE `oc_order` (\n `id` int);\nINSERT INTO `oc_order` VALUES (1);\n"
    b"CREATE TABLE `oc_customer` (\n `id` int);\nINSERT INTO `oc_customer` VALUES (1);\n"
    b"-- Dump completed\n"
)
PACKED = gzip.compress(DUMP, mtime=0)


def put(path: Path, data: bytes = PACKED, hours: float = 9) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    changed = NOW.timestamp() - hours * 3600
    os.utime(path, (changed, changed))
    os.utime(path.parent, (changed, changed))


def zipped(size: int = 50_000, name: str = "a.jpg") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, os.urandom(size))
    return made.getvalue()


async def looked(folder: Path, kind: str = "database", **more: object) -> Backups:
    settings = BackupSettings.model_validate({"kind": kind, "location": str(folder), **more})
    return await backups(BackupPlan((settings,), Path("/")), StoppedClock(NOW))


def names(seen: Backups) -> list[str]:
    (place,) = seen.places
    assert isinstance(place.files, tuple), place.files
    return [file.name for file in place.files]


def content(seen: Backups) -> BackupContent:
    found = seen.places[0].content
    assert isinstance(found, BackupContent), found
    return found


def because(verdict: Verdict) -> str:
    assert isinstance(verdict, Inconclusive), verdict
    return verdict.because


def shown(verdict: Verdict) -> str:
    assert isinstance(verdict, Found), verdict
    return verdict.findings[0].shown


# --- folders inside the place


def by_day(folder: Path) -> None:
    for night in range(7):
        put(folder / f"2026-11-{20 - night}" / "shop.sql.gz", hours=9 + 24 * night)


def by_weekday(folder: Path) -> None:
    for night, day in enumerate(("Friday", "Thursday", "Wednesday", "Tuesday", "Monday")):
        put(folder / day / "shop.sql.gz", hours=9 + 24 * night)


def of_cpanel(folder: Path) -> None:
    for night in range(3):
        put(folder / f"2026-11-{20 - night}" / "accounts" / "shop.sql.gz", hours=9 + 24 * night)
        os.utime(folder / f"2026-11-{20 - night}", (0, 0))


def by_use(folder: Path) -> None:
    put(folder / "monthly" / "shop.sql.gz", hours=19 * 24)
    put(folder / "weekly" / "shop.sql.gz", hours=5 * 24)
    put(folder / "daily" / "shop.sql.gz")


def by_month_and_day(folder: Path) -> None:
    put(folder / "2026" / "11" / "20" / "shop.sql.gz")
    put(folder / "2026" / "10" / "31" / "shop.sql.gz", hours=500)
    put(folder / "2025" / "11" / "20" / "shop.sql.gz", hours=9000)


def beside_an_old_file(folder: Path) -> None:
    by_day(folder)
    put(folder / "old-shop.sql.gz", hours=9600)


@pytest.mark.parametrize("build", [by_day, by_weekday, of_cpanel, by_use, by_month_and_day, beside_an_old_file])
async def test_a_folder_a_night_is_looked_into(tmp_path: Path, build: Callable[[Path], None]) -> None:
    build(tmp_path)
    seen = await looked(tmp_path)
    assert names(seen)[0].endswith("/shop.sql.gz")
    assert content(seen).name == names(seen)[0]
    for rule in (backup_missing, backup_database_stale):
        verdict = rule(seen)
        assert isinstance(verdict, Passed), verdict
        assert "9 hours old" in (verdict.because or "")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)


async def test_sizes_are_compared_from_night_to_night(tmp_path: Path) -> None:
    for night in range(5):
        put(tmp_path / f"2026-11-{20 - night}" / "shop.sql", DUMP * (1 if night == 0 else 9), hours=9 + 24 * night)
    assert "2026-11-20/shop.sql has" in shown(backup_suspicious_size(await looked(tmp_path)))


async def test_a_folder_a_night_whose_newest_is_old_is_found(tmp_path: Path) -> None:
    for night in range(20, 25):
        put(tmp_path / f"2026-10-{50 - night}" / "shop.sql.gz", hours=9 + 24 * night)
    assert "20 days old" in shown(backup_database_stale(await looked(tmp_path)))


async def test_only_as_many_folders_are_looked_into_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for night in range(60):
        put(tmp_path / f"night-{1000 - night}" / "shop.sql.gz", hours=9 + 24 * night)
    opened: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (opened.append(str(path)), real(path))[1])
    assert isinstance(backup_database_stale(await looked(tmp_path)), Passed)
    assert len(opened) == 1 + looking.ENOUGH_RUNS


async def test_empty_folders_hold_no_backup(tmp_path: Path) -> None:
    for night in range(7):
        (tmp_path / f"2026-11-{20 - night}").mkdir()
    seen = await looked(tmp_path)
    assert "in what lies inside (7 folders)" in shown(backup_missing(seen))


# --- what is not known is not missing


async def test_a_folder_that_cannot_be_read_may_hold_the_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    put(tmp_path / "old.sql.gz", hours=9600)
    real = os.scandir

    def denied(path: object) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", denied)
    assert "could not be looked into" in because(backup_database_stale(await looked(tmp_path)))
    (tmp_path / "old.sql.gz").unlink()
    assert "1 folder in" in because(backup_missing(await looked(tmp_path)))


async def test_more_folders_than_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
    assert "2 folders in" in because(backup_missing(await looked(tmp_path)))


async def test_more_folders_than_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_IN_A_FOLDER", 3)
    for number in range(4):
        (tmp_path / f"{number}").mkdir()
    assert "more files than can be read" in because(backup_missing(await looked(tmp_path)))


async def test_folders_in_folders_end_somewhere(tmp_path: Path) -> None:
    put(tmp_path / "a" / "b" / "c" / "d" / "e" / "f" / "g" / "shop.sql.gz")
    assert "could not be looked into" in because(backup_missing(await looked(tmp_path)))


async def test_a_folder_that_is_a_link_is_not_followed_and_not_said_to_hold_nothing(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "shop.sql.gz")
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "latest").symlink_to(tmp_path / "elsewhere")
    assert "latest" in because(backup_missing(await looked(tmp_path / "place")))


async def test_a_drive_that_is_not_mounted_is_no_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "fstab"
    table.write_text(f"# what\nnas:/vol {str(tmp_path).replace(' ', chr(92) + '040')}/drive nfs defaults 0 0\nproc /proc proc\n")
    monkeypatch.setattr(places, "_MOUNTS", table)
    (tmp_path / "drive" / "shop").mkdir(parents=True)
    assert "not mounted" in because(backup_missing(await looked(tmp_path / "drive" / "shop")))
    (tmp_path / "other").mkdir()
    assert isinstance(backup_missing(await looked(tmp_path / "other")), Found)


@pytest.mark.parametrize("name", ["petal.bak", "Sicherung Laden", "shop_20261120", "petal.img.xz", "00017", "petal.gpg"])
async def test_a_name_that_we_do_not_know_may_be_a_backups(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, b"\x8f\x01\x02" * 50)
    assert name in because(backup_missing(await looked(tmp_path)))


@pytest.mark.parametrize(
    "name", ["README.txt", "backup.log", "shop.sql.md5", "index.html", "vase.jpg", "restore.sh", "Thumbs.db"]
)
async def test_what_is_surely_none_is_none(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, b"words")
    assert isinstance(backup_missing(await looked(tmp_path)), Found)


async def test_dumps_are_no_backup_of_the_files_and_archives_of_pictures_none_of_the_database(tmp_path: Path) -> None:
    put(tmp_path / "shop-2026-11-20.sql.gz")
    assert isinstance(backup_missing(await looked(tmp_path, "site")), Found)
    (tmp_path / "shop-2026-11-20.sql.gz").unlink()
    put(tmp_path / "backup_2026-11-20-0300_Petal_0123456789ab-uploads.zip", zipped())
    assert isinstance(backup_missing(await looked(tmp_path)), Found)


async def test_an_archive_may_hold_the_dump(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("database/shop.sql", DUMP)
    put(tmp_path / "petal-20261120.zip", made.getvalue())
    seen = await looked(tmp_path)
    assert names(seen) == ["petal-20261120.zip"]
    assert isinstance(backup_missing(seen), Passed)
    assert isinstance(backup_corrupt(seen, SHOP), Passed)


async def test_an_archive_that_was_read_whole_and_holds_no_dump_is_none(tmp_path: Path) -> None:
    put(tmp_path / "petal-20261120.zip", zipped())
    assert isinstance(backup_missing(await looked(tmp_path)), Found)


def test_the_other_kind() -> None:
    assert is_of_the_other_kind("shop.sql.gz", "site")
    assert not is_of_the_other_kind("shop.bak", "site")
    assert not is_of_the_other_kind("backup-11.20.2026_03-00-00_shop.tar.gz", "site")
    assert not is_of_the_other_kind("petal.zip", "database")
    assert may_be_one("shop.bak")
    assert not may_be_one(".shop.bak")


@pytest.mark.parametrize(
    "name",
    ["shop.sql.lzo", "shop.sql.lzma", "site.tar.gz.split.00", "shop.sql.gz.vault", "shop-1.dar", "shop.vma.zst", "shop.vhdx"],
)
async def test_an_ending_that_nobody_knows_is_no_missing_backup(tmp_path: Path, name: str) -> None:
    """What comes after an ending that we know may be another way to pack, lock or cut it."""
    put(tmp_path / name, b"words")
    assert isinstance(backup_missing(await looked(tmp_path)), Inconclusive)


@pytest.mark.parametrize(
    "name", ["shop.sql.gz.sha256", "shop.tar.gz.asc", "shop.sql.log", "dump.sql.gz.partial", "style.css.map"]
)
async def test_what_stands_beside_a_backup_is_none(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, b"words")
    assert isinstance(backup_missing(await looked(tmp_path)), Found)


# --- copies and repositories


async def test_a_copy_file_by_file_is_no_missing_backup(tmp_path: Path) -> None:
    for name in ("index.php", ".htaccess", "wp-config.php"):
        put(tmp_path / "daily.0" / "shop" / name, b"<?php")
    seen = await looked(tmp_path, "site")
    assert "daily.0/shop in" in because(backup_missing(seen))
    assert isinstance(backup_site_stale(seen), Inconclusive)


async def test_a_dump_that_the_software_brings_along_is_no_backup(tmp_path: Path) -> None:
    for name in ("index.php", "composer.json"):
        put(tmp_path / name, b"<?php")
    put(tmp_path / "install" / "schema.sql", DUMP, hours=9000)
    assert isinstance(backup_database_stale(await looked(tmp_path)), Inconclusive)


def restic(folder: Path) -> None:
    for name in ("keys", "data", "index"):
        (folder / name).mkdir(parents=True)
    put(folder / "config", b"x")
    put(folder / "snapshots" / ("0a" * 32), b"x")


def borg(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    for name in ("config", "README", "index.17", "hints.17", "integrity.17"):
        put(folder / name, b"x")


def rdiff_backup(folder: Path) -> None:
    put(folder / "index.php", b"<?php")
    put(folder / ".htaccess", b"x")
    put(folder / "rdiff-backup-data" / "session_statistics.2026-11-19T03:00:00Z.data", b"x", 33)
    put(folder / "rdiff-backup-data" / "session_statistics.2026-11-20T03:00:00Z.data", b"x")


def duplicati(folder: Path) -> None:
    put(folder / "duplicati-20261120T030000Z.dlist.zip.aes", b"AES\x02" + bytes(50))
    put(folder / "duplicati-b0a1b2c3.dblock.zip.aes", b"AES\x02" + bytes(50))


@pytest.mark.parametrize("build", [restic, borg, rdiff_backup, duplicati])
@pytest.mark.parametrize("under", ["", "nas"])
async def test_a_repository_is_as_old_as_its_last_run(tmp_path: Path, build: Callable[[Path], None], under: str) -> None:
    build(tmp_path / under)
    for kind, rule in (("database", backup_database_stale), ("site", backup_site_stale)):
        seen = await looked(tmp_path, kind)
        assert isinstance(backup_missing(seen), Passed)
        assert isinstance(rule(seen), Passed)
        assert isinstance(backup_corrupt(seen, SHOP), Inconclusive)


@pytest.mark.parametrize("names_in_it", [("kopia.repository.f",), ("config", "snapshots", "chunks")])
async def test_a_repository_that_only_its_own_tool_can_date(tmp_path: Path, names_in_it: tuple[str, ...]) -> None:
    for name in names_in_it:
        put(tmp_path / "store" / name, b"x")
    assert "heartbeat" in because(backup_missing(await looked(tmp_path)))
    put(tmp_path / "shop.sql.gz")
    assert isinstance(backup_missing(await looked(tmp_path)), Passed)


# --- sets


def cut(data: bytes, pieces: int) -> list[bytes]:
    size = -(-len(data) // pieces)
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("data", "piece_names"),
    [
        (zipped(), [f"shop.zip.{n:03}" for n in (1, 2, 3)]),
        (zipped(), ["shop.zip.aa", "shop.zip.ab", "shop.zip.ac"]),
    ],
)
async def test_a_split_archive_is_read_as_it_was_before(tmp_path: Path, data: bytes, piece_names: list[str]) -> None:
    for name, piece in zip(piece_names, cut(data, 3), strict=True):
        put(tmp_path / name, piece)
    seen = await looked(tmp_path, "site")
    assert names(seen) == ["shop.zip"]
    verdict = backup_corrupt(seen, SHOP)
    assert isinstance(verdict, Passed), verdict
    assert "1 file" in (verdict.because or "")
    (tmp_path / piece_names[1]).unlink()
    assert "piece 2 is missing" in shown(backup_corrupt(await looked(tmp_path, "site"), SHOP))


async def test_a_split_dump_is_read_as_it_was_before(tmp_path: Path) -> None:
    for name, piece in zip(("aa", "ab", "ac"), cut(PACKED, 3), strict=True):
        put(tmp_path / f"shop.sql.gz.{name}", piece)
    seen = await looked(tmp_path)
    assert content(seen).tables == ("oc_customer", "oc_order")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    (tmp_path / "shop.sql.gz.ac").write_bytes(b"no gzip")
    assert isinstance(backup_corrupt(await looked(tmp_path), SHOP), Found)


async def test_an_archive_that_zip_has_split(tmp_path: Path) -> None:
    needs("zip")
    (tmp_path / "noise").write_bytes(os.urandom(200_000))
    (tmp_path / "made").mkdir()
    command = ["zip", "-q", "-0", "-s", "64k", str(tmp_path / "made" / "shop.zip"), "noise"]
    subprocess.run(command, cwd=tmp_path, check=True)
    for file in (tmp_path / "made").iterdir():
        put(file, file.read_bytes())
    seen = await looked(tmp_path / "made", "site")
    assert names(seen) == ["shop.zip"]
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    (tmp_path / "made" / "shop.z02").unlink()
    assert "piece 2 is missing" in shown(backup_corrupt(await looked(tmp_path / "made", "site"), SHOP))


def updraft(folder: Path, parts: str, *, days: int = 0, number: int = 0, size: int = 9000) -> None:
    for at, part in enumerate(parts.split()):
        name = f"backup_2026-11-{20 - days}-0300_Petal_{number:012x}-{part}.zip"
        put(folder / name, zipped(size if part != "uploads5" else 900), 9 + 24 * days - at / 60)


async def test_the_last_part_of_a_split_set_is_small_by_nature(tmp_path: Path) -> None:
    for number in range(4):
        updraft(tmp_path, "plugins themes others uploads uploads2 uploads3 uploads4 uploads5", days=3 * number, number=number)
    seen = await looked(tmp_path, "site")
    assert [file.files for file in seen.places[0].files] == [8, 8, 8, 8]  # type: ignore[union-attr]
    assert isinstance(backup_suspicious_size(seen), Passed)
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    assert "8 files" in (backup_missing(seen).because or "")


async def test_a_part_that_shrank_is_still_told(tmp_path: Path) -> None:
    for number in range(4):
        updraft(tmp_path, "plugins themes others uploads", days=3 * number, number=number, size=9000 if number else 900)
    assert "uploads.zip has" in shown(backup_suspicious_size(await looked(tmp_path, "site")))


async def test_a_set_from_before_an_update_is_neither_the_age_nor_the_measure(tmp_path: Path) -> None:
    updraft(tmp_path, "plugins themes uploads others", days=7)
    updraft(tmp_path, "plugins themes uploads others", days=1, number=1)
    updraft(tmp_path, "themes", number=2)
    seen = await looked(tmp_path, "site")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    assert "32 hours old" in (backup_site_stale(seen).because or "")
    assert isinstance(backup_suspicious_size(seen), NotApplicable)


async def test_one_damaged_part_is_told_by_its_name(tmp_path: Path) -> None:
    updraft(tmp_path, "plugins themes uploads others")
    file = next(tmp_path.glob("*-uploads.zip"))
    put(file, file.read_bytes()[:4000])
    assert re.search(r"holds “\S+-uploads.zip”, which", shown(backup_corrupt(await looked(tmp_path, "site"), SHOP)))


def mydumper(folder: Path) -> None:
    put(folder / "metadata", b"# Started dump at: 2026-11-20 03:00:00\n# Finished dump at: 2026-11-20 03:01:00\n")
    put(folder / "shop-schema-create.sql.gz", gzip.compress(b"CREATE DATABASE `shop`;\n"))
    for table, pieces in (("oc_order", 5), ("oc_customer", 1)):
        put(folder / f"shop.{table}-schema.sql.gz", gzip.compress(f"CREATE TABLE `{table}` (\n `id` int\n);\n".encode()))
        for piece in range(pieces):
            data = f"INSERT INTO `{table}` VALUES('{os.urandom(20_000 if piece < 4 else 90).hex()}');\n"
            put(folder / f"shop.{table}.{piece:05}.sql.gz", gzip.compress(data.encode()))


@pytest.mark.parametrize("under", ["", "20261120-030000"])
async def test_mydumpers_pieces_are_one_dump(tmp_path: Path, under: str) -> None:
    mydumper(tmp_path / under)
    seen = await looked(tmp_path)
    assert [name.rpartition("/")[2] for name in names(seen)] == ["shop (mydumper)"]
    assert content(seen).tables == ("oc_customer", "oc_order")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    assert isinstance(backup_suspicious_size(seen), NotApplicable)
    (tmp_path / under / "metadata").rename(tmp_path / under / "metadata.partial")
    assert "metadata is missing" in shown(backup_corrupt(await looked(tmp_path), SHOP))


async def test_of_a_set_no_more_is_read_than_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_BYTES", 1000)
    mydumper(tmp_path)
    verdict = backup_corrupt(await looked(tmp_path), SHOP)
    assert "--deep" in because(verdict)


async def test_a_set_that_is_still_being_written_is_not_judged(tmp_path: Path) -> None:
    for name in ("shop.7z.001", "shop.7z.003"):
        put(tmp_path / name, b"7z\xbc\xaf\x27\x1c" + bytes(40), hours=0.1)
    seen = await looked(tmp_path, "site")
    assert isinstance(backup_corrupt(seen, SHOP), Inconclusive)


# --- names


PIECES_OF_A_DUMP = ("shop.sql.gz.aa", "shop.sql.zip.001", "shop.sql.gz.part1", "shop.sql.gz.1", "db_backup_20261120.gz")
PIECES_OF_THE_FILES = (
    "shop.zip.001",
    "shop.z01",
    "shop.tar.gz.aa",
    "shop.part1.rar",
    "shop.rar",
    "shop.r00",
    "shop.1.dar",
)
EITHER = (
    "site-petal.j01",
    "duplicity-full.20261115T030000Z.vol1.difftar.gpg",
    "duplicati-20261120T030000Z.dlist.zip.aes",
    "backup-11.20.2026_03-00-00_shop.tar.gz.part00001",
)


def test_pieces_are_named_like_the_whole() -> None:
    database, site = looks_like("database", None), looks_like("site", None)
    assert [name for name in (*PIECES_OF_A_DUMP, *EITHER) if not database(name)] == []
    assert [name for name in (*PIECES_OF_THE_FILES, *EITHER) if not site(name)] == []
    assert [name for name in PIECES_OF_THE_FILES if database(name)] == []
    assert [name for name in PIECES_OF_A_DUMP if site(name)] == []


def test_a_place_can_tell_that_it_does_not_know() -> None:
    place = BackupPlace("database", "/srv", "", 7, (), unlooked=1)
    assert isinstance(backup_missing(Backups((place,), NOW)), Inconclusive)
    missing = BackupPlace("database", "/srv", "", 7, (), folder_missing=True, unlooked=1)
    assert isinstance(backup_missing(Backups((missing,), NOW)), Found)
    unread = BackupPlace("database", "/srv", "", 7, Unavailable("no"), possible=("x",))
    assert isinstance(backup_missing(Backups((unread,), NOW)), Inconclusive)
