"""The root's keys that come with the program (``scanner/data/root_anchors.toml``), and those of a file that somebody names."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path


@lru_cache(maxsize=1)
def shipped_anchors() -> tuple[str, ...]:
    """The data of the root's DS records."""
    table = tomllib.loads((files("scanner") / "data" / "root_anchors.toml").read_text(encoding="utf-8"))
    return tuple(key["record"] for key in table["key"])


def anchors_in_file(file: Path) -> tuple[str, ...]:
    """The same, of a file of DS or DNSKEY records. Raises ValueError that names the file and what is wrong."""
    from scanner.gatherers.net.dnssec import anchors_in

    try:
        return anchors_in(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
