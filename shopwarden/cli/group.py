"""The program: its commands, each in a file of its own below ``commands``, imported when it is called."""

from __future__ import annotations

import io
import logging
import shutil
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from shopwarden.cli.console import NARROWEST, complain, let_readers_go, tell
from shopwarden.cli.exit_codes import DEFECT, INTERRUPTED, USAGE
from shopwarden.cli.import_path import leave_current_folder_out
from shopwarden.cli.language import said

log = logging.getLogger(__name__)

COMMANDS = "shopwarden.cli.commands"
_NEVER_CUT = 1_000
_CLICKS_LEAST = 52
"""Columns; on fewer, click's help is wider than the terminal."""


class _Help(click.HelpFormatter):
    """Fits narrow terminals as well: click's lines have 50 columns at the least."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        columns = shutil.get_terminal_size().columns
        if width is None and columns < _CLICKS_LEAST:
            width = max(columns, NARROWEST) - 2
        super().__init__(indent_increment, width, max_width)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """As click does, in the language that is spoken."""
        super().write_usage(prog, args, f"{said('Usage')}: " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """As click does, in the language that is spoken."""
        super().write_heading(said(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs, in the language that is spoken."""
        super().write_text("\n\n".join(said(" ".join(paragraph.split())) for paragraph in text.split("\n\n")))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names and what they are, in the language that is spoken. The first column takes a third of a narrow terminal."""
        known = [(name, said(words) + more) for name, (words, more) in ((name, _split(told)) for name, told in rows)]
        super().write_dl(known, min(col_max, self.width // 3) if self.width < _CLICKS_LEAST else col_max, col_spacing)


def _split(told: str) -> tuple[str, str]:
    """What an option is for, and what click says behind it: ``  [default: 20; x>=1]``."""
    words, bracket, more = told.partition("  [")
    return words, bracket + more


class _Context(click.Context):
    formatter_class = _Help


class Group(click.Group):
    """Its help, and that of its commands, is ours; it lists them with the whole first sentence of each, which click cuts."""

    context_class = _Context

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, with our help."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.context_class = _Context
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All that are not hidden."""
        known = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_NEVER_CUT)) for name, one in known if one is not None and not one.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyGroup(Group):
    """Each module below COMMANDS is one command: it is called like the module, with dashes, and is its ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """All there are, by their files' names; nothing is imported."""
        return sorted(found.name.replace("_", "-") for found in iter_modules(import_module(COMMANDS).__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command alone."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{COMMANDS}.{cmd_name.replace('-', '_')}").command
        command.context_class = _Context
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError for a word that is no command, with what was meant."""
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-"):
            close = get_close_matches(word, self.list_commands(ctx), n=1)
            meant = f"shopwarden {close[0]}" if close else f"shopwarden scan {word}" if "." in word else "shopwarden --help"
            ctx.fail(f"{word!r} is no command. Did you mean: {meant}")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, with nothing imported from the folder in which somebody happens to be."""
        leave_current_folder_out()
        let_readers_go()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, which would end with 1 for Ctrl-C and whatever we got wrong: that means a finding here."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            complain("ended by Ctrl-C")
            code = INTERRUPTED
        except click.UsageError as error:
            error.show(told := io.StringIO())
            tell("\n".join(map(_of_click, told.getvalue().rstrip("\n").split("\n"))), err=True)
            code = USAGE
        except (click.ClickException, click.exceptions.Exit):
            raise  # click says and ends these itself
        except Exception as error:
            code = _explained(error)
        sys.exit(code)


def _of_click(line: str) -> str:
    """A line about wrong usage, as click begins it, in the language that is spoken."""
    label, colon, words = line.partition(": ")
    return f"{said(label)}: {said(words)}" if colon and label in {"Usage", "Error"} else said(line)


def _explained(error: Exception) -> int:
    """Say why it ended; the code for it. It is what somebody typed or configured, what he plugged in, or what we got wrong."""
    from scanner.rules.rule import RuleError
    from scanner.settings.errors import BadSettings
    from scanner.text.logs import log_to_stderr
    from shopwarden.operations.errors import Refused

    if isinstance(error, (Refused, BadSettings)):
        complain(str(error))
        return USAGE
    if isinstance(error, RuleError):
        complain(str(error))
        return DEFECT
    log_to_stderr(verbose=False)
    log.error("this went wrong", exc_info=error)
    complain(f"our own defect ({type(error).__name__}); please report it, with the lines above")
    return DEFECT


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from scanner._version import __version__

        click.echo(f"shopwarden, version {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def main() -> None:
    """Look at a small web shop from outside, and tell its owner what to fix first and exactly how.

    It attacks nothing and guesses no password: it reads public pages, asks for a short list of well-known addresses, and reads
    service greetings.
    """


if __name__ == "__main__":
    main()
