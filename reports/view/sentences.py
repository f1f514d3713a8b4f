"""The whole result in a sentence, and what to do so that the next scan says more. Pure."""

from __future__ import annotations

from reports.i18n.language import Language, Said
from reports.view.model import GradeView
from scanner.results.result import ScanResult, Status
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence
from scanner.text.sanitize import sanitize


def grade_of(result: ScanResult) -> GradeView | None:
    """The grade with its tone; None where the scan has none."""
    grade = result.grade
    if grade is None:
        return None
    tone = "good" if grade.letter.startswith("A") else "fair" if grade.letter in {"B", "C"} else "poor"
    return GradeView(grade.letter, grade.score, grade.provisional, tone)


def sentence_of(result: ScanResult, grade: GradeView | None, language: Language) -> Said:
    """The whole result in one plain sentence."""
    if result.status is Status.UNREACHABLE:
        return language.say("sentence.unreachable")
    if result.status is Status.BLOCKED:
        return language.say("sentence.blocked")
    count = {severity: sum(f.counts and f.rule.severity is severity for f in result.findings) for severity in Severity}
    if n := count[Severity.CRITICAL]:
        return language.count("sentence.critical", n)
    if worst := next((severity for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW) if count[severity]), None):
        sentence = language.count(f"sentence.{worst}", count[worst])
    elif n := sum(found.accepted is None and found.finding.confidence is Confidence.POSSIBLE for found in result.findings):
        sentence = language.count("sentence.possible", n)
    elif n := sum(found.accepted is not None for found in result.findings):
        sentence = language.count("sentence.accepted", n)
    else:
        sentence = language.say("sentence.nothing")
    if result.status is Status.PARTIAL or (grade and grade.provisional):
        return language.say("sentence.partly", sentence=sentence[:1].lower() + sentence[1:])
    return sentence


def advice_of(result: ScanResult, language: Language) -> str:
    """What to do so that the next scan says more; "" where this one is complete, or where the reason says it already."""
    if result.status is Status.COMPLETE or "add --allow-private" in (result.because or ""):
        return ""
    return language.say(f"advice.{result.status}", version=sanitize(result.tool_version, 40) or "…")
