"""The whole result in a sentence, and what to do so that the next scan says more. Pure."""

from __future__ import annotations

from collections import Counter

from reports.i18n.language import Language, Said
from reports.view.model import GradeView
from scanner.results.grade import Ungraded
from scanner.results.result import ScanResult, Status
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence
from scanner.text.sanitize import sanitize


def grade_of(result: ScanResult, language: Language) -> GradeView | None:
    """The grade with its tone; None where the scan has none."""
    grade = result.grade
    if grade is None:
        return None
    tone = "good" if grade.letter.startswith("A") else "fair" if grade.letter in {"B", "C"} else "poor"
    return GradeView(grade.letter, grade.score, _provisional(result, language) if grade.provisional else "", tone)


def _provisional(result: ScanResult, language: Language) -> str:
    """Why a grade is provisional."""
    if limited := result.limited:
        return language.count("page.because_limited", limited.of - limited.rules, of=language.number(limited.of))
    unchecked = language.number(len(result.inconclusive))
    return language.count("page.because_provisional", len(result.judged), unchecked=unchecked)


def caveat_of(result: ScanResult, language: Language) -> tuple[Said, ...]:
    """What is said before everything else, where a scan that reached the shop cannot speak for the whole of it: sentences."""
    if result.ungraded is Ungraded.UNCLEAR:
        unchecked = language.number(len(result.inconclusive))
        return (language.count("caveat.unclear", len(result.judged), unchecked=unchecked),)
    if (limited := result.limited) is None or result.ungraded not in {None, Ungraded.LIMITED}:
        return ()
    made = language.count("caveat.limited", limited.rules, of=language.number(limited.of))
    why = language.repeat(sanitize(limited.because))
    return (made, why) if result.ungraded is None else (made, language.say("caveat.no_grade"), why)


def sentence_of(result: ScanResult, grade: GradeView | None, language: Language) -> Said:
    """The whole result in one plain sentence. It counts problems: rules with findings, at however many places."""
    if result.status is Status.UNREACHABLE:
        return language.say("sentence.unreachable")
    if result.status is Status.BLOCKED:
        return language.say("sentence.blocked")
    open_ = {found.rule.id: found.rule.severity for found in result.findings if found.counts}
    count = Counter(open_.values())
    if n := count[Severity.CRITICAL]:
        sentence = language.count("sentence.critical", n)
    elif worst := next((severity for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW) if count[severity]), None):
        sentence = language.count(f"sentence.{worst}", count[worst])
    elif n := len({f.rule.id for f in result.findings if f.accepted is None and f.finding.confidence is Confidence.POSSIBLE}):
        sentence = language.count("sentence.possible", n)
    elif n := len({found.rule.id for found in result.findings if found.accepted is not None}):
        sentence = language.count("sentence.accepted", n)
    else:
        sentence = language.say("sentence.nothing")
    ungraded = grade is None and result.ungraded is not Ungraded.LETTERS
    if result.status is Status.PARTIAL or ungraded or (grade is not None and grade.provisional):
        return language.say("sentence.partly", sentence=sentence[:1].lower() + sentence[1:])
    return sentence


def advice_of(result: ScanResult, language: Language) -> str:
    """What to do so that the next scan says more; "" where this one is complete, or where the reason says it already."""
    if result.status is Status.COMPLETE or "add --allow-private" in (result.because or ""):
        return ""
    return language.say(f"advice.{result.status}", version=sanitize(result.tool_version, 40) or "…")
