"""The formats for programs: CSV, JUnit XML and Markdown (SARIF has its own module)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from reports.formats.csv import COLUMNS, csv_
from reports.formats.junit import junit
from reports.formats.markdown import code, fenced, markdown_, words
from reports.formats.rows import rows
from reports.view.build import view_of
from scanner.results.result import Judged
from scanner.rules.verdicts import Found, Inconclusive
from tests.reports.samples import ARTICLES, EVIL, RULES, SAMPLES, WEAK, result
from tests.scanning import catalogue


def table(name: str) -> list[dict[str, str]]:
    text = csv_(view_of(SAMPLES[name], ARTICLES), SAMPLES[name])
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def tree(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(junit(view_of(SAMPLES[name], ARTICLES), SAMPLES[name]))


# ---- rows


@pytest.mark.parametrize("name", SAMPLES)
def test_no_rule_and_no_finding_is_left_out(name: str) -> None:
    made = rows(view_of(SAMPLES[name], ARTICLES), SAMPLES[name])
    assert {row.rule.id for row in made} == {judged.rule.id for judged in SAMPLES[name].judged}
    assert sorted(row.id for row in made if row.kind == "found") == sorted(found.id for found in SAMPLES[name].findings)
    assert all(row.title != row.rule.id for row in made)


# ---- CSV


def test_csv_says_what_was_found() -> None:
    found = next(row for row in table("weak") if row["rule"] == "exposed-vcs")
    assert found == {
        "site": "petalandstem.example",
        "scanned": "2026-11-21T04:05:09+00:00",
        "rule": "exposed-vcs",
        "area": "exposure",
        "severity": "critical",
        "title": "Strangers can download the shop's source code and its history",
        "verdict": "found",
        "because": "",
        "subject": "/.git/HEAD",
        "shown": "HTTP 200\nref: refs/heads/master",
        "locations": "https://petalandstem.example/.git/HEAD\nhttps://petalandstem.example/.git/config",
        "confidence": "certain",
        "accepted": "",
        "accepted until": "",
        "id": found["id"],
        **dict.fromkeys(("cwe", "owasp", "asvs", "pci_dss", "gdpr"), ""),
    }
    accepted = next(row for row in table("weak") if row["rule"] == "ssh-password-login")
    assert (accepted["accepted"], accepted["accepted until"]) == ("Key login is planned for spring", "2027-03-31")


def test_csv_names_the_entries_of_catalogues() -> None:
    scan = result({"ftp-plaintext": Found.at("ftp:21")})
    (row,) = csv.DictReader(io.StringIO(csv_(view_of(scan, catalogue().articles), scan), newline=""))
    assert [row[name] for name in ("cwe", "owasp", "asvs", "pci_dss", "gdpr")] == [
        "CWE-319, CWE-523", "A04:2025", "12.3.1", "2.2.5, 2.2.7, 8.3.2", "Art. 32",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_no_cell_is_a_formula(name: str) -> None:
    for row in table(name):
        assert list(row) == list(COLUMNS)
        assert not any(cell.lstrip()[:1] in set("=+-@") for cell in row.values() if cell)


def test_a_formula_from_the_shop() -> None:
    scan = result({"version-leak-header": Found.at('=HYPERLINK("https://evil.example";"Open")')})
    (row,) = csv.DictReader(io.StringIO(csv_(view_of(scan, ARTICLES), scan), newline=""))
    assert row["subject"].startswith("'=HYPERLINK")


# ---- JUnit


def test_junit_fails_where_points_are_lost() -> None:
    root = tree("weak")
    failed = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}
    assert {"exposed-vcs", "hsts-missing", "cookie-insecure"} <= failed
    silent = {"ssh-password-login", "exposed-metadata", "security-txt-missing"}  # accepted; only possible; only good to know
    assert not silent & failed
    told = {case.get("name"): case.findtext("system-out") or "" for case in root.iter("testcase")}
    assert "accepted until 2027-03-31: Key login is planned for spring" in told["ssh-password-login"]
    assert "only possible" in told["exposed-metadata"]
    skipped = {case.get("name"): case.find("skipped") for case in root.iter("testcase")}
    reason = skipped["dmarc-missing"]
    assert reason is not None
    assert (reason.get("message") or "").startswith("could not be checked: The DNS server")


@pytest.mark.parametrize("name", SAMPLES)
def test_junit_adds_up(name: str) -> None:
    root = tree(name)
    for total, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(total, "")) == len(list(root.iter(tag))) == sum(int(s.get(total, "")) for s in root)
    assert len({(case.get("classname"), case.get("name")) for case in root.iter("testcase")}) == len(list(root.iter("testcase")))


@pytest.mark.parametrize("name", ["blocked", "unreachable"])
def test_a_shop_that_was_not_scanned_is_no_success(name: str) -> None:
    assert tree(name).find(".//testcase[@name='scan']/error") is not None


def test_a_crash_of_a_check_is_an_error() -> None:
    scan = replace(WEAK, judged=(Judged(RULES["exposed-vcs"], Inconclusive("our own mistake"), "boom"),))
    root = ElementTree.fromstring(junit(view_of(scan, ARTICLES), scan))
    assert root.find(".//testcase[@name='exposed-vcs']/error") is not None


# ---- Markdown


def test_markdown_has_everything() -> None:
    text = markdown_(view_of(WEAK, ARTICLES))
    assert text.startswith("# Petal \\& Stem: security report\n")
    assert "- Grade: **F** (0 of 100)" in text
    assert "1. **critical** A copy of the shop's database can be downloaded: `https://petalandstem.example/backups/" in text
    assert "#### How to fix it: Apache (.htaccess) (your server)" in text
    assert 'Header always set Strict-Transport-Security "max-age=31536000"' in text
    assert "Until 31 March 2027: Key login is planned for spring" in text
    assert "## Could not be checked: 2 checks" in text


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_from_the_shop_acts(name: str) -> None:
    """Rendered by a reader that allows raw HTML, the strangest shop adds no tag and no link of its own."""
    text = markdown_(view_of(SAMPLES[name], ARTICLES))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in (*tokens, *inline) if token.type in {"html_block", "html_inline", "image"}]
    links = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    assert all(link.startswith(("https://petalandstem.example", "http://petalandstem.example", "http://www.petalandstem.example", "https://developer.mozilla.org/")) for link in links)  # fmt: skip


@pytest.mark.parametrize("text", ["plain", "a`b", "``", "`", "a ``` b", "`a", EVIL.replace("\x00", ""), "x" * 50])
def test_code_holds_anything(text: str) -> None:
    (token,) = [token for token in MarkdownIt().parseInline(code(text))[0].children or () if token.content]
    assert (token.type, token.content) == ("code_inline", text)
    (block,) = MarkdownIt().parse(fenced(text))
    assert block.content == f"{text}\n"


@pytest.mark.parametrize(
    "text", ["- a", "1. a", "# a", "> a", "a | b", "<b>", "&lt;", "https://evil.example", "www.evil.example", "a@b.example", "*a*", "+ a", "=== a", "[a](b)", "1) a"]
)  # fmt: skip
def test_words_are_words(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(words(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children or ()) == text
    assert {child.type for child in tokens[1].children or ()} <= {"text", "text_special"}
