"""Runs ``shopwarden`` in a process of its own for each order, and notes what that process really did.

``python -m tests.hostile.child`` reads orders from stdin, one JSON object a line, and answers each with a line when it is over;
several run at once. Everything is imported once; each order runs in a fork, so its peak memory (``wait4``) is its own. An audit
hook (PEP 578) sits in the interpreter below all libraries: it writes down each connect, look-up, datagram, child process and
file opened for writing, and forbids addresses that are not loopback.
"""

from __future__ import annotations

import gc
import importlib
import ipaddress
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from shopwarden.cli import console, group
from tests.patience import moment

_WATCHED = frozenset(
    {
        "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "open", "os.mkdir", "sqlite3.connect",
    }
)  # fmt: skip


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
    log = os.open(folder / "events", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.chdir(folder)
    sys.addaudithook(lambda event, arguments: watch(log, event, arguments) if event in _WATCHED else None)
    code = 99
    try:
        group.main(order["arguments"], prog_name="shopwarden")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 98
    except BaseException:  # what leaves the program is for the test to see
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def watch(log: int, event: str, arguments: tuple[Any, ...]) -> None:
    said: list[Any]
    if event == "open":
        path, _, flags = arguments
        if not isinstance(path, (str, os.PathLike)) or not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            return
        said = [str(Path(path).absolute())]
    elif event in {"sqlite3.connect", "os.mkdir"}:
        said = [str(Path(os.fsdecode(arguments[0])).absolute())]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}:
        said = [str(arguments[0].type.name), *(arguments[1] if isinstance(arguments[1], tuple) else [str(arguments[1])])]
    else:
        said = [str(argument) for argument in arguments]
    os.write(log, (json.dumps([event, *said]) + "\n").encode())
    if event in {"socket.connect", "socket.sendto"} and not ipaddress.ip_address(said[1]).is_loopback:
        raise PermissionError("this test lets nothing leave the computer")
    if event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_address(said[0]):
        raise socket.gaierror(socket.EAI_AGAIN, "this test looks up no names")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    main()
