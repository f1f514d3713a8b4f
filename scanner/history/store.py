"""The database of scans, of what is known of each site, of events and of messages that wait to be sent.

SQLite in one file unless another database is named; PostgreSQL with the extra ``postgres``. Everything here blocks: asynchronous
callers use a thread. Each method is one transaction: after kill -9 at any moment a scan is there whole, with its events, or not
at all. All methods raise HistoryError, whose text is meant for people.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, Select, create_engine, delete, event, exists, func, or_, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from scanner.history.comparison import Comparison, Event, KnownSite, Limits, compare
from scanner.history.schema import EVENTS, KNOWN, OUTBOX, RUNS, SCANS, NewerSchema, migrate
from scanner.results.document import ScanDocument
from scanner.text.sanitize import sanitize

log = logging.getLogger(__name__)

_T = TypeVar("_T")

FILE = "history.sqlite3"
MOST_DOCUMENT = 64_000_000
"""Bytes of one scan's JSON; the largest that a scan makes has some 3 MB."""
RESUME_WITHIN = timedelta(hours=12)
"""A killed run is taken up again within this time; after that, the next one begins anew."""
WAIT_SECONDS = 30
_ONLY_THESE = "only SQLite and PostgreSQL are supported"


class HistoryError(Exception):
    """The history cannot be used; the text says why and what to do."""


class UnreadableScanError(HistoryError):
    """One recorded scan is damaged; the others are not touched by it."""


