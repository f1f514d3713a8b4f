"""The scans, what is known of each site, the events that comparing them made, and the runs over many shops.

Everything here blocks: asynchronous callers use a thread. Each method is one transaction, and raises HistoryError. After kill -9
at any moment a scan is there whole, with its events, or not at all.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, delete, exists, func, or_, select, text, update

from scanner.history import dates
from scanner.history.comparison import Comparison
from scanner.history.connect import Database, HistoryError, chunks
from scanner.history.events import Event, ToldEvent
from scanner.history.known import KnownSite
from scanner.history.outbox import Outbox, told_event
from scanner.history.queue import Queue
from scanner.history.schema import EVENTS, KNOWN, OUTBOX, RUNS, SCANS, SEED, moment, stamp
from scanner.results.document import CountsPart, ScanDocument
from scanner.results.result import Status
from scanner.text.words import in_order

log = logging.getLogger(__name__)

Comparing = Callable[[KnownSite, ScanDocument], Comparison]
"""``comparison.compare`` with what it needs besides."""

MOST_DOCUMENT = 64_000_000
"""Bytes of one scan's JSON; the largest that a scan makes has some 3 MB."""
REACHED = (Status.COMPLETE, Status.PARTIAL)
"""What a scan that tells something of its shop ended with."""
WHOLE_SCANS, WHOLE_FOR = 30, timedelta(days=30)
"""A site's last scans that reached it, so many and as far back, are kept whole, and every scan that showed events. Of the others
there is a line: what ``PastScan`` says."""
A_STEP = 500
"""Rows that one transaction forgets: whoever wants to write meanwhile waits no longer than for that."""
COMPARING = "nightly"
"""The command whose scans are compared with what is known."""
RESUME_WITHIN = timedelta(hours=12)
"""A killed run is taken up again within this time; after that, the next one begins anew."""


class UnreadableScanError(HistoryError):
    """One recorded scan is damaged; the others are not touched by it."""


class OnlyALineError(UnreadableScanError):
    """A recorded scan is kept as a line."""


class StrangeDateError(HistoryError):
    """A scan's date does not fit what is recorded, so it is not. The text says both dates and the way out."""


