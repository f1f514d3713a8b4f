"""Host names → addresses by the system's resolver, so that no name can make another wait.

A name server that says nothing holds a look-up for as long as the system likes (half a minute, usually), and nothing can end it.
So each look-up has a thread of its own; shops' names have their places, names of others (whatever a page, a certificate or a mail
domain names) have others, and of those one scan takes only a few at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable

from scanner.gatherers.contract import CouldNotGather

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]
"""Host name → addresses as text. Raises NoSuchName or NameUnanswered."""

MOST_LOOK_UPS = 64
"""Of shops' names at once, and as many of others'."""
MOST_OF_OTHERS = 4
"""Of one scan at once. Who waits for a place longer than for an answer has none."""
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class NoSuchName(CouldNotGather):
    """The resolver says that the name has no address."""


class NameUnanswered(CouldNotGather):
    """The resolver did not answer in time."""


class SystemResolver:
    """getaddrinfo; /etc/hosts counts. One for all scans of a run."""

    def __init__(self) -> None:
        self._shops = asyncio.Semaphore(MOST_LOOK_UPS)
        self._others = asyncio.Semaphore(MOST_LOOK_UPS)

    async def __call__(self, host: str) -> tuple[str, ...]:
        """The addresses of a shop's own name. Raises NoSuchName, NameUnanswered."""
        return await _looked_up(host, self._shops)

    async def other(self, host: str) -> tuple[str, ...]:
        """The addresses of somebody else's name. Raises NoSuchName, NameUnanswered."""
        return await _looked_up(host, self._others)


def of_others(resolve: Resolve) -> Resolve:
    """How one scan looks up names of others: a few at a time. A place is free when its look-up has ended, which may be long after
    anybody waits for it."""
    places = asyncio.Semaphore(MOST_OF_OTHERS)
    look_up = resolve.other if isinstance(resolve, SystemResolver) else resolve
    running: set[asyncio.Task[tuple[str, ...]]] = set()

    def ended(task: asyncio.Task[tuple[str, ...]]) -> None:
        running.discard(task)
        places.release()
        if not task.cancelled():
            task.exception()  # whoever waited has it, or nobody wants it

    async def resolving(host: str) -> tuple[str, ...]:
        await places.acquire()
        task = asyncio.ensure_future(look_up(host))
        running.add(task)
        task.add_done_callback(ended)
        return await asyncio.shield(task)

    return resolving


async def _looked_up(host: str, places: asyncio.Semaphore) -> tuple[str, ...]:
    await places.acquire()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def ended(found: tuple[str, ...] | None, failure: BaseException | None) -> None:
        places.release()
        if answer.done():
            return  # nobody waits any more
        if failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(found or ())

    def look_up() -> None:
        found, failure = None, None
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = tuple(sorted({str(entry[4][0]).partition("%")[0] for entry in entries}, key=_family_first))
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(ended, found, failure)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()  # a program waits for an executor's threads
    try:
        return await answer
    except (socket.gaierror, UnicodeError) as error:
        if isinstance(error, socket.gaierror) and error.errno not in _NO_SUCH_NAME:
            raise NameUnanswered(f"The name {host} could not be looked up just now; is this computer online?") from error
        raise NoSuchName(f"The name {host} has no address; is it spelt right?") from error


def _family_first(address: str) -> tuple[bool, str]:
    return ":" in address, address
