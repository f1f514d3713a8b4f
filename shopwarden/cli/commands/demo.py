"""``shopwarden demo``."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.options import FILE, given_options, json_option, people_options, quiet_option, record_option
from shopwarden.cli.summary import report

if TYPE_CHECKING:
    from shopwarden.demo import DemoShop

PAGE = Path("shopwarden-demo.html")


@click.command()
@click.option("--hardened", is_flag=True, help="Serve the same shop hardened.")
@click.option("--html", type=FILE, help=f"Write the report page here (default: ./{PAGE}).")
@json_option
@people_options
@record_option
@click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    default=50.0,
    show_default=True,
    help="Requests a second; the demo shop is on this computer.",
)
@click.option("--serve", is_flag=True, help="Only serve the shop and print how to scan it; end with Ctrl-C.")
@quiet_option
def command(hardened: bool, serve: bool, **words: Any) -> NoReturn:
    """Start the bundled weak demo shop on loopback, scan it, and write the report."""
    import tempfile

    from scanner.engine.scan import Order
    from scanner.gatherers.net.dns import Dns
    from scanner.scope.target import SERVICES, Target
    from scanner.settings.errors import BadSettings
    from scanner.settings.models import Settings, SiteSettings
    from shopwarden.demo import DemoShop
    from shopwarden.demo.configuration import NOBODY_LISTENS
    from shopwarden.demo.names import look_up
    from shopwarden.operations.report_options import check_writable, unreportable

    with (
        tempfile.TemporaryDirectory(prefix="shopwarden-demo-") as folder,
        DemoShop(hardened=hardened, folder=Path(folder)) as shop,
    ):
        if serve:
            _serve(shop)
        ports = {**dict.fromkeys(SERVICES, NOBODY_LISTENS), **shop.ports}  # this computer's own services are not the shop's
        target = Target.of(shop.url, ports=ports, resolve=shop.resolve, allow_private=True)
        about = {"url": shop.url, "name": "Petal & Stem (demo)", "backup": shop.backups, "mail": shop.mail}
        site = SiteSettings.model_validate(about)
        catalogue = console.catalogue()
        given = given_options(words)
        options = Settings().options_for(None, {**given, "ca_file": shop.ca_file})
        for option, problem in unreportable(options):
            raise BadSettings(f"--{option}: {problem}")
        check_writable(options, given)
        order = Order(target, catalogue.chosen(), options, site, Path(folder))
        done, interrupted = console.scanned(
            order, quiet=options.quiet, resolve=look_up, dns=Dns((shop.nameserver,), anchors=shop.anchors)
        )
    again = "shopwarden demo --hardened" if hardened else "shopwarden demo"
    with console.finishing() as stopped:
        from shopwarden.operations.write_reports import Reports

        written = report(Reports(done.result, catalogue, options, scan=again), options.html or PAGE, done)
    code = exit_codes.of_scan(done.result, options, delivered=written)
    sys.exit(exit_codes.INTERRUPTED if interrupted or stopped() else code)


def scan_words(shop: DemoShop) -> list[str]:
    """The command that scans a shop which is being served as ``shopwarden demo`` does. The key of its root of the DNS, and its
    backups and mail as a configuration, are written beside its certificate."""
    import tomlkit

    from scanner.scope.target import SERVICES
    from scanner.text.atomic_write import atomic_write
    from shopwarden.demo.configuration import NOBODY_LISTENS

    anchor, config = shop.ca_file.with_name("root.key"), shop.ca_file.with_name("shopwarden.toml")
    atomic_write(anchor, "".join(f". IN DS {record}\n" for record in shop.anchors))
    backups = [{key: str(value) for key, value in backup.items()} for backup in shop.backups]
    atomic_write(config, tomlkit.dumps({"site": [{"url": shop.url, "backup": backups, "mail": shop.mail}]}))
    ports = {**dict.fromkeys(SERVICES, NOBODY_LISTENS), **shop.ports}
    return [
        *("scan", shop.url, "--allow-private"),
        *(word for host, found in shop.resolve.items() for address in found for word in ("--resolve", f"{host}:{address}")),
        *(word for service, port in ports.items() for word in ("--port", f"{service}={port}")),
        *("--nameserver", ":".join(map(str, shop.nameserver)), "--trust-anchor", str(anchor)),
        *("--ca-file", str(shop.ca_file), "--config", str(config)),
    ]


def _serve(shop: DemoShop) -> NoReturn:
    """Serve the demo shop until Ctrl-C."""
    click.echo(shlex.join(["shopwarden", *scan_words(shop)]))
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        sys.exit(exit_codes.SCANNED)
