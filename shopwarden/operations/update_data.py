"""Fetch newer facts, for ``shopwarden update-data``: which versions are looked after, which libraries have published holes, and
which keys the root of the DNS has.

Nothing else asks these sources for anything, and a scan never needs them. What comes is bounded, converted to our own form, read
back by the same strict readers that a scan uses, compared with what is known, and only then put into the user's data folder,
whole. Whatever goes wrong, what was known stays.

- Support dates: endoflife.date (MIT), one JSON a product, API v1.
- JavaScript libraries: the repository of Retire.js (Apache-2.0), as ``scanner.platforms.retire_js`` says.
- The root's keys: IANA's root-anchors.xml (RFC 7958).
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import certifi
import httpx

from scanner.evidence.answer import MOVED
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.fetcher import USER_AGENT, exchange, keep_headers
from scanner.gatherers.net.anchors import RootKeys, known_keys, read_keys
from scanner.gatherers.net.guard import Names, guarded_client
from scanner.gatherers.net.resolver import Resolve, SystemResolver
from scanner.platforms import Branch, Knowledge, Library, SupportTable, newer
from scanner.platforms.loading import read_knowledge, read_shipped, read_support_table
from scanner.platforms.retire_js import converted, read_libraries
from scanner.rules.rule import RuleError
from scanner.scope.target import BadAddress, Target, parse_address
from scanner.text.atomic_write import atomic_write
from scanner.text.sanitize import sanitize
from scanner.text.urls import join

LIBRARIES_FROM = "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/jsrepository-v5.json"
SUPPORT_FROM = "https://endoflife.date/api/v1/products/"
ROOT_KEYS_FROM = "https://data.iana.org/root-anchors/root-anchors.xml"
SECONDS = 60.0
"""For one answer, redirects included."""
MOST_REDIRECTS = 3
MOST_BRANCHES = 200
_NAME = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}")
_RELEASE = re.compile(r"[0-9][0-9A-Za-z.+-]{0,39}")


class NotUpdated(Exception):
    """A source could not be had or cannot be believed; the text says why."""


class SourceSilent(NotUpdated):
    """A source does not answer at all: it is not asked again."""


@dataclass(frozen=True, slots=True)
class Product:
    """Where endoflife.date keeps a support table.

    key: of our platform, or ``php`` or ``apache``. releases: how the names of its releases begin, where two of ours share it.
    courtesy: its ends are the maker's, who goes on repairing older branches all the same (WordPress): the end of full support.
    extended: only the end of the extended support is written down for some branches (Magento); no repairs come after that.
    patched: distributions repair within a number, so that the newest number tells nothing (PHP, Apache).
    """

    key: str
    slug: str
    releases: str = ""
    courtesy: bool = False
    extended: bool = False
    patched: bool = False


PRODUCTS = (
    Product("apache", "apache-http-server", patched=True),
    Product("drupal", "drupal"),
    Product("joomla", "joomla"),
    Product("magento1", "magento", "1."),
    Product("magento2", "magento", "2.", extended=True),
    Product("matomo", "matomo"),
    Product("mediawiki", "mediawiki"),
    Product("moodle", "moodle"),
    Product("nextcloud", "nextcloud"),
    Product("php", "php", patched=True),
    Product("phpbb", "phpbb"),
    Product("phpmyadmin", "phpmyadmin"),
    Product("prestashop", "prestashop"),
    Product("roundcube", "roundcube"),
    Product("shopware5", "shopware", "5."),
    Product("shopware6", "shopware", "6."),
    Product("typo3", "typo3"),
    Product("wordpress", "wordpress", courtesy=True),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of the two kinds of facts. said: lines for people; failures: why something stayed as it was."""

    said: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to fetch from. support: the address that a product's name is put behind. root_keys: of the DNS. ca_file: further
    roots.

    allow_private: they may be at private or loopback addresses, and by http: a mirror in the house. Raises BadAddress.
    """

    libraries: str = LIBRARIES_FROM
    support: str = SUPPORT_FROM
    root_keys: str = ROOT_KEYS_FROM
    ca_file: Path | None = None
    allow_private: bool = False

    def __post_init__(self) -> None:
        for name, address in (("libraries", self.libraries), ("support", self.support), ("root-keys", self.root_keys)):
            try:
                if not address.lower().startswith(("https://", "http://")):
                    raise BadAddress("this is not a web address; write one that begins with https://")
                parse_address(address)
            except BadAddress as error:
                raise BadAddress(f"--{name}: {error}") from error


async def update(sources: Sources, today: date, resolve: Resolve | None = None) -> tuple[Outcome, ...]:
    """Fetch and keep all kinds; one that fails does not stop the other. Raises OSError where the folder cannot be written."""
    fetch, known = _Fetch(sources, resolve or SystemResolver()), read_knowledge()
    libraries, support = await _update_libraries(fetch, known, today), await _update_support(fetch, known, today)
    return libraries, support, await _update_root_keys(fetch, today)


async def _update_root_keys(fetch: _Fetch, today: date) -> Outcome:
    known = known_keys()
    try:
        text, made = checked_root_keys(await fetch.text(fetch.sources.root_keys), known, today)
    except NotUpdated as failure:
        return Outcome((), (f"Keys of the DNS's root: {failure} What is known stays, as of {_day(known.recorded)}.",))
    _keep(newer.ROOT_KEYS, text)
    return Outcome((f"Keys of the DNS's root: {', '.join(key.name for key in made.keys)} as of {_day(today)}.",), ())


async def _update_libraries(fetch: _Fetch, knowledge: Knowledge, today: date) -> Outcome:
    known = knowledge.libraries
    try:
        source = await fetch.json(fetch.sources.libraries)
        text, made = checked_libraries(source, today, known.libraries)
    except NotUpdated as failure:
        return Outcome((), (f"JavaScript libraries: {failure} What is known stays, as of {_day(known.recorded)}.",))
    _keep(newer.LIBRARIES, text)
    now = f"{len(made)} libraries with {_holes(made)} holes"
    before = f"{len(known.libraries)} with {_holes(known.libraries)} before"
    return Outcome((f"JavaScript libraries: {now} as of {_day(today)}; {before}.",), ())


async def _update_support(fetch: _Fetch, knowledge: Knowledge, today: date) -> Outcome:
    """Each table alone: where one cannot be had, the others are newer all the same."""
    shipped, known = _support_tables(read_shipped()), _support_tables(knowledge)
    tables = {key: _as_json(table) for key, table in newer.support_tables().items()}
    changed, failures, done = [], [], 0
    for others, product in zip(reversed(range(len(PRODUCTS))), PRODUCTS, strict=True):
        name = known[product.key].name
        try:
            source = await fetch.json(fetch.sources.support.rstrip("/") + f"/{product.slug}")
            table, branches = checked_table(source, product, shipped[product.key], today)
        except SourceSilent as failure:
            failures.append(f"Support dates of {name}{f' and {others} others' if others else ''}: {failure}")
            break
        except NotUpdated as failure:
            failures.append(f"Support dates of {name}: {failure}")
            continue
        done += 1
        tables[product.key] = table
        if set(branches) != set(known[product.key].branches):
            changed.append(name)
    if not done:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return Outcome((), (f"{failures[0]}{more} What is known stays.",))
    _keep(newer.SUPPORT, json.dumps(tables, indent=1, sort_keys=True) + "\n")
    what = f"changed: {', '.join(changed)}" if changed else "nothing changed"
    return Outcome((f"Support dates: {done} of {len(PRODUCTS)} tables as of {_day(today)}; {what}.",), tuple(failures))


def _support_tables(knowledge: Knowledge) -> dict[str, SupportTable]:
    return {table.key: table for table in knowledge.tables.values() if isinstance(table, SupportTable)}


def checked_libraries(source: Any, today: date, known: tuple[Library, ...]) -> tuple[str, tuple[Library, ...]]:
    """Retire.js's repository → the text of our file, and what a scan will read from it. Raises NotUpdated.

    Far fewer libraries or holes than are known mean that something is wrong with the source, not that the world got better.
    """
    try:
        made = converted(source, today)
        text = json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        read = read_libraries(text).libraries
        size = len(text.encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotUpdated(f"what came is not built like Retire.js's repository ({type(error).__name__}).") from error
    if size > newer.MOST_BYTES:
        raise NotUpdated("what came is too large.")
    if len(read) * 2 < len(known) or _holes(read) * 2 < _holes(known):
        raise NotUpdated(f"what came names only {len(read)} libraries with {_holes(read)} holes.")
    return text, read


_KEY = re.compile(r"<KeyDigest\b([^>]*)>(.*?)</KeyDigest>", re.DOTALL)
_DAYS = {"valid_from": "validFrom", "until": "validUntil"}
_PARTS = ("KeyTag", "Algorithm", "DigestType", "Digest")


def checked_root_keys(source: str, known: RootKeys, today: date) -> tuple[str, RootKeys]:
    """IANA's list (RFC 7958 2.1) → the text of our file, and the keys that a validation will believe. Raises NotUpdated.

    A list without any of the keys that are known is none: the root changes its keys one after the other, with years between.
    """
    lines = [f'source = "{ROOT_KEYS_FROM}"', f"recorded = {today.isoformat()}"]
    for said, inner in _KEY.findall(source)[:MOST_BRANCHES]:
        valid = dict(re.findall(r'(validFrom|validUntil)="(\d{4}-\d\d-\d\d)T', said))
        parts = [re.search(rf"<{part}>\s*([0-9A-Fa-f]+)\s*</{part}>", inner) for part in _PARTS]
        words = [found[1] for found in parts if found is not None]
        if len(words) < len(_PARTS) or words[2] != "2" or "validFrom" not in valid:
            continue
        lines += ["", "[[key]]", f'name = "KSK-{valid["validFrom"][:4]}"', f'record = "{" ".join(words)}"']
        lines += [f"{name} = {valid[attribute]}" for name, attribute in _DAYS.items() if attribute in valid]
    text = "\n".join(lines) + "\n"
    try:
        made = read_keys(tomllib.loads(text))
    except ValueError as error:
        raise NotUpdated("what came is not built like IANA's list of the root's keys.") from error
    if not {*made.records(today)} & {*known.records(today)}:
        raise NotUpdated("what came names none of the root's keys that are known.")
    return text, made


def checked_table(source: Any, product: Product, shipped: SupportTable, today: date) -> tuple[dict[str, Any], tuple[Branch, ...]]:
    """A product of endoflife.date → our table as JSON, and the branches that a scan will read from it. Raises NotUpdated.

    shipped: our table as it came with the program. A branch of it that the source no longer lists stays, and so does an end
    of which the source says nothing: makers do not take an end back.
    """
    try:
        releases = source["result"]["releases"]
        named = {one["name"]: one for one in releases[:MOST_BRANCHES] if _NAME.fullmatch(one["name"])}
        known = {branch.name: branch for branch in shipped.branches}
        wanted = {name: one for name, one in named.items() if name.startswith(product.releases)}
        made = {name: _branch(one, product, known.get(name)) for name, one in wanted.items()}
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise NotUpdated(f"what came is not built like endoflife.date's API ({type(error).__name__}).") from error
    if not set(made) & set(known):
        raise NotUpdated("what came names none of the releases that are known.")
    kept = {name: _known(branch) for name, branch in known.items() if name not in made}
    table = {
        "recorded": today.isoformat(),
        "source": f"https://endoflife.date/{product.slug}",
        "branch": [*made.values(), *kept.values()],
    }
    try:
        read = newer.read_support(json.dumps({product.key: table}))
        branches = read_support_table(shipped, read[product.key]).branches
    except (RuleError, ValueError) as error:
        raise NotUpdated(f"what came cannot be used ({sanitize(str(error), 160)}).") from error
    return table, branches


def _branch(release: Mapping[str, Any], product: Product, known: Branch | None) -> dict[str, Any]:
    """Raises TypeError, KeyError, AttributeError, ValueError."""
    ends, active = _date(release.get("eolFrom")), _date(release.get("eoasFrom"))
    over = release.get("isEol") is True and ends is None
    if product.courtesy:
        active, ends, over = ends, None, False
    if product.extended and ends is None and not over:
        ends = _date(release.get("eoesFrom"))
    if known is not None and ends is None and not over:
        ends, over = known.end_of_life, known.ended
    newest = (release.get("latest") or {}).get("name")
    branch: dict[str, Any] = {"name": release["name"]}
    if isinstance(newest, str) and _RELEASE.fullmatch(newest) and not product.patched:
        branch["latest"] = newest
    if active is not None and (ends is None or active <= ends):
        branch["support_ends"] = active.isoformat()
    if ends is not None:
        branch["end_of_life"] = ends.isoformat()
    return {**branch, "ended": True} if over else branch


def _known(branch: Branch) -> dict[str, Any]:
    made = {"name": branch.name, "latest": branch.latest, "support_ends": branch.support_ends, "end_of_life": branch.end_of_life}
    filled = {key: _as_text(value) for key, value in made.items() if value is not None}
    return {**filled, "ended": True} if branch.ended else filled


def _as_json(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table that was fetched earlier, its days as text again."""
    branches = [{name: _as_text(value) for name, value in branch.items()} for branch in table["branch"]]
    return {**table, "recorded": _as_text(table["recorded"]), "branch": branches}


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _keep(name: str, text: str) -> None:
    """Raises OSError."""
    folder = newer.folder()
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / name, text)


