"""The result as CSV (RFC 4180, UTF-8): one row a finding, and one a rule that found nothing."""

from __future__ import annotations

from reports.formats.rows import Row, rows
from reports.text.tables import csv_table
from reports.view.model import ReportView
from scanner.results.result import ScanResult

COLUMNS = (
    "site", "scanned", "rule", "area", "severity", "title", "verdict", "because", "subject", "shown", "locations", "confidence",
    "accepted", "accepted until", "id", "cwe", "owasp", "asvs", "pci_dss", "gdpr",
)  # fmt: skip


def csv_(view: ReportView, result: ScanResult) -> str:
    """The table with a line of headings; several locations stand in one cell, one a line."""
    scanned = result.started.isoformat(timespec="seconds")
    return csv_table(COLUMNS, ((view.host, scanned, *_cells(row)) for row in rows(view, result)))


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
        *(", ".join(entries) for _, entries in row.standards.each()),
    )
