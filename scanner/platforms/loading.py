"""Files → knowledge: read once, where the program begins, and handed on as a value. A bad file refuses to start, by name and key.

Read are the TOML files beside this module and those of plugins, ``scanner/data``, and what ``shopwarden update-data`` left in the
user's data folder where that is newer (``scanner.platforms.newer``). A platform's file, all paths relative to the installation's
directory::

    name = "…"              kind = "shop"            hosted = false (default)
    family = "…"            the platform that it descends from: in one directory only the better recognised of a family counts
    extends = "…"           the platform that it is a plugin of (WooCommerce: wordpress)
    article_heading = "…"   its heading in "How to fix it"; left out where articles have none
    packaged = true         whether Linux distributions repair it under its old number, without showing that; goes with [support]
    recorded = 2026-11-21   the day these facts were written down
    source = "…"            where they come from
    default_directories, config_files, logs, exports, backup_folders, debug_files = […]
    baskets, checkouts, logins = […]   where the way to the checkout lies as it comes; the customers' login

    [[mark]]                # what it is recognised by: one certain mark, or two probable ones
    where = "asset"         # generator, meta, header, cookie, asset, cdn, html, script, title, path, form
    pattern = 'wp-includes/'
    certain = true          # default false
    source = "…"            # the vendor's own file or page; without one a mark is at most probable

    [[version]]             # where it shows its version: the groups of the pattern, with dots between them
    where = "generator"     # generator, meta, header, html, script, title, asset, file
    path = "/readme.html"   # for a file
    pattern = '^WordPress ([0-9.]{1,12})'

    [[door]]                # an administrators' login
    path = "/wp-login.php"
    marks = ['id="loginform"', ['name="a"', 'name="b"']]   # any of these; an inner list: all of it
    fixed = true            # the path cannot be moved

    [[installer]]           # path and marks, like a door
    leads = 'route=upgrade/' # where its redirect leads, if that might change something and is not followed
    [support]               # recorded, source, and [[support.branch]] with name, latest, support_ends, end_of_life

What each ``where`` is compared with:

- *generator*: the content of ``<meta name="generator">``; *meta*: ``name: content`` of any; *title*: the page's title.
- *header*: ``name: value``; *cookie*: a cookie's name; *form*: ``method path marks: field field …``.
- *asset*: path and query of a script, style, picture … on the shop's own names. The pattern begins at the start of a path
  segment, and the directory before it is where the script runs. *path*: the same for links and form targets (probable at most).
- *cdn*: host and path of such a file anywhere (probable at most).
- *html*: the source; *script*: the scripts inside the page, so that an article that shows one is not taken for the thing.
  ``contains`` is a plain text, in lower case, that must be there before the pattern is tried.

Upper and lower case are alike, and so are single and double quotes: patterns say double.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath
from types import MappingProxyType

from scanner.evidence.probes import CONCERNS
from scanner.mail.providers import MailProvider
from scanner.platforms import newer
from scanner.platforms.knowledge import LIBRARIES, Knowledge, Table, support_name
from scanner.platforms.patterns import compiled
from scanner.platforms.retire_js import read_libraries
from scanner.platforms.support import Branch, SupportTable
from scanner.platforms.values import (
    UNSOURCED,
    AdminPath,
    Door,
    Generic,
    Installer,
    Mark,
    Platform,
    VersionSource,
    Way,
)
from scanner.rules.rule import RuleError
from scanner.scope.safe_requests import might_act

KINDS = frozenset({"shop", "content", "forum", "wiki", "webmail", "database-tool", "analytics", "other"})
MARKS_AT = frozenset({"generator", "meta", "header", "cookie", "asset", "cdn", "html", "script", "title", "path", "form"})
VERSIONS_AT = frozenset({"generator", "meta", "header", "html", "script", "title", "asset", "file"})
GENERIC = "generic.toml"
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def read_knowledge(folders: Iterable[Traversable] = ()) -> Knowledge:
    """All that is known: what came with the program and in the ``folders`` of plugins, and the newer tables of the user's data
    folder. Raises RuleError."""
    shipped = read_shipped(folders)
    return shipped.with_tables(_newer_tables(shipped))


def read_shipped(folders: Iterable[Traversable] = ()) -> Knowledge:
    """The same without the user's data folder. Raises RuleError."""
    known = _ours()
    for folder in folders:
        known = _with_platforms(known, folder)
    return known


