"""The report page's content as Markdown (CommonMark), for a ticket, a wiki or a mail.

The articles' words are Markdown already; what came from the shop stands in code or is escaped, so that nothing in it acts as
Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.i18n.language import Language
from reports.text.markdown import code, fenced, words
from reports.view.model import Card, Evidence, Letter, Lines, Location, ReportView
from reports.view.trend import SinceLast


def markdown_(view: ReportView) -> str:
    """The report, ending with a newline."""
    blocks = (block for block in _blocks(view) if block)
    return "\n\n".join(blocks) + "\n"


def _blocks(view: ReportView) -> Iterator[str]:
    say = view.language.say
    yield f"# {say('page.heading', name=words(view.name))}"
    yield "\n".join(_head(view))
    yield f"**{words(' '.join(view.caveat))}**" if view.caveat else ""
    yield f"**{view.sentence}**"
    yield words(view.because)
    if view.elsewhere:
        yield f"{say('state.elsewhere')} {code(view.elsewhere)}"
    yield view.advice
    yield from (f"> {words(note)}" for note in view.notes)
    if view.first:
        yield f"## {say('first.heading')}"
        yield say("first.order") if len(view.first) > 1 else ""
        yield "\n".join(_steps(view))
    if view.since_last:
        yield from _since_last(view.since_last, view.language)
    if view.groups:
        yield f"## {say('table.heading')}"
        yield say("table.sum", effort=view.effort) if view.effort else ""
        yield _table(view)
    for group in view.groups:
        yield f"## {say(f'group.{group.severity}')}: {view.language.count('count.problems', len(group.cards))}"
        yield group.means
        for card in group.cards:
            yield from card_blocks(card, view.language)
    if view.accepted:
        yield f"## {say('accepted.heading')}"
        yield "\n".join(
            f"- {words(risk.title)} ({view.language.severity(risk.severity)}), {code(risk.subject)}: "
            + say("accepted.until", day=risk.until, reason=words(risk.reason))
            for risk in view.accepted
        )
    yield from _lists(view.language, "unchecked", view.unchecked_count, view.unchecked)
    yield from _lists(view.language, "passed", view.passed_count, view.passed)
    yield from _lists(view.language, "not_applicable", view.not_applicable_count, view.not_applicable)
    if view.to_host and view.to_developer:
        yield f"## {say('send.heading')}"
        yield from _letter("host", view.to_host, view.language)
        yield from _letter("developer", view.to_developer, view.language)
    if not view.of_a_shop:
        return
    yield f"## {say('asked.heading')}"
    asked = ", ".join(f"{protocol} {view.language.number(sent)}" for protocol, sent in view.asked) or say("asked.nothing")
    yield f"{say('asked.line', requests=asked, size=view.received, time=view.duration)} {view.politeness}"
    if view.further:
        yield f"{say('asked.further')}: {view.further}"


def _head(view: ReportView) -> Iterator[str]:
    say = view.language.say
    yield f"- {say('about.address')}: {_location(view.address)}"
    if view.grade:
        provisional = f", {say('page.provisional')}" if view.grade.provisional else ""
        yield f"- {say('about.grade')}: **{view.grade.letter}** ({view.grade.score} {say('page.of_100')}{provisional})"
    else:
        yield f"- {say('about.grade')}: {say('about.none')} ({say(f'page.{view.ungraded}')})"
    called = view.language.count
    counts = [f"{view.language.number(count)} {called(f'many.{severity}', count)}" for severity, count in view.problems]
    yield f"- {', '.join(counts)}, {say('passed.number', n=view.language.number(view.passed_count))}"
    if view.platform:
        yield f"- {say('asked.software')}: {code(view.platform)}"
    if view.server:
        yield f"- {say('asked.server')}: {code(view.server)}"
    yield f"- {say('about.scanned')}: {view.date}"
    yield f"- {say('about.made_with')}: shopwarden {code(view.tool_version)}"
    if view.data_as_of:
        yield f"- {say('about.data_as_of')}: {code(view.data_as_of)}"
    if view.authorised_by:
        yield f"- {say('about.authorised_by')}: {words(view.authorised_by)}"
    if view.brand:
        yield f"- {say('about.report_by')}: {words(view.brand.name)}"


def _steps(view: ReportView) -> Iterator[str]:
    for number, step in enumerate(view.first, 1):
        more = f" {view.language.say('count.more', n=view.language.number(step.more))}" if step.more else ""
        effort = f" ({step.effort})" if step.effort else ""
        yield f"{number}. **{view.language.severity(step.severity)}** {words(step.title)}{effort}: {code(step.where)}{more}"


def _table(view: ReportView) -> str:
    """Every problem in a line; a bar in a title or an address would begin another cell."""
    say = view.language.say
    heads = [say("grading.severity"), *(say(f"table.{name}") for name in ("problem", "where", "minutes", "who"))]
    rows: list[list[str]] = [list(map(str, heads)), ["---", "---", "---", "---:", "---"]]
    for group in view.groups:
        for card in group.cards:
            who = ", ".join(say(f"who.{one}") for one in card.who)
            place = code(view.place(card.where)).replace("|", r"\|")
            rows.append([view.language.severity(card.severity), words(card.title), place, str(card.minutes or "–"), who])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _since_last(since: SinceLast, language: Language) -> Iterator[str]:
    yield f"## {language.say('progress.heading')}"
    yield f"{since.sentence} {since.grade}".strip()
    for kind in since.changes:
        yield f"**{kind.heading}: {language.number(kind.count)}**"
        lines = []
        for line in kind.lines:
            more = f" {language.count('count.more_places', line.more)}" if line.more else ""
            lines.append(f"- {language.severity(line.severity)}: {words(line.title)}: {code(line.where)}{more}")
        yield "\n".join([*lines, *([f"- {language.say('count.more', n=language.number(kind.more))}"] if kind.more else [])])
    if since.past:
        heads = (language.say("progress.day"), language.say("grading.grade"), language.say("grading.points"))
        rows = [heads, ("---", "---", "---:"), *((past.day, past.grade, past.score) for past in since.past)]
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows)


def card_blocks(card: Card, language: Language) -> Iterator[str]:
    """One problem: its blocks, of which some may be empty."""
    say = language.say
    yield f"### {words(card.title)}"
    cost = f" · {language.count('count.points', card.points)}" if card.points and card.graded else ""
    yield f"{language.severity(card.severity)} · {words(card.area)} · `{card.rule}`{cost}"
    yield from (say("card.ran_out", day=day) for day in card.ran_out)
    for evidence in card.findings:
        yield from _evidence(evidence, language)
    if card.more:
        yield language.count("count.more_places", card.more)
    yield card.why
    yield f"{say('card.good')} {card.good}" if card.good else ""
    yield say("card.takes", effort=card.effort) if card.effort else ""
    yield f"**{say('card.risk')}** {card.risk}" if card.risk else ""
    for fix in (*card.fixes, *card.other_fixes):
        yield f"#### {say('card.fix')}: {words(language.where(fix.where))}{f' ({fix.yours})' if fix.yours else ''}"
        yield fix.markdown
    yield f"#### {say('card.verify')}"
    yield card.verify
    yield f"#### {say('card.ask')}"
    yield fenced(card.mail) if card.mail else card.ask
    yield f"#### {say('card.references')}" if card.references else ""
    yield card.references


def _evidence(evidence: Evidence, language: Language) -> Iterator[str]:
    sure = "" if evidence.confidence == "certain" else f" ({language.say(f'card.{evidence.confidence}')})"
    yield f"**{language.say('card.saw')}:** {code(evidence.subject)}{sure}"
    yield fenced(evidence.shown) if evidence.shown else ""
    yield fenced(evidence.ready) if evidence.ready else ""
    lines = [f"- {_location(location)}" for location in evidence.locations]
    if evidence.more_locations:
        lines.append(f"- {language.say('count.more', n=language.number(evidence.more_locations))}")
    yield "\n".join(lines)


def _letter(whom: str, letter: Letter, language: Language) -> Iterator[str]:
    yield f"### {language.say(f'send.{whom}')}"
    yield fenced(f"{language.say('card.subject', subject=letter.subject)}\n\n{letter.text}")


def _location(location: Location) -> str:
    """A clean web address as a link; anything else as code."""
    return f"<{location.link}>" if location.link else code(location.text)


def _lists(language: Language, name: str, count: int, lists: Iterable[Lines]) -> Iterator[str]:
    if not count:
        return
    yield f"## {language.say(f'{name}.heading')}: {language.count('count.checks', count)}"
    for group in lists:
        yield f"**{words(group.heading)}**"
        yield "\n".join(
            f"- {line.good if name == 'passed' and line.good else words(line.title)}"
            + (f" ({words(line.because)})" if line.because else "")
            for line in group.lines
        )
