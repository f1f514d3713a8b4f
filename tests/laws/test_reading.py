"""Articles are for people who have other work: each says what it costs and what may break, in words that are easy to read."""

from __future__ import annotations

import pytest

from scanner.rules.article_laws import LEAST_EASE, LONGEST_SENTENCE, broken_laws, ease_of, ease_of_paragraphs, prose, syllables
from tools.fix_table import catalogue


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
    assert ease_of_paragraphs(["The cat sat on the mat. The dog ran to the log."]).ease > 100
    contract = (
        "Notwithstanding preceding stipulations, contractual obligations necessitate comprehensive administrative verification."
    )
    assert ease_of_paragraphs([contract]).ease < 0


def test_code_is_not_read() -> None:
    assert prose("Put `Header always set X` there:\n\n```apache\nHeader set X 1\n```\n\nThen *look*.") == [
        "Put it there:",
        "Then look.",
    ]


def test_no_article_breaks_a_law(measured: list[str]) -> None:
    articles = catalogue().articles
    eases = sorted(((ease_of(article), rule) for rule, article in articles.items()), key=lambda pair: pair[0].ease)
    measured.append(
        f"Reading ease of the {len(eases)} articles (Flesch; {LEAST_EASE:.0f} or more is plain English), hardest first:"
    )
    measured.extend(
        f"  {ease.ease:5.1f}  {ease.length:4.1f} words a sentence  {ease.words:4} words  {rule}" for ease, rule in eases
    )
    assert {rule: broken for rule in articles if (broken := list(broken_laws(articles[rule])))} == {}
    assert max(ease.length for ease, _ in eases) <= LONGEST_SENTENCE


def test_every_article_of_ours_says_what_it_costs_and_what_may_break() -> None:
    articles = catalogue().articles
    assert [rule for rule in articles if articles[rule].minutes is None] == [], "begin 'How to fix it' with 'Effort: … minutes.'"
