"""An event loop whose clock goes only while everybody waits: a busy machine cannot make a deadline of ours strike too early, and
nobody waits for one that is to strike.

For tests whose servers run in the same loop as what asks them (``tests.loopback``): marked ``idle_time``, they may say by the
loop's own clock when something was over. Work in the loop's executor is waited for, and takes no time. What other threads and
processes do is not seen: nothing for tests with real servers.
"""

from __future__ import annotations

import asyncio
import selectors
from concurrent.futures import Future
from typing import Any

SETTLED = 0.05
"""Seconds of real silence after which nothing is under way on loopback any more."""


class IdleTime(asyncio.SelectorEventLoop):
    """``time`` begins at 0 and is what was waited for."""

    def __init__(self) -> None:
        self._now = 0.0
        self._at_work: set[Future[Any]] = set()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        made = super().run_in_executor(executor, func, *args)
        self._at_work.add(made)
        made.add_done_callback(self._at_work.discard)
        return made


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # chosen at run time
    def __init__(self, loop: IdleTime) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        """As the clock goes: once nothing came for a moment, the time that was to be waited for is over."""
        if not timeout or timeout < 0:
            return super().select(timeout)
        events = super().select(min(timeout, SETTLED))
        if not events and not self._loop._at_work:
            self._loop._now += timeout
        return events


def clock() -> float:
    """The time by the running loop's clock: in tests that are marked ``idle_time`` the one that goes only while all wait."""
    return asyncio.get_running_loop().time()
