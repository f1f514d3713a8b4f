"""Tables for spreadsheets: CSV (RFC 4180) in which no cell can be taken for a formula. The one place where we write any."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from scanner.text.sanitize import sanitize

LONGEST_CELL = 30_000
"""Characters; spreadsheets hold 32,767 in one."""
_FORMULA = frozenset("=+-@\N{MINUS SIGN}")
_QUOTES = frozenset("\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}")
_PIECE = re.compile(r"[^;\t\r\n]+")


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """The table with a line of headings. None is an empty cell; a cell may have several lines.

    Text stands without what an eye does not see or a terminal obeys, and as text: nothing in it is calculated.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(sanitize(cell, LONGEST_CELL, lines=True)) if isinstance(cell, str) else cell for cell in row])
    return written.getvalue()


def harmless(cell: str) -> str:
    """A cell that every spreadsheet shows and none calculates: an apostrophe stands where a formula would begin (OWASP, "CSV
    Injection").

    A formula may stand behind blanks, quotes and what is not seen, and in full-width characters. Spreadsheets that separate by
    semicolons or tabs, or that lose count of the quotes, begin another cell in the middle of one: there likewise.
    """
    guarded = _PIECE.sub(lambda piece: f"'{piece[0]}" if _is_formula(piece[0]) else piece[0], cell)
    return f"'{guarded}" if guarded[:1] in {"\t", "\r", "\n"} else guarded


def _is_formula(text: str) -> bool:
    first = next((character for character in text if not _passed_over(character)), "")
    return unicodedata.normalize("NFKC", first)[:1] in _FORMULA


def _passed_over(character: str) -> bool:
    return unicodedata.category(character)[0] in "CZ" or character in _QUOTES
