"""A server that is killed at any moment never turns a finding into a pass."""

from __future__ import annotations

import asyncio
import random

import pytest

from scanner.engine.scan import Scan
from scanner.rules.verdicts import Found, Inconclusive, Passed
from tests.corpus.cases import DEMO_DUMP, LOGIN, SERVER_LOG, zipped
from tests.loopback import request_head, response
from tests.scanning import catalogue, scan_of

AREAS = ("exposure", "admin", "versions", "cohosted")
LAST = 190
"""About as many requests as the whole scan sends."""
PLAIN = "Content-Type: text/plain\r\n"
HTML = "Content-Type: text/html; charset=utf-8\r\nX-Powered-By: PHP/7.2.34\r\n"
JSON = "Content-Type: application/json\r\n"


def wordpress(folder: str, number: str) -> str:
    """The head of a page of WordPress."""
    assets = ("wp-includes/css/dist/style.css", "wp-includes/js/wp-embed.min.js", "wp-content/themes/petal/style.css")
    links = "".join(f'<link rel="stylesheet" href="{folder}{path}?ver={number}">' for path in assets)
    return f'<meta name="generator" content="WordPress {number}">{links}'


def listing(folder: str, *names: str) -> bytes:
    """nginx's list of a folder."""
    rows = "".join(f'<a href="{name}">{name}</a>        21-Nov-2026 05:02     5000\n' for name in names)
    text = f'<html><head><title>Index of {folder}</title></head><body><h1>Index of {folder}</h1><hr><pre><a href="../">../</a>\n{rows}</pre>'
    return response(text.encode(), headers=HTML)


HOME = f"""<title>Petal</title>{wordpress("/", "6.8.1")}<h1>Flowers</h1><script src="/js/jquery-1.12.4.min.js"></script>
<a href="/roses">Roses</a> <a href="/wiki/">Care of flowers</a>"""
OLD = (
    f"<title>Petal, old</title>{wordpress('/old/', '6.8.1')}<h1>Last year's flowers</h1><p>Dahlias, and what became of them.</p>"
)
WIKI = """<meta name="generator" content="MediaWiki 1.31.1"><link rel="stylesheet" href="/wiki/load.php?modules=site.styles&only=styles">
<title>Care of flowers</title><h1>Care of flowers</h1><p>Cut them at an angle, and change the water.</p>"""
USERS = '[{"id":1,"name":"Rosie","slug":"admin"}]'
FILES = {
    "/": response(HOME.encode(), headers=HTML),
    "/robots.txt": response(b"User-agent: *\nDisallow: /admin-7q2/\n", headers=PLAIN),
    "/roses": response(b"<title>Roses</title><h1>Roses</h1><p>Red ones and white ones.</p>", headers=HTML),
    "/old/": response(OLD.encode(), headers=HTML),
    "/wiki/": response(WIKI.encode(), headers=HTML),
    "/wp-login.php": response(b'<form id="loginform"><input type="password" name="pwd"></form>', headers=HTML),
    "/readme.html": response(b'<title>WordPress &rsaquo; ReadMe</title><h1 id="logo"><br /> Version 6.8.1</h1>', headers=HTML),
    "/wp-json/wp/v2/users": response(USERS.encode(), headers=JSON),
    "/images/": listing("/images/", "rose.jpg", "tulip.jpg"),
    "/backup/": listing("/backup/", "shop.sql.gz"),
    "/admin.php": response(LOGIN.encode(), headers=HTML),
    "/admin-7q2/": response(LOGIN.replace("Administration", "Store administration").encode(), headers=HTML),
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
NEEDS_HTTPS = {"cohosted-site", "admin-page-over-http"}
EXPECTED = {rule.id for rule in catalogue().rules.values() if rule.area in AREAS} - NEEDS_HTTPS


async def scanned_until(after: int, gateway: bool = False) -> tuple[Scan, int]:
    """A scan of a server that is gone after so many requests; and how many it got. gateway: something in front of it remains, and
    says so."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            path = (await request_head(reader)).split(b" ", 2)[1].decode()
            asked += 1
            if asked > after and not gateway:
                writer.transport.abort()
                return
            gone = response(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", HTML)
            writer.write(gone if asked > after else FILES.get(path, response(b"Not found", "404 Not Found", PLAIN)))
            await writer.drain()

    return await scan_of(serve), asked


def kinds(scanned: Scan, kind: type) -> set[str]:
    return {one.rule.id for one in scanned.result.judged if one.rule.area in AREAS and isinstance(one.verdict, kind)}


async def killed(after: int, *, gateway: bool) -> None:
    """Whatever is there is found or unknown, never passed, at whatever moment the server dies."""
    scanned, _ = await scanned_until(after, gateway)
    assert kinds(scanned, Found) <= EXPECTED
    assert not kinds(scanned, Passed) & EXPECTED
    assert kinds(scanned, Inconclusive) >= EXPECTED - kinds(scanned, Found)


async def test_the_living_server_shows_everything_within_the_budget() -> None:
    scanned, asked = await scanned_until(10_000)
    assert kinds(scanned, Found) == EXPECTED
    assert asked <= 220, "its platform is known"


@pytest.mark.parametrize("after", sorted(random.Random(20261121).sample(range(1, LAST), 8)))
async def test_killed_at_a_random_moment(after: int) -> None:
    await killed(after, gateway=after % 2 == 0)
