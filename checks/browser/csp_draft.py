"""A Content-Security-Policy drafted from what the shop's pages really load. Pure.

A draft must not break the shop: where pages do not show what they need, it allows the wider thing and says so. It is meant to be
tried out first, as ``Content-Security-Policy-Report-Only``, which stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from checks.browser.csp_parser import PUBLIC_HOSTS
from checks.browser.services import SERVICES
from checks.third_party.hosts import host_of
from checks.third_party.skimmers import skimmer_indicator
from scanner import (
    FileKind,
    Found,
    LoadedFiles,
    Page,
    PageKind,
    Pages,
    Resource,
    Script,
    ScriptHosts,
    Unavailable,
    Verdict,
    parts_of,
    path_of,
)

HEADER = "Content-Security-Policy-Report-Only"
MOST_SOURCES = 80
MOST_CHARS = 4_000
"""Servers refuse longer header lines, some from 4 KB on."""
MOST_INLINE = 60
"""Pages with more scripts of their own are not known whole."""
MOST_HASHES = 10
MOST_LINES = 40
STYLE_USES = {"import": "style-src", "font": "font-src", "url": "img-src"}
ORDER = (
    "default-src", "script-src", "style-src", "img-src", "font-src", "connect-src", "media-src", "frame-src", "manifest-src",
    "object-src", "base-uri", "form-action", "frame-ancestors",
)  # fmt: skip

_CLEAN_FIRST = (
    "No policy was drafted: a script on these pages looks like one that steals card data, and the policy would let it in. See to "
    "that first, then scan again."
)
_FONT = re.compile(r"\.(?:woff2?|ttf|otf|eot)\Z", re.IGNORECASE)
_SOURCE = re.compile(r"(?:https?|wss)://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~@/+-]*)?")
_RULES_FOR_PROGRAMS = frozenset({"importmap", "speculationrules"})
_INSERTED = re.compile(r"(?:https?:)?\\?/\\?/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}\\?/[^\s'\"`<>]{0,200}\.js\b")
_BUILDS_PROGRAMS = re.compile(r"\bnew\s{1,4}Function\(|(?<![\w.$])eval\(")
_ICONS = frozenset({"icon", "apple-touch-icon", "mask-icon", "apple-touch-startup-image"})


@dataclass(frozen=True, slots=True)
class Source:
    """One word of the policy, and why it is there."""

    directive: str
    value: str
    because: str


@dataclass(frozen=True, slots=True)
class Draft:
    """sources: in the policy's order. doubts: what the pages could not tell, one sentence each. pages: how many it shows."""

    sources: tuple[Source, ...]
    doubts: tuple[str, ...]
    pages: int

    @property
    def policy(self) -> str:
        """The header's value; empty where there are more sources than a header can hold."""
        words: dict[str, list[str]] = {}
        for source in self.sources:
            words.setdefault(source.directive, []).append(source.value)
        text = "; ".join(f"{directive} {' '.join(values)}" for directive, values in words.items())
        return text if len(self.sources) <= MOST_SOURCES and len(text) <= MOST_CHARS else ""


def with_draft(verdict: Verdict, pages: Pages, loaded: LoadedFiles | Unavailable, hosts: ScriptHosts | Unavailable) -> Verdict:
    """The same verdict, its findings with a draft for their host; without one where a script on the pages looks like a thief's: a
    policy made from these pages would let it in."""
    if not isinstance(verdict, Found):
        return verdict
    if isinstance(skimmer_indicator(pages, loaded), Found):
        return Found(tuple(replace(one, shown=f"{one.shown}\n\n{_CLEAN_FIRST}") for one in verdict.findings), verdict.examined)
    unread = sum(not one.examined for one in pages.unread)
    missed = [f"{unread} address{'es' if unread > 1 else ''} could not be read."] if unread else []
    incomplete = " ".join([*pages.remarks, *missed])
    gone = frozenset() if isinstance(hosts, Unavailable) else frozenset(one.host for one in hosts.hosts if one.resolves is False)
    drafted = []
    for finding in verdict.findings:
        of_host = [page for page in pages.all if urlsplit(page.address).hostname == finding.subject]
        made = draft(of_host, loaded, gone=gone, incomplete=incomplete)
        ready = f"{HEADER}: {made.policy}" if made.policy else ""
        drafted.append(replace(finding, shown=f"{finding.shown}\n\n{_words(made)}", ready=ready))
    return Found(tuple(drafted), verdict.examined)


