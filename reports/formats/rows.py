"""A scan's result as flat rows, one a finding and one a rule without any: what the formats for programs are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from reports.view.model import ReportView
from scanner.results.result import OpenFinding, ScanResult
from scanner.rules.rule import Rule
from scanner.rules.standards import NO_STANDARDS, Standards
from scanner.rules.verdicts import Confidence, Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.text.sanitize import sanitize

Kind = Literal["found", "passed", "not-applicable", "inconclusive"]
_SHOWN = 2000
_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, or one rule that found nothing. All texts are plain and may be shown; ``shown`` may have several lines.

    because: why a rule passed, does not apply or could not be judged, or "". id, subject, shown and confidence: "" without a
    finding. accepted, until: the owner's reason and the last day (ISO 8601) where the risk is accepted. counts: whether it
    touches the grade. defect: whether our own check crashed. standards: where the rule stands in catalogues.
    """

    rule: Rule
    title: str
    kind: Kind
    because: str = ""
    id: str = ""
    subject: str = ""
    shown: str = ""
    locations: tuple[str, ...] = ()
    confidence: str = ""
    accepted: str = ""
    until: str = ""
    counts: bool = False
    defect: bool = False
    standards: Standards = NO_STANDARDS


def rows(view: ReportView, result: ScanResult) -> tuple[Row, ...]:
    """Every rule that ran, in order of area and id, its findings by subject."""
    titles = _titles(view)
    found: dict[str, list[OpenFinding]] = {}
    for finding in result.findings:
        found.setdefault(finding.rule.id, []).append(finding)
    made = []
    for judged in result.judged:
        title = titles.get(judged.rule.id, judged.rule.id)
        standards = view.standards[judged.rule.id]
        if findings := found.get(judged.rule.id):
            made += [_finding(one, title, judged.defect, standards) for one in findings]
        else:
            made.append(Row(judged.rule, title, *_outcome(judged.verdict), defect=judged.defect, standards=standards))
    return tuple(made)


def _finding(found: OpenFinding, title: str, defect: bool, standards: Standards) -> Row:
    finding, accepted = found.finding, found.accepted
    return Row(
        rule=found.rule,
        title=title,
        kind="found",
        id=found.id,
        subject=sanitize(finding.subject, _ADDRESS),
        shown=sanitize(finding.shown, _SHOWN, lines=True),
        locations=tuple(sanitize(address, _ADDRESS) for address in finding.locations),
        confidence=str(Confidence(finding.confidence)),
        accepted=sanitize(accepted.reason) or "accepted" if accepted else "",
        until=accepted.until.isoformat() if accepted else "",
        counts=found.counts,
        defect=defect,
        standards=standards,
    )


def _outcome(verdict: Verdict) -> tuple[Kind, str]:
    match verdict:
        case Passed(_, because):
            return "passed", sanitize(because or "")
        case NotApplicable(because):
            return "not-applicable", sanitize(because)
        case Inconclusive(because):
            return "inconclusive", sanitize(because)
        case Found():
            return "found", ""


def _titles(view: ReportView) -> dict[str, str]:
    return dict(_entitled(view))


def _entitled(view: ReportView) -> Iterator[tuple[str, str]]:
    for lists in (view.passed, view.unchecked, view.not_applicable):
        yield from ((line.rule, line.title) for group in lists for line in group.lines)
    yield from ((accepted.rule, accepted.title) for accepted in view.accepted)
    yield from ((card.rule, card.title) for group in view.groups for card in group.cards)
