"""Making a rule from a function, and refusing by name what is inconsistent."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from scanner.evidence import Answer, Known, Pages, Probe, Probes, Unavailable
from scanner.rules.rule import Escalation, RuleError, Severity, Was, by_id, check, needs_of, rule_of
from scanner.rules.verdicts import Passed, Verdict

LOW = Severity.LOW


def proof(answer: Answer) -> str | None:
    return answer.text or None


def test_a_rule_carries_what_the_program_branches_on() -> None:
    @check("petals-missing", severity=LOW, area="garden")
    def petals_missing(pages: Pages, probes: Pages | Unavailable) -> Verdict:
        """Petals are missing.

        More words.
        """
        return Passed((pages.home.address, str(probes)))

    rule = rule_of(petals_missing)
    assert rule is not None
    assert (rule.id, rule.severity, rule.area, rule.summary) == ("petals-missing", LOW, "garden", "Petals are missing.")
    assert [(need.name, need.kind, need.takes_unavailable) for need in rule.needs] == [
        ("pages", Pages, False),
        ("probes", Pages, True),
    ]
    assert not rule.needs_probes
    assert by_id([rule]) == {"petals-missing": rule}
    assert rule_of(proof) is None


def test_the_area_is_the_folder_below_checks() -> None:
    def a_rule(pages: Pages) -> Verdict:
        return Passed((pages.home.address,))

    a_rule.__module__ = "checks.browser.cookies"
    rule = rule_of(check("a-rule", severity=LOW)(a_rule))
    assert rule is not None
    assert rule.area == "browser"


def test_paths_become_probes_and_a_function_stays_one() -> None:
    other = Probe("//info.php", proof, part=600)

    @check("a-rule", severity=LOW, probes=["/a", other], proof=proof, area="x")
    def a_rule(probes: Probes) -> Verdict:
        return Passed(probes.examined)

    rule = rule_of(a_rule)
    assert rule is not None
    assert rule.wanted(Known("h", 2026), None) == (Probe("/a", proof), other)

    @check("b-rule", severity=LOW, probes=lambda known: [Probe(f"/{known.year}", proof)], area="x")
    def b_rule(probes: Probes) -> Verdict:
        return Passed(probes.examined)

    assert rule_of(b_rule).wanted(Known("h", 2026), None) == (Probe("/2026", proof),)


def plain(pages: Pages) -> Verdict:
    return Passed((pages.home.address,))


async def a_coroutine(pages: Pages) -> Verdict:
    return plain(pages)


def a_generator(pages: Pages) -> Any:
    yield plain(pages)


async def an_async_generator(pages: Pages) -> Any:
    yield plain(pages)


def untyped(pages) -> Verdict:
    return Passed((str(pages),))


def two_kinds(pages: Pages | Probes) -> Verdict:
    return Passed((str(pages),))


def no_kind(pages: Callable[[], None]) -> Verdict:
    return Passed((str(pages),))


def unreadable(pages: "Nowhere") -> Verdict:  # noqa: F821
    return Passed((str(pages),))


def with_probes(probes: Probes) -> Verdict:
    return Passed(probes.examined)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (a_coroutine, "plain function"),
        (a_generator, "plain function"),
        (an_async_generator, "plain function"),
        (untyped, "parameter pages has no type"),
        (two_kinds, "one kind of evidence"),
        (no_kind, "no kind of evidence"),
        (unreadable, "cannot be read"),
        (with_probes, "go together"),
    ],
)
def test_functions_that_are_no_checks(function: Callable[..., Any], said: str) -> None:
    rule_id = function.__name__.replace("_", "-")
    with pytest.raises(RuleError, match=said) as refused:
        check(rule_id, severity=LOW, area="x")(function)
    assert rule_id in str(refused.value)


@pytest.mark.parametrize("rule_id", ["", "Plain", "plain_", "-plain", "plain--x", "plain\n"])
def test_ids_that_are_not_kebab_case(rule_id: str) -> None:
    with pytest.raises(RuleError, match="kebab-case"):
        check(rule_id, severity=LOW, area="x")(plain)


def test_other_inconsistencies() -> None:
    with pytest.raises(RuleError, match="its function is called plain"):
        check("other", severity=LOW, area="x")(plain)
    with pytest.raises(RuleError, match="go together"):
        check("plain", severity=LOW, area="x", probes=["/a"], proof=proof)(plain)
    with pytest.raises(RuleError, match="needs a proof"):
        check("with-probes", severity=LOW, area="x", probes=["/a"])(with_probes)
    with pytest.raises(RuleError, match="begin with a slash"):
        check("with-probes", severity=LOW, area="x", probes=["a"], proof=proof)(with_probes)


CHANGED = Was("earlier", re.compile("(.*) x"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"fix_group": "Not an id"}, "no rule's id"),
        ({"fix_group": "plain", "fix_by_hand": ["iis"]}, "knows apache, nginx, not iis"),
        ({"fix_by_hand": ["nginx"]}, "everything is done by hand"),
        ({"escalate": Escalation(LOW, lambda _subject: None, "T", "A")}, "means more than low, not low"),
        ({"escalate": Escalation(Severity.INFO, lambda _subject: None, "T", "A")}, "means more than low, not info"),
        ({"next_step_of": ["plain"]}, "names other rules, not plain"),
        ({"next_step_of": ["Not an id"]}, "names other rules"),
        ({"severity": Severity.HIGH, "next_step_of": ["earlier"]}, "which nothing of high severity may be"),
        ({"was": Was("Not an id")}, "no rule's id"),
        ({"was": Was("plain")}, "what did change"),
        ({"was": Was("earlier", re.compile("no group"))}, "needs one group"),
        ({"was": [CHANGED, Was("earlier")]}, "give the later one a since="),
    ],
)
def test_what_a_rule_says_of_itself_must_fit_together(said: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleError, match=message) as refused:
        check("plain", **{"severity": LOW, "area": "x", **said})(plain)
    assert "rule plain" in str(refused.value)


def test_a_rule_carries_what_it_says_of_its_findings() -> None:
    severer = Escalation(Severity.HIGH, lambda subject: {"who": subject} if subject.islower() else None, "{who}", "Beware.")
    made = check(
        "plain", severity=LOW, area="x", fix_group="other", fix_by_hand=["nginx"], escalate=severer, was=[CHANGED, Was("plain", str.title, "2")],
    )(plain)  # fmt: skip
    rule = rule_of(made)
    assert rule is not None
    assert (rule.fix_group, rule.fix_by_hand) == ("other", {"nginx"})
    assert (rule.escalation("x"), rule.escalation("X")) == (severer, None)
    assert [was.change for was in rule.was] == ["earlier", "plain 2"]
    assert [was.today("a x") for was in rule.was] == ["a", "A X"]
    assert (CHANGED.today("a y"), Was("earlier").today("a y")) == (None, "a y")


def test_a_probe_whose_requests_nobody_pays_for_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="the probe /a has the concern 'mail'; there are doors, admin, names"):
        Probe("/a", proof, "mail")


def test_a_module_outside_of_a_package_needs_an_area() -> None:
    def lonely(pages: Pages) -> Verdict:
        return plain(pages)

    lonely.__module__ = "plugin"
    with pytest.raises(RuleError, match=r"lonely.*area="):
        check("lonely", severity=LOW)(lonely)


def test_severities_sort_the_worst_first() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]
    assert Severity.CRITICAL.rank == 0


def test_needs_are_read_from_the_types() -> None:
    assert needs_of(plain, "plain")[0].kind is Pages
