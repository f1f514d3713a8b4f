"""``shopwarden rules``: the catalogue, and one rule explained."""

from __future__ import annotations

from tests.command_line import shopwarden


def test_rules_lists_and_explains() -> None:
    listed = shopwarden("rules")
    assert "hsts-missing" in listed.output
    explained = shopwarden("rules", "hsts-missing")
    assert "## How to fix it" in explained.output
    assert "Not tried on a real server: IIS runs on Windows only.\n\n```xml\n" in explained.output
    assert "unproven" not in explained.output
