"""Every word of our pages is there in every language, and none is there that no page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from string import Formatter

import pytest

from shopwarden.web.app import NO_PAGE
from shopwarden.web.pages import NAVIGATION, own_words

_WORDS = re.compile(r'_\("((?:[^"\\]|\\.)*)"')


def said() -> Iterator[str]:
    """In the templates, and by name."""
    for file in files("shopwarden.web").joinpath("templates").iterdir():
        yield from _WORDS.findall(file.read_text(encoding="utf-8"))
    yield from (name for _, name in NAVIGATION)
    yield NO_PAGE


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", ["de", "pl"])
def test_every_word_is_known(code: str) -> None:
    known, ours = own_words(code), set(said())
    assert ours - set(known) == set()
    assert set(known) - ours == set()
    assert all(placeholders(known[one]) == placeholders(one) for one in ours)
    assert len(ours) > 80


def test_no_template_says_a_word_without_asking_for_its_translation() -> None:
    """Text between tags is a placeholder, a sign, or the program's name."""
    for file in files("shopwarden.web").joinpath("templates").iterdir():
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", text)
        assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= {"shopwarden"}, file
