"""What a scan by hand leaves in the history, and what it learns there: the changes since last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.settings.secrets import expanded
from shopwarden.operations.errors import Refused

if TYPE_CHECKING:  # the database's libraries are imported when the scan is over, or where a database was named
    from scanner.history.store import History
    from scanner.history.trend import Trend
    from scanner.results.result import ScanResult
    from scanner.rules.rule import Rule
    from scanner.settings.models import Settings


SAME_TIME = timedelta(minutes=1)
"""Two clocks that differ by less are both right."""


@dataclass(frozen=True, slots=True)
class Kept:
    """result: as it is recorded. trend: None where the history could not be read. problem: why the scan is not in the history,
    for people, or "".
    """

    result: ScanResult
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


def in_order(history: History, result: ScanResult, *, accept_clock: bool = False) -> ScanResult:
    """The scan with the date by which it is recorded; where that is another one, it says so. Raises HistoryError.

    accept_clock: somebody says that the clock is right, however far it has gone on.
    """
    from scanner.history.dates import EARLIER

    at = history.date_of(result.site.key, result.started, accept_clock=accept_clock)
    return result if at == result.started else _begun_at(result, at, EARLIER.format(day=result.started))


def _begun_at(result: ScanResult, at: datetime, *notes: str) -> ScanResult:
    return replace(result, started=at, finished=result.finished + (at - result.started), notes=(*result.notes, *notes))


def keep(database: str | None, result: ScanResult, rules: Mapping[str, Rule], *, accept_clock: bool = False) -> Kept:
    """Record a scan by hand. database: as ``History.open`` takes it. rules: by id. Raises nothing: reports must not be lost.

    It is compared with the scans before, but leaves alone what the nightly run knows and has yet to tell.
    """
    from scanner.history.connect import HistoryError
    from scanner.history.store import History
    from scanner.history.trend import MOST_SCANS, trend
    from scanner.results.document import document

    since = None
    try:
        history = History.open(database)
        try:
            if abs(history.ahead) > SAME_TIME:
                result = _begun_at(result, result.started + history.ahead)
            result = in_order(history, result, accept_clock=accept_clock)
            seen = document(result)
            since = trend(history.documents(seen.site.key, MOST_SCANS), seen, rules)
            history.record(seen, command="scan", accept_clock=accept_clock)
        finally:
            history.close()
    except HistoryError as error:
        return Kept(result, since, str(error))
    return Kept(result, since)
