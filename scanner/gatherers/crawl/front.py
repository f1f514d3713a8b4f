"""What a home page really is: a page that only leads on, a wall in place of the shop, a program that draws the shop, or the shop.

A browser goes on where a page refreshes or a script says one address; so do we, on the shop's own names. A wall is a page that
leads nowhere in the shop and that a made-up address gets as well, whatever it says; its words and its parts only name the kind,
so that the advice fits. Pure, and each needs the page parsed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import accumulate
from urllib.parse import urlsplit

from scanner.evidence import Answer, Field, Page, PageKind
from scanner.gatherers.crawl.links import is_file
from scanner.gatherers.crawl.page_kinds import kind_of_link
from scanner.gatherers.http.walls import Wall, bare, is_default, words_for
from scanner.scope.target import Target
from scanner.text.urls import join

FEW_LINKS = 12
"""A page with more links of its own leads into a shop; parking pages have that many."""
HARDLY_ANY = 2
"""Own links of any other page that leads nowhere."""
FEW_ANCHORS = 60
MOST_CHARS = 200_000
MOST_DELAY = 10.0
"""Seconds after which a visitor has read a page that refreshes."""

_REFRESH = re.compile(r"\s*(\d{0,6})(?:\.[\d.]*)?\s*(?:[;,\s]\s*(?:url\s*=\s*)?)([\"']?)(.*)", re.IGNORECASE | re.DOTALL)
_NOSCRIPT = re.compile(r"<noscript\b", re.IGNORECASE)
_LOCATION = re.compile(
    r"(?<![\w.$])(?:(?:window|document|self|top|parent|this)\s*\.\s*)*location\s*"
    r"(?:(?:\.\s*href\s*)?=\s*|\.\s*(?:replace|assign)\s*\(\s*)([\"'])([^\"'<>\\\s]{1,500})\1"
)
_ANY_LOCATION = re.compile(r"(?<![\w$])location\s*(?:\.\s*(?:href|pathname|search|hash|replace|assign|reload)|=(?!=))")
_ONLOAD = re.compile(r"<body\b[^<>]{0,500}?\bonload\s*=\s*(?:\"([^\"]{1,500})\"|'([^']{1,500})')", re.IGNORECASE)
_MOUNT = re.compile(
    r"<(?:(?:div|main|section)\b[^<>]{0,300}\bid\s{0,3}=[^<>]{0,300}|[a-z]{1,20}-[a-z-]{1,30}\b[^<>]{0,300})>\s{0,20}</",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_ASSETS = frozenset({"img", "source", "script", "link"})
_TYPED = frozenset({"text", "search", "textarea", "tel", "number", "url"})


def may_be_wall(answer: Answer) -> bool:
    """Whether a home page is worth a closer look, told without parsing it: most shops' pages are too big for a wall."""
    return len(answer.text) <= MOST_CHARS and answer.text.lower().count("<a ") <= FEW_ANCHORS


def refresh_of(answer: Answer, page: Page, target: Target) -> str | None:
    """The address that a page sends a browser to by itself, absolute; None where it stays.

    By header, by a meta element outside of ``noscript``, or by a script that names one address and nothing else does.
    """
    said = [answer.header("refresh") or ""]
    if page.metas_named("refresh") and not _NOSCRIPT.search(answer.text):
        said += page.metas_named("refresh")
    elif page.metas_named("refresh"):
        outside = bare(answer.text)
        said += [content for content in page.metas_named("refresh") if content and content.lower() in outside]
    waits = [(float(match[1] or 0), match) for content in said if (match := _REFRESH.match(content))]
    for wait, match in sorted(waits, key=lambda one: one[0]):
        reference = match[3].partition(match[2])[0] if match[2] else match[3]
        if wait <= MOST_DELAY and reference.strip():
            return join(page.base, reference.strip())
    return _scripted(page) if not own_links(page, target) else None


def _scripted(page: Page) -> str | None:
    inline = [script.inline for script in page.scripts if script.inline and script.runs]
    if (onload := _ONLOAD.search(page.html)) is not None:
        inline.append(onload[1] or onload[2])
    named = {match[2] for text in inline for match in _LOCATION.finditer(text)}
    others = sum(len(_ANY_LOCATION.findall(text)) - len(_LOCATION.findall(text)) for text in inline)
    if len(named) != 1 or others > 0 or any("cookie" in text for text in inline):
        return None
    return join(page.base, named.pop())