@lru_cache(maxsize=1)
def _ours() -> Knowledge:
    """What came with the program: it cannot change while it runs."""
    ours, data = files(__package__), files("scanner") / "data"
    tables: dict[str, Table] = {LIBRARIES: read_libraries(_text(data / newer.LIBRARIES))}
    tables |= {support_name(table.key): table for table in read_software(_text(data / "software.toml"))}
    providers = read_mail_providers(_text(data / "mail_providers.toml"))
    return _with_platforms(Knowledge({}, read_generic(_text(ours / GENERIC)), tables, providers), ours)


def _with_platforms(known: Knowledge, folder: Traversable) -> Knowledge:
    """The same with the platforms of a folder besides. Raises RuleError that names the file: ours by its name, another's by where
    it lies."""
    ours = folder == files(__package__)
    platforms, tables = dict(known.platforms), dict(known.tables)
    called: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml") or (ours and file.name == GENERIC):
            continue
        key, name = file.name.removesuffix(".toml"), file.name if ours else str(file)
        if key in platforms:
            raise RuleError(f"{name}: there is a platform {key!r} already")
        platforms[key], table = read_platform(key, _text(file), name)
        called[key] = name
        if table is not None:
            tables[support_name(key)] = table
    for key, name in called.items():
        for wanted in (platforms[key].family, platforms[key].extends):
            if wanted and wanted not in platforms:
                raise RuleError(f"{name}: there is no platform {wanted!r}")
    return replace(known, platforms=MappingProxyType(platforms), tables=MappingProxyType(tables))


def _newer_tables(shipped: Knowledge) -> dict[str, Table]:
    """The tables of the user's data folder that are newer than those that came with the program and can be read."""
    found: dict[str, Table] = {}
    try:
        libraries = read_libraries(newer.text_of(newer.LIBRARIES) or "")
        if libraries.recorded > shipped.libraries.recorded:
            found[LIBRARIES] = libraries
    except ValueError:
        pass
    for key, table in newer.support_tables().items():
        known = shipped.support(key)
        if known is None:
            continue
        try:
            read = read_support_table(known, table)
        except RuleError:
            continue
        if read.recorded > known.recorded:
            found[support_name(key)] = read
    return found


def read_platform(key: str, text: str, called: str = "") -> tuple[Platform, SupportTable | None]:
    """One platform, and how its branches are looked after where the file says so, from the text of its file.

    called: the file, as refusals name it. Raises RuleError that names the file and the key.
    """
    called = called or f"{key}.toml"
    table = _parsed(called, text)
    if not _KEY.match(key):
        raise RuleError(f"{called}: the file's name is not kebab-case")
    kind = table.word("kind", among=KINDS)
    packaged = table.flag("packaged")
    support = table.table("support")
    platform = Platform(
        key=key,
        name=table.word("name"),
        kind=kind,  # type: ignore[arg-type]  # one of KINDS, which are the literals
        hosted=table.flag("hosted"),
        family=table.word("family", key),
        extends=table.word("extends", ""),
        article_heading=table.word("article_heading", ""),
        recorded=table.day("recorded"),
        source=table.word("source"),
        marks=tuple(_mark(entry) for entry in table.tables("mark")),
        versions=tuple(_version(entry) for entry in table.tables("version")),
        doors=tuple(_door(entry) for entry in table.tables("door")),
        installers=tuple(_installer(entry) for entry in table.tables("installer")),
        logs=table.paths("logs"),
        exports=table.paths("exports"),
        backup_folders=table.paths("backup_folders"),
        config_files=table.paths("config_files"),
        debug_files=table.paths("debug_files"),
        default_directories=table.paths("default_directories"),
        way=_way(table),
    )
    if packaged and support is None:
        table.refuse("packaged", "goes with [support]")
    table.finish()
    if not platform.marks:
        raise RuleError(f"{called}: mark: at least one is needed")
    if not any(mark.certain for mark in platform.marks) and len(platform.marks) < 2:
        raise RuleError(f"{called}: mark: a single probable mark can never suffice")
    return platform, _support(support, key, platform.name, packaged=packaged) if support else None


def read_software(text: str) -> tuple[SupportTable, ...]:
    """``software.toml`` from its text, what shops run on (PHP, Apache): one table each, with name, recorded, source and branch.
    Raises RuleError."""
    whole = _parsed("software.toml", text)
    found = ((key, whole.table(key)) for key in list(whole.rest))
    return tuple(_support(table, key, table.word("name"), packaged=True) for key, table in found if table is not None)


def read_mail_providers(text: str) -> tuple[MailProvider, ...]:
    """``mail_providers.toml`` from its text. Raises RuleError."""
    whole = _parsed("mail_providers.toml", text)
    found = ((key, whole.table(key)) for key in list(whole.rest))
    return tuple(_mail_provider(key, table) for key, table in found if table is not None)


