"""A run over many shops as a spreadsheet and as JSON."""

from __future__ import annotations

import csv
import io
import json

from scanner.history.run_summary import Overview, ShopLine, kinds

_COLUMNS = (
    "site", "name", "url", "status", "grade", "provisional", "score", "critical", "high", "medium", "low", "info",
    "new", "fixed", "came_back", "report", "because",
)  # fmt: skip


def _row(line: ShopLine) -> dict[str, object]:
    counted = kinds(line.changes)
    return {
        "site": line.key,
        "name": line.name,
        "url": line.url,
        "status": line.status,
        "grade": line.grade,
        "provisional": line.provisional,
        "score": line.score,
        **dict(zip(("critical", "high", "medium", "low", "info"), line.counts, strict=True)),
        "new": counted.get("new", 0),
        "fixed": counted.get("fixed", 0),
        "came_back": counted.get("came-back", 0),
        "report": line.report,
        "because": line.problem or line.because,
    }


def as_csv(overview: Overview) -> str:
    """The run as a spreadsheet: one line a shop."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in overview.lines:
        row = _row(line)
        writer.writerow([_cell(row[column]) for column in _COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe before it."""
    shown = "" if value is None else str(value).replace("\0", "")
    return "'" + shown if shown.startswith(("=", "+", "-", "@", "\t", "\r")) else shown


def as_json(overview: Overview) -> str:
    """The run for programs."""
    shops = [_row(line) | {"trend": list(line.trend)} for line in overview.lines]
    whole = {
        "schema": "shopwarden/batch/1",
        "started": overview.started.isoformat(),
        "finished": overview.finished.isoformat(),
        "shops": shops,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
