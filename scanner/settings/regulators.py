"""The authorities for data protection that are told of a breach, as dated data (``regulators.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Regulator:
    """key: as ``regulator`` in the configuration names it. form: where a breach is told on the web, or "". law: that asks for it.

    hours: within which it must know, counted from noticing; 0 where the law names none.
    """

    key: str
    name: str
    site: str
    form: str = ""
    law: str = "GDPR, Art. 33"
    hours: int = 72


@cache
def regulators() -> Mapping[str, Regulator]:
    """By key, in the order of the file."""
    return {key: Regulator(key, **entry) for key, entry in _table().items() if key != "recorded"}


def recorded() -> date:
    """The day on which they were taken down."""
    day: date = _table()["recorded"]
    return day


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("scanner.settings").joinpath("regulators.toml").read_text(encoding="utf-8"))
