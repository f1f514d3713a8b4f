"""The history's tables and its numbered migrations.

A list of our own instead of Alembic: each migration and its number are written in one transaction under one lock, so that neither
kill -9 nor two programs that start at once leave a half-made database, on SQLite too; and opening the history costs no 0.8 s of
imports. A migration, once released, is never changed; the next one is appended. Table names carry our name, because a PostgreSQL
database may have other tenants. Times are text in UTC and of fixed width: they sort as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Double, Engine, Integer, LargeBinary, MetaData, Table, Text, inspect, text

from scanner.text.sanitize import sanitize

METADATA = MetaData()

SCANS = Table(
    "shopwarden_scans",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("run", Text),
    Column("status", Text, nullable=False),
    Column("because", Text),
    Column("grade", Text),
    Column("score", Integer),
    Column("critical", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    Column("medium", Integer, nullable=False),
    Column("low", Integer, nullable=False),
    Column("info", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("problems", Text),
)
"""One row a scan. document: the scan's JSON, compressed; empty in a scan that is kept as a line. (run, site) is unique: once a
run.

critical to info: open findings. problems: rules with such findings, five numbers, the worst severity first; NULL in rows of the
first edition, whose documents tell it.
"""

KNOWN = Table("shopwarden_known", METADATA, Column("site", Text, primary_key=True), Column("state", Text, nullable=False))
"""What is known of each site, as JSON of comparison.KnownSite."""

EVENTS = Table(
    "shopwarden_events",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("scan", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("event", Text, nullable=False),
    Column("told", Text),
)
"""Events as JSON, with the grades before and after. told: when messages were made of it; NULL means not yet."""

RUNS = Table(
    "shopwarden_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("command", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),
)
"""A run over many shops. Which shops are done is said by SCANS alone. finished NULL: under way, or killed."""

OUTBOX = Table(
    "shopwarden_outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("sent", Text),
)
"""Messages: written before sending, marked after. receiver: a fingerprint, never the address, which may hold a password."""

SEED = Table("shopwarden_seed", METADATA, Column("id", Integer, primary_key=True), Column("value", Text, nullable=False))
"""One row: what the made-up addresses of all scans of this history are drawn from. It leaves the database for no file."""

QUEUED_RUNS = Table(
    "shopwarden_queued_runs",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("state", Text, nullable=False),
)
"""Runs whose shops are scanned by workers. queue: which workers may, see ``queue.queue_of``. terms: JSON, never with a secret.

state: going, paused, cancelled or over.
"""

QUEUED_SHOPS = Table(
    "shopwarden_queued_shops",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("cells", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("because", Text),
    Column("due", Double),
    Column("changed", Double, nullable=False),
)
"""The shops of those runs. cells: what a line of a CSV file says of it, as JSON. turns: how often it was looked at; lost: how
often whoever did was never heard of again. due, changed: seconds since 1970 by the database's clock; due: when a job is to be
made of it, NULL where one is. state: waiting, running, done, failed or cancelled.
"""

PACES = Table(
    "shopwarden_paces",
    METADATA,
    Column("address", Text, primary_key=True),
    Column("next", Double, nullable=False),
    Column("paused", Double, nullable=False),
)
"""When a server may be asked again, for all workers: seconds since 1970 by the database's clock. paused: because it said so."""

