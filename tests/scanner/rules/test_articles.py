"""Articles: what is read from them, and how a malformed one is refused by name."""

from pathlib import Path

import pytest

from scanner.rules.articles import Block, markdown, parse_article, read_article, readable
from scanner.rules.rule import RuleError

GOOD = """# Petals lie open
When it is good: no petals.

## Why it matters
Because of *bees*.

## How to fix it
### Apache (.htaccess)
Two minutes.

```apache
# not a heading
Options -Indexes
```

### IIS
```iis unproven needs Windows
<x/>
```

## How to verify
Look.

## Ask your host
Hello.

## References
- https://bees.example/
"""


def test_the_parts() -> None:
    article = parse_article("petals", GOOD, "petals.md")
    assert (article.rule, article.title, article.good) == ("petals", "Petals lie open", "no petals.")
    assert article.why == "Because of *bees*."
    assert [fix.where for fix in article.fixes] == ["Apache (.htaccess)", "IIS"]
    assert article.fixes[0].blocks == (Block("apache", "# not a heading\nOptions -Indexes\n", proven=True),)
    assert article.fixes[1].blocks == (Block("iis", "<x/>\n", proven=False, because="needs Windows"),)
    assert article.fixes[0].markdown.startswith("Two minutes.")
    assert (article.verify, article.ask, article.references) == ("Look.", "Hello.", "- https://bees.example/")


def test_what_a_fence_says_of_its_block_can_be_read() -> None:
    assert readable("1. Do:\n\n   ```xml unproven\n   <x/>\n   ```") == (
        "1. Do:\n\n   Not tried on a real server.\n\n   ```xml\n   <x/>\n   ```"
    )
    assert readable("```apache\nx unproven y\n```") == "```apache\nx unproven y\n```"


def test_an_article_says_when_there_is_nothing_to_ask_the_host() -> None:
    assert parse_article("petals", GOOD, "petals.md").for_host
    assert not parse_article("petals", GOOD.replace("Hello.", "Not for your host: bees."), "petals.md").for_host


LEAD = "Effort: 5 minutes.\nWhat may break: vases that stand\non petals. Try it first on a *small* one.\n\n### Apache"


def test_effort_and_risk() -> None:
    article = parse_article("petals", GOOD.replace("### Apache", LEAD), "petals.md")
    assert article.minutes == 5
    assert article.risk == "vases that stand on petals. Try it first on a *small* one."
    assert article.fixes == parse_article("petals", GOOD, "petals.md").fixes


def test_effort_and_risk_may_be_left_out_together() -> None:
    article = parse_article("petals", GOOD, "petals.md")
    assert (article.minutes, article.risk) == (None, "")


@pytest.mark.parametrize(
    "lead",
    [
        "Effort: 5 minutes.\n\n### Apache",
        "What may break: vases.\n\n### Apache",
        LEAD.replace("5 minutes", "an hour"),
        LEAD.replace("5 minutes", "0 minutes"),
        LEAD.replace("Effort:", "First read this. Effort:"),
    ],
)
def test_effort_and_risk_in_another_form_are_refused_by_name(lead: str) -> None:
    with pytest.raises(RuleError, match=r"petals\.md: below 'How to fix it' come"):
        parse_article("petals", GOOD.replace("### Apache", lead), "petals.md")


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ("# Petals lie open\n", "", "title"),
        ("When it is good:", "Good:", "When it is good:"),
        ("## Why it matters\n", "", "missing: Why it matters"),
        ("## Why it matters", "## Why", "unexpected heading 'Why'"),
        ("## Ask your host", "## How to verify", "unexpected heading 'How to verify'"),
        ("Because of *bees*.", "", "nothing below Why it matters"),
        ("### IIS", "### Netscape", "unknown heading ### Netscape"),
        ("### Apache (.htaccess)\nTwo minutes.\n\n", "", "below 'How to fix it' come a ### heading"),
        (
            "## How to verify\nLook.\n\n## Ask your host\nHello.",
            "## Ask your host\nHello.\n\n## How to verify\nLook.",
            "in this order",
        ),
        ("Hello.", "# Another title", "unexpected heading 'Another title'"),
    ],
)
def test_a_malformed_article_is_refused_by_name(change: str, to: str, said: str) -> None:
    assert change in GOOD
    with pytest.raises(RuleError) as refused:
        parse_article("petals", GOOD.replace(change, to, 1), "petals.md")
    assert said in str(refused.value)
    assert "petals.md" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "1. Do:\n\n   ```xml\n   <x>\n     <y/>\n   ```\n2. Then:",
        "~~~~sh x\n```\nstill inside\n~~~\n~~~~\nout",
        "````md\n```sh\nx\n```\n````",
        "```apache unproven   because  of this   \n\n# no heading\n\tindented\n  ``\n```\n\n```\nsecond\n```",
        "Text:\n\n  ```sh\n    four\n two\n  ```",
        "`` ` ``\n``` not a `fence`\n```sh\nx\n ``` x\n```",
    ],
)
def test_blocks_are_what_commonmark_takes_for_fenced_ones(text: str) -> None:
    article = parse_article("petals", GOOD.replace("Two minutes.", text, 1), "petals.md")
    fences = [token for token in markdown().parse(text) if token.type == "fence"]
    assert [block.text for block in article.fixes[0].blocks[: len(fences)]] == [token.content for token in fences]
    assert [block.language for block in article.fixes[0].blocks[: len(fences)]] == [token.info.split(" ")[0] for token in fences]


def test_a_missing_or_unreadable_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"rule petals has no article: petals\.md"):
        read_article("petals", tmp_path / "petals.md")
    (tmp_path / "petals.md").write_bytes(b"# \xff")
    with pytest.raises(RuleError, match=r"petals\.md: it is not UTF-8"):
        read_article("petals", tmp_path / "petals.md")
    (tmp_path / "petals.md").write_text(GOOD, encoding="utf-8")
    assert read_article("petals", tmp_path / "petals.md").title == "Petals lie open"
