from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.backup.content import backup_corrupt
from scanner import BackupContent, BackupPlace, Backups, Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.testing import installation, installations

NAME = "petalandstem-db-2026-11-20.sql.gz"
SHOP = installations(installation("opencart"))
TABLES = ("oc_customer", "oc_order", "oc_product")
WHOLE = BackupContent(NAME, "gzip", whole=True, ends=True, tables=TABLES)
NONCE = "0a1b2c3d4e5f"

Made = Callable[..., BackupPlace]
Looked = Callable[..., Backups]


def shown(verdict: object) -> str:
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == "sftp://nas.example:2222/shop"
    return finding.shown


def test_a_good_one_is_told(place: Made, backups: Looked) -> None:
    verdict = backup_corrupt(backups(place(content=WHOLE)), SHOP)
    assert isinstance(verdict, Passed)
    assert verdict.because == f"{NAME}, 9 hours old, 1.2 MB: opened, 3 tables, ends properly"
    assert verdict.examined == ("sftp://nas.example:2222/shop",)


def test_damaged(place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=False, broken="breaks off in the middle: it ends after 3 MB of content")
    assert "breaks off in the middle" in shown(backup_corrupt(backups(place(content=content)), SHOP))


def test_a_dump_without_its_closing_line(place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=True, ends=False, tables=TABLES[:1])
    assert "closing line" in shown(backup_corrupt(backups(place(content=content)), SHOP))


def test_another_database_than_the_shops(place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=True, ends=True, tables=("wp_posts", "wp_users"))
    assert "none that is called order or customer" in shown(backup_corrupt(backups(place(content=content)), SHOP))


@pytest.mark.parametrize(
    "known", [Unavailable("not looked at"), installations(installation("unknown")), installations(installation("thelia"))]
)
def test_tables_of_an_unknown_shop_are_not_judged(known: object, place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=True, ends=True, tables=("wp_posts",))
    assert isinstance(backup_corrupt(backups(place(content=content)), known), Passed)


def test_several_databases_in_one_folder_are_not_compared_with_the_shop(
    place: Made, backups: Looked, made: Callable[..., object]
) -> None:
    content = BackupContent("blog-2026-11-20.sql.gz", "gzip", whole=True, ends=True, tables=("wp_posts",))
    both = place(files=(made("blog-2026-11-20.sql.gz"), made("shop-2026-11-20.sql.gz")), content=content)
    assert isinstance(backup_corrupt(backups(both), SHOP), Passed)


@pytest.mark.parametrize("tables", [("order", "customer"), ("abc_order", "abc_customer"), ("a_b_order", "x_customer")])
def test_any_prefix_will_do(tables: tuple[str, ...], place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=True, ends=True, tables=tables)
    assert isinstance(backup_corrupt(backups(place(content=content)), SHOP), Passed)


def test_only_the_beginning_was_read(place: Made, backups: Looked) -> None:
    verdict = backup_corrupt(backups(place(content=BackupContent(NAME, "gzip", whole=False))), SHOP)
    assert isinstance(verdict, Inconclusive)
    assert "--deep" in verdict.because


def test_both_ends_were_seen(place: Made, backups: Looked) -> None:
    verdict = backup_corrupt(backups(place(content=BackupContent("shop.zip", "zip", whole=False, ends=True))), SHOP)
    assert isinstance(verdict, Passed)
    assert verdict.because == "shop.zip: opened at both ends, ends properly"


def test_it_could_not_be_opened(place: Made, backups: Looked) -> None:
    verdict = backup_corrupt(backups(place(content=Unavailable("It is encrypted."))), SHOP)
    assert isinstance(verdict, Inconclusive)
    assert verdict.because.endswith("It is encrypted.")


def test_unreachable_is_never_corrupt(place: Made, backups: Looked) -> None:
    assert isinstance(backup_corrupt(backups(place(files=Unavailable("login refused"))), SHOP), Inconclusive)


def test_nothing_there_to_open(place: Made, backups: Looked) -> None:
    assert isinstance(backup_corrupt(backups(place(files=())), SHOP), Inconclusive)


def test_not_configured(backups: Looked) -> None:
    assert isinstance(backup_corrupt(backups(), SHOP), NotApplicable)


