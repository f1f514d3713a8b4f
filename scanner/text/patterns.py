"""Patterns that are compiled when they are first used: most of what a start imports is never needed by what was started."""

from __future__ import annotations

import re
from typing import Any, cast


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The same as ``re.compile``, later. For patterns that take milliseconds to compile."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))


class _Lazy:
    """Becomes the pattern at its first use: what it is asked for then, it has from there on."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._source), name)
        self.__dict__[name] = found  # from now on it is found there, and this is not called
        return found
