"""What must hold for the whole tree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import scanner
from scanner.engine.catalogue import Catalogue, load
from scanner.rules.article_laws import TO_FILL_IN

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(plugins=False)


def test_the_public_names_are_complete_and_sorted() -> None:
    assert list(scanner.__all__) == sorted(scanner.__all__, key=lambda name: (name.upper() != name, name))
    assert all(hasattr(scanner, name) for name in scanner.__all__)


def test_every_rule_has_an_article_and_a_test(catalogue: Catalogue) -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests" / "checks").rglob("test_*.py"))
    for rule in catalogue.rules.values():
        assert catalogue.articles[rule.id].rule == rule.id
        assert re.search(rf"\b{rule.check.__name__}\b", tests), f"{rule.id} has no test"
        assert rule.summary, f"{rule.id} has no docstring"


def test_every_article_belongs_to_a_rule(catalogue: Catalogue) -> None:
    articles = {path.stem for path in (ROOT / "checks").rglob("*.md")}
    assert articles == set(catalogue.rules)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['shopwarden', '--help']\n"
        "from shopwarden.cli.group import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('httpx', 'bs4', 'lxml', 'sslyze', 'paramiko', 'sqlalchemy', 'rich', 'pydantic', 'jinja2') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip().endswith("[]")


def test_no_skeleton_is_left_unfilled() -> None:
    """``make new-rule`` marks what its author has to write."""
    written = [
        path for folder in ("checks", "tests/checks") for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md"}
    ]
    assert [str(path.relative_to(ROOT)) for path in written if TO_FILL_IN in path.read_text(encoding="utf-8")] == []
