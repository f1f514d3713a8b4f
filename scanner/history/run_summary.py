"""A run over many shops in a few lines each: what its overview page, its CSV and its JSON are made from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.history.events import Change, Event
from scanner.results.document import ScanDocument
from scanner.results.result import Status
from scanner.rules.rule import Severity

BACKUP_GOOD, BACKUP_UNSET, BACKUP_UNCLEAR = "good", "unset", "unclear"
"""How a shop's backups are, where no problem of theirs is open: in order, not to be looked at, or without an answer."""
_BACKUP_AREA = "backup"
NOT_REACHED = "not-reached"
"""The status of a shop in a run that was ended before its turn."""


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A shop in the overview. problems: rules with open findings, the worst severity first. trend: grades, the oldest first; None
    without one. ungraded: why a shop that was scanned has no grade, or "".

    changes: what is different from the scan before. report: the file's name beside the overview, or "". last: when it was scanned
    last. backup: the worst open rule about its backups, or one of the states above; "" where nothing is known. trouble: why there
    is nothing else to say.
    """

    key: str
    name: str
    url: str
    status: str
    because: str = ""
    grade: str | None = None
    provisional: bool = False
    score: int | None = None
    problems: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    ungraded: str = ""
    changes: tuple[Event, ...] = ()
    trend: tuple[str | None, ...] = ()
    report: str = ""
    last: datetime | None = None
    backup: str = ""
    trouble: str = ""

    @property
    def scanned(self) -> bool:
        """Whether this run looked at it; a shop that the run did not come to may show an older grade."""
        return self.status in {Status.COMPLETE, Status.PARTIAL}


@dataclass(frozen=True, slots=True)
class Overview:
    """A run over many shops, in the file's order."""

    started: datetime
    finished: datetime
    lines: tuple[ShopLine, ...]


def backup_of(seen: ScanDocument) -> str:
    """How a shop's backups are: the worst open problem, or one of the states. What is only good to know says nothing of them."""
    about = [verdict for verdict in seen.verdicts if verdict.area == _BACKUP_AREA]
    telling = [one for one in about if one.severity is not Severity.INFO]
    open_ = [one for one in telling if any(finding.accepted is None for finding in one.findings)]
    if open_:
        return min(open_, key=lambda one: (one.severity.rank, one.rule)).rule
    judged = {one.verdict for one in telling}
    if "inconclusive" in judged:
        return BACKUP_UNCLEAR
    if "passed" in judged:
        return BACKUP_GOOD
    return BACKUP_UNSET if about else ""


def why_ungraded(seen: ScanDocument) -> str:
    """Why a scan that reached its shop has no grade; "" where it has one."""
    if seen.grade is not None or seen.status not in {Status.COMPLETE, Status.PARTIAL}:
        return ""
    if seen.limited is not None:
        return f"No grade. {seen.limited.because}"
    unclear = sum(verdict.verdict == "inconclusive" for verdict in seen.verdicts)
    return f"No grade: {unclear} of {len(seen.verdicts)} checks could not be made."


def kinds(events: Iterable[Event]) -> Mapping[str, int]:
    """How many problems of a shop changed in each way, without first sight and what does not count (accepted risks, for one).

    What is still open somewhere is not fixed.
    """
    told = (
        event for event in events if event.counts and event.kind not in {Change.FIRST_SEEN, Change.FIRST_LOOK, Change.NEXT_STEP}
    )
    return Counter(kind for kind, _ in {(event.kind, event.rule) for event in told if not event.left})
