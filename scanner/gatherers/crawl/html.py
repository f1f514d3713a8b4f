"""HTML → the few facts that checks judge. The only module that knows the parser for it; no tree is made.

Each page is read once, while the parser tells what begins and ends. Everything is bounded: what a site sends is hostile.
``extract`` and ``outline`` block (10 ms for an ordinary page, some seconds for one made to be slow): call them in a thread.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from scanner.evidence import Field, Form, Link, Page, PageKind, Resource, Script
from scanner.gatherers.crawl.page_kinds import kind_of
from scanner.gatherers.http.cookies import cookies_of
from scanner.text.redact import REDACTED, redact_cookie, redact_page
from scanner.text.urls import join

MOST_SOURCE = 2_000_000
MOST_TAGS = 60_000  # opening and closing; each costs time. Big shops' pages have ten thousand
MOST_LINKS = 5_000
MOST_FORMS = 200
MOST_FIELDS = 100
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
CSS_RULE_CHARS = 3_000  # how far back the rule that an address stands in may begin

_XML_DECLARATION = re.compile(r"\s*(?:<\?[^>]{0,500}>\s*)+")
_CSS_URL = re.compile(
    r"url\(\s{0,20}(?:\"([^\"\n]{1,2000})|'([^'\n]{1,2000})|([^\"'()\s]{1,2000}))|@import\s{1,20}(?:\"([^\"\n]{1,2000})|'([^'\n]{1,2000}))",
    re.IGNORECASE,
)
_IMPORTING = re.compile(r"@import\s{1,20}\Z")
_BLANKS = " \n\t\f\r"  # ASCII whitespace (Infra 4.6): a run of it is one blank
_HANDLER = re.compile(r"on[a-z]{3,30}")
_SRCSET = re.compile(r"[\s,]*(?:(\S*[^\s,]),+(?=\s|$)|(\S+)[^,]*)")
_SECRET_META = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
_UNSEEN = frozenset({"script", "style", "template", "noscript", "title", "select", "textarea"})
_VOICELESS = frozenset({"script", "style", "template"})
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
    "body": ("background",),
    "table": ("background",),
    "td": ("background",),
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as it stands in the source: the reference as written, its visible text, its title, and the text up to the next."""

    reference: str
    text: str
    title: str
    after: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page is besides its words: title, headings (h1 to h3), and its links in order."""

    title: str
    headings: tuple[str, ...]
    anchors: tuple[Anchor, ...]


def extract(
    answer_text: str, address: str, status: int, headers: tuple[tuple[str, str], ...], kind: PageKind | None = None
) -> Page:
    """The facts of one page.

    answer_text: its decoded source (what is over 2 MB is left out). headers: (name in lower case, value) pairs.
    kind: what the page is known to be for; without it, its address and content decide. Secrets are redacted. Never raises for
    what a site may send; blocks.
    """
    text = _clean(answer_text)
    reader = _Reader()
    reader.read(text)
    safe_headers = tuple((name, redact_cookie(value) if name == "set-cookie" else value) for name, value in headers)
    addresses = _Addresses(address, reader.base)
    page = Page(
        address=address,
        kind=kind or PageKind.OTHER,
        status=status,
        headers=safe_headers,
        cookies=cookies_of(safe_headers),
        title=reader.title or "",
        base=addresses.base,
        links=_links(reader, addresses),
        forms=_forms(reader, addresses),
        scripts=_scripts(reader, addresses),
        resources=_resources(reader, addresses),
        metas=tuple(reader.metas),
        comments=tuple(reader.comments),
        words=_folded(" ".join(reader.words))[:WORDS_CHARS],
        html=_source(text),
        handlers=reader.handlers,
        styled=reader.styled,
    )
    return page if kind is not None else _with_kind(page)


def outline(text: str) -> Outline:
    """Title, headings and links of a page in the order of its source. Blocks."""
    reader = _Outliner()
    reader.read(_clean(text))
    anchors = (
        Anchor(one.reference, _folded("".join(one.text)), one.title, _folded("".join(one.after))) for one in reader.anchors
    )
    return Outline(_folded(reader.title), tuple(_folded("".join(one)) for one in reader.headings), tuple(anchors))


def style_loads(text: str, address: str) -> tuple[Resource, ...]:
    """What a style sheet at an address loads. attribute: ``import``, ``font`` or ``url``."""
    text = _without_comments(text[:STYLE_FILE_CHARS])
    loads: dict[Resource, None] = {}
    for match in islice(_CSS_URL.finditer(text), MOST_RESOURCES):
        found = join(address, next(filter(None, match.groups()), ""))
        if found is not None:
            loads[Resource("style", _style_use(text, match), found)] = None
    return tuple(loads)


def _style_use(text: str, match: re.Match[str]) -> str:
    """What a style sheet uses an address for: ``import``, ``font`` or ``url``."""
    before = text[max(0, match.start() - CSS_RULE_CHARS) : match.start()].lower()
    if match[0][0] == "@" or _IMPORTING.search(before):
        return "import"
    return "font" if before.rfind("@font-face") > before.rfind("}") else "url"


def _without_comments(text: str) -> str:
    """CSS Syntax 4.3.2: a comment that is never closed goes on to the end."""
    kept, start = [], 0
    while (opened := text.find("/*", start)) >= 0:
        kept.append(text[start:opened])
        closed = text.find("*/", opened + 2)
        start = closed + 2 if closed >= 0 else len(text)
    return "".join([*kept, text[start:]])


@dataclass(slots=True)
class _Tag:
    """An element that has begun. content: of one that is looked at at its end, the text directly inside."""

    name: str
    attrs: dict[str, str]
    content: list[str] = field(default_factory=list)

    def text(self, most: int) -> str:
        """That text, bounded."""
        return "".join(self.content)[:most]


class _Walker:
    """What the parser tells: every start, every text, every end, in the order of the source."""

    def __init__(self) -> None:
        self._open: list[_Tag] = []
        self._pending: list[str] = []

    def read(self, text: str) -> None:
        """Parse a page. Blocks."""
        from lxml import etree

        target = cast("etree.ParserTarget", _Target(self))  # its stubs expect bytes as well, for parsers of bytes
        parser = etree.HTMLParser(target=target, recover=True, huge_tree=False)
        parser.feed("\n" + text)  # the parser takes no empty text
        parser.close()

    def begun(self, name: str, attributes: Mapping[str, str]) -> None:
        """The parser met a tag."""
        self.told()
        tag = _Tag(name, dict(attributes))
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

    def start(self, tag: _Tag) -> None:
        """An element begins."""

    def end(self, tag: _Tag) -> None:
        """An element ends."""

    def comment(self, text: str) -> None:
        """A comment."""

    def text(self, text: str) -> None:
        """Text of the innermost open element."""


class _Target:
    """What lxml's parser calls (https://lxml.de/parsing.html, the target parser interface)."""

    def __init__(self, walker: _Walker) -> None:
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
    other_actions: list[str] = field(default_factory=list)


