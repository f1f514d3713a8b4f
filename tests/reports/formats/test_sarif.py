"""SARIF: what other tools read, checked by Microsoft's validator as well."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reports.formats.sarif import FINGERPRINT, sarif
from reports.view.build import view_of
from tests.patience import PATIENCE
from tests.reports.samples import ARTICLES, SAMPLES
from tests.scanning import catalogue

VALIDATOR = Path(__file__).parents[2] / "browser/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"


def run(name: str) -> Any:
    document = json.loads(sarif(view_of(SAMPLES[name], ARTICLES), SAMPLES[name]))
    assert document["version"] == "2.1.0"
    (only,) = document["runs"]
    return only


def test_kinds_and_levels() -> None:
    results = {result["ruleId"]: result for result in run("weak")["results"]}
    assert {rule: (result["kind"], result["level"]) for rule, result in results.items() if rule in {
        "exposed-vcs", "hsts-missing", "nosniff-missing", "exposed-config", "dmarc-missing", "backup-database-stale"}
    } == {
        "exposed-vcs": ("fail", "error"),
        "hsts-missing": ("fail", "warning"),
        "nosniff-missing": ("fail", "note"),
        "exposed-config": ("pass", "none"),
        "dmarc-missing": ("open", "none"),
        "backup-database-stale": ("notApplicable", "none"),
    }  # fmt: skip
    assert results["dmarc-missing"]["message"]["text"].startswith("Could not be checked: The DNS server")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_finding_is_there_with_its_identity(name: str) -> None:
    seen = [result["partialFingerprints"][FINGERPRINT] for result in run(name)["results"] if result["kind"] == "fail"]
    assert sorted(seen) == sorted(found.id for found in SAMPLES[name].findings)


@pytest.mark.parametrize("name", SAMPLES)
def test_rules_and_results_belong_together(name: str) -> None:
    only = run(name)
    rules = only["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in only["results"])


def test_rules_name_their_entries_in_the_catalogues() -> None:
    scan = SAMPLES["weak"]
    (only,) = json.loads(sarif(view_of(scan, catalogue().articles), scan))["runs"]
    assert [(one["name"], one["version"]) for one in only["taxonomies"]] == [
        ("CWE", "4.18"), ("OWASP Top 10", "2025"), ("OWASP ASVS", "5.0.0"), ("PCI DSS", "4.0.1"), ("GDPR", "2016/679"),
    ]  # fmt: skip
    named = only["tool"]["driver"]["supportedTaxonomies"]
    assert [(one["name"], one["index"]) for one in named] == [(one["name"], n) for n, one in enumerate(only["taxonomies"])]
    (rule,) = [rule for rule in only["tool"]["driver"]["rules"] if rule["id"] == "ftp-plaintext"]
    targets = [relation["target"] for relation in rule["relationships"]]
    for target in targets:
        taxonomy = only["taxonomies"][target["toolComponent"]["index"]]
        assert taxonomy["name"] == target["toolComponent"]["name"]
        assert taxonomy["taxa"][target["index"]]["id"] == target["id"]
    assert {target["id"] for target in targets} == {
        "CWE-319",
        "CWE-523",
        "A04:2025",
        "12.3.1",
        "2.2.5",
        "2.2.7",
        "8.3.2",
        "Art. 32",
    }
    assert {"external/cwe/cwe-319", "external/cwe/cwe-523"} <= set(rule["properties"]["tags"])


def test_places() -> None:
    only = run("weak")
    assert only["originalUriBaseIds"]["SHOP"]["uri"] == "https://petalandstem.example/"
    results = {result["ruleId"]: result for result in only["results"]}
    first = results["exposed-vcs"]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert first == {"uri": ".git/HEAD", "uriBaseId": "SHOP"}
    home = results["nosniff-missing"]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert home["uri"] == "./"
    service = results["ftp-plaintext"]["locations"][0]["logicalLocations"][0]
    assert service["fullyQualifiedName"] == "ftp://petalandstem.example:21"
    elsewhere = results["https-redirect-missing"]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert elsewhere == {"uri": "http://www.petalandstem.example/"}


def test_an_accepted_risk_is_suppressed() -> None:
    (accepted,) = [result for result in run("weak")["results"] if "suppressions" in result]
    assert accepted["ruleId"] == "ssh-password-login"
    assert accepted["suppressions"][0]["justification"] == "Key login is planned for spring (until 2027-03-31)"


@pytest.mark.parametrize(
    ("name", "successful"), [("weak", True), ("first-scan", True), ("blocked", False), ("unreachable", False)]
)
def test_whether_the_scan_succeeded(name: str, successful: bool) -> None:
    (invocation,) = run(name)["invocations"]
    assert invocation["executionSuccessful"] is successful


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_the_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    """It judges by the JSON schema of SARIF 2.1.0 and by rules of its own; its warnings are advice for source code."""
    if not VALIDATOR.exists():
        pytest.skip("sarif-multitool is not installed")
    VALIDATOR.chmod(0o755)
    (tmp_path / "scan.sarif").write_text(sarif(view_of(SAMPLES[name], ARTICLES), SAMPLES[name]), encoding="utf-8")
    done = subprocess.run(
        [VALIDATOR, "validate", "scan.sarif", "--output", "verdict.sarif", "--level", "Error;Warning;Note"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path), "PATH": os.defpath},
    )  # fmt: skip
    verdict = json.loads((tmp_path / "verdict.sarif").read_text(encoding="utf-8-sig"))
    errors = [result for only in verdict["runs"] for result in only.get("results", ()) if result.get("level") == "error"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert errors == []
