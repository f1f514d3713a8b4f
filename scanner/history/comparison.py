"""What was known + what was seen → what is known now, and events. Pure.

Known is, for each site and rule, the last conclusive state of every finding. Only a conclusive verdict (passed, found, not
applicable) moves it: whatever could not be looked at is carried as it was. So a night in which nothing could be judged, put
anywhere between two others, neither makes a finding event nor moves one to another night (``tests/laws/test_change_law.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from scanner.history.events import Change, Event, Health
from scanner.history.known import SETTLED, KnownFinding, KnownRule, KnownSite
from scanner.history.renames import renamed
from scanner.results.document import FindingPart, ScanDocument, VerdictPart
from scanner.results.grade import Letter, too_unclear
from scanner.results.result import Status
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence

MOST_EXAMINED = 2000
"""Places remembered a rule; a bound, far above what a scan examines."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When health events are due, in whole days (dates in UTC, so that a run a minute earlier than last week's counts)."""

    not_confirmed: int = 7
    check_dead: int = 14
    data_too_old: int = 180
    remind_first: int = 7
    remind_again: int = 30


@dataclass(frozen=True, slots=True)
class Comparison:
    """known: the new state. events: finding events first, each group in order of severity.

    before, after: grades. Where they differ, they are over the rules that had been judged before: what a release brings is no
    change.
    """

    known: KnownSite
    events: tuple[Event, ...]
    before: Letter | None = None
    after: Letter | None = None


def compare(
    known: KnownSite, seen: ScanDocument, rules: Mapping[str, Rule], limits: Limits = Limits(), *, answers: bool = False
) -> Comparison:
    """Compare one scan with what is known of its site.

    rules: of this installation, by id: what they say of findings of scans past. Of a rule that is not there nothing is said.
    answers: whether somebody waits for an answer about what he has just set up: then what is first seen there is a first look.
    """
    if seen.status in {Status.UNREACHABLE, Status.BLOCKED}:
        return _away(known, seen)
    former, known = known, renamed(known, rules, seen.tool.renames)
    health: list[Event] = []
    changes: list[Event] = []
    by_rule = dict(known.rules)
    if known.away is not None:
        health.append(_event(seen, Health.BACK, Severity.HIGH, since=known.away))
    just_set_up = not any(rule.conclusive for rule in known.rules.values())
    for verdict in seen.verdicts:
        step = _Step(known.rules.get(verdict.rule, KnownRule()), verdict, rules.get(verdict.rule), seen, limits)
        by_rule[verdict.rule] = step.known
        changes += step.changes
        health += step.health
    changes = list(_settled(known, by_rule, sorted(changes, key=_worst_first)))
    if answers and just_set_up:
        changes = [_as(Change.FIRST_LOOK, event) if event.kind is Change.FIRST_SEEN else event for event in changes]
    elif not answers:
        changes = [_as(Change.FIRST_SEEN, event) if event.kind is Change.FIRST_LOOK else event for event in changes]
    data_too_old = _days(_data_day(seen), seen.started) >= limits.data_too_old
    if data_too_old and not known.data_told:
        health.append(_event(seen, Health.DATA_TOO_OLD, Severity.MEDIUM, because=seen.tool.data_as_of))
    now = KnownSite(rules=by_rule, seen=seen.started, data_told=data_too_old, renames=known.renames)
    return Comparison(now, (*changes, *sorted(health, key=_worst_first)), *_grades(former, known, now, seen))


def first_look(seen: ScanDocument, rules: Mapping[str, Rule]) -> KnownSite:
    """What is known from one scan alone."""
    return compare(KnownSite(), seen, rules).known