class _Reader(_Walker):
    """Collects a page's facts, references as written."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.title: str | None = None
        self.links: list[_OpenLink] = []
        self.forms: list[_OpenForm] = []
        self.loose = _OpenForm("", "", "")
        self.external: list[tuple[int, str, _Tag]] = []
        self.inline: list[tuple[int, str, str, _Tag]] = []
        self.resources: list[Resource] = []
        self.metas: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.words: list[str] = []
        self.handlers = 0
        self.styled = 0
        self._words_size = 0
        self._unseen = 0
        self._voiceless = 0
        self._open_links: list[_OpenLink] = []
        self._open_forms: list[_OpenForm] = []
        self._by_id: dict[str, _OpenForm] = {}
        self._elsewhere: list[tuple[str, _Tag]] = []

    def read(self, text: str) -> None:
        super().read(text)
        for form_id, tag in self._elsewhere:
            self._add_field(self._by_id.get(form_id, self.loose), tag)

    def start(self, tag: _Tag) -> None:
        name = tag.name
        if name in _UNSEEN:
            self._unseen += 1
        if name in _VOICELESS:
            self._voiceless += 1
        if name not in _TOLD_AT_THE_END:
            self._handle(tag)
        for attribute in _LOADED.get(name, ()):
            self._add_resource(tag, attribute, _attribute(tag, attribute))
        if (style := tag.attrs.get("style")) is not None:
            self.styled += 1
            self._add_style(tag, style)
        self.handlers += any(_is_program(attribute, value) for attribute, value in tag.attrs.items())

    def _handle(self, tag: _Tag) -> None:
        handler = _HANDLERS.get(tag.name)
        if handler is not None and (self._voiceless == 0 or tag.name in _VOICELESS):
            handler(self, tag)

    def end(self, tag: _Tag) -> None:
        name = tag.name
        if name in _TOLD_AT_THE_END:
            self._handle(tag)
        if name in _UNSEEN:
            self._unseen -= 1
        if name in _VOICELESS:
            self._voiceless -= 1
        if name == "a" and self._open_links:
            self._open_links.pop()
        elif name == "form" and self._open_forms:
            self._open_forms.pop()

    def comment(self, text: str) -> None:
        if len(self.comments) < MOST_COMMENTS:
            self.comments.append(redact_page(_folded(text[: COMMENT_CHARS * 4])[:COMMENT_CHARS]))

    def text(self, text: str) -> None:
        if self._unseen or not text or text.isspace():
            return
        if self._words_size < WORDS_CHARS:
            self.words.append(text[:WORDS_CHARS])
            self._words_size += len(text)
        if self._open_links:
            self._open_links[-1].hear(text, self._open_links[-1].text)

    def on_base(self, tag: _Tag) -> None:
        if self.base is None and "href" in tag.attrs:
            self.base = _attribute(tag, "href")

    def on_title(self, tag: _Tag) -> None:
        if self.title is None:
            self.title = _folded(tag.text(TITLE_CHARS * 10))[:TITLE_CHARS]

    def on_anchor(self, tag: _Tag) -> None:
        link = _OpenLink(_attribute(tag, "href"), rel=_attribute(tag, "rel")[:100])
        if tag.name == "a":
            self._open_links.append(link)
        if link.reference and not link.reference.startswith("#") and len(self.links) < MOST_LINKS:
            self.links.append(link)

    def on_frame(self, tag: _Tag) -> None:
        if _attribute(tag, "src") and len(self.links) < MOST_LINKS:
            self.links.append(_OpenLink(_attribute(tag, "src")))

    def on_form(self, tag: _Tag) -> None:
        marks = " ".join(filter(None, (_attribute(tag, key)[:200] for key in ("id", "name", "class"))))
        action = _attribute(tag, "action") if "action" in tag.attrs else None
        form = _OpenForm(action, _attribute(tag, "method").lower()[:20] or "get", marks)
        self._open_forms.append(form)
        if len(self.forms) < MOST_FORMS:
            self.forms.append(form)
            if "id" in tag.attrs:
                self._by_id.setdefault(_attribute(tag, "id"), form)

    def on_field(self, tag: _Tag) -> None:
        if tag.name == "input" and _attribute(tag, "type").lower() == "image":
            self._add_resource(tag, "src", _attribute(tag, "src"))
        if "form" in tag.attrs:
            if len(self._elsewhere) < MOST_FORMS * 10:
                self._elsewhere.append((_attribute(tag, "form"), tag))
        else:
            self._add_field(self._open_forms[-1] if self._open_forms else self.loose, tag)

    def on_script(self, tag: _Tag) -> None:
        number = len(self.external) + len(self.inline)
        source = _attribute(tag, "src") or _attribute(tag, "xlink:href")
        if source and not source.lower().startswith("data:"):
            if len(self.external) < MOST_SCRIPTS:
                self.external.append((number, source, tag))
        elif len(self.inline) < MOST_INLINE:
            text = source or tag.text(MOST_SOURCE)
            if text.strip():
                self.inline.append((number, redact_page(_ends(text)), "" if source else _digest(text), tag))

    def on_style(self, tag: _Tag) -> None:
        self.styled += 1
        text = tag.text(STYLE_CHARS)
        if (left := MOST_RESOURCES - len(self.resources)) > 0:
            for match in islice(_CSS_URL.finditer(text), left):
                self._add_resource(tag, _style_use(text, match), next(filter(None, match.groups()), ""))

    def on_link(self, tag: _Tag) -> None:
        self._add_resource(tag, "href", _attribute(tag, "href"))
        for candidate in _srcset(_attribute(tag, "imagesrcset")):
            self._add_resource(tag, "imagesrcset", candidate)

    def on_image(self, tag: _Tag) -> None:
        for candidate in _srcset(_attribute(tag, "srcset")):
            self._add_resource(tag, "srcset", candidate)

    def on_meta(self, tag: _Tag) -> None:
        name = _attribute(tag, "name") or _attribute(tag, "property") or _attribute(tag, "http-equiv")
        if name and len(self.metas) < MOST_METAS:
            content = _attribute(tag, "content")[:META_CHARS]
            self.metas.append((name.strip().lower()[:200], REDACTED if content and _SECRET_META.search(name) else content))

    def _add_field(self, form: _OpenForm, tag: _Tag) -> None:
        if (other := _attribute(tag, "formaction")) and len(form.other_actions) < MOST_FIELDS:
            form.other_actions.append(other)
        if len(form.fields) < MOST_FIELDS:
            kind = (_attribute(tag, "type").lower()[:40] or "text") if tag.name == "input" else tag.name
            name = _attribute(tag, "name") or _attribute(tag, "id")
            form.fields.append(Field(name[:200], kind, _attribute(tag, "autocomplete").lower()[:100]))

    def _add_resource(self, tag: _Tag, attribute: str, reference: str) -> None:
        if reference and len(self.resources) < MOST_RESOURCES:
            rel, integrity = _attribute(tag, "rel").lower()[:100], _attribute(tag, "integrity")[:500]
            self.resources.append(Resource(tag.name, attribute, reference, rel, integrity))

    def _add_style(self, tag: _Tag, text: str) -> None:
        if len(self.resources) < MOST_RESOURCES:
            for match in _CSS_URL.finditer(text[:STYLE_CHARS]):
                self._add_resource(tag, "style", next(filter(None, match.groups()), ""))


_HANDLERS = {
    "base": _Reader.on_base,
    "title": _Reader.on_title,
    "a": _Reader.on_anchor,
    "area": _Reader.on_anchor,
    "frame": _Reader.on_frame,
    "form": _Reader.on_form,
    "input": _Reader.on_field,
    "select": _Reader.on_field,
    "textarea": _Reader.on_field,
    "button": _Reader.on_field,
    "script": _Reader.on_script,
    "style": _Reader.on_style,
    "link": _Reader.on_link,
    "img": _Reader.on_image,
    "source": _Reader.on_image,
    "meta": _Reader.on_meta,
}


class _Outliner(_Walker):
    """Collects links with the text around them."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.headings: list[list[str]] = []
        self.anchors: list[_OpenLink] = []
        self._inside: list[str] = []  # the open elements that matter: a, h1 … h3, and those whose text is unseen

    def start(self, tag: _Tag) -> None:
        if tag.name == "a" and "href" in tag.attrs and len(self.anchors) < MOST_ANCHORS:
            self.anchors.append(_OpenLink(_attribute(tag, "href").strip(), title=_attribute(tag, "title")[:300]))
        if tag.name in {"h1", "h2", "h3"} and len(self.headings) < 20:
            self.headings.append([])
        if tag.name in _OUTLINED:
            self._inside.append(tag.name)
        elif tag.name != "br":
            self.text(" ")

    def end(self, tag: _Tag) -> None:
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

    def of(self, reference: str) -> str | None:
        if reference not in self._known:
            found = join(self.base, reference)
            self._known[reference] = redact_page(found) if found is not None and "@" in found else found
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
        actions = dict.fromkeys((own or "", *(addresses.of(other) or "" for other in form.other_actions)))
        forms += [Form(action, form.method, tuple(form.fields), form.marks) for action in actions]
    if reader.loose.fields:
        forms.append(Form("", "", tuple(reader.loose.fields), ""))
    return tuple(forms[: MOST_FORMS + 1])


