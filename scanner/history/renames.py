"""What is known of a site, brought to the form that its rules have today. Pure.

A change is applied once to each site, when the first scan that was judged after it is compared; the site's knowledge says which
were. Where several rules may have a finding now, it is handed to each; the first scan that looks there shows whose it is, and the
others drop it without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from scanner.history.known import KnownFinding, KnownRule, KnownSite
from scanner.rules.renames import changes, makers
from scanner.rules.rule import Rule, Severity, Was
from scanner.rules.verdicts import MOST_PLACES


def renamed(known: KnownSite, rules: Mapping[str, Rule], wanted: Iterable[str] | None = None) -> KnownSite:
    """The same knowledge after changes of rules. rules: of this installation, by id. wanted: left out, all that they tell of."""
    told = changes(rules.values())
    due = set(told if wanted is None else wanted) - set(known.renames)
    if not due:
        return known
    by_rule = dict(known.rules)
    for change in told:
        if change in due:
            _apply(by_rule, makers(change, rules.values()), rules)
    return known.model_copy(update={"rules": by_rule, "renames": tuple(sorted({*known.renames, *due}))})


def _apply(by_rule: dict[str, KnownRule], made: tuple[tuple[Rule, Was], ...], rules: Mapping[str, Rule]) -> None:
    former = made[0][1].rule
    old = by_rule.get(former)
    if old is None:
        return
    itself = any(rule.id == former for rule, _ in made)
    kept: dict[str, KnownFinding] = {}
    moved: dict[str, dict[str, KnownFinding]] = {}
    for subject, finding in old.findings.items():
        forms = [(rule, now) for rule, was in made if (now := was.today(subject)) is not None]
        if not itself and (former in rules or not forms):
            kept[subject] = finding if not forms else finding.model_copy(update={"was": f"{former} {subject}"})
        several = len(forms) + (subject in kept) > 1
        for rule, now in forms:
            form = _as(finding, rule, now, f"{former} {subject}" if several else finding.was)
            there = moved.setdefault(rule.id, {})
            there[now] = _one(there[now], form) if now in there else form
    if itself or (former not in rules and not kept):
        del by_rule[former]
    else:
        by_rule[former] = old.model_copy(update={"findings": kept})
    for rule_id, findings in moved.items():
        # Without "conclusive": what else a rule of a new form finds is first seen, and no news.
        now_known = by_rule.get(rule_id, KnownRule())
        by_rule[rule_id] = now_known.model_copy(update={"findings": {**findings, **now_known.findings}})


def _as(finding: KnownFinding, rule: Rule, subject: str, was: str) -> KnownFinding:
    """A finding as one of another rule, or of another subject."""
    escalation = rule.escalation(subject)
    severity = escalation.severity if escalation else rule.severity
    graver = severity.rank <= Severity.HIGH.rank < finding.severity.rank
    reminded = finding.confirmed.date() if graver and finding.reminded is None else finding.reminded
    return finding.model_copy(update={"severity": severity, "was": was, "reminded": reminded})


def _one(one: KnownFinding, other: KnownFinding) -> KnownFinding:
    """Two findings that are one today: open if one is, accepted if all that is open is."""
    if one.open is not other.open:
        return one if one.open else other
    last = max(one, other, key=lambda finding: finding.confirmed)
    until: list[date | None] = [one.accepted_until, other.accepted_until]
    days = [day for day in (one.reminded, other.reminded) if day is not None]
    return last.model_copy(
        update={
            "since": min(one.since, other.since),
            "places": tuple(dict.fromkeys((*last.places, *one.places, *other.places)))[:MOST_PLACES],
            "sure": one.sure or other.sure,
            "accepted_until": min(day for day in until if day is not None) if None not in until else None,
            "reminded": max(days, default=None),
            "told": one.told or other.told,
            "was": one.was or other.was,
        }
    )
