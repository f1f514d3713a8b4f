"""Which findings are looked at a second time before anybody is told, and what two looks say together. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace

from scanner.history.comparison import each_change
from scanner.history.events import Change
from scanner.history.known import KnownSite
from scanner.results.document import document
from scanner.results.result import Judged, OpenFinding, Requests, ScanResult, Status
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Found, Inconclusive, Passed, covers

SEEN_ONCE = "(Seen once; it could not be looked at again.)"
TWO_LOOKS = "Two looks at this did not agree; it is looked at again next time."


def doubted(known: KnownSite, result: ScanResult, rules: Mapping[str, Rule]) -> tuple[OpenFinding, ...]:
    """The findings that would raise a high or critical alarm: they are looked at a second time before anybody is told.

    What the owner himself has written down is no clearer at a second look.
    """
    alarming = {
        (event.rule, event.subject)
        for event in each_change(known, document(result), rules).events
        if event.kind in {Change.NEW, Change.CAME_BACK}
        and event.counts
        and event.severity.rank <= Severity.HIGH.rank
        and not (event.rule in rules and rules[event.rule].knows_all)
    }
    return tuple(found for found in result.findings if (found.rule.id, found.finding.subject) in alarming)


def agreed(first: ScanResult, second: ScanResult, findings: Iterable[OpenFinding]) -> ScanResult:
    """The first scan without those findings that a second look refuted: it examined their places again, and they were absent.

    findings: those that were looked at again. What was refuted is neither found nor examined; a rule that has nothing else to say
    becomes Inconclusive. What the second look could not see stays as it is and says that it was seen once: a firewall that shuts
    us out after the first look must not silence an alarm.
    """
    refuted: dict[str, set[str]] = {}
    once: dict[str, set[str]] = {}
    for found in findings:
        if (seen := _seen_again(found, second)) is not True:
            (once if seen is None else refuted).setdefault(found.rule.id, set()).add(found.finding.subject)
    return replace(
        first,
        judged=tuple(
            _without(_marked(judged, once.get(judged.rule.id, set())), refuted.get(judged.rule.id, set()))
            for judged in first.judged
        ),
        requests=_added(first.requests, second.requests),
        finished=max(first.finished, second.finished),
    )


def _seen_again(found: OpenFinding, second: ScanResult) -> bool | None:
    """Whether the second look found it again; None where it could not look."""
    if second.status in {Status.BLOCKED, Status.UNREACHABLE}:
        return None
    verdict = next((judged.verdict for judged in second.judged if judged.rule.id == found.rule.id), None)
    if isinstance(verdict, Found) and any(finding.subject == found.finding.subject for finding in verdict.findings):
        return True
    examined = set(verdict.examined if isinstance(verdict, Found | Passed) else ())
    return False if all(covers(examined, place) for place in found.finding.places) else None


def _marked(judged: Judged, subjects: Collection[str]) -> Judged:
    verdict = judged.verdict
    if not subjects or not isinstance(verdict, Found):
        return judged
    findings = tuple(
        replace(finding, shown=_seen_once(finding.shown)) if finding.subject in subjects else finding
        for finding in verdict.findings
    )
    return replace(judged, verdict=replace(verdict, findings=findings))


def _seen_once(shown: str) -> str:
    """Said in the first paragraph: that is what messages repeat."""
    first, gap, rest = shown.partition("\n\n")
    return f"{first} {SEEN_ONCE}".strip() + gap + rest


def _without(judged: Judged, subjects: Collection[str]) -> Judged:
    verdict = judged.verdict
    if not subjects or not isinstance(verdict, Found):
        return judged
    kept = tuple(finding for finding in verdict.findings if finding.subject not in subjects)
    doubtful = {place for finding in verdict.findings if finding.subject in subjects for place in finding.places}
    examined = tuple(place for place in verdict.examined if not any(covers((place,), one) for one in doubtful))
    return replace(judged, verdict=Found(kept, examined) if kept else Inconclusive(TWO_LOOKS, examined))


def _added(one: Requests, other: Requests) -> Requests:
    return Requests(**{field.name: getattr(one, field.name) + getattr(other, field.name) for field in fields(Requests)})
