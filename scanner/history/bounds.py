"""How much is remembered of a site, and how much of one night is told: bounded, whatever a shop answers. Pure.

What goes first is what is oldest, never what its name sorts last: a shop whose addresses change every night must not make us
forget that its checkout was looked at yesterday.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from scanner.history.events import Event
from scanner.history.known import KnownFinding
from scanner.rules.rule import Severity

MOST_EXAMINED = 2000
"""Places remembered a rule, besides those of the last scan and of what is open."""
MOST_CHARACTERS = 200_000
"""All of them together."""
MOST_SUBJECTS = 500
"""Findings remembered a rule, open and closed."""
MOST_EVENTS = 20
"""Events of one kind a rule and scan; the rest is counted."""
CLOSED_FOR = timedelta(days=365)
"""After this time a closed finding is forgotten: should it come back, it is new."""


def places(tonight: Iterable[str], before: Sequence[str], needed: Collection[str]) -> tuple[str, ...]:
    """The places that are remembered as examined, the last ones first: tonight's, then earlier ones as long as there is room.

    before: as this function gave them last. needed: places of open findings, kept whatever their age.
    """
    kept = dict.fromkeys(sorted(tonight))
    earlier = [place for place in before if place not in kept]
    room = MOST_EXAMINED - len(kept) - sum(place in needed for place in earlier)
    characters = MOST_CHARACTERS - sum(map(len, kept))
    for place in earlier:
        if place in needed:
            kept[place] = None
        elif room > 0:
            room, characters = room - 1, characters - len(place)
            if characters < 0:
                room = 0
            else:
                kept[place] = None
    return tuple(kept)


def still_remembered(findings: Mapping[str, KnownFinding], now: datetime) -> dict[str, KnownFinding]:
    """Findings by subject, without those that were closed too long ago."""
    limit = now - CLOSED_FOR
    return {subject: one for subject, one in findings.items() if one.open or (one.closed or one.confirmed) > limit}


def subjects(
    findings: Mapping[str, KnownFinding], before: Mapping[str, KnownFinding], now: datetime
) -> tuple[dict[str, KnownFinding], dict[Severity, int]]:
    """The findings of one rule that are remembered one by one, and how many open ones are only counted, by severity.

    What is open goes before what is closed: the worst, what counts, what was known ``before``; of closed ones the last.
    """
    if len(findings) <= MOST_SUBJECTS:
        return dict(findings), {}

    def rank(subject: str) -> tuple[int, bool, bool, str]:
        one = findings[subject]
        return one.severity.rank, not one.sure or one.accepted(now.date()), subject not in before, subject

    open_ = sorted((subject for subject, one in findings.items() if one.open), key=rank)
    closed = sorted(
        (subject for subject, one in findings.items() if not one.open),
        key=lambda subject: (findings[subject].closed or findings[subject].confirmed, subject),
        reverse=True,
    )
    kept = set([*open_, *closed][:MOST_SUBJECTS])
    counted = Counter(findings[subject].severity for subject in open_[MOST_SUBJECTS:])
    return {subject: one for subject, one in findings.items() if subject in kept}, dict(counted)


def told(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events of a scan in their order, so many alike at most; the last of these says for how many more it stands."""
    there = Counter(map(_alike, events))
    so_far: Counter[tuple[object, ...]] = Counter()
    kept = []
    for event in events:
        group = _alike(event)
        so_far[group] += 1
        if so_far[group] == MOST_EVENTS < there[group]:
            kept.append(event.model_copy(update={"more": there[group] - MOST_EVENTS}))
        elif so_far[group] <= MOST_EVENTS:
            kept.append(event)
    return tuple(kept)


def _alike(event: Event) -> tuple[object, ...]:
    return event.rule, event.kind, event.severity, event.counts
