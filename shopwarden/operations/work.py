"""Workers as processes: one that works until it is told to stop, and one that starts several and lets none die for good."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from scanner.engine.catalogue import Catalogue
from scanner.history.store import History
from scanner.settings.models import Settings
from shopwarden.operations.worker import PATIENCE_SECONDS, Worker

log = logging.getLogger(__name__)

RESTART_SECONDS = 5.0
STOP = (signal.SIGTERM, signal.SIGINT)


def one(
    settings: Settings, catalogue: Catalogue, history: History, *, config: Path | None, at_once: int, parent: int | None
) -> int:
    """Work until SIGTERM, in this process. The exit code."""
    worker = Worker(settings, catalogue, history, config=config, at_once=at_once, parent=parent)
    return asyncio.run(_until_told(worker))


async def _until_told(worker: Worker) -> int:
    working = asyncio.create_task(worker.work())
    for number in STOP:
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    await asyncio.wait({working})
    if not working.cancelled():
        working.result()
    return 0


def many(processes: int | None, words: Sequence[str]) -> int:
    """Work in several processes until SIGTERM. processes: None takes the cores that this one may use. words: each one's options.

    The exit code.
    """
    return asyncio.run(_all(processes or len(os.sched_getaffinity(0)), words))


async def _all(processes: int, words: Sequence[str]) -> int:
    places = [asyncio.create_task(_place(words)) for _ in range(processes)]
    stopping = asyncio.gather(*places)
    for number in STOP:
        asyncio.get_running_loop().add_signal_handler(number, stopping.cancel)
    await asyncio.wait(places)
    return 0


async def _place(words: Sequence[str]) -> None:
    """A process, and another one whenever it ends by itself."""
    while True:
        command = [sys.executable, "-m", "shopwarden", "worker", "--parent", str(os.getpid()), *words]
        process = await asyncio.create_subprocess_exec(*command, start_new_session=True)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stopped(process)
            raise
        log.error("a worker ended with %s; another one takes its place", code)
        await asyncio.sleep(RESTART_SECONDS)


async def _stopped(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + RESTART_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
