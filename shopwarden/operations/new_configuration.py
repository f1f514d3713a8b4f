"""A first ``shopwarden.toml``: a short look at each shop, then a commented file of what was found and answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports.i18n.language import Language, language
from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, scan
from scanner.evidence import Installations, Pages
from scanner.platforms import Knowledge
from scanner.results.result import ScanResult, Status
from scanner.scope.target import BadAddress, Target
from scanner.settings.models import Settings
from scanner.text.atomic_write import atomic_write
from scanner.text.sanitize import sanitize
from shopwarden.operations.errors import Refused
from shopwarden.operations.order import order_of

MOST_AT_ONCE = 4
A_SHORT_LOOK = {"max_requests": 12, "max_pages": 4, "max_time": 30}
LONGEST_NAME = 60
_SEPARATORS = re.compile(r"\s+[|–—·•»-]\s+|\s*[|»]\s*")
"""What shops put between their name and what else stands in a title."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where backups of one kind lie. password: the name of the variable that holds it, or ""."""

    kind: str
    location: str
    key_file: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class NewShop:
    """One shop of the file. platform: what it runs on, or "". problem: why it could not be looked at, or "". elsewhere: the
    address of another shop to which it redirects, or "". authorised_by: who allowed the scans, or "".
    """

    url: str
    name: str = ""
    platform: str = ""
    problem: str = ""
    elsewhere: str = ""
    backups: tuple[Place, ...] = ()
    authorised_by: str = ""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How alerts travel by mail. password: the name of the variable that holds it."""

    to: str
    server: str
    user: str
    password: str = "SMTP_PASSWORD"  # noqa: S105  a variable's name

    @property
    def address(self) -> str:
        """As Apprise reads it: STARTTLS, or TLS from the beginning on port 465."""
        mode = "&mode=ssl" if self.server.endswith(":465") else ""
        user, to = quote(self.user, safe=""), quote(self.to, safe="@,")
        sender = quote(self.user if "@" in self.user else self.to.partition(",")[0], safe="@")
        return f"mailtos://{user}:${{{self.password}}}@{self.server}/?from={sender}&to={to}{mode}"


@dataclass(frozen=True, slots=True)
class NewConfiguration:
    """What a first file says. way: options without which the shops cannot be reached."""

    shops: tuple[NewShop, ...]
    agency: str = ""
    contact: str = ""
    language: str = "en"
    mail: Mailbox | None = None
    way: Mapping[str, Any] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that hold what is secret."""
        named = [self.mail.password if self.mail else "", *(place.password for shop in self.shops for place in shop.backups)]
        return tuple(dict.fromkeys(filter(None, named)))


async def look_at(urls: Sequence[str], way: Mapping[str, Any], catalogue: Catalogue) -> tuple[NewShop, ...]:
    """Read each shop's front pages, a few requests each: what it calls itself, and what it runs on. Raises BadSettings.

    way: options without which the shops cannot be reached.
    """
    turns = asyncio.Semaphore(MOST_AT_ONCE)
    orders = [_short(url, way, catalogue) for url in urls]

    async def look(order: Order) -> NewShop:
        async with turns:
            return _seen(order, *await _looked(order, catalogue))

    return tuple(await asyncio.gather(*map(look, orders)))


def _short(url: str, way: Mapping[str, Any], catalogue: Catalogue) -> Order:
    """Only what reads pages; what it judges is not asked."""
    order = order_of(url, Settings(), {**way, **A_SHORT_LOOK}, catalogue)
    enough = {Pages, Installations, Knowledge}
    few = tuple(rule.id for rule in catalogue.rules_of(order.rules) if {need.kind for need in rule.needs} <= enough)
    return replace(order, rules=few)


async def _looked(order: Order, catalogue: Catalogue) -> tuple[ScanResult, Pages | None]:
    done = await scan(order, catalogue)
    pages = done.gathered.get(Pages)
    return done.result, pages if isinstance(pages, Pages) else None


def _seen(order: Order, result: ScanResult, pages: Pages | None) -> NewShop:
    url = order.target.url
    if result.status in {Status.UNREACHABLE, Status.BLOCKED}:
        return NewShop(url, problem=sanitize(result.because or ""), elsewhere=result.elsewhere)
    platform = sanitize(result.site.platform[0], LONGEST_NAME) if result.site.platform else ""
    said = (*pages.home.metas_named("og:site_name"), _SEPARATORS.split(pages.home.title)[0]) if pages else ()
    return NewShop(url, next((name for one in said if (name := sanitize(one.strip(), LONGEST_NAME))), ""), platform)


def refuse_existing(file: Path) -> None:
    """Raises Refused where something lies there already, be it a link that leads nowhere."""
    if file.is_symlink() or file.exists():
        raise Refused(f"{file} is already there and stays as it is; change it with an editor, or give another name with --config")
    if not file.parent.is_dir():
        raise Refused(f"{file}: there is no folder {file.parent}")


def write_new(file: Path, made: NewConfiguration) -> None:
    """Raises Refused, also where the file came into being meanwhile."""
    refuse_existing(file)
    try:
        atomic_write(file, text_of(made), mode=0o600)
    except OSError as error:
        raise Refused(f"{file}: cannot be written ({error.strerror})") from error


