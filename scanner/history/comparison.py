"""What was known + what was seen → what is known now, and events. Pure.

Known is, for each site and rule, the last conclusive state of every finding. Only a conclusive verdict (passed, found, not
applicable) moves it: whatever could not be looked at is carried as it was. So a night in which nothing could be judged, put
anywhere between two others, neither makes a finding event nor moves one to another night (``tests/laws/test_change_law.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from scanner.evidence.probes import FURTHER
from scanner.history import bounds
from scanner.history.events import Change, Event, Health
from scanner.history.known import SETTLED, KnownFinding, KnownRule, KnownSite
from scanner.history.renames import renamed
from scanner.results.document import FindingPart, ScanDocument, VerdictPart
from scanner.results.grade import UNGRADED, Letter, too_unclear
from scanner.results.result import Status
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import EVERY_GIVEN_PLACE, Confidence, covers

MOST_SHOWN = 1000
"""Characters of what a finding shows that are remembered."""


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
    """known: the new state. events: finding events first, each group in order of severity; of many alike the last says how many
    more there were.

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
    step = each_change(known, seen, rules, limits, answers=answers)
    return replace(step, events=bounds.told(step.events))


def each_change(
    known: KnownSite, seen: ScanDocument, rules: Mapping[str, Rule], limits: Limits = Limits(), *, answers: bool = False
) -> Comparison:
    """As ``compare``, with every event, however many are alike."""
    former, known = known, renamed(known, rules, seen.tool.renames)
    if seen.status in {Status.UNREACHABLE, Status.BLOCKED}:
        return _away(known, seen, rules, limits, answers=answers)
    by_rule, changes, health = _judged(known, seen, seen.verdicts, rules, limits, answers=answers)
    if known.away is not None:
        health.append(_event(seen, Health.BACK, Severity.HIGH, since=known.away))
    data_too_old = _days(_data_day(seen), seen.started) >= limits.data_too_old
    if data_too_old and not known.data_told:
        health.append(_event(seen, Health.DATA_TOO_OLD, Severity.MEDIUM, because=seen.tool.data_as_of))
    came = seen.coverage.long_tail
    now = KnownSite(
        rules=by_rule,
        seen=seen.started,
        data_told=data_too_old,
        tail=came.asked if came.of else known.tail,
        renames=known.renames,
    )
    return Comparison(now, (*changes, *sorted(health, key=_worst_first)), *_grades(former, known, now, seen))


def _judged(
    known: KnownSite,
    seen: ScanDocument,
    verdicts: Iterable[VerdictPart],
    rules: Mapping[str, Rule],
    limits: Limits,
    *,
    answers: bool,
) -> tuple[dict[str, KnownRule], list[Event], list[Event]]:
    """These verdicts against what was known: what is known now by rule, the changes, and what is due by time."""
    by_rule, changes, health = dict(known.rules), list[Event](), list[Event]()
    for verdict in verdicts:
        step = _Step(known.rules.get(verdict.rule, KnownRule()), verdict, rules.get(verdict.rule), seen, limits)
        by_rule[verdict.rule] = step.known
        changes += step.changes
        health += step.health
    changes = [_next_step(known, event, rules.get(event.rule)) for event in changes]
    changes = list(_settled(known, by_rule, sorted(changes, key=_worst_first)))
    if not answers:
        return by_rule, [_in_place_of(Change.FIRST_LOOK, Change.FIRST_SEEN, event) for event in changes], health
    looked = [rule for rule, one in known.rules.items() if one.conclusive]
    seen_before = any(_by_the_shop(rules, rule) for rule in looked)
    changes = [
        event
        if (seen_before if _by_the_shop(rules, event.rule) else looked)
        else _in_place_of(Change.FIRST_SEEN, Change.FIRST_LOOK, event)
        for event in changes
    ]
    return by_rule, changes, health


def _by_the_shop(rules: Mapping[str, Rule], rule: str) -> bool:
    """Whether the shop has to be there for a rule: only the configuration was looked at where it never was."""
    return not (rule in rules and rules[rule].knows_all)


def first_look(seen: ScanDocument, rules: Mapping[str, Rule]) -> KnownSite:
    """What is known from one scan alone."""
    return compare(KnownSite(), seen, rules).known


