"""The run as a spreadsheet and as JSON: what is in a name stays in it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from reports.overview.tables import as_csv, as_json
from scanner.history.run_summary import Overview, ShopLine

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
UNSEEN = "\x1b]0;owned\x07\u202egpj\u200b\x9b31m"


def run(name: str, because: str = "") -> Overview:
    return Overview(NOW, NOW, (ShopLine("a.example", name, "https://a.example/", "unreachable", because=because),))


def row(name: str, because: str = "") -> dict[str, str]:
    (shop,) = csv.DictReader(io.StringIO(as_csv(run(name, because)), newline=""), strict=True)
    return shop


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", " =1+1", "＝1+1", "\n=1", "\t=1", '"=1', "+cmd|' /C calc'!A0", "@SUM(1)"])
def test_a_spreadsheet_runs_no_formula_of_a_shop(formula: str) -> None:
    shown = row(formula, because=formula)
    assert shown["name"][0] in "'‹"
    assert shown["because"][0] in "'‹"


def test_no_escape_sequence_and_no_direction_mark_of_a_name_gets_out() -> None:
    for text in (as_csv(run(UNSEEN, UNSEEN)), as_json(run(UNSEEN, UNSEEN))):
        assert all(character.isprintable() or character in "\r\n" for character in text)
    (shop,) = json.loads(as_json(run(UNSEEN, UNSEEN)))["shops"]
    assert shop["name"] == shop["because"] == "‹U+001B›]0;owned‹U+0007›‹U+202E›gpj‹U+200B›‹U+009B›31m"


def test_ordinary_names_stay() -> None:
    (shop,) = json.loads(as_json(run("Blumen Müller & Söhne – “Rosen”")))["shops"]
    assert shop["name"] == row("Blumen Müller & Söhne – “Rosen”")["name"] == "Blumen Müller & Söhne – “Rosen”"
