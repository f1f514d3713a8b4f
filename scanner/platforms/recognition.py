"""Which scripts run in which directories, read from the shop's own pages. Pure.

Two rules keep it honest. A picture or script from somewhere else says nothing, and neither does a word in a text: only the
page's own structure and the addresses that it loads from the shop's own names count. And what stands on a page belongs to the
directory that the page runs in, not to the host: a WordPress in ``/blog/`` does not make the shop a WordPress.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made_field
from urllib.parse import urlsplit

from scanner.evidence.installations import Version
from scanner.evidence.pages import Form, Page
from scanner.platforms.patterns import alike_quotes, compiled
from scanner.platforms.values import Mark, Platform, VersionSource

MOST_ADDRESSES = 8000  # different addresses of each sort looked at in one scan
LONGEST_ADDRESS = 600  # characters
LONGEST_SHORT = 1500  # characters of a header, a meta tag, a title, a form
LONGEST_HTML = 262_144  # characters
LONGEST_SHOWN = 80  # characters of a mark, as a person sees it

_WORDS: Mapping[str, str] = {
    "generator": "generator",
    "meta": "meta tag",
    "header": "header",
    "cookie": "cookie",
    "asset": "loads",
    "cdn": "loads",
    "html": "source",
    "script": "script",
    "title": "title",
    "path": "links to",
    "form": "form",
}
_NUMBER = re.compile(r"[0-9][0-9A-Za-z.+_-]{0,30}\Z")
_SECRET = re.compile(r"[0-9A-Za-z]{20,}")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A script in a directory.

    directory: starts and ends with a slash. confidence: ``certain`` (one certain mark) or ``probable`` (two probable ones).
    marks: what it was recognised by, in words. versions: the most trustworthy first. address: the page that it was seen on first.
    parts: plugins that are platforms themselves (WooCommerce in WordPress), with the same directory.
    """

    directory: str
    platform: Platform
    confidence: str
    address: str
    marks: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    parts: tuple[Recognised, ...] = ()

    @property
    def name(self) -> str:
        """Its name for a person: ``WordPress with WooCommerce``."""
        own = self.platform.name
        return f"{own} with {' and '.join(part.platform.name for part in self.parts)}" if self.parts else own

    @property
    def is_shop(self) -> bool:
        """Whether goods are sold with it."""
        return self.platform.kind == "shop" or any(part.is_shop for part in self.parts)


@dataclass(slots=True)
class _Seen:
    """What speaks for one platform in one directory. ``numbers``: version source → number → the addresses that show it."""

    address: str
    marks: dict[Mark, str] = made_field(default_factory=dict)
    numbers: dict[VersionSource, dict[str, list[str]]] = made_field(default_factory=dict)

    @property
    def certain(self) -> bool:
        return any(mark.certain for mark in self.marks)

    @property
    def enough(self) -> bool:
        return self.certain or len(self.marks) >= 2


@dataclass(frozen=True, slots=True)
class _Facts:
    """A page's texts, by the ``where`` of the marks that are compared with them."""

    page: Page
    path: str
    texts: Mapping[str, tuple[tuple[str, str | None], ...]]

    def of(self, where: str) -> tuple[tuple[str, str | None], ...]:
        """Each text with its lower-case form where that is worth having."""
        return self.texts.get(where, ())


_Found = dict[str, dict[str, _Seen]]
"""Platform key → directory → what was seen."""


def recognise(pages: Sequence[Page], names: Collection[str], known: Mapping[str, Platform]) -> tuple[Recognised, ...]:
    """The scripts that the pages give away, in order of directory; nothing is asked for.

    pages: all pages of the host together, the home page first: a page without addresses of its own is then counted to the
    installation that it lies in. names: the shop's host names, lower case, without ports. known: the platforms by key.
    """
    own = frozenset(name.lower() for name in names)
    found: _Found = {}
    _from_addresses(pages, own, known, found)
    read = [page for page in pages if _host(page.address) in own]
    for page in sorted(read, key=_depth):
        _from_page(_facts(page), known, found)
    for directories in found.values():
        _fold(directories, [_path(page.address) for page in read])
    return _settled(found, known)


def _fold(directories: dict[str, _Seen], read: Sequence[str]) -> None:
    """A folder inside a platform that pages load files from is a part of it (a theme, an extension) and no second one, as long as
    nothing shows that it answers by itself: no page of it was read, and no link leads to its program."""
    for inner in sorted(directories, key=len, reverse=True):
        outer = max((one for one in directories if inner != one and inner.startswith(one)), key=len, default=None)
        seen = directories[inner]
        runs = any(mark.where not in {"asset", "cdn"} for mark in seen.marks) or any(path.startswith(inner) for path in read)
        if outer is None or runs:
            continue
        for mark, shown in seen.marks.items():
            directories[outer].marks.setdefault(mark, shown)
        del directories[inner]