class _Step:
    """One rule's verdict against what was known of the rule."""

    def __init__(self, known: KnownRule, verdict: VerdictPart, rule: Rule | None, seen: ScanDocument, limits: Limits) -> None:
        self._before, self._verdict, self._rule, self._seen, self._limits = known, verdict, rule, seen, limits
        self.changes: list[Event] = []
        self.health: list[Event] = []
        self._graded = verdict.area not in UNGRADED
        findings = bounds.still_remembered(known.findings, seen.started)
        match verdict.verdict:
            case "inconclusive":
                self.known = self._unclear(findings)
            case "not-applicable":
                self._close(findings, Change.NO_LONGER_APPLIES, lambda _subject, _finding: True)
                self.known = KnownRule(
                    findings=findings, examined=known.examined, absent=True, conclusive=seen.started, graded=self._graded
                )
            case "passed" | "found":
                here, examined = {finding.subject for finding in verdict.findings}, set(verdict.examined)
                self._close(
                    findings,
                    Change.FIXED,
                    lambda s, finding: s not in here and all(covers(examined, one) for one in finding.places),
                )
                if (self._rule is not None and self._rule.knows_all) or EVERY_GIVEN_PLACE in examined:
                    self._close(findings, Change.NO_LONGER_APPLIES, lambda s, _finding: s not in here)
                for finding in verdict.findings:
                    findings[finding.subject] = self._found(findings.get(finding.subject), finding)
                findings, left_out = self._in_bounds(findings, here)
                self.health += _as_time_goes_on(verdict.rule, findings, here, seen, limits)
                self._count_what_is_left(findings, left_out)
                needed = {place for finding in findings.values() if finding.open for place in finding.places}
                covered = bounds.places(examined, known.examined, needed)
                self.known = KnownRule(
                    findings=findings, left_out=left_out, examined=covered, conclusive=seen.started, graded=self._graded
                )

    def _unclear(self, findings: dict[str, KnownFinding]) -> KnownRule:
        since, told = self._before.unclear or self._seen.started, self._before.told
        if not told and _days(since, self._seen.started) >= self._limits.check_dead:
            self._health(Health.CHECK_DEAD, self._verdict.severity, since=since, because=self._verdict.because or "")
            told = True
        self.health += _as_time_goes_on(self._verdict.rule, findings, (), self._seen, self._limits)
        return self._before.model_copy(update={"findings": findings, "unclear": since, "told": told})

    def _close(self, findings: dict[str, KnownFinding], change: Change, closes: Callable[[str, KnownFinding], bool]) -> None:
        for subject, finding in findings.items():
            if finding.open and closes(subject, finding):
                findings[subject] = finding.model_copy(update={"open": False, "told": False, "closed": self._seen.started})
                self._change(change, subject, finding, since=finding.since)

    def _in_bounds(
        self, findings: Mapping[str, KnownFinding], here: Collection[str]
    ) -> tuple[dict[str, KnownFinding], dict[Severity, int]]:
        """What is remembered one by one, and how many more are open. Of what was only counted before, and still is, there is
        nothing to tell.

        Where something that is remembered was not looked at tonight, what is only counted may not have been looked at either:
        then it is not taken to be less than before.
        """
        before = self._before
        kept, left_out = bounds.subjects(findings, before.findings, self._seen.started)
        if before.left_out:
            self.changes = [one for one in self.changes if one.kind is not Change.FIRST_SEEN or one.subject in kept]
            if any(one.open and subject not in here for subject, one in kept.items()):
                both = {*before.left_out, *left_out}
                left_out = {one: max(before.left_out.get(one, 0), left_out.get(one, 0)) for one in both}
        return kept, left_out

    def _count_what_is_left(self, findings: Mapping[str, KnownFinding], left_out: Mapping[Severity, int]) -> None:
        """A problem is mended when its last place is."""
        today = self._seen.started.date()
        left = sum(finding.open and finding.sure and not finding.accepted(today) for finding in findings.values())
        left += sum(left_out.values())
        self.changes = [
            event.model_copy(update={"left": left}) if event.kind is Change.FIXED else event for event in self.changes
        ]

    def _found(self, before: KnownFinding | None, finding: FindingPart) -> KnownFinding:
        at, today = self._seen.started, self._seen.started.date()
        still = before if before is not None and before.open else None
        now = KnownFinding(
            severity=self._severity(finding.subject),
            shown=finding.shown[:MOST_SHOWN],
            location=next(iter(finding.locations), ""),
            places=finding.places,
            since=still.since if still else at,
            confirmed=at,
            sure=finding.confidence is not Confidence.POSSIBLE or (still is not None and still.sure),
            accepted_until=finding.accepted.until if finding.accepted else None,
            reminded=still.reminded if still else None,
        )
        if still is None:
            self._change(Change.CAME_BACK if before is not None else self._appeared(finding, now), finding.subject, now)
        elif now.sure and not still.sure:
            self._change(Change.NEW, finding.subject, now)  # while it was merely possible, nobody was told
        if still and still.accepted_until and still.accepted_until < today and now.accepted_until is None:
            self._health(Health.RISK_EXPIRED, now.severity, finding.subject, now, because=still.accepted_until.isoformat())
        return now

    def _severity(self, subject: str) -> Severity:
        """The verdict's, but for what weighs more than its rule."""
        escalation = self._rule.escalation(subject) if self._rule else None
        return escalation.severity if escalation else self._verdict.severity

    def _appeared(self, finding: FindingPart, now: KnownFinding) -> Change:
        """New only where it can be known that it was not there before: some place of it was looked at, or nothing of its kind was
        there. A crawl that comes to a page for the first time makes no news of what was on it all along, and it may be one of
        those that were only counted, which are no worse than what was remembered."""
        before = self._before
        if now.shown.startswith(FURTHER) and now.severity.rank <= Severity.HIGH.rank and before.conclusive is not None:
            return Change.NEW  # no usual look would have come upon it, so nobody was ever told
        if before.conclusive is None or any(one.rank <= now.severity.rank for one in before.left_out):
            return Change.FIRST_SEEN
        looked_at = set(before.examined)
        if any(covers(looked_at, place) for place in finding.places):
            return Change.NEW
        if self._rule is not None and self._rule.at_given_places:
            return Change.FIRST_LOOK  # the owner has written this place into the configuration since the last look
        return Change.NEW if before.absent else Change.FIRST_SEEN

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
        return _event(
            self._seen, kind, severity, rule=self._verdict.rule, subject=subject, finding=finding, since=since, because=because
        )


