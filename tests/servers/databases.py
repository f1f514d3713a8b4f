"""Real databases to dump from and to restore into: MariaDB, PostgreSQL and SQLite, with a small shop that is full of traps."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.patience import PATIENCE
from tests.servers.processes import binary, free_port, needs, running
from tests.servers.test_exposed import as_nobody, mariadb, postgres

Counts = Mapping[str, int]
"""Table → rows."""

TEXTS = (
    "Rose", "it's", "a;b", "-- Dump completed on 2020-01-01", "-- PostgreSQL database dump complete", "/* x", "*/", "DELIMITER ;;",
    "back\\slash", "tab\tnew\nline", "cr\r\nlf", 'q"uote', "`tick`", "", ";", "mysqldump: Error 1: x", "pg_dump: error: x", "é ü 😀",
    "\\'", "--", "#x", "x'--", "'','", ");", "INSERT INTO `x` VALUES (1);", "\\.", "\\N", "$$", "COMMIT;", "\\", "'",
)  # fmt: skip
"""What customers write, as far as a reader may stumble over it."""


@dataclass
class Database:
    """One server. Restoring goes into a database of its own each time; a restore counts as good where the client says so."""

    folder: Path
    port: int
    numbers: count[int] = field(default_factory=count)

    def run(self, *command: str, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """A client, as it is."""
        return subprocess.run(command, input=typed, capture_output=True, check=False, timeout=PATIENCE)

    def ask(self, text: str, database: str = "") -> str:
        """What a statement answers. The test fails where it fails."""
        done = self.client(text.encode(), database)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def client(self, text: bytes, database: str = "") -> subprocess.CompletedProcess[bytes]:
        """The database's own client, which stops at the first error."""
        raise NotImplementedError

    def counts(self, database: str) -> Counts:
        """The tables of a database, with their rows."""
        raise NotImplementedError

    def restored(self, dump: bytes) -> Counts | None:
        """What is there after restoring; None where the client stopped at an error."""
        raise NotImplementedError


class MariaDB(Database):
    def client(self, text: bytes, database: str = "") -> subprocess.CompletedProcess[bytes]:
        command = [
            binary("mariadb"),
            "--no-defaults",
            "-uroot",
            f"-S{self.folder / 'socket'}",
            "--default-character-set=utf8mb4",
            "-N",
        ]
        return self.run(*command, *((database,) if database else ()), typed=text)

    def dump(self, *options: str, database: str = "shop", messages: bool = False) -> bytes:
        command = [binary("mariadb-dump"), "--no-defaults", "-uroot", f"-S{self.folder / 'socket'}", *options, database]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if messages else subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
        return done.stdout

    def counts(self, database: str) -> Counts:
        names = self.ask(
            "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
            f"AND table_schema = '{database}' ORDER BY 1"
        ).splitlines()
        return {name: int(self.ask(f"SELECT COUNT(*) FROM `{database}`.`{name.replace('`', '``')}`")) for name in names}

    def restored(self, dump: bytes) -> Counts | None:
        name = f"restored_{next(self.numbers)}"
        self.ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            done = self.client(dump, name)
            return None if done.returncode else self.counts(name)
        finally:
            self.ask(f"DROP DATABASE {name}")


