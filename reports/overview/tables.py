"""A run over many shops as a spreadsheet and as JSON."""

from __future__ import annotations

import json

from reports.text.tables import csv_table
from scanner.history.run_summary import Overview, ShopLine, kinds
from scanner.text.sanitize import sanitize, sanitize_json

_COLUMNS = (
    "site", "name", "url", "status", "grade", "provisional", "score", "critical", "high", "medium", "low", "info",
    "new", "fixed", "came_back", "report", "because",
)  # fmt: skip


def _row(line: ShopLine) -> dict[str, str | int | None]:
    """A shop. What people named it, and what it answered, stands here as it may be shown."""
    counted = kinds(line.changes)
    return {
        "site": line.key,
        "name": sanitize(line.name),
        "url": line.url,
        "status": line.status,
        "grade": line.grade,
        "provisional": line.provisional,
        "score": line.score,
        **dict(zip(("critical", "high", "medium", "low", "info"), line.problems, strict=True)),
        "new": counted.get("new", 0),
        "fixed": counted.get("fixed", 0),
        "came_back": counted.get("came-back", 0),
        "report": line.report,
        "because": sanitize(line.trouble or line.because or line.ungraded),
    }


def _more(line: ShopLine) -> dict[str, str | list[str | None] | None]:
    """What a spreadsheet has no column for."""
    return {
        "trend": list(line.trend),
        "backup": line.backup,
        "last_scan": line.last.isoformat() if line.last else None,
    }


def as_csv(overview: Overview) -> str:
    """The run as a spreadsheet: one line a shop."""
    return csv_table(_COLUMNS, ([row[column] for column in _COLUMNS] for row in map(_row, overview.lines)))


def as_json(overview: Overview) -> str:
    """The run for programs."""
    shops = [{**_row(line), **_more(line)} for line in overview.lines]
    whole = {
        "schema": "shopwarden/batch/1",
        "started": overview.started.isoformat(),
        "finished": overview.finished.isoformat(),
        "shops": shops,
    }
    return sanitize_json(json.dumps(whole, ensure_ascii=False, indent=2)) + "\n"
