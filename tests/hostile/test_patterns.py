"""No pattern of ours takes long on what it half matches: each one of the program, on beginnings that patterns look for and on its
own words, repeated. Those of other people (``platforms/libraries``) run with a time limit instead."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import checks
import reports
import scanner
from scanner.gatherers.crawl.html import extract
from tests.hostile.size import BAIT
from tests.patience import cpu

CHARS = 1_000
"""As long as the names, addresses and lines that most patterns are given; whole pages meet theirs in ``BAIT`` and below."""
SECONDS = 0.5
"""Of processor time; everything linear needs a few milliseconds, what grows with the third power of the length some seconds."""
ATTRIBUTES = (
    "href",
    "src",
    "srcset",
    "imagesrcset",
    "style",
    "content",
    "action",
    "integrity",
    "rel",
    "class",
    "name",
    "value",
    "onclick",
)
FILLINGS = (
    "\n",
    " ",
    ",",
    "a",
    ";",
    "=",
    "&amp;",
    "%",
    "/",
    "../",
    "\\",
    "url(",
    "a,",
    "a ",
    "0;url=",
    "#",
    "?",
    "{",
    "'",
    ":",
    "sid=",
    "%2e",
)


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Every compiled pattern that a module of ours holds, by name, each once; also those in tuples, lists and mappings."""
    seen = set()
    for package in (scanner, checks, reports):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.startswith("shopwarden.demo"):
                continue
            module = importlib.import_module(found.name)
            for name, value in list(vars(module).items()):
                for number, one in enumerate(inside(value)):
                    if one not in seen:
                        seen.add(one)
                        yield f"{found.name}.{name}[{number}]", one


def inside(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from inside(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from inside(one)


def words(pattern: str | bytes) -> list[str]:
    """What a pattern says literally."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return [
        word for word in re.split(r"[^\w<>/=:.,;@ '\"-]+", re.sub(r"\\[a-zA-Z]|\(\?[a-zA-Z<!=:]+", "\x00", text)) if word.strip()
    ]


PATTERNS = dict(patterns())


def test_there_are_patterns() -> None:
    assert len(PATTERNS) > 150


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_long(name: str) -> None:
    pattern = PATTERNS[name]
    own = words(pattern.pattern)
    texts = {
        *BAIT,
        *own,
        *(one + " " for one in own),
        *(one + "=" for one in own),
        "a.",
        "a-",
        "1.",
        ".",
        "\\",
        "''",
        "((",
        "aA1_",
    }
    for text in texts:
        repeated = (text * (CHARS // len(text) + 1))[:CHARS]
        for said in (repeated, repeated + "\x00"):
            given = said if isinstance(pattern.pattern, str) else said.encode()
            with cpu(SECONDS, f"{pattern.pattern!r} on {text!r}"):
                pattern.search(given)  # whose first step is ``match``


def test_a_planted_defect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PATTERNS, "planted", re.compile(r"a+a+a+="))
    monkeypatch.setattr("tests.hostile.test_patterns.CHARS", 200)
    monkeypatch.setattr("tests.hostile.test_patterns.SECONDS", 0.002)
    with pytest.raises(AssertionError, match="took"):
        test_no_pattern_takes_long("planted")


@pytest.mark.parametrize("filling", FILLINGS)
def test_no_attribute_takes_long(filling: str) -> None:
    """What an attribute holds is read by patterns, too: each of 20,000 characters, on each element that we look at."""
    value = (filling * (20_000 // len(filling) + 1))[:20_000]
    held = " ".join(f'{name}="{value}"' for name in ATTRIBUTES)
    with cpu(3):
        for tag in ("a", "img", "link", "meta", "form", "input", "script", "source", "iframe"):
            extract(f"<title>x</title><{tag} {held}>x</{tag}>", "https://petalandstem.example/", 200, ())
