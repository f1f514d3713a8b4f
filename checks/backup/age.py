"""Is the newest backup young enough? In UTC, against the moment of looking."""

from __future__ import annotations

from checks.backup.places import NO_PLACE, age, ahead, days, findings_at, listed, plain, told, unread
from scanner import BackupPlace, Backups, NotApplicable, Severity, Verdict, check, judge


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
        newest = listed(place)[0]
        passed = backups.gathered_at - newest.modified
        if passed.total_seconds() <= place.max_age_days * 86400:
            fresh.append((place, told(newest, place, backups.gathered_at)))
        elif place.complete:
            words = f"The newest, {plain(newest.name)}, is {age(passed)} old ({newest.modified:%Y-%m-%d %H:%M} UTC)"
            stale.append((place, f"{words}; at most {days(place.max_age_days)} are allowed."))
        else:
            missing.append(f"{place.location} holds more files than can be read; those that were read are all too old.")
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
