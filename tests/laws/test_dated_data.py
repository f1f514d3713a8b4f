"""What others decide, and may change, is kept as data with its source and the day it was read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

DATA = sorted((one for one in (files("scanner") / "data").iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)


def facts(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each fact of a file by its key: the file as a whole where it has one source, otherwise each of its tables."""
    if "source" in table:
        yield "", table
    else:
        yield from table.items()


@pytest.mark.parametrize("file", DATA, ids=lambda one: one.name)
def test_each_has_a_source_and_a_day(file: Any) -> None:
    seen = dict(facts(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert seen
    for key, fact in seen.items():
        sources = str(fact.get("source", "")).split("; ")
        assert all(one.startswith("https://") for one in sources), f"{file.name}: {key} has no source"
        day = fact.get("recorded")
        assert isinstance(day, date), f"{file.name}: {key} has no day"


def test_these_are_the_files() -> None:
    assert {one.name for one in DATA} == {"mail_providers.toml", "root_anchors.toml", "software.toml", "takeovers.toml"}
