"""Tickets: one a problem, whole, and nothing in them that a shop wrote acts as markup."""

from __future__ import annotations

import json

import pytest

from reports.formats.tickets import MOST_BODY, MOST_TITLE, tickets
from reports.view.build import view_of
from tests.reports.samples import ARTICLES, SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_each_open_problem_is_one_ticket_on_either_side(name: str) -> None:
    view = view_of(SAMPLES[name], ARTICLES)
    made = json.loads(tickets(view))
    cards = [card for group in view.groups for card in group.cards]
    jira = [one["fields"] for one in made["jira"]["issueUpdates"]]
    assert len(made["github"]) == len(jira) == len(cards)
    for card, here, there in zip(cards, made["github"], jira, strict=True):
        assert here["title"] == there["summary"]
        assert len(here["title"]) <= MOST_TITLE
        assert len(there["description"]) <= MOST_BODY + 500
        assert here["labels"] == ["shopwarden", f"severity: {card.severity}"]
        assert not any(" " in label for label in there["labels"]), "Jira takes no blanks in labels"
        assert here["body"].endswith(f"`shopwarden {view.address.text} {card.rule}`")
        assert there["description"].count("{noformat}") == 2


def test_markup_of_jira_in_what_a_shop_wrote_stays_words() -> None:
    text = tickets(view_of(SAMPLES["hostile"], ARTICLES))
    assert "\u202e" not in text
    (first, *_) = json.loads(text)["jira"]["issueUpdates"]
    assert first["fields"]["description"].startswith("{noformat}\n")


def test_they_are_the_same_for_the_same_scan_whenever() -> None:
    assert tickets(view_of(SAMPLES["weak"], ARTICLES)) == tickets(view_of(SAMPLES["weak"], ARTICLES))
