"""What the backup rules share: words for places, files, ages and sizes, and findings by location. No rules here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from scanner import BackupFile, BackupPlace, Finding, Unavailable, backups_in, updraft_sets

NO_PLACE = "No backup place is configured, so there was nothing to look at."
ALL_OLD = "Those that were read are all too old."
AHEAD = timedelta(hours=1)


def listed(place: BackupPlace) -> tuple[BackupFile, ...]:
    """The place's backups, the newest first, each set of files as one; none where they could not be listed."""
    return () if isinstance(place.files, Unavailable) else backups_in(place.files)


def unread(place: BackupPlace) -> str:
    """Why the place could not be looked at, for a sentence of its own; empty where it could."""
    return f"{place.location}: {place.files.because}" if isinstance(place.files, Unavailable) else ""


def findings_at(problems: Iterable[tuple[BackupPlace, str]]) -> tuple[Finding, ...]:
    """One finding a location: two kinds of backups in one folder are told in one finding."""
    shown: dict[str, dict[str, None]] = {}
    for place, text in problems:
        shown.setdefault(place.location, {})[text] = None
    return tuple(
        Finding(subject=location, shown=" ".join(texts), locations=(location,), places=(location,))
        for location, texts in sorted(shown.items())
    )


def whole(place: BackupPlace) -> tuple[BackupFile, ...]:
    """Those of the place's backups that could bring all of it back: no set that was made before an update, none that lacks a
    part. Where there is no such one, all."""
    backups = listed(place)
    judged = updraft_sets(backups)
    kept = tuple(one for one in backups if one.name not in judged.extra and one.name not in judged.lost and not one.lost)
    return kept or tuple(one for one in backups if one.name not in judged.extra) or backups


def unlooked(place: BackupPlace) -> str:
    """Why a backup may lie there that we have not seen, for a sentence of its own; empty where none can."""
    if not place.complete:
        return f"{place.location} holds more files than can be read."
    if place.unlooked:
        return f"{folders(place.unlooked)} in {place.location} could not be looked into, so a backup may lie there."
    return ""


def told(file: BackupFile, place: BackupPlace, now: datetime) -> str:
    """``shop-db-2026-11-20.sql.gz, 1.2 MB, 9 hours old (database)``."""
    count = f" ({files(file.files)})" if file.files > 1 else ""
    return f"{plain(file.name)}{count}, {size(file.size)}, {old(file, now)} ({place.kind})"


def old(file: BackupFile, now: datetime) -> str:
    """``9 hours old``, or that its date lies ahead, as a wrong clock makes it."""
    if file.modified - now > AHEAD:
        return f"dated {age(file.modified - now)} from now"
    return f"{age(now - file.modified)} old"


def plain(name: str) -> str:
    """A file name without the characters that could move a cursor or turn text around."""
    return "".join(c if c.isprintable() else "�" for c in name)


def size(count: int) -> str:
    """Bytes in words: decimal units, as shops' hosting panels and drives count."""
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    amount, unit = count / 1000, "KB"
    for larger in ("MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def age(passed: timedelta) -> str:
    """A time that has passed, in the largest unit of which there are at least two."""
    minutes = max(int(passed.total_seconds() // 60), 0)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= 2 * length or unit == "minute":
            return _counted(minutes // length, unit)
    raise AssertionError("minutes always fit")


def days(count: float) -> str:
    """A number of days as the owner wrote it: ``7 days``, ``26 hours``."""
    return age(timedelta(days=count))


def files(count: int) -> str:
    """``1 file``, ``12 files``."""
    return _counted(count, "file")


def folders(count: int) -> str:
    """``1 folder``, ``12 folders``."""
    return _counted(count, "folder")


def ahead(place: BackupPlace, now: datetime) -> str:
    """What is wrong with the place's clock where its newest file comes from the future; empty where nothing is."""
    newest = listed(place)[0]
    if newest.modified - now <= AHEAD:
        return ""
    whose = place.host or "this computer"
    return (
        f"The clock of {whose} runs ahead: {plain(newest.name)} in {place.location} is dated "
        f"{newest.modified:%Y-%m-%d %H:%M} UTC, {age(newest.modified - now)} from now."
    )


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"
