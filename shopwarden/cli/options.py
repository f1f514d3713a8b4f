"""Options that several commands take. None, or nothing given, means: as the configuration says."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from shopwarden.cli.language import named

Decorator = Callable[[Any], Any]
FILE = click.Path(path_type=Path)


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator; the first stands first in the help."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class OneShop(click.Command):
    """A command about one shop: whoever names several is told where many go."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises UsageError for a second address."""
        rest = super().parse_args(ctx, args)
        if ctx.args:
            raise click.UsageError(
                f"this is about one shop, and {ctx.args[0]!r} is a second word. For many shops: shopwarden batch FILE, "
                "a CSV with a url column or a shopwarden.toml (shopwarden init --yes URL URL… writes one)",
                ctx,
            )
        return rest


def given_options(words: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line really says, by the configuration's names."""
    return {("json" if key == "json_" else key): value for key, value in words.items() if value not in {None, ()}}


def rule_names(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """``--only a,b --only c`` → a, b, c. Raises BadParameter where a person gave the option and named no rule."""
    names = tuple(name for entry in given for part in entry.split(",") if (name := part.strip()))
    if given and not names:
        raise click.BadParameter("names no rule")
    return names


def rule_ids(_context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    """For a shell's completion: our rules that begin so, by their articles' names, and nothing is imported."""
    return sorted(file.stem for file in (Path(__file__).parents[2] / "checks").glob(f"*/{glob.escape(begun)}*.md"))


def severities(_context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    """For a shell's completion."""
    return [name for name in ("critical", "high", "medium", "low", "info") if name.startswith(begun)]


class Day(click.ParamType[datetime]):
    """A day as ``2026-11-30``, as midnight of it."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises BadParameter."""
        try:
            return value if isinstance(value, datetime) else datetime.strptime(str(value), "%Y-%m-%d")
        except ValueError:
            self.fail(f"{str(value)!r} is no day; write it like 2026-11-30", param, ctx)


class Moment(click.ParamType[datetime]):
    """A day and an hour as ``2026-11-30T09:30``, by the clock on the wall; a blank may stand between them."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises BadParameter."""
        try:
            return value if isinstance(value, datetime) else datetime.strptime(str(value).replace(" ", "T"), "%Y-%m-%dT%H:%M")
        except ValueError:
            self.fail(f"{str(value)!r} is no moment; write it like 2026-11-30T09:30", param, ctx)


def _flag(name: str, words: str) -> Decorator:
    return click.option(name, is_flag=True, default=None, help=words)


json_option = click.option("--json", "json_", metavar="FILE|-", help="Write the result as JSON; - writes it to stdout.")
config_option = click.option("--config", type=FILE, help="Configuration file (default: ./shopwarden.toml).")
database_option = click.option("--database", metavar="URL", help="The history: a file, or postgresql://user@host/name.")
no_history_option = _flag("--no-history", "Record nothing; then nothing is compared, and no run can be resumed.")
accept_clock_option = click.option(
    "--accept-clock",
    is_flag=True,
    help="This computer's clock is right, though no shop was scanned for more than a year.",
)
record_option = click.option("--record", type=FILE, help="Keep the evidence in this folder, for replay.")
quiet_option = _flag("--quiet", "Print nothing but errors.")

_RULES: dict[str, Any] = {"metavar": "RULE", "multiple": True, "callback": rule_names, "shell_complete": rule_ids}

people_options = together(
    click.option("--pdf", type=FILE, help="Write two pages for the owner as PDF (needs the extra pdf)."),
    _flag("--pdf-full", "With --pdf: the whole report."),
    click.option(
        "--language", metavar="CODE", callback=named, is_eager=True, help="Language of the report for people: en, pl or de (en)."
    ),
    click.option(
        "--fixes",
        type=FILE,
        help="Write what to do into this folder: lines for the web server, a checklist, letters to host and developer.",
    ),
)
"""What a reader may want besides the page."""
report_options = together(
    click.option("--html", type=FILE, help="Write the report page here (default: ./SITE.html)."),
    json_option,
    click.option("--sarif", type=FILE, help="Write SARIF 2.1.0, for code-scanning dashboards."),
    click.option("--junit", type=FILE, help="Write JUnit XML, for build servers."),
    click.option("--csv", type=FILE, help="Write a table for a spreadsheet."),
    click.option("--markdown", type=FILE, help="Write the report as Markdown."),
    click.option("--tickets", type=FILE, help="Write the problems as tickets for GitHub and Jira (JSON); nothing is sent."),
    people_options,
)
nameserver_option = click.option(
    "--nameserver", metavar="ADDRESS[:PORT]", help="Ask this name server about the domain and its mail."
)
way_options = together(
    click.option("--ca-file", type=FILE, help="Trust these root certificates as well."),
    click.option("--resolve", metavar="HOST:ADDRESS", multiple=True, help="Use this address for a name, as before a DNS switch."),
    click.option("--port", metavar="SERVICE=N", multiple=True, help="Another port for http, https, ftp, ftps, ssh or smtp."),
    nameserver_option,
    click.option("--trust-anchor", type=FILE, help="Keys of the DNS's root in place of the program's own."),
    _flag("--allow-private", "A shop may be at a private or loopback address."),
)
"""How a shop is reached."""
rule_options = together(
    click.option("--only", **_RULES, help="Run only this rule; may be repeated or given comma-separated."),
    click.option("--skip", **_RULES, help="Leave this rule out; likewise."),
)
fail_option = click.option(
    "--fail-on", metavar="SEVERITY", shell_complete=severities, help="Exit with 1 on a finding at or above this severity."
)
no_color_option = _flag("--no-color", "No colours on the terminal.")
look_options = together(
    click.option("--rate", type=float, help="Requests a second to one server (5)."),
    click.option("--max-requests", type=int, help="HTTP requests at most, a shop (400)."),
    click.option("--max-pages", type=int, help="Pages that the crawl reads at most, a shop (60)."),
    click.option("--max-time", type=float, help="Seconds at most, a shop (300)."),
    rule_options,
    way_options,
    _flag("--follow", "If an address redirects to another shop, scan that one."),
    _flag("--deep", "Read backups to their end."),
    _flag("--rdap", "Ask the registry until when a domain is paid for."),
    fail_option,
)
say_options = together(quiet_option, _flag("--verbose", "Print our own log as well."))
ics_option = click.option("--ics", type=FILE, help="Write a calendar of what people have to look after, with the days.")
scan_options = together(report_options, ics_option, config_option, look_options, record_option, say_options, no_color_option)
"""Every option of one scan, but for those of the history."""
many_options = together(
    click.option("--queue", is_flag=True, help="Leave the shops to workers (shopwarden worker), by a queue in PostgreSQL."),
    click.option("--folder", type=FILE, help="Where the reports go (./shopwarden-reports)."),
    click.option("--at-once", type=click.IntRange(1, 256), help="Shops at the same time (4)."),
    click.option("--processes", type=click.IntRange(1, 256), help="Processes that share them (the computer's processors)."),
    config_option,
    database_option,
    accept_clock_option,
    look_options,
    say_options,
)
"""Every option of a run over many shops."""
