"""Finds checks, gatherers and articles, and refuses inconsistent ones by name.

Ours are found by walking the packages ``checks`` and ``scanner.gatherers``; others by the entry-point groups
``shopwarden.checks`` and ``shopwarden.gatherers`` (each names a module) and ``shopwarden.platforms`` (each names a package with
platforms' TOML files). All pass the same door. What is ours is proven by tests, so gatherers, and what is known of software, are
looked at when they are first needed; where plugins bring some, at once.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.gatherers.contract import Gatherer, gatherer_of
from scanner.platforms import Knowledge
from scanner.rules.article_laws import broken_laws
from scanner.rules.articles import Article, read_article
from scanner.rules.rule import Rule, RuleError, rule_of
from scanner.scope.budget import REST, Share, UndeclaredShare

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints, SelectableGroups
    from importlib.resources.abc import Traversable

CHECKS, GATHERERS, PLATFORMS = "shopwarden.checks", "shopwarden.gatherers", "shopwarden.platforms"
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_Used = TypeVar("_Used")
MOST_MEANT = 5
NO_RULE_LEFT = "no rule is left to run; look at what only and skip say"
"""To say instead of scanning: a grade of nothing would be an A+."""


@dataclass(frozen=True)
class Catalogue:
    """Everything this installation can check: rules by id, articles by rule id, gatherers by the kind they make.

    folders: where plugins keep their platforms' files.
    """

    rules: Mapping[str, Rule]
    articles: Mapping[str, Article]
    gatherers: Mapping[type, Gatherer]
    folders: tuple[Traversable, ...] = ()

    @cached_property
    def knowledge(self) -> Knowledge:
        """What is known of software: read once, when it is first asked for. Raises RuleError."""
        from scanner.platforms.loading import read_knowledge

        return read_knowledge(self.folders)

    def chosen(
        self, only: Iterable[str] = (), skip: Iterable[str] = (), *, shop: bool = True, letters: bool = False
    ) -> tuple[str, ...]:
        """The ids of the rules to run, in order of area and id. shop, letters: whether those of a shop's scan, those of letters.

        Raises UnknownRule.
        """
        only, skip = set(only), set(skip)
        for rule_id in sorted(only | skip):
            if rule_id not in self.rules:
                raise UnknownRule(rule_id)
        about = (rule for rule in self.rules.values() if (letters if rule.beside_the_shop else shop))
        rules = (rule for rule in about if (not only or rule.id in only) and rule.id not in skip)
        return tuple(rule.id for rule in sorted(rules, key=lambda rule: (rule.area, rule.id)))

    def rules_of(self, ids: Iterable[str]) -> tuple[Rule, ...]:
        """The rules with these ids, in their order. Raises UnknownRule."""
        try:
            return tuple(self.rules[rule_id] for rule_id in ids)
        except KeyError as error:
            raise UnknownRule(error.args[0]) from error

    def refuse_unlawful_articles(self) -> None:
        """Refuse articles that break a law of articles, whosever they are. Raises RuleError that names their files."""
        broken = [
            f"{_article_of(self.rules[rule_id])}: {why}"
            for rule_id, article in self.articles.items()
            for why in broken_laws(article)
        ]
        if broken:
            raise RuleError("\n".join(broken))

    @property
    def shares(self) -> tuple[Share, ...]:
        """Every declared share of the request budget, once."""
        return tuple(dict.fromkeys(share for one in self.gatherers.values() for share in one.shares))

    @property
    def accepting(self) -> frozenset[str]:
        """The ids that an accepted risk may name: of rules, and those that rules had."""
        return frozenset({*self.rules, *(was.rule for rule in self.rules.values() for was in rule.was)})

    def no_such_rule(self, rule_id: str) -> str:
        """What to tell whoever names a rule that there is not: with the nearest one."""
        if today := sorted(rule.id for rule in self.rules.values() if any(was.rule == rule_id for was in rule.was)):
            return f"the rule {rule_id!r} is called {' and '.join(today)} now"
        begun = [rule for rule in sorted(self.rules) if len(rule_id) > 2 and rule_id in rule][:MOST_MEANT]
        close = begun or difflib.get_close_matches(rule_id, self.rules, n=1)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        return f"no rule is called {rule_id!r}{hint} (shopwarden rules lists them)"


class UnknownRule(Exception):
    """No rule has this id."""


class _WhenAsked(Mapping[_Key, _Value]):
    """A mapping that is made when it is first looked into."""

    def __init__(self, make: Callable[[], Mapping[_Key, _Value]]) -> None:
        self._make = make

    @cached_property
    def made(self) -> Mapping[_Key, _Value]:
        """The mapping itself. Raises what its making raises."""
        return self._make()

    def __getitem__(self, key: _Key) -> _Value:
        return self.made[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)


def load(packages: Iterable[str] = ("checks",), *, plugins: bool = True) -> Catalogue:
    """Load everything. packages: whose modules hold rules. Raises RuleError."""
    rules: dict[str, Rule] = {}
    articles: dict[str, Article] = {}
    for module in _modules(packages, b"@check", CHECKS if plugins else ""):
        for rule in _marked(module, rule_of):
            if rule.id in rules:
                raise RuleError(f"two rules are called {rule.id}: {_home(rules[rule.id])} and {_home(rule)}")
            rules[rule.id] = rule
            articles[rule.id] = read_article(rule.id, _article_of(rule))
    for rule in rules.values():
        if rule.fix_group and (rule.fix_group not in rules or rules[rule.fix_group].fix_group != rule.fix_group):
            raise RuleError(f"rule {rule.id}: fix_group= names {rule.fix_group}, which is no rule that has itself as fix_group=")
    gatherers = _WhenAsked(lambda: _gatherers(rules.values(), plugins=plugins))
    folders = tuple(_platform_folders()) if plugins else ()
    catalogue = Catalogue(rules, articles, gatherers, folders)
    if folders:
        _ = catalogue.knowledge
    if plugins and (_plugins(CHECKS) or _plugins(GATHERERS)):
        _ = gatherers.made
    return catalogue


def _gatherers(rules: Iterable[Rule], *, plugins: bool) -> Mapping[type, Gatherer]:
    """Every gatherer by the kind it makes; what the rules need must be among those. Raises RuleError."""
    from scanner.engine.gathering import closed
    from scanner.engine.tools import TOOLS

    gatherers: dict[type, Gatherer] = {}
    modules = tuple(_modules(("scanner.gatherers",), b"@gatherer", GATHERERS if plugins else ""))
    for module in modules:
        for made in _marked(module, gatherer_of):
            if made.makes in gatherers:
                raise RuleError(f"two gatherers make {made.makes.__name__}: {gatherers[made.makes].name} and {made.name}")
            gatherers[made.makes] = made
    closed(gatherers, TOOLS)
    _refuse_shares(gatherers.values(), modules)
    for rule in rules:
        for need in rule.needs:
            if need.kind not in gatherers and need.kind is not Knowledge:
                raise RuleError(f"rule {rule.id}: no gatherer makes {need.kind.__name__}")
    return gatherers


def _refuse_shares(gatherers: Iterable[Gatherer], modules: Iterable[ModuleType]) -> None:
    """Each share of the request budget has one size, and none is used that nobody declares. Raises RuleError."""
    declared = {REST.name: ("the engine", REST)}
    for one in gatherers:
        for share in one.shares:
            other, known = declared.setdefault(share.name, (one.name, share))
            if known != share:
                raise RuleError(f"gatherer {one.name}: {share}, but {other} declares {known}; one name stands for one share")
    for module in modules:
        for share in vars(module).values():
            if isinstance(share, Share) and share.name not in declared:
                names = [made.name for made in _marked(module, gatherer_of)]
                raise RuleError(f"{'gatherer ' + ', '.join(names) if names else module.__name__}: {UndeclaredShare(share)}")


def _marked(module: ModuleType, reader: Any) -> Iterator[Any]:
    """What a module itself defines, not what it imports."""
    for thing in vars(module).values():
        if getattr(thing, "__module__", None) == module.__name__ and (found := reader(thing)) is not None:
            yield found


def _modules(packages: Iterable[str], marker: bytes, group: str) -> Iterator[ModuleType]:
    """Ours, as far as their source holds the marker of what is looked for, and all of plugins."""
    for package in packages:
        yield from _walk(importlib.import_module(package), marker)
    for entry in _plugins(group) if group else ():
        yield from _loaded(entry, lambda module: tuple(_walk(module)))


def _platform_folders() -> Iterator[Traversable]:
    for entry in _plugins(PLATFORMS):
        yield _loaded(entry, _folder_of_platforms)


def _folder_of_platforms(package: ModuleType) -> Traversable:
    from importlib.resources import files

    folder = files(package)
    if not any(file.name.endswith(".toml") for file in folder.iterdir()):
        raise ValueError("it holds no platform (*.toml)")
    return folder


def _plugins(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=group), key=lambda entry: entry.name)


def entry_points(group: str) -> EntryPoints:
    """What installed packages bring for us; their metadata are read once."""
    return _all_entry_points().select(group=group)


@cache
def _all_entry_points() -> SelectableGroups:
    from importlib import metadata

    return metadata.entry_points()


def _loaded(entry: EntryPoint, use: Callable[[ModuleType], _Used]) -> _Used:
    """What is made of a plugin's module. Raises RuleError that names the plugin."""
    try:
        module = entry.load()
        if not isinstance(module, ModuleType):
            raise TypeError("it is no module")
        return use(module)
    except Exception as error:
        raise RuleError(f"the plugin {entry.name} ({entry.value}) cannot be loaded: {error}") from error


def _walk(module: ModuleType, marker: bytes = b"") -> Iterator[ModuleType]:
    yield module
    for folder in getattr(module, "__path__", ()):
        for found in sorted(pkgutil.iter_modules([folder], module.__name__ + "."), key=lambda found: found.name):
            if found.ispkg or _holds(Path(folder, found.name.rpartition(".")[2] + ".py"), marker):
                yield from _walk(importlib.import_module(found.name), marker)


def _holds(source: Path, marker: bytes) -> bool:
    """Whether a module has to be imported; one without a source to be seen is."""
    try:
        return marker in source.read_bytes()
    except OSError:
        return True


def _article_of(rule: Rule) -> Path:
    """The file beside the module that holds the rule."""
    return Path(_home(rule)).with_name(f"{rule.id}.md")


def _home(rule: Rule) -> str:
    module = sys.modules.get(rule.check.__module__)
    return getattr(module, "__file__", None) or rule.check.__module__
