from __future__ import annotations

import tomllib

import pytest

from checks.backup.presence import backup_missing, backup_not_configured
from scanner import Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.settings.models import BackupSettings

SFTP = "sftp://nas.example:2222/shop"
REFUSED = Unavailable("nas.example refuses the login: check the user name and the key or password.")


def test_configured_for_both_kinds_passes(backups, place):
    verdict = backup_not_configured(backups(place("database"), place("site")))
    assert isinstance(verdict, Passed)
    assert verdict.examined == ("site",)


@pytest.mark.parametrize(
    ("kinds", "words", "lacking"),
    [
        ((), "neither for the database nor for the shop's files", ["database", "site"]),
        (("database",), "none for backups of the shop's files", ["site"]),
        (("site", "site"), "none for backups of the database", ["database"]),
    ],
)
def test_not_configured_says_what_is_lacking_and_how_to_write_it(backups, place, kinds, words, lacking):
    verdict = backup_not_configured(backups(*(place(kind) for kind in kinds)))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["site"]
    (finding,) = verdict.findings
    assert words in finding.shown
    written = tomllib.loads(f'[[site]]\nurl = "https://petalandstem.example"\n{finding.ready}')
    assert [entry["kind"] for entry in written["site"][0]["backup"]] == lacking
    assert all(BackupSettings.model_validate(entry) for entry in written["site"][0]["backup"])


def test_configured_counts_even_where_the_place_cannot_be_read(backups, place):
    assert isinstance(backup_not_configured(backups(place("database", REFUSED), place("site", REFUSED))), Passed)


def test_a_good_backup_is_shown(backups, place):
    verdict = backup_missing(backups(place("database"), place("site")))
    assert isinstance(verdict, Passed)
    assert verdict.because == (
        "petalandstem-db-2026-11-20.sql.gz, 1.2 MB, 9 hours old (database); "
        "petalandstem-2026-11-20.tar.gz, 84 MB, 9 hours old (site)"
    )
    assert verdict.examined == (SFTP,)


def test_nothing_configured_is_not_applicable(backups):
    assert isinstance(backup_missing(backups()), NotApplicable)


def test_an_unreachable_place_is_neither_missing_nor_good(backups, place):
    verdict = backup_missing(backups(place("database", REFUSED), place("site")))
    assert isinstance(verdict, Inconclusive)
    assert "refuses the login" in verdict.because
    assert backup_missing(backups(place("database", REFUSED))).examined == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"folder_missing": True}, "no such folder"),
        ({"seen": 0}, "nor any other file"),
        ({"seen": 12}, "12 files there, none named like a database backup."),
        ({"seen": 12, "pattern": "shop-*.sql.gz"}, "a database backup (shop-*.sql.gz)"),
        ({"seen": 3, "folders": 2}, "Nor is there one in what lies inside (2 folders)."),
    ],
)
def test_a_readable_place_without_a_backup_is_found(backups, place, changes, words):
    verdict = backup_missing(backups(place("database", (), **changes)))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == SFTP
    assert verdict.findings[0].places == (SFTP,)
    assert words in verdict.findings[0].shown


def test_only_empty_files_are_no_backup(backups, place, made):
    verdict = backup_missing(backups(place("database", (), seen=2, empty=(made("a.sql", 0), made("b.sql", 0)))))
    assert isinstance(verdict, Found)
    assert "2 files of 0 bytes" in verdict.findings[0].shown


def test_both_kinds_in_one_bare_folder_are_one_finding_that_tells_both(backups, place):
    verdict = backup_missing(backups(place("database", (), seen=1), place("site", (), seen=1)))
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1
    assert "database backup" in verdict.findings[0].shown
    assert "site backup" in verdict.findings[0].shown


def test_a_bare_place_beside_an_unreachable_one_is_found_and_only_it_is_examined(backups, place):
    verdict = backup_missing(backups(place("database", (), location="/srv/db"), place("site", REFUSED)))
    assert isinstance(verdict, Found)
    assert verdict.examined == ("/srv/db",)


def test_too_many_names_to_read_without_a_backup_among_them_is_inconclusive(backups, place):
    verdict = backup_missing(backups(place("database", (), seen=100_000, complete=False)))
    assert isinstance(verdict, Inconclusive)
    assert verdict.examined == ()


def test_a_hostile_name_is_shown_without_its_control_characters(backups, place, made):
    verdict = backup_missing(backups(place("database", (made("\x1b[2J\u202egz.\n<script>alert(1)</script>.sql"),))))
    assert isinstance(verdict, Passed)
    assert verdict.because is not None
    assert verdict.because.isprintable()
    assert "<script>" in verdict.because  # escaping is the reports' work


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unlooked": 2, "folders": 9}, "2 folders in sftp://nas.example:2222/shop could not be looked into"),
        ({"seen": 4, "possible": ("petal.bak",)}, "holds petal.bak: that may be a database backup"),
        ({"copied": "."}, f"lies in {SFTP}, file by file"),
        ({"copied": "daily.0/shop"}, f"lies in daily.0/shop in {SFTP}"),
        ({"complete": False}, "more files than can be read"),
    ],
)
def test_where_a_backup_may_lie_that_was_not_recognised_none_is_missing(backups, place, changes, words):
    verdict = backup_missing(backups(place("database", (), **changes)))
    assert isinstance(verdict, Inconclusive)
    assert words in verdict.because
    assert verdict.examined == ()


def test_a_name_that_the_owners_pattern_leaves_out_is_none_of_his_backups(backups, place):
    assert isinstance(backup_missing(backups(place("database", (), pattern="x*", possible=("petal.bak",)))), Found)


def test_a_set_is_shown_with_the_number_of_its_files(backups, place, made):
    pieces = tuple(made(f"shop.sql.gz.{n:03}", 400_000) for n in (1, 2, 3))
    verdict = backup_missing(backups(place("database", pieces)))
    assert isinstance(verdict, Passed)
    assert verdict.because == "shop.sql.gz (3 files), 1.2 MB, 9 hours old (database)"
