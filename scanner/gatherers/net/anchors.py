"""The root's keys: those that come with the program (``scanner/data/root_anchors.toml``), newer ones that ``update-data`` left,
and those of a file that somebody names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from scanner.platforms import newer

_RECORD = re.compile(r"\d{1,5} \d{1,3} 2 [0-9A-Fa-f]{64}")


@dataclass(frozen=True, slots=True)
class RootKey:
    """record: the data of its DS record, by SHA-256. until: the first day on which it is not believed any more."""

    name: str
    record: str
    valid_from: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is believed on a day."""
        return self.valid_from <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class RootKeys:
    """recorded: the day up to which they are right."""

    recorded: date
    keys: tuple[RootKey, ...]

    def records(self, day: date) -> tuple[str, ...]:
        """The DS records of those that are believed on a day."""
        return tuple(key.record for key in self.keys if key.holds(day))


@lru_cache(maxsize=1)
def shipped_keys() -> RootKeys:
    """Those that come with the program."""
    return read_keys(tomllib.loads((files("scanner") / "data" / "root_anchors.toml").read_text(encoding="utf-8")))


def known_keys() -> RootKeys:
    """The newest that are known; what was fetched and cannot be read counts as absent."""
    shipped = shipped_keys()
    try:
        fetched = read_keys(tomllib.loads(newer.text_of(newer.ROOT_KEYS) or ""))
    except ValueError:
        return shipped
    return fetched if fetched.recorded > shipped.recorded else shipped


def read_keys(table: Mapping[str, Any]) -> RootKeys:
    """A table as ``root_anchors.toml`` has it. Raises ValueError."""
    try:
        keys = tuple(RootKey(one["name"], one["record"], one["valid_from"], one.get("until")) for one in table["key"])
        made = RootKeys(table["recorded"], keys)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no table of the root's keys ({type(error).__name__})") from error
    days = [made.recorded, *(day for key in keys for day in (key.valid_from, key.until) if day is not None)]
    if not keys or not all(type(day) is date for day in days):
        raise ValueError("no table of the root's keys (days)")
    if not all(_RECORD.fullmatch(str(key.record)) for key in keys):
        raise ValueError("no table of the root's keys (records)")
    return made


def anchors_in_file(file: Path) -> tuple[str, ...]:
    """The root's DS records, of a file of DS or DNSKEY records. Raises ValueError that names the file and what is wrong."""
    from scanner.gatherers.net.dnssec import anchors_in

    try:
        return anchors_in(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
