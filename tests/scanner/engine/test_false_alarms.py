"""Sites that answer every address, in all the ways we know: nothing may be found. And a real leak on such a site must be."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import io
import random
import zipfile
from collections.abc import Callable

import pytest

from scanner.results.result import Status
from scanner.rules.verdicts import Inconclusive, Passed
from tests.loopback import Handler, request_head, response, serving
from tests.scanning import HOST, found, scan_of, scan_port

AREAS = ("exposure", "admin", "versions", "cohosted")
HTML = "Content-Type: text/html; charset=utf-8\r\n"
OWN = ("/roses", "/tulips", "/cart", "/login", "/privacy")
LINKS = "".join(f'<a href="{path}">{path[1:]}</a> ' for path in OWN)
BAIT = (
    "<title>admin</title><h1>Index of /backup</h1><form action='/login'><input type='password' name='p'></form>"
    "-- MySQL dump 10.13 <?php define('DB_PASSWORD','x'); [core] ref: refs/heads/main Version 5.2.3 phpMyAdmin pma_username "
    "<a href='?C=N;O=D'>Name</a> WordPress id='loginform' <pre><a href='../'>../</a></pre>"
)

Page = Callable[[str], bytes]


def every(page: Page) -> Handler:
    """A server that makes an answer from each path; ``HEAD`` is not spoken."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_head(reader)
            writer.write(page(head.split(b" ", 2)[1].decode("latin-1")))
            await writer.drain()

    return handle


def html(body: str, status: str = "200 OK", more: str = "") -> bytes:
    return response(f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), status, HTML + more)


def home(path: str) -> bytes | None:
    return html(f"<title>Petal</title><h1>Flowers</h1>{LINKS}") if path == "/" else None


