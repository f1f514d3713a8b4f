"""Opens the database of the history: SQLite in one file unless another is named; PostgreSQL with the extra ``postgres``.

Everything here blocks: asynchronous callers use a thread. What goes wrong is a HistoryError, whose text is meant for people.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from scanner.history.schema import NewerSchema, migrate
from scanner.text.sanitize import sanitize

_T = TypeVar("_T")

FILE = "history.sqlite3"
WAIT_SECONDS = 30
RUN_LOCK = 1_936_224_119
"""Any number that nobody else uses, for pg_try_advisory_lock; beside it stands the schema's."""
_ONLY_THESE = "only SQLite and PostgreSQL are supported"
_SECRET_KEYS = ("password", "sslpassword")
"""Of an address's query (PostgreSQL, 34.1.2): shown to nobody."""


class HistoryError(Exception):
    """The history cannot be used; the text says why and what to do."""


def default_file() -> Path:
    """Where the history lies unless told otherwise."""
    import platformdirs

    return platformdirs.user_data_path("shopwarden", appauthor=False) / FILE


class Database:
    """An opened database, its tables up to date. ``where`` names it for people, without a password; file: SQLite's."""

    def __init__(self, engine: Engine, where: str, file: Path | None) -> None:
        self._engine, self.where, self.file = engine, where, file

    @classmethod
    def open(cls, database: str | None = None) -> Database:
        """Open, making and migrating as needed. database: a URL, a file's name, or None for the usual file."""
        if database is None or "://" not in database:
            file = (Path(database) if database else default_file()).expanduser()
            database = "sqlite:///" + str(file)
        try:
            url = make_url(database)
        except ArgumentError as error:
            raise HistoryError("--database is neither a file nor an address such as postgresql://user@host/name") from error
        history_file = Path(url.database) if url.drivername.startswith("sqlite") and url.database else None
        where = (
            str(history_file) if history_file else url.difference_update_query(_SECRET_KEYS).render_as_string(hide_password=True)
        )
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

    @property
    def server(self) -> str | None:
        """The address of the PostgreSQL server, with its password, for who connects by himself; None for SQLite."""
        if self._engine.dialect.name != "postgresql":
            return None
        return self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock that guards starting a run on this history, whatever computer runs it. Raises HistoryError where another
        one does. It ends with its connection. Of SQLite, which lies on one computer, the lock is a file beside it.
        """
        if self._engine.dialect.name != "postgresql":
            yield
            return
        with ExitStack() as stack:
            with _clear_words(self.where):
                connection = stack.enter_context(self._engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
                if not connection.execute(_TRY_RUN, {"ours": RUN_LOCK}).scalar_one():
                    raise HistoryError(f"{self.where}: {_other_run(connection)}")
            stack.callback(self._let_go, connection)
            yield

    def _let_go(self, connection: Connection) -> None:
        with suppress(SQLAlchemyError):  # a connection that broke has let go already
            connection.execute(_END_RUN, {"ours": RUN_LOCK})

    @property
    def seconds_ahead(self) -> float:
        """How far the clock of a database server, which may serve several computers, is ahead of this one's."""
        if self._engine.dialect.name != "postgresql":
            return 0.0
        with self.reading() as connection:
            before = time.time()
            theirs = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
            return theirs - (before + time.time()) / 2

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing."""
        with _clear_words(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def saying(self) -> Iterator[Connection]:
        """For single statements, each a transaction by itself: no way to the server and back for its beginning and end."""
        with _clear_words(self.where), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that takes no write lock."""
        with _clear_words(self.where), self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    def rows(self, wanted: Select[Any], read: Callable[[Row[Any]], _T]) -> list[_T]:
        """What is found, each row read by a function that may raise whatever a strange row makes it raise."""
        with self.reading() as connection, self.decoding():
            return [read(row) for row in connection.execute(wanted)]

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """A row that we did not write like that → one sentence."""
        try:
            yield
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise HistoryError(
                f"{self.where}: holds something that shopwarden did not write ({type(error).__name__}); restore it from a copy, "
                "or give another --database"
            ) from error


def chunks(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """SQLite takes only so many parameters at once."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


_TRY_RUN = text("SELECT pg_try_advisory_lock(:ours, hashtext(current_schema()))")
_END_RUN = text("SELECT pg_advisory_unlock(:ours, hashtext(current_schema()))")
_RUNNER = text(
    "SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.granted AND "
    "l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND l.classid::bigint = :ours AND l.objid = (hashtext(current_schema())::bigint & 4294967295)::oid AND l.objsubid = 2"
)


def _other_run(connection: Connection) -> str:
    runner = connection.execute(_RUNNER, {"ours": RUN_LOCK}).first()
    if runner is None:  # it has just ended
        return "another run on this history is under way"
    since = "" if runner.backend_start is None else f", since {runner.backend_start.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"another run on this history is under way ({sanitize(str(runner.application_name), 80)}{since})"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        try:
            return _postgresql(url)
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


def _postgresql(url: str) -> Engine:
    from scanner.history import postgresql

    engine = create_engine(url, pool_pre_ping=True)

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, _words: Any, parameters: dict[str, Any]) -> Any:
        return postgresql.connect(WAIT_SECONDS, **parameters)

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
    (r"database is locked|lock timeout", f"; another program has held it for {WAIT_SECONDS} s"),
    (
        r"[Cc]onnection refused|timeout expired|no answer|could not translate|does not exist|authentication failed",
        "; is the address right, and the server up?",
    ),
)


def _passwordless(said: str) -> str:
    return re.sub(r"://[^@\s]*@", "://…@", said)[:300]
