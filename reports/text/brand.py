"""Whose name stands on a report: the agency's settings → what a page or mail can show. Reading its logo is the only I/O here."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from scanner.settings.models import Agency
from scanner.text.sanitize import sanitize

MOST_LOGO_BYTES = 200_000
_MAIL_PICTURES = frozenset({"png", "jpeg"})
"""What mail programs show; an SVG is shown by few of them."""
_CONTACT_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo. kind: ``png``, ``jpeg`` or ``svg+xml``, told by its content."""

    kind: str
    content: bytes

    @property
    def name(self) -> str:
        """By what it holds: the same picture has the same name everywhere."""
        return f"logo-{hashlib.sha256(self.content).hexdigest()[:16]}"


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
    picture, problem = _read(agency.logo) if agency.logo else (None, "")
    logo = f"data:image/{picture.kind};base64,{base64.b64encode(picture.content).decode()}" if picture else ""
    contact = sanitize(agency.contact or "")
    link = None
    if _CONTACT_MAIL.fullmatch(contact):
        link = f"mailto:{contact}"
    elif re.fullmatch(r"https?://[!-~]+", contact):
        link = contact
    return Brand(sanitize(agency.name), contact, link, logo, agency.colour, problem)


def mail_logo_of(agency: Agency) -> Picture | None:
    """Read the logo for a mail; None where there is none that mail programs show."""
    picture, _ = _read(agency.logo) if agency.logo else (None, "")
    return picture if picture and picture.kind in _MAIL_PICTURES else None


def _read(file: Path) -> tuple[Picture | None, str]:
    """The logo, or why it is left out."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_LOGO_BYTES + 1)
    except OSError as error:
        return None, f"The logo {file} is left out: {error.strerror or 'it cannot be read'}."
    if len(content) > MOST_LOGO_BYTES:
        return None, f"The logo {file} is left out: it is larger than {MOST_LOGO_BYTES // 1000} KB."
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif content.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif _SVG.match(content):
        kind = "svg+xml"
    else:
        return None, f"The logo {file} is left out: it is neither PNG, JPEG nor SVG."
    return Picture(kind, content), ""
