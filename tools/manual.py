"""What a shell and ``man`` know of the program: completions and manual pages, made from its commands.

They lie below ``packaging/share``, which the package installs as ``share`` beside ``bin``.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.shell_completion import get_completion_class

from shopwarden.cli.exit_codes import MEANINGS
from shopwarden.cli.group import main

SHARE = "packaging/share"
PROGRAM = "shopwarden"
COMPLETIONS = {
    "bash": "bash-completion/completions/shopwarden",
    "zsh": "zsh/site-functions/_shopwarden",
    "fish": "fish/vendor_completions.d/shopwarden.fish",
}
"""Where each shell looks for them, below ``share``."""
FILES = (
    ("./shopwarden.toml", "The configuration, where --config names no other."),
    ("~/.local/share/shopwarden/history.sqlite3", "The history, where --database names no other."),
    ("~/.local/share/shopwarden/data", "What update-data fetched."),
)


def share() -> dict[str, str]:
    """File below the tree's root → its text."""
    made = {f"{SHARE}/{place}": completion(shell) for shell, place in COMPLETIONS.items()}
    context = click.Context(main, info_name=PROGRAM, **main.context_settings)
    pages = {PROGRAM: _of_program(context)}
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None:
            pages[f"{PROGRAM}-{name}"] = _of_command(command, click.Context(command, parent=context, info_name=name))
    return made | {f"{SHARE}/man/man1/{name}.1": "\n".join(lines) + "\n" for name, lines in pages.items()}


def completion(shell: str) -> str:
    """The script for a shell: it asks the program itself what may come next."""
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"no completion is known for {shell}")
    made = kind(main, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE")
    return made.source_template % made.source_vars() + "\n"


def _of_program(context: click.Context) -> Iterator[str]:
    yield from _head(PROGRAM, "tells a small web shop's owner what to fix first, and exactly how")
    yield from (".SH SYNOPSIS", f".B {PROGRAM}", r"\fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...")
    yield from _description(main)
    yield ".SH COMMANDS"
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None:
            yield from (".TP", f".BR {_roff(f'{PROGRAM}-{name}')} (1)", _roff(command.get_short_help_str(1_000)))
    yield from _common(main, context)


def _of_command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from _head(f"{PROGRAM}-{context.info_name}", command.get_short_help_str(1_000).rstrip("."))
    yield from (".SH SYNOPSIS", f".B {_roff(context.command_path)}", _roff(" ".join(command.collect_usage_pieces(context))))
    yield from _description(command)
    yield from _words(command, context)
    yield from _common(command, context)


def _words(command: click.Command, context: click.Context) -> Iterator[str]:
    """The words that a command goes on with, each with its own options."""
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
    for word, one in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
        inner = click.Context(one, parent=context, info_name=word)
        said = "" if one.hidden else word
        yield from (".SS", _roff(" ".join(filter(None, (context.command_path, said, *one.collect_usage_pieces(inner))))))
        yield _roff(one.get_short_help_str(1_000))
        for parameter in one.params:
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(inner)) is not None:
                yield from (".TP", f".B {_roff(record[0])}", _roff(record[1]))


def _head(name: str, short: str) -> Iterator[str]:
    yield r'.\" Made from the program by "make docs".'
    yield from (f'.TH {_roff(name.upper())} 1 "" "{PROGRAM}" "{PROGRAM} manual"', ".SH NAME", rf"{_roff(name)} \- {_roff(short)}")


def _description(command: click.Command) -> Iterator[str]:
    yield ".SH DESCRIPTION"
    for part in (command.help or "").split("\n\n"):
        yield from (".PP", _roff(" ".join(part.split())))


def _common(command: click.Command, context: click.Context) -> Iterator[str]:
    yield ".SH OPTIONS"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield from (".TP", f".B {_roff(record[0])}", _roff(record[1]))
    yield ".SH EXIT STATUS"
    for code, meaning in MEANINGS.items():
        yield from (".TP", f".B {code}", _roff(meaning))
    yield ".SH FILES"
    for file, meaning in FILES:
        yield from (".TP", f".I {_roff(file)}", _roff(meaning))
    if command is not main:
        yield from (".SH SEE ALSO", f".BR {PROGRAM} (1)")


def _roff(text: str) -> str:
    """Words as they are: no character of theirs is an order to the formatter (groff(7))."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...").replace("’", "'")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
