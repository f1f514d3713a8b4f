"""``shopwarden demo``: what it tells to type can be typed."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from shopwarden.cli.commands import demo, scan
from shopwarden.demo import DemoShop
from tests.command_line import shopwarden

LOOKED_AT = {
    "backup-database-stale": "found",
    "dkim-weak-key": "found",
    "dnssec-missing": "found",
    "mail-starttls-missing": "found",
    "spf-permissive": "found",
    "tls-certificate-untrusted": "passed",
}
"""By the shop's records, validated by its own root; its mail server, its backups, its certificate."""


@pytest.mark.parametrize("command", [demo.command, scan.command], ids=["demo", "scan"])
def test_the_command_that_the_page_names_for_the_fix_pack_has_its_option(command: click.Command) -> None:
    options = {name for parameter in command.params for name in parameter.opts}
    assert {"--fixes", "--pdf", "--language"} <= options


def test_the_command_that_a_served_shop_prints_looks_at_all_of_it(tmp_path: Path) -> None:
    with DemoShop(folder=tmp_path / "shop") as shop:
        words = [*demo.scan_words(shop), "--no-history", "--quiet", "--rate", "1000", "--json", str(tmp_path / "result.json")]
        words += ["--html", str(tmp_path / "report.html")]
        assert shopwarden(*words, "--only", ",".join(LOOKED_AT)).exit_code == 0
    said = json.loads((tmp_path / "result.json").read_text())
    assert {one["rule"]: one["verdict"] for one in said["verdicts"]} == LOOKED_AT
