"""How a page is made: our templates, in the reader's language, with what every page shows."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup, escape

from reports.i18n.language import Language
from reports.text.brand import brand_of
from reports.text.markdown import to_html, to_html_line
from reports.text.page import said_in, style_sheet, templates
from scanner._version import __version__
from scanner.settings.errors import BadSettings
from scanner.text.sanitize import sanitize
from shopwarden.web.desk import Desk
from shopwarden.web.scans import Scans

NAVIGATION = (("/", "Shops"), ("/changes", "Changes"), ("/reviews", "Reviews"), ("/alerts", "Alerts"), ("/about", "About"))
_PLAIN = frozenset(string.ascii_lowercase + string.digits + ".-")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """Those of the reports, whose pieces are ours too, and our own."""
    reports = templates()
    loaders = [PackageLoader("shopwarden.web"), *([reports.loader] if reports.loader else [])]
    environment = reports.overlay(loader=ChoiceLoader(loaders))
    environment.globals |= {"path_of": path_of}
    return environment


def path_of(key: str, *more: str) -> str:
    """A shop's page, or one below it. What a path's part cannot hold as it is, such as a key's slashes, stands as ``~2F``."""
    coded = "".join(chr(one) if chr(one) in _PLAIN else f"~{one:02X}" for one in key.encode())
    return "/".join(["/shops", coded, *more])


def key_from(coded: str) -> str:
    """The way back; what no page of ours leads to is some key that there is not."""
    coded = coded if coded.isascii() else ""
    return re.sub(r"~([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), coded).encode("latin-1").decode(errors="replace")


def language_of(request: Request) -> Language:
    """As the configuration says, else as the browser asks."""
    desk: Desk = request.app.state.desk
    return desk.speaks(request.headers.get("accept-language", ""))


def page(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page of ours."""
    return HTMLResponse(rendered(request, template, **values), status)


def rendered(request: Request, template: str, /, **values: Any) -> str:
    """A page, or a piece of one, as text."""
    desk: Desk = request.app.state.desk
    scans: Scans = request.app.state.scans
    spoken = language_of(request)
    try:
        agency, mistake = desk.settings.agency, ""
    except BadSettings as error:
        agency, mistake = None, str(error)
    words = said_in(spoken)

    own = own_words(spoken.code)

    def translated(text: str, **filled: object) -> str:
        """Words of ours with their placeholders filled in: {name} in the English ones."""
        return own.get(text, text).format_map(filled)

    return (
        _templates()
        .get_template(template)
        .render(
            _=translated,
            language=spoken,
            brand=brand_of(agency) if agency else None,
            mistake=sanitize(mistake, 500, lines=True),
            navigation=NAVIGATION,
            here=request.url.path,
            version=__version__,
            running=[one for one in scans if not one.state.ended],
            markdown=lambda text, code: to_html(text, spoken, code),
            markdown_line=to_html_line,
            moment=spoken.moment,
            day=spoken.day,
            clean=sanitize,
            **words,
            **values,
        )
    )


@lru_cache(maxsize=8)
def own_words(code: str) -> Mapping[str, str]:
    """What the English words of our templates are called in a language; nothing for English."""
    file = files("shopwarden.web").joinpath("words", f"{code}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def sheet_of(desk: Desk) -> str:
    """The style sheet of our pages: the reports', the overview's, and what only pages need."""
    try:
        agency = desk.settings.agency
    except BadSettings:
        agency = None
    own = files("shopwarden.web").joinpath("static/web.css").read_text(encoding="utf-8")
    overview = files("reports").joinpath("assets/overview.css").read_text(encoding="utf-8")
    return style_sheet(brand_of(agency) if agency else None) + overview + own


def notice(text: str, spoken: Language) -> Markup:
    """What went wrong, line by line."""
    lines = (escape(spoken.repeat(line)) for line in sanitize(text, 2000, lines=True).split("\n"))
    return Markup("<br>").join(lines)


def query(values: Mapping[str, str]) -> str:
    """The query of a link, without what is empty."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items() if value)
