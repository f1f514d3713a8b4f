"""The report as one self-contained HTML page: nothing is loaded, nothing is run, the same view gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.brand import Brand
from reports.colour import readable
from reports.markdown import to_html, to_html_line
from reports.view import ReportView
from reports.words import counted

ACCENT = "#0f5c63"
LIGHT = ("#ffffff", "#f7f5f1", "#f1eee8")
"""The light theme's backgrounds, as in report.css; an accent is readable on each."""
DARK = ("#15181b", "#1d2125", "#262b30")
"""The dark theme's."""


def html(view: ReportView) -> str:
    """The page, complete. Its Content-Security-Policy allows its own style sheet and ``data:`` images, and nothing else."""
    style = _style(view.brand)
    fingerprint = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{fingerprint}'; img-src data:; base-uri 'none'; form-action 'none'"
    page = _environment().get_template("report.html.j2")
    return page.render(view=view, style=Markup(style), policy=policy)  # noqa: S704  our own style sheet and two checked colours


def _style(brand: Brand | None) -> str:
    """The style sheet after the two accents, each readable in its theme."""
    accent = (brand.colour if brand else None) or ACCENT
    accents = f":root{{--accent-light:{readable(accent, *LIGHT)};--accent-dark:{readable(accent, *DARK)};--brand:{accent}}}\n"
    return accents + _sheet()


@lru_cache(maxsize=1)
def _sheet() -> str:
    return files("reports").joinpath("assets/report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"markdown": to_html, "markdown_line": to_html_line, "number": "{:,}".format}
    environment.globals["counted"] = counted
    return environment
