from __future__ import annotations

import pytest

from checks.backup.sizes import backup_suspicious_size, family
from scanner import Found, Inconclusive, NotApplicable, Passed, Unavailable

SFTP = "sftp://nas.example:2222/shop"


@pytest.fixture
def nights(made):
    """A dump each night, the newest first."""
    return lambda *sizes: tuple(made(f"shop-db-2026-11-{20 - n}.sql.gz", size, 9 + 24 * n) for n, size in enumerate(sizes))


@pytest.mark.parametrize("newest", [500_000, 1_000_000, 9_000_000])
def test_a_backup_of_at_least_half_the_usual_size_passes(backups, place, nights, newest):
    verdict = backup_suspicious_size(
        backups(place("database", nights(newest, 900_000, 1_000_000, 1_000_000, 1_000_000, 1_100_000)))
    )
    assert isinstance(verdict, Passed)
    assert verdict.examined == (SFTP,)


def test_a_backup_that_broke_off_is_found(backups, place, nights):
    verdict = backup_suspicious_size(backups(place("database", nights(499_999, 900_000, 1_000_000, 1_100_000))))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == SFTP
    assert verdict.findings[0].shown == "shop-db-2026-11-20.sql.gz has 500 KB; the 3 before it have 1.0 MB."


def test_only_the_last_five_count(backups, place, nights):
    small_now = nights(100, 110, 100, 90, 100, 100, *([9_000_000] * 30))
    assert isinstance(backup_suspicious_size(backups(place("database", small_now))), Passed)


def test_an_empty_newest_backup_is_found(backups, place, nights, made):
    full = place("database", nights(1_000_000, 1_000_000, 1_000_000), empty=(made("shop-db-2026-11-21.sql.gz", 0, 1),))
    verdict = backup_suspicious_size(backups(full))
    assert isinstance(verdict, Found)
    assert "has 0 bytes" in verdict.findings[0].shown


def test_empty_backups_are_no_measure(backups, place, nights, made):
    empties = tuple(made(f"shop-db-2026-10-{n}.sql.gz", 0, 100 + n) for n in range(9))
    assert isinstance(
        backup_suspicious_size(backups(place("database", nights(1, 1_000_000, 1_000_000), empty=empties))), NotApplicable
    )


def test_too_few_to_compare_is_not_applicable(backups, place, nights):
    assert isinstance(backup_suspicious_size(backups()), NotApplicable)
    assert isinstance(backup_suspicious_size(backups(place("database", nights(1, 1_000_000, 1_000_000)))), NotApplicable)


def test_unreachable_or_from_the_future_is_inconclusive(backups, place, nights, made):
    assert isinstance(backup_suspicious_size(backups(place("database", Unavailable("no answer")))), Inconclusive)
    ahead = (made("shop-db-2026-11-21.sql.gz", 1, -30), *nights(9, 9, 9, 9))
    assert isinstance(backup_suspicious_size(backups(place("database", ahead))), Inconclusive)


def test_a_backup_that_may_still_be_being_written_is_left_out(backups, place, nights, made):
    writing = (made("shop-db-2026-11-21.sql.gz", 1, 0.1), *nights(1_000_000, 1_000_000, 1_000_000, 1_000_000))
    assert isinstance(backup_suspicious_size(backups(place("database", writing))), Passed)


def updraft(made, night: int, uploads: int = 400_000_000) -> list[object]:
    stem = f"backup_2026-11-{20 - night}-0300_Petal_Stem_{night:012x}"
    parts = {"plugins": 30_000_000, "themes": 4_000_000, "uploads": uploads, "others": 20_000}
    return [made(f"{stem}-{part}.zip", size, 9 + 24 * night - n / 100) for n, (part, size) in enumerate(parts.items())][::-1]


def test_archives_of_one_run_are_compared_each_with_its_own_kind(backups, place, made):
    healthy = tuple(file for night in range(5) for file in updraft(made, night))
    assert isinstance(backup_suspicious_size(backups(place("site", healthy))), Passed)
    broken = (*updraft(made, 0, uploads=1_000), *healthy[4:])
    verdict = backup_suspicious_size(backups(place("site", tuple(broken))))
    assert isinstance(verdict, Found)
    assert "uploads.zip" in verdict.findings[0].shown


def test_what_another_tool_left_there_long_ago_says_nothing_of_today(backups, place, nights, made):
    old = tuple(made(f"old-{n}.tar.gz", 10 if n == 0 else 1000, 5000 + n) for n in range(6))
    assert isinstance(backup_suspicious_size(backups(place("site", (*nights(1000, 1000, 1000, 1000), *old)))), Passed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shop-2026-11-20.sql.gz", "shop-2026-9-01.sql.gz"),
        ("daily_shop_03h00m_Friday.sql.gz", "daily_shop_03h07m_Monday.sql.gz"),
        ("1700000000-abcdef01.sql.bz2", "1700086400-00ff00ff.sql.bz2"),
        ("shop-20-Nov-2026.zip", "shop-01-December-2026.zip"),
        ("db-lundi.sql.gz", "db-dimanche.sql.gz"),
        ("záloha-pondělí.tar", "záloha-středa.tar"),
        ("сайт_понеділок.zip", "сайт_неділя.zip"),
        ("kopia-październik-2026.zip", "kopia-Luty-2027.zip"),
        ("backup-11.20.2026_03-00-00_shop.tar.gz", "backup-9.3.2026_14-01-07_shop.tar.gz"),
    ],
)
def test_dates_numbers_and_random_digits_do_not_make_another_family(one, other):
    assert family(one) == family(other)


def test_different_names_make_different_families():
    assert len({family(name) for name in ("shop-plugins.zip", "shop-themes.zip", "monster.zip", "decoration.zip")}) == 4


@pytest.mark.parametrize("name", ["shop-incr-2026-11-{}.tar.gz", "shop_diff_{}.zip", "incremental-2026-11-{}.tar"])
def test_what_only_changed_has_no_usual_size(backups, place, made, name):
    files = tuple(made(name.format(20 - n), 10 if n == 0 else 9_000_000, 9 + 24 * n) for n in range(5))
    assert isinstance(backup_suspicious_size(backups(place("site", files))), NotApplicable)


def test_a_set_is_compared_as_a_whole(backups, place, made):
    def night(n, last):
        return [made(f"shop-2026-11-{20 - n}.zip.{piece:03}", size, 9 + 24 * n) for piece, size in ((1, 1_000_000), (2, last))]

    healthy = [file for n in range(5) for file in night(n, 900 if n == 0 else 700_000)]
    assert isinstance(backup_suspicious_size(backups(place("site", tuple(healthy)))), Passed)
    broken = [file for n in range(5) for file in night(n, 1_900_000)[: 1 if n == 0 else 2]]
    verdict = backup_suspicious_size(backups(place("site", tuple(broken))))
    assert isinstance(verdict, Found)
    assert "has 1.0 MB; the 4 before it have 2.9 MB" in verdict.findings[0].shown
