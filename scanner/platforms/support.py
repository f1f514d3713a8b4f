"""Is this version still looked after? Answered from a table of branches with a day on it; beyond the table nobody knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

OLD = timedelta(days=400)
"""A table older than this no longer knows that a branch without an end is still looked after."""

_PARTS = re.compile(r"[0-9]+|[a-z]+")
_UNFINISHED = frozenset({"a", "alpha", "b", "beta", "c", "dev", "m", "pre", "preview", "rc", "snapshot"})


class Standing(StrEnum):
    """How a branch is looked after on a day."""

    SUPPORTED = "supported"
    SUPERSEDED = "superseded"  # security fixes at most, or only as a courtesy
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of releases. support_ends: from then on only security fixes, or only as a courtesy; end_of_life: nothing more.
    ended: it is over, on a day that nobody wrote down."""

    name: str
    latest: str | None = None
    support_ends: date | None = None
    end_of_life: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class SupportTable:
    """How the branches of one platform, of PHP or of Apache are looked after.

    recorded: the day up to which the table is known to be right; source: who says so. packaged: whether Linux distributions
    repair it under its old number, without showing that.
    """

    key: str
    name: str
    recorded: date
    source: str
    branches: tuple[Branch, ...]
    packaged: bool = False

    def __post_init__(self) -> None:
        if not self.branches:
            raise ValueError(f"the support table of {self.key} names no branch")


@dataclass(frozen=True, slots=True)
class Support:
    """What the table says of a version on a day.

    branch: the line of releases; for a version older than the table, the table's oldest. newest: the newest branch known.
    since: the day that the standing began; None for one that is supported, or where nobody wrote the day down.
    behind: whether its branch has a newer release. older: whether the version is older than every branch of the table, so
    that its end was no later than ``since``.
    table: what says so.
    """

    version: str
    branch: Branch
    newest: Branch
    standing: Standing
    since: date | None
    behind: bool
    older: bool
    table: SupportTable

    @property
    def supported(self) -> bool:
        """Whether the branch still has full support."""
        return self.standing is Standing.SUPPORTED


def support_in(table: SupportTable, version: str, on: date) -> Support | None:
    """How a version is looked after on a day.

    None means *unknown*: no readable version, a version between two branches, one newer than the table, or a branch of which an
    old table knows no end.
    """
    wanted = _numbers(version)
    if not wanted:
        return None
    matching = [branch for branch in table.branches if wanted[: len(_numbers(branch.name))] == _numbers(branch.name)]
    if not matching:
        # "Drupal 9" may be any 9.x: that is known to be over only where every 9.x was when the table was written.
        meant = [branch for branch in table.branches if _numbers(branch.name)[: len(wanted)] == wanted]
        day = min(on, table.recorded)
        matching = meant if all(_standing(branch, day)[0] is Standing.ENDED for branch in meant) else []
    oldest = min(table.branches, key=lambda branch: _numbers(branch.name))
    older = not matching and wanted < _numbers(oldest.name)[: len(wanted)]
    if not matching and not older:
        return None
    branch = oldest if older else max(matching, key=lambda branch: _numbers(branch.name))
    standing, since = _standing(branch, on)
    if older and standing is not Standing.ENDED:
        return None
    behind = older or bool(branch.latest and is_newer(branch.latest, version))
    undated = branch.end_of_life is None and branch.support_ends is None
    if standing is Standing.SUPPORTED and undated and not behind and on - table.recorded > OLD:
        return None
    return Support(
        version=version,
        branch=branch,
        newest=_newest(table.branches),
        standing=standing,
        since=since,
        behind=behind,
        older=older,
        table=table,
    )


def is_newer(one: str, other: str) -> bool:
    """Whether a version is later than another: number by number, missing numbers are 0; a beta or candidate comes before its
    release, a patch (``2.4.6-p3``) after it. Nothing is newer than a bare major number, which may stand for any release."""
    ours, theirs = _ordered(one), _ordered(other)
    if len(theirs) < 2 or not ours:
        return bool(ours and theirs) and ours[0] > theirs[0]
    longest = max(len(ours), len(theirs))
    missing = ((0, 0),)
    return ours + missing * (longest - len(ours)) > theirs + missing * (longest - len(theirs))


def _standing(branch: Branch, on: date) -> tuple[Standing, date | None]:
    if branch.ended or (branch.end_of_life and branch.end_of_life <= on):
        return Standing.ENDED, branch.end_of_life
    if branch.support_ends and branch.support_ends <= on:
        return Standing.SUPERSEDED, branch.support_ends
    return Standing.SUPPORTED, None


def _newest(branches: Sequence[Branch]) -> Branch:
    return max(branches, key=lambda branch: _numbers(branch.name))


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers: ``2.4.6-p3`` → (2, 4, 6)."""
    match = re.match(r"[vV]?([0-9]{1,9}(?:\.[0-9]{1,9}){0,7})", version)
    return tuple(int(number) for number in match[1].split(".")) if match else ()


def _ordered(version: str) -> tuple[tuple[int, int], ...]:
    """Comparable parts: numbers as (0, n), ``p``/``pl``/``patch`` as (1, 0), unfinished releases below everything."""
    made = []
    for part in _PARTS.findall(version.lower().removeprefix("v")[:60]):
        if part.isdigit():
            made.append((0, int(part)))
        elif part in _UNFINISHED:
            made.append((-1, -len(_UNFINISHED) + sorted(_UNFINISHED).index(part)))
        else:
            made.append((1, 0))
    return tuple(made)
