"""Judging: missing evidence and crashes are never good news and never bad news."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from scanner.engine.judging import by_page, judge_all, judge_one, located, narrowed
from scanner.evidence import Answer, Pages, Probe, Probed, Probes, Unavailable, Unread
from scanner.gatherers.contract import Nothing
from scanner.results.result import Judged
from scanner.rules.rule import Rule, Severity, check, rule_of
from scanner.rules.verdicts import Finding, Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.scope.target import Target
from scanner.testing import answer, knowledge, page, pages, probes


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
    assert judge_one(rule(home_read), {Pages: pages()}, knowledge()).verdict == Passed(("https://petalandstem.example/",))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (Unavailable("The shop blocks us."), Inconclusive("The shop blocks us.")),
        (Nothing("There are no pages."), NotApplicable("There are no pages.")),
    ],
)
def test_missing_evidence_does_not_call_the_check(value: object, verdict: Verdict) -> None:
    assert judge_one(rule(crashing), {Pages: value}, knowledge()) == Judged(rule(crashing), verdict)


def test_evidence_that_nobody_gathered_is_inconclusive() -> None:
    assert isinstance(judge_one(rule(home_read), {}, knowledge()).verdict, Inconclusive)


def test_a_check_may_take_unavailable_itself() -> None:
    assert judge_one(rule(tolerant), {Pages: Unavailable("slow")}, knowledge()).verdict == Passed(because="Unavailable")
    assert isinstance(judge_one(rule(tolerant), {Pages: Nothing("none")}, knowledge()).verdict, NotApplicable)


@pytest.mark.parametrize(("broken", "name"), [(crashing, "ZeroDivisionError"), (forgetful, "TypeError")])
def test_a_broken_check_is_inconclusive_and_our_defect(broken: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    judged = judge_one(rule(broken), {Pages: pages()}, knowledge())
    assert judged.defect
    assert isinstance(judged.verdict, Inconclusive)
    assert name in judged.verdict.because
    assert rule(broken).id in caplog.text


def test_one_broken_check_stops_no_other_and_the_order_is_stable() -> None:
    every = judge_all([rule(home_read), rule(crashing), rule(tolerant)], {Pages: pages()}, knowledge())
    assert [judged.rule.id for judged in every] == ["tolerant", "crashing", "home-read"]
    assert [judged.defect for judged in every] == [False, True, False]


def test_a_check_sees_its_own_paths_only_with_all_its_proofs() -> None:
    seen = probes(two_proofs, {"/a": answer(200, "y")}, platforms=[("/blog/", "wordpress")])
    foreign = Probed("/foreign", answer(200, "x"))
    everything = Probes((foreign, *seen.asked), seen.known, seen.origin, seen.gathered_at, ("/foreign2", "/a"))
    own = narrowed(rule(two_proofs), everything, knowledge())
    assert [probed.place for probed in own.asked] == ["/a", "/blog/a", "/b"]
    assert own["/a"].proof == (contains_x, contains_y)
    assert own.skipped == ("/a",)
    assert isinstance(judge_one(rule(two_proofs), {Probes: everything}, knowledge()).verdict, Found)


# --- pages that are told by their query


def on_page(*queries: str) -> Found:
    shop = "https://petalandstem.example/index.php"
    return Found.at("x", locations=[shop + query for query in queries], places=["/index.php"])


def told_by_query(*queries: str, gone: Sequence[str] = ()) -> Pages:
    shop = "https://petalandstem.example/index.php"
    unread = tuple(Unread(shop + query, "The server answered 404.", examined=True) for query in gone)
    return pages(page(), *(page(shop + query) for query in queries), unread=unread)


def test_a_place_is_the_page_where_only_the_query_tells_it() -> None:
    seen = by_page(on_page("?route=login"), told_by_query("?route=cart", "?route=login"))
    assert isinstance(seen, Found)
    assert seen.findings[0].places == ("/index.php?route=login",)
    assert {"/index.php?route=cart", "/index.php?route=login"} <= set(seen.examined)


def test_a_path_of_its_own_stays_a_path() -> None:
    seen = by_page(on_page("", "?route=login"), told_by_query("", "?route=login"))
    assert isinstance(seen, Found)
    assert seen.findings[0].places == ("/index.php",)


def test_a_token_in_an_address_is_no_place() -> None:
    address = "?route=login&token=" + "a1" * 16
    seen = by_page(on_page(address), told_by_query(address))
    assert isinstance(seen, Found)
    assert seen.findings[0].places == ("/index.php?route=login",)


def test_a_page_that_is_gone_was_examined_and_no_other_at_its_path() -> None:
    seen = by_page(Passed(("/",)), told_by_query(gone=["?route=login"]))
    assert isinstance(seen, Passed)
    assert "/index.php?route=login" in seen.examined
    assert "/index.php" not in seen.examined


def test_what_a_check_did_not_examine_is_not_made_so() -> None:
    seen = by_page(Inconclusive("No."), told_by_query("?route=cart"))
    assert isinstance(seen, Inconclusive)
    assert seen.examined == ()


@pytest.mark.parametrize(
    ("finding", "address"),
    [
        (Finding("ftp:21"), "ftp://shop.example:21"),
        (Finding("redis:6379", places=("redis:6379",)), "redis://shop.example:6379"),
        (Finding("site"), "https://shop.example/"),
        (Finding("/x", locations=("https://shop.example/x",)), "https://shop.example/x"),
    ],
)
def test_each_finding_says_an_address(finding: Finding, address: str) -> None:
    rule = rule_of(home_read)
    assert rule is not None
    (one,) = located([Judged(rule, Found((finding,)))], Target.of("https://shop.example/"))
    assert isinstance(one.verdict, Found)
    assert one.verdict.findings[0].locations == (address,)
    passed = Judged(rule, Passed(("/",)))
    assert located([passed], Target.of("https://[2001:db8::7]/")) == (passed,)
    (six,) = located([Judged(rule, Found((Finding("ssh:22"),)))], Target.of("https://[2001:db8::7]/"))
    assert isinstance(six.verdict, Found)
    assert six.verdict.findings[0].locations == ("ssh://[2001:db8::7]:22",)