def _words(made: Draft) -> str:
    """Every place and why, equal reasons together, and what the draft cannot know."""
    if not made.policy:
        return "No policy was drafted: the pages load from more places than a header can hold."
    together: dict[tuple[str, str], list[str]] = {}
    for source in made.sources:
        together.setdefault((source.value, source.because), []).append(source.directive)
    lines = [f"- {value} ({', '.join(directives)}): {because}" for (value, because), directives in together.items()]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"- and {len(lines) - MOST_LINES} more"]
    pages = f"{made.pages} pages load" if made.pages > 1 else "one page loads"
    doubts = [f"- {doubt}" for doubt in made.doubts]
    return "\n".join(
        [f"The draft below is made from what {pages}. Why each place is in it:", *lines, "", "What it cannot know:", *doubts]
    )


def draft(
    pages: Sequence[Page],
    loaded: LoadedFiles | Unavailable,
    *,
    gone: frozenset[str] = frozenset(),
    incomplete: str = "",
) -> Draft:
    """The policy for these pages, which share a host. gone: hosts without an address, which nothing is loaded from and which a
    stranger may own tomorrow. incomplete: why the crawl did not see all that it wanted."""
    drafting = _Drafting(pages, gone)
    drafting.usual()
    for page in pages:
        drafting.read(page)
    if not isinstance(loaded, Unavailable):
        drafting.read_files(loaded)
    drafting.services()
    drafting.scripts_in_pages()
    drafting.styles_in_pages()
    return Draft(tuple(drafting.sorted()), tuple(_doubts(drafting, pages, loaded, incomplete)), len(pages))


