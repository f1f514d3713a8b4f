"""HTML → the few facts that checks judge. The only module that knows the parser for it; no tree is made.

Each page is read once, while the parser tells what begins and ends. Everything is bounded: what a site sends is hostile.
``extract`` and ``outline`` block (10 ms for an ordinary page, some seconds for one made to be slow): call them in a thread.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import cast
from urllib.parse import urlencode

from scanner.evidence import PROGRAMS, Field, Form, Link, Page, PageKind, Resource, Script
from scanner.gatherers.crawl.inert import sorted_out
from scanner.gatherers.crawl.page_kinds import kind_of
from scanner.gatherers.http.cookies import Visitor, cookies_of
from scanner.text.redact import REDACTED, names_a_secret, redact_header, redact_page
from scanner.text.url_parts import parts_of
from scanner.text.urls import join

MOST_SOURCE = 2_000_000
MOST_TAGS = 60_000  # opening and closing; each costs time. Big shops' pages have ten thousand
MOST_DEPTH = 1_000  # elements inside each other; Chromium shows 512, and each end is looked for in all that are open
PIECE = 32_768
MOST_LINKS = 5_000
MOST_FORMS = 200
MOST_FIELDS = 100
MOST_SENT = 10
HIDDEN_CHARS = 200
MOST_INLINE = 60
MOST_SCRIPTS = 300
MOST_RESOURCES = 2_000
MOST_METAS = 300
MOST_COMMENTS = 50
MOST_ANCHORS = 5_000
INLINE_CHARS = 20_000
INLINE_TAIL = 5_000
WORDS_CHARS = 20_000
HTML_CHARS = 262_144
COMMENT_CHARS = 300
TITLE_CHARS = 300
META_CHARS = 2_000
STYLE_CHARS = 200_000
STYLE_FILE_CHARS = 1_000_000
MOST_IMPORTS = 50
MODULE_CHARS = 50_000
MOST_DOCUMENTS = 10  # written into frames
DOCUMENT_CHARS = 100_000

_DEEP = f"Its elements lie more than {MOST_DEPTH:,} deep in each other, so only its beginning was read."
_TOO_MANY = f"It has more than {MOST_TAGS:,} tags, so only its beginning was read."

_XML_DECLARATION = re.compile(r"\s*(?:<\?[^>]{0,500}>\s*)+")
_SELF_CLOSED = re.compile(r"(<(?:script|iframe|textarea|noscript|xmp)\b[^<>]{0,2000}?(?<=[\s\"']))/>", re.IGNORECASE)
"""Of elements whose inside is text: browsers take the slash for nothing (HTML 13.2.5.40), the parser for an end."""
_CSS_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)|(?P<braces>[{};])|@media\b(?P<media>[^;{}]{0,500})|(?P<font>@font-face\b)|(?P<set>image-set\()"
    r"|@(?:namespace|(?:-moz-)?document)\b[^;{}]{0,500}|\btype\([^()]{0,200}\)|(?P<no_load>\bbehavior\s{0,5}:\s{0,5})"
    r"|(?P<import>@import\s{0,20})?(?:url\(\s{0,20}(?:\"([^\"\n]{1,2000})\"?|'([^'\n]{1,2000})'?|([^\"'()\s]{1,2000}))"
    r"|\"((?:[^\"\\\n]|\\.){0,2000})\"?|'((?:[^'\\\n]|\\.){0,2000})'?)",
    re.IGNORECASE | re.DOTALL,
)
"""What matters in a style sheet (CSS Syntax 4): a comment, a brace, a string, an address, and what tells an address's use."""
_SCRIPT_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|(?<![.\w$])(?:import|export)\s{0,50}(?:[\w$*{}\s,]{0,300}?\bfrom\s{0,50})?[\"']([^\"'\s]{1,2000})[\"']"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?",
    re.DOTALL,
)
"""What a module's static imports can be told by (ECMAScript 16.2): remarks and strings are passed over."""
_PLACE = re.compile(r"\.{0,2}/|https?:", re.IGNORECASE)
"""What begins an address in an import; anything else is a name."""
_BLANKS = " \n\t\f\r"  # ASCII whitespace (Infra 4.6): a run of it is one blank
_HANDLER = re.compile(r"on[a-z]{3,30}")
_SRCSET = re.compile(r"[\s,]*(?:(\S*[^\s,]),+(?=\s|$)|(\S+)[^,]*)")
_NOT_TYPED = frozenset({"hidden", "submit", "button", "image", "reset"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "title", "select", "textarea", "iframe", "noembed", "noframes"})
_TOLD_AT_THE_END = frozenset({"title", "script", "style"})
"""Elements that are looked at with the text directly inside them."""
_LISTS = frozenset({("a", "rel"), ("area", "rel"), ("link", "rel")})
"""Attributes whose value is a set of words (HTML 4.6.1), however they are set apart; ``class`` of any element is another."""

