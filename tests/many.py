"""The command line, for processes of tests and benchmarks: ``python -m tests.many batch …``."""

from __future__ import annotations

import click

from shopwarden.cli.group import main


def kit() -> tuple[click.Command, ...]:
    """The commands for many shops and many nights."""
    return tuple(main.commands[name] for name in ("batch", "nightly", "recheck", "history", "diff"))


if __name__ == "__main__":
    main()
