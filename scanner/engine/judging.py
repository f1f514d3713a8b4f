"""Checks + evidence → verdicts. Pure, but for the log line that a crashed check leaves."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from scanner.evidence import Arrival, Pages, Probed, Probes, Proof, Unavailable
from scanner.gatherers.contract import Gathered, Nothing
from scanner.platforms import Knowledge
from scanner.results.result import Judged
from scanner.rules.rule import Rule
from scanner.rules.verdicts import MOST_PLACES, Finding, Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.scope.target import Target
from scanner.text.urls import bracketed, canonical

log = logging.getLogger(__name__)

DRAWN = "Only what the server sends was looked at: a program draws the pages in the visitor's browser."
_SERVICE = re.compile(r"([a-z][a-z-]*):(\d+)\Z")
"""A service's subject, ``redis:6379``."""
_CODE = re.compile(r"=[\w-]{24,}\Z")  # a token, a session's or a form's


def judge_all(rules: Iterable[Rule], gathered: Gathered, knowledge: Knowledge) -> tuple[Judged, ...]:
    """Judge every rule, in order of area and id."""
    return tuple(judge_one(rule, gathered, knowledge) for rule in sorted(rules, key=lambda rule: (rule.area, rule.id)))


def located(judged: Iterable[Judged], target: Target) -> tuple[Judged, ...]:
    """The same verdicts; each finding says an address: where the check gave none, the service's or the shop's own."""
    return tuple(
        replace(one, verdict=replace(one.verdict, findings=tuple(_located(finding, target) for finding in one.verdict.findings)))
        if isinstance(one.verdict, Found)
        else one
        for one in judged
    )


def _located(finding: Finding, target: Target) -> Finding:
    if finding.locations:
        return finding
    service = _SERVICE.match(finding.subject)
    address = f"{service[1]}://{bracketed(target.host)}:{service[2]}" if service else str(target.url)
    return replace(finding, locations=(address,))


def judge_one(rule: Rule, gathered: Gathered, knowledge: Knowledge) -> Judged:
    """One rule's verdict. Missing evidence is Inconclusive without the check being called; a crash is too."""
    arguments: dict[str, Any] = {}
    opened: set[str] = set()
    gathered = {**gathered, Knowledge: knowledge.noting(opened)}
    arrival = gathered.get(Arrival)
    doubt = arrival.doubt if isinstance(arrival, Arrival) else ""  # then nobody knows for certain what the shop has not
    try:
        for need in rule.needs:
            value = gathered.get(need.kind, Unavailable("This was not looked at."))
            if isinstance(value, Nothing):
                return Judged(rule, Inconclusive(doubt) if doubt else NotApplicable(value.because))
            if isinstance(value, Unavailable) and not need.takes_unavailable:
                return Judged(rule, Inconclusive(value.because), defect=value.defect)
            arguments[need.name] = narrowed(rule, value, knowledge) if isinstance(value, Probes) else value
        verdict: object = rule.check(**arguments)
        if not isinstance(verdict, (Passed, Found, NotApplicable, Inconclusive)):
            raise TypeError(f"the check returned {verdict!r} and no verdict")
        if doubt and isinstance(verdict, NotApplicable):
            verdict = Inconclusive(doubt)
        pages = next((value for value in arguments.values() if isinstance(value, Pages)), None)
        defect = any(isinstance(value, Probes) and value.defect for value in arguments.values())
        return Judged(rule, by_page(verdict, pages) if pages else verdict, defect, tuple(sorted(opened)))
    except Exception as error:
        log.exception("the check %s crashed", rule.id)
        because = f"Our own defect in judging this ({type(error).__name__}); please report it."
        return Judged(rule, Inconclusive(because), defect=True)


def by_page(verdict: Verdict, pages: Pages) -> Verdict:
    """The verdict on pages, exact where a shop tells its pages by the query: ``/index.php?route=login`` is another place than
    ``/index.php?route=cart``. And a page that is gone (404, 410) was examined: what was found on it is there no longer.
    """
    if isinstance(verdict, NotApplicable):
        return verdict
    read = {place for page in pages.all if (place := _place(page.address)).partition("?")[0] in verdict.examined}
    examined = {*verdict.examined, *read, *(_place(one.address) for one in pages.unread if one.examined)}
    if isinstance(verdict, Passed) and pages.drawn:
        verdict = replace(verdict, because=verdict.because or DRAWN)
    if not isinstance(verdict, Found):
        return replace(verdict, examined=tuple(sorted(examined)))
    findings = tuple(replace(finding, places=_exact(finding, read)) for finding in verdict.findings)
    return Found(findings, tuple(sorted(examined)))


def _exact(finding: Finding, read: Collection[str]) -> tuple[str, ...]:
    """A finding's places, with the queries of the pages that it was seen on."""
    seen = [place for location in finding.locations if (place := _place(location)) in read]
    exact: list[str] = []
    for place in finding.places:
        here = [one for one in seen if one.partition("?")[0] == place]
        exact += [place] if place in here or not here else here
    return tuple(dict.fromkeys(exact))[:MOST_PLACES]


def _place(address: str) -> str:
    """Path and query, without what is another one at each visit."""
    parts = urlsplit(canonical(address))
    query = "&".join(part for part in parts.query.split("&") if not _CODE.search(part))
    return (parts.path or "/") + (f"?{query}" if query else "")


def narrowed(rule: Rule, probes: Probes, knowledge: Knowledge) -> Probes:
    """Only the answers to the paths that this rule declared, each with its declared proofs: no coupling between checks.

    Besides, the places of its open findings that it no longer declares: what once ran above them may be gone. Nothing can be
    proven there any more, so only *gone* is an answer.
    """
    proofs: dict[str, tuple[Proof, ...]] = {}
    again = {place for wanting, place in probes.known.again if wanting == rule.id}
    rarer = again | {probed.place for probed in probes.asked if probed.further}
    for probe in rule.wanted(probes.known, knowledge):
        for place in probes.known.places(probe.path):
            proofs[place] = (*proofs.get(place, ()), probe.proof)
    for probe in rule.further(probes.known, knowledge) if rarer else ():
        for place in probes.known.places(probe.path):
            if place in rarer:
                proofs[place] = (*proofs.get(place, ()), probe.proof)
    by_place = {probed.place: probed for probed in probes.asked}
    asked = [replace(by_place[place], proof=proof) for place, proof in proofs.items() if place in by_place]
    left = (place for place in sorted(again) if place not in proofs)
    asked += [_gone_or_not(by_place[place]) for place in left if place in by_place]
    return replace(probes, asked=tuple(asked), skipped=tuple(place for place in probes.skipped if place in proofs))


def _gone_or_not(probed: Probed) -> Probed:
    if isinstance(probed.answer, Unavailable) or probed.answer.gone:
        return Probed(probed.place, probed.answer)
    return Probed(probed.place, Unavailable(f"What was found at {probed.place} before could not be judged again."))
