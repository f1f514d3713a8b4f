"""A worker: takes shops out of the queue, looks at them, and ends the run whose last shop is done.

How far a shop is stands in the history's database, and every step there can be made twice: a worker may be killed, stopped or cut
off from the database at any moment, and another one goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from procrastinate.exceptions import AppNotOpen, ConnectorException

from scanner._version import __version__
from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, OwnDefect, Shared
from scanner.gatherers.net.pace import Paces, Server
from scanner.gatherers.net.resolver import SystemResolver
from scanner.history.connect import HistoryError
from scanner.history.queue import Queue, QueuedRun, QueuedShop
from scanner.history.store import History, StrangeDateError
from scanner.history.store import Run as RecordedRun
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings, SiteSettings
from scanner.text.clock import Clock, ShiftedClock
from shopwarden.operations.batch import Batch
from shopwarden.operations.nightly import Command, Outcome, Run, Running, limits_of, run_of, tailed
from shopwarden.operations.one_shop import Seen, ShopScanner, Terms, keep_of_run
from shopwarden.operations.order import order_of
from shopwarden.operations.queueing import our_queue
from shopwarden.operations.sites import Shop, Shops, by_key, site_of_cells
from shopwarden.operations.tickets import Tickets

log = logging.getLogger(__name__)

_T = TypeVar("_T")

PATIENCE_SECONDS = 20.0
"""For shops that are under way when a worker is told to stop; then others look at them."""
LOOK_SECONDS, CARE_SECONDS, RETRY_SECONDS = 1.0, 20.0, 2.0
REMEMBERED = 16
"""Runs whose shared knowledge a worker keeps at once."""
UNREACHABLE = "It could not be reached."
DEFECTIVE = "A part of the program failed; the worker's log says where."


class SharedServer(Server):
    """One server address, for all workers: its next turn and its pauses stand in the database."""

    def __init__(self, queue: Queue, address: str) -> None:
        super().__init__()
        self._queue, self._address = queue, address
        self._holding: set[asyncio.Task[None]] = set()

    async def shared(self, gap: float) -> None:
        """Wait until no worker's request is too near. While the database is away nobody asks."""
        while (wait := await surely(self._queue.turn, self._address, gap)) > 0:  # noqa: ASYNC110  only time ends it
            await asyncio.sleep(wait)

    def pushed_back(self, shop: Hashable, began: float, now: float, wait: float) -> None:
        """The others hear of it too."""
        super().pushed_back(shop, began, now, wait)
        task = asyncio.get_running_loop().create_task(surely(self._queue.hold, self._address, wait))
        self._holding.add(task)
        task.add_done_callback(self._holding.discard)


