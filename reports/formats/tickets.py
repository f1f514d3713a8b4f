"""The open problems as tickets, one each, for whoever sends them himself: nothing is sent here.

``github`` holds what ``POST /repos/OWNER/REPOSITORY/issues`` takes, one call each; ``jira`` what ``POST /rest/api/2/issue/bulk``
takes once each ticket's fields name a project.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from reports.formats.markdown import card_blocks
from reports.view.model import Card, ReportView
from scanner.text.sanitize import sanitize, sanitize_json

SCHEMA = "shopwarden/tickets/1"
MOST_TITLE = 250
"""GitHub takes 256 characters, Jira 255."""
MOST_BODY = 30_000
"""Jira takes 32,767 characters, GitHub more."""
_LITERAL = "{noformat}"


def tickets(view: ReportView) -> str:
    """The document, ending with a newline."""
    made = list(_each(view))
    document = {
        "schema": SCHEMA,
        "shop": view.address.text,
        "github": [
            {"title": title, "body": body, "labels": ["shopwarden", f"severity: {card.severity}"]} for card, title, body in made
        ],
        "jira": {
            "issueUpdates": [
                {
                    "fields": {
                        "summary": title,
                        "description": _literal(body),
                        "issuetype": {"name": "Task"},
                        "labels": ["shopwarden", f"severity-{card.severity}", card.rule],
                    }
                }
                for card, title, body in made
            ]
        },
    }
    return sanitize_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def _each(view: ReportView) -> Iterator[tuple[Card, str, str]]:
    """Each problem with its title and its text in Markdown, the worst first."""
    for group in view.groups:
        for card in group.cards:
            # by this line a later run finds the ticket that there is already
            mark = f"`shopwarden {view.address.text} {card.rule}`"
            body = "\n\n".join(filter(None, card_blocks(card, view.language)))
            if len(body) > MOST_BODY:
                body = f"{body[:MOST_BODY]}…"
            yield card, sanitize(f"{view.name}: {card.title}", MOST_TITLE), f"{body}\n\n{mark}"


def _literal(body: str) -> str:
    """For Jira, whose markup (links, pictures, macros) a shop's words could otherwise be."""
    return f"{_LITERAL}\n{body.replace(_LITERAL, '{ noformat }')}\n{_LITERAL}"
