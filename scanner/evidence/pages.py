"""The shop's public pages, as the crawl saw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.evidence.unavailable import Unavailable
from scanner.text.url_parts import path_of


class PageKind(StrEnum):
    """What a page is for. The crawl wants some of each kind."""

    HOME = "home"
    CATEGORY = "category"
    PRODUCT = "product"
    CART = "cart"
    CHECKOUT = "checkout"
    LOGIN = "login"
    ACCOUNT = "account"
    SEARCH = "search"
    POLICY = "policy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One Set-Cookie header, its value left out (RFC 6265 5.2; attribute names in lower case).

    opaque: whether the value may be drawn at random, as a session's is; None where that is not known. parameter: the parameter
    of the page's own addresses that carries the same value: then the two are a session, whatever they are called.
    """

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    opaque: bool | None = None
    parameter: str = ""

    def attribute(self, name: str) -> str | None:
        """The last value of an attribute (the last one counts, RFC 6265 5.3), or None."""
        return next((value for key, value in reversed(self.attributes) if key == name), None)


@dataclass(frozen=True, slots=True)
class Link:
    """An ``<a href>``: absolute address, visible text, rel."""

    address: str
    text: str = ""
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form; hidden values are left out."""

    name: str
    kind: str = "text"
    autocomplete: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form: where it sends to (absolute), how, and its fields.

    leads: where a form that asks for nothing leads, as a link would; empty for others.
    """

    action: str
    method: str = "get"
    fields: tuple[Field, ...] = ()
    marks: str = ""  # id, name and class of the form, for recognising it
    leads: str = ""

    @property
    def has_password(self) -> bool:
        """Whether it asks for a password."""
        return any(field.kind == "password" for field in self.fields)


PROGRAMS = frozenset({
    "", "module", "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
    "text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2", "text/javascript1.3",
    "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript",
})  # fmt: skip
"""The types of scripts that browsers run (HTML 4.12.1.1, WHATWG MIME Sniffing 4.6), in lower case."""


@dataclass(frozen=True, slots=True)
class Script:
    """A ``<script>``: absolute src, or bounded inline text.

    kind: its type in lower case; ``import`` where a module in the page imports the file. digest: what a Content-Security-Policy
    names an inline one by (``sha256-…`` of the whole text). held: the address of one that no browser loads as it stands, because
    its type is none of a program: consent banners write it so, and load it once a visitor agrees.
    """

    src: str = ""
    inline: str = ""
    integrity: str = ""
    crossorigin: str = ""
    kind: str = ""
    digest: str = ""
    held: str = ""

    @property
    def runs(self) -> bool:
        """Whether browsers run it as it stands; to other types it is a block of data (HTML 4.12.1)."""
        return self.kind in PROGRAMS and not self.held

    @property
    def waits(self) -> bool:
        """Whether it is a program that waits for a visitor's consent or first click."""
        return bool(self.held) or (self.kind == "text/plain" and bool(self.inline))


@dataclass(frozen=True, slots=True)
class Resource:
    """Something else that the page loads: the tag, the attribute and the absolute address."""

    tag: str
    attribute: str
    address: str
    rel: str = ""
    integrity: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML page: extracted once, then only these facts remain.

    base: the address that relative links were resolved against. metas: (name or property in lower case, content).
    html: the decoded source, cut to a bound, for text patterns only.
    words: the visible text, white space folded, cut to a bound.
    handlers: how many elements have program text of their own (``onclick``, ``javascript:``). styled: how many have a style of
    their own, ``<style>`` elements included.
    """

    address: str
    kind: PageKind
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[Cookie, ...] = ()
    title: str = ""
    base: str = ""
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    scripts: tuple[Script, ...] = ()
    resources: tuple[Resource, ...] = ()
    metas: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()
    words: str = ""
    html: str = ""
    handlers: int = 0
    styled: int = 0

    @property
    def path(self) -> str:
        """Its place on the host."""
        return path_of(self.address)

    @property
    def blank(self) -> bool:
        """Whether there is nothing on it: nothing to see, to follow, to type into or to load."""
        return not (self.title.strip() or self.words or self.links or self.forms or self.scripts or self.resources)

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def metas_named(self, name: str) -> tuple[str, ...]:
        """All contents of a meta name."""
        return tuple(content for key, content in self.metas if key == name.lower())


@dataclass(frozen=True, slots=True)
class Unread:
    """An address of the shop that the crawl chose and could not read as a page."""

    address: str
    because: str
    examined: bool  # True where the server said that there is nothing (404, 410)


@dataclass(frozen=True, slots=True)
class Robots:
    """What robots.txt said: Disallow paths (places to look), sitemaps, Crawl-delay in seconds."""

    address: str
    disallowed: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    crawl_delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Pages:
    """The crawl. The home page comes first. ``left_out`` counts addresses known and not visited. drawn: whether a program fills
    the pages in the browser, so that hardly anything of them could be seen. broken: the first few pages that an address which the
    crawl chose gave with an error of the server's (5xx); they are ``unread`` too. unreached: which of basket, checkout and the
    customers' login no page is."""

    home: Page
    others: tuple[Page, ...]
    unread: tuple[Unread, ...]
    robots: Robots | Unavailable
    gathered_at: datetime
    left_out: int = 0
    remarks: tuple[str, ...] = ()
    drawn: bool = False
    broken: tuple[Page, ...] = ()
    unreached: tuple[PageKind, ...] = ()

    @property
    def all(self) -> tuple[Page, ...]:
        """Every page that was read, the home page first."""
        return (self.home, *self.others)
