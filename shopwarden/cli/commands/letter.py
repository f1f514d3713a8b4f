"""``shopwarden letter``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said
from shopwarden.cli.options import (
    FILE,
    config_option,
    fail_option,
    given_options,
    nameserver_option,
    no_color_option,
    report_options,
    rule_options,
    say_options,
)
from shopwarden.cli.summary import report


@click.command()
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option(
    "--authserv-id",
    metavar="HOST",
    default="",
    help="Believe what this mail host says of the sender: the name that Authentication-Results begin with in your mailbox.",
)
@report_options
@config_option
@rule_options
@fail_option
@nameserver_option
@say_options
@no_color_option
def command(files: tuple[Path, ...], authserv_id: str, config: Path | None, **words: Any) -> NoReturn:
    """Look at newsletters and order mails: single ones (.eml), a mailbox or a Maildir."""
    from scanner.engine.letters import look_at_letters
    from scanner.gatherers.net.dns import Dns
    from shopwarden.operations.file_names import file_stem
    from shopwarden.operations.letters import LetterReports, accepted_in, options_of, places_of, rules_of
    from shopwarden.operations.report_options import check_writable

    settings, catalogue, given = console.settings_of(config), console.catalogue(), given_options(words)
    options, places = options_of(settings, given), places_of(files, authserv_id)
    rules = rules_of(options, given, catalogue)
    console.log_as(verbose=options.verbose)
    check_writable(options, given)
    dns = Dns(options.name_servers or None)
    work = look_at_letters(places, rules, catalogue, accepted=accepted_in(settings), only="only" in given, dns=dns)
    task, interrupted = console.watched(
        work, lambda task: task.cancel(), lambda: said("Reading letters"), quiet=options.quiet, color=not options.no_color
    )
    if interrupted:
        console.complain("ended by Ctrl-C; nothing is written")
        sys.exit(exit_codes.INTERRUPTED)
    look = task.result()
    with console.finishing() as stopped:
        for letter, _ in look.each:
            if problem := getattr(letter, "because", ""):
                console.complain(problem)
        again = " ".join(["shopwarden letter", *(shlex.quote(str(file)) for file in files)])
        reports = LetterReports(look.all, catalogue, options, settings.agency, scan=again, look=look)
        nothing = not any(hasattr(letter, "digest") for letter, _ in look.each)
        if nothing:
            sys.exit(exit_codes.USAGE)
        written = report(reports, options.html or Path(f"{file_stem(look.all.site.key)}-letters.html"))
    code = exit_codes.of_letters(look.all, options, delivered=written)
    sys.exit(exit_codes.INTERRUPTED if stopped() else code)
