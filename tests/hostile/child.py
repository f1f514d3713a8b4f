"""Runs ``shopwarden`` in a process of its own for each order, and notes what that process really did.

``python -m tests.hostile.child`` reads orders from stdin, one JSON object a line, and answers each with a line when it is over;
several run at once. Everything is imported once; each order runs in a fork, so its peak memory (``wait4``) is its own, or that of
the largest of its children. An audit hook (``watching``) is in all of them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from scanner.engine import scan
from scanner.gatherers.apart import children
from scanner.gatherers.backups import backups
from shopwarden.cli import console, group
from tests.hostile import watching
from tests.hostile.harness import LONG
from tests.patience import moment


def main() -> None:
    warm_up()
    gc.freeze()  # what is there stays there: a fork that collects garbage would copy all of it
    ended, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell)
    running: dict[int, tuple[int, float]] = {}
    waiting = b""
    while True:
        ready = select.select([0, ended], [], [])[0]
        if ended in ready:
            os.read(ended, 4096)
            over(running)
        if 0 in ready:
            read = os.read(0, 65_536)
            if not read:
                return
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if not pid:
                    run(order)
                running[pid] = order["number"], moment()


def over(running: dict[int, tuple[int, float]]) -> None:
    """Answer for each order whose process has ended."""
    while running:
        pid, status, used = os.wait4(-1, os.WNOHANG)
        if not pid:
            return
        number, began = running.pop(pid)
        seconds, peak = moment() - began, used.ru_maxrss * 1024
        code = os.waitstatus_to_exitcode(status)
        answer = {"number": number, "code": code, "seconds": seconds, "peak": peak, "cpu": used.ru_utime + used.ru_stime}
        os.write(1, (json.dumps(answer) + "\n").encode())


def warm_up() -> None:
    """Everything that a scan imports, and the templates of its page."""
    for name in (
        "paramiko",
        "reports.formats.terminal",
        "shopwarden.cli.commands.scan",
        "shopwarden.operations.keep",
        "shopwarden.operations.order",
        "shopwarden.operations.write_reports",
    ):
        importlib.import_module(name)
    # A busy machine takes longer to be flooded: only --max-time ends a look, and the other bounds are reached.
    scan.LIST_SECONDS = backups.OPEN_SECONDS = LONG
    console.catalogue()
    from reports.text.page import templates

    environment = templates()
    for template in environment.list_templates():
        environment.get_template(template)


def run(order: dict[str, Any]) -> NoReturn:
    """In the fork. The alarm's default action ends the process even where C code never comes back to Python."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])
    folder = Path(order["folder"])
    for number, name in enumerate(("/dev/null", "out", "err")):
        os.dup2(os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    (folder / "events").touch()
    os.chdir(folder)
    os.environ.update(order["environment"])
    children.BOOT = watching.boot(folder / "events") + children.BOOT
    watching.begin(folder / "events")
    code = 99
    try:
        group.main(order["arguments"], prog_name="shopwarden")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 98
    except BaseException:  # what leaves the program is for the test to see
        import traceback

        traceback.print_exc()
    finally:
        children.end_all()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
