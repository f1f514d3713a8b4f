"""``shopwarden check-config``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said
from shopwarden.cli.options import FILE, config_option, database_option


@click.command("check-config")
@click.argument("file", required=False, type=FILE)
@config_option
@database_option
@click.option("--send-test", is_flag=True, help="Send each receiver of alerts one test message.")
def command(file: Path | None, config: Path | None, database: str | None, send_test: bool) -> NoReturn:
    """Read the configuration, try every backup, database and mail login, and say what works.

    FILE: as nightly takes it. Nothing is scanned, and nobody is told anything unless --send-test is given.
    """
    from shopwarden.operations.check_config import State, try_all
    from shopwarden.operations.nightly import run_of

    console.log_as(verbose=False)
    run = run_of("nightly", file, {}, console.catalogue(), config=config, database=database, reading=console.settings_of)
    for notice in run.shops.notices:
        console.complain(notice)
    console.warn(run.settings)
    receivers = len(run.post.receivers) if run.post else 0
    console.tell(f"{console.shops(len(run.orders))}, {said(f'{receivers} to tell. All of it can be read.')}")
    failed, states = False, {state: said(state) for state in State}
    width = max(map(len, states.values()))
    for tried in try_all(run, send_test=send_test):
        words = ": ".join(filter(None, (said(tried.what), said(tried.how))))
        console.tell(f"{states[tried.state]:{width}}  {words}")
        failed = failed or tried.state is State.FAILED
    sys.exit(exit_codes.UNDELIVERED if failed else exit_codes.SCANNED)
