"""Runs ``shopwarden`` in a process of its own for each order, and notes what that process really did.

``python -m tests.hostile.child`` reads orders from stdin, one JSON object a line, and answers each with a line. Everything is
imported once; each order runs in a fork, so its peak memory (``wait4``) is its own. An audit hook (PEP 578) sits in the
interpreter below all libraries: it writes down each connect, look-up, datagram, child process and file opened for writing, and
forbids addresses that are not loopback.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from scanner import cli

_WATCHED = frozenset(
    {
        "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "open", "os.mkdir",
    }
)  # fmt: skip


def main() -> None:
    warm_up()
    for line in sys.stdin:
        order = json.loads(line)
        began = time.monotonic()
        pid = os.fork()
        if not pid:
            run(order)
        _, status, used = os.wait4(pid, 0)
        answer = {"code": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - began, "peak": used.ru_maxrss * 1024}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def warm_up() -> None:
    for name in (
        "paramiko",
        "reports.html_report",
        "reports.text_report",
        "scanner.document",
        "scanner.recording",
        "scanner.scan",
    ):
        importlib.import_module(name)
    cli._catalogue()


def run(order: dict[str, Any]) -> NoReturn:
    """In the fork. The alarm's default action ends the process even where C code never comes back to Python."""
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])
    folder = Path(order["folder"])
    for number, name in enumerate(("/dev/null", "out", "err")):
        os.dup2(os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    log = os.open(folder / "events", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.chdir(folder)
    sys.addaudithook(lambda event, arguments: watch(log, event, arguments) if event in _WATCHED else None)
    code = 99
    try:
        cli.main(order["arguments"], prog_name="shopwarden")
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
