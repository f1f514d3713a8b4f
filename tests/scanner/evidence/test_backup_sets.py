"""Which files are one backup: by the names that the tools give, with healthy twins that only look alike."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import BackupFile, backups_in, updraft_sets
from scanner.evidence.backup_sets import is_of_a_set, sets_of
from tests.patience import cpu

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NONCE = "0123456789ab"


def made(name: str, size: int = 1000, hours: float = 9) -> BackupFile:
    return BackupFile(name, size, NOW - timedelta(hours=hours))


def all_of(names: Iterable[str], sizes: Iterable[int] = ()) -> tuple[BackupFile, ...]:
    given_sizes = [*sizes]
    return tuple(
        made(name, given_sizes[number] if number < len(given_sizes) else 1000, 9 - number / 60)
        for number, name in enumerate(names)
    )


SPLIT = {
    "7z": ("shop.7z.001", "shop.7z.002", "shop.7z.003"),
    "zip by 7z": ("shop.zip.001", "shop.zip.002"),
    "zip": ("shop.z01", "shop.z02", "shop.zip"),
    "rar": ("shop.part1.rar", "shop.part2.rar"),
    "old rar": ("shop.rar", "shop.r00", "shop.r01"),
    "Akeeba": ("site-petal-20261120.j01", "site-petal-20261120.j02", "site-petal-20261120.jpa"),
    "Akeeba, encrypted": ("site-petal.j01", "site-petal.jps"),
    "split": ("shop.tar.gz.aa", "shop.tar.gz.ab", "shop.tar.gz.ac"),
    "split -d": ("shop.tar.gz.00", "shop.tar.gz.01"),
    "split, no dot": ("shop.tar.gzaa", "shop.tar.gzab"),
    "split, named": ("shop.tar.zst.part-aa", "shop.tar.zst.part-ab"),
    "cPanel": ("backup-11.20.2026_03-00-00_shop.tar.gz.part00001", "backup-11.20.2026_03-00-00_shop.tar.gz.part00002"),
    "a dump": ("shop.sql.gz.part1", "shop.sql.gz.part2"),
    "encrypted": ("shop.tar.gz.gpg.aa", "shop.tar.gz.gpg.ab"),
    "WPvivid": (
        "petal_wpvivid-5f_2026-11-20-03-00_backup_all.part001.zip",
        "petal_wpvivid-5f_2026-11-20-03-00_backup_all.part002.zip",
    ),
    "dar": ("shop.1.dar", "shop.2.dar"),
    "parts with a dash": ("shop-part1.zip", "shop-part2.zip"),
}
NOT_SPLIT = {
    "nights": ("shop-20.tar.gz", "shop-19.tar.gz"),
    "logrotate": ("shop.sql.gz.10", "shop.sql.gz.11"),
    "two archives": ("shop.zip", "files.zip"),
    "a zip and another's part": ("shop.zip", "blog.z01"),
    "versions": ("shop.v1.zip", "shop.v2.zip"),
    "another word": ("shop.tar.gz.old", "shop.tar.gz.new"),
    "years": ("shop.2025.tar", "shop.2026.tar"),
}


@pytest.mark.parametrize("names", SPLIT.values(), ids=SPLIT)
def test_an_archive_in_pieces_is_one_backup(names: tuple[str, ...]) -> None:
    files = all_of(names)
    (one,) = backups_in(files)
    assert (one.files, one.size, one.lost) == (len(names), 1000 * len(names), ())
    assert one.modified == max(file.modified for file in files)
    assert all(is_of_a_set(name) or name.endswith((".zip", ".jpa", ".jps", ".rar")) for name in names)


@pytest.mark.parametrize("names", NOT_SPLIT.values(), ids=NOT_SPLIT)
def test_backups_of_their_own_are_not_taken_together(names: tuple[str, ...]) -> None:
    assert {one.name for one in backups_in(all_of(names)) if one.files == 1 and not one.lost} == set(names) - {"blog.z01"}


@pytest.mark.parametrize(
    ("names", "lost"),
    [
        (("shop.7z.001", "shop.7z.003"), ("piece 2",)),
        (("shop.z01", "shop.z02"), ("shop.zip",)),
        (("shop.z02", "shop.zip"), ("piece 1",)),
        (("site.j01", "site.j02"), ("site.jpa",)),
        (("shop.tar.gz.aa", "shop.tar.gz.ac"), ("piece 2",)),
        (("shop.part2.rar", "shop.part3.rar"), ("piece 1",)),
        (("shop.rar", "shop.r01"), ("piece 0",)),
        (("shop.1.dar", "shop.3.dar"), ("piece 2",)),
    ],
)
def test_a_piece_that_must_be_missing_is_named(names: tuple[str, ...], lost: tuple[str, ...]) -> None:
    (one,) = backups_in(all_of(names))
    assert one.lost == lost


def test_pieces_are_put_together_in_their_order_and_not_by_their_date() -> None:
    names = [f"shop.zip.{number:03}" for number in range(1, 13)]
    shuffled = random.Random(1).sample(names, len(names))
    (one,) = sets_of(all_of(shuffled))
    assert [piece.file.name for piece in one.pieces] == names
    assert one.joined
    (zipped,) = sets_of(all_of(("shop.zip", "shop.z02", "shop.z01")))
    assert [piece.file.name for piece in zipped.pieces] == ["shop.z01", "shop.z02", "shop.zip"]


def test_many_lost_pieces_are_not_all_named() -> None:
    (one,) = backups_in(all_of(("shop.7z.001", "shop.7z.999")))
    assert len(one.lost) == 10


MYDUMPER = ("shop-schema-create.sql.gz", "shop.orders-schema.sql.gz", "shop.orders.00000.sql.gz", "shop.orders.00001.sql.gz",
            "shop.customers-schema.sql.gz", "shop.customers.00000.sql.gz")  # fmt: skip


def test_a_dump_with_a_file_for_each_table_is_one_backup() -> None:
    (one,) = backups_in(all_of(MYDUMPER))
    assert (one.name, one.files) == ("shop (mydumper)", 6)
    (ended,) = sets_of(all_of(MYDUMPER), frozenset({"metadata"}))
    assert ended.lost == ()
    (broken_off,) = sets_of(all_of(MYDUMPER), frozenset({"metadata.partial"}))
    assert broken_off.lost == ("metadata",)


def test_dumps_with_dots_in_their_names_are_no_pieces() -> None:
    names = ("shop.2026-11-20.sql.gz", "shop.2026-11-19.sql.gz", "blog.orders.sql")
    assert {one.name for one in backups_in(all_of(names))} == set(names)


FULL = tuple(f"duplicity-full.20261115T030000Z.{rest}" for rest in ("vol1.difftar.gpg", "vol2.difftar.gpg", "manifest.gpg"))
INCREMENT = tuple(f"duplicity-inc.20261115T030000Z.to.20261120T030000Z.{rest}" for rest in ("vol1.difftar.gpg", "manifest.gpg"))


def test_duplicity_runs_are_one_backup_each_and_increments_are_known_as_such() -> None:
    newest, full = backups_in(tuple(made(name, hours=129) for name in FULL) + tuple(made(name) for name in INCREMENT))
    assert (newest.files, newest.increment, newest.lost) == (2, True, ())
    assert (full.files, full.increment, full.lost) == (3, False, ())


@pytest.mark.parametrize(
    ("names", "lost"),
    [
        ((FULL[0], FULL[2]), ()),
        ((FULL[1], FULL[2]), ("volume 1",)),
        (FULL[:2], ("its manifest",)),
        (INCREMENT, ("the run of 20261115T030000Z that it builds on",)),
    ],
)
def test_what_a_duplicity_run_lacks(names: tuple[str, ...], lost: tuple[str, ...]) -> None:
    (one,) = backups_in(all_of(names))
    assert one.lost == lost


def updraft(parts: str, days: float = 0, number: int = 0) -> list[BackupFile]:
    stem = f"backup_2026-11-{20 - int(days):02}-0300_Petal_{number:012x}"
    return [made(f"{stem}-{part}.{'gz' if part == 'db' else 'zip'}", hours=9 + 24 * days) for part in parts.split()]


ALL = "plugins themes uploads others"


def test_an_updraftplus_set_is_one_backup_with_its_parts() -> None:
    (one,) = backups_in(updraft("db plugins themes uploads uploads2 uploads3 others"))
    assert {part.name: part.size for part in one.parts} == {
        "db": 1000, "plugins": 1000, "themes": 1000, "uploads": 3000, "others": 1000
    }  # fmt: skip
    assert one.lost == ()
    (gap,) = backups_in(updraft("plugins themes uploads uploads3 others"))
    assert gap.lost == ("uploads2",)


@pytest.mark.parametrize(
    ("sets", "extra", "lost"),
    [
        ([(ALL, 0), (ALL, 7)], [], {}),
        ([("plugins", 0), (ALL, 0.2), (ALL, 7)], [0], {}),  # before an update
        ([("themes db", 2), (ALL, 3), (ALL, 10)], [0], {}),
        ([("plugins", 0), ("themes", 1), (ALL, 2), (ALL, 9)], [0, 1], {}),
        ([("plugins themes others", 0), (ALL, 7)], [], {0: ("uploads",)}),  # a full set without one part
        ([("plugins", 5), (ALL, 10), (ALL, 15)], [], {0: ("others", "themes", "uploads")}),  # the next full one is due
        ([("plugins themes", 0), ("plugins themes", 7)], [], {}),  # the owner saves no more than that
        ([("plugins", 0)], [], {0: ("others", "themes", "uploads")}),
    ],
)
def test_a_set_made_before_an_update_is_no_full_one(
    sets: list[tuple[str, float]], extra: list[int], lost: dict[int, tuple[str, ...]]
) -> None:
    backups = backups_in([file for number, (parts, days) in enumerate(sets) for file in updraft(parts, days, number)])
    judged = updraft_sets(backups)
    assert judged.extra == {backups[number].name for number in extra}
    assert judged.lost == {backups[number].name: parts for number, parts in lost.items()}


def test_sets_in_a_folder_are_judged_as_elsewhere() -> None:
    inside = [BackupFile(f"weekly/{one.name}", one.size, one.modified, 4, one.parts) for one in backups_in(updraft("plugins"))]
    assert updraft_sets(inside).lost


POOL = sorted(
    {f"{number}{name}" for number, names in enumerate((*SPLIT.values(), *NOT_SPLIT.values())) for name in names}
    | {*MYDUMPER, *FULL, *INCREMENT}
)


@given(st.lists(st.sampled_from(POOL), unique=True), st.randoms(use_true_random=False))
def test_each_file_is_in_one_backup_whatever_the_order_and_taking_together_twice_is_the_same(
    names: list[str], chance: random.Random
) -> None:
    files = [made(name, hours=9 - POOL.index(name) / 60) for name in names]
    sets = sets_of(files)
    assert sorted(piece.file.name for one in sets for piece in one.pieces) == sorted(names)
    assert sum(one.file.size for one in sets) == sum(file.size for file in files)
    shuffled = chance.sample(files, len(files))
    assert sets_of(shuffled) == sets
    once = backups_in(files)
    assert backups_in(once) == once


@pytest.mark.parametrize(
    "name", [".part1" * 30, "a.sql" * 40, "." * 200, "a.aaaaa-schema" * 14, "backup_2026-11-20-0300_" + "_0123456789ab-" * 12]
)
def test_many_strange_names_cost_little(name: str) -> None:
    with cpu(20):
        sets_of(made(f"{name}{number}.sql.gz") for number in range(2000))
