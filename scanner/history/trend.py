"""What changed since the scan before, and how the grade went. Pure.

For the terminal and for the page of a scan by hand, whose documents of earlier scans come from ``History.documents``. What the
nightly run knows and tells is not touched by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from scanner.history.comparison import compare
from scanner.history.events import Change, Event
from scanner.history.known import KnownSite
from scanner.results.document import ScanDocument
from scanner.results.grade import Letter
from scanner.results.result import Status
from scanner.rules.rule import Rule

MOST_SCANS: Final = 14
"""Scans that are looked back on."""
ALIKE: Final = 0.8
"""The share of rules that two scans must have in common for their grades to be set side by side."""


@dataclass(frozen=True, slots=True)
class Point:
    """One scan. grade and score (0 to 100) are None where the shop could not be reached, or too little of it was judged."""

    at: datetime
    grade: Letter | None
    score: int | None


@dataclass(frozen=True, slots=True)
class Trend:
    """What changed since the last scan that reached the shop. Of its first scan: ``since`` is None, and nothing changed.

    since: when that scan began. before: its grade; None where it had none that may be set beside this scan's, as when something
    that is open could not be looked at this time. first_seen: what could not be judged before, so nobody knows how old it is.
    next_step: what is left of a fix whose first step was done.
    new, came_back, fixed, gone: events of the kinds new, came back, fixed and no longer applies, the worst first; without
    what is accepted or merely possible. points: the last scans and this one, the oldest first.
    """

    since: datetime | None = None
    before: Letter | None = None
    new: tuple[Event, ...] = ()
    came_back: tuple[Event, ...] = ()
    fixed: tuple[Event, ...] = ()
    gone: tuple[Event, ...] = ()
    first_seen: tuple[Event, ...] = ()
    next_step: tuple[Event, ...] = ()
    points: tuple[Point, ...] = ()

    @property
    def changes(self) -> tuple[Event, ...]:
        """All that is known to have changed."""
        return (*self.new, *self.came_back, *self.fixed, *self.gone)


def without(trend: Trend, rules: Collection[str]) -> Trend:
    """The same, without what happened to findings of these rules."""

    def kept(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(event for event in events if event.rule not in rules)

    return replace(
        trend,
        new=kept(trend.new),
        came_back=kept(trend.came_back),
        fixed=kept(trend.fixed),
        gone=kept(trend.gone),
        first_seen=kept(trend.first_seen),
        next_step=kept(trend.next_step),
    )


def trend(earlier: Sequence[ScanDocument], seen: ScanDocument, rules: Mapping[str, Rule]) -> Trend:
    """What is different now. earlier: the same shop's scans, in any order; later ones (the clock went back) are left out.

    The earlier scans are followed one by one, so that what one of them could not look at is not taken for good or bad.
    """
    before = sorted((one for one in earlier if one.started < seen.started), key=lambda one: one.started)[-MOST_SCANS:]
    known = known_from(before, rules)
    reached = [one for one in before if one.status in {Status.COMPLETE, Status.PARTIAL}]
    step = compare(known, seen, rules)
    changes = [event for event in step.events if event.counts]
    ran = {verdict.rule for verdict in seen.verdicts}
    after = step.known.letter(ran, seen.started.date())
    comparable = reached and after == seen.grade  # else the better grade may be for want of looking

    def of(kind: Change) -> tuple[Event, ...]:
        return tuple(event for event in changes if event.kind is kind)

    return Trend(
        since=reached[-1].started if reached else None,
        before=_point(reached[-1], seen).grade if comparable else None,
        new=of(Change.NEW),
        came_back=of(Change.CAME_BACK),
        fixed=of(Change.FIXED),
        gone=of(Change.NO_LONGER_APPLIES),
        first_seen=of(Change.FIRST_SEEN) if reached else (),
        next_step=of(Change.NEXT_STEP),
        points=tuple(_point(one, seen) for one in (*before, seen)),
    )


def known_from(scans: Iterable[ScanDocument], rules: Mapping[str, Rule]) -> KnownSite:
    """What is known of a shop after these scans, in any order. A scan of a few rules alone hides nothing of the others."""
    known = KnownSite()
    for one in sorted(scans, key=lambda one: one.started):
        known = compare(known, one, rules).known
    return known


def _point(one: ScanDocument, seen: ScanDocument) -> Point:
    """A provisional grade is no point: too little was judged to say that the shop became better or worse."""
    fits = not one.provisional and _alike(one, seen)
    return Point(one.started, one.grade if fits else None, one.score if fits else None)


def _alike(one: ScanDocument, other: ScanDocument) -> bool:
    rules, others = ({verdict.rule for verdict in document.verdicts} for document in (one, other))
    return len(rules & others) >= ALIKE * len(rules | others)
