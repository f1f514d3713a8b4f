"""The other process: reads strangers' bytes for the one that started it, and tells it what it saw in lines of JSON.

It is given orders by a pipe, one pickle after the other (they are our own), and carries each out by its program's ``run``. It
ends when that pipe ends: so it never outlives whoever started it, however that one came to its end. (Not PR_SET_PDEATHSIG: that
speaks of the thread that started it, which may end before.)
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import queue
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

STACK_BYTES = 2 * 1024 * 1024
"""Of each thread; the system's usual eight megabytes would count as used."""
ARENAS = 2
TRACE_CHARS = 3_000
MOST_CAUSES = 5
_M_ARENA_MAX = -8  # mallopt(3)
_PR_SET_NO_NEW_PRIVS = 38  # prctl(2)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use. memory: bytes of address space beyond what its own libraries take. cpu: seconds of the processor for
    one order. files: open at once, connections among them. answer: bytes of one thing that it says; whoever listens counts them.
    """

    memory: int
    cpu: int
    files: int = 64
    answer: int = 4_000_000


def main(program: str, what: tuple[str, ...], limits: Limits) -> NoReturn:
    """Carry out orders until there are no more. program: a module whose ``prepare(what)`` reads what it needs before anything is
    limited, and whose ``run(order, say)`` carries out one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.stack_size(STACK_BYTES)
    said = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints is no answer
    _look_up_no_names()
    libc = ctypes.CDLL(None)
    with suppress(AttributeError):  # only where there is such a function
        libc.mallopt(_M_ARENA_MAX, ARENAS)  # each further arena would reserve 64 MB of addresses
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    module = importlib.import_module(program)
    module.prepare(what)
    orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_work, args=(module.run, orders, said, limits.cpu), daemon=True).start()
    limit(limits)
    with suppress(EOFError):
        while True:
            orders.put(pickle.load(sys.stdin.buffer))  # noqa: S301  from whoever started us
    os._exit(0)


def _look_up_no_names() -> None:
    """Whoever gives an order has looked up and checked where its names lead: no library here asks again."""
    look_up = socket.getaddrinfo

    def numbers_alone(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:  # noqa: A002  socket.getaddrinfo's
        return look_up(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)

    socket.getaddrinfo = numbers_alone


def limit(limits: Limits) -> None:
    """From here on: no file written, no core, few open files, little memory more than there is."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, limits.files)
    with suppress(OSError):  # a system without /proc
        _lower(resource.RLIMIT_AS, addresses_used() + STACK_BYTES + limits.memory)


def _lower(kind: int, most: int) -> None:
    """For good: never above what we ourselves were left."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def addresses_used() -> int:
    """Bytes of address space, by proc(5). Raises OSError."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _work(run: Any, orders: queue.SimpleQueue[Any], said: IO[bytes], cpu: int) -> None:
    """One order after the other. Whatever an order leads to, whoever gave it is told one thing last: None where it is done, else
    the name of what went wrong."""

    def say(value: Any) -> None:
        _write(said, {"said": value})

    while True:
        order = orders.get()
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = int(time.process_time()) + cpu + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        failed, trace = None, ""
        try:
            run(order, say)
        except MemoryError:
            failed = MemoryError.__name__
        except BaseException as error:  # a defect of ours, or what a stranger's bytes did to a library
            no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)  # its stack is memory, too
            failed = MemoryError.__name__ if no_thread else type(error).__name__
            trace = trace_of(error)
        del order
        _write(said, {"over": failed, "trace": trace})


def trace_of(error: BaseException) -> str:
    """Where it went wrong, and what kind of error led to which; without the errors' words, in which the bytes that were read may
    stand: a card's number, a password."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < MOST_CAUSES:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    parts = ("".join(traceback.format_tb(one.__traceback__, limit=-10)) + type(one).__name__ for one in reversed(chain))
    return "\n".join(parts)[-TRACE_CHARS:]


def _write(said: IO[bytes], value: Any) -> None:
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[said.write(line) :]