@dataclass(frozen=True, slots=True)
class PastScan:
    """A recorded scan without its document. problems: rules with open findings, the worst severity first. id: 12 hex digits."""

    id: str
    site: str
    name: str
    started: datetime
    command: str
    status: str
    because: str | None
    grade: str | None
    score: int | None
    problems: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A run over many shops. done: keys of the sites that are recorded in it already. resumed: whether it was killed before."""

    id: str
    started: datetime
    done: frozenset[str]
    resumed: bool


class History:
    """An opened history. ``outbox``: its messages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.outbox = Outbox(database)

    @classmethod
    def open(cls, database: str | None = None) -> History:
        """Open, making and migrating as needed. database: a URL, a file's name, or None for the usual file."""
        return cls(Database.open(database))

    @property
    def where(self) -> str:
        """Names it for people, without a password."""
        return self._database.where

    @property
    def file(self) -> Path | None:
        """Where SQLite's lies."""
        return self._database.file

    def close(self) -> None:
        """Let the connections go."""
        self._database.close()

    def queue(self) -> Queue:
        """Its queue. Raises NoQueueError."""
        return Queue(self._database)

    def alone(self) -> AbstractContextManager[None]:
        """Guards starting a run (``Database.alone``)."""
        return self._database.alone()

    @property
    def ahead(self) -> timedelta:
        """How far the clock that counts is ahead of this computer's: it is the database server's where there is one."""
        return timedelta(seconds=self._database.seconds_ahead)

    def seed(self) -> bytes:
        """32 random bytes, drawn once: all who share this history make up the same addresses, and no shop foresees them."""
        with self._database.reading() as connection:
            value = connection.execute(select(SEED.c.value)).scalar_one_or_none()
        if value is None:
            with self._database.writing() as connection:
                value = connection.execute(select(SEED.c.value)).scalar_one_or_none()
                if value is None:
                    value = secrets.token_hex(32)
                    connection.execute(SEED.insert().values(id=1, value=value))
        with self._database.decoding():
            return bytes.fromhex(value)

    # ---- scans

    def record(
        self,
        seen: ScanDocument,
        *,
        command: str = "scan",
        run: str | None = None,
        compare: Comparing | None = None,
        written: Callable[[Comparison], None] | None = None,
        accept_clock: bool = False,
    ) -> Comparison | None:
        """Write a scan. With ``compare`` it is compared first: the new knowledge and the events are written with it.

        run: the run it belongs to. A scan that is there already, or a second one of its site in the run, changes nothing and
        gives None, as does a scan without ``compare``. written: told of the comparison just before it is committed. A scan that
        began before the last one is dated after it. accept_clock: somebody says that the clock is right, however far it has gone
        on. Raises StrangeDateError.
        """
        site = seen.site.key
        row = _scan_row(seen, command, run)
        with self._database.writing() as connection:
            state = _locked(connection, site)
            again = SCANS.c.id == row["id"]
            if run is not None:
                again = or_(again, (SCANS.c.run == run) & (SCANS.c.site == site))
            if connection.execute(select(SCANS.c.id).where(again)).first() is not None:
                return None
            at = self._date_of(connection, site, seen.started, state, accept_clock=accept_clock)
            if at != seen.started:
                seen = dates.moved(seen, at)
                row |= _scan_row(seen, command, run) | {"id": row["id"]}
            connection.execute(SCANS.insert().values(row))
            with self._database.decoding():
                _shorten(connection, site)
            if compare is None:
                return None
            with self._database.decoding():
                known = KnownSite.model_validate_json(state)
            step = compare(known, seen)
            connection.execute(update(KNOWN).where(KNOWN.c.site == site).values(state=step.known.model_dump_json()))
            if step.events:
                connection.execute(EVENTS.insert(), [_event_row(one, row["id"], step) for one in step.events])
            if written is not None:
                written(step)
            return step

    def date_of(self, site: str, started: datetime, *, accept_clock: bool = False) -> datetime:
        """When a scan of a site that begins then is dated. Raises StrangeDateError where it would not be recorded."""
        with self._database.reading() as connection:
            state = connection.execute(select(KNOWN.c.state).where(KNOWN.c.site == site)).scalar_one_or_none()
            return self._date_of(connection, site, started, state, accept_clock=accept_clock)

    def _date_of(
        self, connection: Connection, site: str, started: datetime, state: str | None, *, accept_clock: bool
    ) -> datetime:
        newest = select(func.max(SCANS.c.started))
        with self._database.decoding():
            own = connection.execute(newest.where(SCANS.c.site == site)).scalar_one()
            last = moment(own) if own is not None else None
            if last is not None and started <= last + dates.AHEAD:
                right = last
            elif accept_clock:
                right = started
            else:
                said = KnownSite.model_validate_json(state).clock if state is not None else None
                of_all = last or moment(connection.execute(newest).scalar_one() or stamp(started))
                right = max(of_all, said or of_all)
        try:
            return dates.recorded_at(site, started, last, right)
        except dates.StrangeDate as error:
            raise StrangeDateError(str(error)) from error

    def accept_clock(self, site: str, now: datetime) -> None:
        """Somebody says that this is the right time: the next scan of a site that rested for more than a year is recorded."""
        with self._database.writing() as connection:
            state = _locked(connection, site)
            with self._database.decoding():
                known = KnownSite.model_validate_json(state).model_copy(update={"clock": now})
            connection.execute(update(KNOWN).where(KNOWN.c.site == site).values(state=known.model_dump_json()))

    def forget_after(self, site: str, limit: datetime, known_from: Callable[[Iterator[ScanDocument]], KnownSite]) -> int:
        """Delete a site's scans that began at ``limit`` or later, and their events: a wrong clock has dated them. How many went.

        known_from: makes of the scans that were compared before, the oldest first, what is known of the site.
        """
        later = SCANS.c.started >= stamp(limit)
        mine = SCANS.c.site == site
        with self._database.writing() as connection:
            _locked(connection, site)
            gone = connection.execute(delete(SCANS).where(mine, later)).rowcount
            connection.execute(delete(EVENTS).where(EVENTS.c.site == site, EVENTS.c.at >= stamp(limit)))
            compared = select(SCANS.c.id).where(mine, SCANS.c.command == COMPARING).order_by(SCANS.c.started)
            ids = connection.execute(compared).scalars().all()
            known = known_from(self._readable(connection, ids)).model_dump_json()
            connection.execute(update(KNOWN).where(KNOWN.c.site == site).values(state=known))
        return int(gone)

    def _readable(self, connection: Connection, scan_ids: Iterable[str]) -> Iterator[ScanDocument]:
        """Scans as they were; without those that are kept as a line, and one that cannot be read, which is said in the log."""
        for scan_id in scan_ids:
            try:
                yield self._document(connection, scan_id)
            except OnlyALineError:
                continue
            except UnreadableScanError as error:
                log.error("%s", error)

    def known(self, site: str) -> KnownSite:
        """What is known of a site; nothing where it was never compared."""
        with self._database.reading() as connection, self._database.decoding():
            return _known(connection, site) or KnownSite()

    def scans(
        self, site: str | None = None, *, run: str | None = None, last: int = 1000, before: datetime | None = None
    ) -> tuple[PastScan, ...]:
        """The last scans of a site, of a run or of all, the newest first. before: those alone that began earlier."""
        wanted = select(*(column for column in SCANS.c if column is not SCANS.c.document)).order_by(
            SCANS.c.started.desc(), SCANS.c.id
        )
        if site is not None:
            wanted = wanted.where(SCANS.c.site == site)
        if run is not None:
            wanted = wanted.where(SCANS.c.run == run)
        if before is not None:
            wanted = wanted.where(SCANS.c.started < stamp(before))
        return tuple(map(self._counted, self._database.rows(wanted.limit(last), _past)))

    def latest(self) -> tuple[PastScan, ...]:
        """Each site's last scan, by key."""
        by_site = {past.site: past for past in self._database.rows(_LATEST, _past)}
        return tuple(self._counted(by_site[site]) for site in sorted(by_site, key=in_order))

    def _counted(self, past: PastScan) -> PastScan:
        """Rows of the first edition count places; their documents know the problems."""
        if past.problems:
            return past
        try:
            return replace(past, problems=_numbers(self.document(past.id).problems))
        except UnreadableScanError:
            return past

    def document(self, scan_id: str) -> ScanDocument:
        """A recorded scan as it was. Raises UnreadableScanError, and OnlyALineError where it is not kept whole."""
        with self._database.reading() as connection:
            return self._document(connection, scan_id)

    def _document(self, connection: Connection, scan_id: str) -> ScanDocument:
        packed = connection.execute(select(SCANS.c.document).where(SCANS.c.id == scan_id)).first()
        if packed is None:
            raise HistoryError(f"{self.where}: holds no scan {scan_id}")
        if not packed.document:
            raise OnlyALineError(
                f"{self.where}: the scan {scan_id} is kept as a line: a shop's last {WHOLE_SCANS} scans are kept whole, "
                "and those that showed something new"
            )
        try:
            return ScanDocument.model_validate_json(_unpacked(packed.document))
        except (zlib.error, TypeError, ValidationError) as error:
            raise UnreadableScanError(f"{self.where}: the scan {scan_id} cannot be read ({type(error).__name__})") from error

    def documents(self, site: str, last: int, *, before: datetime | None = None) -> tuple[ScanDocument, ...]:
        """A site's last scans as they were, the newest first. One that cannot be read is left out, and said in the log; those
        that are kept as a line are left out as well.

        before: those alone that began earlier.
        """
        past = self.scans(site, last=last, before=before)
        with self._database.reading() as connection:
            return tuple(self._readable(connection, [one.id for one in past]))

    def events(self, scan_ids: Collection[str]) -> dict[str, tuple[ToldEvent, ...]]:
        """Events by the id of the scan that showed them, in the order in which they were written."""
        found: dict[str, list[ToldEvent]] = {scan_id: [] for scan_id in scan_ids}
        for chunk in chunks(sorted(scan_ids)):
            wanted = select(EVENTS).where(EVENTS.c.scan.in_(chunk)).order_by(EVENTS.c.at, EVENTS.c.id)
            for scan_id, told in self._database.rows(wanted, lambda row: (row.scan, told_event(row))):
                found[scan_id].append(told)
        return {scan_id: tuple(sorted(told, key=_by_weight)) for scan_id, told in found.items()}

    def sites_called(self, words: str) -> tuple[str, ...]:
        """The keys of recorded sites with this key, host or name, as their last scans say them."""
        called = words.strip().lower()
        rows = self._database.rows(_LATEST.with_only_columns(SCANS.c.site, SCANS.c.host, SCANS.c.name), _texts)
        return tuple(sorted({site for site, host, name in rows if called in {site, host, name.lower()}}))

    def forget(self, before: datetime) -> int:
        """Delete what is older, but for each site's last scan, what is known, and messages that wait; step by step, so that
        nobody waits long. How many scans went."""
        limit = stamp(before)
        later = SCANS.alias()
        newer = exists().where((later.c.site == SCANS.c.site) & (later.c.started > SCANS.c.started))
        gone = self._delete(SCANS.c.id, (SCANS.c.started < limit) & newer)
        self._delete(EVENTS.c.id, EVENTS.c.at < limit)
        self._delete(OUTBOX.c.id, (OUTBOX.c.created < limit) & OUTBOX.c.sent.is_not(None))
        with self._database.writing() as connection:
            connection.execute(delete(RUNS).where(RUNS.c.started < limit))
        return gone

    def _delete(self, key: Column[str], which: ColumnElement[bool]) -> int:
        """Rows of the key's table, ``A_STEP`` at a time. How many went."""
        total = 0
        while True:
            with self._database.writing() as connection:
                gone = connection.execute(delete(key.table).where(key.in_(select(key).where(which).limit(A_STEP)))).rowcount
            total += gone
            if gone < A_STEP:
                return total

    # ---- runs

    def begin_run(self, command: str, config: str, now: datetime) -> Run:
        """Take up a killed run of the same command and configuration, or begin one. config: any text that stands for it."""
        mine = (RUNS.c.command == command) & (RUNS.c.config == config) & RUNS.c.finished.is_(None)
        with self._database.writing() as connection:
            killed = connection.execute(select(RUNS).where(mine).order_by(RUNS.c.started.desc())).first()
            with self._database.decoding():
                began = moment(killed.started) if killed is not None else None
            if killed is not None and began is not None and -dates.BACK <= now - began <= RESUME_WITHIN:
                done = connection.execute(select(SCANS.c.site).where(SCANS.c.run == killed.id)).scalars()
                return Run(killed.id, began, frozenset(done), resumed=True)
            connection.execute(update(RUNS).where(mine).values(finished=stamp(now)))
            run = Run(uuid.uuid4().hex, now, frozenset(), resumed=False)
            connection.execute(RUNS.insert().values(id=run.id, command=command, config=config, started=stamp(now)))
            return run

    def finish_run(self, run_id: str, now: datetime) -> None:
        """It is complete."""
        with self._database.writing() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(finished=stamp(now)))


