"""What is known of a site: the last conclusive state of every finding, as the history keeps it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from scanner.results.grade import Letter, grade
from scanner.rules.rule import Severity

SETTLED = "settled"
"""In place of what a finding was: another one is what it was, so this one was never there, as far as anybody has seen."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnownFinding(_Part):
    """The last conclusive state of one finding.

    since: when it was opened last. confirmed: when it was seen last. closed: when it was closed; None while it is open. sure:
    whether it was ever more than possible. accepted_until: as it stood when it was seen last. reminded, told: which reminder and
    health events there were. was: what it was called before a change of its rule, where other findings may be that instead; ""
    once it was seen again.
    """

    severity: Severity
    shown: str
    location: str
    places: tuple[str, ...]
    since: datetime
    confirmed: datetime
    open: bool = True
    closed: datetime | None = None
    sure: bool = True
    accepted_until: date | None = None
    reminded: date | None = None
    told: bool = False
    was: str = ""

    @property
    def to_visit(self) -> tuple[str, ...]:
        """Its places, and the address of a page that shows it: a place is a path, and many shops tell pages by the query."""
        return (*self.places, self.location) if self.location else self.places

    def accepted(self, today: date) -> bool:
        """Whether its risk is accepted today, as far as was seen."""
        return self.accepted_until is not None and today <= self.accepted_until


class KnownRule(_Part):
    """What is known of one rule on one site. conclusive: when it was judged last, or None. unclear: since when it is not.

    examined: the places that conclusive verdicts have covered, the last ones first (``bounds.places``). absent: whether the last
    one was that it does not apply. left_out: how many open findings are only counted, by severity: there are too many of them.
    graded: whether it is one of those that a grade is made of.
    """

    findings: dict[str, KnownFinding] = {}
    left_out: dict[Severity, int] = {}
    examined: tuple[str, ...] = ()
    absent: bool = False
    conclusive: datetime | None = None
    unclear: datetime | None = None
    told: bool = False
    graded: bool = True


class KnownSite(_Part):
    """Everything known of one site. seen: the last scan that reached it. away: since when it cannot be reached.

    clock: what somebody has called the right time since the last scan that was compared. tail: how far the nights have come in
    the long list. renames: changes of rules that this knowledge has gone through.
    """

    rules: dict[str, KnownRule] = {}
    seen: datetime | None = None
    away: datetime | None = None
    clock: datetime | None = None
    data_told: bool = False
    tail: int = 0
    renames: tuple[str, ...] = ()

    @property
    def open_findings(self) -> tuple[tuple[str, str, KnownFinding], ...]:
        """(rule, subject, finding) of what is open, the worst first."""
        found = [(r, s, f) for r, rule in self.rules.items() for s, f in rule.findings.items() if f.open]
        return tuple(sorted(found, key=lambda one: (one[2].severity.rank, one[0], one[1])))

    def letter(self, rules: Collection[str], today: date) -> Letter | None:
        """The grade by the last conclusive state, over these rules; None before anything was judged.

        A night on which a check could not be made must not look like a better shop, so this is the grade that alerts speak of.
        """
        if not any(rule.conclusive for rule in self.rules.values()):
            return None
        bad = {
            rule: finding.severity
            for rule, _, finding in self.open_findings
            if rule in rules
            and self.rules[rule].graded
            and finding.sure
            and finding.was != SETTLED
            and not finding.accepted(today)
        }
        return grade(bad.values(), 0, len(self.rules)).letter
