"""Runs cases several at once in an event loop of its own thread, each once, however many tests look at what it did."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path

from tests.hostile.harness import LONG, Case, Program, Ran, run_case
from tests.patience import PATIENCE

AT_ONCE = 4
WAITING_AT_ONCE = 16


class Pool:
    """folder: where each run gets a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hostile")
        self._thread.start()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._places_to_wait = asyncio.Semaphore(WAITING_AT_ONCE)
        self._runs: dict[str, Future[Ran]] = {}
        self._program = asyncio.run_coroutine_threadsafe(Program.start(), self._loop).result(PATIENCE)

    def begin(self, cases: Iterable[Case]) -> None:
        """Run these as soon as there is a place; those that do little but wait have places of their own."""
        for case in cases:
            self._begin(case)

    def ran(self, case: Case) -> Ran:
        """What came of a case. Blocks until it is over."""
        return self._begin(case).result()

    def forget(self, case: Case) -> None:
        """Whoever asks for this case again gets a new run: a test that is tried again is not shown the same run twice."""
        self._runs.pop(case.name, None)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._program.close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, case: Case) -> Future[Ran]:
        if case.name not in self._runs:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._runs[case.name] = asyncio.run_coroutine_threadsafe(self._run(case, folder), self._loop)
        return self._runs[case.name]

    async def _run(self, case: Case, folder: Path) -> Ran:
        async with self._places if case.time == LONG and not case.waits else self._places_to_wait:
            return await run_case(case, self._program, folder)
