"""Which shops a run looks at: the ``[[site]]`` entries or a CSV file → a list without doubles."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from scanner.scope.target import BadAddress, Target, written_name
from scanner.settings.errors import BadSettings, what_is_wrong
from scanner.settings.models import Settings, SiteSettings
from scanner.settings.options import Cell

MOST_BYTES = 20_000_000
MOST_MISTAKES = 10
COLUMNS = frozenset(
    {"url", "name", "authorised_by", "rate", "max_requests", "max_pages", "max_time", "allow_private", "follow", "deep"}
)
"""A CSV's columns that mean something; ``url`` must be there, others are left alone."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop of a run."""

    key: str
    site: SiteSettings

    @property
    def name(self) -> str:
        """For people."""
        host, slash, base = self.key.partition("/")
        return self.site.name or f"{written_name(host)}{slash}{base}"


@dataclass(frozen=True, slots=True)
class Shops:
    """The shops of a run, each key once, in the file's order. notices: what a person should know of the file."""

    shops: tuple[Shop, ...]
    notices: tuple[str, ...] = ()


def read_shops(file: Path | None, settings: Settings) -> Shops:
    """The shops of a CSV file, or of the settings where no file is given. Raises BadSettings with every mistake, up to ten."""
    if file is None:
        named = [(f"[[site]] {number}", site) for number, site in enumerate(settings.site, 1)]
        if not named:
            raise BadSettings(
                f"no shop is configured: write [[site]] entries into {settings.file or 'shopwarden.toml'} "
                "(shopwarden init asks what it needs), or give a CSV file with a url column"
            )
        return _without_doubles(named, [])
    named, notices = _rows(file, settings)
    if not named:
        raise BadSettings(f"{file}: holds no shop below its heading line")
    return _without_doubles(named, notices)


def _rows(file: Path, settings: Settings) -> tuple[list[tuple[str, SiteSettings]], list[str]]:
    text = _text(file)
    lines = text.splitlines()
    heading = lines[0] if lines else ""
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise BadSettings(f"{file}, line 1: cannot be read as CSV ({error})") from error
    if not any(columns):
        raise BadSettings(f"{file}: the first line is empty; it must name the columns, one of them url")
    if "url" not in columns:
        shown = ", ".join(filter(None, columns))[:200]
        raise BadSettings(f"{file}, line 1: no column is called url, only {shown}; the first line must name the columns")
    notices = []
    if left := sorted({column for column in columns if column and column not in COLUMNS}):
        notices.append(f"{file}: these columns are not used: {', '.join(left)[:200]}")
    configured = by_key(settings)
    found: list[tuple[str, SiteSettings]] = []
    mistakes: list[str] = []
    try:
        for row in reader:
            values = {
                column: Cell(cell.strip())
                for column, cell in zip(columns, row, strict=False)
                if column in COLUMNS and cell.strip()
            }
            if not any(cell.strip() for cell in row):
                continue
            where = f"line {reader.line_num}"
            try:
                found.append((where, site_of_cells(values, configured)))
            except (ValueError, BadAddress) as error:
                mistakes.append(f"{file}, {where}: {_reason(error)}")
    except csv.Error as error:
        raise BadSettings(f"{file}, line {reader.line_num}: cannot be read as CSV ({error})") from error
    if mistakes:
        more = f"\n… and {len(mistakes) - MOST_MISTAKES} more mistakes" if len(mistakes) > MOST_MISTAKES else ""
        raise BadSettings("\n".join(mistakes[:MOST_MISTAKES]) + more)
    return found, notices


def by_key(settings: Settings) -> dict[str, SiteSettings]:
    """The ``[[site]]`` entries."""
    return {Target.of(site.url).key: site for site in settings.site}


def cells_of(site: SiteSettings) -> dict[str, str]:
    """What a line of a CSV file would say of a site; never a secret."""
    said = site.model_dump(mode="json", exclude={"options"}, exclude_unset=True) | site.options
    return {key: str(value) for key, value in said.items() if key in COLUMNS and value is not None}


def site_of_cells(values: Mapping[str, str], configured: Mapping[str, SiteSettings]) -> SiteSettings:
    """A line's site: what ``[[site]]`` says of it, and the line's cells over that."""
    if "url" not in values:
        raise ValueError("the url is missing")
    own = configured.get(Target.of(values["url"]).key)
    if own is None:
        return SiteSettings.model_validate(dict(values))
    said = own.model_dump(exclude={"options"}, exclude_unset=True) | own.options
    return SiteSettings.model_validate(said | dict(values))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise BadSettings(f"{file}: is larger than {MOST_BYTES // 1_000_000} MB; split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSettings(f"{file}: is not UTF-8 text; in a spreadsheet program, save it as “CSV UTF-8”") from error


def _without_doubles(named: Sequence[tuple[str, SiteSettings]], notices: list[str]) -> Shops:
    kept: dict[str, Shop] = {}
    first: dict[str, str] = {}
    for where, site in named:
        key = Target.of(site.url).key
        if key in kept:
            notices.append(f"{where}: {site.url} is the same shop as {kept[key].site.url} ({first[key]}); it is scanned once")
            continue
        kept[key], first[key] = Shop(key, site), where
    for shop in kept.values():
        twins = [other for other in shop.site.also if Target.of(other).key in kept and Target.of(other).key != shop.key]
        notices += [f"{twin} is a shop of its own and stands in also of {shop.site.url}: it is looked at twice" for twin in twins]
    return Shops(tuple(kept.values()), tuple(notices))


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "options")
        return f"{where}{': ' if where else ''}{what_is_wrong(problem)}"
    return str(error)
