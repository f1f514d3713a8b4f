"""A kitchen that has everything imported and forks a worker on each line of its input: starting costs nothing, killing is real.

Input: a worker's words as JSON, one worker a line. Output: its process id. When the input ends, all are told to stop, and their
exit statuses are said as JSON (negative: the signal).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module

from shopwarden.cli.console import catalogue
from shopwarden.cli.group import main as program
from shopwarden.operations import tickets, worker

LATE = ("shopwarden.cli.commands.worker", "shopwarden.operations.queueing", "shopwarden.operations.work")
"""What the command imports when it runs, so that no child pays for it."""


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    for module in LATE:
        import_module(module)
    catalogue()
    tickets.STALLED_SECONDS, tickets.HEARTBEAT_SECONDS, worker.CARE_SECONDS = 3, 0.5, 1.0  # less patience for those that died
    children = []
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            program(["worker", *json.loads(line)])
        children.append(child)
        _say(child)
    for child in children:
        os.kill(child, signal.SIGTERM)  # nothing happens to one that was killed: it is waited for below
    _say(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]))


if __name__ == "__main__":
    main()
