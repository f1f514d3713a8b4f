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
@click.option("--demo", is_flag=True, help="Serve the demo shop as well, and the pages with it alone; nothing is kept.")
def command(listen: str, config: Path | None, database: str | None, *, demo: bool) -> NoReturn:
    """Serve the pages on which shops are looked after in a browser.

    An address with a one-time token is printed; it opens the pages in the browser in which it is used first.
    """
    from shopwarden.operations.errors import Refused
    from shopwarden.web.serve import serve

    console.log_as(verbose=False)
    if demo and (config or database):
        raise Refused("--demo: brings a configuration and a history of its own; leave --config and --database out")
    served = _demo(listen) if demo else serve(listen, config, database, console.catalogue(), _tell)
    sys.exit(exit_codes.SCANNED if served else exit_codes.DEFECT)


def _tell(address: str) -> None:
    console.tell(said(f"Open {address}"))


def _demo(listen: str) -> bool:
    """With the weak demo shop, whose made-up names are looked up as ``shopwarden demo`` does."""
    import tempfile

    from scanner.engine.scan import Order, Progress, scan
    from scanner.gatherers.net.dns import Dns
    from scanner.results.result import ScanResult
    from shopwarden.demo import DemoShop
    from shopwarden.demo.configuration import write_configuration
    from shopwarden.demo.names import look_up
    from shopwarden.web.serve import serve

    with tempfile.TemporaryDirectory(prefix="shopwarden-demo-") as name, DemoShop(folder=Path(name)) as shop:
        config = write_configuration(shop, Path(name))

        async def look(order: Order, progress: Progress) -> ScanResult:
            dns = Dns((shop.nameserver,), anchors=shop.anchors)
            return (await scan(order, console.catalogue(), resolve=look_up, dns=dns, progress=progress)).result

        return serve(listen, config, None, console.catalogue(), _tell, look=look)
