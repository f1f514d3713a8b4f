"""The lines of ``shopwarden.toml`` that accept a risk: to be copied as they stand, but for the reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from scanner.results.result import OpenFinding

DAYS = 90
"""After so many days the owner is asked again."""
MOST_ENTRIES = 5
"""Findings that are named one by one; more of them are accepted by their rule."""


def lines_to_accept(found: Sequence[OpenFinding], today: date, reason: str) -> str:
    """``[[site.accepted]]`` entries for the open findings of one rule. reason: what the owner is asked to fill in."""
    until = today + timedelta(days=DAYS)
    subjects: list[str | None] = [finding.finding.subject for finding in found]
    if len(subjects) > MOST_ENTRIES:
        subjects = [None]
    return "\n".join(_entry(found[0].rule.id, subject, reason, until) for subject in subjects)


def _entry(rule: str, subject: str | None, reason: str, until: date) -> str:
    lines = ["[[site.accepted]]", f"rule = {_string(rule)}"]
    lines += [f"subject = {_string(subject)}"] if subject is not None else []
    return "\n".join([*lines, f"reason = {_string(reason)}", f"until = {until.isoformat()}", ""])


def _string(text: str) -> str:
    """A basic string of TOML 1.0; whatever an eye would not see stands as an escape."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04X}" if ord(character) < 0x10000 else f"\\U{ord(character):08X}"
