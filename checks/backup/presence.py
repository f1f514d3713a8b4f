"""Are there backups at all, where the owner says that they are?"""

from __future__ import annotations

from checks.backup.places import NO_PLACE, files, findings_at, folders, listed, plain, told, unlooked, unread
from scanner import BackupPlace, Backups, Finding, Found, NotApplicable, Passed, Severity, Unavailable, Verdict, check, judge

_KINDS = {"database": "the database", "site": "the shop's files"}
_LACKING = {
    ("database", "site"): "No backup place is configured, neither for the database nor for the shop's files.",
    ("database",): "A place for backups of the shop's files is configured, but none for backups of the database.",
    ("site",): "A place for backups of the database is configured, but none for backups of the shop's files.",
}
_USUAL = {"database": "8d", "site": "32d"}


@check("backup-not-configured", severity=Severity.INFO)
def backup_not_configured(backups: Backups) -> Verdict:
    """Shopwarden has not been told where all of the shop's backups are."""
    kinds = [place.kind for place in backups.places]
    lacking = tuple(kind for kind in _KINDS if kind not in kinds)
    if not lacking:
        counted = ", ".join(f"{kinds.count(kind)} for {words}" for kind, words in _KINDS.items())
        return Passed(("site",), f"Backup places are configured: {counted}.")
    entries = "\n\n".join(
        f'[[site.backup]]\nkind = "{kind}"\nlocation = "sftp://LOGIN@SERVER/FOLDER"\nmax_age = "{_USUAL[kind]}"'
        for kind in lacking
    )
    return Found((Finding("site", _LACKING[lacking], ready=entries),))


@check("backup-missing", severity=Severity.CRITICAL)
def backup_missing(backups: Backups) -> Verdict:
    """No backup lies where the shop's backups should be."""
    if not backups.places:
        return NotApplicable(NO_PLACE)
    readable = [place for place in backups.places if not isinstance(place.files, Unavailable)]
    bare = [place for place in readable if not listed(place)]
    good = [told(listed(place)[0], place, backups.gathered_at) for place in readable if listed(place)]
    return judge(
        findings_at((place, _lack(place)) for place in bare if not _unsure(place)),
        (place.location for place in readable if listed(place) or not _unsure(place)),
        [
            *(reason for place in backups.places if (reason := unread(place))),
            *(reason for place in bare if (reason := _unsure(place))),
        ],
        "; ".join(good),
    )


def _unsure(place: BackupPlace) -> str:
    """Why there may be a backup although none was recognised; empty where there is none for certain."""
    if place.folder_missing:
        return ""
    if reason := unlooked(place):
        return reason
    if place.copied:
        where = place.location if place.copied == "." else f"{place.copied} in {place.location}"
        return (
            f"A copy of the shop's files lies in {plain(where)}, file by file, and not in an archive: when it was made cannot be "
            "told. Let the job that makes it leave a dated file there, and give that file's name as pattern."
        )
    if place.possible and not place.pattern:
        return (
            f"{place.location} holds {plain(', '.join(place.possible))}: that may be a {place.kind} backup, under a name that we "
            "do not know or behind a link. Give the name of the file itself as pattern."
        )
    return ""


def _lack(place: BackupPlace) -> str:
    """What there is instead of a backup."""
    wanted = f"{place.kind} backup" + (f" ({place.pattern})" if place.pattern else "")
    if place.folder_missing:
        hint = " A folder in the login's home is written with /~/ before it." if place.host else ""
        return f"There is no such folder, so no {wanted}.{hint}"
    if place.empty:
        return f"Only empty files are named like a {wanted}: {files(len(place.empty))} of 0 bytes."
    text = (
        f"{files(place.seen)} there, none named like a {wanted}."
        if place.seen
        else f"The folder holds no {wanted}, nor any other file."
    )
    if place.folders:
        text += f" Nor is there one in what lies inside ({folders(place.folders)})."
    return text
