"""The TOML files beside this module → frozen values. A bad file refuses to start and names the file and the key.

A platform's file, all paths relative to the installation's directory::

    name = "…"              kind = "shop"            hosted = false (default)
    family = "…"            the platform that it descends from: in one directory only the better recognised of a family counts
    extends = "…"           the platform that it is a plugin of (WooCommerce: wordpress)
    article_heading = "…"   its heading in "How to fix it"; left out where articles have none
    packaged = true         whether Linux distributions repair it under its old number, without showing that
    recorded = 2026-11-21   the day these facts were written down
    source = "…"            where they come from
    default_directories, config_files, logs, exports, backup_folders, debug_files = […]

    [[mark]]                # what it is recognised by: one certain mark, or two probable ones
    where = "asset"         # generator, meta, header, cookie, asset, cdn, html, script, title, path, form
    pattern = 'wp-includes/'
    certain = true          # default false
    source = "…"            # the vendor's own file or page; without one a mark is at most probable

    [[version]]             # where it shows its version: the groups of the pattern, with dots between them
    where = "generator"     # generator, meta, header, html, script, title, asset, file
    path = "/readme.html"   # for a file
    pattern = '^WordPress ([0-9.]+)'

    [[door]]                # an administrators' login
    path = "/wp-login.php"
    marks = ['id="loginform"', ['name="a"', 'name="b"']]   # any of these; an inner list: all of it
    fixed = true            # the path cannot be moved

    [[installer]]           # path and marks, like a door
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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal

from scanner.platforms import newer
from scanner.rules.rule import RuleError

Kind = Literal["shop", "content", "forum", "wiki", "webmail", "database-tool", "analytics", "other"]
KINDS = frozenset({"shop", "content", "forum", "wiki", "webmail", "database-tool", "analytics", "other"})
MARKS_AT = frozenset({"generator", "meta", "header", "cookie", "asset", "cdn", "html", "script", "title", "path", "form"})
VERSIONS_AT = frozenset({"generator", "meta", "header", "html", "script", "title", "asset", "file"})
CONCERNS = frozenset({"names", "admin", "doors"})
UNSOURCED = "platform knowledge"
_LISTS = (
    "marks", "versions", "doors", "installers", "logs", "exports", "backup_folders", "config_files", "debug_files",
    "default_directories",
)  # fmt: skip
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the data, compiled when first used; upper and lower case are alike."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a platform is recognised by. ``source``: the vendor's file or page, or ``platform knowledge``."""

    where: str
    pattern: str = ""
    contains: str = ""
    certain: bool = False
    source: str = UNSOURCED

    def seen_in(self, text: str, lowered: str | None = None) -> str | None:
        """The part of the text that matches, or None. ``lowered``: the same text in lower case, where the caller has it."""
        return found(self.contains, self.pattern, text, lowered)


@dataclass(frozen=True, slots=True)
class VersionSource:
    """One place that shows a version.

    path: for a file, relative to the installation. agree: how many different assets must show the same number.
    """

    where: str
    pattern: str
    path: str = ""
    contains: str = ""
    agree: int = 1
    note: str = ""

    def read(self, text: str, lowered: str | None = None) -> str | None:
        """The version shown in a text, or None."""
        if self.contains and self.contains not in (text.lower() if lowered is None else lowered):
            return None
        match = compiled(self.pattern).search(alike_quotes(text))
        return ".".join(part for part in match.groups() if part) if match else None


@dataclass(frozen=True, slots=True)
class Door:
    """An administrators' login: its usual path, and what proves it. ``marks``: any of them, each a list of texts or patterns
    that must all be there. ``fixed``: the path cannot be moved, so that finding it is no carelessness."""

    path: str
    marks: tuple[tuple[str, ...], ...]
    fixed: bool = False
    name: str = ""
    source: str = UNSOURCED

    def proves(self, text: str) -> str | None:
        """What in this text proves the door, as a person may be shown it; None where nothing does."""
        return proof_in(self.marks, text)


