"""What a scan by hand leaves in the history, and what it learns there: the changes since last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.history.connect import HistoryError
from scanner.history.store import History
from scanner.history.trend import MOST_SCANS, Trend, trend
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Kept:
    """trend: None where the history could not be read. problem: why the scan is not in the history, for people, or ""."""

    trend: Trend | None = None
    problem: str = ""


def check(database: str | None) -> None:
    """Find out before a scan whether its history can be opened. Raises HistoryError."""
    History.open(database).close()


def keep(database: str | None, result: ScanResult, rules: Mapping[str, Rule]) -> Kept:
    """Record a scan by hand. database: as ``History.open`` takes it. rules: by id. Raises nothing: reports must not be lost.

    It is compared with the scans before, but leaves alone what the nightly run knows and has yet to tell.
    """
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
