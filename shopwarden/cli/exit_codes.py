"""What a command ends with: a contract, see ``docs/usage.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.results.result import ScanResult
    from scanner.settings.options import ScanOptions
    from shopwarden.operations.nightly import Outcome

SCANNED, FOUND, USAGE, NOT_SCANNED, DEFECT, UNDELIVERED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
MEANINGS = {
    SCANNED: "Done, perhaps partly.",
    FOUND: "A problem at or above the severity of --fail-on is open.",
    USAGE: "Wrong usage or configuration.",
    NOT_SCANNED: "The shop could not be scanned, a letter not be read, or a source of data not be had.",
    DEFECT: "A defect of the program.",
    UNDELIVERED: "A report, a message or the history could not be written or delivered.",
    INTERRUPTED: "Ended by Ctrl-C; what was known by then is written.",
}
"""In short, for the manual."""


def of_scan(result: ScanResult, options: ScanOptions, *, delivered: bool) -> int:
    """Of one shop's scan. delivered: whether every report could be written and the scan be kept."""
    if result.defective:
        return DEFECT
    if not delivered:
        return UNDELIVERED
    if result.status in {"blocked", "unreachable"}:
        return NOT_SCANNED
    return FOUND if options.fail_on is not None and result.has(options.fail_on) else SCANNED


def of_letters(result: ScanResult, options: ScanOptions, *, delivered: bool) -> int:
    """Of a look at letters, some of which could be read: as a scan, with 3 where another one could not."""
    code = of_scan(result, options, delivered=delivered)
    return NOT_SCANNED if code in {SCANNED, FOUND} and result.status == "partial" else code


def of_run(outcome: Outcome, *, nightly: bool) -> int:
    """Of a run over many shops: the highest that applies; in batch, 3 where nothing worse is."""
    tally = outcome.tally
    codes = [(UNDELIVERED, bool(outcome.problems)), (DEFECT, bool(tally.failed)), (FOUND, tally.found)]
    worst = next((code for code, applies in codes if applies), SCANNED)
    return NOT_SCANNED if worst == SCANNED and tally.unscanned and not nightly else worst
