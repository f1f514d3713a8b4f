"""The summary that a scan prints: one screen, for a terminal, a pipe or a mail."""

from __future__ import annotations

import io
from collections.abc import Iterator

from reports.view.model import ReportView
from reports.view.owner import OwnerView
from reports.view.trend import SinceLast
from scanner.rules.rule import Severity

MOST_REASONS = 5
_NARROWEST = 40
_SHAPES = {Severity.CRITICAL: "⬢", Severity.HIGH: "▲", Severity.MEDIUM: "◆", Severity.LOW: "●", Severity.INFO: "○"}
_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "bright_black",
}
_TONES = {"good": "bold green", "fair": "bold yellow", "poor": "bold red"}

Piece = tuple[str, str]
"""Words and their rich style ("" for none)."""
_EDGE: list[Piece] = []
_INDENT: list[Piece] = [(" ", "")]


def text(view: ReportView, *, color: bool, width: int) -> str:
    """Shop, grade, counts, what to fix first (at most five problems), what changed, what could not be checked and why.

    What is long is wrapped below itself, and nothing is cut. Ends with a line end.

    color: with ANSI colours; without, there is no escape code in it. width: columns; no line is longer (40 at least).
    """
    from rich.console import Console  # rich costs 60 ms; --help must not pay them
    from rich.text import Text

    width = max(width, _NARROWEST)
    written = io.StringIO()
    console = Console(
        file=written, width=width, force_terminal=color, color_system="standard" if color else None, no_color=not color,
        highlight=False, markup=False, emoji=False, legacy_windows=False, force_jupyter=False, _environ={},
    )  # fmt: skip
    for lead, pieces in _lines(view):
        before = Text.assemble(*(piece for piece in lead if piece[0]))
        line = Text.assemble(*(piece for piece in pieces if piece[0]))
        for wrapped in line.wrap(console, width - before.cell_len) if line.plain else [line]:
            wrapped.rstrip()
            console.print(before + wrapped if wrapped.plain else "")
            before = Text(" " * before.cell_len)
    return written.getvalue()


def ending(view: ReportView, file: str | None, *, width: int | None = None) -> str:
    """The last lines: where the report lies, and the command that goes on. file: None where no report was written.

    width: columns of a terminal. What is longer has the file or the command, to be copied whole, on a line of its own.
    """
    to_do = any(count for _, count in view.problems) or view.ungraded in {"blocked", "unreachable"}
    copied = {"file": file or "", "command": view.again}
    wanted = [*([("notes.report", "file")] if file else []), *([("notes.again", "command")] if to_do else [])]
    lines = []
    for phrase, value in wanted:
        whole = str(view.language.say(phrase, **copied))
        fits = width is None or len(whole) <= width
        lines.append(whole if fits else whole.replace(f" {copied[value]}", f"\n  {copied[value]}"))
    return "\n".join(lines)


def _unchecked(view: ReportView) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """How much could not be looked at, and why."""
    if view.unchecked:
        share = view.language.count("unchecked.share", view.judged, unchecked=view.language.number(view.unchecked_count))
        yield _EDGE, []
        yield _EDGE, [(view.language.say("unchecked.heading"), "bold"), (f"  {share}", "bright_black")]
        for reason in view.unchecked[:MOST_REASONS]:
            yield _INDENT, [(f"{len(reason.lines)}× ", ""), (reason.heading, "")]
        if (more := len(view.unchecked) - MOST_REASONS) > 0:
            yield _INDENT, [(view.language.count("count.more_reasons", more), "bright_black")]


def _owner(owner: OwnerView) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """What the owner looks after himself: what is due, and who can still log in."""
    yield _EDGE, []
    yield _EDGE, [(owner.heading, "bold")]
    for row in [row for row in owner.reviews if row.due][:MOST_REASONS]:
        yield _INDENT, [(f"{row.title}: ", ""), (row.when, "")]
    for leaver in owner.leavers[:MOST_REASONS]:
        yield _INDENT, [(f"{leaver.who}: ", ""), (", ".join(account.name for account in leaver.accounts), "")]
    if owner.summary:
        yield _INDENT, [(owner.summary, "bright_black")]


