"""What ``batch`` and ``nightly`` print while they run, and what they end with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said, spoken
from shopwarden.cli.options import given_options

if TYPE_CHECKING:
    from reports.alerts.words import Told
    from shopwarden.operations.batch import Tally
    from shopwarden.operations.nightly import Command, Outcome, Run, Running

OWN = ("config", "folder", "at_once", "processes", "database", "no_history", "accept_clock")
"""Options of the run; all others are those of each scan."""


def done(command: Command, file: Path | None, words: dict[str, Any]) -> int:
    """One call, from the file to the exit code. Raises BadSettings and Refused."""
    from scanner.history.connect import HistoryError
    from shopwarden.operations.nightly import begun, run_of

    queued = words.pop("queue", False)
    own, given = {key: words.pop(key, None) for key in OWN}, given_options(words)
    quiet, verbose, nightly = bool(given.get("quiet")), bool(given.get("verbose")), command == "nightly"
    console.log_as(verbose=verbose)
    run = run_of(command, file, given, console.catalogue(), reading=console.settings_of, **own)
    if not quiet:
        console.warn(run.settings)
    if not quiet and (verbose or not nightly):
        for notice in run.shops.notices:
            console.complain(notice)
    if queued:
        return _put(run, quiet=quiet or (nightly and not verbose))
    try:
        with begun(run) as running:
            outcome, interrupted = _carried_out(running, quiet=quiet)
    except HistoryError as error:
        console.complain(str(error))
        return exit_codes.UNDELIVERED
    if interrupted:
        goes_on = "the next call goes on there" if running.recorded is not None else "nothing is recorded (--no-history)"
        tally = running.batch.tally
        console.complain(f"ended by Ctrl-C; done: {tally.done} of {console.shops(tally.total)}; {goes_on}")
        return exit_codes.INTERRUPTED
    if not quiet:
        _say_changes(outcome.told)
        if not nightly:
            _say_done(running)
    return exit_codes.of_run(outcome, nightly=nightly)


def _put(run: Run, *, quiet: bool) -> int:
    """Leave it to workers. Raises Refused."""
    from shopwarden.operations.errors import Refused
    from shopwarden.operations.queueing import put

    if not run.recorded:
        raise Refused("--queue needs a history, which --no-history leaves out")
    waiting = put(run)
    if not quiet:
        if waiting.resumed is not None:
            console.complain(f"the run of {waiting.resumed:%Y-%m-%d %H:%M} UTC is in the queue already and goes on")
        console.tell(f"{console.shops(waiting.shops)} {said('wait in the queue; shopwarden queue status says how far they are')}")
    return exit_codes.SCANNED


def _carried_out(running: Running, *, quiet: bool) -> tuple[Outcome, bool]:
    """Scan with a display; Ctrl-C ends it, and the next call goes on where it was. Raises HistoryError."""
    tally = running.batch.tally
    if running.resumed is not None and not quiet:
        began, count = running.resumed
        console.complain(f"the run of {began:%Y-%m-%d %H:%M} UTC goes on; done already: {console.shops(count)}")
    task, interrupted = console.watched(
        running.scan(), lambda task: task.cancel(), lambda: _progress(tally, running.run.at_once), quiet=quiet
    )
    if not task.cancelled():
        task.result()
    outcome = running.finish(interrupted=interrupted)
    for problem in outcome.problems:
        console.complain(problem)
    return outcome, interrupted


def _progress(tally: Tally, at_once: int) -> str:
    left = tally.estimate(at_once)
    words = said(f"about {console.duration(left)} to go" if left is not None else "no estimate yet")
    return f"{tally.done} / {console.shops(tally.total)} · {words}"


def _say_changes(told: Iterable[Told]) -> None:
    from reports.alerts.words import grade_of
    from reports.view.changes import summary

    for shop in told:
        events = [event for event in shop.events if event.kind != "first-look"]  # nothing has changed there yet
        if words := summary(events, spoken()):
            console.tell(f"{shop.key}: {', '.join(filter(None, (words, grade_of(shop, spoken()) if shop.moved else '')))}")


def _say_done(running: Running) -> None:
    from shopwarden.operations.file_names import OVERVIEW_PAGE

    tally = running.batch.tally
    left_out = f", {spoken().count('overview.not_scanned', len(tally.unscanned))}" if tally.unscanned else "."
    overview = said(f"The overview: {(running.run.folder / OVERVIEW_PAGE).resolve()}")
    console.tell(f"{console.shops(len(running.batch.lines))}{left_out} {overview}")
