"""The end of a scan: files, then a summary on the terminal."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopwarden.cli import console
from shopwarden.cli.console import complain, printable, reader_left

if TYPE_CHECKING:
    from scanner.engine.scan import Scan
    from shopwarden.operations.write_reports import Reports


def report(reports: Reports, html_file: Path | None, scan: Scan | None = None) -> bool:
    """Write every file that was asked for, then the summary. Whether all could be written. scan: for its evidence."""
    from reports.formats.terminal import ending, text
    from shopwarden.operations.report_options import STDOUT
    from shopwarden.operations.write_reports import write_recorded

    options = reports.options
    to_stdout = options.json_ == STDOUT
    if to_stdout:
        click.echo(reports.json, nl=False)
    problems = [
        *(["stdout: its reader went away before the end of the JSON"] if to_stdout and reader_left() else []),
        *reports.write(html_file),
    ]
    if scan is not None and options.record is not None and (problem := write_recorded(scan, options.record)):
        problems.append(problem)
    for problem in problems:
        complain(problem)
    if not options.quiet:
        color = printable(err=to_stdout) and not options.no_color
        click.echo(text(reports.view, color=color, width=shutil.get_terminal_size().columns), nl=False, err=to_stdout)
        lies_at = str(html_file.resolve()) if html_file is not None and html_file.is_file() else None
        goes_on = replace(reports.view, again=console.as_called(reports.view.again))
        if last := ending(goes_on, lies_at, width=console.terminal_width(err=to_stdout)):
            click.echo(last, err=to_stdout)
    return not problems