def _mail_provider(key: str, table: _Table) -> MailProvider:
    made = MailProvider(
        key,
        table.word("name"),
        table.names("mx"),
        table.names("spf"),
        table.names("selectors"),
        table.word("panel"),
        table.word("source"),
        table.day("recorded"),
    )
    table.finish()
    if not made.mx and not made.spf and not made.selectors:
        table.refuse("mx", "nothing tells who uses this provider: it needs mx, spf or selectors")
    return made


def read_support_table(known: SupportTable, table: Mapping[str, object]) -> SupportTable:
    """A fetched support table in place of a known one. Raises RuleError."""
    return _support(_Table(newer.SUPPORT, f"{known.key}.", dict(table)), known.key, known.name, packaged=known.packaged)


def _support(table: _Table, key: str, name: str, *, packaged: bool) -> SupportTable:
    recorded, source, entries = table.day("recorded"), table.word("source"), table.tables("branch")
    table.finish()
    branches = tuple(map(_branch, entries))
    if not branches or len({branch.name for branch in branches}) < len(branches):
        table.refuse("branch", "is missing, or one is named twice")
    return SupportTable(key, name, recorded, source, branches, packaged)


def read_generic(text: str) -> Generic:
    """``generic.toml`` from its text. Raises RuleError."""
    table = _parsed("generic.toml", text)
    admin = []
    for entry in table.tables("admin"):
        concern = entry.word("concern", among=frozenset(CONCERNS))
        admin += [AdminPath(path, concern) for path in entry.paths("paths")]
        entry.finish()
    made = Generic(
        admin_paths=tuple(admin),
        database_tools=tuple(_door(entry) for entry in table.tables("database_tool")),
        folders=table.paths("folders"),
        directories=table.paths("directories"),
        recorded=table.day("recorded"),
        source=table.word("source"),
        way=_way(table),
    )
    table.finish()
    return made


def _way(table: _Table) -> Way:
    way = Way(table.paths("baskets"), table.paths("checkouts"), table.paths("logins"))
    for key, paths in (("baskets", way.baskets), ("checkouts", way.checkouts), ("logins", way.logins)):
        if acting := next((path for path in paths if might_act(path)), None):
            table.refuse(key, f"{acting!r} might change something at the shop")
    return way


def _mark(entry: _Table) -> Mark:
    mark = Mark(
        where=entry.word("where", among=MARKS_AT),
        pattern=entry.pattern("pattern", needed=False),
        contains=entry.word("contains", ""),
        certain=entry.flag("certain"),
        source=entry.word("source", UNSOURCED),
    )
    entry.finish()
    if not (mark.pattern or mark.contains):
        entry.refuse("pattern", "is missing")
    if (mark.where in {"html", "script"}) != bool(mark.contains):
        entry.refuse("contains", "goes with where = 'html' and 'script', and is needed there")
    if mark.contains != mark.contains.lower():
        entry.refuse("contains", "must be in lower case")
    if mark.certain and mark.where == "path":
        entry.refuse("certain", "a link proves nothing for certain")
    if mark.certain and mark.source == UNSOURCED:
        entry.refuse("source", "is missing: a mark without one is probable at best")
    if mark.certain and mark.where == "cdn":
        entry.refuse("certain", "what lies on another host proves nothing for certain")
    return mark


def _version(entry: _Table) -> VersionSource:
    version = VersionSource(
        where=entry.word("where", among=VERSIONS_AT),
        pattern=entry.pattern("pattern", groups=1),
        path=entry.path("path"),
        contains=entry.word("contains", ""),
        agree=entry.number("agree", 1),
        note=entry.word("note", ""),
    )
    entry.finish()
    if (version.where == "file") != bool(version.path):
        entry.refuse("path", "goes with where = 'file', and is needed there")
    if version.where in {"html", "script"} and not version.contains:
        entry.refuse("contains", "is needed with where = 'html' and 'script'")
    return version


def _door(entry: _Table) -> Door:
    door = Door(
        path=entry.path("path"),
        marks=entry.proofs("marks"),
        fixed=entry.flag("fixed"),
        name=entry.word("name", ""),
        source=entry.word("source", UNSOURCED),
    )
    entry.finish()
    if not door.path:
        entry.refuse("path", "is missing")
    return door


def _installer(entry: _Table) -> Installer:
    leads = entry.pattern("leads", needed=False)
    installer = Installer(entry.path("path"), entry.proofs("marks"), entry.word("source", UNSOURCED), leads)
    entry.finish()
    if not installer.path:
        entry.refuse("path", "is missing")
    return installer


