"""What a stranger wrote, made safe to show: on a page, in a terminal, in a table, in a log."""

from __future__ import annotations

import json
import re

LIMIT = 500

# C0 and C1 controls; soft hyphen, joiners and fillers that take no room; line and paragraph separators; marks that turn the
# reading direction; invisible operators; annotation and language tags; variation selectors; half surrogates and code points
# that are no characters (neither can be written as UTF-8 or XML).
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_MARK = len("‹U+10FFFF›")


def sanitize(text: str, limit: int = LIMIT, *, lines: bool = False) -> str:
    """Text in which every invisible or direction-changing character shows as a mark such as ``‹U+202E›``.

    limit: most characters of the result; what is longer ends in "…". lines: keep line ends (as line feeds) and show tabs
    as four spaces; otherwise both are marked like every other control character, so that one value stays one line.
    Without such characters, short text comes back unchanged. See Unicode Technical Report 36, section 3 (visual spoofing).
    """
    text = text[: limit + 1]
    shown = "\n".join(_marked(line.replace("\t", "    ")) for line in _LINE_END.split(text)) if lines else _marked(text)
    if len(shown) <= limit:
        return shown
    cut = shown[: max(limit - 1, 0)]
    opened = cut.rfind("‹", max(len(cut) - _LONGEST_MARK, 0))
    if opened > cut.rfind("›"):
        cut = cut[:opened]
    return cut + "…"


def sanitize_json(text: str) -> str:
    """JSON text in which the same characters stand as escapes (RFC 8259 7): the value that is read from it is unchanged."""
    return _UNSEEN.sub(lambda match: match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1], text)


def _marked(text: str) -> str:
    return _UNSEEN.sub(lambda match: f"‹U+{ord(match[0]):04X}›", text)
