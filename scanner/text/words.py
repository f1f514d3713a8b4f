"""Words as they are compared: lower case, without accents, joined by hyphens."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_+.,-]+")


def plain_words(text: str) -> str:
    """Lower case, without accents, words joined by hyphens: ``Añadir_al carrito`` → ``anadir-al-carrito``."""
    text = text.lower().replace("ß", "ss").replace("ł", "l")
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _SEPARATORS.sub("-", text).strip("-")