def _from_addresses(pages: Sequence[Page], own: frozenset[str], table: Mapping[str, Platform], found: _Found) -> None:
    """Marks in addresses on the shop's own names: what lies before the mark is the directory.

    Where several fit in one address the outermost counts: a theme's folder inside WordPress may be called as it likes.
    """
    searched = {
        where: [(key, mark, compiled(rf"(?<=/)(?:{mark.pattern})")) for key, mark in _marks(table, where)]
        for where in ("asset", "path")
    }
    numbers = [
        (key, source, compiled(source.pattern))
        for key, platform in table.items()
        for source in platform.versions
        if source.where == "asset"
    ]
    for where, path, address in _addresses(pages, own):
        hits = [(match.start(), key, mark, match[0]) for key, mark, pattern in searched[where] if (match := pattern.search(path))]
        if not hits:
            continue
        start = min(hit[0] for hit in hits)
        for _, key, mark, text in (hit for hit in hits if hit[0] == start):
            here = found.setdefault(key, {}).setdefault(path[:start], _Seen(address))
            here.marks.setdefault(mark, path[:start] + text)
        if where == "asset":
            for key, source, number in numbers:
                known = found.get(key, {}).get(path[:start])
                if known is not None and (shown := number.search(path)):
                    _note(known, source, shown[1], path.split("?", 1)[0])


def _from_page(facts: _Facts, table: Mapping[str, Platform], found: _Found) -> None:
    """Marks on the page itself: they belong to the installation that the page lies in."""
    for key, platform in table.items():
        marks = {}
        for mark in platform.marks:
            if mark.where in {"asset", "path"}:
                continue
            shown = next((part for text, low in facts.of(mark.where) if (part := mark.seen_in(text, low)) is not None), None)
            if shown is not None:
                marks[mark] = shown
        directory = _directory(facts, found.get(key, {}), create=bool(marks))
        if directory is None:
            continue
        seen = found.setdefault(key, {}).setdefault(directory, _Seen(facts.page.address))
        for mark, shown in marks.items():
            seen.marks.setdefault(mark, shown)
        for source in platform.versions:
            if source.where in {"asset", "file"}:
                continue
            for text, low in facts.of(source.where):
                if number := source.read(text, low):
                    _note(seen, source, number, facts.page.address)


def _directory(facts: _Facts, known: Mapping[str, _Seen], *, create: bool) -> str | None:
    """The installation that a page lies in: the deepest known one above it, else the only one that its own addresses show,
    else its base, else its first directory."""
    above = [directory for directory in known if facts.path.startswith(directory)]
    if above:
        return max(above, key=len)
    if not create:
        return None
    here = [directory for directory, seen in known.items() if seen.address == facts.page.address]
    if len(here) == 1:
        return here[0]
    base = _folder(urlsplit(facts.page.base).path or "/") if facts.page.base else ""
    if base and facts.path.startswith(base) and base != _folder(facts.path):
        return base
    first = facts.path.find("/", 1)
    return facts.path[: first + 1] if first > 0 else "/"


def _settled(found: _Found, table: Mapping[str, Platform]) -> tuple[Recognised, ...]:
    by_directory: dict[str, dict[str, _Seen]] = {}
    for key, directories in found.items():
        for directory, seen in directories.items():
            if seen.enough:
                by_directory.setdefault(directory, {})[key] = seen
    return tuple(
        recognised for directory in sorted(by_directory) for recognised in _in_one(directory, by_directory[directory], table)
    )


def _in_one(directory: str, here: Mapping[str, _Seen], table: Mapping[str, Platform]) -> Iterator[Recognised]:
    """What runs in one directory. A plugin implies its platform; of a family only the best; the certain beat the probable."""
    parts: dict[str, list[Recognised]] = {}
    bases: dict[str, Recognised] = {}
    for key in sorted(here):
        made = _made(directory, here[key], table[key])
        if table[key].extends:
            parts.setdefault(table[key].extends, []).append(made)
        else:
            bases[key] = made
    for key, plugins in parts.items():
        best = min(plugins, key=_rank)
        base = bases.get(key) or replace(best, platform=table[key], versions=())
        if base.confidence == "probable" and best.confidence == "certain":
            base = replace(base, confidence="certain", marks=base.marks + best.marks)
        bases[key] = replace(base, parts=tuple(plugins))
    if any(base.confidence == "certain" for base in bases.values()):
        bases = {key: base for key, base in bases.items() if base.confidence == "certain"}
    best_of: dict[str, Recognised] = {}
    for key, base in bases.items():
        family = table[key].family
        best_of[family] = min(best_of.get(family, base), base, key=lambda one: (*_rank(one), one.platform.key == family))
    yield from sorted(best_of.values(), key=lambda one: (*_rank(one), one.platform.key))


