"""Are two answers the same page? Two pages of one template differ in nonces, dates and the address that was asked for."""

from __future__ import annotations

import base64
import html
import re
from difflib import SequenceMatcher
from urllib.parse import quote, urlsplit

from scanner.evidence import Answer
from scanner.evidence.answer import MOVED

ALIKE = 0.9
MOST_CHARS = 262_144
COMPARED_WORDS = 1_500  # comparing grows with the square

_NOISE = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*,? \d{1,2} \w{3,9} \d{4}\b"
    r"|\b[0-9a-f]{16,}\b|\b\d{6,14}\b|\bnonce=\"[^\"]*\"|\b\d+(?:\.\d+)? (?:seconds|queries|ms)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<input\b[^<>]{0,300}\btype=[\"']?hidden[^<>]{0,600}>", re.IGNORECASE)


def normal(answer: Answer) -> str:
    """The text without what differs between two views of one page: scripts, dates, tokens, and the address itself."""
    text = answer.text[:MOST_CHARS].lower()
    for start, end in (("<script", "</script"), ("<style", "</style"), ("<!--", "-->")):
        text = without(text, start, end)
    parts = urlsplit(answer.address)
    stem = parts.path.rstrip("/").rpartition("/")[2]
    for word in sorted({answer.address, parts.path, stem, stem.partition(".")[0]}, key=lambda word: (-len(word), word)):
        if len(word) > 3:
            for form in (word, quote(word, safe=""), html.escape(word), base64.b64encode(word.encode()).decode().rstrip("=")):
                text = text.replace(form.lower(), "")
    text = _HIDDEN.sub("", _NOISE.sub("", text))
    return " ".join(text.split())


def without(text: str, start: str, end: str) -> str:
    """Everything from ``start`` to ``end`` cut out; a search, because a pattern would take quadratic time on a hostile page."""
    kept, position = [], 0
    while (begin := text.find(start, position)) >= 0:
        kept.append(text[position:begin])
        position = text.find(end, begin)
        if position < 0:
            return "".join(kept)
        position += len(end)
    return "".join([*kept, text[position:]])


def same_page(one: Answer, other: Answer) -> bool:
    """Whether two answers are one template: same redirect target, or same status and nearly the same text."""
    if one.status in MOVED and other.status in MOVED:
        return _target(one) == _target(other)
    if one.read != other.read or (not one.read and one.status != other.status):
        return False
    if not one.text and not other.text:
        return bool(one.head) and one.head == other.head and one.size == other.size
    first, second = normal(one).split(), normal(other).split()
    if first == second:
        return True
    if min(len(first), len(second)) < ALIKE * max(len(first), len(second)) - 10:
        return False
    match = SequenceMatcher(None, first[:COMPARED_WORDS], second[:COMPARED_WORDS], autojunk=False)
    return match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def _target(answer: Answer) -> str:
    location = (answer.header("location") or "").partition("?")[0].partition("#")[0]
    stem = urlsplit(answer.address).path.rstrip("/").rpartition("/")[2]
    return location.replace(stem, "") if len(stem) > 3 else location
