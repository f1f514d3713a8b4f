"""``shopwarden web``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said
from shopwarden.cli.options import config_option, database_option


@click.command()
@click.option("--listen", metavar="ADDRESS:PORT", default="127.0.0.1:8484", show_default=True, help="Where the pages are served.")
@config_option
@database_option
def command(listen: str, config: Path | None, database: str | None) -> NoReturn:
    """Serve the pages on which shops are looked after in a browser.

    An address with a one-time token is printed; it opens the pages in the browser in which it is used first.
    """
    from shopwarden.web.serve import serve

    console.log_as(verbose=False)
    served = serve(listen, config, database, console.catalogue(), lambda address: console.tell(said(f"Open {address}")))
    sys.exit(exit_codes.SCANNED if served else exit_codes.DEFECT)
