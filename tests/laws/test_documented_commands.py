"""What the documents tell people to type or to write is what the program takes: each command, and each block of a configuration."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scanner.settings.models import Settings
from shopwarden.cli.group import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("plugins/*/README.md"), *ROOT.glob("docs/ci/*.yml")}
)
ARTICLES = sorted((ROOT / "checks").glob("*/*.md"))
_BLOCK = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(shopwarden [^`]+)`")
_IN_A_BLOCK = re.compile(r"^\s*(?:- |run: )?(?:\$ )?(?:\.venv/bin/)?(shopwarden [^\n]*)", re.MULTILINE)


def commands(file: Path) -> Iterator[list[str]]:
    """The words of each command, without ``shopwarden``. What may be left out (in brackets) is there."""
    text = file.read_text(encoding="utf-8")
    blocks = [block[3] for block in _BLOCK.finditer(text) if block[2] in {"sh", "crontab", "ini"}]
    blocks += [text] if file.suffix == ".yml" else []
    typed = [
        *_INLINE.findall(_BLOCK.sub("", text).replace("\n", " ")),
        *(found for block in blocks for found in _IN_A_BLOCK.findall(block)),
    ]
    for line in typed:
        words = shlex.split(line.replace("\\|", "|").partition(" | ")[0], comments=True)
        if len(words) > 2:  # else it names a command, and is none
            yield [left for word in words[1:] if (left := word.strip("[]…").replace("DATE", "2026-11-30"))]


def refused(words: list[str]) -> str:
    """Why the program would not take these words; nothing is run."""
    group = click.Context(main, info_name="shopwarden", **main.context_settings)
    try:
        _, command, rest = main.resolve_command(group, words)
        if command is not None:
            command.make_context(words[0], rest, parent=group)
    except click.exceptions.Exit:
        return ""  # --help
    except click.UsageError as error:
        return f"{' '.join(words)}: {error.format_message()}"
    return ""


@pytest.mark.parametrize("file", [*DOCUMENTS, *ARTICLES], ids=lambda file: str(file.relative_to(ROOT)))
def test_the_program_takes_every_command(file: Path) -> None:
    assert [problem for words in commands(file) if words and (problem := refused(words))] == []


def test_commands_are_found_and_mistakes_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "`shopwarden scan a.example --rat 2` and\n\n```sh\nshopwarden scna a.example   # looks\nshopwarden plan a.example | head\n```\n"
    )
    assert [*commands(file)] == [["scan", "a.example", "--rat", "2"], ["scna", "a.example"], ["plan", "a.example"]]
    assert [bool(refused(words)) for words in commands(file)] == [True, True, False]
    assert sum(len([*commands(one)]) for one in DOCUMENTS) > 30


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_block_of_a_configuration_is_one(file: Path) -> None:
    for block in _BLOCK.finditer(file.read_text(encoding="utf-8")):
        if block[2] == "toml" and "entry-points" not in block[3]:
            above = "" if "[[site]]" in block[3] or "site." not in block[3] else '[[site]]\nurl = "a.example"\n'
            Settings.model_validate(tomllib.loads(above + block[3]))