def _scripts(reader: _Reader, addresses: _Addresses) -> tuple[Script, ...]:
    scripts: list[tuple[int, Script]] = []
    for number, source, tag in reader.external:
        if (address := addresses.of(source)) is not None:
            scripts.append((number, _script(tag, src=address)))
    scripts += [(number, _script(tag, inline=text, digest=digest)) for number, text, digest, tag in reader.inline]
    return tuple(script for _, script in sorted(scripts, key=lambda pair: pair[0]))


def _script(tag: _Tag, *, src: str = "", inline: str = "", digest: str = "") -> Script:
    return Script(
        src,
        inline,
        integrity=_attribute(tag, "integrity")[:500],
        crossorigin=("anonymous" if "crossorigin" in tag.attrs and not _attribute(tag, "crossorigin") else "")
        or _attribute(tag, "crossorigin").lower()[:40],
        kind=_attribute(tag, "type").strip().lower()[:100],
        digest=digest,
    )


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


def _clean(text: str) -> str:
    """Bounded, without NULs, half surrogates and a leading XML declaration, which the parser does not take."""
    text = text[:MOST_SOURCE].replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    if declaration := _XML_DECLARATION.match(text):
        text = text[declaration.end() :]
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


def _attribute(tag: _Tag, name: str) -> str:
    value = tag.attrs.get(name, "")
    return " ".join(value.split()) if name == "class" or (tag.name, name) in _LISTS else value


def _folded(text: str) -> str:
    return " ".join(text.split())


def _srcset(text: str) -> list[str]:
    matches = _SRCSET.finditer(text[:STYLE_CHARS].strip())  # a run of blanks at the end would be gone through again and again
    return [match[1] or match[2] for match in matches if match[1] or match[2]][:100]
