"""A server that is killed at any moment never turns a finding into a pass."""

from __future__ import annotations

import asyncio
import random

import pytest

from scanner.scan import Scan
from scanner.verdicts import Found, Inconclusive, Passed
from tests.corpus.cases import DEMO_DUMP, LOGIN, SERVER_LOG, zipped
from tests.loopback import request_head, response
from tests.scanning import scan_of

AREAS = ("exposure", "admin", "versions", "cohosted")
PLAIN = "Content-Type: text/plain\r\n"
HTML = "Content-Type: text/html; charset=utf-8\r\nX-Powered-By: PHP/7.2.34\r\n"
HOME = '<title>Petal</title><h1>Flowers</h1><script src="/js/jquery-1.12.4.min.js"></script><a href="/roses">Roses</a>'
BLOG = (
    '<meta name="generator" content="WordPress 5.2.3"><link rel="stylesheet" href="/blog/wp-content/themes/petal/style.css">'
    "<title>Journal</title><h1>The journal</h1><p>Tulips, dahlias and what to do with them in November.</p>"
)
USERS = '[{"id":1,"name":"Rosie","slug":"admin"}]'
FILES = {
    "/": response(HOME.encode(), headers=HTML),
    "/roses": response(b"<title>Roses</title><h1>Roses</h1><p>Red ones and white ones.</p>", headers=HTML),
    "/blog/": response(BLOG.encode(), headers=HTML),
    "/blog/wp-json/wp/v2/users": response(USERS.encode(), headers="Content-Type: application/json\r\n"),
    "/admin.php": response(LOGIN.encode(), headers=HTML),
    "/.git/HEAD": response(b"ref: refs/heads/main\n", headers=PLAIN),
    "/.env": response(b"APP_KEY=x\nDB_PASSWORD=y\n", headers=PLAIN),
    "/backup.zip": response(zipped("index.php"), headers="Content-Type: application/zip\r\n"),
    "/backup.sql.gz": response(DEMO_DUMP, headers="Content-Type: application/gzip\r\n"),
    "/customers.csv": response(b"email,lastname\nann@petalandstem.example,Lee\n", headers=PLAIN),
    "/error_log": response(SERVER_LOG.encode(), headers=PLAIN),
    "/phpinfo.php": response(b"<title>phpinfo()</title><h1 class=\"p\">PHP Version 7.2.34</h1>", headers=HTML),
    "/.DS_Store": response(b"\x00\x00\x00\x01Bud1" + bytes(99), headers="Content-Type: application/octet-stream\r\n"),
    "/install/": response(b'<form><input name="db_host"><input name="db_user"></form>', headers=HTML),
    "/adminer.php": response(b'<a href="https://www.adminer.org/">Adminer</a><input name="auth[server]">', headers=HTML),
}  # fmt: skip
EXPECTED = {
    "admin-default-path", "admin-default-username", "admin-over-http", "admin-user-enumeration", "cohosted-script", "cohosted-script-outdated",
    "exposed-backup", "exposed-config", "exposed-customer-data", "exposed-database-admin", "exposed-database-dump", "exposed-debug",
    "exposed-installer", "exposed-log", "exposed-metadata", "exposed-vcs", "js-library-vulnerable", "software-end-of-life",
    "version-leak-generator", "version-leak-header",
}  # fmt: skip


async def scanned_until(after: int) -> tuple[Scan, int]:
    """A scan of a server that is gone after so many requests; and how many it got."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            path = (await request_head(reader)).split(b" ", 2)[1].decode()
            asked += 1
            if asked > after:
                writer.transport.abort()
                return
            writer.write(FILES.get(path, response(b"Not found", "404 Not Found", PLAIN)))
            await writer.drain()

    return await scan_of(serve), asked


def kinds(scanned: Scan, kind: type) -> set[str]:
    return {one.rule.id for one in scanned.result.judged if one.rule.area in AREAS and isinstance(one.verdict, kind)}


async def test_the_living_server_shows_everything_within_the_budget() -> None:
    scanned, asked = await scanned_until(10_000)
    assert kinds(scanned, Found) == EXPECTED
    assert asked <= 260


@pytest.mark.parametrize("after", sorted(random.Random(20261121).sample(range(1, 160), 8)))
async def test_killed_at_a_random_moment(after: int) -> None:
    scanned, _ = await scanned_until(after)
    assert kinds(scanned, Found) <= EXPECTED
    assert not kinds(scanned, Passed) & EXPECTED
    assert kinds(scanned, Inconclusive) >= EXPECTED - kinds(scanned, Found)
