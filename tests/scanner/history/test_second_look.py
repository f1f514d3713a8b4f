"""What two looks say together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.history.comparison import first_look
from scanner.history.known import KnownSite
from scanner.history.second_look import SEEN_ONCE, TWO_LOOKS, agreed, doubted
from scanner.results.document import document
from scanner.results.result import Accepted, Judged, OpenFinding, Requests, ScanResult, Site, Status
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, NotApplicable, Passed, Verdict
from tests.nights import FIRST, KEY, NO_RULES, compared, night, told


def rule(rule_id: str, severity: Severity = Severity.HIGH) -> Rule:
    return Rule(rule_id, severity, "exposure", Passed, (), lambda _known: (), rule_id)


def result(verdicts: dict[Rule, Verdict], *, minutes: int = 0, accepted: tuple[Accepted, ...] = ()) -> ScanResult:
    at = FIRST + timedelta(days=1, minutes=minutes)
    site = Site(KEY, f"https://{KEY}/", KEY, KEY)
    judged = tuple(Judged(one, verdict) for one, verdict in verdicts.items())
    return ScanResult(site, at, at, Status.COMPLETE, judged, Requests(http=10), accepted=accepted, data_as_of="2026-02-01")


CONFIG, LOG = rule("exposed-config", Severity.CRITICAL), rule("exposed-log", Severity.MEDIUM)
KNOWN = first_look(night(0, {"exposed-config": "passed /.env /b", "exposed-log": "passed /l"}), NO_RULES)


def doubts(known: KnownSite, seen: ScanResult) -> tuple[OpenFinding, ...]:
    return doubted(known, seen, NO_RULES)


def test_only_a_new_high_problem_is_doubted() -> None:
    env = Finding("/.env")
    assert [f.finding for f in doubts(KNOWN, result({CONFIG: Found((env,)), LOG: Found.at("/l")}))] == [env]
    assert doubts(KnownSite(), result({CONFIG: Found((env,))})) == ()  # first seen
    assert doubts(KNOWN, result({CONFIG: Found((replace(env, confidence=Confidence.POSSIBLE),))})) == ()
    accepted = (Accepted("exposed-config", "Known.", FIRST.date() + timedelta(days=9)),)
    assert doubts(KNOWN, result({CONFIG: Found((env,))}, accepted=accepted)) == ()


@pytest.mark.parametrize(
    ("second", "kept", "examined"),
    [
        (Found.at("/.env"), ["/.env", "/b"], ("/.env", "/b")),
        (Passed(("/.env",)), ["/b"], ("/b",)),
        (Found((Finding("/b"),), ("/.env", "/b")), ["/b"], ("/b",)),
    ],
)
def test_what_a_second_look_refutes_is_neither_found_nor_examined(
    second: Verdict, kept: list[str], examined: tuple[str, ...]
) -> None:
    first = result({CONFIG: Found((Finding("/.env"), Finding("/b"))), LOG: Passed(("/l",))})
    these = [found for found in doubts(KNOWN, first) if found.finding.subject == "/.env"]
    both = agreed(first, result({CONFIG: second}, minutes=2), these)
    verdict = both.judged[0].verdict
    assert isinstance(verdict, Found)
    assert ([finding.subject for finding in verdict.findings], verdict.examined) == (kept, examined)
    assert both.judged[1] == first.judged[1]
    assert (both.requests.http, both.finished - first.finished) == (20, timedelta(minutes=2))


def test_a_rule_with_nothing_else_to_say_is_inconclusive_and_makes_no_event_that_night_or_a_false_fixed_later() -> None:
    first = result({CONFIG: Found.at("/.env")})
    both = agreed(first, result({CONFIG: Passed(("/.env",))}), doubts(KNOWN, first))
    assert both.judged[0].verdict == Inconclusive(TWO_LOOKS, ())
    step = compared(KNOWN, document(both))
    assert step.events == ()
    assert told(compared(step.known, night(2, {"exposed-config": "passed /.env /b"})).events) == []
    assert told(compared(step.known, night(2, {"exposed-config": "found /.env@/.env"})).events) == ["2 new /.env"]


@pytest.mark.parametrize(
    "second",
    [
        result({CONFIG: Inconclusive("403.")}),
        result({CONFIG: Inconclusive("403.", ("/b",))}),
        result({CONFIG: Passed(("/b",))}),
        result({CONFIG: Found.at("/b")}),
        result({CONFIG: NotApplicable("No.")}),
        result({}),
        replace(result({CONFIG: Passed(("/.env",))}), status=Status.BLOCKED),
        replace(result({CONFIG: Passed(("/.env",))}), status=Status.UNREACHABLE),
    ],
)
def test_what_a_second_look_could_not_see_stays_and_is_told(second: ScanResult) -> None:
    first = result({CONFIG: Found.at("/.env", "A password.\n\nDB_PASSWORD=…")})
    both = agreed(first, second, doubts(KNOWN, first))
    verdict = both.judged[0].verdict
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/.env"]
    assert verdict.findings[0].shown == f"A password. {SEEN_ONCE}\n\nDB_PASSWORD=…"
    assert verdict.examined == ("/.env",)
    assert told(compared(KNOWN, document(both)).events) == ["1 new /.env"]