def _rank(one: Recognised) -> tuple[bool, int]:
    """Sorts the surest first."""
    return (one.confidence != "certain", -len(one.marks))


def _made(directory: str, seen: _Seen, platform: Platform) -> Recognised:
    ordered = sorted(seen.marks, key=lambda mark: (not mark.certain, platform.marks.index(mark)))
    versions = [
        Version(number, source.where, addresses[0])
        for source in platform.versions
        if source in seen.numbers
        for number, addresses in sorted(seen.numbers[source].items(), key=lambda shown: (-len(shown[1]), shown[0]))[:1]
        if len(addresses) >= source.agree
    ]
    return Recognised(
        directory=directory,
        platform=platform,
        confidence="certain" if seen.certain else "probable",
        address=seen.address,
        marks=tuple(f"{_WORDS[mark.where]}: {_shown(seen.marks[mark])}" for mark in ordered),
        versions=tuple(versions),
    )


def _note(seen: _Seen, source: VersionSource, number: str, address: str) -> None:
    if _NUMBER.match(number):
        addresses = seen.numbers.setdefault(source, {}).setdefault(number, [])
        if address not in addresses:
            addresses.append(address)


def _shown(text: str) -> str:
    """Short, on one line, without what may be a session's id."""
    folded = " ".join(_SECRET.sub("…", text).split())
    return folded if len(folded) <= LONGEST_SHOWN else folded[: LONGEST_SHOWN - 1] + "…"


def _marks(table: Mapping[str, Platform], where: str) -> Iterator[tuple[str, Mark]]:
    for key, platform in table.items():
        for mark in platform.marks:
            if mark.where == where:
                yield key, mark


def _addresses(pages: Sequence[Page], own: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """``asset`` or ``path``, the path with its query, and the page: each different one once, on the shop's own names."""
    met: dict[str, set[str]] = {"asset": set(), "path": set()}
    for page in pages:
        loaded = [*(script.src for script in page.scripts), *(resource.address for resource in page.resources)]
        linked = [*(link.address for link in page.links), *(form.action for form in page.forms), page.address]
        for where, addresses in (("asset", loaded), ("path", linked)):
            for address in addresses:
                if not address or address in met[where] or len(met[where]) >= MOST_ADDRESSES:
                    continue
                met[where].add(address)
                if _host(address) in own:
                    yield where, _path(address, query=True), page.address


def _facts(page: Page) -> _Facts:
    assets = [*(script.src for script in page.scripts), *(resource.address for resource in page.resources)]
    short = {
        "generator": page.metas_named("generator"),
        "meta": (f"{name}: {content}" for name, content in page.metas),
        "header": (f"{name}: {value}" for name, value in page.headers),
        "cookie": (cookie.name for cookie in page.cookies),
        "cdn": (_host(address) + _path(address) for address in assets[:MOST_ADDRESSES]),
        "title": (page.title,),
        "form": (_form(form) for form in page.forms),
    }
    long = {"html": page.html, "script": "\n".join(script.inline for script in page.scripts)}
    texts: dict[str, tuple[tuple[str, str | None], ...]] = {
        where: tuple((text[:LONGEST_SHORT], None) for text in found) for where, found in short.items()
    }
    for where, source in long.items():
        text = alike_quotes(source[:LONGEST_HTML])
        texts[where] = ((text, text.lower()),)
    return _Facts(page, _path(page.address), texts)


def _form(form: Form) -> str:
    return f"{form.method} {_path(form.action, query=True)} {form.marks}: {' '.join(field.name for field in form.fields)}"


def _depth(page: Page) -> tuple[int, str]:
    path = _path(page.address)
    return path.count("/"), path


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and parts.port != 0
        return (parts.hostname or "") if sound else ""
    except ValueError:
        return ""


def _path(address: str, *, query: bool = False) -> str:
    """The path, bounded, with single slashes; with its query where asked for."""
    try:
        parts = urlsplit(address[:LONGEST_ADDRESS])
    except ValueError:
        return "/"
    path = re.sub(r"/{2,}", "/", parts.path) or "/"
    return f"{path}?{parts.query}" if query and parts.query else path


def _folder(path: str) -> str:
    """``/shop/index.php`` → ``/shop/``."""
    return path[: path.rfind("/") + 1] or "/"
