"""How to fix it here: an article's fixes in the order of what was detected. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reports.i18n.language import Language
from reports.view.model import FixView
from scanner.results.result import Site
from scanner.rules.articles import Fix

SERVERS = (
    ("apache", ("Apache (.htaccess)", "Apache")),
    ("litespeed", ("Apache (.htaccess)", "Apache")),
    ("nginx", ("nginx",)),
    ("openresty", ("nginx",)),
    ("caddy", ("Caddy",)),
    ("lighttpd", ("lighttpd",)),
    ("microsoft-iis", ("IIS",)),
)
"""The product in a ``Server`` header, in lower case, and its headings in the articles. A shop's software brings its own."""
_ANYWHERE = ("Hosting panel", "PHP", "Your shop's settings", "Any server")


def fixes_for(site: Site, fixes: Sequence[Fix], language: Language) -> tuple[tuple[FixView, ...], tuple[FixView, ...]]:
    """Those for what was detected, and the rest; where nothing was detected, those that hold anywhere come first."""
    yours: dict[str, str] = {site.article_heading: language.say("card.your_software")} if site.article_heading else {}
    yours |= dict.fromkeys(server_headings(site.server), language.say("card.your_server"))
    views = [FixView(fix.where, fix.markdown, yours.get(fix.where, "")) for fix in fixes]
    mine = sorted((fix for fix in views if fix.yours), key=lambda fix: list(yours).index(fix.where))
    mine = mine or [fix for fix in views if fix.where in _ANYWHERE] or views[:1]
    return tuple(mine), tuple(fix for fix in views if fix not in mine)


def server_headings(server: str) -> tuple[str, ...]:
    """The articles' headings for a ``Server`` header; none where it names no product that they know."""
    product = re.split(r"[/ (,]", server.strip().casefold(), maxsplit=1)[0]
    return next((headings for name, headings in SERVERS if product == name), ())
