"""Whose name stands on a report: the agency's settings → what a page can show. Reading its logo is the only I/O of the view."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from scanner.settings.models import Agency
from scanner.text.sanitize import sanitize

MOST_LOGO_BYTES = 200_000
_CONTACT_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Brand:
    """name, contact: plain text. contact_link: ``mailto:`` or http(s) address, or None. logo: a ``data:`` URI, or "".

    colour: ``#rrggbb``, or None for our own. logo_problem: why the logo is left out, or "".
    """

    name: str
    contact: str = ""
    contact_link: str | None = None
    logo: str = ""
    colour: str | None = None
    logo_problem: str = ""


def brand_of(agency: Agency) -> Brand:
    """Read the logo, too: a PNG, JPEG or SVG below 200 KB, told by its content. One that cannot be used never stops a report."""
    logo, problem = _logo(agency.logo) if agency.logo else ("", "")
    contact = sanitize(agency.contact or "")
    link = None
    if _CONTACT_MAIL.fullmatch(contact):
        link = f"mailto:{contact}"
    elif re.fullmatch(r"https?://[!-~]+", contact):
        link = contact
    return Brand(sanitize(agency.name), contact, link, logo, agency.colour, problem)


def _logo(file: Path) -> tuple[str, str]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_LOGO_BYTES + 1)
    except OSError as error:
        return "", f"The logo {file} is left out: {error.strerror or 'it cannot be read'}."
    if len(content) > MOST_LOGO_BYTES:
        return "", f"The logo {file} is left out: it is larger than {MOST_LOGO_BYTES // 1000} KB."
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif content.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif _SVG.match(content):
        kind = "svg+xml"
    else:
        return "", f"The logo {file} is left out: it is neither PNG, JPEG nor SVG."
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}", ""