VERSION = Table("shopwarden_schema", METADATA, Column("version", Integer, nullable=False))

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE shopwarden_scans (
        id TEXT PRIMARY KEY, site TEXT NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL, started TEXT NOT NULL,
        command TEXT NOT NULL, run TEXT, status TEXT NOT NULL, because TEXT, grade TEXT, score INTEGER,
        critical INTEGER NOT NULL, high INTEGER NOT NULL, medium INTEGER NOT NULL, low INTEGER NOT NULL, info INTEGER NOT NULL,
        document {bytes} NOT NULL, UNIQUE (run, site));
    CREATE INDEX shopwarden_scans_site ON shopwarden_scans (site, started);
    CREATE TABLE shopwarden_known (site TEXT PRIMARY KEY, state TEXT NOT NULL);
    CREATE TABLE shopwarden_events (
        id TEXT PRIMARY KEY, site TEXT NOT NULL, scan TEXT NOT NULL, at TEXT NOT NULL, before TEXT, after TEXT,
        event TEXT NOT NULL, told TEXT);
    CREATE INDEX shopwarden_events_scan ON shopwarden_events (scan);
    CREATE INDEX shopwarden_events_told ON shopwarden_events (told);
    CREATE TABLE shopwarden_runs (
        id TEXT PRIMARY KEY, command TEXT NOT NULL, config TEXT NOT NULL, started TEXT NOT NULL, finished TEXT);
    CREATE TABLE shopwarden_outbox (
        id TEXT PRIMARY KEY, receiver TEXT NOT NULL, created TEXT NOT NULL, message TEXT NOT NULL,
        tries INTEGER NOT NULL, error TEXT, sent TEXT);
    CREATE INDEX shopwarden_outbox_receiver ON shopwarden_outbox (receiver, created)
    """,
    "ALTER TABLE shopwarden_scans ADD COLUMN problems TEXT",
    "CREATE TABLE shopwarden_seed (id INTEGER PRIMARY KEY, value TEXT NOT NULL)",
    """
    CREATE TABLE shopwarden_queued_runs (
        run TEXT PRIMARY KEY, queue TEXT NOT NULL, version TEXT NOT NULL, terms TEXT NOT NULL, state TEXT NOT NULL);
    CREATE TABLE shopwarden_queued_shops (
        run TEXT NOT NULL, site TEXT NOT NULL, place INTEGER NOT NULL, cells TEXT NOT NULL, priority INTEGER NOT NULL,
        state TEXT NOT NULL, turns INTEGER NOT NULL, lost INTEGER NOT NULL, because TEXT, due DOUBLE PRECISION,
        changed DOUBLE PRECISION NOT NULL, PRIMARY KEY (run, site));
    CREATE INDEX shopwarden_queued_shops_due ON shopwarden_queued_shops (due);
    CREATE {volatile} TABLE shopwarden_paces (
        address TEXT PRIMARY KEY, next DOUBLE PRECISION NOT NULL, paused DOUBLE PRECISION NOT NULL)
    """,
    """
    CREATE INDEX shopwarden_scans_started ON shopwarden_scans (started);
    CREATE INDEX shopwarden_scans_whole ON shopwarden_scans (site, started) WHERE length(document) > 0;
    CREATE INDEX shopwarden_events_site ON shopwarden_events (site, at);
    CREATE INDEX shopwarden_events_at ON shopwarden_events (at);
    CREATE INDEX shopwarden_outbox_created ON shopwarden_outbox (created);
    CREATE INDEX shopwarden_outbox_unsent ON shopwarden_outbox (created) WHERE sent IS NULL
    """,
)
"""One entry a schema version: statements, separated by semicolons."""

_LOCK = 7_304_116_922_518_337  # any number that nobody else uses, for pg_advisory_xact_lock


def stamp(when: datetime) -> str:
    """A time as the tables hold it."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """The way back. Raises ValueError and TypeError."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("a time without its time zone")
    return read


class NewerSchema(Exception):
    """The database was made by a newer version. Its argument is that schema's number."""


def migrate(engine: Engine, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the tables up to date, all or nothing. Raises NewerSchema and SQLAlchemyError."""
    with engine.connect().execution_options(reading=True) as connection:
        version = _version(connection)
    if version == len(migrations):
        return
    postgresql = engine.dialect.name == "postgresql"
    kinds = {"bytes": "BYTEA" if postgresql else "BLOB", "volatile": "UNLOGGED" if postgresql else ""}
    with engine.begin() as connection:  # on SQLite this takes the write lock
        if postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        version = _version(connection)
        if version > len(migrations):
            raise NewerSchema(version)
        if not version and not inspect(connection).has_table(VERSION.name):
            connection.execute(text(f"CREATE TABLE {VERSION.name} (version INTEGER NOT NULL)"))
            connection.execute(VERSION.insert().values(version=0))
        for migration in migrations[version:]:
            for statement in migration.format_map(kinds).split(";"):
                connection.execute(text(statement))
        connection.execute(VERSION.update().values(version=len(migrations)))


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(VERSION.name):
        return 0
    version = connection.execute(VERSION.select()).scalar_one_or_none() or 0
    if not isinstance(version, int):  # SQLite takes anything in any column
        raise NewerSchema(sanitize(str(version), 20))
    return version
