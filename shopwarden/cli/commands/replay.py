"""``shopwarden replay``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.options import FILE, given_options, scan_options
from shopwarden.cli.summary import report


@click.command()
@click.argument("folder", type=FILE)
@scan_options
def command(folder: Path, config: Path | None, **words: Any) -> NoReturn:
    """Judge recorded evidence again, offline."""
    from scanner.engine.recording import BadRecording, read_recording
    from scanner.engine.replay import result_of
    from scanner.evidence import OwnersRecord
    from shopwarden.operations.errors import Refused
    from shopwarden.operations.order import order_of
    from shopwarden.operations.report_options import check_writable
    from shopwarden.operations.write_reports import Reports

    settings, catalogue, given = console.settings_of(config), console.catalogue(), given_options(words)
    try:
        recording = read_recording(folder, catalogue.gatherers)
        order = order_of(recording.url, settings, given, catalogue, rules=recording.rules)
        console.log_as(verbose=order.options.verbose)
        result = result_of(recording, order, catalogue)
    except BadRecording as error:
        raise Refused(str(error)) from error
    check_writable(order.options, given)
    own = recording.gathered.get(OwnersRecord)
    owner = own if isinstance(own, OwnersRecord) else None  # in which nobody has a name
    written = report(Reports(result, catalogue, order.options, settings.agency, owner=owner), order.options.html)
    sys.exit(exit_codes.of_scan(result, order.options, delivered=written))
