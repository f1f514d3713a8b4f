"""What is special about a rule is said beside it: nothing below the rules, above them or next to them knows one by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scanning import catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = ("scanner", "reports", "shopwarden")


def named(source: str, ids: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Line and id of each text in a program that is a rule's id, or that holds one between blanks; docstrings are none."""
    tree = ast.parse(source)
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield from ((node.lineno, word) for word in node.value.split() if word in ids)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_rule_is_known_by_name(package: str) -> None:
    ids = frozenset(catalogue().rules)
    found = [
        f"{file.relative_to(ROOT)}:{line} names {rule}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for line, rule in named(file.read_text(encoding="utf-8"), ids)
    ]
    assert found == [], "say it with @check(…, fix_group=…, escalate=…, was=…), or tell from the evidence"


def test_the_law_sees_one_that_is_known() -> None:
    source = '"""hsts-missing"""\nINVENTORY = "hsts-missing"\nMORE = {"x": ("a hsts-missing b", "hsts-missing-x")}\n'
    assert list(named(source, frozenset({"hsts-missing"}))) == [(2, "hsts-missing"), (3, "hsts-missing")]
