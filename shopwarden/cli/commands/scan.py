"""``shopwarden scan``."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said
from shopwarden.cli.options import OneShop, accept_clock_option, database_option, given_options, no_history_option, scan_options
from shopwarden.cli.summary import report


@click.command(cls=OneShop)
@click.argument("url")
@scan_options
@database_option
@no_history_option
@accept_clock_option
def command(url: str, config: Path | None, database: str | None, *, accept_clock: bool, **words: Any) -> NoReturn:
    """Scan one shop, write its remediation page, and say what changed since last time."""
    from shopwarden.operations.again import command_for
    from shopwarden.operations.file_names import file_stem
    from shopwarden.operations.keep import Kept, database_of, keep, seed_of
    from shopwarden.operations.order import order_of
    from shopwarden.operations.report_options import check_writable

    settings, catalogue = console.settings_of(config), console.catalogue()
    given, named = given_options(words), database
    order = order_of(url, settings, given, catalogue)
    options, database = order.options, database_of(settings, named)
    console.log_as(verbose=options.verbose)
    check_writable(options, given)
    if not options.quiet:
        console.warn(settings)
    if not options.no_history:
        order = replace(order, seed=seed_of(database))
    done, interrupted = console.scanned(order, quiet=options.quiet, color=not options.no_color)
    with console.finishing() as stopped:
        from scanner.evidence import OwnersRecord
        from scanner.gatherers.owner.register import record_of
        from shopwarden.operations.write_reports import Reports

        if done.order.typed is not None and not options.quiet:
            console.tell(said(f"{order.target.url} leads to {done.order.target.url}, which was scanned."), err=True)
        kept = (
            Kept(done.result) if options.no_history else keep(database, done.result, catalogue.rules, accept_clock=accept_clock)
        )
        if kept.problem:
            console.complain(f"this scan is not kept in the history: {kept.problem} (or use --no-history)")
        again, recorded = (
            partial(command_for, given=given, config=config, database=named),
            not (options.no_history or kept.problem),
        )
        recheck = again("recheck", order.key) if recorded else ""
        own = done.gathered.get(OwnersRecord)
        reports = Reports(
            kept.result,
            catalogue,
            options,
            settings.agency,
            kept.trend,
            recheck,
            again("scan", order.asked.url),
            own if isinstance(own, OwnersRecord) else record_of(order.site, kept.result.started),
        )
        written = report(reports, options.html or Path(f"{file_stem(order.key)}.html"), done)
    delivered = written and not kept.problem
    code = exit_codes.of_scan(done.result, options, delivered=delivered)
    sys.exit(exit_codes.INTERRUPTED if interrupted or stopped() else code)
