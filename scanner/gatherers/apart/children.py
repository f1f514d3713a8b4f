"""Starts processes for strangers' bytes, gives them orders, and takes what they say as if a stranger said it.

A child runs ``scanner.gatherers.apart.child`` with an empty environment and in a session of its own, so that the terminal's
Ctrl-C is ours to answer. A ``Child`` belongs to no event loop: it may be used by one after the other.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from scanner.gatherers.apart.child import Limits
from scanner.text.sanitize import sanitize

log = logging.getLogger(__name__)

BOOT = (
    "import pickle, sys\n"
    "path, *more = pickle.load(sys.stdin.buffer)\n"
    "sys.path[:] = path\n"
    "from scanner.gatherers.apart.child import Limits, main\n"
    "program, what, limits = more\n"
    "main(program, what, Limits(*limits))\n"
)
"""What a child is started with; all else comes by its pipe."""
END_SECONDS = 3.0
"""For children that are to end when this process does."""
_PIECE = 65_536


class Failed(Exception):
    """A child did not do what it was asked to; the text says why, in words that follow "the process that reads it"."""


class Unexpected(Failed):
    """It met an error that nobody expected there: a defect of ours, whatever brought it about. error: its name."""

    def __init__(self, error: str) -> None:
        super().__init__(f"met an error that we did not expect ({error})")
        self.error = error


class Child:
    """One child. program, what: the module that carries out orders, and what it prepares itself for (``child.main``).

    Raises Failed where it cannot be started. As a context manager it ends with the block.
    """

    def __init__(self, program: str, limits: Limits, what: tuple[str, ...] = ()) -> None:
        self.orders = 0
        self._limits = limits
        self._kept = b""
        self._over = False
        command = [sys.executable, "-I", "-S", "-B", "-c", BOOT]  # -B: it writes no file, its own caches included
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise Failed(f"could not be started ({error.strerror})") from error
        assert self._process.stdin is not None  # noqa: S101  stdin=PIPE was asked for
        assert self._process.stdout is not None  # noqa: S101  stdout=PIPE was asked for
        self._orders, self._answers = self._process.stdin, self._process.stdout
        os.set_blocking(self._answers.fileno(), False)
        path = [os.path.realpath(entry) for entry in sys.path if entry]
        self._put((path, program, what, (limits.memory, limits.cpu, limits.files, limits.answer)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    @property
    def usable(self) -> bool:
        """Whether it is there, and did all that it was asked to."""
        return self._over and self._process.poll() is None

    def send(self, order: object) -> None:
        """Give it an order. Raises Failed."""
        self.orders += 1
        self._over = False
        self._put(order)

    async def hear(self, seconds: float) -> Any:
        """What it says next: JSON that nobody has looked at yet. None once the order is done.

        Raises TimeoutError, Failed; nothing can be expected of it then.
        """
        async with asyncio.timeout(seconds):
            line = await self._line()
        try:
            said = json.loads(line)
            if "said" in said:
                return said["said"]
            failed = said["over"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Failed("gave an answer that is none") from error
        if failed == "MemoryError":
            raise Failed(_MEMORY)
        if failed is not None:
            log.error("an error in a process apart: %s", sanitize(str(said.get("trace")), 4_000, lines=True))
            raise Unexpected(sanitize(str(failed), 40))
        self._over = True
        return None

    def end(self) -> None:
        """End it, whatever it does. Waits for nothing: a process that hangs in a dead network folder cannot even be killed."""
        if self.kill():
            waiting = threading.Thread(target=self._process.wait, name="apart-end", daemon=True)
            _ending[:] = [one for one in _ending if one.is_alive()]
            _ending.append(waiting)
            waiting.start()

    def kill(self) -> bool:
        """Send it away, and leave it to others to wait for it; whether it was there until now."""
        if self._orders.closed:
            return False
        self._process.kill()
        self._orders.close()
        self._answers.close()
        return True

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, no longer than this."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _put(self, order: object) -> None:
        try:
            self._orders.write(pickle.dumps(order))
        except OSError as error:
            raise Failed(self._how()) from error

    async def _line(self) -> bytes:
        """Raises Failed."""
        while b"\n" not in self._kept:
            if len(self._kept) > self._limits.answer:
                raise Failed("said more than it may")
            try:
                part = os.read(self._answers.fileno(), _PIECE)
            except BlockingIOError:
                await self._more()
                continue
            if not part:
                raise Failed(self._how())
            self._kept += part
        line, _, self._kept = self._kept.partition(b"\n")
        return line

    async def _more(self) -> None:
        """Wait until there is something to read."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._answers.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._answers.fileno())

    def _how(self) -> str:
        """How it ended, in words. Its pipe is closed, so it has ended or is about to."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1.0)
            if code == -signal.SIGXCPU:
                return "used up its time of the processor"
            if code == -signal.SIGABRT:  # how native code says that it gets no memory
                return _MEMORY
        return "crashed"


_MEMORY = "needed more memory than it may have"
_ending: list[threading.Thread] = []


class Pool:
    """Children of one program, each used by one at a time and then by the next. orders: how many one of them carries out.

    most: at once. Nobody shares a child with another: what one shop sends can end only its own.
    """

    def __init__(self, program: str, limits: Limits, *, orders: int, most: int) -> None:
        self._program = program
        self.limits = limits
        self.orders = orders
        self._most = most
        self._idle: list[Child] = []
        self._places: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None
        _pools.append(self)

    @asynccontextmanager
    async def child(self, what: tuple[str, ...] = ()) -> AsyncIterator[Child]:
        """A child that is there for the block; kept where all that it was asked was done. what: what it prepares itself for,
        where each carries out one order. Raises Failed."""
        loop = asyncio.get_running_loop()
        if self._places is None or self._places[0] is not loop:
            self._places = loop, asyncio.Semaphore(self._most)
        async with self._places[1]:
            child = self._one(what)
            try:
                yield child
            finally:
                if child.usable and child.orders < self.orders:
                    self._idle.append(child)
                else:
                    child.end()

    def leave(self) -> list[Child]:
        """Give away those that wait."""
        left, self._idle = self._idle, []
        return left

    def _one(self, what: tuple[str, ...]) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.usable:
                return child
            child.end()
        return Child(self._program, self.limits, what)


_pools: list[Pool] = []


def end_all() -> None:
    """End the children that wait for more, and wait a little for all that are ending."""
    ends = time.monotonic() + END_SECONDS
    left = [child for pool in _pools for child in pool.leave()]
    for child in left:
        child.kill()
    for waiting in _ending:
        waiting.join(max(0.0, ends - time.monotonic()))
    for child in left:
        child.wait(max(0.0, ends - time.monotonic()))


atexit.register(end_all)