class _Step:
    """One rule's verdict against what was known of the rule."""

    def __init__(self, known: KnownRule, verdict: VerdictPart, rule: Rule | None, seen: ScanDocument, limits: Limits) -> None:
        self._before, self._verdict, self._rule, self._seen, self._limits = known, verdict, rule, seen, limits
        self.changes: list[Event] = []
        self.health: list[Event] = []
        findings = dict(known.findings)
        match verdict.verdict:
            case "inconclusive":
                self.known = self._unclear(findings)
            case "not-applicable":
                self._close(findings, Change.NO_LONGER_APPLIES, lambda _subject, _finding: True)
                self.known = KnownRule(findings=findings, examined=known.examined, absent=True, conclusive=seen.started)
            case "passed" | "found":
                here, examined = {finding.subject for finding in verdict.findings}, set(verdict.examined)
                self._close(findings, Change.FIXED, lambda s, finding: s not in here and examined.issuperset(finding.places))
                for finding in verdict.findings:
                    findings[finding.subject] = self._found(findings.get(finding.subject), finding)
                self._not_confirmed(findings, here)
                self._count_what_is_left(findings)
                covered = sorted(examined.union(known.examined))[:MOST_EXAMINED]
                self.known = KnownRule(findings=findings, examined=tuple(covered), conclusive=seen.started)

    def _unclear(self, findings: dict[str, KnownFinding]) -> KnownRule:
        since, told = self._before.unclear or self._seen.started, self._before.told
        if not told and _days(since, self._seen.started) >= self._limits.check_dead:
            self._health(Health.CHECK_DEAD, self._verdict.severity, since=since, because=self._verdict.because or "")
            told = True
        self._not_confirmed(findings, set())
        return self._before.model_copy(update={"findings": findings, "unclear": since, "told": told})

    def _close(self, findings: dict[str, KnownFinding], change: Change, closes: Callable[[str, KnownFinding], bool]) -> None:
        for subject, finding in findings.items():
            if finding.open and closes(subject, finding):
                findings[subject] = finding.model_copy(update={"open": False, "told": False})
                self._change(change, subject, finding, since=finding.since)

    def _count_what_is_left(self, findings: Mapping[str, KnownFinding]) -> None:
        """A problem is mended when its last place is."""
        today = self._seen.started.date()
        left = sum(finding.open and finding.sure and not finding.accepted(today) for finding in findings.values())
        self.changes = [
            event.model_copy(update={"left": left}) if event.kind is Change.FIXED else event for event in self.changes
        ]

    def _found(self, before: KnownFinding | None, finding: FindingPart) -> KnownFinding:
        at, today = self._seen.started, self._seen.started.date()
        still = before if before is not None and before.open else None
        now = KnownFinding(
            severity=self._severity(finding.subject),
            shown=finding.shown,
            location=next(iter(finding.locations), ""),
            places=finding.places,
            since=still.since if still else at,
            confirmed=at,
            sure=finding.confidence is not Confidence.POSSIBLE or (still is not None and still.sure),
            accepted_until=finding.accepted.until if finding.accepted else None,
            reminded=still.reminded if still else None,
        )
        if still is None:
            self._change(Change.CAME_BACK if before is not None else self._appeared(finding), finding.subject, now)
        elif now.sure and not still.sure:
            self._change(Change.NEW, finding.subject, now)  # while it was merely possible, nobody was told
        if still and still.accepted_until and still.accepted_until < today and now.accepted_until is None:
            self._health(Health.RISK_EXPIRED, now.severity, finding.subject, now, because=still.accepted_until.isoformat())
        if now.sure and now.accepted_until is None and self._reminder_due(now, today):
            self._health(Health.STILL_OPEN, now.severity, finding.subject, now, since=now.since)
            now = now.model_copy(update={"reminded": today})
        return now

    def _severity(self, subject: str) -> Severity:
        """The verdict's, but for what weighs more than its rule."""
        escalation = self._rule.escalation(subject) if self._rule else None
        return escalation.severity if escalation else self._verdict.severity

    def _appeared(self, finding: FindingPart) -> Change:
        """New only where it can be known that it was not there before: some place of it was looked at, or nothing of its kind was
        there. A crawl that comes to a page for the first time makes no news of what was on it all along."""
        before = self._before
        if before.conclusive is None:
            return Change.FIRST_SEEN
        if not set(before.examined).isdisjoint(finding.places):
            return Change.NEW
        if self._rule is not None and self._rule.at_given_places:
            return Change.FIRST_LOOK  # the owner has written this place into the configuration since the last look
        return Change.NEW if before.absent else Change.FIRST_SEEN

    def _reminder_due(self, finding: KnownFinding, today: date) -> bool:
        if finding.severity.rank > Severity.HIGH.rank:
            return False
        if finding.reminded is None:
            return (today - finding.since.date()).days >= self._limits.remind_first
        return (today - finding.reminded).days >= self._limits.remind_again

    def _not_confirmed(self, findings: dict[str, KnownFinding], here: Collection[str]) -> None:
        for subject, finding in findings.items():
            late = _days(finding.confirmed, self._seen.started) >= self._limits.not_confirmed
            if finding.open and subject not in here and late and not finding.told and finding.was != SETTLED:
                self._health(Health.NOT_CONFIRMED, finding.severity, subject, finding, since=finding.confirmed)
                findings[subject] = finding.model_copy(update={"told": True})

    def _change(self, change: Change, subject: str, finding: KnownFinding, since: datetime | None = None) -> None:
        self.changes.append(self._of(change, finding.severity, subject, finding, since=since))

    def _health(
        self,
        health: Health,
        severity: Severity,
        subject: str = "",
        finding: KnownFinding | None = None,
        *,
        since: datetime | None = None,
        because: str = "",
    ) -> None:
        self.health.append(self._of(health, severity, subject, finding, since=since, because=because))

    def _of(
        self,
        kind: Change | Health,
        severity: Severity,
        subject: str,
        finding: KnownFinding | None,
        *,
        since: datetime | None = None,
        because: str = "",
    ) -> Event:
        today = self._seen.started.date()
        return _event(
            self._seen,
            kind,
            severity,
            rule=self._verdict.rule,
            subject=subject,
            shown=finding.shown if finding else "",
            location=finding.location if finding else "",
            because=because,
            since=since,
            counts=finding is None or (finding.sure and not finding.accepted(today)),
        )


