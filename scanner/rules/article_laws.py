"""What an article has to keep to besides its form: it is for people who have other work, and no fix claims more than was tried.

``shopwarden rules`` refuses what breaks a law here, whosever it is; the tests of the whole tree call the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from scanner.rules.articles import Article, Block, Fix, without_blocks

LEAST_EASE = 60.0
"""Flesch's reading ease: 60 to 70 is plain English, understood at 13 to 15 years; the whole scale goes from 0 to 100."""
LONGEST_SENTENCE = 22.0
"""Words, on average."""
TRIED = frozenset({
    "Apache (.htaccess)", "Apache", "nginx", "Caddy", "lighttpd", "IIS", "PHP", "vsftpd", "proftpd", "pure-ftpd", "OpenSSH",
    "Postfix",
})  # fmt: skip
"""The headings whose blocks are tried on a real server, or say why they cannot be."""
TRIED_ELSEWHERE = frozenset({"mysqld", "postgresql", "redis", "memcached", "zone"})
"""Languages of blocks that are tried on the real services, under whatever heading."""
NO_FIX = frozenset({"toml", "text"})
"""Our own settings, and plain texts."""

TO_FILL_IN = "FILL IN"
"""What stands in a skeleton where its author's words belong."""

_WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SILENT = re.compile(r"(?:[^laeiouysxzcgh]es|[^aeioudt]ed|[^laeiouy]e)$")
_VOWELS = re.compile(r"[aeiouy]+")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+|\s*>\s?|#{1,6}\s+")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TRY_FIRST = re.compile(r"\btry\b[^.]*\bfirst\b", re.IGNORECASE)
_ADVISED = re.compile(r"\b(?:first|begin|start)\b[^.`]{0,40} with `([^`]+)`", re.IGNORECASE)
_AGAIN = re.compile(r"What may break|Effort:")


@dataclass(frozen=True, slots=True)
class Ease:
    """How easy a text is to read.

    ease: Flesch's score (R. Flesch, "A new readability yardstick", 1948). length: words a sentence.
    """

    ease: float
    length: float
    words: int


def broken_laws(article: Article) -> Iterator[str]:
    """What an article does that no article may, each with what to do."""
    words = (article.title, article.good, article.why, article.risk, article.verify, article.ask, article.references)
    if left := sum(text.count(TO_FILL_IN) for text in (*words, *(fix.markdown for fix in article.fixes))):
        yield f"{TO_FILL_IN} stands in it {left} times: write what is asked for there"
    read = ease_of(article)
    if read.ease < LEAST_EASE:
        yield f"its reading ease is {read.ease:.0f} (Flesch; {LEAST_EASE:.0f} is plain English): write shorter words, sentences"
    if read.length > LONGEST_SENTENCE:
        yield f"its sentences have {read.length:.0f} words on average, {LONGEST_SENTENCE:.0f} at most: write shorter sentences"
    if article.minutes is not None and not _TRY_FIRST.search(article.risk):
        yield "'What may break' does not say where to try it first, such as: Try it on a copy of the shop first."
    for fix in article.fixes:
        if _AGAIN.search(fix.markdown):
            yield f"### {fix.where} says again what it costs or what may break: once, above the first heading, is enough"
        for block in fix.blocks:
            if why := _claims(block, tried=fix.where in TRIED):
                yield f"### {fix.where}: the block `{block.language}` {why}"
        yield from (f"### {fix.where} {why}" for why in _order(article, fix))


def _order(article: Article, fix: Fix) -> Iterator[str]:
    """What is advised first is what is pasted first: not the year where the words say “first with `max-age=300`”."""
    for advised in _ADVISED.findall(f"{article.risk}\n{fix.markdown}"):
        directive = advised.partition("=")[0].removesuffix("-Report-Only")
        speaking = [block.text for block in fix.blocks if directive in block.text]
        if speaking and advised not in speaking[0]:
            yield f"gives something else to paste than `{advised}`, which is to be tried first"
    for block, after in zip(fix.blocks, (*fix.blocks[1:], None), strict=False):
        if block.first and (after is None or after.first or after.language != block.language or after.text == block.text):
            yield f"gives the block `{block.language} first` to try out, and not what comes after it"


def _claims(block: Block, *, tried: bool) -> str:
    """What is wrong with what a block says of its own proof; empty where nothing is."""
    if tried and not block.proven and not block.because:
        return "says that it is unproven and not why: ```language unproven the reason"
    if not tried and block.proven and block.language not in NO_FIX | TRIED_ELSEWHERE:
        return "was tried by nobody: mark it ```language unproven"
    return ""


def ease_of(article: Article) -> Ease:
    """Of why it matters, what may break, and how to fix it."""
    texts = (article.why, article.risk, *(fix.markdown for fix in article.fixes))
    return ease_of_paragraphs(paragraph for text in texts for paragraph in prose(text))


def ease_of_paragraphs(paragraphs: Iterable[str]) -> Ease:
    """A text without words is as easy as can be."""
    sentences = [words for paragraph in paragraphs for part in _SENTENCE.split(paragraph) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Ease(100.0, 0.0, 0)
    length = len(words) / len(sentences)
    return Ease(206.835 - 1.015 * length - 84.6 * sum(map(syllables, words)) / len(words), length, len(words))


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """Groups of vowels, without a silent e: near enough on average, and the same on every computer."""
    letters = _SILENT.sub(lambda match: match[0][0], word.lower())
    return max(1, len(_VOWELS.findall(letters)))


def prose(text: str) -> list[str]:
    """The paragraphs of a Markdown text, without code blocks; code inside a sentence counts as one short word."""
    paragraphs: list[list[str]] = [[]]
    for line in without_blocks(text):
        start = _ITEM.match(line)
        if not line.strip() or start:
            paragraphs.append([])
        paragraphs[-1].append(line[start.end() if start else 0 :].strip())
    joined = (" ".join(line for line in lines if line) for lines in paragraphs)
    return [_plain(paragraph) for paragraph in joined if paragraph]


def _plain(paragraph: str) -> str:
    words = _LINK.sub(r"\1", _CODE.sub("it", paragraph))
    return _ESCAPED.sub(r"\1", re.sub(r"(?<!\\)[*<>]", "", words))
