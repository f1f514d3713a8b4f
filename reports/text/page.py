"""What our pages share: the templates, the style sheet in an owner's colour, and the policy that allows it and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.i18n.language import Language, Said, first_capital
from reports.text.addresses import boxed, breakable
from reports.text.brand import Brand
from reports.text.colour import readable
from reports.text.markdown import to_html_line

ACCENT = "#0f5c63"
LIGHT = ("#ffffff", "#f7f5f1", "#f1eee8")
"""The light theme's backgrounds, as in report.css; an accent is readable on each."""
DARK = ("#15181b", "#1d2125", "#262b30")
"""The dark theme's."""


def sealed(style: str) -> tuple[Markup, str]:
    """A style sheet of our own, for a page as it is, and the Content-Security-Policy that allows it, ``data:`` images and nothing
    else. Nothing of a shop's may be in it."""
    fingerprint = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{fingerprint}'; img-src data:; base-uri 'none'; form-action 'none'"
    return Markup(style), policy  # noqa: S704  our own style sheets, checked colours and numbers


def style_sheet(brand: Brand | None) -> str:
    """The style sheet after the two accents, each readable in its theme."""
    accent = (brand.colour if brand else None) or ACCENT
    accents = f":root{{--accent-light:{readable(accent, *LIGHT)};--accent-dark:{readable(accent, *DARK)};--brand:{accent}}}\n"
    return accents + _sheet()


@lru_cache(maxsize=1)
def _sheet() -> str:
    return files("reports").joinpath("assets/report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Our templates, which escape all that is put into them; a name that is missing raises ``jinja2.UndefinedError``."""
    environment = Environment(
        loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "breakable": breakable,
        "boxed": boxed,
        "markdown_line": to_html_line,
        "number": "{:,}".format,
        "first_capital": first_capital,
    }
    return environment


def said_in(page: Language) -> dict[str, Callable[..., str]]:
    """What templates say words with. Where a phrase is missing in the page's language, its English is marked as such.

    ``t`` and ``n`` (plurals) give HTML, ``label`` plain text for an attribute; ``said`` marks text that knows its language, and
    with ``breaks`` lets a narrow page break the addresses in it;
    ``lang`` is the attribute for an element in another one, and ``own`` for one of the page's within it.
    """

    def said(text: str, *, breaks: bool = False) -> str:
        shown = boxed(text) if breaks else escape(text)
        if not text or not isinstance(text, Said) or text.lang == page.code:
            return shown
        return Markup('<span lang="{}">{}</span>').format(text.lang, shown)

    return {
        "t": lambda key, **values: said(page.say(key, **values)),
        "n": lambda key, number, **values: said(page.count(key, number, **values)),
        "label": lambda key, **values: str(page.say(key, **values)),
        "said": said,
        "lang": lambda code: "" if code == page.code else Markup(' lang="{}"').format(code),
        "own": lambda around: "" if around == page.code else Markup(' lang="{}"').format(page.code),
        "number": page.number,
        "where": lambda heading: said(page.where(heading)),
    }