def _lines(view: ReportView) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """What stands before a line, below which the line is wrapped, and its pieces."""
    words = view.language
    yield _EDGE, [(view.name, "bold"), (f"  {view.address.text}" if view.address.text != view.name else "", "bright_black")]
    if view.caveat:
        yield _EDGE, [(" ".join(view.caveat), "bold")]
    yield _EDGE, _grade(view)
    yield _EDGE, [(view.sentence, "")]
    if view.because:
        yield _EDGE, [(view.because, "bold")]
    if view.elsewhere:
        yield _EDGE, [(f"{words.say('state.elsewhere')} {view.elsewhere}", "")]
        yield _EDGE, [(words.say("state.only_there"), "")]
    if view.advice:
        yield _EDGE, [(view.advice, "")]
    yield _EDGE, _counts(view)
    if view.first:
        yield _EDGE, []
        yield _EDGE, [(words.say("first.heading"), "bold")]
        width = max(len(words.severity(severity)) for severity in Severity)
        for number, step in enumerate(view.first, 1):
            label = f"{_SHAPES[step.severity]} {words.severity(step.severity):<{width}} "
            rest = f" {words.say('count.more', n=words.number(step.more))}" if step.more else ""
            place = (f"  {view.short(step.where)}{rest}", "bright_black")
            yield [*_INDENT, (f"{number}. ", ""), (label, _STYLES[step.severity])], [(step.title, ""), place]
    if view.since_last and view.since_last.past and view.grade:
        yield from _since_last(view.since_last, view)
    yield from _unchecked(view)
    if view.owner:
        yield from _owner(view.owner)
    logo_problem = view.brand.logo_problem if view.brand else ""
    for note in filter(None, (*view.notes, logo_problem)):
        yield _EDGE, [(f"{words.say('notes.note')} ", "bold"), (note, "")]


def _since_last(since: SinceLast, view: ReportView) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """What changed since last time, by kind."""
    words = view.language
    yield _EDGE, []
    yield _EDGE, [(words.say("progress.heading"), "bold")]
    yield _INDENT, [(f"{since.sentence} {since.grade}".rstrip(), "")]
    for kind in since.changes:
        yield _INDENT, [(f"{kind.heading} ", "bold"), (words.number(kind.count), "bright_black")]
        for change in kind.lines:
            label = f"{_SHAPES[change.severity]} {words.severity(change.severity)} "
            more = f" {words.count('count.more_places', change.more)}" if change.more else ""
            place = (f"  {view.short(change.where)}{more}", "bright_black")
            yield [*_INDENT, *_INDENT, (label, _STYLES[change.severity])], [(change.title, ""), place]
        if kind.more:
            yield [*_INDENT, *_INDENT], [(words.say("count.more", n=words.number(kind.more)), "bright_black")]


def _grade(view: ReportView) -> list[Piece]:
    words = view.language
    if view.grade is None:
        return [(words.say("page.no_grade"), "bold"), (f" ({words.say(f'page.{view.ungraded}')})", "")]
    provisional = f", {words.say('page.provisional')}" if view.grade.provisional else ""
    return [
        (f"{words.say('page.grade')} {view.grade.letter}", _TONES[view.grade.tone]),
        (f"  {view.grade.score} {words.say('page.of_100')}{provisional}", ""),
    ]


def _counts(view: ReportView) -> list[Piece]:
    words = view.language
    pieces: list[Piece] = []
    for severity, count in view.problems:
        if count:
            called = words.count(f"many.{severity}", count)
            pieces += [(" · " if pieces else "", ""), (f"{words.number(count)} {called}", _STYLES[severity])]
    passed = words.say("passed.number", n=words.number(view.passed_count))
    return [*pieces, (f"{' · ' if pieces else ''}{passed}", "green" if view.passed_count else "")]
