"""The recorded shops in ``fixtures/shops``: judged again by today's rules, and fit to be kept and shown to anybody."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.engine.recording import read_recording, write_recording
from scanner.results.result import Status
from scanner.rules.verdicts import Inconclusive
from shopwarden.cli.group import main
from tests.scanning import HOST, catalogue
from tests.shops.served import SHOPS as SERVED
from tools.record_shops import SHOPS, VERDICTS, judge, judged_again, shortened, verdicts_of

NAMES = sorted(folder.name for folder in SHOPS.iterdir())
MOST_BYTES = 300_000
AGAIN = "if that is meant: python -m tools.record_shops --judge, and look at the difference"
OF_A_MACHINE = re.compile(r"/(?:tmp|root|var/tmp|Users)/|/home/(?!petal/)|\\\\Users\\\\|popen-gw")


def test_every_shop_that_can_be_served_is_recorded() -> None:
    assert set(SERVED) < set(NAMES), "the others are platforms that are not installed here (docs/platforms.md)"


@pytest.mark.parametrize("name", NAMES)
def test_todays_rules_say_of_it_what_they_said(name: str) -> None:
    kept = json.loads((SHOPS / name / VERDICTS).read_text(encoding="utf-8"))
    result = judged_again(SHOPS / name, catalogue())
    assert set(kept) == set(catalogue().chosen()), f"a rule came or went; {AGAIN}"
    assert verdicts_of(result) == kept, AGAIN
    assert not [
        judged for judged in result.judged if isinstance(judged.verdict, Inconclusive) and "defect" in judged.verdict.because
    ]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_as_it_was_read(name: str, tmp_path: Path) -> None:
    recording = read_recording(SHOPS / name, catalogue().gatherers)
    tool = json.loads((SHOPS / name / "manifest.json").read_text(encoding="utf-8"))["tool"]
    write_recording(tmp_path, recording, tool)
    judge(tmp_path, catalogue())
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in (SHOPS / name).iterdir()
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_command_judges_it(name: str, folder: Path) -> None:
    replayed = CliRunner().invoke(main, ["replay", str(SHOPS / name), "--json", "result.json", "--quiet"])
    assert replayed.exit_code == 0, replayed.output
    told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert (told["site"]["host"], len(told["verdicts"])) == (HOST, len(catalogue().chosen()))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_tells_nothing_of_the_machine(name: str) -> None:
    files = list((SHOPS / name).iterdir())
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert OF_A_MACHINE.search(text) is None, file
        for kind in ("address", "addresses", "location"):
            for given in re.findall(rf'"{kind}": "(\d+\.\d+\.\d+\.\d+)"', text):
                assert ipaddress.ip_address(given).is_loopback, file


def test_they_are_of_many_kinds() -> None:
    """Each rule has something to say of one of them, and most find something or pass."""
    results = [judged_again(SHOPS / name, catalogue()) for name in NAMES]
    assert {result.status for result in results} <= {Status.COMPLETE, Status.PARTIAL}
    said: dict[str, set[str]] = {}
    for result in results:
        for rule, verdict in verdicts_of(result).items():
            said.setdefault(rule, set()).add(verdict if isinstance(verdict, str) else "found")
    unsaid = {rule for rule, verdicts in said.items() if verdicts <= {"inconclusive", "notapplicable"}}
    assert unsaid <= {"domain-expiring"}, "that one asks a registry, and only if it is told to"
    assert sum("found" in verdicts for verdicts in said.values()) > len(said) / 2


def test_only_texts_are_shortened() -> None:
    assert shortened(("abcdef", 7, {"a": ("bcd",)}, b"abcdef", Status.COMPLETE), 2) == (
        "ab",
        7,
        {"a": ("bc",)},
        b"abcdef",
        Status.COMPLETE,
    )
