"""Texts that were meant as a record and are none as they are written.

They stand in quotation marks, have a blank or a backslash too many, the dashes of a text program, or a version that nobody reads.
Receivers pass them over; their owners believe that they count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = str.maketrans({
    **dict.fromkeys("\"'`´‘’‚‛“”„‟«»\\\u200b\u200e\u2060\ufeff", ""),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
})  # fmt: skip
_SPF = re.compile(r"v ?[=:] ?spf1\b[ ;,:]*", re.IGNORECASE)
_DMARC = re.compile(r"\bv ?[=:] ?dmarc ?1\b[ ;,:]*", re.IGNORECASE)


def plain(text: str) -> str:
    """A text with the dashes and blanks of a record, and without quotation marks and backslashes."""
    return " ".join(text.translate(_PLAIN).split())


def meant_as_spf(texts: Iterable[str]) -> tuple[str, str]:
    """The first text that begins as an SPF record would, and how it would be written; empty where there is none."""
    for text in texts:
        if (found := _SPF.match(plain(text))) is not None:
            return text, f"v=spf1 {plain(text)[found.end() :]}".rstrip()
    return "", ""


def meant_as_dmarc(texts: Iterable[str]) -> tuple[str, str]:
    """The same of a DMARC record, which its version has to begin."""
    for text in texts:
        if _DMARC.search(plain(text)) is not None:
            rest = _DMARC.sub("", plain(text), count=1).strip("; ")
            return text, f"v=DMARC1; {rest}" if rest else "v=DMARC1"
    return "", ""