class _Drafting:
    def __init__(self, pages: Sequence[Page], gone: frozenset[str]) -> None:
        self.left_out: list[str] = []
        self.gone: set[str] = set()
        self._pages, self._all_gone = pages, gone
        self._uses: dict[tuple[str, str], list[str]] = {}
        self._reasons: dict[tuple[str, str], str] = {}

    def usual(self) -> None:
        """What every shop needs, whatever its pages show."""
        own = "the shop's own files"
        for directive in ("default-src", "script-src", "style-src", "img-src", "font-src", "connect-src"):
            self._because(directive, "'self'", own)
        self._because("img-src", "data:", "small pictures that are written into pages and styles")
        self._because("font-src", "data:", "small fonts that are written into styles")
        self._because("object-src", "'none'", "shops need no plug-ins any more")
        self._because("base-uri", "'self'", "no injected tag may move the addresses of all others")
        self._because("form-action", "'self'", "the shop's own forms")
        self._because("form-action", "https:", "a checkout may send customers on to a payment provider, which counts here too")
        self._because("frame-ancestors", "'self'", "no other site may show the shop in a frame")

    def read(self, page: Page) -> None:
        """A page's tags."""
        for script in page.scripts:
            if script.src:
                self._load("script-src", script.src, page)
            elif _runs(script):
                for address in _inserted(script.inline):
                    self._load("script-src", address, page)
        for resource in page.resources:
            if (directive := _directive(resource)) is not None:
                self._load(directive, resource.address, page)
        for form in page.forms:
            if form.action.startswith("http:"):
                self._load("form-action", form.action, page)
        if page.base:
            self._load("base-uri", page.base, page)

    def read_files(self, loaded: LoadedFiles) -> None:
        """What styles load: as a browser does, relative to themselves."""
        wanted = _styles(self._pages, loaded)
        for file in loaded.files:
            if file.kind is FileKind.STYLE and file.address in wanted:
                for load in file.loads:
                    directive = STYLE_USES.get(load.attribute, "img-src")
                    self._load(directive, load.address, self._pages[0], f"the style {path_of(file.address)[:80]}")

    def services(self) -> None:
        """What known services need besides, and a word with home for every other host of scripts."""
        named = {script.src or script.inline for page in self._pages for script in page.scripts if script.src or script.runs}
        named |= {resource.address for page in self._pages for resource in page.resources if _directive(resource) == "style-src"}
        for service in SERVICES:
            if any(host in text for host in service.hosts for text in named):
                for directive, values in service.needs.items():
                    for value in values:
                        self._because(directive, value, f"{service.name} needs it, as its makers say")
        for directive, value in list(self._uses):
            if directive == "script-src" and value != "'self'" and urlsplit(value).hostname not in PUBLIC_HOSTS:
                self._because("connect-src", value, "scripts from there usually talk to where they come from")

    def scripts_in_pages(self) -> None:
        """By hash where every one was the same on at least two pages, else by the honest ``'unsafe-inline'``."""
        seen: dict[str, set[str]] = {}
        for page in self._pages:
            for script in page.scripts:
                if not script.src and _runs(script):
                    seen.setdefault(script.digest, set()).add(page.address)
        handlers = sum(page.handlers for page in self._pages)
        uncounted = any(sum(not one.src for one in page.scripts) >= MOST_INLINE for page in self._pages)
        steady = all(digest and len(addresses) > 1 for digest, addresses in seen.items()) and len(seen) <= MOST_HASHES
        if not seen and not handlers and not uncounted:
            return
        if steady and not handlers and not uncounted:
            for digest, addresses in seen.items():
                self._because("script-src", f"'{digest}'", f"a script that stands in {len(addresses)} pages, the same in all")
            return
        why = f"{len(seen)} scripts stand in the pages themselves, and not all are the same from page to page"
        if handlers:
            why = f"{handlers} elements of the pages have program text of their own (onclick and the like)"
        self._because("script-src", "'unsafe-inline'", f"{why}; so this draft keeps out strangers' files, not injected text")

    def styles_in_pages(self) -> None:
        """Styles in pages do little harm, and what others' scripts show has some."""
        styled = sum(page.styled > 0 for page in self._pages)
        if styled:
            self._because("style-src", "'unsafe-inline'", f"{styled} pages have styles of their own in them")
        elif any(directive == "script-src" and value != "'self'" for directive, value in self._uses):
            self._because("style-src", "'unsafe-inline'", "what others' scripts show has styles of its own")

    def sorted(self) -> Iterator[Source]:
        """By directive, the words for the shop itself first."""
        every = {**{key: _pages_named(uses) for key, uses in self._uses.items()}, **self._reasons}
        named = {directive for directive, _ in every}
        every |= {(one, "'self'"): "the shop's own files" for one in ("media-src", "frame-src", "manifest-src") if one in named}
        if any(key[0] == "object-src" for key in self._uses):
            del every["object-src", "'none'"]
        for directive, value in sorted(every, key=lambda key: (ORDER.index(key[0]), "//" in key[1], key[1] != "'self'", key[1])):
            yield Source(directive, value, every[directive, value])

    def _because(self, directive: str, value: str, because: str) -> None:
        if (directive, value) not in self._uses:
            self._reasons.setdefault((directive, value), because)

    def _load(self, directive: str, address: str, page: Page, user: str = "") -> None:
        value = _value(directive, address, page)
        if (host := host_of(address)) in self._all_gone:
            self.gone.add(host)
        elif value is None:
            self.left_out.append(address)
        elif (directive, value) not in self._reasons:
            self._uses.setdefault((directive, value), []).append(user or page.path[:80])


def _value(directive: str, address: str, page: Page) -> str | None:
    """The word for an address: the shop itself, a host, or one file where anybody can publish. None where the grammar has no word
    for it (CSP 3, 2.3.1)."""
    try:
        url, own = urlsplit(address), urlsplit(page.address)
        port = f":{url.port}" if url.port is not None else ""
        same = (url.hostname, url.port) == (own.hostname, own.port)
    except ValueError:
        return None
    if same and own.scheme in {url.scheme, "http"}:
        return "'self'"
    value = f"{url.scheme}://{url.hostname}{port}"
    if directive == "script-src" and url.hostname in PUBLIC_HOSTS:
        value += url.path
    return value if _SOURCE.fullmatch(value) else None


