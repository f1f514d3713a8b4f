"""Scans of nights, made up for comparisons: short words for documents.

A verdict is written as ``"passed /a /b"`` (examined places), ``"found x@/a y@/b + /c"`` (subject@place, further examined places
after ``+``; ``x?@/a`` is merely possible, ``x!@/a`` accepted until 2026-06-30), ``"na"`` or ``"unclear"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial

from scanner.history.comparison import Comparison, Limits, compare
from scanner.history.events import Event
from scanner.history.known import KnownSite
from scanner.results.document import (
    AcceptedPart,
    CountsPart,
    FindingPart,
    RequestsPart,
    ScanDocument,
    SitePart,
    ToolPart,
    VerdictPart,
)
from scanner.results.result import Status, finding_id
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence

KEY = "petalandstem.example"
NO_RULES: Mapping[str, Rule] = {}
"""For comparisons that need nothing of what rules say."""
compared = partial(compare, rules=NO_RULES, limits=Limits())
FIRST = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
UNTIL = date(2026, 6, 30)
SEVERITIES = {"exposed-config": Severity.CRITICAL, "ssh-password-login": Severity.MEDIUM, "third-party-script": Severity.INFO}


def verdict(rule: str, said: str) -> VerdictPart:
    """One rule's verdict, as the module's docstring writes it."""
    word, *rest = said.split()
    examined, findings = set(), []
    if word == "found":
        told, _, more = said.partition(" + ")
        examined |= set(more.split())
        for one in told.split()[1:]:
            subject, _, place = one.rpartition("@")
            accepted = AcceptedPart(reason="Known.", until=UNTIL) if subject.endswith("!") else None
            confidence = Confidence.POSSIBLE if subject.endswith("?") else Confidence.CERTAIN
            name = subject.rstrip("!?")
            findings.append(
                FindingPart(
                    id=finding_id(KEY, rule, name),
                    subject=name,
                    shown=f"What {name} shows",
                    locations=(f"https://{KEY}{place}",),
                    places=tuple(place.split(",")),
                    confidence=confidence,
                    accepted=accepted,
                )
            )
            examined |= set(place.split(","))
    elif word == "passed":
        examined = set(rest)
    return VerdictPart(
        rule=rule,
        area=rule.partition("-")[0],
        severity=SEVERITIES.get(rule, Severity.HIGH),
        verdict={"na": "not-applicable", "unclear": "inconclusive"}.get(word, word),
        because="The server did not answer." if word == "unclear" else None,
        examined=tuple(sorted(examined)),
        findings=tuple(findings),
    )


def night(
    day: int,
    verdicts: dict[str, str] | None = None,
    *,
    status: Status = Status.COMPLETE,
    key: str = KEY,
    data_as_of: str = "2026-02-01",
    minutes: int = 0,
) -> ScanDocument:
    """A scan ``day`` days after FIRST."""
    started = FIRST + timedelta(days=day, minutes=minutes)
    parts = tuple(verdict(rule, said) for rule, said in sorted((verdicts or {}).items()))
    counted = [f for part in parts for f in part.findings if f.accepted is None]
    return ScanDocument(
        tool=ToolPart(version="1", data_as_of=data_as_of),
        site=SitePart(key=key, url=f"https://{key}/", host=key, name=key, addresses=(), platform=None),
        started=started,
        finished=started + timedelta(seconds=40),
        seconds=40.0,
        status=status,
        because=None if status is Status.COMPLETE else "The name could not be looked up.",
        notes=(),
        grade=None if status in {Status.BLOCKED, Status.UNREACHABLE} else "C" if counted else "A",
        provisional=False,
        score=None,
        counts=CountsPart(critical=0, high=len(counted), medium=0, low=0, info=0),
        verdicts=parts,
        requests=RequestsPart(http=1, tls=0, dns=0, ftp=0, ssh=0, other=0, bytes_received=1),
    )


def nights_of(*said: str, rule: str = "exposed-log") -> list[ScanDocument]:
    """One scan a night of one rule; ``"-"`` is a night without the rule, ``"away"`` and ``"blocked"`` speak of the site."""
    return [
        night(day, status=Status.UNREACHABLE if word == "away" else Status.BLOCKED)
        if word in {"away", "blocked"}
        else night(day, {} if word == "-" else {rule: word})
        for day, word in enumerate(said)
    ]


def run(documents: Iterable[ScanDocument]) -> tuple[list[Comparison], KnownSite]:
    """Compare one after another."""
    known, steps = KnownSite(), []
    for document in documents:
        step = compared(known, document)
        known = step.known
        steps.append(step)
    return steps, known


def told(events: Iterable[Event]) -> list[str]:
    """``day kind subject`` of each event."""
    return [f"{(event.at - FIRST).days} {event.kind} {event.subject}".rstrip() for event in events]