@dataclass(frozen=True, slots=True)
class Installer:
    """A set-up program that should have been removed: its path, and what proves that it would run."""

    path: str
    marks: tuple[tuple[str, ...], ...]
    source: str = UNSOURCED

    def proves(self, text: str) -> str | None:
        """What in this text proves the installer, or None."""
        return proof_in(self.marks, text)


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of releases. support_ends: from then on only security fixes, or only as a courtesy; end_of_life: nothing more.
    ended: it is over, on a day that nobody wrote down."""

    name: str
    latest: str | None = None
    support_ends: date | None = None
    end_of_life: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything known of one platform. Paths begin with a slash and are relative to the installation's directory.

    family: the platform that it descends from, or its own key. extends: the platform that it is a plugin of, or nothing.
    support_recorded: the day up to which the support table is known to be right; support_source: who says so.
    """

    key: str
    name: str
    kind: Kind
    hosted: bool
    family: str
    extends: str
    article_heading: str
    recorded: date
    source: str
    marks: tuple[Mark, ...]
    versions: tuple[VersionSource, ...]
    doors: tuple[Door, ...]
    installers: tuple[Installer, ...]
    logs: tuple[str, ...]
    exports: tuple[str, ...]
    backup_folders: tuple[str, ...]
    config_files: tuple[str, ...]
    debug_files: tuple[str, ...]
    default_directories: tuple[str, ...]
    support: tuple[Branch, ...]
    support_recorded: date | None = None
    support_source: str = ""
    packaged: bool = False

    @property
    def version_files(self) -> tuple[VersionSource, ...]:
        """The files that show the version, and how to read it from them."""
        return tuple(source for source in self.versions if source.where == "file")


@dataclass(frozen=True, slots=True)
class AdminPath:
    """A usual name of an administration that tells no platform. ``concern``: which share of the request budget it draws on."""

    path: str
    concern: str


@dataclass(frozen=True, slots=True)
class Generic:
    """What is worth asking for whatever the platform is.

    admin_paths: relative to an installation. database_tools: doors of their own. folders: names beside a shop that often hold
    another script or a forgotten copy. directories: usual names of directories that must not show a list.
    """

    admin_paths: tuple[AdminPath, ...]
    database_tools: tuple[Door, ...]
    folders: tuple[str, ...]
    directories: tuple[str, ...]
    recorded: date
    source: str


def found(contains: str, pattern: str, text: str, lowered: str | None = None) -> str | None:
    """The part of the text that matches: the plain text first, because looking for it costs next to nothing."""
    if contains and contains not in (text.lower() if lowered is None else lowered):
        return None
    if not pattern:
        return contains
    match = compiled(pattern).search(text)
    return match[0] if match else None


def alike_quotes(text: str) -> str:
    """HTML may quote with either; the patterns know one."""
    return text.replace("'", '"')


def proof_in(marks: tuple[tuple[str, ...], ...], text: str) -> str | None:
    """The first mark of which every part is in the text, as text; None where there is none."""
    text = alike_quotes(text)
    for parts in marks:
        seen = [match[0] for part in parts if (match := compiled(part).search(text))]
        if len(seen) == len(parts):
            return " … ".join(seen)
    return None


@lru_cache(maxsize=1)
def platforms() -> Mapping[str, Platform]:
    """All platforms by key, in order of key, with the newest support tables at hand. Raises RuleError."""
    return MappingProxyType({key: refreshed(one) for key, one in shipped_platforms().items()})


@lru_cache(maxsize=1)
def shipped_platforms() -> Mapping[str, Platform]:
    """All platforms as they came with the program. Raises RuleError."""
    read = {}
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml") and file.name != "generic.toml":
            key = file.name.removesuffix(".toml")
            read[key] = read_platform(key, _text(file))
    for platform in read.values():
        for wanted in (platform.family, platform.extends):
            if wanted and wanted not in read:
                raise RuleError(f"{platform.key}.toml: there is no platform {wanted!r}")
    return MappingProxyType(read)


@lru_cache(maxsize=1)
def generic() -> Generic:
    """What holds for every platform. Raises RuleError."""
    return read_generic(_text(files(__package__) / "generic.toml"))


