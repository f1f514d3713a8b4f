"""A run over many shops, by ``batch`` or ``nightly``: what is wrong with its settings is found before the first scan, and what
changed is told once, whatever ended it in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from reports.alerts.words import Told
from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order
from scanner.history.comparison import Limits
from scanner.history.connect import HistoryError
from scanner.history.store import History, StrangeDateError
from scanner.history.store import Run as RecordedRun
from scanner.scope.tail import Tail
from scanner.settings.errors import BadSettings
from scanner.settings.models import Readers, Settings
from scanner.settings.reading import FILE_NAME, read_settings
from scanner.settings.secrets import expanded
from scanner.text.clock import Clock, ShiftedClock
from shopwarden.delivery.outbox import deliver
from shopwarden.delivery.receiver import NotDelivered
from shopwarden.delivery.webhook import beat
from shopwarden.operations.batch import Batch, Tally
from shopwarden.operations.errors import Refused
from shopwarden.operations.file_names import file_stem, paper_of
from shopwarden.operations.keep import database_of
from shopwarden.operations.lock import Overlapping, one_at_a_time
from shopwarden.operations.memory import give_freed_memory_back
from shopwarden.operations.notify import Post, Report, link_to, put_out, words_of
from shopwarden.operations.one_shop import ShopScanner, Terms
from shopwarden.operations.order import order_of
from shopwarden.operations.processes import Processes, Servers, cores, processes_for
from shopwarden.operations.sites import Shops, read_shops
from shopwarden.operations.write_reports import for_own_people, write_overview

Command = Literal["batch", "nightly"]


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be done, checked. identity: by which the next call knows that it goes on with this one. processes: None takes as
    many as are worth it. post: None tells nobody.

    again: what the command that looks at a shop again needs besides the shop. recorded: whether there is a history. heartbeat: an
    address that is asked for after a complete run, or "". accept_clock: somebody says that the clock is right. queued:
    workers do it, and write no folder.
    """

    command: Command
    identity: str
    settings: Settings
    catalogue: Catalogue
    shops: Shops
    orders: tuple[Order, ...]
    folder: Path
    at_once: int
    processes: int | None = None
    recorded: bool = True
    database: str | None = None
    post: Post | None = None
    heartbeat: str = ""
    accept_clock: bool = False
    queued: bool = False
    again: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. told: what changed. problems: what could not be written or delivered, in words."""

    tally: Tally
    problems: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


def run_of(
    command: Command,
    file: Path | None,
    given: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    config: Path | None = None,
    folder: Path | None = None,
    at_once: int | None = None,
    processes: int | None = None,
    database: str | None = None,
    no_history: bool = False,
    accept_clock: bool = False,
    queued: Shops | None = None,
    reading: Callable[[Path | None], Settings] = read_settings,
) -> Run:
    """Read everything and check it. file: a configuration, or a CSV file beside one. given: what the caller says of scans.
    queued: the shops as they stand in the queue, where a worker asks. reading: what reads the configuration.

    Raises BadSettings.
    """
    config, csv = (file, None) if file is not None and file.suffix.lower() == ".toml" else (config, file)
    settings = reading(config)
    shops = queued or read_shops(csv, settings)
    orders = tuple(order_of(shop.site.url, settings, given, catalogue, site=shop.site) for shop in shops.shops)
    nightly = command == "nightly"
    if nightly:
        orders = tuple(tailed(order, settings) for order in orders)
    return Run(
        command=command,
        identity=str((csv or config or Path(FILE_NAME)).resolve()),
        settings=settings,
        catalogue=catalogue,
        shops=shops,
        orders=orders,
        folder=folder or settings.folder / settings.nightly.folder.expanduser(),
        at_once=at_once or settings.nightly.at_once,
        processes=processes or settings.nightly.processes,
        recorded=nightly or not (no_history or settings.defaults.get("no_history")),
        database=database_of(settings, database),
        post=Post.of(settings, None if csv or queued else [shop.key for shop in shops.shops]) if nightly else None,
        heartbeat=_heartbeat(settings) if nightly else "",
        accept_clock=accept_clock,
        queued=queued is not None,
        again={"given": given, "config": config, "database": database},
    )


def tailed(order: Order, settings: Settings) -> Order:
    """An order as a night's: it asks for some of the long list, too."""
    return replace(order, tail=Tail(count=settings.nightly.long_tail))


def limits_of(settings: Settings) -> Limits:
    """What a night's scan is compared by."""
    return Limits(not_confirmed=settings.nightly.unconfirmed_days)


def _heartbeat(settings: Settings) -> str:
    try:
        return expanded(settings.nightly.heartbeat, settings.folder) if settings.nightly.heartbeat else ""
    except BadSettings as error:
        raise BadSettings(f"{settings.place('nightly', 'heartbeat')}: {error}") from error