def _branch(entry: _Table) -> Branch:
    branch = Branch(
        name=entry.word("name"),
        latest=entry.word("latest", "") or None,
        support_ends=entry.maybe_day("support_ends"),
        end_of_life=entry.maybe_day("end_of_life"),
        ended=entry.flag("ended"),
    )
    entry.finish()
    if branch.support_ends and branch.end_of_life and branch.end_of_life < branch.support_ends:
        entry.refuse("end_of_life", "is before support_ends")
    return branch


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _parsed(called: str, text: str) -> _Table:
    try:
        return _Table(called, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{called}: {error}") from error


@dataclass(slots=True)
class _Table:
    """A TOML table being read: each key once, by type; what is left over at the end is unknown."""

    called: str
    where: str
    rest: dict[str, object]

    def __post_init__(self) -> None:
        self.rest = dict(self.rest)

    def refuse(self, key: str, why: str) -> None:
        raise RuleError(f"{self.called}: {self.where}{key}: {why}")

    def finish(self) -> None:
        if self.rest:
            self.refuse(next(iter(self.rest)), "is no known key")

    def word(self, key: str, default: str | None = None, among: frozenset[str] | None = None) -> str:
        value = self.rest.pop(key, default)
        if not isinstance(value, str) or (not value and default is None):
            self.refuse(key, "must be a text" if key in self.rest or value is not None else "is missing")
            return ""
        if among is not None and value not in among:
            self.refuse(key, f"must be one of {', '.join(sorted(among))}")
        return value

    def flag(self, key: str) -> bool:
        value = self.rest.pop(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value is True

    def number(self, key: str, default: int) -> int:
        value = self.rest.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.refuse(key, "must be a whole number above 0")
            return default
        return value

    def day(self, key: str) -> date:
        value = self.maybe_day(key)
        if value is None:
            self.refuse(key, "is missing")
            return date.min
        return value

    def maybe_day(self, key: str) -> date | None:
        value = self.rest.pop(key, None)
        if value is not None and type(value) is not date:
            self.refuse(key, "must be a day, like 2026-11-21")
            return None
        return value

    def pattern(self, key: str, *, groups: int = 0, needed: bool = True) -> str:
        """A pattern of ours is only compiled when it is used, and a law of the tests compiles them all; a plugin's is at once."""
        value = self.word(key, None if needed else "")
        if PurePath(self.called).name != self.called:  # it came from elsewhere
            try:
                compiled(value)
            except re.error as error:
                self.refuse(key, f"is no pattern ({error})")
        if groups and "(" not in value:
            self.refuse(key, "needs a group that holds the version")
        return value

    def path(self, key: str) -> str:
        value = self.word(key, "")
        if value:
            self._check_path(key, value)
        return value

    def paths(self, key: str) -> tuple[str, ...]:
        value = self.rest.pop(key, [])
        if not isinstance(value, list):
            self.refuse(key, "must be a list of paths")
            return ()
        for path in value:
            self._check_path(key, path)
        if len(set(value)) < len(value):
            self.refuse(key, "names a path twice")
        return tuple(value)

    def names(self, key: str) -> tuple[str, ...]:
        """Names of servers or of keys, in small letters."""
        value = self.rest.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in value):
            self.refuse(key, "must be a list of names in small letters, like mx.example.com")
            return ()
        if len(set(value)) < len(value):
            self.refuse(key, "has a name twice")
        return tuple(value)

    def _check_path(self, key: str, path: object) -> None:
        if not isinstance(path, str) or not path.startswith("/") or path.startswith("//") or " " in path:
            self.refuse(key, f"{path!r} is no path that starts with one slash")

    def proofs(self, key: str) -> tuple[tuple[str, ...], ...]:
        value = self.rest.pop(key, None)
        if not isinstance(value, list) or not value:
            self.refuse(key, "must be a list of patterns")
            return ()
        made = []
        for mark in value:
            parts = tuple(mark) if isinstance(mark, list) else (mark,)
            if not parts or not all(isinstance(part, str) and part for part in parts):
                self.refuse(key, "must hold patterns, or lists of patterns")
            made.append(parts)
        return tuple(made)

    def table(self, key: str) -> _Table | None:
        value = self.rest.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table: [{key}]")
            return None
        return _Table(self.called, f"{self.where}{key}.", value)

    def tables(self, key: str) -> tuple[_Table, ...]:
        value = self.rest.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse(key, f"must be tables: [[{key}]]")
            return ()
        return tuple(_Table(self.called, f"{self.where}{key}[{number}].", entry) for number, entry in enumerate(value, 1))
