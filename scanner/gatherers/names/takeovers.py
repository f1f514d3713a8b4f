"""Services whose names can be taken over when no customer has them, as data (``scanner/data/takeovers.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Service:
    """names: what its customers' names end in, ``*`` for some part. says: texts, each of which proves that nobody has a name;
    gone: whether no such name in the DNS proves it."""

    name: str
    names: tuple[str, ...]
    says: tuple[str, ...]
    gone: bool

    def unclaimed(self, text: str) -> str:
        """The words of an answer that prove it; "" where none does."""
        return next((words for words in self.says if words in text), "")


@lru_cache(maxsize=1)
def services() -> tuple[Service, ...]:
    """All that are known."""
    tables = tomllib.loads((files("scanner") / "data" / "takeovers.toml").read_text(encoding="utf-8"))
    return tuple(
        Service(one["name"], tuple(one["names"]), tuple(one.get("says", ())), bool(one.get("gone"))) for one in tables.values()
    )


def service_of(name: str) -> Service | None:
    """Whose a name is; None where that is none of these."""
    return next((one for one in services() if any(fnmatchcase(name, f"*.{end}") for end in one.names)), None)
