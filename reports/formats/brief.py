"""The report on two sheets of paper for the owner: grade, what to fix first, what changed, all problems, a letter to the host.

A page like the whole one (``html``), made to be printed; the whole report is for whoever mends.
"""

from __future__ import annotations

from importlib.resources import files

from reports.text.page import said_in, sealed, style_sheet, templates
from reports.view.model import ReportView

MOST_ROWS = 40
"""Problems in the table; the rest is counted."""
MOST_CHANGES = 3
"""Changes of each kind."""


def brief(view: ReportView) -> str:
    """The page, complete, under the same policy as the whole one. What does not fit into a line is cut there."""
    own = files("reports").joinpath("assets/brief.css").read_text(encoding="utf-8")
    sheet, policy = sealed(style_sheet(view.brand) + own)
    page = templates().get_template("brief.html.j2")
    cards = [card for group in view.groups for card in group.cards]
    return page.render(
        view=view,
        style=sheet,
        policy=policy,
        cards=cards[:MOST_ROWS],
        left=len(cards[MOST_ROWS:]),
        most_changes=MOST_CHANGES,
        **said_in(view.language),
    )
