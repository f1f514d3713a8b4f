"""What the children of test_children.py do."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

PREPARED: list[str] = []


def prepare(what: tuple[str, ...]) -> None:
    PREPARED.extend(what)


def run(order: tuple[str, Any], say: Callable[[Any], None]) -> None:
    name, given = order
    DOES[name](given, say)


def about(_given: object, say: Callable[[Any], None]) -> None:
    own = Path("/proc/self")
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("CORE", "FSIZE", "NOFILE", "CPU")}
    say(
        {
            "pid": os.getpid(),
            "environment": own.joinpath("environ").read_bytes().decode(),
            "arguments": own.joinpath("cmdline").read_bytes().decode(),
            "folder": os.getcwd(),  # noqa: PTH109
            "prepared": PREPARED,
            "limits": limits,
            "modules": sorted(sys.modules),
            "session": os.getsid(0) == os.getpid(),
        }
    )


def fill(_given: object, say: Callable[[Any], None]) -> None:
    say("begun")
    kept = []
    while True:
        kept.append(b"x" * 1_000_000)


def fill_in_threads(_given: object, _say: Callable[[Any], None]) -> None:
    kept: list[bytearray] = []
    begun = threading.Event()  # a thread that begins without memory may leave whoever started it waiting

    def keep() -> None:
        begun.wait()
        kept.extend(bytearray(500_000) for _ in range(100))

    threads = [threading.Thread(target=keep) for _ in range(30)]
    for thread in threads:
        thread.start()
    begun.set()
    for thread in threads:
        thread.join()
    raise MemoryError if len(kept) < 3_000 else AssertionError


def die(number: int, _say: Callable[[Any], None]) -> None:
    os.kill(os.getpid(), number)
    time.sleep(PATIENCE)


def crash(_given: object, _say: Callable[[Any], None]) -> None:
    ctypes.string_at(0)


def compute(_given: object, _say: Callable[[Any], None]) -> None:
    while True:
        pass


def wait(_given: object, say: Callable[[Any], None]) -> None:
    say(os.getpid())
    time.sleep(PATIENCE)


def write(file: str, _say: Callable[[Any], None]) -> None:
    Path(file).write_text("x")


def many_files(_given: object, say: Callable[[Any], None]) -> None:
    opened = []
    try:
        while len(opened) < 10_000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for one in opened:
        os.close(one)
    say(len(opened))


def look_up(name: str, say: Callable[[Any], None]) -> None:
    try:
        say(socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        say(type(error).__name__)


def shout(_given: object, say: Callable[[Any], None]) -> None:
    sys.stdout.write("this is no answer\n")
    sys.stdout.flush()
    os.write(1, b"nor is this\n")
    say("an answer")


def say_what_was_read(given: str, _say: Callable[[Any], None]) -> None:
    try:
        int(given)
    except ValueError as error:
        raise KeyError(given) from error


DOES: dict[str, Callable[[Any, Callable[[Any], None]], None]] = {
    "about": about,
    "compute": compute,
    "crash": crash,
    "die": die,
    "divide": lambda given, _say: given // 0,
    "fill": fill,
    "fill in threads": fill_in_threads,
    "look up": look_up,
    "many files": many_files,
    "repeat": lambda given, say: [say(one) for one in given],
    "say much": lambda given, say: say("x" * given),
    "say what was read": say_what_was_read,
    "shout": shout,
    "wait": wait,
    "write": write,
}