def own_links(page: Page, target: Target, without: Collection[PageKind] = (PageKind.POLICY,)) -> tuple[str, ...]:
    """Where a page leads in the shop: links on its names to other places that are pages. without: kinds of links left out, legal
    texts if nothing else is said."""
    path = urlsplit(page.address).path or "/"
    return tuple(
        dict.fromkeys(
            link.address
            for link in page.links
            if target.covers(link.address)
            and (urlsplit(link.address).path or "/") != path
            and not is_file(link.address)
            and kind_of_link(link) not in without
        )
    )


def is_blank(page: Page) -> bool:
    """Whether a visitor sees nothing and can go nowhere."""
    pictures = any(one.tag in {"img", "iframe", "object", "embed"} for one in page.resources)
    return not (page.title or page.words or page.links or page.forms or pictures)


def is_drawn(page: Page, answer: Answer, target: Target) -> bool:
    """Whether a page looks like one that a program draws in the browser: script files, an empty element for them to fill, hardly
    any words, and nothing that a bot check has."""
    files = [script for script in page.scripts if script.src]
    robots = f"{' '.join(page.metas_named('robots'))} {answer.header('x-robots-tag') or ''}".lower()
    plain = [script.inline for script in page.scripts if script.inline and script.runs]
    restless = page.metas_named("refresh") or any("cookie" in text or _ANY_LOCATION.search(text) for text in plain)
    return bool(
        files
        and _MOUNT.search(bare(answer.text))
        and "noindex" not in robots
        and not restless
        and not own_links(page, target)
        and len(page.words) <= 600
    )


def is_servers_own(page: Page) -> bool:
    """Whether a page is the one that a web server shows before anything is put there."""
    return is_default(page.title or page.words[:100])


def kind_of_wall(page: Page, answer: Answer) -> Wall:
    """What a page that leads nowhere is, by its parts first, then by its words."""
    fields = [field for form in page.forms for field in form.fields if field.kind != "hidden"]
    words = f"{page.title} {page.words[:3_000]}".casefold()
    loaded = [one.address for one in page.resources if one.tag == "iframe"] + [one.src for one in page.scripts if one.src]
    foreign = {_host(address) for address in (*loaded, *(link.address for link in page.links))} - {_host(page.address)}
    said = {kind: sum(word in words for word in words_for(kind)) for kind in ("parked", "closed", "gate")}
    scripted = any(script.inline or script.src for script in page.scripts)
    if any(form.has_password for form in page.forms):
        return Wall.PASSWORD
    if (
        answer.status not in {200, 206}
        or page.metas_named("refresh")
        or (scripted and not fields and not said["closed"] and "no-store" in (answer.header("cache-control") or ""))
    ):
        return Wall.CHECK
    if is_blank(page):
        return Wall.SCRIPT if scripted else Wall.EMPTY
    if _asks(fields, page) and said["gate"]:
        return Wall.GATE
    said["parked"] += bool(page.title) and page.title.casefold().strip() == _host(page.address)
    if said["parked"] and said["parked"] >= said["closed"] and (foreign or scripted):
        return Wall.PARKED
    if said["closed"]:
        return Wall.CLOSED
    return Wall.GATE if _asks(fields, page) else Wall.NOWHERE


def _asks(fields: list[Field], page: Page) -> bool:
    """Whether a page wants an answer and no text: buttons, boxes, a date, or links to itself."""
    path = urlsplit(page.address).path
    again = [link for link in page.links if _host(link.address) == _host(page.address) and urlsplit(link.address).path == path]
    typed = [field for field in fields if field.kind in _TYPED | {"email"} and "date" not in field.name.lower()]
    return bool((fields and not typed) or again or (page.handlers and not typed))


def base_of(page: Page, target: Target) -> str:
    """The base path of the shop whose front this page is: the deepest folder above it that its own files lie in.

    A shop in a folder has its files there (``/shop/``), a language has not (``/en/`` with ``/assets/``). Without files of its
    own, its links decide, and a folder that is called like a language is none.
    """
    path = urlsplit(page.address).path
    steps = [step for step in accumulate(f"{part}/" for part in path.split("/")[:-1]) if step.startswith(target.base)]
    folders = [step for step in steps if step != target.base]
    files = [one.address for one in page.resources if one.tag in _ASSETS] + [one.src for one in page.scripts if one.src]
    places = [urlsplit(address).path for address in files if target.covers(address)]
    by_links = not places
    if by_links:
        places = [urlsplit(address).path for address in own_links(page, target)]
    for folder in reversed(folders):
        inside = sum(place.startswith(folder) for place in places)
        name = folder.rstrip("/").rpartition("/")[2]
        if places and 2 * inside >= len(places) and not (by_links and _LANGUAGE.fullmatch(name)):
            return folder
    return target.base


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")