def token(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


def reflected(path: str) -> bytes:
    return home(path) or html(
        f"<title>Petal</title>{BAIT} You asked for {path} {token(path)} {base64.b64encode(path.encode()).decode()}"
    )


def random_layout(path: str) -> bytes:
    words = ("rose tulip lily fern ivy basil mint thyme vase pot moss bark " * 30).split()
    random.Random(path).shuffle(words)
    return home(path) or html(f"<title>{words[0]}</title>{BAIT}<p>" + "<p>".join(words[: 20 + len(path) * 7 % 200]))


def to_home(path: str) -> bytes:
    return home(path) or response(b"", "302 Found", "Location: /\r\n")


def to_login(path: str) -> bytes:
    if path.startswith("/login"):
        return html(f"<title>Administration login</title>{BAIT}")
    return home(path) or response(b"", "302 Found", f"Location: /login?next={path}\r\n")


def to_search(path: str) -> bytes:
    if path.startswith("/search"):
        return html(f"<title>Search</title>Nothing for {path}. {BAIT}")
    return home(path) or response(b"", "301 Moved", f"Location: /search?q={path.strip('/').replace('/', '+')}\r\n")


def suspicious_names(path: str) -> bytes:
    refused = any(word in path for word in ("admin", "git", "backup", ".sql", "config", "wp-", ".zip"))
    return home(path) or html(f"Refused. {BAIT}", "403 Forbidden" if refused else "404 Not Found")


def single_page_app(path: str) -> bytes:
    return html(f'<title>Petal</title><div id="app"></div><script src="/static/app.js"></script>{LINKS}{BAIT}')


def soft_404(path: str) -> bytes:
    return home(path) or html(f"<title>Not found</title><p>Page not found</p>{BAIT}", "404 Not Found")


def maintenance(path: str) -> bytes:
    return html(f"<title>Maintenance</title>We are back soon. {BAIT}")


def a_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("shop.sql", "-- MySQL dump 10.13\nCREATE TABLE orders (id int);\n" * 50)
    return made.getvalue()


ZIP = a_zip()


def a_zip_for_every_zip(path: str) -> bytes:
    if path.endswith((".zip", ".gz", ".sql", ".tgz")):
        return response(
            ZIP if path.endswith(".zip") else gzip.compress(b"-- MySQL dump\n" * 99), headers="Content-Type: application/zip\r\n"
        )
    return home(path) or html("Not found", "404 Not Found")


def by_hash(path: str) -> bytes:
    """Answers in one of several ways, chosen by the path."""
    if path == "/":
        return home(path) or b""
    ways = (reflected, random_layout, to_login, to_search, soft_404)
    return ways[int(token(path)[:4], 16) % len(ways)](path)


def some_by_hash(path: str) -> bytes:
    """Every third address proves everything, chosen by the path; the rest is not found."""
    return home(path) or (reflected(path) if int(token(path)[:4], 16) % 3 == 0 else html("Not found", "404 Not Found"))


def refused_or_welcome(path: str) -> bytes:
    """A firewall in front of a site that answers everything: 403 for suspicious names, 200 for the rest."""
    refused = any(word in path for word in ("admin", ".git", "backup", ".sql", ".env"))
    return html(f"Refused. {BAIT}", "403 Forbidden") if refused else reflected(path)


PLAIN = "Content-Type: text/plain\r\n"
BY_ENDING = {
    ".zip": response(ZIP, headers="Content-Type: application/zip\r\n"),
    ".gz": response(gzip.compress(b"-- MySQL dump 10.13\n" * 99), headers="Content-Type: application/gzip\r\n"),
    ".tgz": response(gzip.compress(b"x" * 999), headers="Content-Type: application/gzip\r\n"),
    ".sql": response(b"-- MySQL dump 10.13\nCREATE TABLE orders (id int);\nINSERT INTO orders VALUES (1);\n" * 9, headers=PLAIN),
    ".csv": response(b"email,lastname,street\nann@petalandstem.example,Lee,High Street 1\n", headers=PLAIN),
    ".log": response(b"[21-Nov-2026 03:00:00 UTC] PHP Fatal error:  x in /home/petal/index.php on line 3\n" * 9, headers=PLAIN),
    ".json": response(b'{"packages": [{"name": "a/b", "version": "1.0"}], "host": "ftp", "port": 21}', headers=PLAIN),
    ".lock": response(b'{"packages": [{"name": "a/b", "version": "1.0"}], "content-hash": "0"}', headers=PLAIN),
    ".bak": response(b"<?php define('DB_PASSWORD', 'secret'); define('DB_NAME', 'shop');\n", headers=PLAIN),
    "~": response(b"<?php define('DB_PASSWORD', 'secret'); define('DB_NAME', 'shop');\n", headers=PLAIN),
    ".old": response(b"<?php define('DB_PASSWORD', 'secret'); define('DB_NAME', 'shop');\n", headers=PLAIN),
    ".save": response(b"<?php define('DB_PASSWORD', 'secret'); define('DB_NAME', 'shop');\n", headers=PLAIN),
    ".db": response(b"SQLite format 3\0" + bytes(600), headers=PLAIN),
    ".map": response(b'{"version":3,"sources":["a.js"],"mappings":"AAAA"}', headers=PLAIN),
    ".txt": response(b"Version 5.2.3\nDrupal 7.1, 2011-01-01\n", headers=PLAIN),
    ".xml": response(b"<?xml version='1.0'?><extension><version>3.9.1</version></extension>", headers=PLAIN),
    ".php": html(f"<title>phpinfo()</title><h1>PHP Version 7.2.34</h1>PHP Extension {BAIT}"),
    "/": html("<title>Index of /</title><h1>Index of /</h1><pre><a href='../'>../</a>\n<a href='dump.sql'>dump.sql</a> 9M</pre>"),
}  # fmt: skip


def by_ending(path: str) -> bytes:
    """A soft 404 that changes with the extension: each kind of address gets what its kind would hold."""
    bare = path.partition("?")[0]
    return home(path) or next((answer for ending, answer in BY_ENDING.items() if bare.endswith(ending)), reflected(path))


def a_list_for_every_folder(path: str) -> bytes:
    names = "".join(f"<a href='{name}'>{name}</a>  2026-11-01 03:00  9M\n" for name in ("dump.sql", "orders.csv", "old.zip"))
    listed = html(f"<title>Index of {path}</title><h1>Index of {path}</h1><pre><a href='../'>../</a>\n{names}</pre>")
    return home(path) or (listed if path.endswith("/") else html("Not found", "404 Not Found"))


def a_blog_in_every_folder(path: str) -> bytes:
    """WordPress in every folder there is not, old and with an administrator called admin. The shop's own pages are none."""
    if path in OWN:
        return html(f"<title>Petal</title><h1>{path}</h1>{LINKS}")
    if path.partition("?")[0].endswith(("wp-json/wp/v2/users", "users")):
        return response(b'[{"id":1,"name":"Ann","slug":"admin"}]', headers="Content-Type: application/json\r\n")
    folder = path.partition("?")[0].rpartition("/")[0]
    blog = (
        f'<meta name="generator" content="WordPress 5.2.3"><link rel="stylesheet" href="{folder}/wp-content/themes/x/style.css">'
        f'<script src="{folder}/wp-includes/js/wp-embed.min.js"></script><form id="loginform" action="{folder}/wp-login.php">'
        f'<input type="password" name="pwd"></form><title>Log in</title>action=lostpassword {token(path)}'
    )
    return home(path) or html(blog)


def empty(path: str) -> bytes:
    return home(path) or response(b"", headers=HTML)


def gone_to_a_picture(path: str) -> bytes:
    """What is not there is sent to a picture, as against hotlinks."""
    if path == "/sorry.gif":
        return response(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", headers="Content-Type: image/gif\r\n")
    return home(path) or response(b"", "302 Found", "Location: /sorry.gif\r\n")


@pytest.mark.parametrize(
    "page",
    [
        reflected, random_layout, to_home, to_login, to_search, suspicious_names, single_page_app, soft_404,
        a_zip_for_every_zip, by_hash, some_by_hash, refused_or_welcome, by_ending, a_list_for_every_folder, a_blog_in_every_folder,
        empty, gone_to_a_picture,
    ],
    ids=lambda page: page.__name__,
)  # fmt: skip
async def test_a_site_that_answers_everything_yields_nothing(page: Page) -> None:
    scanned = await scan_of(every(page))
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.COMPLETE
    assert scanned.result.requests.http <= 260


@pytest.mark.parametrize("page", [reflected, to_login, by_ending, a_blog_in_every_folder], ids=lambda page: page.__name__)
async def test_a_shop_under_a_path_beside_a_site_that_answers_everything_yields_nothing(page: Page) -> None:
    links = LINKS.replace('href="/', 'href="/shop/')

    def shop(path: str) -> bytes:
        own = path == "/shop/" or path.removeprefix("/shop") in OWN
        return html(f"<title>Petal</title><h1>Flowers {path}</h1>{links}") if own else page(path)

    async with serving(every(shop)) as port:
        scanned = await scan_port(port, url=f"http://{HOST}/shop/")
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.COMPLETE
    assert scanned.result.requests.http <= 260


@pytest.mark.parametrize("head_is_found", [True, False])
async def test_a_site_that_answers_head_otherwise_than_get_yields_nothing(*, head_is_found: bool) -> None:
    """Only GET counts, because only content proves: a HEAD that claims a file is no file, one that denies it hides none."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            method, path, _ = (await request_head(reader)).decode("latin-1").split(" ", 2)
            if method == "HEAD":
                status = "200 OK" if head_is_found else "404 Not Found"
                writer.write(response(b"", status, "Content-Type: application/zip\r\n", length=90_000))
            else:
                writer.write(home(path) or (html(BAIT, "404 Not Found") if head_is_found else reflected(path)))
            await writer.drain()

    scanned = await scan_of(handle)
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.COMPLETE


async def test_maintenance_in_place_of_the_shop_makes_blocked_never_a_finding_or_a_pass() -> None:
    scanned = await scan_of(every(maintenance))
    assert scanned.result.status is Status.BLOCKED
    assert {type(judged.verdict) for judged in scanned.result.judged} == {Inconclusive}


async def test_maintenance_that_begins_in_the_middle_makes_blocked_never_a_finding_or_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scanner.gatherers.net.pace.SLOWEST_GAP", 0.02)
    monkeypatch.setattr("scanner.gatherers.http.fetcher.MOST_WAITING", 0.0)

    def page(path: str) -> bytes:
        return home(path) or html(f"<title>Maintenance</title>We are back soon. {BAIT}", "503 Service Unavailable")

    scanned = await scan_of(every(page))
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.BLOCKED
    assert not any(isinstance(judged.verdict, Passed) for judged in scanned.result.judged if judged.rule.area == "exposure")


async def test_429_in_bursts_is_waited_for_and_yields_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.gatherers.net.pace.SLOWEST_GAP", 0.02)
    monkeypatch.setattr("scanner.gatherers.http.fetcher.MOST_WAITING", 2.5)
    asked = 0

    def page(path: str) -> bytes:
        nonlocal asked
        asked += 1
        burst = asked % 41 > 37
        return html(f"Slow down. {BAIT}", "429 Too Many Requests", "Retry-After: 1\r\n") if burst else soft_404(path)

    scanned = await scan_of(every(page))
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.COMPLETE
    unsure = [judged.rule.id for judged in scanned.result.judged if isinstance(judged.verdict, Inconclusive)]
    assert set(unsure) & {"exposed-backup", "exposed-config", "admin-default-path", "exposed-log", "exposed-database-dump"}


async def test_many_dropped_answers_make_one_note() -> None:
    scanned = await scan_of(every(reflected))
    assert sum("answers every address" in note for note in scanned.result.notes) == 1


async def test_a_real_login_on_a_site_that_answers_everything_is_found() -> None:
    login = "<title>Store administration</title><form action='?'><input name=u><input type=password name=p></form>"

    def page(path: str) -> bytes:
        return home(path) or html(login if path == "/admin.php" else f"<title>Petal</title><p>Nothing here, sorry. {path}")

    scanned = await scan_of(every(page), "admin-default-path")
    assert found(scanned.result) == {"admin-default-path": ["/admin.php"]}


async def test_a_real_login_that_everything_below_it_leads_to_is_found() -> None:
    login = "<title>Store administration</title><form action='?'><input name=u><input type=password name=p></form>"

    def page(path: str) -> bytes:
        below = path.startswith("/admin/") and path != "/admin/"
        there = response(b"", "302 Found", "Location: /admin/\r\n") if below else html("Not found", "404 Not Found")
        return home(path) or (html(login) if path == "/admin/" else there)

    scanned = await scan_of(every(page), "admin-default-path")
    assert found(scanned.result) == {"admin-default-path": ["/admin/"]}


async def test_a_firewall_that_closes_in_the_middle_makes_blocked_never_a_finding_or_a_pass() -> None:
    asked = 0

    def page(path: str) -> bytes:
        nonlocal asked
        asked += 1
        if asked > 30:
            return html(f"Blocked. {BAIT}", "403 Forbidden")
        return home(path) or html("Not found", "404 Not Found")

    scanned = await scan_of(every(page))
    assert scanned.result.status is Status.BLOCKED
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.grade is None
    by_rule = {judged.rule.id: judged.verdict for judged in scanned.result.judged}
    assert isinstance(by_rule["admin-default-path"], Inconclusive)


async def test_bursts_of_429_are_never_found_or_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.gatherers.net.pace.SLOWEST_GAP", 0.1)

    def page(path: str) -> bytes:
        return home(path) or html(BAIT, "429 Too Many Requests", "Retry-After: 86400\r\n")

    scanned = await scan_of(every(page))
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.BLOCKED
    by_rule = {judged.rule.id: judged.verdict for judged in scanned.result.judged}
    assert isinstance(by_rule["admin-default-path"], Inconclusive)


@pytest.mark.parametrize("after", [1, 3, 10, 25, 60])
async def test_a_server_that_dies_never_turns_into_a_pass(after: int) -> None:
    asked = 0

    async def dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            path = (await request_head(reader)).split(b" ", 2)[1].decode()
            asked += 1
            if asked > after:
                writer.transport.abort()
                return
            login = "<title>Administration</title><form action='?'><input type=password name=p></form>"
            writer.write(html(login) if path == "/admin.php" else home(path) or html("Not found", "404 Not Found"))
            await writer.drain()

    scanned = await scan_of(dying, "admin-default-path")
    verdict = scanned.result.judged[0].verdict
    assert isinstance(verdict, Inconclusive) or found(scanned.result) == {"admin-default-path": ["/admin.php"]}
