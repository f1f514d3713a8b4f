"""Judging: missing evidence and crashes are never good news and never bad news."""

from typing import Any, cast

import pytest

from scanner.evidence import Answer, Pages, Probe, Probed, Probes, Unavailable
from scanner.gathering import Nothing
from scanner.judging import Judged, judge_all, judge_one, narrowed
from scanner.rules import Rule, Severity, check, rule_of
from scanner.testing import answer, pages, probes
from scanner.verdicts import Found, Inconclusive, NotApplicable, Passed, Verdict


def contains_x(seen: Answer) -> str | None:
    return "x" if "x" in seen.text else None


def contains_y(seen: Answer) -> str | None:
    return "y" if "y" in seen.text else None


@check("home-read", severity=Severity.LOW, area="b")
def home_read(pages: Pages) -> Verdict:
    """Passes."""
    return Passed((pages.home.address,))


@check("tolerant", severity=Severity.LOW, area="a")
def tolerant(pages: Pages | Unavailable) -> Verdict:
    """Judges in any case."""
    return Passed(because=type(pages).__name__)


@check("crashing", severity=Severity.LOW, area="b")
def crashing(pages: Pages) -> Verdict:
    """Crashes."""
    raise ZeroDivisionError(pages.home.address)


@check("forgetful", severity=Severity.LOW, area="b")
def forgetful(pages: Pages) -> Verdict:
    """Forgets a branch, as a plugin without a type checker may."""
    return cast("Verdict", None if pages.home.status == 200 else Passed())


@check(
    "two-proofs",
    severity=Severity.LOW,
    area="b",
    probes=[Probe("/a", contains_x), Probe("/a", contains_y), Probe("//b", contains_x)],
)
def two_proofs(probes: Probes) -> Verdict:
    """Finds hits."""
    return Found.at("hit") if probes.hits else Passed(probes.examined)


def rule(check_function: Any) -> Rule:
    made = rule_of(check_function)
    assert made is not None
    return made


def test_evidence_reaches_the_check() -> None:
    assert judge_one(rule(home_read), {Pages: pages()}).verdict == Passed(("https://petalandstem.example/",))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (Unavailable("The shop blocks us."), Inconclusive("The shop blocks us.")),
        (Nothing("There are no pages."), NotApplicable("There are no pages.")),
    ],
)
def test_missing_evidence_does_not_call_the_check(value: object, verdict: Verdict) -> None:
    assert judge_one(rule(crashing), {Pages: value}) == Judged(rule(crashing), verdict)


def test_evidence_that_nobody_gathered_is_inconclusive() -> None:
    assert isinstance(judge_one(rule(home_read), {}).verdict, Inconclusive)


def test_a_check_may_take_unavailable_itself() -> None:
    assert judge_one(rule(tolerant), {Pages: Unavailable("slow")}).verdict == Passed(because="Unavailable")
    assert isinstance(judge_one(rule(tolerant), {Pages: Nothing("none")}).verdict, NotApplicable)


@pytest.mark.parametrize(("broken", "name"), [(crashing, "ZeroDivisionError"), (forgetful, "TypeError")])
def test_a_broken_check_is_inconclusive_and_our_defect(broken: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    judged = judge_one(rule(broken), {Pages: pages()})
    assert judged.defect
    assert isinstance(judged.verdict, Inconclusive)
    assert name in judged.verdict.because
    assert rule(broken).id in caplog.text


def test_one_broken_check_stops_no_other_and_the_order_is_stable() -> None:
    every = judge_all([rule(home_read), rule(crashing), rule(tolerant)], {Pages: pages()})
    assert [judged.rule.id for judged in every] == ["tolerant", "crashing", "home-read"]
    assert [judged.defect for judged in every] == [False, True, False]


def test_a_check_sees_its_own_paths_only_with_all_its_proofs() -> None:
    seen = probes(two_proofs, {"/a": answer(200, "y")}, platforms=[("/blog/", "wordpress")])
    foreign = Probed("/foreign", answer(200, "x"))
    everything = Probes((foreign, *seen.asked), seen.known, seen.origin, seen.gathered_at, ("/foreign2", "/a"))
    own = narrowed(rule(two_proofs), everything)
    assert [probed.place for probed in own.asked] == ["/a", "/blog/a", "/b"]
    assert own["/a"].proof == (contains_x, contains_y)
    assert own.skipped == ("/a",)
    assert isinstance(judge_one(rule(two_proofs), {Probes: everything}).verdict, Found)
