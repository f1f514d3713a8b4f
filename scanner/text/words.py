"""Words as they are compared: lower case, without accents, joined by hyphens."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_+.,-]+")

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