def updraft(made: Callable[..., object], parts: str, *, day: int = 20, hours: float = 9) -> list[object]:
    return [made(f"backup_2026-11-{day}-0300_Petal_{NONCE}-{part}.zip", hours=hours) for part in parts.split()]


ALL = "plugins themes uploads others"


@pytest.mark.parametrize(
    ("newest", "before", "lost"),
    [
        ("plugins themes", "", "others and uploads are missing"),
        ("plugins themes uploads others", "", ""),
        ("plugins themes uploads", "", "others is missing"),
        ("plugins themes uploads", "plugins themes uploads", ""),
        ("plugins themes uploads uploads3 others", ALL, "uploads2 is missing"),
        ("plugins themes uploads uploads2 uploads3 others", ALL, ""),
        ("themes", "plugins themes", "plugins is missing"),
    ],
)
def test_updraftplus_sets(newest: str, before: str, lost: str, place: Made, backups: Looked, made: Callable[..., object]) -> None:
    files = (*updraft(made, newest), *updraft(made, before, day=13, hours=9 + 7 * 24))
    content = BackupContent(str(getattr(files[0], "name", "")), "zip", whole=True, ends=True, entries=12)
    verdict = backup_corrupt(backups(place("site", files=files, content=content)), SHOP)
    if lost:
        assert lost in shown(verdict)
    else:
        assert isinstance(verdict, Passed)
        assert "12 files" in (verdict.because or "")


def test_a_set_that_is_still_being_uploaded(place: Made, backups: Looked, made: Callable[..., object]) -> None:
    files = (*updraft(made, "plugins themes", hours=0.1), *updraft(made, ALL, day=13, hours=200))
    content = BackupContent("x.zip", "zip", whole=True, ends=True)
    assert isinstance(backup_corrupt(backups(place("site", files=files, content=content)), SHOP), Passed)


def test_a_hostile_name(place: Made, backups: Looked) -> None:
    content = BackupContent("\x1b]0;x\x07<script>.sql\n", "gzip", whole=False, broken="breaks off")
    assert shown(backup_corrupt(backups(place(content=content)), SHOP)).isprintable()


def test_two_problems_in_one_folder_are_one_finding(place: Made, backups: Looked) -> None:
    broken = BackupContent(NAME, "gzip", whole=False, broken="breaks off")
    text = shown(
        backup_corrupt(
            backups(place(content=broken), place("site", content=BackupContent("a.zip", "zip", False, "was cut off"))), SHOP
        )
    )
    assert NAME in text
    assert "a.zip was cut off" in text


@pytest.mark.parametrize(
    ("names", "lost"),
    [
        (("shop.7z.001", "shop.7z.003"), "shop.7z (2 files), is not complete: piece 2 is missing"),
        (("shop.z01", "shop.z02"), "shop.zip is missing"),
        (("shop.part1.rar", "shop.part2.rar"), ""),
        (("duplicity-inc.20261115T030000Z.to.20261120T030000Z.manifest.gz",), "that it builds on is missing"),
    ],
)
def test_a_set_that_lacks_a_piece(
    names: tuple[str, ...], lost: str, place: Made, backups: Looked, made: Callable[..., object]
) -> None:
    content = BackupContent("shop", "zip", whole=True, ends=True)
    verdict = backup_corrupt(backups(place("site", files=tuple(made(name) for name in names), content=content)), SHOP)
    assert lost in shown(verdict) if lost else isinstance(verdict, Passed)


@pytest.mark.parametrize(
    ("tables", "rows", "words"), [((), None, "holds no table"), (TABLES, False, "not one row in any of them")]
)
def test_a_dump_of_nothing(tables: tuple[str, ...], rows: bool | None, words: str, place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "gzip", whole=True, ends=True, tables=tables, rows=rows)
    assert words in shown(backup_corrupt(backups(place(content=content)), SHOP))


def test_an_archive_without_a_dump_is_not_known_to_be_a_database_backup(place: Made, backups: Looked) -> None:
    content = BackupContent(NAME, "zip", whole=True, ends=True, dumps=0)
    verdict = backup_corrupt(backups(place(content=content)), SHOP)
    assert isinstance(verdict, Inconclusive)
    assert "no database dump that we know" in verdict.because
