"""What proves a file: real beginnings of real kinds of files, and what only looks like one."""

import gzip
import io
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pytest

from checks.exposure import proofs
from scanner import Answer
from scanner.testing import answer
from tests.patience import cpu

DUMP = "-- MySQL dump 10.19  Distrib 10.3.39-MariaDB\n--\n-- Host: localhost    Database: shop\n\nDROP TABLE IF EXISTS `oc_order`;\nCREATE TABLE `oc_order` (\n"


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 200)
    return made.getvalue()


def tarred(name: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return made.getvalue()


def binary(content: bytes, size: int | None = None) -> Answer:
    return answer(206, head=content, size=len(content) if size is None else size)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (zipped("public_html/wp-config.php"), "A ZIP archive of 348 bytes; its first file is public_html/wp-config.php"),
        (tarred("htdocs/index.php"), "A tar archive of 10.2 kB; its first file is htdocs/index.php"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 99, "A 7z archive of 105 bytes"),
        (b"Rar!\x1a\x07\x01" + b"\0" * 99, "A RAR archive of 106 bytes"),
        (b"BZh9" + b"\1" * 99, "A bzip2 archive of 103 bytes"),
        (b"\xfd7zXZ\x00" + b"\1" * 99, "An xz archive of 105 bytes"),
    ],
)
def test_an_archive_is_known_by_its_first_bytes(content: bytes, shown: str) -> None:
    assert proofs.archive(binary(content)) == shown


@pytest.mark.parametrize(
    "seen",
    [
        answer(200, "<!DOCTYPE html><html>PK\x03\x04"),
        answer(200, "PK is what it begins with"),
        answer(403, head=zipped("a")),
        binary(b"\x1f\x8b\x08" + b"\0" * 17),
        binary(b""),
        binary(b"\x89PNG\r\n\x1a\n" + b"\0" * 300),
        answer(500, head=tarred("a")),
    ],
)
def test_what_is_no_archive(seen: Answer) -> None:
    assert proofs.archive(seen) is None


def test_a_name_that_would_break_a_report_is_not_shown() -> None:
    shown = proofs.archive(binary(zipped("\x1b[2J\nevil")))
    assert shown is not None
    assert "first file" not in shown


@pytest.mark.parametrize(
    "text",
    [
        DUMP,
        "-- phpMyAdmin SQL Dump\n-- version 4.9.0.1\n",
        "--\n-- PostgreSQL database dump\n--\n",
        "# phpMyAdmin MySQL-Dump\n# version 2.2.6\nCREATE TABLE orders (\n",
        "-- Adminer 4.8.1 MySQL 5.7 dump\n",
        "/*!40101 SET NAMES utf8 */;\n",
        "CREATE TABLE IF NOT EXISTS `a` (\n `id` int\n",
        "INSERT INTO `customer` VALUES (1,'<html>');\n",
        "\ufeff-- MySQL dump 10.13\n",
    ],
)
def test_a_dump_is_known_by_its_statements(text: str) -> None:
    assert (proofs.database_dump(answer(206, text)) or "").startswith("An SQL dump")


def test_a_packed_dump_is_looked_into_and_an_unpacked_one_recognised() -> None:
    packed = gzip.compress(DUMP.encode() + b"x" * 5000)
    assert proofs.database_dump(binary(packed)) == f"An SQL dump of {len(packed)} bytes, with the table oc_order"
    assert proofs.database_dump(answer(200, DUMP)) is not None  # a server that sends .gz as Content-Encoding
    assert proofs.database_dump(binary(zipped("dump.sql"))) is not None
    broken = b"\x1f\x8b\x08" + b"\xff" * 200
    assert proofs.database_dump(binary(broken)) == "A gzip archive of 203 bytes"


def test_an_sqlite_file(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("create table t (a)")
    connection.commit()
    connection.close()
    content = (tmp_path / "shop.db").read_bytes()
    assert proofs.database_dump(binary(content[:600], len(content))) == "An SQLite database of 8.19 kB"
    assert proofs.svn(binary(content[:600])) == "A Subversion working copy"


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>\n-- MySQL dump 10.13\nCREATE TABLE `a` (",
        "  <title>Not found</title>\n-- MySQL dump",
        "<p>How to dump\n-- MySQL dump 10.13</p>",
        '{"error": "CREATE TABLE is not here"}',
        "Our guide: use CREATE TABLE to make a table",
        "",
    ],
)
def test_what_is_no_dump(text: str) -> None:
    assert proofs.database_dump(answer(200, text)) is None