def _holes(known: tuple[Library, ...]) -> int:
    return sum(len(library.holes) for library in known)


def age(knowledge: Knowledge) -> str:
    """How old what is known is: a sentence with the days of the newest and the oldest table, and what the oldest is about."""
    newest = max(table.recorded for table in knowledge.tables.values())
    oldest, key = min((table.recorded, key) for key, table in _support_tables(knowledge).items())
    about = knowledge.platforms[key].name if key in knowledge.platforms else key
    return (
        f"What this program knows of old software is as of {_day(newest)}; its oldest table, of {about}, is as of {_day(oldest)}."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


class _Fetch:
    """Asks a source, and nobody else: a redirect is followed only on its own host and scheme."""

    def __init__(self, sources: Sources, resolve: Resolve) -> None:
        self.sources = sources
        self._resolve = resolve
        self._context = ssl.create_default_context(cafile=certifi.where())
        if sources.ca_file is not None:
            self._context.load_verify_locations(sources.ca_file)

    async def json(self, address: str) -> Any:
        """Raises NotUpdated."""
        try:
            return json.loads(await self.text(address))
        except (ValueError, RecursionError) as error:
            raise NotUpdated(f"{address} answered something that is no JSON.") from error

    async def text(self, address: str) -> str:
        """Raises NotUpdated."""
        try:
            async with asyncio.timeout(SECONDS), self._client(address) as (client, target):
                return await self._text(client, target, address)
        except (CouldNotGather, BadAddress) as failure:
            raise SourceSilent(str(failure)) from failure
        except TimeoutError as error:
            raise SourceSilent(f"{address} did not answer completely within {SECONDS:.0f} s.") from error

    async def _text(self, client: httpx.AsyncClient, target: Target, address: str) -> str:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json, text/plain, text/xml", "Accept-Encoding": "gzip"}
        for _ in range(MOST_REDIRECTS + 1):
            answer, body = await exchange(client, address, headers, newer.MOST_BYTES, Counter())
            if answer.status in MOVED:
                to = join(address, answer.header("location") or "")
                if to is None or not target.covers(to) or httpx.URL(to).scheme != target.scheme:
                    raise NotUpdated(f"{address} redirects to another place ({sanitize(to or '', 200)}), which is not followed.")
                address = to
                continue
            if answer.status != 200 or answer.cut:
                why = "is larger than any such data" if answer.cut else f"answered {answer.status}"
                raise NotUpdated(f"{address} {why}.")
            return body.decode("utf-8", "replace")
        raise NotUpdated(f"{address} redirects more than {MOST_REDIRECTS} times.")

    @asynccontextmanager
    async def _client(self, address: str) -> AsyncIterator[tuple[httpx.AsyncClient, Target]]:
        """Raises BadAddress, SourceSilent."""
        target = Target.of(address, allow_private=self.sources.allow_private)
        if target.scheme != "https" and not self.sources.allow_private:
            raise SourceSilent(
                f"{address} is not encrypted, so anybody on the way could change what comes; give an https address."
            )
        client = guarded_client(Names(target, self._resolve, Counter()), 1, self._context)
        client.event_hooks = {"response": [keep_headers]}
        async with client:
            yield client, target
