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
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Self
from urllib.parse import unquote_plus, urlsplit

from scanner.text.urls import REMEMBERED, parameters
from scanner.text.words import plain_words, spellings

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
_MORE_OR_LESS = re.compile(
    r"/(?:cart|basket|bag|warenkorb|koszyk|panier|carrito|carrello|winkelwagen|kurv|varukorg)/(?:\w{1,40}/)?[+-]\d*(?:/|\Z)",
    re.IGNORECASE,
)
"""One more of it, or one less: ``/cart/+/3``."""
_SOMEBODY = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[a-z]{2,}", re.IGNORECASE)
"""A mail address as a value: what is asked for is about that person (subscribed, confirmed, reminded)."""
_BRACKETS = re.compile(r"[\[\]().:]+")
MOST_LETTERS = 40
"""Of words that run together; longer ones are taken as they are."""
SHORTEST = 4
"""Letters of a parameter's name that says an action by itself; shorter ones are abbreviations of anything."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Words that say an action, as ``unsafe_requests.toml`` describes them."""

    verbs: frozenset[str] = frozenset()
    also_nouns: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    into: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    deeds: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    run_together: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    sequences: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Self:
        """From the text of the data file. Raises KeyError, tomllib.TOMLDecodeError."""
        data: Mapping[str, Any] = tomllib.loads(text)
        beside = {kind: frozenset(map(plain_words, words)) for kind, words in data["beside"].items()}
        verbs = frozenset(spelling for language in data["verbs"].values() for verb in language for spelling in spellings(verb))
        besides = beside["objects"] | beside["containers"] | beside["records"]
        known = (verbs | besides | beside["deeds"]) - frozenset(data["run_together"]["never"])
        return cls(
            **beside,
            verbs=verbs,
            beside=besides | beside["fillers"],
            also_nouns=frozenset(map(plain_words, data["also_nouns"]["all"])),
            run_together=frozenset(word for word in known if len(word) >= SHORTEST and "-" not in word)
            | frozenset(data["run_together"]["besides"]),
            phrases=frozenset(plain_words(phrase) for phrase in data["phrases"]["all"]),
            sequences=sequences(data["sequences"]["all"]),
            names=frozenset(data["parameters"]["names"]),
            actions=frozenset(data["parameters"]["actions"]),
            values=frozenset(data["parameters"]["values"]),
        )

    def found_in(self, address: str) -> bool:
        """Whether path or query of this address says one of the actions. Never raises; what cannot be read counts as one."""
        try:
            path = urlsplit(address).path
        except ValueError:
            return True
        return self._in_path(path) or self._in_query(path, address)

    def _in_path(self, raw: str) -> bool:
        path = _decoded(raw)
        parts = [part for part in _IN_PATH.split(path) if part]
        if len(parts) > MOST_SEGMENTS:
            return True
        if parts and _STATIC.search(parts[-1]) and _plain(parts[0]) not in self.objects:
            parts = []  # a file that lies there as it is: /js/compare.js compares nothing; /cart/add.js does
        if _PERMALINK.search(path) or _MORE_OR_LESS.search(raw):
            return True
        segments = [_plain(_PAGE_EXTENSION.sub("", part)) for part in parts]
        return any(map(self._is_action, segments)) or self._follows(segments)

    def _in_query(self, path: str, address: str) -> bool:
        pairs = [(_decoded(name), _decoded(value[:500])) for name, value in parameters(address)]
        if len(pairs) > MOST_PARAMETERS:
            return True
        said = [_plain(piece) for text in (path, *(value for _, value in pairs)) for piece in _BETWEEN.split(text[:500])]
        held = any(piece in self.containers or piece in self.records for piece in said)
        for name, value in pairs:
            if held and _plain(name) in self.verbs:
                return True  # /cart?update=1
            if self._named(name) or _MUTATION.match(value) or _SOMEBODY.fullmatch(value):
                return True
            if not value and self._any(_BETWEEN.split(name[:500]), self._is_action):
                return True
            pieces = [_PAGE_EXTENSION.sub("", piece) for piece in _BETWEEN.split(value)]
            if self._any(pieces, self._holds_action if name.lower() in self.actions else self._is_action):
                return True
        return False

    def _named(self, name: str) -> bool:
        """Whether a parameter's name alone says what is done: ``remove``, ``cart[remove]``, ``BUYproducts_id``, ``empty-basket``.
        Words that are nouns as well do not: shops call lists and views ``compare`` and ``like``."""
        if name.lower() in self.names or name.split("[", 1)[0].lower() in self.names:
            return True
        plain = _plain(_BRACKETS.sub("-", _PAGE_EXTENSION.sub("", name)))
        words = self._words(plain)
        if len(words) == 1:
            return len(plain) >= SHORTEST and plain in self.verbs - self.also_nouns
        if words[:2] in (["add", "on"], ["add", "ons"]):
            return False
        return plain in self.phrases or self._is_done(words) or any(word in self.verbs - self.also_nouns for word in words)

    def _any(self, pieces: list[str], acts: Callable[[str], bool]) -> bool:
        plain = [_plain(piece) for piece in pieces]
        return any(map(acts, plain)) or self._follows(plain)

    def _is_action(self, plain: str) -> bool:
        """Whether the whole says an action: a verb, or a verb with what it is done to."""
        if plain in self.verbs or plain in self.phrases:
            return True
        words = self._words(plain)
        if len(words) > 8:
            return False
        if "-".join(words) in self.phrases:
            return True
        return self._is_done(words) or self._is_into(words)

    def _is_done(self, words: list[str]) -> bool:
        """``add-to-cart``, ``end-session``: what is done, and to what."""
        return (
            any(word in self.verbs for word in words) and all(word in self.verbs or word in self.beside for word in words)
        ) or self._is_deed(words)

    def _is_into(self, words: list[str]) -> bool:
        """``to-basket``, ``in-den-korb``: only where something is put into."""
        return (
            words[0] in self.into
            and words[-1] in self.containers
            and all(word in self.into or word in self.containers or word in self.articles for word in words)
        )

    def _is_deed(self, words: list[str]) -> bool:
        """``end-session``, ``order-again``: a deed and what it is done to, in any order."""
        deeds, things = self.deeds.intersection(words), (self.records | self.containers).intersection(words)
        known = deeds | things | self.fillers | self.into | self.articles
        return len(words) > 1 and bool(deeds) and bool(things) and known.issuperset(words)

    def _words(self, plain: str) -> list[str]:
        """The words of a part, also where they run together: ``buyproducts-id`` → buy, products, id."""
        return [piece for word in plain.split("-") for piece in self._apart(word)]

    def _apart(self, word: str) -> list[str]:
        """The known words that a run of letters consists of, as few as possible; the run itself where it does not."""
        if word in self.run_together or not SHORTEST < len(word) <= MOST_LETTERS:
            return [word]
        ways: list[list[str] | None] = [[]]
        for end in range(1, len(word) + 1):
            ends = ((way, word[start:end]) for start, way in enumerate(ways) if way is not None)
            ways.append(min(([*way, last] for way, last in ends if last in self.run_together), key=len, default=None))
        return ways[-1] or [word]

    def _holds_action(self, plain: str) -> bool:
        """Whether any word or phrase within says an action."""
        words = self._words(plain)[:20]
        if plain in self.deeds or plain in self.values or self._is_action(plain) or any(word in self.verbs for word in words):
            return True
        ends = ((start, end) for start in range(len(words)) for end in range(start + 2, min(start + 6, len(words)) + 1))
        runs = ("-".join(words[start:end]) for start, end in ends)
        return any(run in self.phrases or run in self.verbs for run in runs)

    def _follows(self, pieces: list[str]) -> bool:
        said = [piece for piece in pieces if piece]
        return any(pair in self.sequences or self._is_deed(list(pair)) for pair in pairwise(said))


@lru_cache(REMEMBERED)
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