def _directive(resource: Resource) -> str | None:
    """Which directive watches over a tag's address (CSP 3, 6.1); None where the browser loads nothing for it."""
    tag, rel = resource.tag, set(resource.rel.split())
    if tag == "link":
        by_rel = (
            ({"stylesheet"}, "style-src"),
            (_ICONS, "img-src"),
            ({"manifest"}, "manifest-src"),
            ({"modulepreload"}, "script-src"),
        )
        return next((directive for words, directive in by_rel if rel & words), None)
    if resource.attribute in STYLE_USES:
        return STYLE_USES[resource.attribute]
    if tag == "style" or resource.attribute == "style":
        if _FONT.search(parts_of(resource.address).path):
            return "font-src"
        return "style-src" if parts_of(resource.address).path.endswith(".css") else "img-src"
    if tag in {"video", "audio", "track"} or (tag == "source" and resource.attribute == "src"):
        return "img-src" if resource.attribute == "poster" else "media-src"
    if tag in {"embed", "object"}:
        return "object-src"
    return "frame-src" if tag in {"iframe", "frame"} else "img-src"


@lru_cache(maxsize=256)  # most scripts stand in many pages
def _inserted(text: str) -> tuple[str, ...]:
    """The files that a script names, so that it probably puts them into the page."""
    found = dict.fromkeys(match[0].replace("\\/", "/") for match in _INSERTED.finditer(text))
    return tuple(address if address.startswith("http") else f"https:{address}" for address in found)


def _styles(pages: Sequence[Page], loaded: LoadedFiles) -> set[str]:
    """The style sheets that pages load, and those that others import."""
    own = {one.address for page in pages for one in page.resources if _directive(one) == "style-src"}
    return own | {load.address for file in loaded.files for load in file.loads if load.attribute == "import"}


def _unseen(loaded: LoadedFiles) -> set[str]:
    return {*loaded.owed, *loaded.left_out}


def _runs(script: Script) -> bool:
    """Whether an inline script is a program: browsers leave blocks of data alone (HTML 4.12.1)."""
    return bool(script.inline) and (script.runs or script.kind in _RULES_FOR_PROGRAMS)


def _doubts(drafting: _Drafting, pages: Sequence[Page], loaded: LoadedFiles | Unavailable, incomplete: str) -> Iterator[str]:
    if incomplete:
        yield f"Not all pages were seen: {incomplete}"
    yield (
        "Not seen were the pages behind the login, the checkout with a full basket, and what loads after a click (chats, cookie "
        "banners)."
    )
    yield "What scripts ask for in the background (connect-src) does not show in pages; it is a guess from where they come."
    if isinstance(loaded, Unavailable) or _styles(pages, loaded) & _unseen(loaded):
        yield "Not every style could be read, so a font or picture that one loads may be missing."
    if not any(page.kind is PageKind.CHECKOUT for page in pages):
        yield "No checkout page was seen at all."
    if drafting.left_out:
        yield f"A policy has no word for {len(set(drafting.left_out))} of the addresses, for example {drafting.left_out[0][:80]}"
    if drafting.gone:
        yield f"Left out, because there is no such host any more: {', '.join(sorted(drafting.gone)[:5])}."
    texts = {script.inline for page in pages for script in page.scripts if _runs(script)}
    texts |= set() if isinstance(loaded, Unavailable) else {file.text for file in loaded.files}
    if any(_BUILDS_PROGRAMS.search(text) for text in texts):
        yield "A script builds programs as it runs; if the console complains about eval, add 'unsafe-eval' to script-src."


def _pages_named(uses: Iterable[str]) -> str:
    places = list(dict.fromkeys(uses))
    return places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else "")
