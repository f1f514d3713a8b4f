"""The report page's content as Markdown (CommonMark), for a ticket, a wiki or a mail.

The articles' words are Markdown already; what came from the shop stands in code or is escaped, so that nothing in it acts as
Markdown or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reports.view import Card, Evidence, Lines, Location, ReportView
from reports.words import counted

_MARKS = re.compile(r"([\\`*_\[\]<>#|~&!@:])")
_STARTS = re.compile(r"\A(\d*)([-+=.)])")
_TICKS = re.compile("`+")


def markdown_(view: ReportView) -> str:
    """The report, ending with a newline."""
    blocks = (block for block in _blocks(view) if block)
    return "\n\n".join(blocks) + "\n"


def code(text: str) -> str:
    """Text as a code span (CommonMark 6.1), whatever it holds; empty text stays empty."""
    line = " ".join(text.split())
    if not line:
        return ""
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(text: str, language: str = "text") -> str:
    """Text as a fenced block that nothing in it can close."""
    fence = "`" * max(3, max((len(ticks) for ticks in _TICKS.findall(text)), default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def words(text: str) -> str:
    """Plain words, with everything escaped that Markdown would read as a mark, a link or HTML."""
    text = _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", " ".join(text.split())))
    return text.replace("www.", r"www\.")


def _blocks(view: ReportView) -> Iterator[str]:
    yield f"# {words(view.name)}: security report"
    yield "\n".join(_head(view))
    yield f"**{words(view.sentence)}**"
    yield words(view.because)
    if view.elsewhere:
        yield f"The address leads to {code(view.elsewhere)}."
    yield words(view.advice)
    yield from (f"> {words(note)}" for note in view.notes)
    if view.first:
        yield "## Fix these first"
        yield "\n".join(
            f"{number}. **{step.severity}** {words(step.title)}: {code(step.where)}"
            + (f" and {step.more:,} more" if step.more else "")
            for number, step in enumerate(view.first, 1)
        )
    for group in view.groups:
        yield f"## {group.severity.capitalize()}: {counted(group.count, 'finding')}"
        yield words(group.means)
        for card in group.cards:
            yield from _card(card)
    if view.accepted:
        yield "## Accepted risks"
        yield "\n".join(
            f"- {words(risk.title)} ({risk.severity}), {code(risk.subject)}: {words(risk.reason)}; until {risk.until}"
            for risk in view.accepted
        )
    yield from _lists("Could not be checked", view.unchecked_count, view.unchecked, good=False)
    yield from _lists("Passed", view.passed_count, view.passed, good=True)
    yield from _lists("Does not apply", view.not_applicable_count, view.not_applicable, good=False)
    yield "## What we asked for"
    asked = ", ".join(f"{name} {number:,}" for name, number in view.asked)
    yield f"{asked or 'Nothing'}; {view.received} received in {view.duration}. {words(view.politeness)}"


def _head(view: ReportView) -> Iterator[str]:
    yield f"- Address: {_location(view.address)}"
    if view.grade:
        yield f"- Grade: **{view.grade.letter}** ({view.grade.score} of 100{', provisional' if view.grade.provisional else ''})"
    else:
        yield f"- Grade: none ({view.status})"
    yield "- " + ", ".join(f"{count:,} {severity}" for severity, count in view.counts) + f", {view.passed_count:,} passed"
    if view.platform:
        yield f"- Software: {code(view.platform)}"
    if view.server:
        yield f"- Web server: {code(view.server)}"
    yield f"- Scanned: {view.date}, by shopwarden {code(view.tool_version)}, data as of {code(view.data_as_of)}"
    if view.authorised_by:
        yield f"- Authorised by: {words(view.authorised_by)}"
    if view.brand:
        yield f"- For you by: {words(view.brand.name)}"


def _card(card: Card) -> Iterator[str]:
    yield f"### {words(card.title)}"
    cost = f" · {counted(card.points, 'point')}" if card.points else ""
    yield f"{card.severity} · {words(card.area)} · `{card.rule}`{cost}"
    yield from (f"The acceptance of this risk ran out on {day}." for day in card.ran_out)
    for evidence in card.findings:
        yield from _evidence(evidence)
    if card.more:
        yield f"and {counted(card.more, 'more finding')}"
    yield card.why
    yield f"When it is good: {card.good}" if card.good else ""
    for fix in (*card.fixes, *card.other_fixes):
        yield f"#### How to fix it: {words(fix.where)}{f' ({fix.yours})' if fix.yours else ''}"
        yield fix.markdown
    yield "#### How to verify"
    yield card.verify
    yield "#### Ask your host"
    yield fenced(card.mail)
    yield "#### References" if card.references else ""
    yield card.references


def _evidence(evidence: Evidence) -> Iterator[str]:
    sure = "" if evidence.confidence == "certain" else f" ({evidence.confidence})"
    yield f"**What we saw:** {code(evidence.subject)}{sure}"
    yield fenced(evidence.shown) if evidence.shown else ""
    lines = [f"- {_location(location)}" for location in evidence.locations]
    if evidence.more_locations:
        lines.append(f"- and {evidence.more_locations:,} more")
    yield "\n".join(lines)


def _location(location: Location) -> str:
    """A clean web address as a link; anything else as code."""
    return f"<{location.link}>" if location.link else code(location.text)


def _lists(title: str, count: int, lists: Iterable[Lines], *, good: bool) -> Iterator[str]:
    if not count:
        return
    yield f"## {title}: {counted(count, 'check')}"
    for group in lists:
        yield f"**{words(group.heading)}**"
        yield "\n".join(
            f"- {line.good if good and line.good else words(line.title)}" + (f" ({words(line.because)})" if line.because else "")
            for line in group.lines
        )
