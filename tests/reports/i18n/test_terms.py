"""One word for one thing: no translation uses a second word for what docs/terms.toml gives one to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.i18n.language import codes

ROOT = Path(__file__).parents[3]
TERMS: dict[str, list[dict[str, Any]]] = tomllib.loads((ROOT / "docs/terms.toml").read_text(encoding="utf-8"))
NO_PROSE = re.compile(r"```.*?```|`[^`\n]+`|\*[^*\n]+\*|\{\{.*?\}\}|\{%.*?%\}|\{\w*\}|\S+://\S+", re.DOTALL)
"""Code, names of buttons (they are what a program shows), what is filled in, addresses."""


def texts(code: str) -> Iterator[tuple[str, str]]:
    """Name of the file and one text of it, without what is no prose."""
    folder = ROOT / "reports/i18n" / code
    for file in (*sorted(folder.rglob("*.toml")), ROOT / f"shopwarden/web/words/{code}.toml"):
        for text in strings(tomllib.loads(file.read_text(encoding="utf-8"))):
            yield file.name, NO_PROSE.sub(" ", text)
    for file in sorted(folder.rglob("*.md")):
        yield file.name, NO_PROSE.sub(" ", file.read_text(encoding="utf-8"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def second_words(term: dict[str, Any], text: str) -> list[str]:
    for apart in term.get("but", ()):
        text = text.replace(apart, " ")
    begun = {form for word in term["never"] for form in (word, word[:1].upper() + word[1:])}
    return re.findall(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(begun, reverse=True)))})(?![\w-])", text)


def test_each_language_has_its_terms() -> None:
    assert set(TERMS) == set(codes()) - {"en"}
    assert {key for terms in TERMS.values() for term in terms for key in term} <= {"english", "say", "never", "file", "but"}


@pytest.mark.parametrize("code", sorted(TERMS))
def test_one_word_for_one_thing(code: str) -> None:
    second = [
        f"{file}: {word!r} for {term['english']}, which is {term['say']}: {text.strip()[:80]}"
        for file, text in texts(code)
        for term in TERMS[code]
        if file.startswith(term.get("file", ""))
        for word in second_words(term, text)
    ]
    assert second == []


def test_a_second_word_is_found() -> None:
    scan = TERMS["de"][0]
    assert second_words(scan, "Der Scan ist fertig, es wurde gescannt.") == ["Scan", "gescannt"]
    assert second_words(scan, "Das ist kein ASV-Scan; Scanner sind etwas anderes.") == []
    assert second_words({"never": ["skan"], "but": ["skan ASV"]}, "Skan to nie skan ASV.") == ["Skan"]