def read_platform(key: str, text: str) -> Platform:
    """One platform from the text of its file. Raises RuleError that names the file and the key."""
    table = _parsed(f"{key}.toml", text)
    if not _KEY.match(key):
        raise RuleError(f"{key}.toml: the file's name is not kebab-case")
    kind = table.word("kind", among=KINDS)
    support = table.table("support")
    platform = Platform(
        key=key,
        name=table.word("name"),
        kind=kind,  # type: ignore[arg-type]  # one of KINDS, which are the literals
        hosted=table.flag("hosted"),
        packaged=table.flag("packaged"),
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
        support=tuple(_branch(entry) for entry in support.tables("branch")) if support else (),
        support_recorded=support.day("recorded") if support else None,
        support_source=support.word("source") if support else "",
    )
    if support:
        support.finish()
    table.finish()
    if len({branch.name for branch in platform.support}) < len(platform.support):
        raise RuleError(f"{key}.toml: support: a branch is named twice")
    if not platform.marks:
        raise RuleError(f"{key}.toml: mark: at least one is needed")
    if not any(mark.certain for mark in platform.marks) and len(platform.marks) < 2:
        raise RuleError(f"{key}.toml: mark: a single probable mark can never suffice")
    return platform


@lru_cache(maxsize=1)
def software() -> Mapping[str, Platform]:
    """What shops run on (PHP, Apache) by key: only names and the newest support tables at hand. Raises RuleError."""
    return MappingProxyType({key: refreshed(one) for key, one in shipped_software().items()})


def shipped_software() -> Mapping[str, Platform]:
    """The same as it came with the program. Raises RuleError."""
    return read_software(_text(files("scanner") / "data" / "software.toml"))


def read_software(text: str) -> dict[str, Platform]:
    """``software.toml`` from its text: one table each, with name, recorded, source and branch. Raises RuleError."""
    whole = _parsed("software.toml", text)
    read = {}
    for key in list(whole.rest):
        if (table := whole.table(key)) is None:
            continue
        name, source = table.word("name"), table.word("source")
        recorded = table.day("recorded")
        nothing: dict[str, tuple[()]] = dict.fromkeys(_LISTS, ())
        read[key] = Platform(
            key=key, name=name, kind="other", hosted=False, family=key, extends="", article_heading="", recorded=recorded,
            source=source, **nothing, support=tuple(_branch(entry) for entry in table.tables("branch")),
            support_recorded=recorded, support_source=source, packaged=True,
        )  # fmt: skip
        table.finish()
    return read


def refreshed(platform: Platform) -> Platform:
    """A platform with the support table that ``shopwarden update-data`` fetched, where that is newer and can be read."""
    table = newer.support_tables().get(platform.key)
    if table is None or platform.support_recorded is None:
        return platform
    try:
        recorded, source, branches = read_support_table(platform.key, table)
    except RuleError:
        return platform
    if recorded <= platform.support_recorded:
        return platform
    return replace(platform, support=branches, support_recorded=recorded, support_source=source)


def read_support_table(key: str, table: Mapping[str, object]) -> tuple[date, str, tuple[Branch, ...]]:
    """A fetched support table: the day it was fetched, its source, its branches. Raises RuleError."""
    reading = _Table(newer.SUPPORT, f"{key}.", dict(table))
    recorded, source = reading.day("recorded"), reading.word("source")
    branches = tuple(_branch(entry) for entry in reading.tables("branch"))
    reading.finish()
    if not branches or len({branch.name for branch in branches}) < len(branches):
        reading.refuse("branch", "is missing, or one is named twice")
    return recorded, source, branches


def read_generic(text: str) -> Generic:
    """``generic.toml`` from its text. Raises RuleError."""
    table = _parsed("generic.toml", text)
    admin = []
    for entry in table.tables("admin"):
        concern = entry.word("concern", among=CONCERNS)
        admin += [AdminPath(path, concern) for path in entry.paths("paths")]
        entry.finish()
    made = Generic(
        admin_paths=tuple(admin),
        database_tools=tuple(_door(entry) for entry in table.tables("database_tool")),
        folders=table.paths("folders"),
        directories=table.paths("directories"),
        recorded=table.day("recorded"),
        source=table.word("source"),
    )
    table.finish()
    return made


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
    installer = Installer(entry.path("path"), entry.proofs("marks"), entry.word("source", UNSOURCED))
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
        """A pattern is only compiled when it is used; a law of the tests compiles them all."""
        value = self.word(key, None if needed else "")
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
