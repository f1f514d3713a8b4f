"""``shopwarden recheck``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.options import config_option, database_option, given_options, look_options, say_options

if TYPE_CHECKING:
    from shopwarden.operations.recheck import Rechecked


@click.command()
@click.argument("site")
@click.argument("rules", metavar="[RULE]...", nargs=-1)
@config_option
@database_option
@look_options
@say_options
def command(site: str, rules: tuple[str, ...], config: Path | None, database: str | None, **words: Any) -> NoReturn:
    """Test again only what is open, and say what is fixed. Records nothing."""
    from shopwarden.operations.recheck import judged_again, recheck_of
    from shopwarden.operations.recorded import opened

    given = given_options(words)
    console.log_as(verbose=bool(given.get("verbose")))
    settings, catalogue = console.settings_of(config), console.catalogue()
    with opened(settings, database) as history:
        wanted = recheck_of(history, site, rules, settings, given, catalogue)
    if wanted.order is None:
        click.echo(f"{wanted.key}: nothing is open.")
        sys.exit(exit_codes.SCANNED)
    done, interrupted = console.scanned(wanted.order, quiet=wanted.order.options.quiet)
    result, least = done.result, wanted.order.options.fail_on
    if result.status in {"unreachable", "blocked"}:
        console.complain(f"{wanted.key}: could not be scanned. {result.because or ''}")
        sys.exit(exit_codes.INTERRUPTED if interrupted else exit_codes.NOT_SCANNED)
    again = tuple(judged_again(wanted.open, result))
    for one in again:
        _say(one)
    if interrupted:
        sys.exit(exit_codes.INTERRUPTED)
    if result.defective:
        sys.exit(exit_codes.DEFECT)
    still = least is not None and any(one.counts and one.finding.severity.rank <= least.rank for one in again)
    sys.exit(exit_codes.FOUND if still else exit_codes.SCANNED)


def _say(one: Rechecked) -> None:
    from scanner.text.sanitize import sanitize

    because = f" ({sanitize(one.because, 200)})" if one.because else ""
    title = console.catalogue().articles[one.rule].title
    click.echo(f"{one.now:11}  {one.finding.severity:8}  {title}: {sanitize(one.subject, 200)}{because}")
