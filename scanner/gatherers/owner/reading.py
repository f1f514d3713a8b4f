"""Looks at one place of records: what the child process of ``records`` does. It says once what it saw."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from scanner.evidence.codec import encode
from scanner.evidence.records import CardFile, RecordsFile
from scanner.evidence.unavailable import Unavailable
from scanner.gatherers.backups.looking import DEEPEST, LONGEST_FOLDER, MOST_FOLDERS, Visit, prepare, visit_of
from scanner.gatherers.backups.names import looks_like
from scanner.gatherers.backups.places import CannotLook, FolderMissing, Item, Login, Place
from scanner.gatherers.backups.server import Server
from scanner.gatherers.backups.streams import Timed
from scanner.gatherers.owner.contents import CHUNK, search
from scanner.text.cards import name_without_card_numbers
from scanner.text.sanitize import sanitize

__all__ = ["Errand", "Told", "prepare", "run"]

MOST_NAMED = 50
MOST_REASONS = 3
MOST_KEPT = 100_000
"""Files of which names are kept, in all folders together."""
LISTING_SHARE = 3
"""The names may take the third part of a place's time."""

_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)(?P<month>0[1-9]|1[0-2])(?:(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]))"
    r"|(?P<day2>0?[1-9]|[12]\d|3[01])[-_.](?P<month2>0?[1-9]|1[0-2])[-_.](?P<year2>(?:19|20)\d\d)"
    r"|(?P<year3>(?:19|20)\d\d)[-_.](?P<month3>0[1-9]|1[0-2]))(?!\d)",
    re.ASCII,
)
_CLOCK_BEHIND = re.compile(r"(?<=(?:19|20)\d{6})(?=[T_-]?\d{4,6}(?!\d))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be looked at. limit: what is of an earlier day is too old; None: nothing is. seconds: for all of it.

    deep: read large files to their end. today: the day of looking. server: where the place's name leads.
    """

    place: Place
    login: Login
    pattern: str | None
    limit: date | None
    seconds: float
    deep: bool
    today: date
    server: Server


@dataclass(frozen=True, slots=True)
class Told:
    """What a place holds; the fields are those of RecordsPlace."""

    problem: Unavailable | None = None
    seen: int = 0
    complete: bool = True
    unlooked: int = 0
    folder_missing: bool = False
    old: tuple[RecordsFile, ...] = ()
    old_count: int = 0
    cards: tuple[CardFile, ...] = ()
    card_files: int = 0
    searched: int = 0
    unsearched: int = 0
    reasons: tuple[str, ...] = ()


def run(errand: Errand, say: Callable[[Any], None]) -> None:
    """Say what the place holds (Told)."""
    os.environ.update(errand.login.environment)
    visit: Visit | None = None
    try:
        visit = visit_of(errand.place, errand.login, errand.server)
        say(encode(_Look(errand, visit).told()))
    except FolderMissing:
        say(encode(Told(folder_missing=True)))
    except CannotLook as reason:
        say(encode(Told(Unavailable(str(reason)))))
    finally:
        if visit is not None:
            visit.close()


@dataclass(slots=True)
class _Survey:
    """What was found in all folders."""

    files: list[Item] = field(default_factory=list)
    oldest: list[Item] = field(default_factory=list)
    seen: int = 0
    unlooked: int = 0
    complete: bool = True


class _Look:
    """One errand, worked off."""

    def __init__(self, errand: Errand, visit: Visit) -> None:
        self._errand = errand
        self._visit = visit
        self._looks = looks_like("site", errand.pattern or "*")

    def told(self) -> Told:
        """Raises CannotLook, FolderMissing."""
        errand, began = self._errand, time.monotonic()
        survey = self._names(began + errand.seconds / LISTING_SHARE)
        old = sorted((one for one in map(self._dated, (*survey.files, *survey.oldest)) if self._too_old(one)), key=_first)
        found, unsearched, reasons = self._cards(survey.files, began + errand.seconds)
        beyond = max(survey.seen - len(survey.files), 0)
        if beyond:
            reasons.append(f"{beyond:,} files more than are searched")
        return Told(
            seen=survey.seen,
            complete=survey.complete,
            unlooked=survey.unlooked,
            old=tuple(old[:MOST_NAMED]),
            old_count=len(old),
            cards=tuple(found[:MOST_NAMED]),
            card_files=len(found),
            searched=len(survey.files) - unsearched,
            unsearched=unsearched + beyond,
            reasons=tuple(reasons[:MOST_REASONS]),
        )

    # --- their age

    def _names(self, ends: float) -> _Survey:
        """All folders, the outer ones first. Raises CannotLook and FolderMissing for the first."""
        survey = _Survey()
        waiting: list[tuple[str, ...]] = [()]
        looked = 0
        while waiting:
            if looked > MOST_FOLDERS or len(survey.files) >= MOST_KEPT or (looked and time.monotonic() > ends):
                survey.unlooked += len(waiting)
                break
            under = waiting.pop(0)
            looked += 1
            try:
                listing = self._visit.look(self._looks, ends, under)
            except (CannotLook, FolderMissing):
                if not under:
                    raise
                survey.unlooked += 1
                continue
            survey.files += listing.files[: MOST_KEPT - len(survey.files)]
            survey.oldest += listing.oldest
            survey.seen += len(listing.files) + listing.more
            survey.complete = survey.complete and listing.complete
            inner = [(*under, folder.name) for folder in listing.folders if _can_be_asked(folder.name)]
            if len(under) < DEEPEST:
                waiting += inner
            else:
                survey.unlooked += len(inner)
        return survey

    def _dated(self, item: Item) -> RecordsFile:
        """By the day in its name, or in its folder's, else by its last change."""
        shown = name_without_card_numbers(item.file.name)
        for name in reversed(item.file.name.split("/")):
            if (day := day_in(name)) is not None and day <= self._errand.today:
                return RecordsFile(shown, day)
        return RecordsFile(shown, item.file.modified.date())

    def _too_old(self, file: RecordsFile) -> bool:
        return self._errand.limit is not None and file.day < self._errand.limit

    # --- card numbers

    def _cards(self, files: list[Item], ends: float) -> tuple[list[CardFile], int, list[str]]:
        """Files with card numbers; how many were not searched to their end, and why some were not. The newest come first."""
        found: list[CardFile] = []
        unsearched = 0
        reasons: list[str] = []
        for number, item in enumerate(sorted(files, key=lambda one: (-one.file.modified.timestamp(), one.file.name))):
            left = len(files) - number
            if time.monotonic() > ends:
                reasons.insert(0, f"the time was over, with {left:,} files left (--deep takes longer)")
                return found, unsearched + left, reasons
            try:
                cards, why = self._searched(item, ends)
            except CannotLook as reason:
                cards, why = None, f"could not be read: {reason}"
            except (FolderMissing, FileNotFoundError):
                continue  # gone since the folder was read
            if cards is not None:
                found.append(cards)
            if why:
                unsearched += 1
                if len(reasons) < MOST_REASONS:
                    shown = name_without_card_numbers(item.file.name)
                    reasons.append(f"“{sanitize(shown, 120)}” {sanitize(name_without_card_numbers(why), 300)}")
        return sorted(found, key=lambda one: (not one.certain, -one.count, one.name)), unsearched, reasons

    def _searched(self, item: Item, ends: float) -> tuple[CardFile | None, str]:
        if "/" in item.name or "\0" in item.name:
            raise CannotLook("it has a name that cannot be asked for.")
        with self._visit.open(item.under, item.name, ends) as source:
            cards, why = search(Timed(source, ends, CHUNK), item.file.name, deep=self._errand.deep)
        return cards and replace(cards, name=name_without_card_numbers(cards.name)), why


def _can_be_asked(name: str) -> bool:
    return "/" not in name and name not in {"", ".", ".."} and len(name) <= LONGEST_FOLDER


def _first(file: RecordsFile) -> tuple[date, str]:
    return file.day, file.name


def day_in(name: str) -> date | None:
    """The last day that a file's name tells; of a month its last day. None where there is none."""
    days = [day for found in _DAY.finditer(_CLOCK_BEHIND.sub(" ", name)) if (day := _day(found)) is not None]
    return max(days, default=None)


def _day(found: re.Match[str]) -> date | None:
    try:
        if found["year3"]:
            year, month = int(found["year3"]), int(found["month3"])
            return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return date(
            int(found["year"] or found["year2"]), int(found["month"] or found["month2"]), int(found["day"] or found["day2"])
        )
    except ValueError:
        return None
