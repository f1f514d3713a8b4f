"""A shop in a few lines: how its backups are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scanner.history.events import Change, Event
from scanner.history.run_summary import backup_of, kinds
from scanner.results.document import document
from scanner.results.result import Accepted, Judged
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Found, Inconclusive, NotApplicable, Passed, Verdict
from tests.reports.samples import WEAK, rule

RULES: Mapping[str, Rule] = {
    one.id: one
    for one in (
        rule("backup-missing", Severity.CRITICAL, "backup"),
        rule("backup-site-stale", Severity.MEDIUM, "backup"),
        rule("backup-not-configured", Severity.INFO, "backup"),
        rule("hsts-missing", Severity.MEDIUM, "transport"),
    )
}
UNSET = {"backup-missing": NotApplicable("none"), "backup-not-configured": Found.at("site")}
ACCEPTED = Accepted("backup-missing", "planned", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ({"backup-missing": Passed(), "backup-site-stale": Passed()}, "good"),
        ({"backup-missing": Passed(), "backup-not-configured": Found.at("site")}, "good"),
        ({"backup-site-stale": Found.at("/b"), "backup-missing": Found.at("/a")}, "backup-missing"),
        ({"backup-missing": Passed(), "backup-site-stale": Inconclusive("The login failed.")}, "unclear"),
        (UNSET, "unset"),
        ({"hsts-missing": Found.at("x")}, ""),
    ],
)
def test_the_worst_open_problem_or_a_state(verdicts: Mapping[str, Verdict], state: str) -> None:
    assert (
        backup_of(document(replace(WEAK, judged=tuple(Judged(RULES[one], verdict) for one, verdict in verdicts.items()))))
        == state
    )


def test_an_accepted_problem_is_none() -> None:
    judged = (Judged(RULES["backup-missing"], Found.at("/a")), Judged(RULES["backup-site-stale"], Passed()))
    assert backup_of(document(replace(WEAK, judged=judged, accepted=(ACCEPTED,)))) == "good"


def test_problems_are_counted_at_however_many_places_they_changed() -> None:
    def event(kind: Change, rule: str, subject: str, left: int = 0) -> Event:
        at = datetime(2026, 11, 30, tzinfo=UTC)
        return Event(site="petals.example", at=at, kind=kind, severity=Severity.LOW, rule=rule, subject=subject, left=left)

    told = [
        *(event(Change.NEW, "version-leak-header", name) for name in ("server", "via")),
        event(Change.NEW, "directory-listing", "/img/").model_copy(update={"more": 9}),
        event(Change.FIXED, "exposed-backup", "/a.zip", left=1),
        event(Change.FIXED, "exposed-vcs", "/.git/"),
        event(Change.FIRST_SEEN, "hsts-missing", "petals.example"),
    ]
    assert kinds(told) == {Change.NEW: 2, Change.FIXED: 1}
