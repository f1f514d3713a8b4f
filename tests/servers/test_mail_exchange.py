"""The records that findings and articles give, between real mail servers: mail still arrives and is proven, and what is wrong is held
back by a real sender exactly where we say so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.mail_exchange import RULES, SEEN
from tests.servers.postfix import program
from tests.servers.processes import binary, needs
from tests.servers.test_name_servers import program as names_program

OWN_NETWORK = ("--net", "--mount", "--propagation", "private")
PROVEN = {"fate": "sent", "pyspf": "pass", "dkimpy": True, "spf": ["pass", True], "dkim": [["pass", True]], "rule": "Passed"}


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    """What came of all mails. Where this computer gives nobody a network of his own, the tests are skipped; in CI they fail."""
    program("usr/lib/postfix/sbin/master")
    names_program("unbound")
    needs("ip", "unshare", "mount", root=True)
    own_network = [binary("unshare"), *OWN_NETWORK]
    if subprocess.run([*own_network, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network of its own is to be had here")
    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    command = [*own_network, sys.executable, "-m", "tests.servers.mail_exchange", str(folder)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        yield json.loads((folder / SEEN).read_text())
    finally:
        shutil.rmtree(folder)


def test_pasting_what_findings_have_to_paste_makes_every_rule_of_mail_pass(seen: dict[str, Any]) -> None:
    drafts = seen["drafts"]
    found = {rule for rule, verdict in drafts["bare"].items() if verdict == "Found"}
    assert found == {"spf-missing", "dmarc-missing", "dkim-missing", "mta-sts-missing", "mail-dane-missing"}
    assert [one["pasted"] for one in drafts["rounds"]] == [
        ["dmarc-missing", "mail-dane-missing", "mta-sts-missing", "spf-missing"],
        ["dmarc-not-enforced", "tls-rpt-missing"],
    ]
    assert drafts["mended"] == dict.fromkeys(RULES, "Passed")


def test_the_shops_mail_arrives_after_each_step_and_is_proven_as_others_judge_it(seen: dict[str, Any]) -> None:
    """By pyspf, dkimpy and checkdmarc; by our own reading of letters too, which says for which domain."""
    drafts = seen["drafts"]
    for one, policy in zip(
        drafts["rounds"] + drafts["steps"], ["none", "quarantine", "none", "quarantine", "reject"], strict=True
    ):
        assert {**PROVEN, "checkdmarc": policy, "policy": policy} == {key: one[key] for key in one if key != "pasted"}


def test_a_forged_mail_is_not_proven(seen: dict[str, Any]) -> None:
    forged = seen["drafts"]["forged"]
    assert (forged["pyspf"], forged["dkimpy"], forged["rule"]) == ("softfail", False, "Found")
    assert (forged["spf"], forged["dkim"], forged["policy"]) == (["fail", True], [], "reject")


def test_who_keeps_to_dane_holds_mail_back_exactly_where_we_say_so(seen: dict[str, Any]) -> None:
    """A certificate that nobody knows is well where its key was announced; one that differs is not, whoever issued it."""
    by_dane = seen["dane"]
    assert {case: fate for case, (fate, *_) in by_dane.items()} == {
        "none": "sent",
        "right": "sent",
        "stale": "deferred",
        "stale beside right": "sent",
        "authority": "sent",
        "another authority": "deferred",
        "self-signed": "sent",
        "self-signed, stale": "deferred",
        "no encryption": "deferred",
        "usage that senders leave out": "sent",
        "stale, in an unsigned zone": "sent",
    }
    assert {case for case, (_, how, *_) in by_dane.items() if how == "Verified"} == {
        "right", "stale beside right", "authority", "self-signed",
    }  # fmt: skip
    for case, (fate, _, broken, certificate) in by_dane.items():
        assert broken == ("Found" if fate == "deferred" else "Passed"), case
        assert certificate == ("Found" if case == "self-signed, stale" else "Passed"), case


def test_who_keeps_to_mta_sts_holds_mail_back_exactly_where_we_say_so(seen: dict[str, Any]) -> None:
    """In a trial nothing is held back, and we say in advance what would be."""
    by_policy = seen["sts"]
    assert {case: fate for case, (fate, *_) in by_policy.items()} == {
        "enforce": "sent",
        "enforce, a pattern": "sent",
        "enforce, another server": "deferred",
        "testing, another server": "sent",
        "enforce, self-signed": "deferred",
        "testing, self-signed": "sent",
        "enforce, no encryption": "deferred",
        "none, another server": "sent",
    }
    for case, (fate, how, broken) in by_policy.items():
        assert broken == ("Found" if fate == "deferred" or case.startswith("testing") else "Passed"), case
        assert (how == "Verified") == (case in {"enforce", "enforce, a pattern"}), case
