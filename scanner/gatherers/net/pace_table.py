"""One pace a server address over all processes of a run: each one's next turn stands in a file that they all have open.

The file has no name and ends with the last of them. A lock of the system's (fcntl(2), ``F_SETLKW``) is held for the microseconds
that a turn takes; it ends with the process that holds it, so one that is killed stops no other. Moments are those of
``time.monotonic``, which is one clock for all processes of a computer.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import tempfile
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from scanner.gatherers.net.pace import Server, following

_ADDRESS_BYTES = 48
"""As many as an IPv6 address may have in words, and some."""
_ENTRY = struct.Struct(f"={_ADDRESS_BYTES}s3d")


@dataclass(slots=True)
class _Known:
    """What all processes know of a server. next: when a request may be sent; paused: till when none may; wanted: seconds between
    two at least, since some shop wants it."""

    next: float = 0.0
    paused: float = 0.0
    wanted: float = 0.0


class PaceTable:
    """The table. Whoever makes it hands ``fileno`` on to other processes, which open it by that. Used by one thread of each.

    now: the clock, for tests.
    """

    def __init__(self, fileno: int | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile() if fileno is None else os.fdopen(fileno, "r+b")  # noqa: SIM115  until close
        self._now = now
        self._places: dict[bytes, int] = {}
        self._read = 0

    @property
    def fileno(self) -> int:
        """The file's descriptor, for ``pass_fds``."""
        return self._file.fileno()

    def close(self) -> None:
        """Let it go; the others keep theirs."""
        self._file.close()

    def server(self, address: str) -> Server:
        """An address, as ``Paces`` asks for it."""
        return _TableServer(self, address)

    def turn(self, address: str, gap: float) -> float:
        """Take a turn at a server, if one has come: 0. Otherwise the seconds until one may. gap: seconds until the next one."""
        with self._held(address) as known:
            now = self._now()
            if (wait := max(known.next, known.paused) - now) > 0:
                return wait
            known.next = following(known.next, now, max(gap, known.wanted))
            return 0.0

    def hold(self, address: str, seconds: float) -> None:
        """A server wants to be left alone for so long: nobody asks it."""
        with self._held(address) as known:
            known.paused = max(known.paused, self._now() + seconds)

    def at_least(self, address: str, gap: float) -> None:
        """No process asks here faster than its most careful shop wants."""
        with self._held(address) as known:
            known.wanted = max(known.wanted, gap)

    @contextmanager
    def _held(self, address: str) -> Iterator[_Known]:
        """What is known of a server, for this process alone as long as the block lasts; what it changes is written."""
        fd, name = self.fileno, address.encode()[:_ADDRESS_BYTES]
        fcntl.lockf(fd, fcntl.LOCK_EX)
        try:
            place = self._place(fd, name)
            _, *moments = _ENTRY.unpack(os.pread(fd, _ENTRY.size, place))
            known = _Known(*moments)
            yield known
            os.pwrite(fd, _ENTRY.pack(name, known.next, known.paused, known.wanted), place)
        finally:
            fcntl.lockf(fd, fcntl.LOCK_UN)

    def _place(self, fd: int, name: bytes) -> int:
        """Where its entry begins; entries are only ever added, so a place once read stays right."""
        if name not in self._places:
            while len(entry := os.pread(fd, _ENTRY.size, self._read)) == _ENTRY.size:
                self._places[entry[:_ADDRESS_BYTES].rstrip(b"\0")] = self._read
                self._read += _ENTRY.size
            if name not in self._places:
                os.pwrite(fd, _ENTRY.pack(name, 0.0, 0.0, 0.0), self._read)
                self._places[name] = self._read
                self._read += _ENTRY.size
        return self._places[name]


class _TableServer(Server):
    """One server address, as this process sees it; its turns and pauses are those of all."""

    def __init__(self, table: PaceTable, address: str) -> None:
        super().__init__()
        self._table, self._address = table, address

    def at_least(self, gap: float) -> None:
        super().at_least(gap)
        self._table.at_least(self._address, gap)

    async def shared(self, gap: float) -> None:
        while (wait := self._table.turn(self._address, gap)) > 0:  # noqa: ASYNC110  only time ends it
            await asyncio.sleep(max(wait, 0.001))

    def pushed_back(self, shop: Hashable, began: float, now: float, wait: float) -> None:
        super().pushed_back(shop, began, now, wait)
        self._table.hold(self._address, wait)
