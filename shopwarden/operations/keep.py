"""What a scan by hand leaves in the history, and what it learns there: the changes since last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.settings.secrets import expanded
from shopwarden.operations.errors import Refused

if TYPE_CHECKING:  # the database's libraries are imported when the scan is over, or where a database was named
    from scanner.history.trend import Trend
    from scanner.results.result import ScanResult
    from scanner.rules.rule import Rule
    from scanner.settings.models import Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """trend: None where the history could not be read. problem: why the scan is not in the history, for people, or ""."""

    trend: Trend | None = None
    problem: str = ""


def database_of(settings: Settings, given: str | None) -> str | None:
    """Where the history is: as the caller says, else as ``[defaults]`` do; a file named there lies beside the configuration.

    None: in its usual place. Raises BadSettings.
    """
    if given is not None:
        return given
    named = settings.defaults.get("database")
    if named is None:
        return None
    database = expanded(str(named), settings.folder)
    return database if "://" in database else str(settings.folder / Path(database).expanduser())


def seed_of(database: str | None) -> bytes:
    """The seed that a history keeps for its scans; empty, to be drawn anew, where the usual one cannot be opened: it must not
    stand in a scan's way. Raises Refused for one that was named.
    """
    from scanner.history.connect import HistoryError
    from scanner.history.store import History

    try:
        history = History.open(database)
        try:
            return history.seed()
        finally:
            history.close()
    except HistoryError as error:
        if database is not None:
            raise Refused(str(error)) from error
        return b""


def keep(database: str | None, result: ScanResult, rules: Mapping[str, Rule]) -> Kept:
    """Record a scan by hand. database: as ``History.open`` takes it. rules: by id. Raises nothing: reports must not be lost.

    It is compared with the scans before, but leaves alone what the nightly run knows and has yet to tell.
    """
    from scanner.history.connect import HistoryError
    from scanner.history.store import History
    from scanner.history.trend import MOST_SCANS, trend
    from scanner.results.document import document

    seen, since = document(result), None
    try:
        history = History.open(database)
        try:
            since = trend(history.documents(seen.site.key, MOST_SCANS), seen, rules)
            history.record(seen, command="scan")
        finally:
            history.close()
    except HistoryError as error:
        return Kept(since, str(error))
    return Kept(since)
