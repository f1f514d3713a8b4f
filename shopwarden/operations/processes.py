"""The shops of a run in several processes of this computer: one scans, compares and writes reports, this one records.

Shops at one server address go to one process, where what is learnt of that server is known; that no two requests are closer
than its pace allows is kept by a table that all processes share. A process that dies takes no shop with it: each that was under
way there is tried once more, in a process of its own, so that only who is to blame is told so.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import sys
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self

from scanner.engine.scan import Order, OwnDefect
from scanner.gatherers.net.pace_table import PaceTable
from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName, Resolve, SystemResolver
from scanner.scope.target import Target, as_address
from shopwarden.operations.one_process import LENGTH, Answer, Setup
from shopwarden.operations.one_shop import Seen, Terms, seconds_for

log = logging.getLogger(__name__)

SHOPS_AT_ONCE, SHOPS_EACH = 2, 8
"""Of each process, at least: a process takes a second to begin, and one that waits for a shop's answers is of no use."""
MOST_MEMORY = 512 * 1024**2
"""Bytes of one process; one that takes up more has no further shop, and another one takes its place …"""
MEMORY_AFTER = 20
"""… but for its first shops: what that many need at once is nothing that another process would not need."""
RESOLVE_SECONDS = 5.0
LATE_SECONDS = 60.0
"""After a shop's time by which its process would have ended it: then it does nothing any more."""
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from shopwarden.operations.one_process import main; main()"
"""What a process is started with, and the path of this one; all else comes by its pipe."""


def cores() -> int:
    """Of this computer's processors, those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes_for(shops: int, at_once: int, *, most: int) -> int:
    """How many processes are worth their start. most: that there may be."""
    return max(1, min(most, at_once // SHOPS_AT_ONCE, shops // SHOPS_EACH))


class Servers:
    """The servers of a run's shops, each looked up once."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or SystemResolver()
        self._known: dict[str, str] = {}

    async def of(self, target: Target) -> str:
        """As ``server_of``."""
        if target.host not in self._known:
            self._known[target.host] = await server_of(target, self._resolve)
        return self._known[target.host]


async def server_of(target: Target, resolve: Resolve) -> str:
    """The address of a shop's web server; its name, where nobody knows that soon."""
    if (address := as_address(target.host)) is not None:
        return str(address)
    if named := target.resolve.get(target.host):
        return named[0]
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            return (await resolve(target.host))[0]
    except (NoSuchName, NameUnanswered, IndexError, TimeoutError):
        return target.host


class Ended(Exception):
    """A process has ended, or had to be; the text says how, in words that follow "the process that scanned it"."""


class Processes:
    """So many processes, while it is open as a context manager (``batch.ScansShops``). They are started when they are needed.

    terms, database, verbose: as ``Setup`` has them. servers: those of the run's shops.
    """

    def __init__(
        self, number: int, terms: Terms, database: str | None, *, verbose: bool = False, servers: Servers | None = None
    ) -> None:
        self._terms, self._database, self._verbose = terms, database, verbose
        self._servers = servers or Servers()
        self._places: list[_Process | None] = [None] * number
        self._of_server: dict[str, int] = {}
        self._all: list[_Process] = []
        self._numbers = count(1)
        self._alone = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._paces = PaceTable()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._all:
            process.kill()
        for process in self._all:
            await process.wait()
        self._paces.close()

    async def scan(self, order: Order, *, again: bool) -> Seen | None:
        """As ``ShopScanner.scan``, in one of the processes."""
        server = await self._servers.of(order.target)
        try:
            return await self._for(server).scan(order, again=again)
        except Ended as ended:
            log.error("%s: the process that scanned it %s; it is tried once more, alone", order.key, ended)
        async with self._alone:
            process = self._begun()
            try:
                return await process.scan(order, again=again)
            except Ended as ended:
                raise OwnDefect(f"Our own defect: the process that scanned it {ended}, twice; please report it.") from ended
            finally:
                process.kill()

    def _for(self, server: str) -> _Process:
        """The process in whose charge a server is; of a new one, the least busy process."""
        place = self._of_server.get(server)
        if place is None:
            shops = [process.under_way if process is not None else 0 for process in self._places]
            place = self._of_server[server] = shops.index(min(shops))
        process = self._places[place]
        if process is None or not process.usable:
            process = self._places[place] = self._begun()
        return process

    def _begun(self) -> _Process:
        self._all = [process for process in self._all if not process.ended]
        setup = Setup(next(self._numbers), self._terms, self._database, self._paces.fileno, self._verbose)
        process = _Process(setup)
        self._all.append(process)
        return process


