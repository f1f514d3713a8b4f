"""Words as they are compared: lower case, without accents, joined by hyphens; and as people sort them."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_+.,-]+")
_DIGITS = re.compile(r"([0-9]+)")

_PLAIN = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
)
"""Letters that Unicode does not take apart into a plain one and an accent."""
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})


def spellings(text: str) -> tuple[str, str]:
    """The two ways in which addresses spell a word: without accents, and with ä as ae, ø as oe, å as aa."""
    return plain_words(text), plain_words(text.lower().translate(_SPELT_OUT))


def plain_words(text: str) -> str:
    """Lower case, without accents, words joined by hyphens: ``Añadir_al carrito`` → ``anadir-al-carrito``."""
    text = text.lower()
    if not text.isascii():
        text = text.translate(_PLAIN)
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _SEPARATORS.sub("-", text).strip("-")


Sortable = tuple[tuple[str, int, str], ...]


def in_order(text: str) -> Sortable:
    """A key to sort names by as people do: ``client2`` before ``client10``, whatever the case of their letters and their accents.

    Digits may be any number: more of them are more, without the zeros in front. Names that differ in
    nothing else are sorted as text.
    """
    *parts, last = _DIGITS.split(plain_words(text))
    numbers = (digits.lstrip("0") for digits in parts[1::2])
    return (*((word, len(number), number) for word, number in zip(parts[::2], numbers, strict=True)), (last, -1, text))
