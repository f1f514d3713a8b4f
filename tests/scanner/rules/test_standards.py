"""The line of an article that names entries of catalogues: its form, and that what it names is known."""

from __future__ import annotations

import re

import pytest

from scanner.rules.rule import RuleError
from scanner.rules.standards import LINE, NONE, Standards, catalogues, standards_of
from tests.scanning import catalogue

SHIPPED = catalogue().articles
WEAKNESSES = {
    "A01:2025": {200, 359, 497, 538, 548, 552, 668, 749, 1275},
    "A02:2025": {489, 614, 942, 1004},
    "A03:2025": {1104, 1395},
    "A04:2025": {319, 326, 327, 523, 757},
    "A06:2025": {598, 653, 693, 1021},
    "A07:2025": {290, 295, 297, 298, 306, 307, 308, 1392},
    "A08:2025": {345, 353, 506, 829},
    "A09:2025": {532},
}
"""Those of our CWEs that each of the ten lists as its own (github.com/OWASP/Top10, folder 2025, 19 July 2026)."""
ASVS = {
    "3.3.1": "secure", "3.3.2": "samesite", "3.3.4": "httponly", "3.4.1": "strict-transport-security",
    "3.4.2": "access-control-allow-origin", "3.4.3": "content-security-policy", "3.4.4": "nosniff",
    "3.4.5": "referrer", "3.4.6": "frame-ancestors", "3.5.4": "same (name|host|server|space|account)|beside",
    "3.6.1": "integrity|script", "6.3.1": "password", "6.3.2": "admin", "6.3.3": "key|factor",
    "6.3.8": "names?", "11.2.3": "key", "12.1.1": "tls ?v?1", "12.1.2": "cipher", "12.2.1": "https",
    "12.2.2": "certificate", "12.3.1": "encrypt|algorithm", "12.3.2": "certificate",
    "13.4.1": "svn|git", "13.4.2": "debug|display_errors",
    "13.4.3": "list", "13.4.5": "status page", "13.4.6": "version", "13.4.7": "file", "14.2.1": "address",
    "15.2.1": "update|newer|version", "15.2.3": "delete|remove",
}  # fmt: skip
"""By requirement: a word of what it is about (github.com/OWASP/ASVS, version 5.0.0, 5 August 2026)."""
PCI_DSS = {
    "2.2.2": "name", "2.2.5": "ftp", "2.2.7": "password|log in|login|key", "4.2.1": "https|certificate|encrypt|card",
    "6.2.4": "cookie|address|frame|origin", "6.3.1": "hole|repair|vulnerab", "6.3.3": "update|newer|repair|version",
    "6.4.3": "script|card", "8.2.1": "anonymous|account", "8.3.2": "password", "8.3.4": "guess|password|attempt",
    "11.6.1": "script|card", "12.10.1": "backup|breach|incident",
}  # fmt: skip
"""By requirement: a word of what it is about (PCI DSS 4.0.1, June 2024). What runs and is set without need (2.2.4, 2.2.6) has none."""
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
        "", "CWE-319; CWE-829", "none known", "None",
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


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_each_article_says_where_its_rule_stands_in_the_catalogues_or_that_it_does_not(rule: str) -> None:
    (line,) = [line for line in SHIPPED[rule].references.splitlines() if line.startswith(LINE)]
    assert (line == NONE) == (SHIPPED[rule].standards == Standards()), line


def test_a_rule_that_no_catalogue_has_says_so() -> None:
    assert standards_of("- RFC 9116\n- Catalogues: none\n", "x.md") == Standards()
    with pytest.raises(RuleError):
        standards_of("- Catalogues: none; CWE-319", "x.md")


def test_most_rules_are_named_in_a_catalogue_of_weaknesses_and_in_pci_dss() -> None:
    with_cwe = sum(bool(article.standards.cwe) for article in SHIPPED.values())
    with_pci = sum(bool(article.standards.pci_dss) for article in SHIPPED.values())
    assert with_cwe > 70
    assert with_pci > 60


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_each_of_the_ten_that_an_article_names_has_one_of_its_weaknesses(rule: str) -> None:
    standards = SHIPPED[rule].standards
    ours = {int(entry.removeprefix("CWE-")) for entry in standards.cwe}
    assert [entry for entry in standards.owasp if not ours & WEAKNESSES[entry]] == []
    assert not ours or standards.owasp, "every weakness here is one of the ten's"


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_what_an_article_names_is_what_it_is_about(rule: str) -> None:
    article = SHIPPED[rule]
    text = " ".join((article.title, article.good, article.why, article.verify, *(fix.markdown for fix in article.fixes))).lower()
    assert [number for number in article.standards.asvs if not re.search(ASVS[number], text)] == []
    assert [number for number in article.standards.pci_dss if not re.search(PCI_DSS.get(number, ""), text)] == []
