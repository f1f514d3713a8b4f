"""May a link be followed? Never one that might change something: the words are data, ``unsafe_links.toml``. Pure.

Decided by value and path, not by a parameter's name alone: many shops route whole sites by ``?do=`` or ``?route=``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from urllib.parse import unquote_plus, urlsplit

from scanner.evidence import Link
from scanner.gatherers.crawl.page_kinds import plain_words
from scanner.text.urls import parameters

MOST_PARAMETERS = 60

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,12})\Z")
_PAGE_EXTENSION = re.compile(r"\.(?:php\d?|html?|s?xhtml|aspx?|jsp|do|cgi|pl|cfm|action|json)\Z", re.IGNORECASE)
_BETWEEN = re.compile(r"[/.|:;,]+")
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class _Unsafe:
    verbs: frozenset[str]
    beside: frozenset[str]
    phrases: frozenset[str]
    sequences: frozenset[tuple[str, str]]
    names: frozenset[str]
    actions: frozenset[str]
    texts: frozenset[str]
    extensions: frozenset[str]


def may_follow(address: str, link: Link | None = None) -> bool:
    """Whether an address is a page that can be asked for without changing anything at the shop. Never raises.

    link: where the address was found, if on a page: its text can tell what the address does not. A file (image, PDF, archive …)
    is no page.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or is_file(address):
        return False
    if link is not None and " ".join(link.text.casefold().split()) in _unsafe().texts:
        return False
    return not _acts_by_path(parts.path) and not _acts_by_query(address)


def is_file(address: str) -> bool:
    """Whether the path ends like a file that is no page."""
    try:
        path = unquote_plus(urlsplit(address).path)
    except ValueError:
        return False
    extension = _EXTENSION.search(path)
    return extension is not None and extension[1].lower() in _unsafe().extensions


def _acts_by_path(path: str) -> bool:
    segments = [_plain(_PAGE_EXTENSION.sub("", unquote_plus(segment))) for segment in path.split("/") if segment]
    return any(map(_is_action, segments)) or _follows(segments)


def _acts_by_query(address: str) -> bool:
    unsafe = _unsafe()
    pairs = parameters(address)
    if len(pairs) > MOST_PARAMETERS:
        return True
    for name, value in pairs:
        lower = name.lower()
        if lower in unsafe.names or (not value and _is_action(_plain(name))):
            return True
        pieces = [_plain(_PAGE_EXTENSION.sub("", piece)) for piece in _BETWEEN.split(value[:500])]
        acts = _holds_action if lower in unsafe.actions else _is_action
        if any(map(acts, pieces)) or _follows(pieces):
            return True
    return False


def _is_action(plain: str) -> bool:
    """Whether the whole says an action: a verb, or a verb with what it is done to."""
    unsafe = _unsafe()
    if plain in unsafe.verbs or plain in unsafe.phrases:
        return True
    words = plain.split("-")
    return (
        len(words) <= 8
        and any(word in unsafe.verbs for word in words)
        and all(word in unsafe.verbs or word in unsafe.beside for word in words)
    )


def _holds_action(plain: str) -> bool:
    """Whether any word or phrase within says an action."""
    unsafe = _unsafe()
    words = plain.split("-")[:20]
    if any(word in unsafe.verbs for word in words):
        return True
    runs = ("-".join(words[start:end]) for start in range(len(words)) for end in range(start + 2, min(start + 6, len(words)) + 1))
    return any(run in unsafe.phrases or run in unsafe.verbs for run in runs)


def _follows(pieces: list[str]) -> bool:
    return any(pair in _unsafe().sequences for pair in pairwise(pieces))


def _plain(text: str) -> str:
    """``addToCart_12`` → ``add-to-cart``."""
    text = _CAMEL.sub("-", text[:200])
    return plain_words(_NUMBER.sub("-", text))


@cache
def _unsafe() -> _Unsafe:
    data = tomllib.loads(files("scanner.gatherers.crawl").joinpath("unsafe_links.toml").read_text("utf-8"))
    return _Unsafe(
        verbs=frozenset(verb for language in data["verbs"].values() for verb in language),
        beside=frozenset((*data["beside"]["objects"], *data["beside"]["fillers"])),
        phrases=frozenset(data["phrases"]["all"]),
        sequences=frozenset(_pair(sequence) for sequence in data["sequences"]["all"]),
        names=frozenset(data["parameters"]["names"]),
        actions=frozenset(data["parameters"]["actions"]),
        texts=frozenset(text.casefold() for text in data["texts"]["all"]),
        extensions=frozenset(data["files"]["extensions"]),
    )


def _pair(sequence: str) -> tuple[str, str]:
    first, _, second = sequence.partition("/")
    return first, second