class PostgreSQL(Database):
    def tool(self, name: str, *options: str, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return self.run(postgres(name), "-h", "127.0.0.1", "-p", str(self.port), "-U", "warden", *options, typed=typed)

    def client(self, text: bytes, database: str = "") -> subprocess.CompletedProcess[bytes]:
        return self.tool("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database or "postgres", typed=text)

    def dump(self, *options: str, database: str = "shop") -> bytes:
        return self.tool("pg_dump", *options, database).stdout

    def counts(self, database: str) -> Counts:
        names = self.ask(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
            database,
        ).splitlines()
        return {name: int(self.ask(f"SELECT COUNT(*) FROM {name}", database)) for name in names}

    def restored(self, dump: bytes) -> Counts | None:
        name = f"restored_{next(self.numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            if dump.startswith(b"PGDMP"):
                done = self.tool("pg_restore", "--exit-on-error", "-d", name, typed=dump)
            else:
                done = self.client(dump, name)
            return None if done.returncode else self.counts(name)
        finally:
            self.ask(f"DROP DATABASE {name}")


class SQLite(Database):
    def file(self, database: str) -> Path:
        return self.folder / f"{database}.db"

    def client(self, text: bytes, database: str = "") -> subprocess.CompletedProcess[bytes]:
        return self.run(binary("sqlite3"), "-bail", str(self.file(database)), typed=text)

    def dump(self, database: str = "shop") -> bytes:
        return self.client(b".dump", database).stdout

    def counts(self, database: str) -> Counts:
        names = self.ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1;", database).splitlines()
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
        return {name: int(self.ask(f"SELECT COUNT(*) FROM {quoted[name]};", database)) for name in names}

    def restored(self, dump: bytes) -> Counts | None:
        name = f"restored_{next(self.numbers)}"
        done = self.client(dump, name)
        return None if done.returncode else self.counts(name)


@contextlib.contextmanager
def _room(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def a_mariadb() -> Iterator[MariaDB]:
    needs("mariadbd", "mariadb", "mariadb-dump")
    quick = ("--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
    with _room("dumps") as folder, mariadb(folder, *quick) as port:
        server = MariaDB(folder, port)
        server.ask(MARIADB_SHOP)
        server.ask("\n".join(_mariadb_rows()), "shop")
        yield server


@contextlib.contextmanager
def a_postgresql() -> Iterator[PostgreSQL]:
    with _room("dumps") as folder:
        data, port = folder / "data", free_port()
        made = [postgres("initdb"), "-D", str(data), "-A", "trust", "--no-sync", "-U", "warden", "--encoding=UTF8", "--locale=C"]
        subprocess.run(as_nobody(*made), check=True, capture_output=True, cwd=folder)
        command = [postgres("postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
        with running(as_nobody(*command), ports=(port,), folder=folder):
            server = PostgreSQL(folder, port)
            while server.tool("pg_isready", "-q").returncode:
                time.sleep(0.05)
            server.ask("CREATE DATABASE shop")
            server.ask(POSTGRESQL_SHOP, "shop")
            server.ask("\n".join(_postgresql_rows()), "shop")
            yield server


@contextlib.contextmanager
def a_sqlite() -> Iterator[SQLite]:
    needs("sqlite3")
    with _room("dumps") as folder:
        database = SQLite(folder, 0)
        database.ask(SQLITE_SHOP, "shop")
        database.ask("\n".join(_sqlite_rows()), "shop")
        yield database


# --- the shop, once for each

MARIADB_SHOP = r"""
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
CREATE TABLE oc_customer (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(80) NOT NULL DEFAULT 'it''s; "x"' COMMENT 'a ; b -- c /* d', note text,
  picture blob, made datetime DEFAULT current_timestamp, price decimal(10, 2), flags bit(3), facts json, e enum('a', 'b;', 'c''d'),
  place geometry, KEY k (name(10))
) ENGINE=InnoDB COMMENT='the customers'' ; table';
CREATE TABLE oc_order (
  id bigint unsigned NOT NULL PRIMARY KEY, customer int, total double, doubled double AS (total * 2) STORED, CHECK (total >= 0),
  CONSTRAINT f FOREIGN KEY (customer) REFERENCES oc_customer (id)
) ENGINE=InnoDB;
CREATE TABLE `we;ird ``na.me` (`a b` int, `c``d` text) ENGINE=MyISAM;
CREATE TABLE nothing_yet (id int);
CREATE VIEW v AS SELECT id, name, concat('a;', "b") AS x FROM oc_customer WHERE name LIKE '%;%';
CREATE SEQUENCE numbers;
DELIMITER //
CREATE PROCEDURE p(IN n int)
BEGIN
  DECLARE i int DEFAULT 0;
  l1: LOOP SET i = i + 1; IF i > n THEN LEAVE l1; END IF; END LOOP l1;
  SELECT 'x;y';
END//
CREATE FUNCTION fn(a int) RETURNS int DETERMINISTIC BEGIN RETURN a + 1; END//
CREATE TRIGGER t BEFORE INSERT ON oc_customer FOR EACH ROW BEGIN IF new.price IS NULL THEN SET new.price = 0; END IF; END//
CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM nothing_yet WHERE id < 0; END//
DELIMITER ;
"""


def _mariadb_rows() -> Iterator[str]:
    for number, text in enumerate(TEXTS, 1):
        quoted = text.replace("\\", "\\\\").replace("'", "\\'")
        point = "point(1, 2)" if number % 3 else "NULL"
        facts = """'{"a": [1, {}]}'""" if number % 2 else "NULL"
        yield f"INSERT INTO oc_customer VALUES ({number}, '{quoted}', NULL, x'00ff2741{number:02x}', '2026-11-20 10:00:00', {number}.5, b'101', {facts}, 'b;', {point});"
        yield f"INSERT INTO oc_order (id, customer, total) VALUES ({number}, {number}, {number * 1.25});"
        yield f"INSERT INTO `we;ird ``na.me` VALUES ({number}, '{quoted}');"


POSTGRESQL_SHOP = r"""
CREATE TABLE customers (
  id serial PRIMARY KEY, name text NOT NULL DEFAULT E'it''s;\n"x"', note varchar(80), picture bytea, made timestamptz DEFAULT now(),
  price numeric(10, 2), tags text[], facts jsonb, ok boolean
);
COMMENT ON TABLE customers IS 'a ; b -- c /* d';
CREATE TABLE "we;ird ""na.me" ("a b" int, "c;d" text);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer int REFERENCES customers (id), total double precision CHECK (total >= 0),
  doubled double precision GENERATED ALWAYS AS (total * 2) STORED
);
CREATE TABLE nothing_yet (id int);
CREATE TYPE mood AS ENUM ('a;', 'b''c');
CREATE VIEW v AS SELECT id, name || ';' AS x FROM customers;
CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF a > 1 THEN RETURN 1; END IF; RETURN 2; /* ; ' */ END; $$;
CREATE FUNCTION g(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 1 ELSE 2 END; END;
CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN new.note := 'x;$$y'; RETURN new; END; $body$;
CREATE TRIGGER t BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION h();
CREATE RULE r AS ON DELETE TO nothing_yet DO ALSO (INSERT INTO nothing_yet VALUES (1); INSERT INTO nothing_yet VALUES (2));
CREATE SCHEMA other;
CREATE TABLE other.things (id int);
CREATE PROCEDURE p() LANGUAGE sql AS 'select 1; select 2';
SELECT lo_from_bytea(0, '\x00ff41');
"""


def _postgresql_rows() -> Iterator[str]:
    for number, text in enumerate(TEXTS, 1):
        quoted = text.replace("'", "''")
        yield f"INSERT INTO customers (name, picture, price, tags, facts, ok) VALUES ('{quoted}', '\\x00ff27', 1.5, '{{a,\"b c\"}}', '{{\"a\": [1]}}', true);"
        yield f"INSERT INTO orders (id, customer, total) VALUES ({number}, {number}, {number * 1.25});"
        yield f'INSERT INTO "we;ird ""na.me" VALUES ({number}, \'{quoted}\'); INSERT INTO other.things VALUES ({number});'


SQLITE_SHOP = r"""
CREATE TABLE customers (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL DEFAULT 'it''s; "x"', picture blob, [br ack] text, `tick` real);
CREATE TABLE "we;ird ""na.me" ("a b" int, "c;d" text);
CREATE TABLE orders (id int PRIMARY KEY, total real CHECK (total >= 0), s text GENERATED ALWAYS AS (total || ';') VIRTUAL) WITHOUT ROWID;
CREATE TABLE log (x text);
CREATE INDEX i ON customers (name) WHERE id > 3;
CREATE VIEW v AS SELECT id, name || ';' FROM customers;
CREATE TRIGGER t AFTER UPDATE ON customers BEGIN INSERT INTO log VALUES ('a;b'); UPDATE log SET x = CASE WHEN x = 'a' THEN 'b' ELSE 'c' END; END;
CREATE TRIGGER t2 AFTER DELETE ON customers WHEN old.id > 1 BEGIN SELECT CASE WHEN old.id = 2 THEN raise(ABORT, 'no;') END; END;
"""


def _sqlite_rows() -> Iterator[str]:
    for number, text in enumerate(TEXTS, 1):
        quoted = text.replace("'", "''")
        yield f"INSERT INTO customers (name, picture, [br ack], tick) VALUES ('{quoted}', x'00ff27', NULL, {number}.25);"
        yield f"INSERT INTO orders (id, total) VALUES ({number}, {number * 1.25});"
        yield f'INSERT INTO "we;ird ""na.me" VALUES ({number}, \'{quoted}\');'