LOGS = {
    "OpenCart, PHP's G": "2026-11-02 3:04:07 - PHP Notice:  Undefined index: telephone in /home/p/confirm.php on line 214\n",
    "OpenCart at midnight": "2026-11-02 0:04:07 - PHP Warning:  Division by zero in /home/p/a.php on line 3\n",
    "AbanteCart": "2026-11-02 3:04:07 - AbanteCart core v.1.3 App Warning: x\n2026-11-02 3:04:08 - App Error: y\n",
    "Zen Cart": "[02-Feb-2026 03:00:00 America/New_York] Request URI: /index.php, IP address: ::1\n#1  zen_debug()\n",
    "Zen Cart's trace": "--> PHP Fatal error: Uncaught Error in /home/p/a.php:12\n",
    "PHP, a one-digit hour": "[02-Mar-2026 3:00:00 UTC] PHP Deprecated:  x\n",
    "WordPress's debug.log": "[02-Apr-2026 03:00:00 UTC] WordPress database error Table 'wp_x' doesn't exist for query SELECT 1\n",
    "PHP-FPM": "[02-May-2026 03:00:00] NOTICE: fpm is running, pid 1\n",
    "Roundcube": "[02-Jun-2026 03:00:00 +0000]: <sess> IMAP Error: Login failed\n",
    "Apache 2.2": "[Thu Jul  2 03:00:00 2026] [error] [client 203.0.113.7] File does not exist\n",
    "Apache, debug": "[Sun Aug 02 03:00:00.123 2026] [core:trace3] [pid 7] x\n",
    "mod_php on Debian": "[Wed Sep 02 03:00:00.123456 2026] [:error] [pid 7] x\n",
    "nginx, alert": "2026/10/02 03:00:00 [alert] 7#7: worker process 9 exited\n",
    "access with the host and port": 'shop.example:443 203.0.113.7 - - [02/Dec/2026:03:00:00 +0000] "PUT /x HTTP/1.1" 405 5\n',
    "access, no request": '203.0.113.7 - - [02/Jan/2026:03:00:00 +0000] "-" 408 0 "-" "-"\n',
    "IIS, W3C": "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem sc-status\n",
    "Magento 2": "[2026-11-02T03:00:00.123456+00:00] main.INFO: Cron Job x is run [] []\n",
    "Magento 1": "2026-11-02T03:00:00+00:00 DEBUG (7): x\n",
    "Symfony": "[2026-11-02T03:00:00.123456+01:00] request.ERROR: Uncaught PHP Exception\n",
    "Laravel": "[2026-11-02 03:00:00] local.EMERGENCY: x\n",
    "PrestaShop 1.6": "*ERROR* \t2026/11/02 - 03:00:00: Unable to connect\n",
    "PrestaShop 1.7": "*WARNING* \tv1.7.8 2026/11/02 - 03:00:00: x\n",
    "WooCommerce": "2026-11-02T03:00:00+00:00 CRITICAL Uncaught Error: x in /srv/a.php:3\n",
    "WooCommerce 2": "11-02-2026 @ 03:00:00 - Payment failed\n11-02-2026 @ 03:00:09 - Retrying\n",
    "TYPO3": 'Mon, 02 Nov 2026 03:00:00 +0000 [ERROR] request="1a" component="TYPO3.CMS": x\n',
    "Matomo": "ERROR Piwik\\FrontController[2026-11-02 03:00:00 UTC] [1a] Uncaught exception\n",
    "Nextcloud": '{"reqId":"1a","level":3,"time":"2026-11-02T03:00:00+00:00","message":"x"}\n',
    "Monolog, JSON": '{"message":"x","context":{},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-11-02"}\n',
    "lighttpd": "2026-11-02 03:00:00: (server.c.1464) server started\n2026-11-02 03:00:09: (log.c.75) x\n",
    "MariaDB": "2026-11-02  3:00:00 0 [Note] InnoDB: x\n2026-11-02  3:00:01 0 [Note] ready\n",
    "syslog": "Nov  2 03:00:00 web php[123]: x\nNov  2 03:00:01 web sshd[9]: y\n",
}
"""A line or two as each program writes them, at night and in every month."""


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02 03:00:00;17;ann;99.00\n2026-11-02 03:00:01;18;bob;12.00\n",
        "2026-11-02 03:00:00,17\n2026-11-02 03:00:01,18\n",
        "2026-11-02 New roses\n2026-11-03 New tulips\n",
        "Opening hours\n09:00:00 - 18:00:00\n",
        "[20-Nov-2026] Winter sale\n",
        "ERROR 404\n",
        '{"level": 3, "name": "Rose"}\n',
        "# Fields: roses and tulips\n",
        "Version 2.1\n2026-11-02 3:04:07 - released\n",
    ],
)
def test_what_is_no_log(text: str) -> None:
    assert proofs.log(answer(200, text)) is None


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (proofs.git_head, "ref: refs/heads/main\n"),
        (proofs.git_head, "a" * 40 + "\n"),
        (proofs.git_config, "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://me:…@git.example/shop\n"),
        (proofs.svn, "12\n"),
        (proofs.svn, "10\n\ndir\n5\nhttps://svn.example/\n"),
        (proofs.mercurial, "revlogv1\nstore\nfncache\ndotencode\n"),
        (proofs.environment, "APP_NAME=Shop\nDB_PASSWORD=…\n"),
        (proofs.environment, "# comment\nexport DATABASE_URL=\"mysql://u:…@db/shop\"\n"),
        (proofs.access_file, '{\n  "name": "shop",\n  "host": "ftp.example",\n  "protocol": "ftp",\n  "password": "…"\n}'),
        (proofs.access_file, "owner:$apr1$…\n"),
        (proofs.access_file, "owner:rqXexS6ZhobKA\n"),
        (proofs.access_file, "-----BEGIN OPENSSH PRIVATE KEY-----…"),
        (proofs.access_file, "-----BEGIN PRIVATE KEY-----…"),
        (proofs.access_file, '<?xml version="1.0"?><FileZilla3 version="3.60"><Servers>'),
        (proofs.access_file, "[default]\naws_access_key_id = AKIA\n"),
        (proofs.settings, "<?php\ndefine('DB_PASSWORD', '…');\n"),
        (proofs.settings, "<?php return ['db' => ['password' => '…']];"),
        (proofs.settings, "<config><global><connection><host>x</host><username>x</username><password>…</password><dbname>s</dbname>"),
        (proofs.settings, "parameters:\n    database_password: …\n"),
        (proofs.settings, '{"DataConnectionString": "Data Source=x"}'),
        (proofs.settings, "; <?php exit; ?>\n[database]\nhost = \"x\"\npassword = \"…\"\n"),
        (proofs.history, "cd public_html\nls -la\nmysql -u shop -p\nexit\n"),
        (proofs.log, "[20-Nov-2026 03:00:00 Europe/Dublin] PHP Notice:  Undefined index in /home/x.php on line 3\n"),
        (proofs.log, "[Fri Nov 20 03:00:00.1234 2026] [php:error] [pid 1] x\n"),
        (proofs.log, "2026/11/20 03:00:00 [error] 12#12: *1 open() failed\n"),
        (proofs.log, '203.0.113.7 - - [20/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 5\n'),
        (proofs.log, "[2026-11-20T03:00:00.123+00:00] main.CRITICAL: PDOException\n"),
        (proofs.log, "[2026-11-20 03:00:00] production.ERROR: x\n"),
        (proofs.log, "2026-11-20T03:00:00+00:00 ERR (3): Warning\n"),
        (proofs.log, "2026-11-20 3:00:00 - x\n2026-11-20 03:00:00 - PHP Notice: Undefined\n"),
        *((proofs.log, line) for line in LOGS.values()),
        (proofs.customers, "customer_id,firstname,lastname,email,telephone\n1,Ann,Lee,ann@example.com,5\n"),
        (proofs.customers, '"E-Mail";"Vorname";"PLZ"\r\n"a@example.de";"Ann";"10115"\r\n'),
        (proofs.packages, '{\n "_readme": [],\n "packages": [\n  {"name": "a/b"'),
        (proofs.packages, '[{"name":"monolog/monolog","version":"1"}]'),
        (proofs.packages, '{"name":"shop","dependencies":{}}'),
        (proofs.source_map, '{"version":3,"sources":["src/app.js"],"mappings":"AAAA"}'),
        (proofs.debug_page, '<title>phpinfo()</title><h1 class="p">PHP Version 7.2.34</h1><td class="e">System </td>'),
        (proofs.debug_page, "<title>Apache Status</title>"),
        (proofs.debug_page, "Active connections: 1 \nserver accepts handled requests\n"),
        (proofs.installer, '<form><input name="db_host"><input name="db_user"><input type=password name="db_pass"></form>'),
        (proofs.installer, "<form><select name='DB_SERVER_TYPE'></select><input name='db_name'><input name='db_username'></form>"),
    ],
)  # fmt: skip
def test_proven(proof, text: str) -> None:
    assert proof(answer(200, text)) is not None
    assert proof(answer(403, text)) is None
    assert proof(answer(404, text)) is None