def _as_time_goes_on(
    rule: str, findings: dict[str, KnownFinding], here: Collection[str], seen: ScanDocument, limits: Limits
) -> list[Event]:
    """What is due because time went by, whether or not anything could be looked at: the findings are changed accordingly.

    here: what was seen tonight. What is high or critical is brought to mind as long as it is open, and what could not be looked
    at for too long is told once.
    """
    due, today = [], seen.started.date()
    tell = partial(_event, seen, rule=rule)
    for subject, one in findings.items():
        if not one.open or one.was == SETTLED:
            continue
        changed: dict[str, object] = {}
        if _reminder_due(one, today, limits):
            last = "" if subject in here else one.confirmed.date().isoformat()
            due.append(tell(Health.STILL_OPEN, one.severity, subject=subject, finding=one, since=one.since, because=last))
            changed["reminded"] = today
        if subject not in here and not one.told and _days(one.confirmed, seen.started) >= limits.not_confirmed:
            due.append(tell(Health.NOT_CONFIRMED, one.severity, subject=subject, finding=one, since=one.confirmed))
            changed["told"] = True
        if changed:
            findings[subject] = one.model_copy(update=changed)
    return due


def _reminder_due(finding: KnownFinding, today: date, limits: Limits) -> bool:
    if finding.severity.rank > Severity.HIGH.rank or not finding.sure or finding.accepted(today):
        return False
    if finding.reminded is None:
        return (today - finding.since.date()).days >= limits.remind_first
    return (today - finding.reminded).days >= limits.remind_again


def _as(kind: Change, event: Event) -> Event:
    return event.model_copy(update={"kind": kind})


def _in_place_of(old: Change, new: Change, event: Event) -> Event:
    return _as(new, event) if event.kind is old else event


def _away(known: KnownSite, seen: ScanDocument, rules: Mapping[str, Rule], limits: Limits, *, answers: bool) -> Comparison:
    """Nothing of the shop was seen, so nothing of it is compared; what is open is brought to mind all the same. What stands in
    the configuration is there as ever: a review is due whether or not the shop is."""
    ran = {verdict.rule for verdict in seen.verdicts} or known.rules.keys()
    own = [one for one in seen.verdicts if not _by_the_shop(rules, one.rule) and one.verdict != "inconclusive"]
    by_rule, changes, events = _judged(known, seen, own, rules, limits, answers=answers)
    if known.away is None:
        because = seen.because or str(seen.status)
        events.append(_event(seen, Health.UNREACHABLE, Severity.HIGH, because=because, since=known.seen))
    for rule in (known.rules.keys() & ran) - {verdict.rule for verdict in own}:
        findings = dict(known.rules[rule].findings)
        events += _as_time_goes_on(rule, findings, (), seen, limits)
        by_rule[rule] = known.rules[rule].model_copy(update={"findings": findings})
    now = known.model_copy(update={"rules": by_rule, "away": known.away or seen.started})
    return Comparison(now, (*changes, *sorted(events, key=_worst_first)))


def _event(
    seen: ScanDocument, kind: Change | Health, severity: Severity, *, finding: KnownFinding | None = None, **more: object
) -> Event:
    """An event of this scan, about a finding or not. more: further fields of Event."""
    about = {"site": seen.site.key, "at": seen.started, "kind": kind, "severity": severity, **more}
    if finding is not None:
        counts = finding.sure and not finding.accepted(seen.started.date())
        about |= {"shown": finding.shown, "location": finding.location, "counts": counts}
    return Event.model_validate(about)


def _next_step(known: KnownSite, event: Event, rule: Rule | None) -> Event:
    """A finding that is what a fix leaves for later: one of the rules that it is the next step of was open at the same subject
    when this one was judged last, or is until now."""
    if rule is None or event.kind not in {Change.NEW, Change.CAME_BACK, Change.FIRST_SEEN}:
        return event
    judged = known.rules.get(rule.id, KnownRule()).conclusive
    for other in rule.next_step_of:
        first = known.rules.get(other, KnownRule()).findings.get(event.subject)
        if first is not None and (first.open or judged is None or (first.closed is not None and first.closed > judged)):
            return _as(Change.NEXT_STEP, event)
    return event


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
        now = by_rule[rule].findings.get(subject)
        if now is not None and now.open:
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
    graded = (one for one in seen.verdicts if one.area not in UNGRADED)
    never = [(one.severity, one.area) for one in graded if now.rules[one.rule].conclusive is None]
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
