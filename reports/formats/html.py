"""The report as one self-contained HTML page: nothing is loaded, nothing is run, the same view gives the same bytes."""

from __future__ import annotations

from reports.text.markdown import to_html
from reports.text.page import said_in, sealed, style_sheet, templates
from reports.view.model import ReportView


def html(view: ReportView) -> str:
    """The page, complete. Its Content-Security-Policy allows its own style sheet and ``data:`` images, and nothing else."""
    sheet, policy = sealed(style_sheet(view.brand))
    page = templates().get_template("report.html.j2")
    words = said_in(view.language) | {"markdown": lambda text, code: to_html(text, view.language, code)}
    return page.render(view=view, style=sheet, policy=policy, **words)
