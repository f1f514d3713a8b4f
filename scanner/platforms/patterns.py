"""Patterns of the data on texts that strangers sent. Pure; a pattern is compiled when it is first used."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the data; upper and lower case are alike."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


def found(contains: str, pattern: str, text: str, lowered: str | None = None) -> str | None:
    """The part of the text that matches: the plain text first, because looking for it costs next to nothing."""
    if contains and contains not in (text.lower() if lowered is None else lowered):
        return None
    if not pattern:
        return contains
    match = compiled(pattern).search(text)
    return match[0] if match else None


def alike_quotes(text: str) -> str:
    """HTML may quote with either; the patterns know one."""
    return text.replace("'", '"')


def proof_in(marks: tuple[tuple[str, ...], ...], text: str) -> str | None:
    """The first mark of which every part is in the text, as text; None where there is none."""
    text = alike_quotes(text)
    for parts in marks:
        seen = [match[0] for part in parts if (match := compiled(part).search(text))]
        if len(seen) == len(parts):
            return " … ".join(seen)
    return None
