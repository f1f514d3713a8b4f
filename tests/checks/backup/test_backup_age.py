from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.backup.age import backup_database_stale, backup_site_stale
from scanner import BackupContent, Found, Inconclusive, NotApplicable, Passed, Unavailable

SFTP = "sftp://nas.example:2222/shop"
RULES = pytest.mark.parametrize(("rule", "kind"), [(backup_database_stale, "database"), (backup_site_stale, "site")])


@RULES
def test_a_young_backup_passes_and_is_shown(backups, place, rule, kind):
    verdict = rule(backups(place("database"), place("site")))
    assert isinstance(verdict, Passed)
    assert verdict.because is not None
    assert verdict.because.endswith(f"9 hours old ({kind})")


@pytest.mark.parametrize(
    ("rule", "kind", "hours", "expected"),
    [
        (backup_database_stale, "database", 7 * 24, Passed),
        (backup_database_stale, "database", 7 * 24 + 1, Found),
        (backup_site_stale, "site", 31 * 24, Passed),
        (backup_site_stale, "site", 31 * 24 + 1, Found),
    ],
)
def test_the_limit_itself_is_still_good(backups, place, made, rule, kind, hours, expected):
    assert isinstance(rule(backups(place(kind, (made("x", hours=hours),)))), expected)


def test_the_owners_own_limit_counts(backups, place, made):
    verdict = backup_database_stale(backups(place("database", (made("shop.sql", hours=30),), max_age_days=26 / 24)))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == SFTP
    assert verdict.findings[0].shown == (
        "The newest, shop.sql, is 30 hours old (2026-11-19 06:00 UTC); at most 26 hours are allowed."
    )


def test_a_stale_database_leaves_the_rule_for_files_alone(backups, place, made):
    seen = backups(place("database", (made("shop.sql", hours=900),)), place("site"))
    assert isinstance(backup_database_stale(seen), Found)
    assert isinstance(backup_site_stale(seen), Passed)


@RULES
def test_nothing_of_the_kind_configured_is_not_applicable(backups, place, rule, kind):
    other = "site" if kind == "database" else "database"
    assert isinstance(rule(backups()), NotApplicable)
    assert isinstance(rule(backups(place(other))), NotApplicable)


@RULES
def test_unreachable_is_never_stale(backups, place, rule, kind):
    verdict = rule(backups(place(kind, Unavailable("nas.example did not answer in time."))))
    assert isinstance(verdict, Inconclusive)
    assert "did not answer" in verdict.because


@RULES
def test_where_no_backup_lies_no_age_can_be_told(backups, place, rule, kind):
    for bare in (place(kind, ()), place(kind, (), folder_missing=True)):
        assert isinstance(rule(backups(bare)), Inconclusive)


@RULES
def test_a_backup_from_the_future_is_a_clock_that_runs_ahead(backups, place, made, rule, kind):
    verdict = rule(backups(place(kind, (made("x.tar.gz", hours=-5), made("y.tar.gz", hours=9000)))))
    assert isinstance(verdict, Inconclusive)
    assert verdict.because.startswith("The clock of nas.example runs ahead: x.tar.gz")
    assert "5 hours from now" in verdict.because
    local = rule(backups(place(kind, (made("x.tar.gz", hours=-5),), host="", location="/srv")))
    assert isinstance(local, Inconclusive)
    assert "this computer" in local.because


@RULES
def test_a_clock_that_is_a_little_ahead_does_no_harm(backups, place, made, rule, kind):
    verdict = rule(backups(place(kind, (made("x.tar.gz", hours=-0.9),))))
    assert isinstance(verdict, Passed)
    assert verdict.because is not None
    assert "0 minutes old" in verdict.because


def test_two_places_are_judged_each_for_itself(backups, place, made):
    verdict = backup_database_stale(
        backups(place("database", location="/a"), place("database", (made("x.sql", hours=999),), location="/b"))
    )
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/b"]
    assert verdict.examined == ("/a", "/b")


def test_in_a_folder_that_was_not_read_to_its_end_only_a_young_backup_says_something(backups, place, made):
    old, young = made("x.sql", hours=999), made("y.sql")
    assert isinstance(backup_database_stale(backups(place("database", (old,), complete=False))), Inconclusive)
    assert isinstance(backup_database_stale(backups(place("database", (young, old), complete=False))), Passed)


@pytest.mark.parametrize("unknown", [{"unlooked": 3}, {"complete": False}])
def test_an_old_backup_beside_what_was_not_looked_into_is_not_known_to_be_the_newest(backups, place, made, unknown):
    old, young = made("x.sql", hours=999), made("y.sql")
    verdict = backup_database_stale(backups(place("database", (old,), **unknown)))
    assert isinstance(verdict, Inconclusive)
    assert "all too old" in verdict.because
    assert isinstance(backup_database_stale(backups(place("database", (young, old), **unknown))), Passed)


def content(name, days):
    return BackupContent(name, "gzip", whole=True, ends=True, made=datetime(2026, 11, 20, 12, tzinfo=UTC) - timedelta(days=days))


@pytest.mark.parametrize(
    ("changed_days", "made_days", "expected"),
    [
        (1, 1, Passed),
        (1, 30, Found),  # copied last night, made long ago
        (30, 1, Found),
        (30, 30, Found),
        (1, 7.5, Passed),  # a clock in another zone
        (30, -3, Found),  # a dump from the future says nothing
    ],
)
def test_a_dumps_own_date_counts_where_it_differs_by_more_than_is_allowed(
    backups, place, made, changed_days, made_days, expected
):
    file = made("shop.sql.gz", hours=24 * changed_days)
    verdict = backup_database_stale(backups(place("database", (file,), content=content("shop.sql.gz", made_days))))
    assert isinstance(verdict, expected), verdict


def test_the_date_inside_another_file_says_nothing(backups, place, made):
    files = (made("new.sql.gz", hours=0.1), made("shop.sql.gz"))
    assert isinstance(backup_database_stale(backups(place("database", files, content=content("shop.sql.gz", 30)))), Passed)


def test_a_set_from_before_an_update_does_not_make_the_backup_young(backups, place, made):
    def updraft(parts, days):
        return [made(f"backup_2026-11-01-0300_Petal_{days:012x}-{part}.zip", hours=24 * days) for part in parts.split()]

    files = (*updraft("themes", 1), *updraft("plugins themes uploads others", 40))
    assert isinstance(backup_site_stale(backups(place("site", files))), Found)
