"""Time in tests. None asserts it: a busy machine takes ten times as long for everything, and is right.

What must be quick is counted: requests, bytes, steps, and with ``cpu`` the processor's time that our own code uses. What must
come is waited for as long as it takes (``eventually``). What must end by a deadline of ours is tested on something that never
ends by itself: the test is over only because we left. This is the one module of the tests that reads a clock
(``tests/laws/test_clock.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 300.0
"""Seconds to wait for what must come: so many that only something that hangs uses them up."""


@contextmanager
def cpu(most: float, what: str = "", *, threads: bool = False) -> Iterator[None]:
    """The block uses no more than these seconds of the processor, in this thread or in all threads of this process.

    what: named where it uses more. most: ten times what it takes and more; what it is there for (a pattern that goes back again and again, a loop in a loop) takes
    minutes.
    """
    clock = time.process_time if threads else time.thread_time
    began = clock()
    yield
    used = clock() - began
    assert used < most, f"{what or 'this'} took {used:.1f} s of CPU; {most:g} are enough"


def eventually(told: Callable[[], object]) -> None:
    """Wait until it tells something true. Raises AssertionError when it hangs."""
    ends = time.monotonic() + PATIENCE
    while not told():
        assert time.monotonic() < ends, f"still not so after {PATIENCE:.0f} s"
        time.sleep(0.02)


def moment(seconds: float = 0.0) -> float:
    """So many seconds from now, on the clock that deadlines are measured by."""
    return time.monotonic() + seconds


def stamp(seconds: float = 0.0) -> float:
    """So many seconds from now since 1970: for the times of files, and for signatures."""
    return time.time() + seconds
