"""How to fix it here: an article's fixes in the order of what was detected. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reports.i18n.language import Language
from reports.text.markdown import to_text
from reports.view.model import FixView, Who
from scanner.results.result import Site
from scanner.rules.articles import Article, Fix

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
_BY_HAND = ("Hosting panel", "DNS panel", "Mail host", "Your shop's settings", "Any server")
LONGEST_STEP = 290
"""Characters: two lines of a mail."""
LONGEST_EFFORT = 70
_LIST_NUMBER = re.compile(r"\s\d{1,2}\.$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_EFFORT = re.compile(r"(?:about|etwa|około)\b.{0,40}\b(?:minute|hour|day|stunde|tag|minut|godzin|dni)", re.IGNORECASE)
_OWNERS = ("Hosting panel", "DNS panel", "cPanel", "Plesk", "Your shop's settings")
"""Headings of what needs neither a file of the server nor a line of code."""
_ANYWHERE = ("Hosting panel", "DNS panel", "Mail host", "PHP", "Your shop's settings", "Any server")


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


def who_can(site: Site, fixes: Sequence[Fix], *, for_host: bool) -> tuple[Who, ...]:
    """Those who can do it. for_host: whether it can be asked of a hosting company.

    The owner can where a panel, the shop's settings or the shop's own software have a way; a developer is named where the owner
    cannot.
    """
    owner = any(fix.where in {*_OWNERS, site.article_heading} for fix in fixes)
    able: dict[Who, bool] = {"you": owner, "host": for_host, "developer": not owner}
    return tuple(who for who, can in able.items() if can)


def first_step(article: Article) -> str:
    """What to do first, in plain words and two lines at most; without the server's configuration, where that can be."""
    fix = next((fix for where in _BY_HAND for fix in article.fixes if fix.where == where), article.fixes[0])
    lines = (line for line in to_text(fix.markdown).splitlines() if not line.startswith("    "))  # without blocks to paste
    said = ""
    for sentence in _SENTENCE.split(" ".join(" ".join(lines).split())):
        if len(sentence) <= LONGEST_EFFORT and _EFFORT.match(sentence):
            continue  # it is said beside the step
        if said and len(said) + 1 + len(sentence) > LONGEST_STEP:
            break
        said = f"{said} {sentence}".strip()
    said = _LIST_NUMBER.sub("", said)
    return said if len(said) <= LONGEST_STEP else f"{said[: LONGEST_STEP - 1].rstrip()}…"