def test_binary_proofs() -> None:
    assert proofs.folder_file(binary(b"\x00\x00\x00\x01Bud1" + b"\0" * 99)) is not None
    assert proofs.settings(binary(b"b0VIM 8.2" + b"\0" * 99)) == "An editor's swap file of the settings"


ALL = [
    proofs.archive, proofs.database_dump, proofs.git_head, proofs.git_config, proofs.svn, proofs.mercurial, proofs.cvs,
    proofs.environment, proofs.access_file, proofs.history, proofs.settings, proofs.log, proofs.customers, proofs.packages,
    proofs.folder_file, proofs.source_map, proofs.debug_page, proofs.installer,
]  # fmt: skip


@pytest.mark.parametrize("proof", ALL, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Not found",
        "OK",
        "1",
        '{"error":"not found","path":"/x"}',
        "<!DOCTYPE html><html><title>Shop</title>ref: refs/heads/main [core] DB_PASSWORD=x -- MySQL dump</html>",
        "<br />\n<b>Notice</b>: password = x; define('DB_PASSWORD'); -----BEGIN PRIVATE KEY-----",
        "<h1>Login</h1><form><input name=email><input name=password type=password></form>",
        "User-agent: *\nDisallow: /admin/\n",
        "body { color: red; }\n/* password: */",
        "name,price\nRose,3\n",
        "email,name\n",
        "PHP Version and PHP Extension are words",
        "GIF89a",
    ],
)
def test_what_proves_nothing(proof, text: str) -> None:
    assert proof(answer(200, text)) is None


@pytest.mark.parametrize("proof", ALL, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    "text",
    [
        "{" * 3000, '{"host":' * 400, "-- " * 1000, "a" * 3000, "<" * 3000, "\n" * 3000, "[" * 3000, "INSERT INTO " * 250, "a:" * 1500,
        "From: x\n" * 300, ("x" * 59 + ",") * 50 + "\n" + ",a" * 1400, "<form" * 600, "<input " * 400, "<input name=" * 300, '{"sources":' * 250,
        "<td class=\"e\">" * 200, "PHP Version " * 250, "\x00\uffff" * 1000,
    ],
    ids=range(18),
)  # fmt: skip
def test_a_hostile_file_takes_no_time(proof, text: str) -> None:
    with cpu(20):
        proof(answer(200, text))


def test_no_secret_is_shown() -> None:
    """The engine redacts an answer's text before any proof sees it; what a proof shows are names, never values."""
    for text in (
        "DB_PASSWORD=hunter2\n",
        "<?php define('DB_PASSWORD','hunter2');",
        '{"host":"h","protocol":"ftp","password":"hunter2"}',
    ):
        shown = [proof(answer(200, text)) for proof in ALL]
        assert any(shown)
        assert "hunter2" not in str(shown)
