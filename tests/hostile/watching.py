"""Notes what a process really does: an audit hook (PEP 578) sits in the interpreter below all libraries.

It writes down each connect, look-up, datagram, child process and file opened for writing, and forbids addresses that are not
loopback. It imports little: it is put into the processes that our program starts, before anything of theirs.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

_WATCHED = frozenset(
    {
        "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "open", "os.mkdir", "sqlite3.connect",
    }
)  # fmt: skip


def boot(log: Path) -> str:
    """The first lines of a Python program that is to be watched as well."""
    root = str(Path(__file__).parents[2])
    return (
        f"import sys; sys.path[:0] = [{root!r}]\n"
        "from tests.hostile import watching\n"
        f"watching.begin({str(log)!r}); watching.let_it_be_written()\n"
    )


def begin(log: Path | str) -> None:
    """Write down what this process does from now on."""
    opened = os.open(log, os.O_WRONLY | os.O_APPEND)
    sys.addaudithook(lambda event, arguments: watch(opened, event, arguments) if event in _WATCHED else None)


def let_it_be_written() -> None:
    """A process that may write no file could not tell what it does."""
    import resource

    lowered = resource.setrlimit

    def setrlimit(kind: int, limits: tuple[int, int]) -> None:
        if kind != resource.RLIMIT_FSIZE:
            lowered(kind, limits)

    resource.setrlimit = setrlimit


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
