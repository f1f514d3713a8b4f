"""Might asking for this address change something? Decided where requests are sent, whatever named the address: a link, a
redirect, robots.txt, a sitemap, the folder above a picture, a script's source. The words are data: ``unsafe_requests.toml``.

RFC 9110 9.2.1 calls GET safe; many shops do not keep to it. Decided by value and path, not by a parameter's name alone: many
shops route whole sites by ``?do=`` or ``?route=``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Self
from urllib.parse import unquote_plus, urlsplit

from scanner.text.urls import parameters
from scanner.text.words import plain_words

MOST_PARAMETERS = 60
MOST_SEGMENTS = 60
MOST_DECODINGS = 3
"""Servers and proxies decode an address once each: ``%256c`` is an ``l`` behind two of them."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PAGE_EXTENSION = re.compile(r"\.(?:php\d?|html?|s?xhtml|aspx?|jsp|do|cgi|pl|py|cfm|action|json|ashx|rb)\Z", re.IGNORECASE)
_STATIC = re.compile(
    r"\.(?:css|m?js|map|jpe?g|png|gif|webp|avif|svg|ico|bmp|woff2?|ttf|otf|eot|mp[34]|webm|ogg|pdf|txt|xml|webmanifest)\Z",
    re.IGNORECASE,
)
_IN_PATH = re.compile(r"[/\\;,:|]+")
_BETWEEN = re.compile(r"[/\\.|:;,?&=]+")
_MUTATION = re.compile(r"\s*mutation\b[\s({]", re.IGNORECASE)
"""GraphQL, by GET: a program that keeps to its specification refuses that."""
_PERMALINK = re.compile(r"/cart/[0-9]+:[0-9]+")
"""Shopify's, which puts so many of a product into the basket."""
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Actions:
    """Words that say an action, as ``unsafe_requests.toml`` describes them."""

    verbs: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    sequences: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Self:
        """From the text of the data file. Raises KeyError, tomllib.TOMLDecodeError."""
        data: Mapping[str, Any] = tomllib.loads(text)
        return cls(
            verbs=frozenset(plain_words(verb) for language in data["verbs"].values() for verb in language),
            objects=frozenset(map(plain_words, data["beside"]["objects"])),
            fillers=frozenset(map(plain_words, data["beside"]["fillers"])),
            phrases=frozenset(plain_words(phrase) for phrase in data["phrases"]["all"]),
            sequences=sequences(data["sequences"]["all"]),
            names=frozenset(data["parameters"]["names"]),
            actions=frozenset(data["parameters"]["actions"]),
        )

    def found_in(self, address: str) -> bool:
        """Whether path or query of this address says one of the actions. Never raises; what cannot be read counts as one."""
        try:
            path = urlsplit(address).path
        except ValueError:
            return True
        return self._in_path(path) or self._in_query(address)

    def _in_path(self, path: str) -> bool:
        path = _decoded(path)
        parts = [part for part in _IN_PATH.split(path) if part]
        if len(parts) > MOST_SEGMENTS:
            return True
        if parts and _STATIC.search(parts[-1]) and _plain(parts[0]) not in self.objects:
            parts = []  # a file that lies there as it is: /js/compare.js compares nothing; /cart/add.js does
        if _PERMALINK.search(path):
            return True
        segments = [_plain(_PAGE_EXTENSION.sub("", part)) for part in parts]
        return any(map(self._is_action, segments)) or self._follows(segments)

    def _in_query(self, address: str) -> bool:
        pairs = parameters(address)
        if len(pairs) > MOST_PARAMETERS:
            return True
        for name, value in ((_decoded(name), _decoded(value[:500])) for name, value in pairs):
            lower = name.lower()
            if self._named(name) or _MUTATION.match(value):
                return True
            if lower in self.names or (not value and self._any(_BETWEEN.split(name[:500]), self._is_action)):
                return True
            pieces = [_PAGE_EXTENSION.sub("", piece) for piece in _BETWEEN.split(value)]
            if self._any(pieces, self._holds_action if lower in self.actions else self._is_action):
                return True
        return False

    def _named(self, name: str) -> bool:
        """Whether a parameter's name alone says what is done to what: ``submitReorder``, ``empty-basket``. One word does not:
        shops call lists and views ``compare`` and ``like``."""
        plain = _plain(_PAGE_EXTENSION.sub("", name))
        return "-" in plain and self._is_action(plain)

    def _any(self, pieces: list[str], acts: Callable[[str], bool]) -> bool:
        plain = [_plain(piece) for piece in pieces]
        return any(map(acts, plain)) or self._follows(plain)

    def _is_action(self, plain: str) -> bool:
        """Whether the whole says an action: a verb, or a verb with what it is done to."""
        if plain in self.verbs or plain in self.phrases:
            return True
        words = plain.split("-")
        return (
            len(words) <= 8
            and any(word in self.verbs for word in words)
            and all(word in self.verbs or word in self.objects or word in self.fillers for word in words)
        )

    def _holds_action(self, plain: str) -> bool:
        """Whether any word or phrase within says an action."""
        words = plain.split("-")[:20]
        if any(word in self.verbs for word in words):
            return True
        ends = ((start, end) for start in range(len(words)) for end in range(start + 2, min(start + 6, len(words)) + 1))
        runs = ("-".join(words[start:end]) for start, end in ends)
        return any(run in self.phrases or run in self.verbs for run in runs)

    def _follows(self, pieces: list[str]) -> bool:
        return any(pair in self.sequences for pair in pairwise(pieces))


def might_act(address: str) -> bool:
    """Whether asking for this address might change something at the shop, or at whoever serves it. Never raises."""
    return _unsafe().found_in(address)


def sequences(written: list[str]) -> frozenset[tuple[str, str]]:
    """``checkout/confirm`` → a pair of parts that follow each other."""
    return frozenset((first, second) for first, _, second in (one.partition("/") for one in written))


def _decoded(text: str) -> str:
    for _ in range(MOST_DECODINGS):
        if (further := unquote_plus(text)) == text:
            break
        text = further
    return text


def _plain(text: str) -> str:
    """``addToCart_12`` → ``add-to-cart``."""
    return plain_words(_NUMBER.sub("-", _CAMEL.sub("-", text[:200])))


@cache
def _unsafe() -> Actions:
    return Actions.read(files("scanner.scope").joinpath("unsafe_requests.toml").read_text("utf-8"))
