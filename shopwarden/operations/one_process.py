"""One of the processes of a run: scans shops for the one that started it, until that one wants no more or has ended.

It is given orders by a pipe, one pickle after the other, and answers by another one; both ends are our own program. It only reads
in the history. It ends when the pipe of its orders ends, whatever is under way: so it never outlives whoever started it, however
that one came to its end, and nothing is half done then, since reports are written whole and nobody but that one records.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import resource
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from scanner.engine.catalogue import load
from scanner.engine.scan import Order, OwnDefect
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.pace_table import PaceTable
from scanner.history.store import History
from scanner.text.logs import log_to_stderr
from shopwarden.operations.memory import give_freed_memory_back
from shopwarden.operations.one_shop import Seen, ShopScanner, Terms

LENGTH = struct.Struct("=Q")
"""Before each answer: its bytes."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process is made for. number: its place among the others, from 1. database: of the history, where there is one
    (``History.open``). paces: the descriptor of the table that all share. verbose: as ``log_to_stderr`` takes it."""

    number: int
    terms: Terms
    database: str | None
    paces: int
    verbose: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """To the order of that number: what was seen, or what was raised. memory: bytes that this process takes up now."""

    number: int
    seen: Seen | None
    raised: Exception | None
    memory: int


def main() -> NoReturn:
    """Carry out orders until there are no more. The first thing on stdin is the ``Setup``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is answered by whoever started this
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what a library prints is no answer
    setup: Setup = pickle.load(orders)  # noqa: S301  from whoever started us
    log_to_stderr(verbose=setup.verbose, before=f"[{setup.number}] ")
    give_freed_memory_back()
    asyncio.run(_serve(setup, orders, answers))
    os._exit(0)


async def _serve(setup: Setup, orders: IO[bytes], answers: IO[bytes]) -> None:
    history = History.open(setup.database) if setup.terms.recorded else None
    table = PaceTable(setup.paces)
    scanner = ShopScanner(setup.terms, load(), history, paces=Paces(1.0, server=table.server))
    loop, running, writing = asyncio.get_running_loop(), set[asyncio.Task[None]](), threading.Lock()

    def say(answer: Answer) -> None:
        said = pickle.dumps(answer)
        with writing, suppress(BrokenPipeError):  # nobody listens any more; that one's end ends us
            _write(answers, LENGTH.pack(len(said)) + said)

    async def carry_out(number: int, order: Order, again: bool) -> None:
        seen, raised = None, None
        try:
            seen = await scanner.scan(order, again=again)
        except Exception as error:
            raised = _carried(error)
        await asyncio.to_thread(say, Answer(number, seen, raised, memory_used()))

    def begin(number: int, order: Order, again: bool) -> None:
        task = loop.create_task(carry_out(number, order, again))
        running.add(task)
        task.add_done_callback(running.discard)

    threading.Thread(target=_listen, args=(orders, loop, begin), daemon=True).start()
    await loop.create_future()  # the thread ends us


def _listen(orders: IO[bytes], loop: asyncio.AbstractEventLoop, begin: Callable[..., None]) -> NoReturn:
    try:
        while True:
            loop.call_soon_threadsafe(begin, *pickle.load(orders))  # noqa: S301  from whoever started us
    except EOFError:
        os._exit(0)
    except BaseException:
        logging.getLogger(__name__).exception("an order cannot be read")
        os._exit(1)


def _write(pipe: IO[bytes], said: bytes) -> None:
    left = memoryview(said)
    while left:
        left = left[pipe.write(left) :]


def _carried(error: Exception) -> Exception:
    """An error that can be sent, with its trace as a note: whoever logs it there logs that."""
    error.add_note("".join(traceback.format_exception(error)))
    with suppress(Exception):
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301  made a moment ago
            return error
    sent = OwnDefect(f"Our own defect ({type(error).__name__}); please report it.")
    sent.__notes__ = error.__notes__
    return sent


def memory_used() -> int:
    """Bytes of memory, by proc(5); the most that there ever were where a system has no such file."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
