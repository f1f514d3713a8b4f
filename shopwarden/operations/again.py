"""The command that looks again, whole: as a report prints it, it finds the shop in the way that this scan did. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WAY = ("ca_file", "resolve", "port", "allow_private", "nameserver", "trust_anchor")
"""Options without which another call would not find the shop, or not believe it."""
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@|[?&](?:ssl)?password=[^&]*")


def command_for(
    verb: str, what: str, given: Mapping[str, Any], *, config: Path | None = None, database: str | None = None
) -> str:
    """``shopwarden recheck KEY`` or ``shopwarden scan URL`` with what the caller said over the configuration.

    given: by the options' names. A database's password is left out: reports are passed on.
    """
    words = ["shopwarden", verb, what]
    named = {"config": config, "database": _without_password(database) if database else None}
    for option, value in (named | {name: given.get(name) for name in WAY}).items():
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None and one is not False:
                words += [f"--{option.replace('_', '-')}", *([] if one is True else [str(one)])]
    return shlex.join(words)


def _without_password(database: str) -> str:
    shown = _PASSWORD.sub(lambda match: "" if match[1] is None else f"{match[1]}@", database)
    return shown if "?" in shown else shown.replace("&", "?", 1)
