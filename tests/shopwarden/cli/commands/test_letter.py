"""``shopwarden letter``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scanner.evidence import DnsAnswer, Existence, Unavailable
from scanner.gatherers.letters import letters
from scanner.gatherers.net.dns import Dns
from scanner.results.letter_document import LetterDocument
from tests.command_line import shopwarden
from tests.here import Here
from tests.scanning import HOST
from tests.shopwarden.cli.commands.test_scan import on_loopback, shop_on

WEAK = """Received: from web.host.example (web.host.example [192.0.2.7]) by mx.mailbox.example with ESMTP id 1; Mon, 2 Nov 2026 10:00:01 +0100
From: Petal & Stem <news@petalandstem.example>
To: anna@mailbox.example, b@other.example
Subject: 20% off roses
Date: Mon, 2 Nov 2026 10:00:00 +0100
Content-Type: text/html

<p>Your password: Tulip2024!</p><a href="http://petalandstem.example/">Shop</a>
"""
ORDER = (
    WEAK.replace("20% off roses", "Your order 4711")
    .replace(", b@other.example", "")
    .replace("http:", "https:")
    .replace("Your password: Tulip2024!", "Thank you")
)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def ask(_self: Dns, _name: str, _kind: str) -> DnsAnswer | Unavailable:
        return DnsAnswer(Existence.NO_NAME)

    monkeypatch.setattr(letters, "CHILDREN", Here("scanner.gatherers.letters.errands"))
    monkeypatch.setattr(Dns, "told", ask)
    monkeypatch.chdir(tmp_path)
    Path("weak.eml").write_text(WEAK)
    Path("order.eml").write_text(ORDER)


def test_a_letter_is_judged_and_a_report_written() -> None:
    result = shopwarden("letter", "weak.eml", "--fail-on", "high")
    assert result.exit_code == 1
    assert "petalandstem.example" in result.output
    assert "No grade" in result.output
    assert "shopwarden letter weak.eml" in result.output
    page = Path("petalandstem.example-letters.html").read_text()
    assert "Each receiver" in page
    assert "What we asked the shop" not in page
    assert "How the grade is made" not in page
    assert "Tulip" not in page


def test_json_is_a_document_a_letter_on_a_line_each() -> None:
    result = shopwarden("letter", "weak.eml", "order.eml", "--json", "-", "--quiet")
    assert result.exit_code == 0
    first, second = (LetterDocument.model_validate_json(line) for line in result.stdout.splitlines())
    assert (first.schema_, first.from_domain, first.kind) == ("shopwarden/letter/1", "petalandstem.example", "newsletter")
    assert (second.file.name, second.kind) == ("order.eml", "order")
    assert len(first.file.sha256) == 64
    found = {verdict.rule for verdict in first.verdicts if verdict.verdict == "found"}
    assert found == {
        "letter-recipients-visible", "letter-unauthenticated", "letter-unsubscribe-missing", "letter-secret-in-clear",
        "letter-link-http", "letter-hop-unencrypted",
    }  # fmt: skip
    assert not {"grade", "site", "score"} & set(json.loads(result.stdout.splitlines()[0]))


def test_bad_input_is_told_and_ends_with_2() -> None:
    assert "there is no such file" in shopwarden("letter", "none.eml").output
    Path("a.txt").write_text("Hello")
    result = shopwarden("letter", "a.txt")
    assert result.exit_code == 2
    assert "a.txt: is no mail: it has no From line" in result.output
    result = shopwarden("letter", "weak.eml", "--only", "hsts-missing")
    assert (result.exit_code, "judges shops, not letters" in result.output) == (2, True)
    result = shopwarden("letter", "weak.eml", "--only", "letter-card")
    assert "did you mean letter-card-number" in result.output


def test_one_that_cannot_be_read_ends_with_3_and_hides_no_other() -> None:
    Path("a.txt").write_text("Hello")
    result = shopwarden("letter", "order.eml", "a.txt", "--json", "a.json")
    assert result.exit_code == 3
    documents = [json.loads(line) for line in Path("a.json").read_text().splitlines()]
    assert [one["status"] for one in documents] == ["complete", "unreadable"]


def test_an_accepted_risk_is_none() -> None:
    Path("shopwarden.toml").write_text(
        '[[site]]\nurl = "https://petalandstem.example"\n[[site.accepted]]\nrule = "letter-secret-in-clear"\n'
        'reason = "Of a test shop"\nuntil = 2999-12-31\n'
    )
    assert shopwarden("letter", "weak.eml", "--only", "letter-secret-in-clear", "--fail-on", "high").exit_code == 0


def test_a_scan_knows_no_rule_of_letters() -> None:
    result = shopwarden("scan", "petalandstem.example", "--only", "letter-card-number")
    assert result.exit_code == 2
    assert "shopwarden letter" in result.output


def test_a_scan_looks_at_the_newest_letter_where_the_owner_keeps_some() -> None:
    letters_of = Path("letters")
    letters_of.mkdir()
    for number, (name, text) in enumerate({"old": WEAK, "new": ORDER}.items()):
        (letters_of / f"{name}.eml").write_text(text)
        os.utime(letters_of / f"{name}.eml", (number, number))
    Path("shopwarden.toml").write_text(f'[[site]]\nurl = "http://{HOST}"\n[[site.letter]]\nlocation = "letters"\n')
    with shop_on() as port:
        words = ["--json", "-", "--quiet", "--no-history", "--skip", "letter-hop-unencrypted"]
        result = shopwarden("scan", HOST, *on_loopback(http=port), *words)
    verdicts = {one["rule"]: one for one in json.loads(result.stdout)["verdicts"] if one["area"] == "letter"}
    assert len(verdicts) == 8
    assert verdicts["letter-secret-in-clear"]["examined"] == ["petalandstem.example order"]
    assert verdicts["letter-unsubscribe-missing"]["verdict"] == "not-applicable"
    with shop_on() as port:
        Path("shopwarden.toml").write_text(f'[[site]]\nurl = "http://{HOST}"\n')
        result = shopwarden("scan", HOST, *on_loopback(http=port), *words[:4])
    assert not [one for one in json.loads(result.stdout)["verdicts"] if one["area"] == "letter"]


def test_a_place_of_letters_is_one_of_this_computer() -> None:
    Path("shopwarden.toml").write_text(
        '[[site]]\nurl = "https://petalandstem.example"\n[[site.letter]]\nlocation = "imaps://a"\n'
    )
    result = shopwarden("letter", "weak.eml")
    assert result.exit_code == 2
    assert "is no place on this computer" in " ".join(result.output.split())
