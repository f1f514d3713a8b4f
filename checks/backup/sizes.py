"""Is the newest backup as large as those before it? A dump that broke off is young, has the right name, and restores nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from checks.backup.places import NO_PLACE, ahead, findings_at, listed, plain, size, unread
from scanner import BackupFile, BackupPlace, Backups, NotApplicable, Severity, Verdict, check, judge, updraft_sets
from scanner.text.calendar_words import MONTHS, WEEKDAYS
from scanner.text.words import plain_words

MOST_EARLIER = 5
FEWEST_EARLIER = 3
STILL_WRITING = timedelta(minutes=15)
ONE_RUN = timedelta(hours=24)

_NUMBERS = re.compile(r"(?=[a-f]{0,40}[0-9])[0-9a-f]{6,}|[0-9]+")
_WORDS = re.compile(r"[^\W\d_]+")


_INCREMENT = re.compile(r"(?<![a-z])(?:incr?|incremental|diff|differential)(?![a-z])", re.IGNORECASE)
"""What changed is more on one day than on another."""


@check("backup-suspicious-size", severity=Severity.HIGH)
def backup_suspicious_size(backups: Backups) -> Verdict:
    """The newest backup is much smaller than those before it."""
    if not backups.places:
        return NotApplicable(NO_PLACE)
    problems: list[tuple[BackupPlace, str]] = []
    compared: list[str] = []
    missing: list[str] = []
    for place in backups.places:
        if reason := unread(place) or (listed(place) and ahead(place, backups.gathered_at)):
            missing.append(reason)
            continue
        extra = updraft_sets(listed(place)).extra
        files = sorted((*listed(place), *place.empty), key=lambda file: file.modified, reverse=True)
        finished = [one for one in files if backups.gathered_at - one.modified >= STILL_WRITING and one.name not in extra]
        for newest, earlier in _last_run([part for one in finished for part in _parts(one)]):
            compared.append(place.location)
            usual = median(file.size for file in earlier)
            if newest.size < usual / 2:
                words = f"{plain(newest.name)} has {size(newest.size)}; the {len(earlier)} before it have {size(int(usual))}."
                problems.append((place, words))
    if not compared and not missing:
        return NotApplicable(f"Fewer than {FEWEST_EARLIER + 1} backups of a kind are kept, so their sizes cannot be compared.")
    return judge(findings_at(problems), compared, missing, "The newest backups are not much smaller than those before them.")


def _parts(one: BackupFile) -> list[BackupFile]:
    """Of a set each part, with the bytes of all its pieces; another backup as it is. An increment has no usual size."""
    if one.increment:
        return []
    if not one.parts:
        return [one]
    return [BackupFile(f"{one.name}-{part.name}.zip", part.size, one.modified) for part in one.parts]


def _last_run(files: list[BackupFile]) -> Iterator[tuple[BackupFile, list[BackupFile]]]:
    """Of each family of names that the last run wrote: its newest file, and up to five before it.

    files: the newest first. One run may write several archives (themes, plugins, uploads) of very different sizes: only files
    whose names differ in nothing but dates and numbers are compared. Empty files are no measure for others.
    """
    families: dict[str, list[BackupFile]] = {}
    for file in files:
        families.setdefault(family(file.name), []).append(file)
    for newest, *others in families.values():
        earlier = [file for file in others if file.size]
        if (
            not _INCREMENT.search(newest.name)
            and len(earlier) >= FEWEST_EARLIER
            and files[0].modified - newest.modified < ONE_RUN
        ):
            yield newest, earlier[:MOST_EARLIER]


def family(name: str) -> str:
    """A file name without what changes from run to run: dates, numbers, random hexadecimal digits, and weekdays and months in any
    language of Europe."""
    return _WORDS.sub(_unless_calendar, _NUMBERS.sub("#", plain_words(name)))


def _unless_calendar(word: re.Match[str]) -> str:
    return "#" if word[0] in MONTHS or word[0] in WEEKDAYS else word[0]
