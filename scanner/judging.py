"""Checks + evidence → verdicts. Pure, but for the log line that a crashed check leaves."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from scanner.evidence import Probes, Proof, Unavailable
from scanner.gathering import Gathered, Nothing
from scanner.rules import Rule
from scanner.verdicts import Found, Inconclusive, NotApplicable, Passed, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule's verdict. ``defect`` is True where the check itself crashed."""

    rule: Rule
    verdict: Verdict
    defect: bool = False


def judge_all(rules: Iterable[Rule], gathered: Gathered) -> tuple[Judged, ...]:
    """Judge every rule, in order of area and id."""
    return tuple(judge_one(rule, gathered) for rule in sorted(rules, key=lambda rule: (rule.area, rule.id)))


def judge_one(rule: Rule, gathered: Gathered) -> Judged:
    """One rule's verdict. Missing evidence is Inconclusive without the check being called; a crash is too."""
    arguments: dict[str, Any] = {}
    try:
        for need in rule.needs:
            value = gathered.get(need.kind, Unavailable("This was not looked at."))
            if isinstance(value, Nothing):
                return Judged(rule, NotApplicable(value.because))
            if isinstance(value, Unavailable) and not need.takes_unavailable:
                return Judged(rule, Inconclusive(value.because))
            arguments[need.name] = narrowed(rule, value) if isinstance(value, Probes) else value
        verdict: object = rule.check(**arguments)
        if not isinstance(verdict, (Passed, Found, NotApplicable, Inconclusive)):
            raise TypeError(f"the check returned {verdict!r} and no verdict")
        return Judged(rule, verdict)
    except Exception as error:
        log.exception("the check %s crashed", rule.id)
        because = f"Our own defect in judging this ({type(error).__name__}); please report it."
        return Judged(rule, Inconclusive(because), defect=True)


def narrowed(rule: Rule, probes: Probes) -> Probes:
    """Only the answers to the paths that this rule declared, each with its declared proofs: no coupling between checks."""
    proofs: dict[str, tuple[Proof, ...]] = {}
    for probe in rule.wanted(probes.known):
        for place in probes.known.places(probe.path):
            proofs[place] = (*proofs.get(place, ()), probe.proof)
    by_place = {probed.place: probed for probed in probes.asked}
    asked = tuple(replace(by_place[place], proof=proof) for place, proof in proofs.items() if place in by_place)
    return replace(probes, asked=asked, skipped=tuple(place for place in probes.skipped if place in proofs))