@dataclass(frozen=True, slots=True)
class PastScan:
    """A recorded scan without its document. counts: open findings, the worst severity first. id: 12 hex digits."""

    id: str
    site: str
    name: str
    started: datetime
    command: str
    status: str
    because: str | None
    grade: str | None
    score: int | None
    counts: tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with the grades of its site before and after that scan."""

    event: Event
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run over many shops. done: keys of the sites that are recorded in it already. resumed: whether it was killed before."""

    id: str
    started: datetime
    done: frozenset[str]
    resumed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox. id: its Message-ID's and Idempotency-Key's source. message: JSON."""

    id: str
    receiver: str
    created: datetime
    message: dict[str, Any]
    tries: int = 0
    error: str | None = None


def default_file() -> Path:
    """Where the history lies unless told otherwise."""
    import platformdirs

    return platformdirs.user_data_path("shopwarden", appauthor=False) / FILE


class History:
    """An opened history. ``where`` names it for people, without a password."""

    def __init__(self, engine: Engine, where: str, file: Path | None) -> None:
        self._engine, self.where, self.file = engine, where, file

    @classmethod
    def open(cls, database: str | None = None) -> History:
        """Open, making and migrating as needed. database: a URL, a file's name, or None for the usual file."""
        if database is None or "://" not in database:
            file = (Path(database) if database else default_file()).expanduser()
            database = "sqlite:///" + str(file)
        try:
            url = make_url(database)
        except ArgumentError as error:
            raise HistoryError("--database is neither a file nor an address such as postgresql://user@host/name") from error
        history_file = Path(url.database) if url.drivername.startswith("sqlite") and url.database else None
        where = str(history_file) if history_file else url.render_as_string(hide_password=True)
        if url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise HistoryError(f"{where}: {_ONLY_THESE}")
        if history_file is not None:
            _make(history_file)
        with _clear_words(where):
            if history_file is not None:
                _refuse_strange(url, where)
            engine = _engine(str(url.render_as_string(hide_password=False)))
            try:
                migrate(engine)
            except NewerSchema as newer:
                engine.dispose()
                raise HistoryError(
                    f"{where}: was written by a newer shopwarden (schema {newer}); update shopwarden or give another --database"
                ) from newer
            except BaseException:
                engine.dispose()
                raise
        return cls(engine, where, history_file)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    # ---- scans

    def record(
        self,
        seen: ScanDocument,
        *,
        command: str = "scan",
        run: str | None = None,
        limits: Limits | None = None,
        written: Callable[[Comparison], None] | None = None,
    ) -> Comparison | None:
        """Write a scan. With ``limits`` it is compared first: the new knowledge and the events are written with it.

        run: the run it belongs to. A scan that is there already, or a second one of its site in the run, changes nothing and
        gives None, as does a scan without ``limits``. written: told of the comparison just before it is committed.
        """
        scan_id = hashlib.sha256(f"{seen.site.key}\n{_time(seen.started)}\n{run}".encode()).hexdigest()[:12]
        counts = seen.counts
        row = {
            "id": scan_id,
            "site": seen.site.key,
            "name": seen.site.name.replace("\0", ""),  # PostgreSQL's text holds everything else
            "host": seen.site.host,
            "started": _time(seen.started),
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
        }
        with self._writing() as connection:
            if self._engine.dialect.name == "postgresql":  # two writers of one site take turns; readers need not wait
                connection.execute(text(f"LOCK TABLE {KNOWN.name} IN EXCLUSIVE MODE"))
            again = SCANS.c.id == scan_id
            if run is not None:
                again = or_(again, (SCANS.c.run == run) & (SCANS.c.site == seen.site.key))
            if connection.execute(select(SCANS.c.id).where(again)).first() is not None:
                return None
            connection.execute(SCANS.insert().values(row))
            if limits is None:
                return None
            with _decoding(self.where):
                known = _known(connection, seen.site.key)
            step = compare(known or KnownSite(), seen, limits)
            state = step.known.model_dump_json()
            if known is None:
                connection.execute(KNOWN.insert().values(site=seen.site.key, state=state))
            else:
                connection.execute(update(KNOWN).where(KNOWN.c.site == seen.site.key).values(state=state))
            if step.events:
                connection.execute(EVENTS.insert(), [_event_row(one, scan_id, step) for one in step.events])
            if written is not None:
                written(step)
            return step

    def known(self, site: str) -> KnownSite:
        """What is known of a site; nothing where it was never compared."""
        with self._reading() as connection, _decoding(self.where):
            return _known(connection, site) or KnownSite()

    def scans(self, site: str | None = None, *, run: str | None = None, last: int = 1000) -> tuple[PastScan, ...]:
        """The last scans of a site, of a run or of all, the newest first."""
        wanted = select(*(column for column in SCANS.c if column is not SCANS.c.document)).order_by(
            SCANS.c.started.desc(), SCANS.c.id
        )
        if site is not None:
            wanted = wanted.where(SCANS.c.site == site)
        if run is not None:
            wanted = wanted.where(SCANS.c.run == run)
        return tuple(self._rows(wanted.limit(last), _past))

    def latest(self) -> tuple[PastScan, ...]:
        """Each site's last scan, by key."""
        newest = select(SCANS.c.site, func.max(SCANS.c.started).label("newest")).group_by(SCANS.c.site).subquery()
        columns = (column for column in SCANS.c if column is not SCANS.c.document)
        wanted = select(*columns).join(newest, (SCANS.c.site == newest.c.site) & (SCANS.c.started == newest.c.newest))
        by_site = {past.site: past for past in self._rows(wanted, _past)}
        return tuple(by_site[site] for site in sorted(by_site))

    def document(self, scan_id: str) -> ScanDocument:
        """A recorded scan as it was. Raises UnreadableScanError."""
        rows = self._rows(select(SCANS.c.document).where(SCANS.c.id == scan_id), tuple)
        if not rows:
            raise HistoryError(f"{self.where}: holds no scan {scan_id}")
        try:
            return ScanDocument.model_validate_json(_unpacked(rows[0][0]))
        except (zlib.error, TypeError, ValidationError) as error:
            raise UnreadableScanError(f"{self.where}: the scan {scan_id} cannot be read ({type(error).__name__})") from error

    def documents(self, site: str, last: int) -> tuple[ScanDocument, ...]:
        """A site's last scans as they were, the newest first. One that cannot be read is left out, and said in the log."""
        found = []
        for past in self.scans(site, last=last):
            try:
                found.append(self.document(past.id))
            except UnreadableScanError as error:
                log.error("%s", error)
        return tuple(found)

    def events(self, scan_ids: Collection[str]) -> dict[str, tuple[ToldEvent, ...]]:
        """Events by the id of the scan that showed them, in the order in which they were written."""
        found: dict[str, list[ToldEvent]] = {scan_id: [] for scan_id in scan_ids}
        for chunk in _chunks(sorted(scan_ids)):
            wanted = select(EVENTS).where(EVENTS.c.scan.in_(chunk)).order_by(EVENTS.c.at, EVENTS.c.id)
            for scan_id, told in self._rows(wanted, lambda row: (row.scan, _told(row))):
                found[scan_id].append(told)
        return {scan_id: tuple(sorted(told, key=_by_weight)) for scan_id, told in found.items()}

    def sites_called(self, words: str) -> tuple[str, ...]:
        """The keys of recorded sites with this key, host or name."""
        called = words.strip().lower()
        rows = self._rows(select(SCANS.c.site, SCANS.c.host, SCANS.c.name).distinct(), _texts)
        return tuple(sorted({site for site, host, name in rows if called in {site, host, name.lower()}}))

    def forget(self, before: datetime) -> int:
        """Delete what is older, but for each site's last scan, what is known, and messages that wait. How many scans went."""
        limit = _time(before)
        later = SCANS.alias()
        with self._writing() as connection:
            newer = exists().where((later.c.site == SCANS.c.site) & (later.c.started > SCANS.c.started))
            gone = connection.execute(delete(SCANS).where(SCANS.c.started < limit, newer)).rowcount
            connection.execute(delete(EVENTS).where(EVENTS.c.at < limit))
            connection.execute(delete(RUNS).where(RUNS.c.started < limit))
            connection.execute(delete(OUTBOX).where(OUTBOX.c.created < limit, OUTBOX.c.sent.is_not(None)))
        return int(gone)

    # ---- runs

    def begin_run(self, command: str, config: str, now: datetime) -> Run:
        """Take up a killed run of the same command and configuration, or begin one. config: any text that stands for it."""
        mine = (RUNS.c.command == command) & (RUNS.c.config == config) & RUNS.c.finished.is_(None)
        with self._writing() as connection:
            killed = connection.execute(select(RUNS).where(mine).order_by(RUNS.c.started.desc())).first()
            with _decoding(self.where):
                began = _moment(killed.started) if killed is not None else None
            if killed is not None and began is not None and now - began <= RESUME_WITHIN:
                done = connection.execute(select(SCANS.c.site).where(SCANS.c.run == killed.id)).scalars()
                return Run(killed.id, began, frozenset(done), resumed=True)
            connection.execute(update(RUNS).where(mine).values(finished=_time(now)))
            run = Run(uuid.uuid4().hex, now, frozenset(), resumed=False)
            connection.execute(RUNS.insert().values(id=run.id, command=command, config=config, started=_time(now)))
            return run

    def finish_run(self, run_id: str, now: datetime) -> None:
        """It is complete."""
        with self._writing() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(finished=_time(now)))

    # ---- alerts

    def untold(self) -> tuple[ToldEvent, ...]:
        """Events that no message was made of, of every site, the oldest first."""
        return tuple(self._rows(select(EVENTS).where(EVENTS.c.told.is_(None)).order_by(EVENTS.c.at, EVENTS.c.id), _told))

    def tell(self, messages: Iterable[Waiting], events: Iterable[Event], now: datetime) -> None:
        """Put messages into the outbox and mark what they tell, both or neither. A message that is there already stays."""
        with self._writing() as connection:
            for message in messages:
                if connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.id == message.id)).first() is None:
                    words = json.dumps(message.message, ensure_ascii=False)
                    connection.execute(
                        OUTBOX.insert().values(
                            id=message.id, receiver=message.receiver, created=_time(message.created), message=words, tries=0
                        )
                    )
            for chunk in _chunks([one.id for one in events]):
                connection.execute(update(EVENTS).where(EVENTS.c.id.in_(chunk)).values(told=_time(now)))

    def waiting(self) -> tuple[Waiting, ...]:
        """Messages that are not delivered, the oldest first."""
        wanted = select(OUTBOX).where(OUTBOX.c.sent.is_(None)).order_by(OUTBOX.c.created, OUTBOX.c.id)
        return tuple(self._rows(wanted, _waiting))

    def delivered(self, message_id: str, now: datetime) -> None:
        """It arrived."""
        self._tried(message_id, {"sent": _time(now), "error": None})

    def undelivered(self, message_id: str, because: str) -> None:
        """It did not; it stays in the outbox."""
        self._tried(message_id, {"error": because})

    def drop(self, message_id: str, because: str, now: datetime) -> None:
        """It is not to be sent any more."""
        self._tried(message_id, {"sent": _time(now), "error": because})

    def last_message(self, receiver: str) -> datetime | None:
        """When the last message for a receiver was made."""
        wanted = select(func.max(OUTBOX.c.created)).where(OUTBOX.c.receiver == receiver)
        return self._rows(wanted, lambda row: _moment(row[0]) if row[0] else None)[0]

    def _tried(self, message_id: str, values: dict[str, Any]) -> None:
        with self._writing() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id == message_id).values(tries=OUTBOX.c.tries + 1, **values))

    # ---- connections

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _clear_words(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _clear_words(self.where), self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    def _rows(self, wanted: Select[Any], read: Callable[[Row[Any]], _T]) -> list[_T]:
        with self._reading() as connection, _decoding(self.where):
            return [read(row) for row in connection.execute(wanted)]


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise HistoryError("PostgreSQL needs an extra: pip install 'shopwarden[postgres]'") from error
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions late; we begin them ourselves, below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _make(file: Path) -> None:
    """The file, for the owner's eyes only, and the usual one's folder; where somebody named a folder, it may be a slip."""
    try:
        if file == default_file():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not file.parent.exists():
            raise HistoryError(f"{file}: there is no folder {file.parent}; make it, or give another --database")
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise HistoryError(f"{file}: the history cannot be written ({error.strerror}); give another --database") from error


def _refuse_strange(url: URL, where: str) -> None:
    """A file that is another program's, or in which somebody planted what would change our rows behind our back. It is only
    read: an engine of ours would switch it to another journal."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        kinds = [(row.type, str(row.name)) for row in connection.execute(text("SELECT type, name FROM sqlite_master"))]
        made = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table'")).scalars().all()
    tables = {name for kind, name in kinds if kind == "table" and not name.startswith("sqlite_")}
    if tables and not any(name.startswith("shopwarden_") for name in tables):
        raise HistoryError(f"{where}: is another program's database; give another --database")
    planted = [f"{kind} {sanitize(name, 60)}" for kind, name in kinds if kind not in {"table", "index"}]
    if planted or any(str(one).lstrip().upper().startswith("CREATE VIRTUAL") for one in made):
        named = planted[0] if planted else "virtual table"
        raise HistoryError(f"{where}: was changed from outside (it holds a {named}); restore it, or give another --database")


@contextmanager
def _decoding(where: str) -> Iterator[None]:
    """A row that we did not write like that → one sentence."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise HistoryError(
            f"{where}: holds something that shopwarden did not write ({type(error).__name__}); restore it from a copy, "
            "or give another --database"
        ) from error


