"""A message as plain text and as HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reports.alerts.words import Section, Told, Words, name_of, standing_of
from reports.text.page import templates
from reports.text.words import day
from scanner._version import __version__
from scanner.rules.rule import Severity
from scanner.text.sanitize import sanitize

Parts = Sequence[tuple[Told, tuple[Section, ...]]]
"""Sites with their sections, in a message's order."""


def as_html(subject: str, told: Parts, words: Words, now: datetime) -> str:
    """The HTML part of a mail."""
    return (
        templates()
        .get_template("alert.html.j2")
        .render(
            subject=subject, told=told, words=words, day=day(now), version=__version__, severities=tuple(Severity), name=name_of
        )
    )


def as_text(subject: str, told: Parts, words: Words, now: datetime) -> str:
    """The plain text of a message."""
    lines = [subject, ""]
    for shop, parts in told:
        lines += [name_of(shop), "  " + ", ".join(filter(None, [sanitize(shop.url, 300), shop.grade, standing_of(shop)]))]
        for section in parts:
            lines += ["", f"  {section.heading}"]
            for line in section.lines:
                lines.append(f"  - {f'[{line.severity}] ' if line.severity else ''}{line.what}")
                lines += [f"    {words_}" for words_ in (line.where, line.more) if words_]
            if section.left_out:
                lines.append(f"  … and {section.left_out} more")
        if shop.report:
            lines += ["", f"  Report: {sanitize(shop.report, 300)}"]
        lines.append("")
    sender = ", ".join(filter(None, [sanitize(words.sender, 120), sanitize(words.contact, 120)]))
    lines += ["-- ", f"{sender + ' · ' if sender else ''}shopwarden {__version__}, {day(now)}"]
    return "\n".join(lines) + "\n"
