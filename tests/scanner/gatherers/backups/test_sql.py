"""The statement reader on samples; tests/servers/test_dumps.py compares it with the databases themselves."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.gatherers.backups.sql import Dump, Language, Statements, language_of
from scanner.text.sanitize import sanitize

MYSQL = (
    b"-- MySQL dump 10.13\nCREATE TABLE `a` (`id` int COMMENT 'x;y');\nINSERT INTO `a` VALUES (1,'it\\'s; -- x'),(2,NULL);\n"
    b"/*!40000 ALTER TABLE `a` ENABLE KEYS */;\n-- Dump completed on 2026-11-20  3:00:01\n"
)
POSTGRESQL = (
    b"--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nCREATE TABLE public.a (id integer, t text);\n"
    b"COPY public.a (id, t) FROM stdin;\n1\tit's; \\\\ x\n2\t\\N\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n"
)
SQLITE = b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE a(id, t);\nINSERT INTO a VALUES(1,'\\');\nCOMMIT;\n"


def read(text: bytes, size: int = 1 << 20) -> Dump:
    statements = Statements()
    for at in range(0, len(text), size):
        statements.feed(text[at : at + size])
    return statements.finish()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (MYSQL, Language.MYSQL),
        (POSTGRESQL, Language.POSTGRESQL),
        (SQLITE, Language.SQLITE),
        (b"USE [shop]\nGO\n", Language.OTHER),
    ],
)
def test_each_language_is_told(text: bytes, language: Language) -> None:
    assert language_of(text) is language
    assert read(text).language is language


@pytest.mark.parametrize("text", [MYSQL, POSTGRESQL, SQLITE])
@pytest.mark.parametrize("size", [1, 3, 50, 1 << 20])
def test_a_whole_dump(text: bytes, size: int) -> None:
    dump = read(text, size)
    assert (dump.tables, dump.rows, dump.message, dump.undone, dump.ends) == ({"a"}, True, "", "", True)


@pytest.mark.parametrize(
    "head",
    [
        b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n",
        b"-- begin frappe metadata\n-- version = 15.29.1\n-- end frappe metadata\n-- \n/*!999999\\- enable the sandbox mode */ \n",
        b"-- mysqldump-php https://github.com/ifsnop/mysqldump-php\n--\n-- Host: localhost\tDatabase: shop\n\n",
    ],
)
def test_what_tools_put_before_a_whole_dump(head: bytes) -> None:
    """As issue trackers of Dolibarr, Frappe, FreePBX and others show it: restored, or refused only by an older client."""
    body = MYSQL.partition(b"\n")[2]
    assert (read(head + body).message, read(head + body).ends) == ("", True)
    assert not read(head + body[:-50]).ends


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"Warning: A partial dump from a server that has GTIDs\n" + MYSQL,
            "Warning: A partial dump from a server that has GTIDs",
        ),
        (b"Welcome to petal hosting\n" + MYSQL, "Welcome to petal hosting"),
        (MYSQL + b"Success: Exported to 'shop.sql'.\n", "Success: Exported to 'shop.sql'."),
        (b"mysqldump: [Warning] Using a password\n" + MYSQL, "mysqldump: [Warning] Using a password"),
        (MYSQL.replace(b",(2,", b",\nmysqldump: Error 2013: Lost\n(2,"), "mysqldump: Error 2013: Lost"),
        (MYSQL.replace(b"'),(2", b"mysqldump: Couldn't execute'),(2"), "mysqldump: Couldn't execute'),(2,NULL);"),
        (MYSQL.replace(b"(2,NULL)", b"(2,NULL,3)"), "(2,NULL,3);"),
        (MYSQL.replace(b"(2,NULL)", b"(2 NULL)"), "NULL);"),
        (MYSQL.replace(b"/*!40000", b"Lock wait timeout exceeded; try again\n/*!40000"), "Lock wait timeout exceeded; try again"),
        (MYSQL.replace(b"INSERT INTO", b"INSERT INOT"), "INSERT INOT `a` VALUES (1,'it\\'s; -- x'),(2,NULL);"),
        (MYSQL.replace(b"`id` int", b"`id` int\nWarning: x\n"), "Warning: x"),
        (MYSQL.replace(b"CREATE", b"<br />\n<b>Warning</b>: x\nCREATE"), "<br />"),
        (POSTGRESQL.replace(b"\n2\t", b"\npg_dump: error: x\n2\t"), "pg_dump: error: x"),
        (POSTGRESQL.replace(b"CREATE", b"pg_dump: warning: x\nCREATE"), "pg_dump: warning: x"),
        (SQLITE.replace(b"INSERT", b"Error: database is locked\nINSERT"), "Error: database is locked"),
    ],
)
@pytest.mark.parametrize("size", [1, 40, 1 << 20])
def test_what_is_no_statement_is_shown(text: bytes, message: str, size: int) -> None:
    assert read(text, size).message == message


@pytest.mark.parametrize(
    "text",
    [
        b"DELIMITER ;;\nCREATE PROCEDURE `p`()\nBEGIN\n  l: LOOP SELECT 1; LEAVE l; END LOOP;\nEND ;;\nDELIMITER ;\nTRUNCATE `a`;\n",
        b"DELIMITER $$\nCREATE TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW BEGIN SET @a := 1; END $$\nDELIMITER ;\nUSE `shop`;\n",
        b"USE `shop`;\nINSERT INTO `a` VALUES (1,_binary 'x\\0',0x00ff,-1.5e-3,DEFAULT,ST_GeomFromText('POINT(1 2)',4326)) ON DUPLICATE KEY UPDATE x=1;\n",
        b"REPLACE INTO `a` (`b`,`c(d)`) VALUES ('x' 'y', now()), (1+1, if(1<2,'a','b'));\n",
        b"INSERT INTO `a` SELECT * FROM `b` WHERE c = 'x';\nINSERT INTO `a` SET b = 1;\n",
        b"/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON `a` FOR EACH ROW SET @x = 1 */;\nTRUNCATE `a`;\n",
        b"# a comment; with 'quotes\nTRUNCATE TABLE `a`; /* another; ' */ TRUNCATE `a`;\n",
        b"SELECT 1 -- not over yet\n;;\nTRUNCATE `a`;\n",
    ],
)
def test_what_mysql_takes(text: bytes) -> None:
    for size in (1, 1 << 20):
        dump = read(text, size)
        assert dump.language is Language.MYSQL
        assert (dump.message, dump.undone, dump.ends) == ("", "", True)


@pytest.mark.parametrize(
    "statement",
    [
        b"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1; ' $$ $body$;",
        b"CREATE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 1 END; END;",
        b"CREATE RULE r AS ON DELETE TO a DO ALSO (INSERT INTO a VALUES (1); INSERT INTO a VALUES (2));",
        b"INSERT INTO a VALUES (E'it\\'s', '\\', B'101', '{1,2}'::integer[], ARRAY[1,2][1:2]);",
        b"/* a /* nested; */ comment */ SELECT 1;",
        b"\\connect other\nALTER TABLE ONLY public.a ADD CONSTRAINT b CHECK ((id)::text <> 'x;y'::text);",
        b"BEGIN;\nSELECT pg_catalog.lo_open('16400', 131072);\nCOMMIT;",
    ],
)
def test_what_postgresql_takes(statement: bytes) -> None:
    for size in (1, 1 << 20):
        dump = read(POSTGRESQL.replace(b"COPY", statement + b"\nCOPY"), size)
        assert (dump.message, dump.undone, dump.ends) == ("", "", True)


def test_backslashes_in_an_old_dump_of_postgresql() -> None:
    old = POSTGRESQL.replace(b"COPY", b"SET standard_conforming_strings = off;\nINSERT INTO a VALUES ('it\\'s;');\nCOPY")
    assert read(old).ends
    assert (
        read(old.replace(b"SET standard_conforming_strings = off", b"SET client_encoding = 'UTF8'")).message
        or not read(old.replace(b"SET standard_conforming_strings = off", b"SET client_encoding = 'UTF8'")).ends
    )


def test_a_trigger_of_sqlite() -> None:
    trigger = b"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET t = CASE WHEN t THEN 1 ELSE 2 END; SELECT 'END;'; END;\n"
    assert read(SQLITE.replace(b"COMMIT", trigger + b"COMMIT")).ends
    assert not read(SQLITE.replace(b"COMMIT", trigger.replace(b" END;\n", b"") + b"COMMIT")).ends


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (MYSQL[:-40], False),
        (MYSQL[: MYSQL.index(b"it")], False),
        (MYSQL + MYSQL, True),
        (MYSQL[: MYSQL.index(b"/*!40000")] + MYSQL, False),
        (MYSQL[: MYSQL.index(b"/*!40000")] + b"COMMIT;\n", False),
        (b"SET autocommit=0;\n" + MYSQL + b"INSERT INTO `a` VALUES (1);\n", False),
        (b"SET autocommit=0;\n" + MYSQL + b"INSERT INTO `a` VALUES (1);\nCOMMIT;\n", True),
        (b"START TRANSACTION;\nINSERT INTO `a` VALUES (1);\n", False),
        (b"INSERT INTO `a` VALUES (1);\n", True),
        (b"INSERT INTO `a` VALUES (1)", False),
        (b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE */;\nTRUNCATE `a`;\n", False),
        (b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE */;\nTRUNCATE `a`;\n/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n", True),
        (POSTGRESQL[: POSTGRESQL.index(b"\n--\n-- PostgreSQL database dump complete")], False),
        (b"BEGIN;\n" + POSTGRESQL, False),
        (SQLITE[:-8], False),
    ],
)
def test_where_a_dump_ends(text: bytes, ends: bool) -> None:
    for size in (1, 1 << 20):
        dump = read(text, size)
        assert (dump.message, dump.ends) == ("", ends)


@pytest.mark.parametrize("end", [b"ROLLBACK;\n", b"ROLLBACK; -- due to errors\n"])
def test_a_dump_that_is_taken_back(end: bytes) -> None:
    assert "ROLLBACK" in read(SQLITE[:-8] + end).undone
    assert "damaged database" in read(SQLITE[:-8] + b"/****** CORRUPTION ERROR *******/\n" + end).undone


def test_a_dump_of_nothing() -> None:
    for text in (b"", b"-- MySQL dump 10.13\n-- Dump completed\n", b"SET NAMES utf8;\n", b"<html>404</html>"):
        dump = read(text)
        assert (dump.tables, dump.rows, dump.statements) == (set(), False, False)


def test_rubbish_behind_the_last_line_takes_nothing_away() -> None:
    assert read(MYSQL + b"\x00\x01\x02\nINSERT nothing") == read(MYSQL)
    assert read(MYSQL + b"mysqldump: Got errno 28 on write\n").message


@pytest.mark.parametrize("language", [MYSQL, POSTGRESQL, SQLITE])
@given(cut=st.integers(0, 400), noise=st.binary(max_size=60), size=st.sampled_from([1, 9, 1000]))
def test_nonsense_ends_and_the_pieces_do_not_matter(language: bytes, cut: int, noise: bytes, size: int) -> None:
    text = language[:cut] + noise + language[cut:]
    dump = read(text, size)
    assert dump == read(text)
    assert sanitize(dump.message, 1000) == dump.message


@pytest.mark.parametrize(
    "text",
    [
        b"CREATE TABLE `a` (`b` int);\nINSERT INTO `a` VALUES ('" + b"\\'x" * 300_000 + b"');\n",
        b"CREATE TABLE `a` (`b` int);\nINSERT INTO `a` VALUES (0x" + b"00ff" * 200_000 + b");\n",
        b"CREATE TABLE `a` (`b` int);\nINSERT INTO `a` VALUES (" + b"(" * 60_000 + b");\n",
        b"CREATE TABLE `a` (" + b"`b` int," * 40_000 + b"`c` int);\n",
        b"/*" + b"x" * 800_000 + b"*/ TRUNCATE `a`;\n",
        b"-- " + b"x" * 800_000 + b"\nTRUNCATE `a`;\n",
        b"INSERT INTO `a` (" + b"`b`, " * 60_000 + b"`c`) VALUES (1);\n",
        b"`" * 400_000,
        b"SET statement_timeout = 0;\nCREATE FUNCTION f() AS $$" + b"x" * 800_000 + b"$$;\n",
    ],
)
def test_memory_stays_bounded(text: bytes) -> None:
    pieces = [text[at : at + 65_536] for at in range(0, len(text), 65_536)]
    tracemalloc.start()
    try:
        statements = Statements()
        for piece in pieces:
            statements.feed(piece)
        statements.finish()
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
