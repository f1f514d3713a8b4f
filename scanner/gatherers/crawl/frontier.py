"""Which addresses does the crawl visit next? Pure and deterministic: the same shop in any order of links gives the same waves.

A crawl is a sample, so it is chosen for variety: places of open findings, then pages of each kind and of each directory, then
what there is least of. Endless spaces (calendars, filters, sorting, paging, sessions) come last, and only a handful of them.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scanner.evidence import Link, Page, PageKind
from scanner.gatherers.crawl.links import may_follow
from scanner.gatherers.crawl.page_kinds import IN_ORDER, kind_of_address, kind_of_link
from scanner.text.urls import canonical, join, parameters, shape

MOST_TRAPS = 2
MOST_OF_A_SHAPE = 6
MOST_OF_A_KIND = 8
MANY = frozenset({PageKind.PRODUCT, PageKind.CATEGORY})  # eight tell what five hundred would
MOST_OF_A_SELECTION = 2  # pages that differ from others by the same parameter: a filter that no list of words knows
TURN = 3  # pages of one shape before others have theirs
MOST_WAITING = 40  # of one shape; the rest is only counted
MOST_SHAPES = 2_000
MOST_KNOWN = 50_000
MOST_DEPTH = 6
MOST_CHARS = 500
MOST_ORIGIN_CHARS = 300
MOST_KEPT_CHARS = 1_000  # longer addresses are only counted

BESIDE = frozenset(
    {
        "blog", "wordpress", "wp", "forum", "news", "wiki", "magazin", "magazine", "shop", "store", "gallery", "old", "test",
        "dev", "demo",
    }
)  # fmt: skip
"""Directories in which other scripts tend to live: looked at before the rest."""

_ENDLESS = frozenset(
    {
        # time
        "month", "date", "day", "year", "week", "calendar", "time",
        # later pages
        "paged", "pg", "seite", "strona", "start", "offset", "limit", "per_page", "perpage", "page_size",
        "pagesize", "results", "resultsperpage", "items_per_page", "n",
        # order and looks
        "sort", "sortby", "sort_by", "orderby", "order", "order_by", "dir", "direction", "tri", "display", "viewmode",
        "layout", "product_list_order", "product_list_dir", "product_list_mode", "product_list_limit",
        # filters
        "filter", "filters", "filter_id", "f", "features", "features_hash", "selected_filters", "q-filter", "min", "max",
        "min_price", "max_price", "price", "price_from", "price_to", "color", "colour", "size",
        # what is done there
        "replytocom", "share",
    }
)  # fmt: skip
_ENDLESS_STARTS = ("filter", "pa_", "attribute_", "facet", "sort", "f[", "refinement")
_ROUTING = frozenset(
    {
        "route", "main_page", "controller", "dispatch", "option", "view", "task", "fc", "p", "id", "module", "itemid",
        "language", "lang", "isolang", "sl", "action", "do", "page", "path", "cpath", "rt", "_a", "ctrl",
    }
)  # fmt: skip
_PAGING = re.compile(r"/(?:page|seite|strona|pagina|paged)[/,-]?\d+(?:/|\.html?|\Z)")
_CALENDAR = re.compile(r"/(?:19|20)\d\d(?:[/-]\d{1,2}){0,2}/?\Z|\b(?:19|20)\d\d-\d{1,2}(?:-\d{1,2})?\b")
_FACET = re.compile(r"/(?:filter|filters|sort|sortby|orderby|sort-by|order-by|refine)(?:[/,=:-]|\Z)")
_LONG_CODE = re.compile(r"[0-9a-f]{24,}\Z", re.IGNORECASE)
_SORTED_LIST = re.compile(r"\?C=[NMSD](?:[;&]O=[AD])?\Z")  # a directory listing, sorted otherwise
_INDEX = re.compile(r"/(?:index\.(?:php|html?|aspx?|jsp)|default\.aspx?)\Z", re.IGNORECASE)
_BY_RANK = (*IN_ORDER, PageKind.OTHER, PageKind.HOME)
_Template = tuple[str, PageKind]
_Ranked = tuple[tuple[object, ...], _Template]
_RANKS = {kind: rank for rank, kind in enumerate(_BY_RANK)}


@dataclass(slots=True)
class _Shape:
    """The addresses of one template and kind that wait to be visited, the shortest first.

    extra: how many parameters they have that do not choose the page. aside: whether they lie outside the shop itself.
    """

    kind: PageKind
    folder: str
    trap: bool
    extra: int
    aside: bool
    known: int = 0
    waiting: list[tuple[int, int, str]] = field(default_factory=list)  # depth, length, address

    def add(self, address: str) -> None:
        self.known += 1
        insort(self.waiting, (address.count("/"), len(address), address))
        del self.waiting[MOST_WAITING:]


class Frontier:
    """Addresses known and visited.

    home: the home page's address, visited already. covers: whether an address belongs to the shop; asked once for each scheme,
    host and port. base: the shop's base path. most: pages in all, the home page included. first: places that are visited
    before everything else (absolute, or relative to home).
    """

    def __init__(self, home: str, covers: Callable[[str], bool], base: str, most: int, first: Sequence[str] = ()) -> None:
        self._sessions: set[str] = set()  # parameters that carry the visitor's cookie, whatever they are called
        self._home = canonical(home)
        self._origin = _origin(self._home)
        self._covers = covers
        self._base = base
        self._left = most - 1
        self._left_for_folders = most // 3
        self._uncounted = 0
        self._origins: dict[str, bool] = {}
        self._known: dict[str, PageKind] = {_key(self._home): PageKind.HOME}
        self._visited = {_key(self._home)}
        self._new: dict[str, tuple[int, bool, str]] = {}
        self._links: set[Link] = set()  # noted already: most of a page's links stand on every page
        self._shapes: dict[_Template, _Shape] = {}
        self._of_shape: Counter[str] = Counter()
        self._of_selection: Counter[tuple[str, ...]] = Counter()
        self._of_kind: Counter[PageKind] = Counter()
        self._read_of_kind: Counter[PageKind] = Counter()
        self._asked_of_kind: Counter[PageKind] = Counter()  # in this wave, by what their shape's pages are
        self._kind_of_shape: dict[str, PageKind] = {}
        self._folders: set[str] = {self._folder(self._home)}
        self._traps = 0
        joined = (join(self._home, place) for place in first)
        self._first = [canonical(one) for one in dict.fromkeys(joined) if one is not None and self._ours(one) and may_follow(one)]

    def learn(self, page: Page) -> None:
        """Take in the links of a page that was read."""
        sessions = {cookie.parameter.lower() for cookie in page.cookies if cookie.parameter}
        if not sessions <= self._sessions:
            self._sessions |= sessions
            self._links.clear()  # their addresses may mean others now
        self._visited.add(_key(canonical(page.address)))
        self._read_of_kind[page.kind] += 1
        self._kind_of_shape[shape(canonical(page.address))] = page.kind
        for link in page.links:
            if link not in self._links:
                self._note(link.address, link)
                if len(self._links) < MOST_KNOWN:
                    self._links.add(link)
        for form in page.forms:
            if form.leads:
                self._note(form.leads, None)
            elif kind_of_address(form.action) in {PageKind.CART, PageKind.CHECKOUT}:  # only looked at: nothing is submitted
                self._note(form.action, None)

    def add_sources(self, addresses: Iterable[str]) -> None:
        """Take in addresses of a sitemap or of robots.txt (absolute, or relative to home)."""
        for one in addresses:
            if (address := join(self._home, one)) is not None:
                self._note(address, None)

    @property
    def left_out(self) -> int:
        """How many addresses are known and not visited."""
        self._take_in()
        return sum(key not in self._visited for key in self._known) + self._uncounted

    def next_wave(self, size: int = 8) -> list[str]:
        """The next addresses to visit, at most ``size``; empty when there are none left or enough pages were visited.

        What it returns counts as visited.
        """
        self._take_in()
        wave: list[str] = []
        self._asked_of_kind.clear()
        while len(wave) < min(size, self._left) and (address := self._choose()) is not None:
            wave.append(address)
        self._left -= len(wave)
        return wave

    def _note(self, address: str, link: Link | None) -> None:
        """Remember for the next wave: nothing is decided while links come in, so their order decides nothing."""
        if _SORTED_LIST.search(address) or not self._ours(address) or not may_follow(address, link):
            return
        address = canonical(address, self._sessions)
        if self._origin.startswith("https:") and _origin(address) == "http" + self._origin[5:]:
            address = "https" + address[4:]
        kind = kind_of_link(link) if link is not None else kind_of_address(address)
        seen = (_RANKS[kind], _origin(address) != self._origin, address)
        key = _key(address)
        if key not in self._new or seen < self._new[key]:
            self._new[key] = seen

    def _take_in(self) -> None:
        """Sort what was noted since the last wave into shapes. The first kind that an address was known by stays."""
        for key in sorted(self._new):
            rank, _, address = self._new[key]
            if key in self._known:
                continue
            if len(self._known) >= MOST_KNOWN or len(key) > MOST_KEPT_CHARS:
                self._uncounted += 1
                continue
            kind = _BY_RANK[rank]
            self._known[key] = kind
            if key in self._visited:
                continue
            template = (shape(address), kind)
            if template not in self._shapes:
                if len(self._shapes) >= MOST_SHAPES:
                    continue
                folder = self._folder(address)
                aside = folder.strip("/") in BESIDE - {"shop", "store"} or not urlsplit(address).path.startswith(self._base)
                self._shapes[template] = _Shape(kind, folder, is_trap(address), len(_extra_parameters(address)), aside)
            self._shapes[template].add(address)
        self._new.clear()

    def _choose(self) -> str | None:
        """The next address by the rounds of the module's description."""
        while self._first:
            if _key(self._first[0]) not in self._visited:
                return self._visit(self._first.pop(0))
            self._first.pop(0)
        for templates in self._rounds():
            if templates:
                best = min(templates)[-1]
                return self._visit(self._shapes[best].waiting[0][2])
        return None

    def _rounds(self) -> Iterator[list[_Ranked]]:
        for one in self._shapes.values():
            while one.waiting and _key(one.waiting[0][2]) in self._visited:
                one.waiting.pop(0)
        plain = {template: one for template, one in self._shapes.items() if one.waiting and not one.trap}
        for kind in IN_ORDER:
            if not self._of_kind[kind]:
                yield self._typical(plain, kind)
        if self._left_for_folders:
            yield self._unseen_folder(plain)
        for kind in IN_ORDER:
            if self._of_kind[kind] < 2:
                yield self._typical(plain, kind)
        yield self._rarest(plain, MOST_OF_A_SHAPE)
        if self._traps < MOST_TRAPS:
            yield self._rarest({template: one for template, one in self._shapes.items() if one.waiting and one.trap}, 1)

    def _typical(self, shapes: Mapping[_Template, _Shape], kind: PageKind) -> list[_Ranked]:
        """The shop's own first, then what most pages of the kind look like."""
        return [
            ((one.aside, one.extra, -one.known, one.waiting[0]), template)
            for template, one in shapes.items()
            if template[1] is kind
        ]

    def _unseen_folder(self, shapes: Mapping[_Template, _Shape]) -> list[_Ranked]:
        """The most interesting directory that no page was read in yet."""
        return [
            ((one.folder.strip("/").lower() not in BESIDE, one.folder, one.extra, one.waiting[0]), template)
            for template, one in shapes.items()
            if one.folder not in self._folders
        ]

    def _rarest(self, shapes: Mapping[_Template, _Shape], most: int) -> list[_Ranked]:
        """The shape whose turn it is, then the plainest, then the rarest."""
        return [
            ((self._of_shape[template[0]] // TURN, one.extra, one.known, one.waiting[0]), template)
            for template, one in shapes.items()
            if self._of_shape[template[0]] < most
            and self._of_selection[_selection(template[0])] < MOST_OF_A_SELECTION
            and not self._plenty(template)
        ]

    def _plenty(self, template: _Template) -> bool:
        """Whether enough pages of this kind were read; what a shape's pages really are shows when one of them was read."""
        kind = self._kind_of_shape.get(template[0], template[1])
        return kind in MANY and self._read_of_kind[kind] + self._asked_of_kind[kind] >= MOST_OF_A_KIND

    def _visit(self, address: str) -> str:
        key = _key(address)
        self._visited.add(key)
        kind = self._known.setdefault(key, kind_of_address(address))
        self._of_kind[kind] += 1
        self._asked_of_kind[self._kind_of_shape.get(shape(address), kind)] += 1
        self._of_shape[shape(address)] += 1
        if selection := _selection(address):
            self._of_selection[selection] += 1
        if (folder := self._folder(address)) not in self._folders:
            self._folders.add(folder)
            self._left_for_folders = max(0, self._left_for_folders - 1)
        self._traps += is_trap(address)
        return address

    def _ours(self, address: str) -> bool:
        origin = _origin(address)
        if len(origin) > MOST_ORIGIN_CHARS:
            return False
        if origin not in self._origins:
            self._origins[origin] = self._covers(origin + "/")
        return self._origins[origin]

    def _folder(self, address: str) -> str:
        """The first directory below the shop's base, or below the root where the address lies outside. Made-up looking ones
        (slugs, numbers) count as one, and so do pages that lie in no directory."""
        path = urlsplit(address).path
        inside = path.startswith(self._base)
        below = path[len(self._base) :] if inside else path.lstrip("/")
        name, slash, _ = below.partition("/")
        folder = shape(f"http://host/{name}")[1:] if slash or name.lower() in BESIDE else ""
        return folder if inside or not folder else f"/{folder}"


def is_trap(address: str) -> bool:
    """Whether an address looks like one of endlessly many: a calendar, a filter, a sorting, a later page, a session."""
    parts = urlsplit(address)
    path = parts.path.lower()
    segments = [segment for segment in path.split("/") if segment]
    if len(address) > MOST_CHARS or len(segments) > MOST_DEPTH or _repeats(segments):
        return True
    if _PAGING.search(path) or _CALENDAR.search(path) or _FACET.search(path):
        return True
    if any(_LONG_CODE.match(value) or _CALENDAR.search("/" + value) for _, value in parameters(address)):
        return True
    if not path.endswith(".php") and any(
        # WordPress: /blog/?p=12 is a post
        (name == "page" or (name == "p" and not path.endswith("/"))) and value.isdigit()
        for name, value in parameters(address)
    ):
        return True
    extra = _extra_parameters(address)
    return len(extra) >= 3 or any(name in _ENDLESS or name.startswith(_ENDLESS_STARTS) for name in extra)


def _extra_parameters(address: str) -> list[str]:
    """The names of the parameters that do not choose the page, in lower case."""
    names = (name.lower() for name, _ in parameters(address))
    return [name for name in names if name not in _ROUTING and not name.endswith("id")]


def _selection(address: str) -> tuple[str, ...]:
    """The parameters by which an address selects from a page, whatever the page."""
    return tuple(sorted(_extra_parameters(address)))


def _repeats(segments: list[str]) -> bool:
    """/a/a/a, or /a/b/a/b: a relative link that leads ever deeper."""
    if segments and max(Counter(segments).values()) >= 3:
        return True
    pairs = [tuple(segments[start : start + 2]) for start in range(len(segments) - 1)]
    return any(pair in pairs[start + 2 :] for start, pair in enumerate(pairs))


def _origin(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}"


def _key(address: str) -> str:
    """What two spellings of one page share: without scheme, ``www.`` and the index file's name."""
    rest = address.partition("://")[2].removeprefix("www.")
    path, mark, query = rest.partition("?")
    return path + mark + query if mark else _INDEX.sub("/", path)
