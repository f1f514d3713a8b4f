"""The result as CSV (RFC 4180, UTF-8): one row a finding, and one a rule that found nothing."""

from __future__ import annotations

import csv
import io
import re

from reports.formats.rows import Row, rows
from reports.view.model import ReportView
from scanner.results.result import ScanResult

COLUMNS = (
    "site", "scanned", "rule", "area", "severity", "title", "verdict", "because", "subject", "shown", "locations", "confidence",
    "accepted", "accepted until", "id",
)  # fmt: skip
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def csv_(view: ReportView, result: ScanResult) -> str:
    """The table with a line of headings; several locations stand in one cell, one a line.

    A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, "CSV Injection").
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    scanned = result.started.isoformat(timespec="seconds")
    for row in rows(view, result):
        writer.writerow([harmless(cell) for cell in (view.host, scanned, *_cells(row))])
    return written.getvalue()


def harmless(cell: str) -> str:
    """A cell that every spreadsheet shows and none calculates."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.rule.id,
        row.rule.area,
        str(row.rule.severity),
        row.title,
        row.kind,
        row.because,
        row.subject,
        row.shown,
        "\n".join(row.locations),
        row.confidence,
        row.accepted,
        row.until,
        row.id,
    )
