"""``shopwarden plan``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from shopwarden.cli import console
from shopwarden.cli.language import said
from shopwarden.cli.options import OneShop, given_options, scan_options


@click.command(cls=OneShop)
@click.argument("url")
@scan_options
def command(url: str, config: Path | None, **words: Any) -> None:
    """Say what a scan would send, without sending it."""
    from scanner.engine.plan import plan_text
    from shopwarden.operations.order import order_of

    catalogue = console.catalogue()
    order = order_of(url, console.settings_of(config), given_options(words), catalogue)
    console.tell(plan_text(order, catalogue, datetime.now(UTC).date(), said).rstrip("\n"))
