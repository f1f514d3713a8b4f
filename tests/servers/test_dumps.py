"""Dumps of real databases, whole and damaged in every way that was met: what restores passes, what does not is found.

Each case is restored into the database that it is for; only then it says what ours must say.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator

import pytest
import zstandard

from scanner.evidence import BackupContent
from scanner.gatherers.backups.content import inspect
from tests.scanner.gatherers.backups.test_content import Bytes
from tests.servers.databases import Database, MariaDB, PostgreSQL, SQLite, a_mariadb, a_postgresql, a_sqlite

Damage = Callable[[bytes], bytes]

PASSWORD = b"mysqldump: [Warning] Using a password on the command line interface can be insecure.\n"
PRIVILEGE = b"mysqldump: Error: 'Access denied; you need (at least one of) the PROCESS privilege(s) for this operation' when trying to dump tablespaces\n"
VIEW = b"mysqldump: Couldn't execute 'SHOW FIELDS FROM `wp_view`': View 'shop.wp_view' references invalid table(s) (1356)\n"
LOST = b"mysqldump: Error 2013: Lost connection to MySQL server during query when dumping table `oc_order` at row: 10\n"
PHP = (
    b"<br />\n<b>Warning</b>:  mysqli::query(): MySQL server has gone away in <b>/var/www/dump.php</b> on line <b>41</b><br />\n"
)
CIRCLE = b"pg_dump: warning: there are circular foreign-key constraints on this table:\n"
LOCALE = b"bash: warning: setlocale: LC_ALL: cannot change locale (C.UTF-8)\n"
LOCKED = b"Error: database is locked\n"


def look(data: bytes, name: str = "shop.sql", kind: str = "database") -> BackupContent:
    return inspect(Bytes(data), name, deep=True, ends=float("inf"), kind=kind)


def good(content: BackupContent) -> bool:
    return content.whole and not content.broken and content.ends is not False and bool(content.tables)


@pytest.fixture(scope="module")
def maria() -> Iterator[MariaDB]:
    with a_mariadb() as server:
        yield server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with a_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def sqlite() -> Iterator[SQLite]:
    with a_sqlite() as database:
        yield database


def before(mark: bytes, text: bytes, number: int = 1) -> Damage:
    """Put a text before the n-th place where the mark stands."""

    def damage(dump: bytes) -> bytes:
        at = -1
        for _ in range(number):
            at = dump.index(mark, at + 1)
        return dump[:at] + text + dump[at:]

    return damage


def without(mark: bytes, length: int) -> Damage:
    """Leave out so many bytes from the mark on: a bad block of a disk."""

    def damage(dump: bytes) -> bytes:
        at = dump.index(mark)
        return dump[:at] + dump[at + length :]

    return damage


def wrapped(head: bytes, tail: bytes) -> Damage:
    return lambda dump: head + dump + tail


def half(dump: bytes) -> bytes:
    return dump[: len(dump) * 2 // 3]


def upto(mark: bytes) -> Damage:
    return lambda dump: dump[: dump.rindex(mark)]


# --- MariaDB

OPTIONS = {
    "as it comes": (),
    "with routines": ("--routines", "--events", "--triggers"),
    "a statement a row": ("--skip-extended-insert",),
    "with columns": ("--complete-insert",),
    "hexadecimal": ("--hex-blob",),
    "without locks": ("--skip-add-locks", "--skip-disable-keys", "--skip-add-drop-table"),
    "without comments": ("--skip-comments",),
    "one transaction": ("--single-transaction", "--quick"),
    "names unquoted": ("--skip-quote-names",),
    "ansi": ("--compatible=ansi",),
    "without autocommit": ("--no-autocommit",),
    "replace": ("--replace",),
    "insert ignore": ("--insert-ignore",),
    "not optimised": ("--skip-opt",),
    "in small packets": ("--net-buffer-length=4096",),
    "without a date": ("--skip-dump-date",),
}
HARMLESS: dict[str, Damage] = {
    "between SET and COMMIT": wrapped(
        b"SET autocommit=0;\nSET unique_checks=0;\nSET foreign_key_checks=0;\n", b"COMMIT;\nSET unique_checks=1;\n"
    ),
    "in a transaction": wrapped(b"START TRANSACTION;\n", b"\nCOMMIT;\n"),
    "twice": lambda dump: dump * 2,
    "with comments around": wrapped(b"# nightly\n-- of the shop\n/* by cron */\n", b"# done\n-- really\n"),
    "a comment without a line end": wrapped(b"", b"-- done"),
    "a byte order mark": wrapped(b"\xef\xbb\xbf", b""),
    "lines of Windows": lambda dump: dump.replace(b"\n", b"\r\n"),
    "a database chosen": wrapped(b"CREATE DATABASE IF NOT EXISTS `chosen`;\nUSE `chosen`;\n", b"DROP DATABASE `chosen`;\n"),
    "blank lines": wrapped(b"\n\n  \n", b"\n\n\n"),
}
DAMAGES: dict[str, Damage] = {
    "a warning first": wrapped(PASSWORD, b""),
    "missing privileges": wrapped(PRIVILEGE, b""),
    "a shell's warning": wrapped(LOCALE, b""),
    "a message between tables": before(b"--\n-- Dumping data for table `oc_order`", VIEW),
    "a message between statements": before(b"LOCK TABLES `oc_customer`", LOST),
    "a message among rows": before(b"\n(4,", b"\n" + PASSWORD[:-1]),
    "a message in a row": before(b",'2026-11-20", LOST, 3),
    "a message in a table's definition": before(b"  `customer`", PASSWORD),
    "a message of PHP": before(b"--\n-- Table structure for table `oc_order`", PHP),
    "a message of PHP among rows": before(b"\n(4,", b"\n" + PHP),
    "a message at the end": wrapped(b"", LOST),
    "cut in the middle": half,
    "cut in a text": upto(b"it\\'s"),
    "cut between statements": upto(b"DROP TABLE IF EXISTS `we;ird"),
    "cut, and wrapped": lambda dump: wrapped(b"SET autocommit=0;\n", b"\nCOMMIT;\n")(half(dump)),
    "cut, and a whole one behind": lambda dump: half(dump) + b"\n" + dump,
    "a bad block among rows": without(b"\n(4,", 30),
    "a bad block in a name": without(b"INSERT INTO `oc_order`", 9),
    "a message alone": lambda dump: b"mysqldump: Got error: 1045: Access denied for user 'shop'@'localhost'\n",
    "in UTF-16": lambda dump: b"\xff\xfe" + dump.decode("latin-1").encode("utf-16-le"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_way_of_dumping_mariadb(maria: MariaDB, name: str) -> None:
    dump = maria.dump(*OPTIONS[name])
    assert maria.restored(dump) == maria.counts("shop")
    content = look(dump)
    assert good(content), content
    assert content.rows
    assert {"oc_customer", "oc_order"} <= set(content.tables or ())


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_around_a_dump(maria: MariaDB, name: str) -> None:
    dump = HARMLESS[name](maria.dump())
    if name != "a database chosen":
        assert maria.restored(dump) == maria.counts("shop")
    assert good(look(dump)), look(dump)


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_dumps_of_mariadb(maria: MariaDB, name: str) -> None:
    dump = DAMAGES[name](maria.dump())
    if name == "cut, and a whole one behind":
        assert maria.restored(dump) is None
    else:
        assert maria.restored(dump) != maria.counts("shop")
    content = look(dump)
    assert not good(content), content
    if "message" in name and "alone" not in name:
        assert "message" in content.broken or "mysqldump" in content.broken


def test_messages_that_the_tool_itself_leaves(maria: MariaDB) -> None:
    """2>&1, with a view that is broken."""
    maria.ask(
        "CREATE DATABASE other; CREATE TABLE other.a (id int); INSERT INTO other.a VALUES (1); CREATE VIEW other.b AS SELECT id FROM other.a"
    )
    maria.ask("ALTER TABLE other.a CHANGE id number int")
    dump = maria.dump("--force", database="other", messages=True)
    assert maria.restored(dump) is None
    assert "message" in look(dump).broken
    assert "mariadb-dump: " in look(dump).broken or "mysqldump: " in look(dump).broken


def test_a_transaction_that_is_never_committed(maria: MariaDB) -> None:
    head = b"SET autocommit=0;\n"
    dump = maria.dump("--skip-add-locks", "--skip-disable-keys", "--skip-comments", "--compact", database="shop")
    dump = dump.replace(b"CREATE ALGORITHM", b"-- CREATE ALGORITHM")
    assert not good(look(head + dump.split(b"/*!50001")[0] + b"INSERT INTO `nothing_yet` VALUES (1);\n"))
    assert good(look(head + dump.split(b"/*!50001")[0] + b"INSERT INTO `nothing_yet` VALUES (1);\nCOMMIT;\n"))


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "shop.sql.gz": gzip.compress,
    "shop.sql.bz2": bz2.compress,
    "shop.sql.xz": lzma.compress,
    "shop.sql.zst": zstandard.compress,
}


def zipped(data: bytes, name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app/index.php", b"<?php")
        archive.writestr(name, data)
    return made.getvalue()


def tarred(data: bytes, name: str, mode: str = "w:gz") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for one, content in (("app/index.php", b"<?php"), (name, data)):
            about = tarfile.TarInfo(one)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return made.getvalue()


INSIDE: dict[str, Callable[[bytes], bytes]] = {
    "shop.zip": lambda data: zipped(data, "db-dumps/mysql-shop.sql"),
    "shop2.zip": lambda data: zipped(gzip.compress(data), "db-dumps/mysql-shop.sql.gz"),
    "shop.tgz": lambda data: tarred(data, "shop.sql"),
    "shop.tar": lambda data: tarred(lzma.compress(data), "database/shop.sql.xz", "w:"),
    "shop.tar.xz": lambda data: tarred(bz2.compress(data), "mysql/shop.sql.bz2", "w:xz"),
    "backup.tar": lambda data: tarred(tarred(data, "shop.sql"), "db/shop.tgz", "w:"),
}


@pytest.mark.parametrize("name", [*PACKED, *INSIDE])
@pytest.mark.parametrize("damage", ["none", "a warning first", "cut in the middle", "a message among rows"])
def test_packed_and_inside_archives(maria: MariaDB, name: str, damage: str) -> None:
    dump = maria.dump() if damage == "none" else DAMAGES[damage](maria.dump())
    data = (PACKED | INSIDE)[name](dump)
    assert good(look(data, name)) is (damage == "none"), look(data, name)
    if name in INSIDE:
        assert look(data, name, kind="site").broken == look(data, name).broken or name == "backup.tar"


@pytest.mark.parametrize("name", [*PACKED, *INSIDE])
@pytest.mark.parametrize("nothing", [b"", b"\n \n"])
def test_a_dump_of_nothing_is_never_good(name: str, nothing: bytes) -> None:
    content = look((PACKED | INSIDE)[name](nothing), name)
    assert content.broken
    assert not content.tables


# --- MySQL 8: samples made after its manual, because Debian has no such server

MYSQL_8 = """\
-- MySQL dump 10.13  Distrib 8.0.40, for Linux (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
-- Server version\t8.0.40

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;

--
-- GTID state at the beginning of the backup
--

SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77';

--
-- Table structure for table `customer`
--

DROP TABLE IF EXISTS `customer`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `customer` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(80) COLLATE utf8mb4_0900_ai_ci DEFAULT NULL,
  `hidden` int DEFAULT NULL /*!80023 INVISIBLE */,
  `facts` json DEFAULT (_utf8mb4'{"a": ":x;"}'),
  PRIMARY KEY (`id`),
  CONSTRAINT `c` CHECK ((`hidden` > 0)) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `customer`
--

LOCK TABLES `customer` WRITE;
/*!40000 ALTER TABLE `customer` DISABLE KEYS */;
INSERT INTO `customer` (`id`, `name`, `hidden`, `facts`) VALUES (1,'Rose; it\\'s',NULL,'{\\"a\\": \\":x;\\"}'),(2,_binary 'x\\0y',7,NULL);
/*!40000 ALTER TABLE `customer` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Dumping routines for database 'shop'
--
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
DELIMITER ;;
CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()
BEGIN
  l: LOOP LEAVE l; END LOOP;
  SELECT 1;
END ;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-20  3:00:01
"""
DIFFERENCES = (
    ("utf8mb4_0900_ai_ci", "utf8mb4_general_ci"),  # a collation that MariaDB 10.11 does not have
    (
        "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77';",
        "",
    ),  # a variable that it does not have
    (
        "/*!80016 NOT ENFORCED */",
        "",
    ),  # MariaDB enforces always; it passes over comments for MySQL 8 by itself, but not over this one
    ("/*!80023 INVISIBLE */", ""),
)
"""What MySQL 8 writes and MariaDB does not take."""


