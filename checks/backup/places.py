"""What the backup rules share: words for places, files, ages and sizes, and findings by location. No rules here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from scanner import BackupFile, BackupPlace, Finding, Unavailable

NO_PLACE = "No backup place is configured, so there was nothing to look at."
AHEAD = timedelta(hours=1)


def listed(place: BackupPlace) -> tuple[BackupFile, ...]:
    """The place's files, the newest first; none where they could not be listed."""
    return () if isinstance(place.files, Unavailable) else place.files


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


def told(file: BackupFile, place: BackupPlace, now: datetime) -> str:
    """``shop-db-2026-11-20.sql.gz, 1.2 MB, 9 hours old (database)``."""
    return f"{plain(file.name)}, {size(file.size)}, {old(file, now)} ({place.kind})"


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
