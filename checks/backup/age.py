"""Is the newest backup young enough? In UTC, against the moment of looking."""

from __future__ import annotations

from datetime import datetime, timedelta

from checks.backup.places import ALL_OLD, NO_PLACE, age, ahead, days, findings_at, listed, plain, told, unlooked, unread, whole
from scanner import BackupContent, BackupFile, BackupPlace, Backups, NotApplicable, Severity, Verdict, check, judge

ZONES = timedelta(hours=14)
"""As far as a dump's own clock may be from UTC: it does not name its zone."""


@check("backup-database-stale", severity=Severity.HIGH)
def backup_database_stale(backups: Backups) -> Verdict:
    """The newest backup of the database is too old."""
    return _stale(backups, "database")


@check("backup-site-stale", severity=Severity.MEDIUM)
def backup_site_stale(backups: Backups) -> Verdict:
    """The newest backup of the shop's files is too old."""
    return _stale(backups, "site")


def _stale(backups: Backups, kind: str) -> Verdict:
    if not backups.places:
        return NotApplicable(NO_PLACE)
    places = [place for place in backups.places if place.kind == kind]
    if not places:
        return NotApplicable(f"No place for {kind} backups is configured.")
    stale: list[tuple[BackupPlace, str]] = []
    fresh: list[tuple[BackupPlace, str]] = []
    missing: list[str] = []
    for place in places:
        if reason := _untold(place, backups):
            missing.append(reason)
            continue
        newest = whole(place)[0]
        passed = backups.gathered_at - newest.modified
        young = passed.total_seconds() <= place.max_age_days * 86400
        if young and (words := _older_inside(place, newest, backups)):
            stale.append((place, words))
        elif young:
            fresh.append((place, told(newest, place, backups.gathered_at)))
        elif reason := unlooked(place):
            missing.append(f"{reason} {ALL_OLD}")
        else:
            words = f"The newest, {plain(newest.name)}, is {age(passed)} old ({newest.modified:%Y-%m-%d %H:%M} UTC)"
            stale.append((place, f"{words}; at most {days(place.max_age_days)} are allowed."))
    return judge(
        findings_at(stale),
        (place.location for place, _ in (*stale, *fresh)),
        missing,
        "; ".join(text for _, text in fresh),
    )


def _untold(place: BackupPlace, backups: Backups) -> str:
    """Why the age of the newest backup cannot be told; empty where it can."""
    if reason := unread(place):
        return reason
    if not listed(place):
        return f"There is no {place.kind} backup in {place.location} whose age could be told."
    return ahead(place, backups.gathered_at)


def _made(place: BackupPlace, newest: BackupFile) -> datetime | None:
    """When the newest backup was made by its own word; None where it does not say, or where another one was opened."""
    content = place.content
    return content.made if isinstance(content, BackupContent) and content.name == newest.name else None


def _older_inside(place: BackupPlace, newest: BackupFile, backups: Backups) -> str:
    """What to say where a young file holds an old dump: it was copied, and not made anew. Empty where it does not."""
    made = _made(place, newest)
    allowed = timedelta(days=place.max_age_days)
    if made is None or newest.modified - made <= allowed or backups.gathered_at - made <= allowed + ZONES:
        return ""
    return (
        f"{plain(newest.name)} is dated {newest.modified:%Y-%m-%d %H:%M} UTC, but the dump in it was made on {made:%Y-%m-%d}, "
        f"{age(backups.gathered_at - made)} ago; at most {days(place.max_age_days)} are allowed."
    )
