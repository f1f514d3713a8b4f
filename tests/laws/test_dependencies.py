"""Each library that is imported is declared, each that is declared is imported and explained; the lock files name no address."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("shopwarden", "scanner", "checks", "reports")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BROUGHT = {"markupsafe": "jinja2", "nassl": "sslyze", "pydantic-core": "pydantic", "requests": "apprise", "urllib3": "apprise"}
"""Parts of a library that is declared, in a distribution of their own; and what it speaks through, which has to be bounded."""

THROUGH = {"python-multipart": "fastapi"}
"""What a library that is declared needs for what we ask of it, and does not bring along."""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9_.-]", one, maxsplit=1)[0].lower().replace("_", "-") for one in requirements}


def declared() -> set[str]:
    core, extras = PROJECT["project"]["dependencies"], PROJECT["project"]["optional-dependencies"]
    return names([*core, *(one for extra in extras.values() for one in extra)])


def pinned(file: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][a-z0-9.-]*)(?:\[[^]]*\])?==", (ROOT / file).read_text(), re.MULTILINE))


def imported() -> set[str]:
    """The distributions of all modules that the product imports, wherever in a function."""
    graph = grimp.build_graph(*PRODUCT, include_external_packages=True, cache_dir=None)
    outside = {
        module for module in graph.modules if module.partition(".")[0] not in {*PRODUCT, *sys.stdlib_module_names, "_typeshed"}
    }
    homes = packages_distributions()
    return {name.lower().replace("_", "-") for module in outside for name in homes.get(module, [module])}


def test_what_is_imported_is_declared() -> None:
    missing = imported() - declared()
    assert missing == set(BROUGHT)
    assert set(BROUGHT.values()) <= declared()


def test_what_is_declared_is_imported() -> None:
    assert declared() - imported() == set(THROUGH)
    assert set(THROUGH.values()) <= imported()


def test_what_is_declared_is_explained() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    makers = names(PROJECT["dependency-groups"]["dev"])
    assert [name for name in sorted(declared() | makers) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w])", text)] == []


def test_nothing_else_is_explained() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)[1:]
    assert sorted(name for row in rows for name in row.split(", ")) == sorted(names(PROJECT["project"]["dependencies"]))
    extras = text.partition("\nExtras")[2].partition("\n\n")[0]
    assert re.findall(r"`([a-z]+)`\s\(", extras) == list(PROJECT["project"]["optional-dependencies"])
    named = {name for name in pinned("requirements-dev.lock") if re.search(rf"(?<![\w`.-]){name}(?![\w-])", text)}
    assert named - declared() - names(PROJECT["dependency-groups"]["dev"]) == set()


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_no_address_in_a_lock_file(file: str) -> None:
    assert not re.search(r"://|--index|--find-links|--trusted", (ROOT / file).read_text())


def test_the_lock_files_pin_what_is_declared() -> None:
    core = names(PROJECT["project"]["dependencies"])
    makers = declared() | names(PROJECT["dependency-groups"]["dev"])
    for file, wanted in (("requirements.lock", core), ("requirements-dev.lock", makers)):
        assert wanted - pinned(file) == set(), f"{file}: make lock"
