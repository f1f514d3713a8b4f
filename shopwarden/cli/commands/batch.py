"""``shopwarden batch``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import run
from shopwarden.cli.options import FILE, many_options, no_history_option


@click.command()
@click.argument("file", required=False, type=FILE)
@many_options
@no_history_option
def command(file: Path | None, **words: Any) -> NoReturn:
    """Scan many shops: those in shopwarden.toml, or in a CSV file with a url column."""
    sys.exit(run.done("batch", file, words))
