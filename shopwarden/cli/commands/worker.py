"""``shopwarden worker``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import console
from shopwarden.cli.options import config_option, database_option


@click.command()
@click.option("--processes", type=click.IntRange(1, 256), help="Processes at the same time (the computer's cores).")
@click.option("--at-once", type=click.IntRange(1, 256), help="Shops at the same time, in each of them (4).")
@config_option
@database_option
@click.option("--verbose", is_flag=True, help="Print our own log as well.")
@click.option("--parent", type=int, hidden=True, help="The process that started this one.")
def command(config: Path | None, database: str | None, verbose: bool, **words: Any) -> NoReturn:
    """Take shops out of the queue in PostgreSQL and scan them, until SIGTERM.

    Runs are put there by batch and nightly with --queue, on this computer or another one; a worker has the same configuration.
    """
    from shopwarden.operations.keep import database_of
    from shopwarden.operations.queueing import opened
    from shopwarden.operations.work import many, one

    console.log_as(verbose=verbose)
    settings = console.settings_of(config)
    at_once = words["at_once"] or settings.nightly.at_once
    with opened(database_of(settings, database)) as (history, _):
        if words["parent"] is not None or words["processes"] == 1:
            sys.exit(one(settings, console.catalogue(), history, config=config, at_once=at_once, parent=words["parent"]))
    again = [("--config", config), ("--database", database), ("--at-once", at_once)]
    given = [word for name, value in again if value is not None for word in (name, str(value))]
    sys.exit(many(words["processes"], [*given, *(["--verbose"] if verbose else [])]))