class Worker:
    """One process. at_once: shops at the same time. parent: the process that started it, with which it ends."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, history: History, *, config: Path | None, at_once: int, parent: int | None
    ) -> None:
        self._settings, self._catalogue, self._history, self._config = settings, catalogue, history, config
        self._queue, self._ours = history.queue(), our_queue(settings)
        self._sites = by_key(settings)
        self._at_once, self._parent = at_once, parent
        self._resolve = SystemResolver()
        self._paces = Paces(1.0, server=partial(SharedServer, self._queue))
        self._shared: dict[str, Shared] = {}
        self._strangers: set[str] = set()
        self._cared = float("-inf")

    async def work(self) -> None:
        """Take jobs until cancelled, or until the parent has ended. What is under way then is ended or given back."""
        tickets = Tickets(self._queue.server, self._ours, self._resolve)
        name = f"{platform.node()}/{os.getpid()}"
        keeper = asyncio.create_task(self._keep(tickets))
        try:
            while not keeper.done():
                try:
                    async with tickets.opened():
                        working = asyncio.create_task(
                            tickets.work(self.shop, self.end, name=name, at_once=self._at_once, patience=PATIENCE_SECONDS)
                        )
                        try:
                            await asyncio.wait({working, keeper}, return_when=asyncio.FIRST_COMPLETED)
                        finally:
                            working.cancel()
                            with suppress(asyncio.CancelledError):
                                await working
                except ConnectorException as error:
                    log.warning("the database is away (%s)", error.__cause__ or error)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    # ---- one shop

    async def shop(self, run: str, site: str) -> None:
        """The job of a shop."""
        queued = await surely(self._queue.run, run)
        shop = await surely(self._queue.begin, run, site)
        if queued is None or shop is None:
            return
        try:
            await self._look(queued, shop)
        except asyncio.CancelledError:
            with suppress(HistoryError):
                await asyncio.to_thread(self._queue.give_back, run, site, "The worker was stopped.")
            raise

    async def _look(self, run: QueuedRun, shop: QueuedShop) -> None:
        if await surely(self._queue.is_recorded, run.id, shop.site):
            return await surely(self._queue.end, run.id, shop.site)
        failed = partial(surely, self._queue.end, run.id, shop.site, failed=True)
        try:
            order = self._order(run, shop)
            seen = await self._scanned(run, order, shop)
            if seen is None:
                return await surely(self._queue.again, run.id, shop.site, UNREACHABLE)
            await surely(self._record, run, order, seen)
            await surely(self._queue.end, run.id, shop.site, because=DEFECTIVE if seen.defective else None)
        except (StrangeDateError, BadSettings, OwnDefect) as error:
            await failed(because=str(error))
        except HistoryError as error:
            log.warning("%s is looked at once more: %s", shop.site, error)
            await surely(self._queue.again, run.id, shop.site, str(error))
        except Exception as error:
            log.exception("scanning %s failed", shop.site)
            await failed(because=f"Our own defect ({type(error).__name__}); please report it.")

    def _site(self, shop: QueuedShop) -> SiteSettings:
        return site_of_cells(shop.cells, self._sites)

    def _order(self, run: QueuedRun, shop: QueuedShop) -> Order:
        """Raises BadSettings."""
        site = self._site(shop)
        order = order_of(site.url, self._settings, run.terms["given"], self._catalogue, site=site)
        return tailed(order, self._settings) if run.command == "nightly" else order

    async def _scanned(self, run: QueuedRun, order: Order, shop: QueuedShop) -> Seen | None:
        ahead = await surely(lambda: self._history.ahead)  # anew for each: this computer's clock may be set meanwhile
        terms = Terms(
            folder=None, compared=run.command == "nightly", ahead=ahead, accept_clock=bool(run.terms.get("accept_clock"))
        )
        scanner = ShopScanner(
            terms, self._catalogue, self._history, paces=self._paces, shared=self._shared_in(run.id), resolve=self._resolve
        )
        return await scanner.scan(order, again=shop.again)

    def _shared_in(self, run: str) -> Shared:
        while len(self._shared) >= REMEMBERED and run not in self._shared:
            self._shared.pop(next(iter(self._shared)))
        return self._shared.setdefault(run, Shared())

    def _record(self, run: QueuedRun, order: Order, seen: Seen) -> None:
        keep_of_run(
            order,
            seen,
            self._history,
            command=run.command,
            run=run.id,
            rules=self._catalogue.rules,
            compared=limits_of(self._settings) if run.command == "nightly" else None,
            accept_clock=bool(run.terms.get("accept_clock")),
        )

    # ---- a run's end

    async def end(self, run: str) -> None:
        """The job that ends a run: once, whoever begins it how often."""
        queued = await surely(self._queue.run, run)
        if queued is None or queued.state == "over":
            return
        try:
            outcome = await asyncio.to_thread(self._close, queued)
        except (BadSettings, HistoryError) as error:
            log.error("the run %s cannot be ended yet: %s", run[:8], error)
            await asyncio.sleep(RETRY_SECONDS)
            return
        for problem in outcome.problems:
            log.error("%s", problem)

    def _close(self, queued: QueuedRun) -> Outcome:
        """Tell what changed, and close it. Raises BadSettings and HistoryError."""
        with self._history.alone():
            shops = tuple(Shop(one.site, self._site(one)) for one in self._queue.shops(queued.id))
            run = run_of(
                cast("Command", queued.command),
                None,
                queued.terms["given"],
                self._catalogue,
                config=self._config,
                accept_clock=bool(queued.terms.get("accept_clock")),
                queued=Shops(shops),
                reading=lambda _file: self._settings,
            )
            if queued.state == "cancelled":
                run = replace(run, heartbeat="")
            running = self._running(run, queued)
            running.batch.tally.failed.extend(self._queue.troubled(queued.id))
            outcome = running.close()
            self._queue.over(queued.id)
            return outcome

    def _running(self, run: Run, queued: QueuedRun) -> Running:
        recorded = RecordedRun(queued.id, queued.started, frozenset(), resumed=False)
        scanner = ShopScanner(Terms(folder=None), self._catalogue, self._history)
        batch = Batch(scanner, self._catalogue.rules, run.folder, history=self._history, run=queued.id)
        clock = ShiftedClock(Clock(), self._history.ahead)
        return Running(run, batch, queued.started, None, clock, self._history, recorded)

    # ---- what all workers look after, each as if it were alone

    async def _keep(self, tickets: Tickets) -> None:
        """Jobs for what is due, for what was lost, and for runs that are to be ended. Ends with the parent."""
        while self._parent is None or os.getppid() == self._parent:
            more = False
            try:
                more = await self._kept(tickets)
            except ConnectorException as error:
                log.warning("the database is away (%s)", error.__cause__ or error)
            except AppNotOpen:
                log.debug("not connected yet")
            await asyncio.sleep(0 if more else LOOK_SECONDS)

    async def _kept(self, tickets: Tickets) -> bool:
        """Once. Whether there may be more. Raises ConnectorException."""
        due = await surely(self._queue.due, self._ours)
        await tickets.put(due)
        await surely(self._queue.ticketed, due)
        for run in await surely(self._queue.to_finish, self._ours):
            await tickets.put_end(run)
        now = asyncio.get_running_loop().time()
        if now - self._cared >= CARE_SECONDS:
            self._cared = now
            if (lost := await tickets.take_up_stalled()) or (lost := await surely(self._queue.make_up, self._ours)):
                log.warning("%s jobs are taken up again: nothing was heard of their workers", lost)
            await self._tell_of_strangers()
        return bool(due)

    async def _tell_of_strangers(self) -> None:
        for run, version, waiting in await surely(self._queue.strangers, self._ours):
            if run not in self._strangers:
                self._strangers.add(run)
                why = "another configuration" if version == __version__ else f"shopwarden {version}; this is {__version__}"
                log.error("%s shops of the run %s are left to other workers: it was begun with %s", waiting, run[:8], why)


async def surely(do: Callable[..., _T], *words: Any, **more: Any) -> _T:
    """Something with the database, in a thread; tried again until it succeeds, while the database is away or full. Raises
    StrangeDateError."""
    told = False
    while True:
        try:
            return await asyncio.to_thread(do, *words, **more)
        except StrangeDateError:
            raise
        except HistoryError as error:
            if not told:
                log.error("%s; waiting for that to be over", error)
            told = True
            await asyncio.sleep(RETRY_SECONDS)
