"""``shopwarden nightly``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import run
from shopwarden.cli.options import FILE, many_options


@click.command()
@click.argument("file", required=False, type=FILE)
@many_options
def command(file: Path | None, **words: Any) -> NoReturn:
    """Scan many shops, compare with what was known, and tell what changed: what cron calls. Silent where nothing did."""
    sys.exit(run.done("nightly", file, words))