_LOADED = {
    "img": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    **dict.fromkeys(("body", "table", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"), ("background",)),
}
_POLICIES = frozenset({"content-security-policy", "content-security-policy-report-only"})
_MEDIA = frozenset({"picture", "video", "audio"})
_PRELOADED = frozenset({"fetch", "font", "image", "script", "style", "track"})
"""What a ``preload`` may say that it is for; without such a word browsers leave it (HTML 4.6.7.19)."""
_DATA = re.compile(
    r"(?:application|text)/(?:[\w.-]{1,40}\+)?json|importmap|speculationrules|text/(?:html|template|vbscript|x-[\w.-]{1,80})"
)
_HELD_SOURCE = re.compile(r"(?:src|href)|data-(?:[a-z]{1,30}-){0,3}(?:src|href)")
_ROCKET_LOADER = re.compile(r"[0-9a-f]{16,40}-(?=text/javascript|module)")
_MEDIA_QUERY = re.compile(r"\s*(not\s+)?(?:only\s+)?([a-z][a-z-]*)(\s+and\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as it stands in the source: the reference as written, its visible text, its title, and the text up to the next.
    typeset: whether it stands in a text whose lines and blanks count (``pre``)."""

    reference: str
    text: str
    title: str
    after: str
    typeset: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page is besides its words: title, headings (h1 to h3), and its links in order."""

    title: str
    headings: tuple[str, ...]
    anchors: tuple[Anchor, ...]


def extract(
    answer_text: str,
    address: str,
    status: int,
    headers: tuple[tuple[str, str], ...],
    kind: PageKind | None = None,
    visitor: Visitor = frozenset(),
) -> Page:
    """The facts of one page, or of its beginning (``extract_or_cut`` tells). Blocks."""
    return extract_or_cut(answer_text, address, status, headers, kind, visitor)[0]


def extract_or_cut(
    answer_text: str,
    address: str,
    status: int,
    headers: tuple[tuple[str, str], ...],
    kind: PageKind | None = None,
    visitor: Visitor = frozenset(),
) -> tuple[Page, str]:
    """The facts of one page, and why they are those of its beginning alone; empty where it was read whole.

    answer_text: its decoded source (what is over 2 MB is left out). headers: (name in lower case, value) pairs.
    kind: what the page is known to be for; without it, its address and content decide. visitor: the cookies of who read it, since
    a session is known by its value, which headers do not keep. Secrets are redacted. Never raises for
    what a site may send; blocks.
    """
    text = _clean(answer_text)
    reader = _Reader()
    reader.read(text)
    safe_headers = tuple((name, redact_header(name, value)) for name, value in headers)
    addresses = _Addresses(address, reader.base)
    documents = [(reader, addresses), *_documents(reader, addresses)]
    links, forms = _links(reader, addresses), tuple(form for one in documents for form in _forms(*one))[: MOST_FORMS + 1]
    host = _host(address)
    own = [place for place in (*(link.address for link in links), *(form.action for form in forms)) if _host(place) == host]
    page = Page(
        address=address,
        kind=kind or PageKind.OTHER,
        status=status,
        headers=safe_headers,
        cookies=cookies_of(headers, own, visitor),
        title=redact_page(reader.title or ""),
        base=addresses.base,
        links=links,
        forms=forms,
        scripts=tuple(script for one in documents for script in _scripts(*one)),
        resources=tuple(dict.fromkeys(resource for one in documents for resource in _resources(*one))),
        metas=tuple(reader.metas),
        comments=tuple(reader.comments),
        words=redact_page(_folded(" ".join(reader.words))[:WORDS_CHARS]),
        html=_source(text),
        handlers=sum(one.handlers for one, _ in documents),
        styled=sum(one.styled for one, _ in documents),
    )
    cut = next((one.cut for one, _ in documents if one.cut), "") or (_TOO_MANY if _has_too_many(answer_text) else "")
    return page if kind is not None else _with_kind(page), cut


def _host(address: str) -> str:
    return parts_of(address).hostname or ""


def _documents(reader: _Reader, addresses: _Addresses) -> list[tuple[_Reader, _Addresses]]:
    """The documents that a page writes into its frames (``srcdoc``), which load things as the page does (HTML 4.8.5)."""
    documents: list[tuple[_Reader, _Addresses]] = []
    waiting = list(reader.documents)
    for text in waiting:
        if len(documents) >= MOST_DOCUMENTS:
            break
        inner = _Reader()
        inner.read(_clean(text))
        documents.append((inner, addresses.below(inner.base)))
        waiting += inner.documents
    return documents


def outline(text: str) -> Outline:
    """Title, headings and links of a page in the order of its source. Blocks."""
    reader = _Outliner()
    reader.read(_clean(text))
    anchors = (
        Anchor(one.reference, _folded("".join(one.text)), one.title, _folded("".join(one.after)), one.typeset)
        for one in reader.anchors
    )
    return Outline(_folded(reader.title), tuple(_folded("".join(one)) for one in reader.headings), tuple(anchors))


def style_loads(text: str, address: str) -> tuple[Resource, ...]:
    """What a style sheet at an address loads. attribute: ``import``, ``font`` or ``url``."""
    loads: dict[Resource, None] = {}
    for use, reference in islice(_addresses_in_style(text[:STYLE_FILE_CHARS]), MOST_RESOURCES):
        found = join(address, reference)
        if found is not None:
            loads[Resource("style", use, found)] = None
    return tuple(loads)


def _addresses_in_style(text: str) -> Iterator[tuple[str, str]]:
    """What each address in a style sheet is for (``import``, ``font`` or ``url``), and the reference as written.

    An ``@import`` after the first rule is ignored (CSS Cascade 5, 2), a namespace's name is not loaded, and a string is an
    address only where a function takes it as one.
    """
    begun = in_font = in_set = no_load = False
    depth, never = 0, 0  # never: the depth of a block for other media than screens
    for match in _CSS_TOKEN.finditer(text):
        word = match.lastgroup
        if word == "media":
            never = never or (0 if _may_match(match["media"]) else depth + 1)
        elif word == "braces":
            depth += (match[0] == "{") - (match[0] == "}")
            never = never if depth >= never or match[0] == "{" else 0
            begun = begun or match[0] == "{"
            in_font = in_font and match[0] != "}"
            in_set = no_load = False
        elif word == "font":
            in_font = True
        elif word == "set":
            in_set = True
        elif word == "no_load":
            no_load = True
        elif (reference := next(filter(None, match.groups()[_FIRST_ADDRESS:]), "")) and not no_load:
            if match["import"]:
                if not begun:
                    yield "import", reference
            elif not never and (match[0][:3].lower() == "url" or in_set):
                yield "font" if in_font else "url", reference


_FIRST_ADDRESS = 6  # the groups before it are named


@dataclass(slots=True)
class Tag:
    """An element that has begun. content: of one that is looked at at its end, the text directly inside."""

    name: str
    attrs: dict[str, str]
    content: list[str] = field(default_factory=list)

    def text(self, most: int) -> str:
        """That text, bounded."""
        return "".join(self.content)[:most]


class _TooDeep(Exception):
    """The page's elements lie so deep in each other that reading on would take time without end."""


class Walker:
    """What the parser tells: every start, every text, every end, in the order of the source.

    cut: why it was not read to its end, in words; empty where it was.
    """

    def __init__(self) -> None:
        self.cut = ""
        self._open: list[Tag] = []
        self._pending: list[str] = []

    def read(self, text: str) -> None:
        """Parse a page. Blocks."""
        from lxml import etree

        target = cast("etree.ParserTarget", _Target(self))  # its stubs expect bytes as well, for parsers of bytes
        parser = etree.HTMLParser(target=target, recover=True, huge_tree=False)
        try:
            parser.feed("\n")  # the parser takes no empty text
            for start in range(0, len(text), PIECE):  # it hears of an end that we put to it only between two pieces
                parser.feed(text[start : start + PIECE])
            parser.close()
        except _TooDeep:
            self.cut = _DEEP
            self.told()

    def begun(self, name: str, attributes: Mapping[str, str]) -> None:
        """The parser met a tag."""
        self.told()
        if len(self._open) >= MOST_DEPTH:
            raise _TooDeep
        tag = Tag(name, dict(attributes))
        self._open.append(tag)
        self.start(tag)

    def ended(self) -> None:
        """The parser met the end of the innermost element."""
        self.told()
        self.end(self._open.pop())

    def heard(self, data: str) -> None:
        """The parser met a piece of text; a text comes in pieces."""
        self._pending.append(data)

    def aside(self, data: str) -> None:
        """The parser met what is no text of the page: it belongs to the element, and is not seen."""
        self.told()
        self._keep(data)

    def told(self) -> None:
        """A text is whole."""
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._keep(text)
            self.text(text if text.strip(_BLANKS) else "\n" if "\n" in text else " ")

    def _keep(self, text: str) -> None:
        if self._open and self._open[-1].name in _TOLD_AT_THE_END:
            self._open[-1].content.append(text)

    def start(self, tag: Tag) -> None:
        """An element begins."""

    def end(self, tag: Tag) -> None:
        """An element ends."""

    def comment(self, text: str) -> None:
        """A comment."""

    def text(self, text: str) -> None:
        """Text of the innermost open element."""


class _Target:
    """What lxml's parser calls (https://lxml.de/parsing.html, the target parser interface)."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        self._walker.begun(tag, attrib)

    def end(self, tag: str) -> None:  # noqa: ARG002  the parser's signature
        self._walker.ended()

    def data(self, data: str) -> None:
        self._walker.heard(data)

    def comment(self, text: str) -> None:
        self._walker.aside(text)
        self._walker.comment(text)

    def doctype(self, *_: object) -> None:
        self._walker.told()

    def pi(self, target: str, data: str | None = None) -> None:
        self._walker.aside(f"{target} {data or ''}")

    def close(self) -> None:
        self._walker.told()


@dataclass(slots=True)
class _OpenLink:
    reference: str
    rel: str = ""
    title: str = ""
    text: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    size: int = 0
    typeset: bool = False

    def hear(self, text: str, parts: list[str], most: int = 200) -> None:
        if self.size < most:
            parts.append(text[: most - self.size])
            self.size += len(text)


@dataclass(slots=True)
class _OpenForm:
    action: str | None
    method: str
    marks: str
    fields: list[Field] = field(default_factory=list)
    other_actions: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)


class _Reader(Walker):
    """Collects a page's facts, references as written."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.title: str | None = None
        self.links: list[_OpenLink] = []
        self.forms: list[_OpenForm] = []
        self.loose = _OpenForm("", "", "")
        self.external: list[tuple[int, str, Tag]] = []
        self.inline: list[tuple[int, str, str, Tag]] = []
        self.held: list[tuple[int, str, Tag]] = []
        self.imports: list[tuple[int, str]] = []
        self.import_map: dict[str, str] = {}
        self.resources: list[Resource] = []
        self.documents: list[str] = []  # those written into frames
        self.metas: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.words: list[str] = []
        self.handlers = 0
        self.styled = 0
        self._handlers = _HANDLERS
        self._loads = True
        self._words_size = 0
        self._unseen = 0
        self._drawings = 0
        self._media: list[str] = []
        self._open_links: list[_OpenLink] = []
        self._open_forms: list[_OpenForm] = []
        self._by_id: dict[str, _OpenForm] = {}
        self._elsewhere: list[tuple[str, Tag]] = []

    def read(self, text: str) -> None:
        """The page as a browser with scripts shows it; then the links and forms of its ``noscript``, which load nothing; of
        templates, only whether elements have programs and styles of their own, since scripts make copies of them."""
        source = sorted_out(text)
        super().read(source.shown)
        self._loads = False
        for aside, handlers in ((source.unscripted, _UNSCRIPTED), (source.templates, {})):
            if aside:
                self._handlers = handlers
                self._unseen += 1
                super().read(aside)
                self._unseen -= 1
        for form_id, tag in self._elsewhere:
            self._add_field(self._by_id.get(form_id, self.loose), tag)

    def start(self, tag: Tag) -> None:
        name = tag.name
        self._unseen += name in _UNSEEN
        self._drawings += name == "svg"
        if name in _MEDIA:
            self._media.append("player" if "src" in tag.attrs else name)  # with its own source it needs no other
        if name not in _TOLD_AT_THE_END:
            self._handle(tag)
        for attribute in _LOADED.get(name, ()) if self._asks(tag) else ():
            self._add_resource(tag, attribute, _attribute(tag, attribute))
        if (style := tag.attrs.get("style")) is not None:
            self.styled += 1
            self._add_style(tag, style)
        self.handlers += any(_is_program(attribute, value) for attribute, value in tag.attrs.items())

    def _asks(self, tag: Tag) -> bool:
        """Whether browsers load something for a tag where it stands."""
        match tag.name:
            case "iframe":
                return "srcdoc" not in tag.attrs
            case "frame":
                return any(one.name == "frameset" for one in self._open[-50:])
            case "source":
                return self._media[-1:] in (["video"], ["audio"]) and _may_match(_attribute(tag, "media"))
            case "track":
                return self._media[-1:] not in ([], ["picture"])
            case "object" | "embed":
                return not self._media or self._media[-1] == "picture"
            case _:
                return True

    def _handle(self, tag: Tag) -> None:
        if (handler := self._handlers.get(tag.name)) is not None:
            handler(self, tag)

    def end(self, tag: Tag) -> None:
        name = tag.name
        if name in _TOLD_AT_THE_END:
            self._handle(tag)
        self._unseen -= name in _UNSEEN
        self._drawings -= name == "svg"
        if name in _MEDIA:
            self._media.pop()
        if name == "a" and self._open_links:
            self._open_links.pop()
        elif name == "form" and self._open_forms:
            self._open_forms.pop()

    def comment(self, text: str) -> None:
        if len(self.comments) < MOST_COMMENTS:
            self.comments.append(redact_page(_folded(text[: COMMENT_CHARS * 4])[:COMMENT_CHARS], remark=True))

    def text(self, text: str) -> None:
        if self._unseen or not text or text.isspace():
            return
        if self._words_size < WORDS_CHARS:
            self.words.append(text[:WORDS_CHARS])
            self._words_size += len(text)
        if self._open_links:
            self._open_links[-1].hear(text, self._open_links[-1].text)

    def on_base(self, tag: Tag) -> None:
        if self.base is None and "href" in tag.attrs:
            self.base = _attribute(tag, "href")

    def on_title(self, tag: Tag) -> None:
        if self.title is None and not self._drawings:
            self.title = _folded(tag.text(TITLE_CHARS * 10))[:TITLE_CHARS]

    def on_anchor(self, tag: Tag) -> None:
        link = _OpenLink(_attribute(tag, "href"), rel=_attribute(tag, "rel")[:100])
        if tag.name == "a":
            self._open_links.append(link)
        if link.reference and not link.reference.startswith("#") and len(self.links) < MOST_LINKS:
            self.links.append(link)

    def on_frame(self, tag: Tag) -> None:
        if _attribute(tag, "src") and len(self.links) < MOST_LINKS:
            self.links.append(_OpenLink(_attribute(tag, "src")))

    def on_written_frame(self, tag: Tag) -> None:
        written = tag.attrs.get("srcdoc")
        if written is not None and len(self.documents) < MOST_DOCUMENTS:
            self.documents.append(written[:DOCUMENT_CHARS])

    def on_form(self, tag: Tag) -> None:
        marks = " ".join(filter(None, (_attribute(tag, key)[:200] for key in ("id", "name", "class"))))
        action = _attribute(tag, "action") if "action" in tag.attrs else None
        form = _OpenForm(action, _attribute(tag, "method").lower()[:20] or "get", marks)
        self._open_forms.append(form)
        if len(self.forms) < MOST_FORMS:
            self.forms.append(form)
            if "id" in tag.attrs:
                self._by_id.setdefault(_attribute(tag, "id"), form)

    def on_field(self, tag: Tag) -> None:
        if tag.name == "input" and _attribute(tag, "type").lower() == "image":
            self._add_resource(tag, "src", _attribute(tag, "src"))
        if "form" in tag.attrs:
            if len(self._elsewhere) < MOST_FORMS * 10:
                self._elsewhere.append((_attribute(tag, "form"), tag))
        elif self._open_forms or self._loads:
            self._add_field(self._open_forms[-1] if self._open_forms else self.loose, tag)

    def on_script(self, tag: Tag) -> None:
        """One that browsers run has its address or its text; of one that they do not, data keeps its text alone, and anything
        else the address that its page's programs may load it from."""
        number = len(self.external) + len(self.inline) + len(self.held)
        runs = _kind(tag) in PROGRAMS or _ROCKET_LOADER.match(_kind(tag)) is not None
        if runs and "nomodule" in tag.attrs and _kind(tag) != "module":
            return  # for browsers that know no modules (HTML 4.12.1)
        names = ("href", "xlink:href") if self._drawings else ("src",)
        source = next((_attribute(tag, name) for name in names if name in tag.attrs), None) if runs else None
        if source and not source.lower().startswith("data:"):
            if len(self.external) < MOST_SCRIPTS:
                self.external.append((number, source, tag))
        elif source is None or source:
            text = source or tag.text(MOST_SOURCE)
            if text.strip() and len(self.inline) < MOST_INLINE:
                self.inline.append((number, redact_page(_ends(text)), "" if source else _digest(text), tag))
                self._add_imports(number, _kind(tag), text)
            elif not runs and not _DATA.fullmatch(_kind(tag)) and len(self.held) < MOST_SCRIPTS:
                held = (value for name, value in tag.attrs.items() if value.strip() and _HELD_SOURCE.fullmatch(name))
                if source := next(held, ""):
                    self.held.append((number, source, tag))

    def _add_imports(self, number: int, kind: str, text: str) -> None:
        """What a module in the page imports, and the map that says where such names lead (HTML 8.1.6.2)."""
        if kind == "module":
            named = (match[1] for match in _SCRIPT_TOKEN.finditer(text[:MODULE_CHARS]) if match[1])
            self.imports += [(number, name) for name in islice(named, MOST_IMPORTS - min(len(self.imports), MOST_IMPORTS))]
        elif kind == "importmap":
            with contextlib.suppress(ValueError, RecursionError, AttributeError):
                known = json.loads(text[:STYLE_CHARS]).get("imports", {}).items()
                self.import_map |= {name: place for name, place in islice(known, MOST_IMPORTS) if isinstance(place, str)}

    def on_style(self, tag: Tag) -> None:
        self.styled += 1
        if _is_css(tag):
            left = MOST_RESOURCES - len(self.resources)
            on_screens = _may_match(_attribute(tag, "media"))
            for use, reference in islice(_addresses_in_style(tag.text(STYLE_CHARS)), max(0, left)):
                if on_screens or use == "import":
                    self._add_resource(tag, use, reference)

    def on_link(self, tag: Tag) -> None:
        rels = set(_attribute(tag, "rel").lower().split())
        if "stylesheet" in rels and ("disabled" in tag.attrs or not _is_css(tag)):
            return  # one to choose or for another medium is loaded all the same
        preloads = "preload" in rels and "stylesheet" not in rels
        if preloads and not (_attribute(tag, "as").strip().lower() in _PRELOADED and _may_match(_attribute(tag, "media"))):
            return
        candidates = _srcset(_attribute(tag, "imagesrcset")) if preloads else []
        if not candidates:
            self._add_resource(tag, "href", _attribute(tag, "href"))
        for candidate in candidates:
            self._add_resource(tag, "imagesrcset", candidate)

    def on_image(self, tag: Tag) -> None:
        for candidate in _srcset(_attribute(tag, "srcset")):
            self._add_resource(tag, "srcset", candidate)

    def on_source(self, tag: Tag) -> None:
        if self._media[-1:] == ["picture"] and _may_match(_attribute(tag, "media")):
            self.on_image(tag)

    def on_drawn_image(self, tag: Tag) -> None:
        """Of a drawing; outside of one ``image`` is another word for ``img`` (HTML 13.2.6.4.7)."""
        if not self._drawings:
            self._add_resource(Tag("img", tag.attrs), "src", _attribute(tag, "src"))
        else:
            name = "href" if "href" in tag.attrs else "xlink:href"
            self._add_resource(Tag("img", tag.attrs), name, _attribute(tag, name))

    def on_meta(self, tag: Tag) -> None:
        name = _attribute(tag, "name") or _attribute(tag, "property") or _attribute(tag, "http-equiv")
        if name.strip().lower() in _POLICIES and not (self._loads and any(one.name == "head" for one in self._open)):
            return  # browsers take a policy from nowhere else (CSP 3, 3.3)
        if name and len(self.metas) < MOST_METAS:
            name, content = name.strip().lower()[:200], _attribute(tag, "content")[:META_CHARS]
            if content and name != "refresh":  # where that leads must be followed as it stands
                content = REDACTED if names_a_secret(name) else redact_page(content)
            self.metas.append((name, content))

    def _add_field(self, form: _OpenForm, tag: Tag) -> None:
        if (other := _attribute(tag, "formaction")) and len(form.other_actions) < MOST_FIELDS:
            form.other_actions.append((other, _attribute(tag, "formmethod").lower()[:20]))
        if len(form.fields) < MOST_FIELDS:
            kind = (_attribute(tag, "type").lower()[:40] or "text") if tag.name == "input" else tag.name
            name = _attribute(tag, "name") or _attribute(tag, "id")
            if kind == "hidden":
                form.hidden.append((_attribute(tag, "name")[:HIDDEN_CHARS], _attribute(tag, "value")[:HIDDEN_CHARS]))
            form.fields.append(Field(name[:200], kind, _attribute(tag, "autocomplete").lower()[:100]))

    def _add_resource(self, tag: Tag, attribute: str, reference: str) -> None:
        if reference and self._loads and len(self.resources) < MOST_RESOURCES:
            rel, integrity = _attribute(tag, "rel").lower()[:100], _attribute(tag, "integrity")[:500]
            self.resources.append(Resource(tag.name, attribute, reference, rel, integrity))

    def _add_style(self, tag: Tag, text: str) -> None:
        if len(self.resources) < MOST_RESOURCES:
            for _, reference in _addresses_in_style(text[:STYLE_CHARS]):
                self._add_resource(tag, "style", reference)


_UNSCRIPTED = {
    "a": _Reader.on_anchor,
    "area": _Reader.on_anchor,
    "frame": _Reader.on_frame,
    "form": _Reader.on_form,
    "input": _Reader.on_field,
    "select": _Reader.on_field,
    "textarea": _Reader.on_field,
    "button": _Reader.on_field,
    "meta": _Reader.on_meta,
}
_HANDLERS = {
    **_UNSCRIPTED,
    "base": _Reader.on_base,
    "title": _Reader.on_title,
    "script": _Reader.on_script,
    "style": _Reader.on_style,
    "link": _Reader.on_link,
    "img": _Reader.on_image,
    "image": _Reader.on_drawn_image,
    "source": _Reader.on_source,
    "iframe": _Reader.on_written_frame,
}


class _Outliner(Walker):
    """Collects links with the text around them."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.headings: list[list[str]] = []
        self.anchors: list[_OpenLink] = []
        self._typeset = 0
        self._inside: list[str] = []  # the open elements that matter: a, h1 … h3, and those whose text is unseen

    def start(self, tag: Tag) -> None:
        if tag.name == "a" and "href" in tag.attrs and len(self.anchors) < MOST_ANCHORS:
            link = _OpenLink(_attribute(tag, "href").strip(), title=_attribute(tag, "title")[:300], typeset=self._typeset > 0)
            self.anchors.append(link)
        self._typeset += tag.name == "pre"
        if tag.name in {"h1", "h2", "h3"} and len(self.headings) < 20:
            self.headings.append([])
        if tag.name in _OUTLINED:
            self._inside.append(tag.name)
        elif tag.name != "br":
            self.text(" ")

    def end(self, tag: Tag) -> None:
        self._typeset -= tag.name == "pre"
        if tag.name == "title" and not self.title:
            self.title = tag.text(TITLE_CHARS)
        if tag.name in _OUTLINED:
            self._inside.pop()
        else:
            self.text(" ")

    def text(self, text: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside in _UNSEEN:
            return
        if self.headings and len(self.headings[-1]) < 100 and any(name in {"h1", "h2", "h3"} for name in self._inside[-3:]):
            self.headings[-1].append(text[:300])
        if self.anchors:
            last = self.anchors[-1]
            last.hear(text, last.text if inside == "a" else last.after, most=600)


_OUTLINED = _UNSEEN | {"a", "h1", "h2", "h3"}


class _Addresses:
    """Resolves a page's references, each spelling once."""

    def __init__(self, address: str, base: str | None) -> None:
        self.page = address
        self.base = (join(address, base) if base is not None else None) or address
        self._known: dict[str, str | None] = {}

    def below(self, base: str | None) -> _Addresses:
        """Those of a document that the page writes into a frame: it has the page's base, or its own."""
        inner = _Addresses(self.page, None)
        inner.base = (join(self.base, base) if base is not None else None) or self.base
        return inner

    def of(self, reference: str) -> str | None:
        if reference not in self._known:
            self._known[reference] = join(self.base, reference)
        return self._known[reference]


def _links(reader: _Reader, addresses: _Addresses) -> tuple[Link, ...]:
    links: dict[Link, None] = {}
    for link in reader.links:
        if (address := addresses.of(link.reference)) is not None:
            links[Link(address, _folded(" ".join(link.text))[:200], link.rel.lower())] = None
    return tuple(links)


def _forms(reader: _Reader, addresses: _Addresses) -> tuple[Form, ...]:
    """One Form for each place that a form may send to. The fields outside any form come last, as a form without action or
    method: only a script can send them."""
    forms: list[Form] = []
    for form in reader.forms:
        own = addresses.of(form.action) if form.action else addresses.page  # an empty action is the page, whatever the base
        actions = {own or "": form.method}
        for other, method in form.other_actions:
            actions.setdefault(addresses.of(other) or "", method or form.method)
        forms += [
            Form(action, method, tuple(form.fields), form.marks, _leads(action, method, form))
            for action, method in actions.items()
        ]
    if reader.loose.fields:
        forms.append(Form("", "", tuple(reader.loose.fields), ""))
    return tuple(forms[: MOST_FORMS + 1])


def _leads(action: str, method: str, form: _OpenForm) -> str:
    """Where a form without anything to type or to choose leads (HTML, “Form submission”, “Mutate action URL”); empty for others,
    and where it would carry a secret or a long value along."""
    if method != "get" or not action or any(field.kind not in _NOT_TYPED for field in form.fields):
        return ""
    sent = [(name, value) for name, value in form.hidden if name]
    if len(sent) > MOST_SENT or any(len(value) == HIDDEN_CHARS or names_a_secret(name) for name, value in sent):
        return ""
    bare = action.partition("?")[0]
    return f"{bare}?{urlencode(sent)}" if sent else bare


def _scripts(reader: _Reader, addresses: _Addresses) -> tuple[Script, ...]:
    """In the order of the page. Where Cloudflare's Rocket Loader is, what it renamed so as to load it itself is what it was."""
    rocket = any("rocket-loader" in source for _, source, _ in reader.external)
    scripts: list[tuple[int, Script]] = []
    for number, source, tag in reader.external:
        renamed = _ROCKET_LOADER.match(_kind(tag)) is not None
        if (address := addresses.of(source)) is not None:
            held = renamed and not rocket
            scripts.append((number, _script(tag, rocket=rocket, src="" if held else address, held=address if held else "")))
    for number, text, digest, tag in reader.inline:
        scripts.append((number, _script(tag, rocket=rocket, inline=text, digest=digest)))
    for number, name in reader.imports:
        source = reader.import_map.get(name, name)
        if _PLACE.match(source) and (address := addresses.of(source)) is not None:
            scripts.append((number, Script(address, kind="import")))
    for number, source, tag in reader.held:
        if (address := addresses.of(source)) is not None:
            scripts.append((number, _script(tag, held=address)))
    return tuple(script for _, script in sorted(scripts, key=lambda pair: pair[0]))


def _script(tag: Tag, *, rocket: bool = False, src: str = "", inline: str = "", digest: str = "", held: str = "") -> Script:
    return Script(
        src,
        inline,
        integrity=_attribute(tag, "integrity")[:500],
        crossorigin=("anonymous" if "crossorigin" in tag.attrs and not _attribute(tag, "crossorigin") else "")
        or _attribute(tag, "crossorigin").lower()[:40],
        kind=_ROCKET_LOADER.sub("", _kind(tag), count=1) if rocket else _kind(tag),
        digest=digest,
        held=held,
    )


def _kind(tag: Tag) -> str:
    """A script's type (HTML 4.12.1.1): without one, its language decides."""
    if "type" in tag.attrs:
        kind = tag.attrs["type"].lower()
        return kind[:100] if kind.strip(_BLANKS) == "module" else kind.strip(_BLANKS)[:100]
    language = tag.attrs.get("language", "")
    return f"text/{language.lower()[:80]}" if language else ""


def _is_css(tag: Tag) -> bool:
    """Whether a style's type is one that browsers know."""
    return _attribute(tag, "type").partition(";")[0].strip().lower() in {"", "text/css"}


def _may_match(media: str) -> bool:
    """Whether some screen fits a list of media queries (Media Queries 4): only other media are certain never to."""
    return not media.strip() or any(map(_query_may_match, media.split(",")))


def _query_may_match(query: str) -> bool:
    match = _MEDIA_QUERY.match(query)
    if match is None:
        return True
    on_screens = match[2].lower() in {"all", "screen"}
    return (on_screens is not bool(match[1])) or (on_screens and bool(match[3]))


def _digest(text: str) -> str:
    """Of a script as browsers hash it: line ends are line feeds (HTML 13.2.3.5), the text is UTF-8."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "sha256-" + base64.b64encode(hashlib.sha256(lines.encode("utf-8", "replace")).digest()).decode()


def _is_program(attribute: str, value: str) -> bool:
    return _HANDLER.fullmatch(attribute) is not None or (
        attribute in {"href", "action", "src", "formaction"} and value[:40].strip().lower().startswith("javascript:")
    )


def _resources(reader: _Reader, addresses: _Addresses) -> tuple[Resource, ...]:
    resources: dict[Resource, None] = {}
    for one in reader.resources:
        if (address := addresses.of(one.address)) is not None:
            resources[Resource(one.tag, one.attribute, address, one.rel, one.integrity)] = None
    return tuple(resources)


def _with_kind(page: Page) -> Page:
    return Page(**{name: getattr(page, name) for name in Page.__slots__ if name != "kind"}, kind=kind_of(page))


def _has_too_many(text: str) -> bool:
    """Whether there are more tags than ``_clean`` leaves."""
    return text.count("<", 0, MOST_SOURCE) > MOST_TAGS


def _clean(text: str) -> str:
    """Bounded, without NULs, half surrogates and a leading XML declaration, which the parser does not take."""
    text = text[:MOST_SOURCE].replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    if declaration := _XML_DECLARATION.match(text):
        text = text[declaration.end() :]
    text = _SELF_CLOSED.sub(r"\1>", text)
    rest = text.split("<", MOST_TAGS + 1)[MOST_TAGS + 1 :]
    return text[: -len(rest[0]) - 1] if rest else text


def _source(text: str) -> str:
    """The bounded source, redacted; cut before a tag, so that no half of a hidden input escapes it."""
    if len(text) > HTML_CHARS:
        text = text[:HTML_CHARS].rpartition("<")[0] or text[:HTML_CHARS]
    return redact_page(text)


def _ends(text: str) -> str:
    """A long script's beginning and its end: what is smuggled in tends to stand at an end."""
    return text if len(text) <= INLINE_CHARS else text[: INLINE_CHARS - INLINE_TAIL - 1] + "\n" + text[-INLINE_TAIL:]


def _attribute(tag: Tag, name: str) -> str:
    value = tag.attrs.get(name, "")
    return " ".join(value.split()) if name == "class" or (tag.name, name) in _LISTS else value


def _folded(text: str) -> str:
    return " ".join(text.split())


def _srcset(text: str) -> list[str]:
    matches = _SRCSET.finditer(text[:STYLE_CHARS].strip())  # a run of blanks at the end would be gone through again and again
    return [match[1] or match[2] for match in matches if match[1] or match[2]][:100]