def _unpacked(document: bytes) -> bytes:
    """Raises zlib.error, TypeError."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(document, MOST_DOCUMENT)
    if not unpacker.eof:
        raise zlib.error("it breaks off, or is larger than any scan")
    return found


def _latest() -> Select[Any]:
    """Each site's last scan, without its document. Databases have no step from one site to the next; as they are asked here, they
    look at two rows a site and not at every night's."""
    first, later, newest = SCANS.alias(), SCANS.alias(), SCANS.alias()
    sites = select(func.min(first.c.site).label("site")).cte("sites", recursive=True)
    following = select(func.min(later.c.site)).where(later.c.site > sites.c.site).scalar_subquery()
    sites = sites.union_all(select(following).where(sites.c.site.is_not(None)))
    last = select(newest.c.id).where(newest.c.site == sites.c.site).order_by(newest.c.started.desc(), newest.c.id).limit(1)
    columns = (column for column in SCANS.c if column is not SCANS.c.document)
    return select(*columns).where(SCANS.c.id.in_(select(last.scalar_subquery()).select_from(sites)))


_LATEST = _latest()
_WHOLE = text("length(document) > 0")  # as the index says it, without a parameter


def _shorten(connection: Connection, site: str) -> None:
    """Keep the scans of a site that are old enough as lines; no more than ``A_STEP`` of them at once."""
    mine, reached = SCANS.c.site == site, SCANS.c.status.in_([str(status) for status in REACHED])
    last = select(SCANS.c.started).where(mine, reached).order_by(SCANS.c.started.desc())
    oldest = connection.execute(last.offset(WHOLE_SCANS - 1).limit(1)).scalar_one_or_none()
    if oldest is None:
        return
    newest = connection.execute(select(func.max(SCANS.c.started)).where(mine)).scalar_one()
    limit = min(oldest, stamp(moment(newest) - WHOLE_FOR))
    quiet = ~exists().where(EVENTS.c.scan == SCANS.c.id)
    old = select(SCANS.c.id).where(mine, SCANS.c.started < limit, _WHOLE, quiet).limit(A_STEP)
    connection.execute(update(SCANS).where(SCANS.c.id.in_(old)).values(document=b""))