class _Process:
    """One process, from here."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._waiting: dict[int, asyncio.Future[Seen | None]] = {}
        self._numbers = count(1)
        self._done, self._memory = 0, 0
        self._how = ""
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._life = asyncio.create_task(self._live())

    @property
    def under_way(self) -> int:
        """Shops that it has now."""
        return len(self._waiting)

    @property
    def ended(self) -> bool:
        """Whether it is gone, or about to be."""
        return self._life.done()

    @property
    def usable(self) -> bool:
        """Whether it is there, and to have more shops."""
        return not self.ended and not self._how and not self._is_full

    @property
    def _is_full(self) -> bool:
        return self._memory > MOST_MEMORY and self._done >= MEMORY_AFTER

    async def scan(self, order: Order, *, again: bool) -> Seen | None:
        """As ``ShopScanner.scan``. Raises Ended besides."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(number, order, again)
            async with asyncio.timeout(seconds_for(order) + LATE_SECONDS):
                return await asyncio.shield(answer)
        except TimeoutError:
            if answer.done():
                raise  # the scan's own
            self._how = "did nothing any more"
            self.kill()
            raise Ended(self._how) from None
        finally:
            if not answer.cancel() and not answer.cancelled():
                answer.exception()  # whoever waited has it, or was told how the process ended
            del self._waiting[number]
            if self._is_full and not self._waiting:
                log.info("process %s took up %s MB; another one takes its place", self._setup.number, self._memory >> 20)
                self.kill()

    async def _send(self, number: int, order: Order, again: bool) -> None:
        """Raises Ended."""
        await self._ready.wait()
        if self._process is None or self._process.stdin is None or self._how:
            raise Ended(self._how)
        with suppress(ConnectionError):  # its end is seen where its answers are read
            self._process.stdin.write(pickle.dumps((number, order, again)))
            await self._process.stdin.drain()

    def kill(self) -> None:
        """End it, whatever it does."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        elif self._process is None:
            self._life.cancel()

    async def wait(self) -> None:
        """Until it has ended."""
        await asyncio.wait({self._life})

    async def _live(self) -> None:
        """From its start to its end: take its answers to whoever waits for them."""
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *_command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=[self._setup.paces],
                start_new_session=True,
            )
            assert process.stdin is not None  # noqa: S101  PIPE was asked for
            assert process.stdout is not None  # noqa: S101  PIPE was asked for
            process.stdin.write(pickle.dumps(self._setup))
            self._ready.set()
            await self._heard(process.stdout)
            self._how = self._how or _how(await process.wait())
        except OSError as error:
            self._how = f"could not be started ({error.strerror})"
        except Exception:
            log.exception("what the process %s says cannot be read", self._setup.number)
        finally:
            self._how = self._how or "was given up"
            self._ready.set()
            self.kill()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(Ended(self._how))

    async def _heard(self, answers: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
                said: Answer = pickle.loads(await answers.readexactly(length))  # noqa: S301  our own program wrote it
                self._memory = said.memory
                self._done += 1
                waiting = self._waiting.get(said.number)
                if waiting is None or waiting.done():
                    continue
                if said.raised is not None:
                    waiting.set_exception(said.raised)
                else:
                    waiting.set_result(said.seen)


def _command() -> list[str]:
    return [sys.executable, "-I", "-c", _BOOT, *(os.path.realpath(entry) for entry in sys.path if entry)]


def _how(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
