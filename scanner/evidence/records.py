"""What lies at the places where the owner keeps records: chat logs, exports, order mails. No content of theirs is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class RecordsFile:
    """A file that is older than it may be. day: by its name where one stands there, else of its last change."""

    name: str
    day: date


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file with whole card numbers in it. count: how many. last: the last four digits of the first few; all else is forgotten.

    certain: False where it is one number or a few that nothing calls a card's, which may be others by chance.
    """

    name: str
    count: int
    last: tuple[str, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class RecordsPlace:
    """One configured place.

    location: where, without user name, password or query. keep: how long records may be kept, as it is written; empty where
    nobody said. limit: what is of an earlier day is too old. problem: why nothing could be seen; None where something was.
    seen: how many files lie there. complete: whether all their names were read. unlooked: folders that were not looked into.
    old: the oldest of those that are too old, at most 50; old_count: how many there are at least.
    cards: files with card numbers, at most 50; card_files: how many there are. searched: how many files were searched to their
    end. unsearched: how many could not be, and why (the first few, each in words that follow its name).
    """

    location: str
    keep: str = ""
    limit: date | None = None
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


@dataclass(frozen=True, slots=True)
class Records:
    """All configured places, in the order of the configuration; empty where the owner configured none."""

    GIVEN_BY_THE_OWNER: ClassVar[bool] = True

    places: tuple[RecordsPlace, ...]
    gathered_at: datetime
