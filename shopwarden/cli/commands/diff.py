"""``shopwarden diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopwarden.cli import console
from shopwarden.cli.language import said, spoken
from shopwarden.cli.options import config_option, database_option

if TYPE_CHECKING:
    from scanner.results.document import ScanDocument


@click.command()
@click.argument("site")
@click.argument("old", required=False)
@click.argument("new", required=False)
@config_option
@database_option
def command(site: str, old: str | None, new: str | None, config: Path | None, database: str | None) -> None:
    """Say what is different between two scans of a shop (their ids stand in history); the last two, unless named."""
    from shopwarden.operations.recorded import key_of, opened, two_scans

    with opened(console.settings_of(config), database) as history:
        key = key_of(history, site)
        _say(key, *two_scans(history, key, old, new))


def _say(key: str, before: ScanDocument, after: ScanDocument) -> None:
    from reports.alerts.words import MOST_LINES, Told, sections
    from scanner.history.comparison import compare, first_look
    from scanner.history.events import Change
    from scanner.text.sanitize import sanitize
    from shopwarden.operations.notify import words_of

    catalogue, language = console.catalogue(), spoken()
    step = compare(first_look(before, catalogue.rules), after, catalogue.rules)
    days = f"{before.started:%Y-%m-%d %H:%M} → {after.started:%Y-%m-%d %H:%M}"
    console.tell(f"{key}: {days}, {language.say('told.grade_moved', before=before.grade or '–', after=after.grade or '–')}")
    words = words_of(catalogue, None)
    told = Told(key, key, after.site.url, tuple(event for event in step.events if isinstance(event.kind, Change)))
    parts = sections(told, words, language)
    for section in parts:
        console.tell(f"\n{section.heading}")
        for line in section.lines:
            more = f" {language.say('count.more', n=language.number(line.more_places))}" if line.more_places else ""
            label = console.severity(line.severity) if line.severity else ""
            console.tell(f"  {label}  {line.what}{': ' if line.places else ''}{', '.join(line.places)}{more}")
        if section.left_out:
            console.tell(f"  … {language.say('count.more', n=language.number(section.left_out))}")
    quiet = {
        kind: {event.rule: event for event in reversed(step.events) if event.kind is kind}
        for kind in (Change.NEXT_STEP, Change.FIRST_SEEN)
    }
    for kind, heading in (
        (Change.NEXT_STEP, "\nThe next step of a fix"),
        (Change.FIRST_SEEN, "\nNot judged in the older scan, so perhaps not new"),
    ):
        if quiet[kind]:
            console.tell(said(heading))
        for rule, event in [*reversed(quiet[kind].items())][:MOST_LINES]:
            console.tell(f"  {console.severity(event.severity)}  {words.title(rule, language)}: {sanitize(event.subject, 200)}")
    unclear = [verdict.rule for verdict in after.verdicts if verdict.verdict == "inconclusive"]
    if unclear:
        console.tell(said(f"\nCould not be checked in the newer scan: {', '.join(unclear)}"))
    if not parts and not any(quiet.values()):
        console.tell(said("Nothing is different." if not unclear else "\nNothing else is different."))