@contextmanager
def _clear_words(where: str) -> Iterator[None]:
    """What SQLAlchemy raises → one sentence that names the database and never a password."""
    try:
        yield
    except NoSuchModuleError as error:
        raise HistoryError(f"{where}: {_ONLY_THESE}") from error
    except (OperationalError, InterfaceError, DatabaseError) as error:
        said = " ".join(str(error.orig).split())
        hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), "")
        raise HistoryError(f"{where}: the history cannot be used ({_passwordless(said)}){hint}") from error
    except (SQLAlchemyError, UnicodeDecodeError) as error:  # SQLite quotes a damaged file's bytes as they are
        raise HistoryError(f"{where}: the history cannot be used ({type(error).__name__})") from error


_HINTS = (
    (r"disk is full|No space left", "; make room and run it again: nothing half-written was kept"),
    (r"disk I/O error", "; is the disk full, or broken?"),
    (r"readonly|unable to open", "; may this user write there? Or give another --database"),
    (r"not a database|malformed", "; is this really a history? Give another --database"),
    (r"database is locked", f"; another program has held it for {WAIT_SECONDS} s"),
    (
        r"[Cc]onnection refused|could not translate|does not exist|authentication failed",
        "; is the address right, and the server up?",
    ),
)


def _passwordless(said: str) -> str:
    return re.sub(r"://[^@\s]*@", "://…@", said)[:300]


