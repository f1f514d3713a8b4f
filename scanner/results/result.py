"""The result of one scan: what every report, the history and the comparison are made from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from scanner.results.grade import UNGRADED, Grade, Ungraded, grade, too_unclear
from scanner.rules.renames import today
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, Verdict


class Status(StrEnum):
    """How far the scan came."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule's verdict.

    defect: whether the check crashed, or what gathers its evidence. relied: the tables of what is known of software that the
    check looked up, by name.
    """

    rule: Rule
    verdict: Verdict
    defect: bool = False
    relied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A risk that the owner accepted: ``subject`` None means every subject of the rule. It expires after the day ``until``."""

    rule: str
    reason: str
    until: date
    subject: str | None = None

    def today(self, rules: Iterable[Rule]) -> tuple[Accepted, ...]:
        """The same acceptance under every name that the risk has had since: rules are split, and subjects change."""
        return tuple(replace(self, rule=rule, subject=subject) for rule, subject in today(self.rule, self.subject, rules))

    def covers(self, rule: str, subject: str, today: date) -> bool:
        """Whether it holds for this finding today."""
        return self.rule == rule and self.subject in {None, subject} and today <= self.until


@dataclass(frozen=True, slots=True)
class Site:
    """The shop as results speak of it. platform: (key's name, version or None, confidence), or None where nobody could tell.
    platform_id: what its platform's data is filed under, or "".
    platform_parts: (name, version or None) of its plugins that are platforms themselves; the platform's name says them too.

    front: the address that a browser ends at which opens ``url``; empty where none was seen.
    article_heading: what its platform is called below "How to fix it" in the articles; "" where they have nothing for it.
    """

    key: str
    url: str
    host: str
    name: str
    addresses: tuple[str, ...] = ()
    platform: tuple[str, str | None, str] | None = None
    server: str = ""
    authorised_by: str = ""
    article_heading: str = ""
    front: str = ""
    platform_id: str = ""
    platform_parts: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Requests:
    """What was sent, by protocol. ``http`` counts requests written to a socket, retries and redirects included."""

    http: int = 0
    tls: int = 0
    dns: int = 0
    ftp: int = 0
    ssh: int = 0
    smtp: int = 0
    other: int = 0
    bytes_received: int = 0


@dataclass(frozen=True, slots=True)
class Limited:
    """A scan of a part of the rules. rules, of: how many of how many ran. because: what was asked for or left out, in words.

    graded: whether what is missing is so little that the rest may have a grade.
    """

    rules: int
    of: int
    because: str
    graded: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a scan looked. pages: read by the crawl. tail_asked, tail_of: names of the long list that were asked for."""

    pages: int = 0
    tail_asked: int = 0
    tail_of: int = 0


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding together with its rule, identity and acceptance, as lists want it."""

    id: str
    rule: Rule
    finding: Finding
    accepted: Accepted | None

    @property
    def counts(self) -> bool:
        """Whether it touches grade, alerts and ``--fail-on``."""
        return self.accepted is None and self.finding.confidence is not Confidence.POSSIBLE


@dataclass(frozen=True, slots=True)
class ScanResult:
    """One scan of one shop. ``judged`` holds every rule that ran, in order of area and id. Times are UTC.

    data: the day up to which each table of what is known of software is right; data_as_of: of the oldest that a verdict relied
    on.
    limited: None where every rule ran. letters: how many letters were judged, where it is no shop's scan but a look at letters.
    """

    site: Site
    started: datetime
    finished: datetime
    status: Status
    judged: tuple[Judged, ...]
    requests: Requests
    because: str | None = None
    notes: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    tool_version: str = ""
    data_as_of: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    elsewhere: str = field(default="")
    limited: Limited | None = None
    coverage: Coverage = Coverage()
    letters: int = 0

    @property
    def findings(self) -> tuple[OpenFinding, ...]:
        """Every finding, the worst first, accepted ones too."""
        today = self.started.date()
        found = [
            OpenFinding(
                finding_id(self.site.key, judged.rule.id, finding.subject),
                judged.rule,
                finding,
                next((a for a in self.accepted if a.covers(judged.rule.id, finding.subject, today)), None),
            )
            for judged in self.judged
            if isinstance(judged.verdict, Found)
            for finding in judged.verdict.findings
        ]
        return tuple(sorted(found, key=lambda f: (f.rule.severity.rank, f.rule.area, f.rule.id, f.finding.subject)))

    def has(self, least: Severity) -> bool:
        """Whether something counts that is at least so severe."""
        return any(found.counts and found.rule.severity.rank <= least.rank for found in self.findings)

    @property
    def counts(self) -> dict[Severity, int]:
        """Open, unaccepted findings by severity, all five keys present."""
        counted = Counter(found.rule.severity for found in self.findings if found.accepted is None)
        return {severity: counted[severity] for severity in Severity}

    @property
    def problems(self) -> dict[Severity, int]:
        """Rules with such findings: what people count. One weak cipher setting is one problem, at however many places."""
        counted = Counter({found.rule.id: found.rule.severity for found in self.findings if found.accepted is None}.values())
        return {severity: counted[severity] for severity in Severity}

    @property
    def inconclusive(self) -> tuple[Rule, ...]:
        """The rules that came to no answer."""
        return tuple(judged.rule for judged in self.judged if isinstance(judged.verdict, Inconclusive))

    @property
    def ungraded(self) -> Ungraded | None:
        """Why there is no grade; None where there is one."""
        if self.letters:
            return Ungraded.LETTERS
        if self.status in {Status.BLOCKED, Status.UNREACHABLE}:
            return Ungraded(self.status)
        if self.limited is not None and not self.limited.graded:
            return Ungraded.LIMITED
        return Ungraded.UNCLEAR if too_unclear((rule.severity, rule.area) for rule in self._unclear) else None

    @property
    def grade(self) -> Grade | None:
        """None where ``ungraded`` says why."""
        if self.ungraded is not None:
            return None
        open_rules = {one.rule.id: one.rule.severity for one in self.findings if one.counts and one.rule.area not in UNGRADED}
        graded = sum(judged.rule.area not in UNGRADED for judged in self.judged)
        return grade(open_rules.values(), len(self._unclear), graded, limited=self.limited is not None)

    @property
    def _unclear(self) -> tuple[Rule, ...]:
        """Of those that a grade is made of."""
        return tuple(rule for rule in self.inconclusive if rule.area not in UNGRADED)

    @property
    def seconds(self) -> float:
        """How long the scan took."""
        return (self.finished - self.started).total_seconds()

    @property
    def defective(self) -> bool:
        """Whether one of our own checks or gatherers crashed."""
        return any(judged.defect for judged in self.judged)


def finding_id(site_key: str, rule_id: str, subject: str) -> str:
    """The identity that programs rely on: 16 hex digits."""
    return hashlib.sha256(f"{site_key}\n{rule_id}\n{subject}".encode()).hexdigest()[:16]
