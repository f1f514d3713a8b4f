"""The jobs of the queue, by procrastinate, whose tables lie beside the history's: one job a shop, one more for a run's end.

A job says which shop of which run, and nothing else: no address, no setting and no secret. Its lock is the shop's web server, so
that one server is asked for one shop at a time, whichever computers the workers run on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager

from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName, Resolve
from scanner.history.queue import Ticket
from scanner.scope.target import Target, as_address

log = logging.getLogger(__name__)

STALLED_SECONDS = 60
"""Without a heartbeat of its worker, after which a job is taken up again."""
HEARTBEAT_SECONDS = 10
SHOP, END = "shop", "end"
FIRST = 1_000_000
"""Priority of a run's end: what is told late is told worse."""
_TRIES, _PATIENCE_SECONDS = 60, 2.0
_BEGUN_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""A moment that is over by any clock: when a job is due is compared with the database's."""

ShopJob = Callable[[str, str], Awaitable[None]]
EndJob = Callable[[str], Awaitable[None]]


def tables() -> str:
    """The statements that make its tables, for who holds the lock (``Queue.make``)."""
    return SchemaManager.get_schema()


class _PatientManager(JobManager):
    """Says once more that a job is over where the database did not hear it: else its lock were held for ever."""

    async def finish_job(self, *words: Any, **more: Any) -> None:
        for _ in range(_TRIES):
            with suppress(ConnectorException):
                return await super().finish_job(*words, **more)
            await asyncio.sleep(_PATIENCE_SECONDS)
        return await super().finish_job(*words, **more)


class Tickets:
    """The jobs of one queue, while ``opened``. server: the database's address. resolve: the names of shops, for their locks."""

    def __init__(self, server: str, queue: str, resolve: Resolve) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=server, min_size=1, max_size=4)
        self._app = procrastinate.App(connector=connector)
        self._app.job_manager = _PatientManager(connector)
        self._queue, self._resolve = queue, resolve

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connected. Raises procrastinate's ConnectorException."""
        async with self._app.open_async():
            yield

    async def put(self, tickets: Sequence[Ticket]) -> None:
        """Make jobs; one that waits already stays as it is."""
        if not tickets:
            return
        locks = await asyncio.gather(*(self._lock_of(one.cells.get("url", one.site)) for one in tickets))
        jobs = [
            self._job(SHOP, lock, f"{one.run} {one.site} {one.turns}", one.priority, run=one.run, site=one.site)
            for one, lock in zip(tickets, locks, strict=True)
        ]
        try:
            await self._app.job_manager.batch_defer_jobs_async(jobs)
        except AlreadyEnqueued:  # all or none
            for job in jobs:
                await self._put(job)

    async def put_end(self, run: str) -> None:
        """Make the job that ends a run, unless it waits already."""
        await self._put(self._job(END, run, run, FIRST, run=run))

    async def take_up_stalled(self) -> int:
        """Jobs whose workers were not heard of for a minute wait once more. How many those were."""
        stalled = list(await self._app.job_manager.get_stalled_jobs(queue=self._queue, seconds_since_heartbeat=STALLED_SECONDS))
        for job in stalled:
            await self._app.job_manager.retry_job(job, retry_at=_BEGUN_LONG_AGO)
        return len(stalled)

    async def work(self, shop: ShopJob, end: EndJob, *, name: str, at_once: int, patience: float) -> None:
        """Take jobs until SIGTERM or SIGINT; what is under way then has some seconds (patience) before it is cancelled. Raises
        ConnectorException where the database is away."""
        for name_, task in ((SHOP, shop), (END, end)):
            if name_ not in self._app.tasks:  # it is opened again after the database was away
                self._app.task(name=name_)(task)
        await self._app.run_worker_async(
            queues=[self._queue],
            name=name,
            concurrency=at_once,
            delete_jobs="always",
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_SECONDS,
            shutdown_graceful_timeout=patience,
            install_signal_handlers=False,
        )

    def _job(self, task: str, lock: str, once: str, priority: int, **words: str) -> Job:
        deferrer = self._app.configure_task(task, queue=self._queue, lock=lock, queueing_lock=once, priority=priority)
        return deferrer.make_new_job(**words)

    async def _put(self, job: Job) -> None:
        try:
            await self._app.job_manager.defer_job_async(job)
        except AlreadyEnqueued:
            log.debug("waits already: %s", job.queueing_lock)

    async def _lock_of(self, url: str) -> str:
        """The address of a shop's web server; its name, where nobody knows that."""
        host = Target.of(url).host
        try:
            return str(as_address(host) or (await self._resolve(host))[0])
        except (NoSuchName, NameUnanswered, IndexError):
            return host