_NOTHING_KNOWN = text("INSERT INTO shopwarden_known (site, state) VALUES (:site, '{}') ON CONFLICT (site) DO NOTHING")


def _locked(connection: Connection, site: str) -> str:
    """What is known of a site, as JSON. Until the transaction ends nobody else records a scan of this one; other sites go on."""
    connection.execute(_NOTHING_KNOWN, {"site": site})
    return str(connection.execute(select(KNOWN.c.state).where(KNOWN.c.site == site).with_for_update()).scalar_one())


def _known(connection: Connection, site: str) -> KnownSite | None:
    state = connection.execute(select(KNOWN.c.state).where(KNOWN.c.site == site)).scalar_one_or_none()
    return None if state is None else KnownSite.model_validate_json(state)


def _scan_row(seen: ScanDocument, command: str, run: str | None) -> dict[str, Any]:
    site, counts = seen.site, seen.counts
    return {
        "id": hashlib.sha256(f"{site.key}\n{stamp(seen.started)}\n{run}".encode()).hexdigest()[:12],
        "site": site.key,
        "name": site.name.replace("\0", ""),  # PostgreSQL's text holds everything else
        "host": site.host,
        "started": stamp(seen.started),
        "command": command,
        "run": run,
        "status": str(seen.status),
        "because": seen.because.replace("\0", "") if seen.because else None,
        "grade": seen.grade,
        "score": seen.score,
        "critical": counts.critical,
        "high": counts.high,
        "medium": counts.medium,
        "low": counts.low,
        "info": counts.info,
        "document": zlib.compress(seen.model_dump_json().encode()),
        "problems": " ".join(map(str, _numbers(seen.problems))),
    }


def _event_row(one: Event, scan_id: str, step: Comparison) -> dict[str, Any]:
    return {
        "id": one.id,
        "site": one.site,
        "scan": scan_id,
        "at": stamp(one.at),
        "before": step.before,
        "after": step.after,
        "event": one.model_dump_json(),
        "told": None,
    }


def _texts(row: Iterable[object]) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in row):
        raise TypeError("no text")
    return tuple(str(one) for one in row)


def _by_weight(told: ToldEvent) -> tuple[int, str, str, str]:
    return told.event.severity.rank, told.event.kind, told.event.rule, told.event.subject


def _numbers(counts: CountsPart) -> tuple[int, ...]:
    return counts.critical, counts.high, counts.medium, counts.low, counts.info


def _past(row: Row[Any]) -> PastScan:
    _texts((row.id, row.site, row.name, row.command, row.status, row.because or "", row.grade or "", row.problems or ""))
    if not isinstance(row.score or 0, int):
        raise TypeError("no number")
    problems = tuple(int(number) for number in (row.problems or "").split())
    return PastScan(
        row.id, row.site, row.name, moment(row.started), row.command, row.status, row.because, row.grade, row.score, problems
    )
