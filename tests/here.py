"""What belongs into a process apart, done in a thread of the test's own: for tests that change what is done there.

The fixture ``here`` (tests/conftest.py) puts ``Here`` in the children's place. How real ones behave is tested with real ones
(tests/scanner/gatherers/apart, tests/hostile).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from scanner.gatherers.apart.children import Failed, Unexpected

log = logging.getLogger(__name__)


class Here:
    """As ``children.Pool`` and its ``Child``, of a program that runs in this process."""

    def __init__(self, program: str) -> None:
        self._module = importlib.import_module(program)

    @asynccontextmanager
    async def child(self, what: tuple[str, ...] = ()) -> AsyncIterator[Here]:
        made = Here(self._module.__name__)
        made._module.prepare(what)
        made._loop = asyncio.get_running_loop()
        made._told = asyncio.Queue()
        yield made

    _loop: asyncio.AbstractEventLoop
    _told: asyncio.Queue[Any]

    def send(self, order: object) -> None:
        threading.Thread(target=self._work, args=(order,), daemon=True).start()

    async def hear(self, seconds: float) -> Any:
        async with asyncio.timeout(seconds):
            told = await self._told.get()
        if isinstance(told, BaseException):
            raise Failed("needed more memory") if isinstance(told, MemoryError) else Unexpected(type(told).__name__)
        return told

    def _work(self, order: object) -> None:
        try:
            self._module.run(order, self._tell)
            self._tell(None)
        except BaseException as error:
            log.exception("an error in what belongs into a process apart")
            self._tell(error)

    def _tell(self, value: Any) -> None:
        told = value if isinstance(value, BaseException) else json.loads(json.dumps(value))
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.put_nowait, told)