def test_mysql_8(maria: MariaDB) -> None:
    content = look(MYSQL_8.encode())
    assert good(content), content
    assert content.tables == ("customer",)
    restorable = MYSQL_8
    for theirs, ours in DIFFERENCES:
        assert theirs in restorable
        restorable = restorable.replace(theirs, ours)
    assert maria.restored(restorable.encode()) == {"customer": 2}
    for damage in (wrapped(PASSWORD, b""), half, before(b"LOCK TABLES", LOST), upto(b"UNLOCK"), upto(b"-- Dump completed")):
        assert not good(look(damage(MYSQL_8.encode())))


# --- other tools' dumps of MySQL, each in the form that its source writes; the last value: whether a cut between statements shows

_SAVE = "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n"
_RESTORE = "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n"
_TABLE = "CREATE TABLE `oc_order` (\n  `id` int(11) NOT NULL,\n  `name` varchar(80) DEFAULT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n"
_ROWS = "INSERT INTO `oc_order` (`id`, `name`) VALUES\n(1, 'Rose; it\\'s'),\n(2, 'Fern -- x');\n"
TOOLS: dict[str, tuple[str, str]] = {
    "phpMyAdmin": (
        "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n-- https://www.phpmyadmin.net/\n--\n-- Generation Time: Nov 20, 2026 at 03:00 AM\n\n"
        'SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\nSTART TRANSACTION;\nSET time_zone = "+00:00";\n\n' + _SAVE
        + "\n-- --------------------------------------------------------\n\n--\n-- Table structure for table `oc_order`\n--\n\n"
        + _TABLE + "\n--\n-- Dumping data for table `oc_order`\n--\n\n" + _ROWS,
        "\n--\n-- Indexes for table `oc_order`\n--\nALTER TABLE `oc_order`\n  ADD PRIMARY KEY (`id`);\nCOMMIT;\n\n" + _RESTORE,
    ),
    "Adminer": (
        "-- Adminer 4.8.1 MySQL 10.11.19-MariaDB dump\n\nSET NAMES utf8;\nSET time_zone = '+00:00';\nSET foreign_key_checks = 0;\n"
        "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n\nDROP TABLE IF EXISTS `oc_order`;\n" + _TABLE + "\n" + _ROWS,
        "\n-- 2026-11-20 03:00:00\n",
    ),
    "UpdraftPlus": (
        "# WordPress MySQL database backup\n# Created by UpdraftPlus version 1.24.11 (https://updraftplus.com)\n# Table prefix: wp_\n#\n"
        "# Generated: Friday 20. November 2026 03:00 UTC\n# Hostname: localhost\n# --------------------------------------------------------\n"
        + _SAVE + "/*!40101 SET NAMES utf8mb4 */;\n/*!40101 SET foreign_key_checks = 0 */;\n\n# Table: `oc_order`\n"
        "# Approximate rows expected in table: 2\n\nDROP TABLE IF EXISTS `oc_order`;\n\n# Table structure of table `oc_order`\n\n" + _TABLE
        + "\n# Data contents of table `oc_order`\n\nINSERT INTO `oc_order` VALUES  \n(1, 'Rose; it\\'s'),\n (2, 'Fern -- x');\n",
        "# End of data contents of table `oc_order`\n\n" + _RESTORE,
    ),
    "mysqldump-php": (
        "-- mysqldump-php https://github.com/ifsnop/mysqldump-php\n--\n-- Host: localhost\tDatabase: shop\n" + _SAVE + _TABLE
        + "SET autocommit=0;\nINSERT INTO `oc_order` VALUES (1,'Rose; it\\'s'),(2,'Fern -- x');\n",
        "COMMIT;\n" + _RESTORE + "\n-- Dump completed on: Fri, 20 Nov 2026 03:00:00 +0000\n",
    ),
    "mysqlpump": (
        "-- Dump created by MySQL pump utility, version: 8.0.30, Linux (x86_64)\n-- Dump start time: Fri Nov 20 03:00:00 2026\n"
        "SET @OLD_SQL_MODE=@@SQL_MODE;\nSET SQL_MODE=\"NO_AUTO_VALUE_ON_ZERO\";\n" + _TABLE + _ROWS,
        "SET SQL_MODE=@OLD_SQL_MODE;\n-- Dump end time: Fri Nov 20 03:00:01 2026\n",
    ),
    "Duplicator": (
        "/* DUPLICATOR-LITE (MYSQL-DUMP BUILD MODE) MYSQL SCRIPT CREATED ON : 2026-11-20 03:00:00 */\n\nSET FOREIGN_KEY_CHECKS = 0;\n\n"
        + _TABLE + 'INSERT INTO `oc_order` VALUES("1", "Rose; it\'s");\nINSERT INTO `oc_order` VALUES("2", "Fern -- x");\n',
        "\nSET FOREIGN_KEY_CHECKS = 1;\n\n/* Duplicator WordPress Timestamp: 2026-11-20 03:00:00*/\n/* DUPLICATOR_MYSQLDUMP_EOF */\n",
    ),
    "HeidiSQL": (
        "-- --------------------------------------------------------\n-- Host:                         127.0.0.1\n"
        "-- HeidiSQL Version:             12.6.0.6765\n\n" + _SAVE
        + "/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n" + _TABLE
        + "DELETE FROM `oc_order`;\n" + _ROWS,
        "/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;\n" + _RESTORE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOOLS)
def test_other_tools(maria: MariaDB, name: str) -> None:
    body, end = TOOLS[name]
    whole = (body + end).encode()
    assert maria.restored(whole) == {"oc_order": 2}
    content = look(whole)
    assert good(content), content
    assert content.tables == ("oc_order",)
    if name != "HeidiSQL":
        assert content.made is not None
        assert content.made.isoformat()[:16] == "2026-11-20T03:00"
    assert not good(look(body.encode())), "cut between its last statements"
    assert not good(look(half(whole)))
    assert not good(look(PASSWORD + whole))
    assert not good(look(PHP + whole))


def test_a_dump_that_only_fills_tables(maria: MariaDB) -> None:
    """As OpenCart's own page writes it: no table is made."""
    dump = b"TRUNCATE TABLE `oc_order`;\n\nINSERT INTO `oc_order` (`id`, `name`) VALUES ('1', 'Rose');\nINSERT INTO `oc_order` (`id`, `name`) VALUES ('2', 'Fern; \\'x\\'');\n\n\n"
    assert maria.restored(_TABLE.encode() + dump) == {"oc_order": 2}
    content = look(dump)
    assert good(content), content
    assert content.tables == ("oc_order",)


# --- PostgreSQL

PG_OPTIONS = {
    "as it comes": (),
    "inserts": ("--inserts",),
    "inserts with columns": ("--column-inserts",),
    "many rows an insert": ("--rows-per-insert=20",),
    "clean": ("--clean", "--if-exists"),
    "verbose": ("-v",),
    "without owners": ("-O", "-x"),
    "all quoted": ("--quote-all-identifiers",),
    "custom": ("-Fc",),
    "custom, not packed": ("-Fc", "-Z0"),
    "tar": ("-Ft",),
}
PG_DAMAGES: dict[str, Damage] = {
    "a warning first": wrapped(CIRCLE, b""),
    "a shell's warning": wrapped(LOCALE, b""),
    "a message between tables": before(b"--\n-- Name: orders; Type: TABLE;", CIRCLE),
    "a message among rows": before(b"\n4\t", b"\n" + CIRCLE[:-1]),
    "a line of a shell among rows": before(b"\n4\t", b"\n" + LOCALE[:-1]),
    "a message in a definition": before(b"    customer integer", CIRCLE),
    "a message at the end": wrapped(b"", CIRCLE),
    "cut in the middle": half,
    "cut between statements": upto(b"--\n-- Data for Name: orders;"),
    "cut, and wrapped": lambda dump: wrapped(b"SET client_min_messages TO warning;\n", b"\n\\.\n")(half(dump)),
    "never committed": wrapped(b"BEGIN;\n", b""),
    "taken back": wrapped(b"BEGIN;\n", b"ROLLBACK;\n"),
}


@pytest.mark.parametrize("name", PG_OPTIONS)
def test_every_way_of_dumping_postgresql(postgresql: PostgreSQL, name: str) -> None:
    dump = postgresql.dump(*PG_OPTIONS[name])
    if name == "tar":
        assert good(look(dump, "shop.tar")), look(dump, "shop.tar")
        assert look(dump[:-20_000], "shop.tar").broken
        return
    assert postgresql.restored(dump) == postgresql.counts("shop")
    content = look(dump, "shop.dump")
    assert good(content), content
    assert {"customers", "orders", "things"} <= set(content.tables or ())


@pytest.mark.parametrize("name", PG_DAMAGES)
def test_damaged_dumps_of_postgresql(postgresql: PostgreSQL, name: str) -> None:
    dump = PG_DAMAGES[name](postgresql.dump("--no-blobs"))  # these bring a transaction of their own
    assert postgresql.restored(dump) != postgresql.counts("shop")
    assert not good(look(dump)), look(dump)


@pytest.mark.parametrize("head", [b"BEGIN;\n", b"SET client_min_messages TO warning;\n\\set ON_ERROR_STOP on\n"])
def test_what_does_no_harm_around_a_dump_of_postgresql(postgresql: PostgreSQL, head: bytes) -> None:
    dump = head + postgresql.dump() + (b"COMMIT;\n" if head.startswith(b"BEGIN") else b"")
    assert postgresql.restored(dump) == postgresql.counts("shop")
    assert good(look(dump)), look(dump)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_custom_archive_that_was_cut(postgresql: PostgreSQL, part: float) -> None:
    dump = postgresql.dump("-Fc")
    cut = dump[: int(len(dump) * part)]
    assert postgresql.restored(cut) is None or part > 0.99
    assert "breaks off" in look(cut, "shop.dump").broken or "lacks" in look(cut, "shop.dump").broken


def test_all_databases(postgresql: PostgreSQL) -> None:
    dump = postgresql.tool("pg_dumpall").stdout
    assert good(look(dump)), look(dump)
    assert not good(look(upto(b"--\n-- PostgreSQL database cluster dump complete")(dump)))
    assert not good(look(half(dump)))


# --- SQLite

SQLITE_DAMAGES: dict[str, Damage] = {
    "a message first": wrapped(LOCKED, b""),
    "a message among rows": before(b"INSERT INTO orders", LOCKED, 3),
    "cut in the middle": half,
    "never committed": upto(b"COMMIT;"),
    "taken back": lambda dump: dump[: dump.rindex(b"COMMIT;")] + b"ROLLBACK; -- due to errors\n",
}


def test_sqlite(sqlite: SQLite) -> None:
    dump = sqlite.dump()
    assert sqlite.restored(dump) == sqlite.counts("shop")
    content = look(dump)
    assert good(content), content
    assert {"customers", "orders"} <= set(content.tables or ())


@pytest.mark.parametrize("name", SQLITE_DAMAGES)
def test_damaged_dumps_of_sqlite(sqlite: SQLite, name: str) -> None:
    dump = SQLITE_DAMAGES[name](sqlite.dump())
    assert sqlite.restored(dump) != sqlite.counts("shop")
    assert not good(look(dump)), look(dump)


def test_a_damaged_database_of_sqlite(sqlite: SQLite) -> None:
    data = bytearray(sqlite.file("shop").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    sqlite.file("damaged").write_bytes(data)
    dump = sqlite.dump("damaged")
    assert sqlite.restored(dump) != sqlite.counts("shop")
    assert not good(look(dump)), look(dump)


# --- in pieces of any size


@pytest.mark.parametrize("size", [1, 7, 1000, 65_536])
def test_the_size_of_what_is_read_at_once_changes_nothing(
    maria: MariaDB, postgresql: PostgreSQL, sqlite: SQLite, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from scanner.gatherers.backups.sql import Statements

    databases: list[tuple[Database, bytes]] = [
        (maria, maria.dump("--routines")),
        (postgresql, postgresql.dump()),
        (sqlite, sqlite.dump()),
    ]
    for _, dump in databases:
        for damage in (lambda text: text, half, wrapped(LOCALE, b"")):
            data = damage(dump)
            once, pieces = Statements(), Statements()
            once.feed(data)
            for at in range(0, len(data), size):
                pieces.feed(data[at : at + size])
            assert pieces.finish() == once.finish()
