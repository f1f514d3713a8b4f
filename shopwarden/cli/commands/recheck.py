"""``shopwarden recheck``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said, spoken
from shopwarden.cli.options import config_option, database_option, given_options, look_options, say_options

if TYPE_CHECKING:
    from shopwarden.operations.recheck import Problem

MOST_NAMED = 3


@click.command()
@click.argument("site")
@click.argument("rules", metavar="[RULE]...", nargs=-1)
@config_option
@database_option
@look_options
@say_options
def command(site: str, rules: tuple[str, ...], config: Path | None, database: str | None, **words: Any) -> NoReturn:
    """Test again only what is open, and say what is fixed. Records nothing."""
    from shopwarden.operations.recheck import by_problem, judged_again, recheck_of
    from shopwarden.operations.recorded import opened

    given = given_options(words)
    console.log_as(verbose=bool(given.get("verbose")))
    settings, catalogue = console.settings_of(config), console.catalogue()
    with opened(settings, database) as history:
        wanted = recheck_of(history, site, rules, settings, given, catalogue)
    if wanted.order is None:
        console.tell(said(f"{wanted.key}: nothing is open."))
        sys.exit(exit_codes.SCANNED)
    done, interrupted = console.scanned(wanted.order, quiet=wanted.order.options.quiet)
    result, least = done.result, wanted.order.options.fail_on
    if result.status in {"unreachable", "blocked"}:
        console.complain(f"{wanted.key}: could not be scanned. {result.because or ''}")
        sys.exit(exit_codes.INTERRUPTED if interrupted else exit_codes.NOT_SCANNED)
    again = tuple(judged_again(wanted.open, result))
    for problem in by_problem(again):
        _say(problem)
    if interrupted:
        sys.exit(exit_codes.INTERRUPTED)
    if result.defective:
        sys.exit(exit_codes.DEFECT)
    still = least is not None and any(one.counts and one.finding.severity.rank <= least.rank for one in again)
    sys.exit(exit_codes.FOUND if still else exit_codes.SCANNED)


def _say(one: Problem) -> None:
    """One line a problem."""
    from scanner.text.sanitize import sanitize

    where = ", ".join(sanitize(subject, 200) for subject in one.subjects[:MOST_NAMED])
    words = spoken()
    left_out = words.number(len(one.subjects) - MOST_NAMED)
    more = f" {words.say('count.more', n=left_out)}" if len(one.subjects) > MOST_NAMED else ""
    remarks = [said(f"{one.fixed} of {one.of} fixed") if 0 < one.fixed < one.of else "", said(sanitize(one.because, 200))]
    because = f" ({'; '.join(filter(None, remarks))})" if any(remarks) else ""
    title = words.article(console.catalogue().articles[one.rule])[0].title.replace("`", "")
    width = max(len(said(now)) for now in type(one.now))
    console.tell(f"{said(one.now):{width}}  {console.severity(one.severity)}  {title}: {where}{more}{because}")