def _unpacked(document: bytes) -> bytes:
    """Raises zlib.error, TypeError."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(document, MOST_DOCUMENT)
    if not unpacker.eof:
        raise zlib.error("it breaks off, or is larger than any scan")
    return found


def _known(connection: Connection, site: str) -> KnownSite | None:
    state = connection.execute(select(KNOWN.c.state).where(KNOWN.c.site == site)).scalar_one_or_none()
    return None if state is None else KnownSite.model_validate_json(state)


def _event_row(one: Event, scan_id: str, step: Comparison) -> dict[str, Any]:
    return {
        "id": one.id,
        "site": one.site,
        "scan": scan_id,
        "at": _time(one.at),
        "before": step.before,
        "after": step.after,
        "event": one.model_dump_json(),
        "told": None,
    }


def _told(row: Row[Any]) -> ToldEvent:
    return ToldEvent(Event.model_validate_json(row.event), row.before, row.after)


def _waiting(row: Row[Any]) -> Waiting:
    message = json.loads(row.message)
    if not isinstance(message, dict) or not isinstance(row.tries, int):
        raise TypeError("no message")
    return Waiting(row.id, row.receiver, _moment(row.created), message, row.tries, row.error)


def _texts(row: Iterable[object]) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in row):
        raise TypeError("no text")
    return tuple(str(one) for one in row)


def _by_weight(told: ToldEvent) -> tuple[int, str, str, str]:
    return told.event.severity.rank, told.event.kind, told.event.rule, told.event.subject


def _past(row: Row[Any]) -> PastScan:
    counts = (row.critical, row.high, row.medium, row.low, row.info)
    _texts((row.id, row.site, row.name, row.command, row.status, row.because or "", row.grade or ""))
    if not all(isinstance(one, int) for one in (*counts, row.score or 0)):
        raise TypeError("no number")
    return PastScan(
        row.id, row.site, row.name, _moment(row.started), row.command, row.status, row.because, row.grade, row.score, counts
    )


def _time(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a time without its time zone")
    return moment


def _chunks(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """SQLite takes only so many parameters at once."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
