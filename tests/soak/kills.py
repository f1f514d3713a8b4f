"""A kitchen that has everything imported and forks a nightly run on each line of its input: starting costs nothing, killing is real.

Input: a run's words as JSON, one run a line. Output: the child's process id, then its exit status (negative: the signal).
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from shopwarden.cli.console import catalogue
from shopwarden.cli.group import main as program


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    # What commands import late, so that no child pays for it.
    late = (
        "shopwarden.cli.commands.nightly",
        "shopwarden.operations.nightly",
    )
    for module in late:
        import_module(module)
    catalogue()
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            program(json.loads(line))
        _say(child)
        _, status = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