def _as(kind: Change, event: Event) -> Event:
    return event.model_copy(update={"kind": kind})


def _away(known: KnownSite, seen: ScanDocument) -> Comparison:
    if known.away is not None:
        return Comparison(known, ())
    event = _event(seen, Health.UNREACHABLE, Severity.HIGH, because=seen.because or str(seen.status), since=known.seen)
    return Comparison(known.model_copy(update={"away": seen.started}), (event,))


def _event(seen: ScanDocument, kind: Change | Health, severity: Severity, **more: object) -> Event:
    return Event.model_validate({"site": seen.site.key, "at": seen.started, "kind": kind, "severity": severity, **more})


def _settled(known: KnownSite, by_rule: dict[str, KnownRule], changes: Iterable[Event]) -> Iterator[Event]:
    """The changes without those of findings that other findings may be instead, since a change of their rules.

    Once one is seen again, the others were never there, and are forgotten when they close; where none is, one closes aloud.
    """
    waiting = {
        (rule, subject): found for rule, one in known.rules.items() for subject, found in one.findings.items() if found.was
    }
    seen: set[str] = {SETTLED}
    open_: set[str] = set()
    for (rule, subject), before in waiting.items():
        now = by_rule[rule].findings[subject]
        if now.open:
            (open_ if now.was else seen).add(before.was)
    for event in changes:
        was = waiting[event.rule, event.subject].was if (event.rule, event.subject) in waiting else ""
        if not was or event.kind not in {Change.FIXED, Change.NO_LONGER_APPLIES}:
            yield event
        elif was not in seen and was not in open_:
            seen.add(was)
            yield event
        else:
            _put(by_rule, event.rule, event.subject, None)
    for (rule, subject), before in waiting.items():
        left = by_rule[rule].findings.get(subject)
        if left is not None and left.open and left.was and before.was in seen:
            _put(by_rule, rule, subject, left.model_copy(update={"was": SETTLED}))


def _put(by_rule: dict[str, KnownRule], rule: str, subject: str, finding: KnownFinding | None) -> None:
    findings = {name: found for name, found in by_rule[rule].findings.items() if name != subject}
    if finding is not None:
        findings[subject] = finding
    by_rule[rule] = by_rule[rule].model_copy(update={"findings": findings})


def _grades(former: KnownSite, known: KnownSite, now: KnownSite, seen: ScanDocument) -> tuple[Letter | None, Letter | None]:
    """Before and after; both are today's where nothing changed over the rules that had been judged before, in today's form.

    None where a scan would have none: it was limited, or too much of what matters was never judged.
    """
    never = [(one.severity, one.area) for one in seen.verdicts if now.rules[one.rule].conclusive is None]
    if (seen.limited is not None and seen.grade is None) or too_unclear(never):
        return None, None
    ran, today = {verdict.rule for verdict in seen.verdicts}, seen.started.date()
    judged = {
        rule
        for rule, one in known.rules.items()
        if rule in ran
        and one.conclusive is not None
        and one is former.rules.get(rule)
        and not any(found.open and found.was for found in one.findings.values())
    }
    before, after = known.letter(judged, today), now.letter(judged, today)
    if before is None or before == after:
        letter = now.letter(ran, today)
        return (letter if before else None), letter
    return before, after


def _data_day(seen: ScanDocument) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(seen.tool.data_as_of), datetime.min.time(), UTC)
    except ValueError:  # an older recording knows no such day
        return seen.started


def _days(since: datetime, now: datetime) -> int:
    return (now.date() - since.date()).days


def _worst_first(event: Event) -> tuple[int, str, str, str]:
    return event.severity.rank, event.kind, event.rule, event.subject
