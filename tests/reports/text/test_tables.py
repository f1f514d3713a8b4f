"""Tables for spreadsheets: what a stranger wrote is shown there, and never calculated."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text.tables import LONGEST_CELL, csv_table, harmless

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "﹢1",
    "﹣1",
    "﹫x",
    "⁼1",
    "⁺1",
    "₌1",
    "\N{MINUS SIGN}1",
]
BEFORE = ["", " ", "\t", "\r", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u0085", "\x0b", "\x00", "\x1b", "\u200b", "\u202e", "\ufeff",
          "\u2060", "\xad", '"', "'", "“", ' "', "\n\t'", "\r \u200b\""]  # fmt: skip


def read(table: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table, newline=""), strict=True))


@pytest.mark.parametrize("before", BEFORE, ids=ascii)
@pytest.mark.parametrize("formula", FORMULAS, ids=ascii)
def test_a_formula_is_text_whatever_stands_before_it(before: str, formula: str) -> None:
    assert harmless(before + formula).startswith("'")
    (cell,) = read(csv_table(["a"], [[before + formula]]))[1]
    assert cell[0] in "'‹"


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r", "\r\n", ";;", "\n\n"], ids=ascii)
@pytest.mark.parametrize("formula", ["=1+1", ' "=1', "＝1", "-2"])
def test_a_formula_in_the_middle_is_text_too_where_another_cell_may_begin(separator: str, formula: str) -> None:
    assert harmless(f"a{separator}{formula}") == f"a{separator}'{formula}"


@pytest.mark.parametrize(
    "cell", ["", "a=1", "/path", "1.5", "https://shop.example/?a=1", "nginx/1.18.0 - old", "a; b", "x\ny", '"quoted"', "a;b=1"]
)
def test_other_cells_stay(cell: str) -> None:
    assert harmless(cell) == cell


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert csv_table(["a", "b", "c"], [[-1, None, True]]).splitlines()[1] == "-1,,True"


def test_what_an_eye_does_not_see_is_shown() -> None:
    assert read(csv_table(["a"], [["\x1b[31mred\u202e\u200b"]]))[1] == ["‹U+001B›[31mred‹U+202E›‹U+200B›"]


def test_a_cell_has_an_end() -> None:
    (cell,) = read(csv_table(["a"], [["x" * 100_000]]))[1]
    assert len(cell) == LONGEST_CELL


@given(st.lists(st.text(max_size=30), min_size=3, max_size=3))
def test_every_text_stays_in_its_cell(row: list[str]) -> None:
    heading, cells = read(csv_table(["a", "b", "c"], [row]))
    assert (heading, len(cells)) == (["a", "b", "c"], 3)
    for cell in cells:
        assert not cell.strip(" \"'\n").startswith(("=", "+", "-", "@")) or cell.startswith("'")


def test_many_separators_take_one_pass() -> None:
    assert harmless("\n" * 200_000 + "=1").endswith("\n'=1")
