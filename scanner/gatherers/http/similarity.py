"""Are two answers the same page? Two pages of one template differ in nonces, dates and the address that was asked for."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Collection
from difflib import SequenceMatcher
from urllib.parse import quote, urlsplit

from scanner.evidence import Answer
from scanner.evidence.answer import MOVED

ALIKE = 0.9
MOST_CHARS = 262_144
LEAST_IN_COMMON = 0.4
"""Of the words of two views of a page, how many have to be in both for that to tell anything."""
COMPARED_WORDS = 1_500  # comparing grows with the square

_NOISE = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*,? \d{1,2} \w{3,9} \d{4}\b"
    r"|\b[0-9a-f]{16,}\b|\b\d{6,14}\b|\bnonce=\"[^\"]*\"|\b\d+(?:\.\d+)? (?:seconds|queries|ms)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<>]{1,300})</title", re.IGNORECASE)
_HIDDEN = re.compile(r"<input\b[^<>]{0,300}\btype=[\"']?hidden[^<>]{0,600}>", re.IGNORECASE)


def normal(answer: Answer, origins: Collection[str] = ()) -> str:
    """The text without what differs between two views of one page: scripts, dates, tokens, and the address itself. origins: whose
    full addresses are read as paths, where the same links lead to one name or another."""
    text = answer.text[:MOST_CHARS].lower()
    for origin in sorted(origins, key=len, reverse=True):
        text = text.replace(f"{origin}/", "").replace(origin, "")
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
    origins = _origins(one, other)
    first, second = normal(one, origins).split(), normal(other, origins).split()
    if first == second:
        return True
    if min(len(first), len(second)) < ALIKE * max(len(first), len(second)) - 10:
        return False
    match = SequenceMatcher(None, first[:COMPARED_WORDS], second[:COMPARED_WORDS], autojunk=False)
    return match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def same_but_for_chance(page: Answer, one: Answer, other: Answer) -> bool:
    """Whether an answer is a third view of a page that shows other products each time: it has the same title, and what two views
    of that page have in common. False where these are one page in any case, or have little in common."""
    title = _title(page)
    if (
        not title
        or {_title(one), _title(other)} != {title}
        or not (page.read and one.read and other.read)
        or same_page(one, other)
    ):
        return False
    origins = _origins(one, other, page)
    first, second, third = (set(normal(view, origins).split()) for view in (one, other, page))
    common = first & second
    return len(common) >= LEAST_IN_COMMON * min(len(first), len(second)) and len(common & third) >= ALIKE * len(common)


def _origins(*answers: Answer) -> frozenset[str]:
    """Where several origins answered: all of them. A page of the name with "www" links to the name without it."""
    all_ = frozenset(f"{parts.scheme}://{parts.netloc}".lower() for parts in (urlsplit(answer.address) for answer in answers))
    return all_ if len(all_) > 1 else frozenset()


def _title(answer: Answer) -> str:
    match = _TITLE.search(answer.text[:MOST_CHARS])
    return " ".join(match[1].split()) if match else ""


def _target(answer: Answer) -> str:
    location = (answer.header("location") or "").partition("?")[0].partition("#")[0]
    stem = urlsplit(answer.address).path.rstrip("/").rpartition("/")[2]
    return location.replace(stem, "") if len(stem) > 3 else location
