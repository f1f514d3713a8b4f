"""What is still looked after, and what nobody can know from the table."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.platforms import Standing, SupportTable, is_newer
from scanner.platforms.loading import read_platform
from scanner.platforms.support import support_in
from scanner.testing import knowledge

TODAY = date(2026, 11, 21)

_, PETAL = read_platform(
    "petal",
    """
name = "Petal"
kind = "shop"
recorded = 2026-06-01
source = "x"
[[mark]]
where = "generator"
pattern = 'Petal'
certain = true
source = "x"
[support]
recorded = 2026-06-01
source = "https://petal.example/"
branch = [
  { name = "3", latest = "3.2.1" },
  { name = "2.1", latest = "2.1.5", support_ends = 2026-01-01, end_of_life = 2027-01-01 },
  { name = "2.0", support_ends = 2024-01-01, end_of_life = 2025-01-01 },
  { name = "1.9", ended = true },
  { name = "1.8", ended = true },
]
""",
)


@pytest.mark.parametrize(
    ("version", "standing", "branch", "behind"),
    [
        ("3.2.1", Standing.SUPPORTED, "3", False),
        ("3.2.0", Standing.SUPPORTED, "3", True),
        ("3.9", Standing.SUPPORTED, "3", False),
        ("3", Standing.SUPPORTED, "3", False),
        ("v3.2", Standing.SUPPORTED, "3", True),
        ("2.1.5", Standing.SUPERSEDED, "2.1", False),
        ("2.1.4-p1", Standing.SUPERSEDED, "2.1", True),
        ("2.0.7", Standing.ENDED, "2.0", False),
        ("1.9.1", Standing.ENDED, "1.9", False),
        ("1", Standing.ENDED, "1.9", False),
        ("0.9", Standing.ENDED, "1.8", True),
    ],
)
def test_a_version_in_the_table(version: str, standing: Standing, branch: str, behind: bool) -> None:
    seen = support_in(PETAL, version, TODAY)
    assert seen is not None
    assert (seen.standing, seen.branch.name, seen.behind) == (standing, branch, behind)
    assert (seen.newest.name, seen.table.source) == ("3", "https://petal.example/")
    assert seen.older == (version == "0.9")


@pytest.mark.parametrize("version", ["4.0", "30.1", "2.2", "2", "", "beta", "latest", "x" * 500, "9" * 400, "٣.1"])
def test_what_the_table_does_not_know_is_unknown(version: str) -> None:
    assert support_in(PETAL, version, TODAY) is None


def test_a_day_decides() -> None:
    assert support_in(PETAL, "2.1.5", date(2025, 12, 31)).standing is Standing.SUPPORTED
    assert support_in(PETAL, "2.1.5", date(2026, 1, 1)).since == date(2026, 1, 1)
    assert support_in(PETAL, "2.1.5", date(2027, 1, 1)).standing is Standing.ENDED


def test_an_old_table_praises_nothing() -> None:
    later = date(2028, 1, 1)
    assert support_in(PETAL, "3.2.1", later) is None
    assert support_in(PETAL, "3.0.0", later).behind
    assert support_in(PETAL, "2.0", later).standing is Standing.ENDED


@pytest.mark.parametrize(
    ("key", "version", "standing"),
    [
        ("wordpress", "7.1.4", Standing.SUPPORTED),
        ("wordpress", "6.4.2", Standing.SUPERSEDED),
        ("wordpress", "4.1", Standing.ENDED),
        ("wordpress", "2.8", Standing.ENDED),
        ("prestashop", "1.7.6.5", Standing.ENDED),
        ("prestashop", "8.2.0", Standing.SUPERSEDED),
        ("magento2", "2.3", Standing.ENDED),
        ("magento2", "2.4.3", Standing.ENDED),
        ("magento1", "1.9.3.2", Standing.ENDED),
        ("shopware5", "5.7.20", Standing.ENDED),
        ("shopware6", "6.4.20.2", Standing.ENDED),
        ("joomla", "3.10.12", Standing.ENDED),
        ("joomla", "1.5", Standing.ENDED),
        ("drupal", "7", Standing.ENDED),
        ("drupal", "9", Standing.ENDED),
        ("typo3", "11.5", Standing.ENDED),
        ("phpmyadmin", "4.8.5", Standing.ENDED),
    ],
)
def test_the_real_tables(key: str, version: str, standing: Standing) -> None:
    seen = knowledge().support_of(key, version, TODAY)
    assert seen is not None
    assert seen.standing is standing


@pytest.mark.parametrize(
    ("key", "version"),
    [
        ("wordpress", "9.0"),
        ("magento2", "2.4"),
        ("magento2", "2.5.0"),
        ("magento1", "20.0.16"),
        ("drupal", "10"),
        ("drupal", "12.0.1"),
        ("prestashop", "9.9.0"),
        ("opencart", "3.0.2.0"),
        ("nothing", "1.0"),
    ],
)
def test_nobody_knows(key: str, version: str) -> None:
    assert knowledge().support_of(key, version, TODAY) is None


def test_no_branch_is_supported_after_it_ended() -> None:
    for table in knowledge().tables.values():
        for branch in table.branches if isinstance(table, SupportTable) else ():
            seen = support_in(table, branch.name, TODAY)
            if branch.ended or (branch.end_of_life and branch.end_of_life <= TODAY):
                assert seen is not None
                assert seen.standing is Standing.ENDED


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("6.9.1", "6.9"),
        ("6.10", "6.9"),
        ("2.4.6-p3", "2.4.6"),
        ("2.4.6-p3", "2.4.6-p2"),
        ("2.4.7", "2.4.6-p9"),
        ("1.0", "1.0-rc1"),
        ("1.0-rc2", "1.0-rc1"),
        ("1.0-rc1", "1.0-beta9"),
        ("1.0-beta1", "1.0-alpha4"),
        ("3.2.1", "3.2.1dev"),
        ("2.0.0", "1.99"),
        ("3", "2"),
    ],
)
def test_newer(later: str, earlier: str) -> None:
    assert is_newer(later, earlier)
    assert not is_newer(earlier, later)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.0"), ("1.0", "1"), ("", "1.0"), ("1.0", ""), ("6.9.0", "6.9"), ("v2.1", "2.1")]
)
def test_not_newer(one: str, other: str) -> None:
    assert not is_newer(one, other)
    assert not is_newer(other, one)
