"""Test again only what is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from scanner.engine.catalogue import Catalogue
from scanner.engine.revisiting import only
from scanner.engine.scan import Order
from scanner.history.known import KnownFinding
from scanner.history.renames import renamed
from scanner.history.store import REACHED, History
from scanner.history.trend import MOST_SCANS, known_from
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence, covers
from scanner.scope.tail import NO_TAIL
from scanner.scope.target import Target
from scanner.settings.models import Settings
from shopwarden.operations.errors import Refused
from shopwarden.operations.order import order_of
from shopwarden.operations.recorded import key_of

Open = tuple[str, str, KnownFinding]
"""Rule, subject, and what is known of it."""


class Now(StrEnum):
    """What became of a finding."""

    FIXED = "fixed"
    STILL_THERE = "still there"
    ACCEPTED = "accepted"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Recheck:
    """What is to be tested again. order: None where nothing is open."""

    key: str
    open: tuple[Open, ...]
    order: Order | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule's findings, looked at again. subjects: what is now so. fixed, of: how many are mended. because: why one could not be
    checked.
    """

    rule: str
    now: Now
    severity: Severity
    subjects: tuple[str, ...]
    fixed: int
    of: int
    because: str = ""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """One finding, looked at again. counts: whether it is still a problem: there, and neither accepted nor merely possible.

    because: why it could not be checked, if somebody said so.
    """

    rule: str
    subject: str
    finding: KnownFinding
    now: Now
    because: str = ""
    counts: bool = False


def recheck_of(
    history: History, site: str, rules: Collection[str], settings: Settings, given: Mapping[str, Any], catalogue: Catalogue
) -> Recheck:
    """What is open of a recorded shop, and the order to look at that alone.

    site: its key, address, host or name. rules: of these alone, if any are given. given: what the caller says of scans. Raises
    Refused and BadSettings.
    """
    key = key_of(history, site)
    last = next((past for past in history.scans(key) if past.status in REACHED), None)
    if last is None:
        raise Refused(f"{key}: no scan is recorded that reached it; run shopwarden scan first")
    newest, known = history.document(last.id), history.known(key)
    if known.seen is None or known.seen < newest.started:
        known = known_from(history.documents(key, MOST_SCANS), catalogue.rules)
    known = renamed(known, catalogue.rules)
    for rule in rules:
        if rule not in catalogue.rules:
            raise Refused(catalogue.no_such_rule(rule))
    open_ = tuple(one for one in known.open_findings if (not rules or one[0] in rules) and one[0] in catalogue.rules)
    if not open_:
        return Recheck(key, (), None)
    typed = Target.of(newest.site.url)
    followed = {} if newest.site.host in typed.names else {"follow": True}  # as the owner wanted then
    configured = settings.site_for(typed)
    address = configured.url if configured else typed.url
    order = replace(order_of(address, settings, followed | dict(given), catalogue), seed=history.seed(), tail=NO_TAIL)
    return Recheck(key, open_, only(order, catalogue, [(rule, finding.to_visit) for rule, _, finding in open_]))


def by_problem(again: Iterable[Rechecked]) -> tuple[Problem, ...]:
    """One a rule, the worst first. It is fixed where all of it is; else it is as bad as its worst place."""
    by_rule: dict[str, list[Rechecked]] = {}
    for one in again:
        by_rule.setdefault(one.rule, []).append(one)
    return tuple(_problem(ones) for ones in by_rule.values())


def _problem(ones: Sequence[Rechecked]) -> Problem:
    order = (Now.STILL_THERE, Now.NOT_CHECKED, Now.ACCEPTED, Now.FIXED)
    worst = min(ones, key=lambda one: order.index(one.now))
    fixed = sum(one.now is Now.FIXED for one in ones)
    severity = min((one.finding.severity for one in ones), key=lambda severity: severity.rank)
    subjects = tuple(one.subject for one in ones if one.now is worst.now)
    return Problem(worst.rule, worst.now, severity, subjects, fixed, len(ones), worst.because)


def judged_again(open_: Sequence[Open], result: ScanResult) -> Iterator[Rechecked]:
    """What became of each. It is fixed only where all its places were examined again and it is absent."""
    verdicts = {verdict.rule: verdict for verdict in document(result).verdicts}
    for rule, subject, finding in open_:
        verdict = verdicts.get(rule)
        seen = next((one for one in verdict.findings if one.subject == subject), None) if verdict is not None else None
        if seen is not None and seen.accepted is not None:
            yield Rechecked(rule, subject, finding, Now.ACCEPTED)
        elif seen is not None:
            yield Rechecked(rule, subject, finding, Now.STILL_THERE, counts=seen.confidence is not Confidence.POSSIBLE)
        elif (
            verdict is not None
            and verdict.verdict in {"passed", "found"}
            and all(covers(verdict.examined, one) for one in finding.places)
        ):
            yield Rechecked(rule, subject, finding, Now.FIXED)
        else:
            yield Rechecked(rule, subject, finding, Now.NOT_CHECKED, (verdict.because or "") if verdict is not None else "")
