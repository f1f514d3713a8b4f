"""What a scan has seen of PCI DSS: evidence of a part, and never that a requirement is met."""

from __future__ import annotations

from reports.i18n.language import codes, english, language
from reports.view.compliance import SCRIPTS, editions, requirements
from scanner.rules.standards import Standards, catalogues
from scanner.rules.verdicts import Found, Inconclusive, NotApplicable, Passed
from tests.reports.samples import result
from tests.scanning import catalogue

SHIPPED = {rule: article.standards for rule, article in catalogue().articles.items()}
SEEN = result(
    {
        "exposed-vcs": Found.at("/.git/HEAD"),
        "hsts-missing": Passed(),
        "sri-missing": Inconclusive("The time was used up."),
        "nosniff-missing": NotApplicable("No pages."),
    }
)


def test_each_rule_counts_for_each_of_its_requirements() -> None:
    of = {
        "exposed-vcs": Standards(pci_dss=("2.2.6", "6.4.3")),
        "hsts-missing": Standards(pci_dss=("2.2.6",)),
        "sri-missing": Standards(pci_dss=("6.4.3", "11.6.1")),
        "nosniff-missing": Standards(pci_dss=("12.10.1",)),
    }
    made = {one.number: one for one in requirements(SEEN, of, english())}
    assert list(made) == ["", "2.2.6", "6.4.3", "11.6.1", "12.10.1"]
    assert (made["2.2.6"].open, made["2.2.6"].passed, made["2.2.6"].unanswered) == (("exposed-vcs",), 1, 0)
    assert (made["6.4.3"].open, made["6.4.3"].passed, made["6.4.3"].unanswered) == (("exposed-vcs",), 0, 1)
    assert (made[""].saq, made[""].open, made[""].unanswered) == ("A", ("exposed-vcs",), 1)
    assert (made["12.10.1"].saq, made["12.10.1"].open, made["12.10.1"].passed) == ("A", (), 0)
    assert (made["2.2.6"].saq, made["6.4.3"].saq) == ("", "A-EP"), "what no source confirms is not said"
    assert requirements(SEEN, {}, english()) == ()


def test_questionnaires_ask_for_what_the_standard_has_and_saq_a_for_none_about_scripts() -> None:
    standard = next(one for one in catalogues() if one.field == "pci_dss")
    assert {number for numbers in standard.questionnaires.values() for number in numbers} <= set(standard.names)
    assert not SCRIPTS & set(standard.questionnaires["A"])


def test_every_requirement_that_a_rule_names_is_said_in_every_language() -> None:
    used = {number for standards in SHIPPED.values() for number in standards.pci_dss}
    for code in codes():
        assert all(f"pci.{number}" in language(code).phrases for number in used)


def test_every_catalogue_says_its_edition_and_its_day() -> None:
    made = editions(english())
    assert [one.name for one in made] == ["CWE 4.18", "OWASP Top 10 2025", "OWASP ASVS 5.0.0", "PCI DSS 4.0.1", "GDPR 2016/679"]
    assert all(one.address.startswith("https://") and one.day.endswith(" 2026") for one in made)
