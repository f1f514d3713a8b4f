"""The JSON that other programs rely on: what came later, older documents, and newer ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from scanner.results.document import ScanDocument, document, to_json
from scanner.results.result import Accepted, Coverage, Limited, Requests
from scanner.rules.verdicts import Found
from tests.reports.samples import LIMITED, SAMPLES, WEAK, result
from tests.scanning import catalogue

ADDED = ("problems", "limited", "coverage")


def as_before(text: str) -> str:
    """A document as the first edition wrote it."""
    seen = json.loads(text)
    for name in ADDED:
        del seen[name]
    for verdict in seen["verdicts"]:
        del verdict["references"]
    del seen["requests"]["smtp"], seen["site"]["front"]
    return json.dumps(seen)


@pytest.mark.parametrize("name", SAMPLES)
def test_an_older_document_means_what_it_meant(name: str) -> None:
    whole = document(replace(SAMPLES[name], limited=None))
    older = ScanDocument.model_validate_json(as_before(whole.model_dump_json()))
    assert older == whole


def test_a_newer_document_is_read_without_what_is_not_known_here() -> None:
    newer = json.loads(to_json(WEAK)) | {"weather": "fine"}
    newer["site"]["opened"] = "2019-03-01"
    assert ScanDocument.model_validate_json(json.dumps(newer)) == document(WEAK)


def test_the_schema_lets_readers_ignore_what_they_do_not_know() -> None:
    assert '"additionalProperties": false' not in json.dumps(ScanDocument.model_json_schema(mode="serialization", by_alias=True))


def test_problems_are_rules_and_counts_are_places() -> None:
    accepted = (Accepted("exposed-database-dump", "r", date(2030, 1, 1), "/dump.sql"),)
    seen = json.loads(to_json(replace(WEAK, accepted=accepted)))
    assert seen["counts"] == {"critical": 2, "high": 4, "medium": 6, "low": 4, "info": 2}
    assert seen["problems"] == {"critical": 2, "high": 3, "medium": 5, "low": 3, "info": 2}


def test_what_a_scan_was_limited_to() -> None:
    seen = json.loads(to_json(LIMITED))
    assert seen["limited"] == {"rules": 1, "of": LIMITED.limited.of, "because": LIMITED.limited.because}
    assert (seen["grade"], seen["score"], seen["provisional"]) == (None, None, False)
    assert json.loads(to_json(WEAK))["limited"] is None


def test_how_far_a_scan_looked() -> None:
    seen = json.loads(to_json(replace(WEAK, coverage=Coverage(41, 120, 2040), requests=Requests(http=1, smtp=3))))
    assert seen["coverage"] == {"long_tail": {"asked": 120, "of": 2040}, "pages": 41}
    assert seen["requests"]["smtp"] == 3


def test_a_rule_names_where_it_stands_in_catalogues() -> None:
    assert json.loads(to_json(WEAK))["verdicts"][0]["references"] == {
        "cwe": [],
        "owasp": [],
        "asvs": [],
        "pci_dss": [],
        "gdpr": [],
    }


def test_those_of_its_article_are_given() -> None:
    scan = result({"ftp-plaintext": Found.at("ftp:21")})
    (verdict,) = json.loads(to_json(scan, catalogue().articles))["verdicts"]
    assert verdict["references"] == {
        "cwe": ["CWE-319", "CWE-523"],
        "owasp": ["A04:2025"],
        "asvs": ["12.3.1"],
        "pci_dss": ["2.2.5", "2.2.7", "8.3.2"],
        "gdpr": ["Art. 32"],
    }


def test_limited_needs_a_reason() -> None:
    assert document(replace(WEAK, limited=Limited(80, 85, "These rules were left out: a."))).limited is not None
