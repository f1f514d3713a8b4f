"""Does the newest backup open, does it end as it should, and is in it what a shop needs to come back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.backup.places import NO_PLACE, files, findings_at, listed, old, plain, size, unread
from checks.backup.sizes import STILL_WRITING, family
from scanner import (
    BackupContent,
    BackupPlace,
    Backups,
    Installations,
    NotApplicable,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
    updraft_sets,
)

_TABLES = {
    "prestashop": ("orders", "customer"),
    "opencart": ("order", "customer"),
    "thirtybees": ("orders", "customer"),
    "magento2": ("sales_order", "customer_entity"),
    "magento1": ("sales_flat_order", "customer_entity"),
    "shopware5": ("s_order", "s_user"),
    "shopware6": ("order", "customer"),
    "woocommerce": ("posts", "users"),
    "wordpress": ("posts", "users"),
}
"""Tables without which a shop cannot come back, without the prefix that the shop's owner chose."""


@check("backup-corrupt", severity=Severity.HIGH)
def backup_corrupt(backups: Backups, installations: Installations | Unavailable) -> Verdict:
    """The newest backup cannot be unpacked, breaks off, or lacks a part."""
    if not backups.places:
        return NotApplicable(NO_PLACE)
    platform = installations.shop.platform if isinstance(installations, Installations) else ""
    problems: list[tuple[BackupPlace, str]] = []
    good: list[tuple[BackupPlace, str]] = []
    missing: list[str] = []
    for place in backups.places:
        if reason := unread(place):
            missing.append(reason)
            continue
        wrong = [*_damage(place), *_lost_parts(place, backups), *_lost_tables(place, platform)]
        problems += ((place, text) for text in wrong)
        if wrong:
            continue
        if reason := _unopened(place):
            missing.append(reason)
        else:
            good.append((place, _told(place, backups)))
    return judge(
        findings_at(problems), (place.location for place, _ in (*problems, *good)), missing, "; ".join(t for _, t in good)
    )


def _damage(place: BackupPlace) -> Iterator[str]:
    content = place.content
    if not isinstance(content, BackupContent):
        return
    if content.broken:
        yield f"{plain(content.name)} {content.broken}."
    elif content.ends is False:
        yield f"{plain(content.name)} opens, but its content breaks off: the closing line of a complete backup is not there."


def _lost_tables(place: BackupPlace, platform: str) -> Iterator[str]:
    """Where the place holds the dumps of one database only: the newest of several need not be the shop's."""
    content = place.content
    wanted = _TABLES.get(platform, ())
    if place.kind != "database" or not isinstance(content, BackupContent) or content.tables is None or content.ends is False:
        return
    if not content.tables:
        yield f"{plain(content.name)} holds no table."
        return
    if content.rows is False:
        yield f"{plain(content.name)} holds {len(content.tables):,} tables, and not one row in any of them."
        return
    if len({family(file.name) for file in listed(place)}) > 1:
        return
    lost = [table for table in wanted if not any(_is_table(name, table) for name in content.tables)]
    if lost:
        held = f"{len(content.tables):,} tables" if content.tables else "no table"
        yield f"{plain(content.name)} holds {held}, but none that is called {' or '.join(lost)} as this shop's should be."


def _is_table(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f"_{wanted}") or (wanted.startswith("s_") and name.endswith(wanted))


def _lost_parts(place: BackupPlace, backups: Backups) -> Iterator[str]:
    """What the newest finished set lacks: a piece in the middle, a part that the set before has, what an increment builds on."""
    sets = listed(place)
    if any(one.parts and backups.gathered_at - one.modified < STILL_WRITING for one in sets):
        return
    judged = updraft_sets(sets)
    finished = [one for one in sets if backups.gathered_at - one.modified >= STILL_WRITING and one.name not in judged.extra]
    if not finished or (not place.complete and len(sets) < 2):
        return
    newest = finished[0]
    lost = sorted({*newest.lost, *judged.lost.get(newest.name, ())})
    if lost and newest.parts:
        yield f"The newest UpdraftPlus set ({plain(newest.name)}) is not complete: {_and(lost)} missing."
    elif lost:
        yield f"The newest backup, {plain(newest.name)} ({files(newest.files)}), is not complete: {_and(lost)} missing."


def _and(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last} are" if rest else f"{last} is"


def _unopened(place: BackupPlace) -> str:
    """Why it is not known whether the newest backup is whole; empty where it is."""
    content = place.content
    if isinstance(content, Unavailable):
        return f"{place.location}: {content.because}"
    if content is None:
        return f"{place.location}: no finished backup is there to be opened."
    if place.kind == "database" and content.dumps == 0:
        return f"{place.location}: {plain(content.name)} opens, and no database dump that we know is in it."
    if not content.whole and content.ends is None:
        return f"{place.location}: the beginning of {plain(content.name)} opens; add --deep to have it read to its end."
    return ""


def _told(place: BackupPlace, backups: Backups) -> str:
    """``shop-2026-11-20.sql.gz, 9 hours old, 1.2 MB: opened, 214 tables, ends properly``."""
    content = place.content
    if not isinstance(content, BackupContent):
        return ""
    file = next((file for file in listed(place) if file.name == content.name), None)
    what = ["opened" if content.whole else "opened at both ends"]
    if content.entries is not None:
        what.append(f"{content.entries:,} {'file' if content.entries == 1 else 'files'}")
    if content.tables:
        what.append(f"{len(content.tables):,} {'table' if len(content.tables) == 1 else 'tables'}")
    if content.ends:
        what.append("ends properly")
    about = f", {old(file, backups.gathered_at)}, {size(file.size)}" if file else ""
    return f"{plain(content.name)}{about}: {', '.join(what)}"
