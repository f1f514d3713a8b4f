"""What is wrong with the options of reports, found before the scan. Imports none of the reports: a scan starts without them."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from pathlib import Path

from reports.formats.pdf import PdfError, check_pdf
from reports.i18n.language import UnknownLanguage, language
from scanner.settings.options import ScanOptions
from shopwarden.operations.errors import Refused

STDOUT = "-"
"""In place of a file's name, for JSON."""


def unreportable(options: ScanOptions) -> Iterator[tuple[str, str]]:
    """What no report can be made with: an unknown language, an extra that is missing. (option, problem)."""
    try:
        language(options.language)
    except UnknownLanguage as error:
        yield "language", str(error)
    try:
        if options.pdf is not None:
            check_pdf()
    except PdfError as error:
        yield "pdf", str(error)


def check_writable(options: ScanOptions, given: Container[str]) -> None:
    """Find out before the scan, not after five minutes of it, that a file cannot be written. Raises Refused.

    given: what the command line says, where an option without the one that it is about is a mistake; a configuration may say it
    for the shops that have both.
    """
    if "pdf_full" in given and options.pdf is None:
        raise Refused("--pdf-full: says what the PDF holds; --pdf FILE says where it goes")
    if options.json_ == "":
        raise Refused("--json: needs the name of a file, or - for stdout")
    tables = [options.sarif, options.junit, options.csv, options.tickets]
    files = [options.html, json_file(options), *tables, options.markdown, options.pdf, options.ics]
    for file in filter(None, files):
        folder = file.parent
        if file.is_dir():
            raise Refused(f"{file}: is a folder; give a file name")
        if not folder.is_dir():
            raise Refused(f"{file}: there is no folder {folder}")
        if not os.access(file if file.exists() else folder, os.W_OK):
            raise Refused(f"{file}: cannot be written here; choose another place")
    for option, into in (("--record", options.record), ("--fixes", options.fixes)):
        if into is not None and into.exists() and not into.is_dir():
            raise Refused(f"{option} {into}: is a file; give a folder")


def json_file(options: ScanOptions) -> Path | None:
    """The file for JSON; None where none was asked for, or stdout."""
    return Path(options.json_) if options.json_ not in {None, STDOUT} else None
