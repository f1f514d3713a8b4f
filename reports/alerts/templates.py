"""A message as plain text and as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from reports.alerts.words import Line, Section, Told, Words, grade_of, name_of, standing_of
from reports.i18n.language import Language
from reports.text.page import said_in, templates
from scanner._version import __version__
from scanner.text.sanitize import sanitize

Parts = Sequence[tuple[Told, tuple[Section, ...]]]
"""Sites with their sections, in a message's order."""


def as_html(subject: str, told: Parts, words: Words, now: datetime, spoken: Language) -> str:
    """The HTML part of a mail."""
    page = templates().get_template("alert.html.j2")
    return page.render(
        subject=subject,
        told=told,
        words=words,
        day=spoken.day(now),
        version=__version__,
        name=name_of,
        grade=lambda shop: grade_of(shop, spoken),
        standing=lambda shop: standing_of(shop, spoken),
        code=spoken.code,
        **said_in(spoken),
    )


def as_text(subject: str, told: Parts, words: Words, now: datetime, spoken: Language) -> str:
    """The plain text of a message."""
    lines = [subject, ""]
    for shop, parts in told:
        lines += [
            name_of(shop),
            "  " + ", ".join(filter(None, [sanitize(shop.url, 300), grade_of(shop, spoken), standing_of(shop, spoken)])),
        ]
        for section in parts:
            lines += ["", f"  {section.heading}"]
            for line in section.lines:
                lines += _lines(line, spoken)
            if section.left_out:
                lines.append(f"  … {spoken.say('count.more', n=spoken.number(section.left_out))}")
        if shop.report:
            lines += ["", f"  {spoken.say('alert.report', link=shop.report)}"]
        lines.append("")
    sender = ", ".join(filter(None, [sanitize(words.sender, 120), sanitize(words.contact, 120)]))
    lines += ["-- ", f"{sender + ' · ' if sender else ''}shopwarden {__version__}, {spoken.day(now)}"]
    return "\n".join(lines) + "\n"


def _lines(line: Line, spoken: Language) -> Iterator[str]:
    yield f"  - {f'[{line.label}] ' if line.label else ''}{line.what}"
    yield from (f"    {place}" for place in line.places)
    if line.more_places:
        yield f"    {spoken.count('count.more_places', line.more_places)}"
    if line.more:
        yield f"    {line.more}"
    yield from (f"    {step}" for step in line.how)
    if line.link:
        yield f"    {line.link}"