@dataclass(slots=True)
class Running:
    """A run that was begun. resumed: when the run was begun that this one goes on with, and how many of its shops are done.
    scanning: what is there while shops are scanned."""

    run: Run
    batch: Batch
    started: datetime
    resumed: tuple[datetime, int] | None = None
    clock: Clock = field(default_factory=Clock)
    history: History | None = None
    recorded: RecordedRun | None = None
    scanning: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)

    async def scan(self) -> None:
        """Scan what is not done yet. Raises HistoryError."""
        async with self.scanning:
            await self.batch.scan_all(self.run.orders, self.recorded.done if self.recorded else frozenset())

    def finish(self, *, interrupted: bool) -> Outcome:
        """Write the overview; then tell what changed and close the run, unless it was ended before. Raises HistoryError."""
        run, tally = self.run, self.batch.tally
        try:
            seen = self.batch.overview(run.orders, self.started)
            write_overview(seen, run.settings, run.catalogue.articles, run.folder)
        except OSError as error:
            tally.unwritten.append(f"{run.folder}: the overview cannot be written ({error.strerror})")
        if interrupted:
            return Outcome(tally, tuple(tally.unwritten))
        return self.close()

    def close(self) -> Outcome:
        """Tell what changed and close the run. Done again, after it was ended in the middle, it tells nobody twice. Raises
        HistoryError."""
        run, tally = self.run, self.batch.tally
        if self.history is None or self.recorded is None:
            return Outcome(tally, tuple(tally.unwritten))
        now = self.clock.now()
        told: tuple[Told, ...] = ()
        undelivered: tuple[str, ...] = ()
        if run.post is not None:
            words, reports = words_of(run.catalogue, run.settings.agency), self._reports()
            told = put_out(self.history, run.post, run.shops.shops, words, now, reports)
        self.history.finish_run(self.recorded.id, now)
        if run.post is not None:
            undelivered = deliver(self.history, run.post.receivers, now)
        if not run.accept_clock:  # should it be wrong all the same, there is a way back
            self.history.forget(now - timedelta(days=run.settings.nightly.keep_days))
        if run.heartbeat and not undelivered and not tally.failed:
            try:
                beat(run.heartbeat)
            except NotDelivered as error:
                undelivered = (f"heartbeat: {error}",)
        return Outcome(tally, (*tally.unwritten, *undelivered), told)

    def _reports(self) -> dict[str, Report]:
        """Each shop's page, by key."""
        agency, folder = self.run.settings.agency, self.run.folder
        return {
            order.key: Report(
                link_to(agency, f"{file_stem(order.key)}.html"),
                order.options.language,
                folder / paper_of(order.key) if for_own_people(order) and not self.run.queued else None,
                order.options.include_people,
            )
            for order in self.run.orders
        }


@contextmanager
def begun(run: Run) -> Iterator[Running]:
    """Begin a run, or go on with the one that was ended in the middle: alone, with the folder and the history open.

    Raises Refused and HistoryError.
    """
    try:
        _make(run.folder, run.settings.nightly.readable_by)
    except OSError as error:
        raise Refused(f"{run.folder}: the folder for the reports cannot be made ({error.strerror})") from error
    with ExitStack() as stack:
        try:
            history = History.open(run.database) if run.recorded else None
        except HistoryError as error:
            raise Refused(str(error)) from error
        if history is not None:
            stack.callback(history.close)
        try:
            if (lock := _lock(run, history)) is not None:
                stack.enter_context(one_at_a_time(lock))
            clock: Clock = Clock()
            if history is not None:
                stack.enter_context(history.alone())
                clock = ShiftedClock(clock, history.ahead)
                refuse_strange_dates(run, history, clock.now())
        except (Overlapping, HistoryError) as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise Refused(f"{error.filename}: the lock cannot be taken ({error.strerror})") from error
        yield _running(run, history, clock)


def refuse_strange_dates(run: Run, history: History, now: datetime) -> None:
    """Where the clock suits no shop of the run, it is the clock that is wrong: nothing is scanned, told or forgotten.

    Raises Refused and HistoryError.
    """
    refusal = None
    for order in run.orders:
        try:
            history.date_of(order.key, now, accept_clock=run.accept_clock)
        except StrangeDateError as error:
            refusal = refusal or error
        else:
            return
    if refusal is not None:
        raise Refused(str(refusal)) from refusal


def _make(folder: Path, readers: Readers) -> None:
    """The folder for the reports, for those who may read them; one that is there is as somebody wants it. Raises OSError."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(readers.folder_mode)


def _running(run: Run, history: History | None, clock: Clock) -> Running:
    give_freed_memory_back()
    recorded = history.begin_run(run.command, run.identity, clock.now()) if history else None
    terms, processes = _terms(run, history), _processes(run, len(recorded.done) if recorded else 0)
    servers = Servers()
    many = Processes(processes, terms, run.database, servers=servers) if processes > 1 else None
    if many is not None and history is not None:
        history.seed()  # they only read
    batch = Batch(
        many or ShopScanner(terms, run.catalogue, history),
        run.catalogue.rules,
        run.folder,
        history=history,
        run=recorded.id if recorded else None,
        compared=limits_of(run.settings) if run.post is not None else None,
        command=run.command,
        at_once=run.at_once,
        server_of=servers.of,
        clock=clock,
        accept_clock=run.accept_clock,
    )
    resumed = (recorded.started, len(recorded.done)) if recorded and recorded.resumed else None
    started = recorded.started if recorded else clock.now()
    return Running(run, batch, started, resumed, clock, history, recorded, many or nullcontext())


def _processes(run: Run, done: int) -> int:
    shops = len(run.orders) - done
    return min(run.processes, run.at_once, shops) if run.processes else processes_for(shops, run.at_once, most=cores())


def _terms(run: Run, history: History | None) -> Terms:
    return Terms(
        folder=run.folder,
        agency=run.settings.agency,
        readers=run.settings.nightly.readable_by,
        recorded=run.recorded,
        compared=run.post is not None,
        ahead=history.ahead if history is not None else timedelta(),
        accept_clock=run.accept_clock,
        again=run.again,
    )


def _lock(run: Run, history: History | None) -> Path | None:
    """Beside the history that two runs would both write to; without one, in the folder of reports. None where the history's own
    server keeps the lock.
    """
    if history is None:
        return run.folder / ".shopwarden.lock"
    return history.file.with_name(history.file.name + ".lock") if history.file is not None else None
