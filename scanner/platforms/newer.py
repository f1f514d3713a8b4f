"""Newer facts than those that came with the program: what ``shopwarden update-data`` left in the user's data folder.

Three files, each taken only as a whole and only where it is newer than what came with the program; one that cannot be read counts
as absent, so that a damaged file never stops a scan:

- ``jslibs.json``: like ``scanner/data/jslibs.json``.
- ``support.json``: key of a platform, or ``php`` or ``apache`` → ``{"recorded": day, "source": text, "branch": [{"name": …}]}``
  as in a platform's file, days as text.
- ``root_anchors.toml``: like ``scanner/data/root_anchors.toml``.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

LIBRARIES = "jslibs.json"
SUPPORT = "support.json"
ROOT_KEYS = "root_anchors.toml"
MOST_BYTES = 5_000_000


def folder() -> Path:
    """Where newer facts lie."""
    import platformdirs

    return platformdirs.user_data_path("shopwarden", appauthor=False) / "data"


def text_of(name: str) -> str | None:
    """One of the files, or None where there is none that can be read."""
    try:
        file = folder() / name
        return file.read_text(encoding="utf-8") if file.stat().st_size <= MOST_BYTES else None
    except (OSError, ValueError):
        return None


def support_tables() -> dict[str, dict[str, Any]]:
    """Key → its newer ``[support]`` table, as TOML would give it. Empty where there is none."""
    text = text_of(SUPPORT)
    try:
        return read_support(text) if text else {}
    except ValueError:
        return {}


def read_support(text: str) -> dict[str, dict[str, Any]]:
    """``support.json`` from its text, days as days. Raises ValueError for whatever is wrong with it."""
    try:
        return {
            key: {
                **table,
                "recorded": date.fromisoformat(table["recorded"]),
                "branch": [{name: _day(name, value) for name, value in branch.items()} for branch in table["branch"]],
            }
            for key, table in json.loads(text).items()
        }
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _day(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in {"support_ends", "end_of_life"} else value