def without_doubles(urls: Iterable[str]) -> tuple[str, ...]:
    """Addresses, each shop once, as they were typed. Raises Refused where one is none."""
    found: dict[str, str] = {}
    for url in urls:
        try:
            found.setdefault(Target.of(url).key, url)
        except BadAddress as error:
            raise Refused(str(error)) from error
    return tuple(found.values())


# ---- the file


def text_of(made: NewConfiguration) -> str:
    """The file: what was answered, and what else there is as lines to be uncommented; with comments in its language."""
    spoken = language(made.language)
    return "\n\n".join("\n".join(_explained(line, spoken) for line in part) for part in _parts(made)) + "\n"


_COMMENT = re.compile(r"(.*\S {2,}# |# (?=[A-Z]))(.+)")
"""What a line says to people: behind what is read, or alone. Keys that are commented out begin with a small letter."""


def _explained(line: str, spoken: Language) -> str:
    found = _COMMENT.fullmatch(line)
    return found[1] + spoken.repeat(found[2]) if found else line


def _parts(made: NewConfiguration) -> Iterator[list[str]]:
    yield [
        "# What shopwarden looks at, and whom it tells. All keys: docs/configuration.md. Try it: shopwarden check-config",
        "# A secret never stands here: ${NAME} is taken from the environment; keyring:SERVICE/USER and file:PATH work too.",
    ]
    yield list(_defaults(made))
    yield list(_agency(made))
    yield list(_alert(made))
    yield [
        "[nightly]",
        'folder = "shopwarden-reports"      # where the reports and the overview of all shops go',
        "# keep_days = 400                  # how long scans are kept",
        '# heartbeat = "${HEARTBEAT}"       # an address that is asked for after each complete night (dead-man\'s switch)',
    ]
    for number, shop in enumerate(made.shops):
        yield list(_shop(shop, examples=number == 0))


def _defaults(made: NewConfiguration) -> Iterator[str]:
    yield "[defaults]                         # any option of `shopwarden scan`, for every shop"
    yield f"language = {_quoted(made.language)}                    # of reports and messages: en, de or pl"
    for key, value in made.way.items():
        yield f"{key} = {_toml(value)}"
    yield "# rate = 2                         # requests a second to one server; 5 where nothing is said"
    yield '# database = "history.sqlite3"     # a file beside this one; else one of your own account'


def _agency(made: NewConfiguration) -> Iterator[str]:
    mark = "" if made.agency else "# "
    yield f"{mark}[agency]                           # whose name stands on the reports"
    yield f"{mark}name = {_quoted(made.agency or 'Harbour Web')}"
    if made.contact:
        yield f"contact = {_quoted(made.contact)}"
    else:
        yield '# contact = "care@harbourweb.example"'
    yield '# logo = "logo.svg"                # PNG, JPEG or SVG'
    yield '# report_url = "https://reports.harbourweb.example/{file}"   # what messages link to'


def _alert(made: NewConfiguration) -> Iterator[str]:
    mail = made.mail or Mailbox("care@harbourweb.example", "mail.harbourweb.example", "robot@harbourweb.example")
    mark = "" if made.mail else "# "
    yield f"{mark}[[alert]]                          # who is told what changed; needs: pip install 'shopwarden[notify]'"
    yield f"{mark}to = [{_quoted(mail.address)}]"
    yield f'{mark}from = "medium"                    # the least severity told: critical, high, medium, low, info'
    yield f"{mark}weekly = true                      # also say that all is quiet, once a week"


def _shop(shop: NewShop, *, examples: bool) -> Iterator[str]:
    """One shop. examples: with lines to be uncommented, which the first shows for all."""
    yield "[[site]]"
    yield f"url = {_quoted(shop.url)}"
    if shop.name:
        yield f"name = {_quoted(shop.name)}"
    if shop.platform:
        yield f"# It runs on {shop.platform}."
    if shop.problem:
        yield f"# It could not be looked at when this was written: {shop.problem}"
    if shop.authorised_by:
        yield f"authorised_by = {_quoted(shop.authorised_by)}"
    elif examples:
        yield '# authorised_by = "J. Stem, contract of 2026-03-01"   # who allowed the scans; stands on the report'
    for place in shop.backups:
        yield from _backup(place)
    for kind in ("database", "site"):
        if examples and all(place.kind != kind for place in shop.backups):
            yield from (f"# {line}" if line else "" for line in _backup(_EXAMPLES[kind]))


_EXAMPLES = {
    "database": Place("database", "sftp://backup@nas.example:2222/shop", "~/.ssh/backup_ed25519"),
    "site": Place("site", "/srv/backups/files"),
}


def _backup(place: Place) -> Iterator[str]:
    yield ""
    yield "[[site.backup]]"
    yield f"kind = {_quoted(place.kind)}"
    yield f"location = {_quoted(place.location)}"
    if place.key_file:
        yield f"key_file = {_quoted(place.key_file)}"
    if place.password:
        yield f"password = {_quoted('${' + place.password + '}')}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return _quoted(str(value))


_ESCAPED = {'"': '\\"', "\\": "\\\\"}


def _quoted(text: str) -> str:
    """A basic string (TOML 1.0): controls are escaped by their number; what is no character cannot be written."""
    text = text.encode("utf-8", "replace").decode()
    return '"' + "".join(_ESCAPED.get(c) or (c if c.isprintable() or c == " " else f"\\U{ord(c):08X}") for c in text) + '"'
