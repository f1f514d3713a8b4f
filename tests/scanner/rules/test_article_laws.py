"""The laws of articles: each refuses what it says, and reads a text as CommonMark does."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.rules.article_laws import broken_laws, ease_of_paragraphs, prose
from scanner.rules.articles import Article, markdown, parse_article, without_blocks

ARTICLE = """# Petals lie open
When it is good: no petals.
## Why it matters
Bees like them. You do not.
## How to fix it
Effort: 5 minutes.
What may break: the vase. Try it first on a small one.
### nginx
Put this there:

```nginx
petals off;
```
## How to verify
Look.
## Ask your host
Hello.
## References
- https://bees.example/
"""
CHECKS = Path(__file__).parents[3] / "checks"


def article(change: str = "", to: str = "") -> Article:
    assert change in ARTICLE
    return parse_article("petals-open", ARTICLE.replace(change, to, 1), "petals-open.md")


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("", ""),
        ("Effort: 5 minutes.\nWhat may break: the vase. Try it first on a small one.\n", ""),
        ("```nginx\n", "```nginx unproven it needs a vase\n"),
        ("### nginx", "### WordPress\n```php unproven\nx\n```\n### nginx"),
        ("### nginx", "### Your shop's settings\n```toml\nx = 1\n```\n### nginx"),
        ("### nginx", "### Any server\n```redis\nrequirepass x\n```\n### nginx"),
        ("```nginx\npetals off;\n```", "```nginx first\npetals 300;\n```\nThen:\n\n```nginx\npetals off;\n```"),
        ("Try it first on a small one.\n", "Try it first with `roses=some`.\n"),
        ("Bees like them. You do not.", "`notwithstanding`\n\n```text\nadministrative verification procedures\n```"),
    ],
)
def test_what_keeps_to_the_laws(change: str, to: str) -> None:
    assert list(broken_laws(article(change, to))) == []


CONTRACT = (
    "Notwithstanding preceding stipulations, contractual obligations necessitate comprehensive administrative verification. " * 9
)
LONG = " ".join(["a cat sat on the mat and a dog ran to the log and"] * 3) + " slept."


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("Bees like them. You do not.", CONTRACT, "its reading ease is "),
        ("Bees like them. You do not.", " ".join([LONG] * 5), "words on average, 22 at most"),
        ("Try it first on a small one.", "Be careful.", "does not say where to try it first"),
        ("You do not.", "FILL IN: why.", "FILL IN stands in it 1 times"),
        ("Put this there:", "Effort: an hour. Put this there:", "### nginx says again"),
        ("Put this there:", "What may break: much.\n\nPut this there:", "### nginx says again"),
        ("```nginx\n", "```nginx unproven\n", "### nginx: the block `nginx` says that it is unproven and not why"),
        ("Try it first on a small one.", "Try it first with `petals=some`.", "### nginx gives something else to paste"),
        ("Put this there:", "Begin for a week with `petals off-Report-Only`:", "### nginx gives something else to paste"),
        ("```nginx\n", "```nginx first\n", "### nginx gives the block `nginx first` to try out"),
        ("### nginx", "### WordPress\n```php\nx\n```\n### nginx", "### WordPress: the block `php` was tried by nobody"),
        ("### nginx", "### Hosting panel\n```\nx\n```\n### nginx", "### Hosting panel: the block `` was tried by nobody"),
    ],
)
def test_what_breaks_a_law(change: str, to: str, said: str) -> None:
    broken = list(broken_laws(article(change, to)))
    assert len(broken) == 1
    assert said in broken[0]


def test_a_text_without_words_is_easy() -> None:
    assert ease_of_paragraphs(["…", "12"]).ease == 100


def by_commonmark(text: str) -> list[str]:
    """What the Markdown library takes for paragraphs."""
    return [
        "".join(
            "it" if child.type == "code_inline" else " " if "break" in child.type else child.content
            for child in token.children or ()
        )
        for token in markdown().parse(text)
        if token.type == "inline"
    ]


@pytest.mark.parametrize("file", sorted(CHECKS.rglob("*.md")), ids=lambda file: str(file.stem))
def test_an_article_is_read_as_commonmark_reads_it(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    read = parse_article(file.stem, source, file.name)
    tokens = markdown().parse(source)
    assert [block.text for fix in read.fixes for block in fix.blocks] == [
        token.content for token in markdown().parse("\n".join(fix.markdown + "\n" for fix in read.fixes)) if token.type == "fence"
    ]
    headings = [(token.tag, tokens[i + 1].content) for i, token in enumerate(tokens) if token.type == "heading_open"]
    seen = [line for line in without_blocks(source) if line.startswith("#")]
    assert [f"{'#' * int(tag[1])} {heading}" for tag, heading in headings] == seen
    for text in (read.why, read.risk, *(fix.markdown for fix in read.fixes)):
        assert prose(text) == by_commonmark(text)
