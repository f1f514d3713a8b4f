"""Articles are for people who have other work: each says what it costs and what may break, in words that are easy to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from scanner.rules.articles import Article, markdown
from tests.servers.fix_table import catalogue

LEAST_EASE = 60.0
"""Flesch's reading ease: 60 to 70 is plain English, understood at 13 to 15 years; the whole scale goes from 0 to 100."""
LONGEST_SENTENCE = 22.0
"""Words, on average."""

_WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SILENT = re.compile(r"(?:[^laeiouysxzcgh]es|[^aeioudt]ed|[^laeiouy]e)$")


@dataclass(frozen=True)
class Ease:
    """How easy a text is to read. ease: Flesch's score (R. Flesch, "A new readability yardstick", 1948); length: words a sentence."""

    rule: str
    ease: float
    length: float
    words: int


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e: near enough on average, and the same on every computer."""
    letters = _SILENT.sub(lambda match: match[0][0], word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", letters)))


def prose(text: str) -> list[str]:
    """The paragraphs of a Markdown text, without code blocks; code inside a sentence counts as one short word."""
    return [
        "".join(
            "it" if child.type == "code_inline" else " " if "break" in child.type else child.content
            for child in token.children or ()
        )
        for token in markdown().parse(text)
        if token.type == "inline"
    ]


def ease_of(rule: str, paragraphs: Iterable[str]) -> Ease:
    sentences = [words for paragraph in paragraphs for part in _SENTENCE.split(paragraph) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    length = len(words) / len(sentences)
    return Ease(rule, 206.835 - 1.015 * length - 84.6 * sum(map(syllables, words)) / len(words), length, len(words))


def read(article: Article) -> Ease:
    """Why it matters, what may break, how to fix it."""
    texts = (article.why, article.risk, *(fix.markdown for fix in article.fixes))
    return ease_of(article.rule, (paragraph for text in texts for paragraph in prose(text)))


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("shop", 1),
        ("flower", 2),
        ("late", 1),
        ("locked", 1),
        ("wanted", 2),
        ("table", 2),
        ("roses", 2),
        ("encryption", 3),
        ("the", 1),
    ],
)
def test_syllables(word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_scale_is_flesch_s() -> None:
    """Two texts of known kind: a children's rhyme is very easy, a contract very hard."""
    assert ease_of("rhyme", ["The cat sat on the mat. The dog ran to the log."]).ease > 100
    contract = (
        "Notwithstanding preceding stipulations, contractual obligations necessitate comprehensive administrative verification."
    )
    assert ease_of("contract", [contract]).ease < 0


def test_code_is_not_read() -> None:
    assert prose("Put `Header always set X` there:\n\n```apache\nHeader set X 1\n```\n\nThen *look*.") == [
        "Put it there:",
        "Then look.",
    ]


def test_every_article_is_easy_to_read(measured: list[str]) -> None:
    eases = sorted((read(article) for article in catalogue().articles.values()), key=lambda ease: ease.ease)
    measured.append(
        f"Reading ease of the {len(eases)} articles (Flesch; {LEAST_EASE:.0f} or more is plain English), hardest first:"
    )
    measured.extend(
        f"  {ease.ease:5.1f}  {ease.length:4.1f} words a sentence  {ease.words:4} words  {ease.rule}" for ease in eases
    )
    hard = [f"{ease.rule}: {ease.ease:.1f}" for ease in eases if ease.ease < LEAST_EASE]
    assert hard == [], "shorter sentences, shorter words"
    long = [f"{ease.rule}: {ease.length:.1f}" for ease in eases if ease.length > LONGEST_SENTENCE]
    assert long == [], "shorter sentences"


def test_every_article_says_what_it_costs_and_what_may_break() -> None:
    articles = catalogue().articles
    assert [rule for rule in articles if articles[rule].minutes is None] == [], "begin 'How to fix it' with 'Effort: … minutes.'"
    untried = [rule for rule, article in articles.items() if not re.search(r"\btry\b[^.]*\bfirst\b", article.risk, re.IGNORECASE)]
    assert untried == [], "say where to try it first"


def test_what_may_break_is_said_once() -> None:
    again = [
        f"{rule} / {fix.where}"
        for rule, article in catalogue().articles.items()
        for fix in article.fixes
        if re.search(r"What may break|Effort:", fix.markdown)
    ]
    assert again == []
