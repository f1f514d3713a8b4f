"""``shopwarden kit``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import named, said
from shopwarden.cli.options import FILE, Moment, config_option, database_option


@click.command()
@click.argument("site")
@click.argument("folder", type=FILE)
@config_option
@click.option(
    "--language", metavar="CODE", callback=named, is_eager=True, help="Language: en, pl or de (as the configuration says)."
)
@click.option("--noticed", type=Moment(), metavar="MOMENT", help="When an incident was noticed, like 2026-11-30T09:30.")
@click.option("--happened", metavar="TEXT", default="", help="What happened, in a sentence or two, for all notices.")
@click.option("--data", metavar="TEXT", default="", help="Which data are concerned, likewise.")
@database_option
@click.option("--replace", is_flag=True, help="Write over documents that lie in the folder already.")
def command(
    site: str,
    folder: Path,
    config: Path | None,
    language: str | None,
    noticed: datetime | None,
    happened: str,
    data: str,
    database: str | None,
    *,
    replace: bool,
) -> NoReturn:
    """Write policies, breach notices and lists for a shop into a folder, ready to fill in (DOCX and Markdown).

    SITE: a configured shop's address, key or name. They are drafts and no legal advice. Nothing is sent.
    """
    from scanner.text.clock import Clock
    from shopwarden.operations.kit import Incident, kit_of, made, unknown_regulator, write_kit

    incident = Incident(noticed, happened, data)
    facts, spoken = kit_of(console.settings_of(config), site, language, Clock(), incident, database)
    documents = made(facts, spoken)
    problems = write_kit(folder, documents, spoken.code, facts.today, replace=replace)
    for number, document in enumerate(documents, 1):
        left = len(document.blanks)
        blanks = said(f"to be filled in: {left}" if left else "nothing is to be filled in")
        console.tell(f"{number:02}-{document.name}: {document.title}; {blanks}")
    if hint := unknown_regulator(facts):
        console.complain(f"the authority that must be told is not written down: {hint}")
    if not facts.team:
        console.complain("nobody of the breach team is written down: [site.breach] team = [{ name = …, phone = …, role = … }]")
    for problem in problems:
        console.complain(problem)
    sys.exit(exit_codes.UNDELIVERED if problems else exit_codes.SCANNED)
