"""A scan's result: identity, acceptance, counts and grade."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scanner.evidence import Pages
from scanner.results.grade import Ungraded
from scanner.results.result import Accepted, Judged, Limited, Requests, ScanResult, Site, Status, finding_id
from scanner.rules.rule import Need, Rule, Severity, Was
from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, Passed, Verdict
from scanner.testing import NOW

SITE = Site("petalandstem.example", "https://petalandstem.example/", "petalandstem.example", "Petal & Stem")


def rule(rule_id: str, severity: Severity, area: str = "garden") -> Rule:
    return Rule(rule_id, severity, area, Passed, (Need("pages", Pages, takes_unavailable=False),), lambda _known: (), "")


def judged(rule_id: str, severity: Severity, *findings: Finding) -> Judged:
    return Judged(rule(rule_id, severity), Found(findings) if findings else Passed())


def result(*every: Judged, accepted: tuple[Accepted, ...] = (), status: Status = Status.COMPLETE) -> ScanResult:
    return ScanResult(SITE, NOW, NOW + timedelta(seconds=7.5), status, every, Requests(), accepted=accepted)


def test_the_identity_that_programs_rely_on() -> None:
    expected = hashlib.sha256(b"petalandstem.example\nexposed-vcs\n/.git/HEAD").hexdigest()[:16]
    assert finding_id("petalandstem.example", "exposed-vcs", "/.git/HEAD") == expected
    assert finding_id("a", "b", "c") != finding_id("a", "b", "d")


def test_findings_come_the_worst_first() -> None:
    scan = result(
        judged("mild", Severity.LOW, Finding("z"), Finding("a")),
        judged("bad", Severity.CRITICAL, Finding("x")),
        judged("good", Severity.HIGH),
    )
    assert [(found.rule.id, found.finding.subject) for found in scan.findings] == [("bad", "x"), ("mild", "a"), ("mild", "z")]
    assert scan.counts == {Severity.CRITICAL: 1, Severity.HIGH: 0, Severity.MEDIUM: 0, Severity.LOW: 2, Severity.INFO: 0}
    assert scan.seconds == 7.5


@pytest.mark.parametrize(
    ("accepted", "covers"),
    [
        (Accepted("mild", "r", NOW.date(), "a"), True),
        (Accepted("mild", "r", NOW.date()), True),
        (Accepted("mild", "r", NOW.date() - timedelta(days=1)), False),
        (Accepted("mild", "r", date(2030, 1, 1), "b"), False),
        (Accepted("other", "r", date(2030, 1, 1)), False),
    ],
)
def test_an_accepted_risk_counts_nowhere_until_it_expires(accepted: Accepted, covers: bool) -> None:
    scan = result(judged("mild", Severity.MEDIUM, Finding("a")), accepted=(accepted,))
    assert (scan.findings[0].accepted is accepted) is covers
    assert scan.counts[Severity.MEDIUM] == (0 if covers else 1)
    assert scan.grade is not None
    assert scan.grade.score == (100 if covers else 92)
    assert scan.findings[0].counts is not covers


def test_an_accepted_risk_goes_along_when_rules_are_split() -> None:
    rules = [
        rule("exposed-log", Severity.LOW),
        replace(rule("open-log", Severity.LOW), was=(Was("exposed-log", lambda old: old.upper()),)),
    ]
    one = Accepted("exposed-log", "known", date(2030, 1, 1), "x")
    assert one.today(rules) == (one, replace(one, rule="open-log", subject="X"))
    every = replace(one, subject=None)
    assert every.today(rules) == (every, replace(every, rule="open-log"))


def test_accepting_one_subject_leaves_the_other_open() -> None:
    until = Accepted("mild", "r", date(2030, 1, 1), "a")
    scan = result(judged("mild", Severity.MEDIUM, Finding("a"), Finding("b")), accepted=(until,))
    assert scan.counts[Severity.MEDIUM] == 1
    assert scan.grade is not None
    assert scan.grade.score == 92


def test_a_merely_possible_finding_touches_no_grade() -> None:
    scan = result(judged("bad", Severity.CRITICAL, Finding("a", confidence=Confidence.POSSIBLE)))
    assert not scan.findings[0].counts
    assert scan.grade is not None
    assert scan.grade.letter == "A+"


def test_many_findings_of_one_rule_subtract_once() -> None:
    scan = result(judged("mild", Severity.LOW, *(Finding(str(i)) for i in range(50))))
    assert scan.grade is not None
    assert scan.grade.score == 97


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.UNREACHABLE])
def test_a_shop_that_was_not_seen_has_no_grade(status: Status) -> None:
    assert result(judged("bad", Severity.LOW), status=status).grade is None


def test_problems_are_rules_and_not_places() -> None:
    scan = result(
        judged("bad", Severity.CRITICAL, *(Finding(str(place)) for place in range(10))),
        judged("mild", Severity.MEDIUM, *(Finding(str(place)) for place in range(24))),
        judged("known", Severity.MEDIUM, Finding("a"), Finding("b")),
        judged("perhaps", Severity.LOW, Finding("a", confidence=Confidence.POSSIBLE)),
        accepted=(Accepted("known", "r", date(2030, 1, 1)),),
    )
    assert list(scan.counts.values()) == [10, 0, 24, 1, 0]
    assert list(scan.problems.values()) == [1, 0, 1, 1, 0]


# ---- when there is no grade


def unsure(rule_id: str, severity: Severity, area: str = "garden") -> Judged:
    return Judged(rule(rule_id, severity, area), Inconclusive("slow"))


@pytest.mark.parametrize(
    ("graded", "ungraded", "provisional"), [(False, Ungraded.LIMITED, None), (True, None, True)], ids=["limited", "provisional"]
)
def test_a_limited_scan_has_no_grade_or_a_provisional_one(
    graded: bool, ungraded: Ungraded | None, provisional: bool | None
) -> None:
    scan = replace(result(judged("good", Severity.LOW)), limited=Limited(1, 85, "why", graded))
    assert scan.ungraded == ungraded
    assert (scan.grade.provisional if scan.grade else None) == provisional


@pytest.mark.parametrize(
    ("unclear", "ungraded"),
    [
        ([("a", Severity.CRITICAL, "tls")], None),
        ([("a", Severity.CRITICAL, "tls"), ("b", Severity.CRITICAL, "services")], Ungraded.UNCLEAR),
        ([(name, Severity.LOW, "exposure") for name in "abc"], None),
        ([(name, Severity.LOW, "exposure") for name in "abcd"], Ungraded.UNCLEAR),
        ([(name, Severity.HIGH, "services") for name in "abcdef"], None),
    ],
)
def test_where_too_much_of_what_matters_is_unclear_there_is_no_grade(
    unclear: list[tuple[str, Severity, str]], ungraded: Ungraded | None
) -> None:
    scan = result(*(judged(f"good-{n}", Severity.LOW) for n in range(40)), *(unsure(*one) for one in unclear))
    assert scan.ungraded == ungraded
    assert (scan.grade is None) is (ungraded is not None)


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.UNREACHABLE])
def test_a_shop_that_was_not_seen_says_so_first(status: Status) -> None:
    scan = replace(
        result(unsure("a", Severity.CRITICAL), unsure("b", Severity.CRITICAL), status=status), limited=Limited(1, 2, "w")
    )
    assert scan.ungraded == str(status)


def test_inconclusive_rules_make_the_grade_provisional() -> None:
    unsure: Verdict = Inconclusive("slow")
    scan = result(judged("good", Severity.LOW), Judged(rule("slow", Severity.LOW), unsure, defect=True))
    assert scan.grade is not None
    assert (scan.grade.letter, scan.grade.provisional) == ("A+", True)
    assert scan.defective
    assert not result().defective


def test_expiry_is_judged_by_the_day_the_scan_began() -> None:
    late = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    accepted = (Accepted("mild", "r", date(2026, 11, 20)),)
    scan = ScanResult(
        SITE,
        late,
        late + timedelta(minutes=5),
        Status.COMPLETE,
        (judged("mild", Severity.LOW, Finding("a")),),
        Requests(),
        accepted=accepted,
    )
    assert scan.findings[0].accepted is not None


def test_what_people_look_after_touches_no_grade() -> None:
    people = [judged("access", Severity.CRITICAL, Finding("x")), *(unsure(f"u{n}", Severity.CRITICAL) for n in range(5))]
    apart = [replace(one, rule=replace(one.rule, area="people")) for one in people]
    assert result(judged("good", Severity.HIGH), *apart).grade == result(judged("good", Severity.HIGH)).grade
    assert result(*people).grade is None
