"""The line of an article that names entries of catalogues: its form, and that what it names is known."""

from __future__ import annotations

import pytest

from scanner.rules.rule import RuleError
from scanner.rules.standards import Standards, catalogues, standards_of
from tests.scanning import catalogue

SHIPPED = catalogue().articles
WHOLE = "- Catalogues: CWE-319, CWE-829; OWASP A04:2025; ASVS 12.2.1; PCI DSS 4.2.1, 11.3.2.1; GDPR Art. 32, 33"


def test_the_whole_line() -> None:
    assert standards_of(f"- RFC 1: https://rfc.example/\n{WHOLE}\n", "x.md") == Standards(
        ("CWE-319", "CWE-829"), ("A04:2025",), ("12.2.1",), ("4.2.1", "11.3.2.1"), ("Art. 32", "Art. 33")
    )


def test_an_article_without_the_line_names_nothing() -> None:
    assert standards_of("- [CWE-598: queries](https://cwe.mitre.org/data/definitions/598.html)", "x.md") == Standards()


@pytest.mark.parametrize(
    "line",
    [
        "CWE 319", "CWE-0", "CWE-319,CWE-829", "OWASP A11:2025", "OWASP A04:2021", "ASVS 12.2", "PCI DSS 4", "GDPR 32", "ISO 27001",
        "", "CWE-319; CWE-829", "none",
    ],
)  # fmt: skip
def test_another_form_is_refused_and_the_file_named(line: str) -> None:
    with pytest.raises(RuleError, match=r"^x\.md: "):
        standards_of(f"- Catalogues: {line}", "x.md")


def test_the_line_stands_once() -> None:
    with pytest.raises(RuleError, match="twice"):
        standards_of(f"{WHOLE}\n{WHOLE}", "x.md")


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_what_an_article_names_is_in_the_catalogues(rule: str) -> None:
    names = {one.field: one.names for one in catalogues()}
    for field, entries in SHIPPED[rule].standards.each():
        assert set(entries) <= set(names[field]), f"{rule}: add what is missing to standards.toml, with its name"
        assert len(entries) == len(set(entries))


def test_most_rules_are_named_in_a_catalogue_of_weaknesses_and_in_pci_dss() -> None:
    with_cwe = sum(bool(article.standards.cwe) for article in SHIPPED.values())
    with_pci = sum(bool(article.standards.pci_dss) for article in SHIPPED.values())
    assert with_cwe > 70
    assert with_pci > 60
