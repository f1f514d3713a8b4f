"""``scanner/text/calendar_words.py``: months and weekdays in the languages that shops' servers speak, drawn from Unicode's CLDR.

``python -m tools.draw_calendar`` writes it anew from Babel's data. The program itself does without Babel: it would take longer to
load than all the words take to look up, and rules read no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import babel
from babel.dates import get_day_names, get_month_names

from scanner.text.atomic_write import atomic_write
from scanner.text.words import plain_words

FILE = Path(__file__).parent.parent / "scanner" / "text" / "calendar_words.py"
LANGUAGES = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "is", "it", "lt", "lv", "mt", "nb", "nl", "pl",
    "pt", "ro", "sk", "sl", "sr", "sr_Latn", "sv", "tr", "uk",
)  # fmt: skip
"""Those of the European Union, Norwegian, Icelandic, Ukrainian, Turkish and Serbian in both alphabets."""
EVERYDAY = frozenset({"ago", "dom", "lie", "man", "mon", "out", "red", "set", "sex", "sol", "son", "tor", "sun"})
"""Short forms that are words of their own in files' names; the English ones of days are kept besides."""
KEPT = ("mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "sept")
FEWEST_LETTERS = 3


def months() -> dict[str, int]:
    """Each name of a month in plain words, and its number; 0 where it means another month in another language."""
    seen: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for number, word in _names(get_month_names, language):
            seen.setdefault(word, set()).add(number)
    return {word: next(iter(numbers)) if len(numbers) == 1 else 0 for word, numbers in sorted(seen.items())}


def weekdays() -> list[str]:
    """Each name of a weekday in plain words."""
    return sorted({word for language in LANGUAGES for _, word in _names(get_day_names, language)} | set(KEPT))


def _names(names: object, language: str) -> Iterator[tuple[int, str]]:
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in names(width, context, locale=language).items():  # type: ignore[operator]
                for word in plain_words(name.strip(".")).split("-"):
                    if len(word) >= FEWEST_LETTERS and word.isalpha() and word not in EVERYDAY:
                        yield number, word


def drawn() -> str:
    """The file."""
    lines = [
        f'"""Months and weekdays in plain words, drawn by tools/draw_calendar.py from Babel {babel.__version__}: data."""',
        "",
        "from __future__ import annotations",
        "",
        "MONTHS = {",
        *_wrapped([f'"{word}": {number},' for word, number in months().items()]),
        "}  # fmt: skip",
        '"""Name → number, in all languages of the European Union and some beside it; 0 where languages do not agree."""',
        "",
        "WEEKDAYS = frozenset({",
        *_wrapped([f'"{word}",' for word in weekdays()]),
        "})  # fmt: skip",
    ]
    return "\n".join(lines) + "\n"


def _wrapped(pieces: list[str]) -> Iterator[str]:
    line = "   "
    for piece in pieces:
        if len(line) + len(piece) > 128:
            yield line
            line = "   "
        line += " " + piece
    yield line


if __name__ == "__main__":
    atomic_write(FILE, drawn())
