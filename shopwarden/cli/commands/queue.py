"""``shopwarden queue``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said
from shopwarden.cli.options import config_option, database_option, together

if TYPE_CHECKING:
    from scanner.history.queue import Standing

_where_options = together(config_option, database_option)


@click.group()
def command() -> None:
    """Say how far the runs are that batch and nightly put into the queue (--queue); pause or cancel one."""


@command.command()
@_where_options
def status(config: Path | None, database: str | None) -> NoReturn:
    """Say how far the runs are: shops that wait, are looked at, are done or have failed."""
    from shopwarden.operations.keep import database_of
    from shopwarden.operations.queueing import standing

    runs = standing(database_of(console.settings_of(config), database))
    if not runs:
        console.tell(said("No run is in the queue."))
    else:
        heading = ("run", "command", "begun", "state", "waiting", "running", "done", "failed", "cancelled", "a minute", "oldest")
        console.table([said(word) for word in heading], [_row(one) for one in runs])
        for one in runs:
            for site, because in one.troubles:
                console.tell(f"  {one.run.id[:8]}  {site}: {said(because)}")
    sys.exit(exit_codes.SCANNED)


@command.command()
@click.argument("run", required=False)
@click.option("--off", is_flag=True, help="Go on with it.")
@_where_options
def pause(run: str | None, off: bool, config: Path | None, database: str | None) -> NoReturn:
    """Begin no further shop of a run. RUN: the beginning of its id; left out, the only one there is."""
    from shopwarden.operations.keep import database_of
    from shopwarden.operations.queueing import chosen, opened

    with opened(database_of(console.settings_of(config), database)) as (_, queue):
        found = chosen(queue, run)
        (queue.go_on if off else queue.pause)(found.id)
    console.tell(f"{found.id[:8]}: {said('goes on') if off else said('paused; shopwarden queue pause --off goes on with it')}")
    sys.exit(exit_codes.SCANNED)


@command.command()
@click.argument("run", required=False)
@_where_options
def cancel(run: str | None, config: Path | None, database: str | None) -> NoReturn:
    """Look at no further shop of a run; what was found is told. RUN: the beginning of its id; left out, the only one there is."""
    from shopwarden.operations.keep import database_of
    from shopwarden.operations.queueing import chosen, opened

    with opened(database_of(console.settings_of(config), database)) as (_, queue):
        found = chosen(queue, run)
        left = queue.cancel(found.id)
    console.tell(f"{found.id[:8]}: {said('cancelled; not looked at')}: {console.shops(left)}")
    sys.exit(exit_codes.SCANNED)


def _row(one: Standing) -> tuple[str, ...]:
    counts = (one.waiting, one.running, one.done, one.failed, one.cancelled)
    oldest = console.duration(one.oldest) if one.oldest is not None else "-"
    begun = f"{one.run.started:%Y-%m-%d %H:%M}"
    return one.run.id[:8], one.run.command, begun, said(one.run.state), *map(str, counts), f"{one.a_minute:.1f}", oldest
