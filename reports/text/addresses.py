"""Addresses on a narrow page: broken at their joints, never inside of a word."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

FITS = 32
"""Characters of an address that every page has room for."""
FITS_BOXED = 24
"""The same inside of a box, behind a dash."""
_JOINT = re.compile(r"(?<=[^/:]/)(?=[^/])|(?<=[?&=_-])(?=[^?&=_-])|(?<=\w)(?=\.\w)")
"""Where an address may go on in the next line: not behind ``https://``, and before a dot."""
_BLANK = re.compile(r"(\s+)")


def breakable(text: str, fits: int = FITS) -> Markup:
    """An address, or a text that holds some, as HTML that a browser may break at joints: in a ``wbr``, which nobody copies along.

    fits: characters that there is room for anyway; no longer one is touched.
    """
    return Markup("").join(
        Markup("<wbr>").join(_JOINT.split(part)) if len(part) > fits else escape(part) for part in _BLANK.split(text)
    )


def boxed(text: str) -> Markup:
    """The same for a text inside of a box, which has less room."""
    return breakable(text, FITS_BOXED)
