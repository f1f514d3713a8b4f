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

from scanner.result import Status
from scanner.verdicts import Inconclusive
from tests.loopback import Handler, request_head, response
from tests.scanning import found, scan_of

AREAS = ("exposure", "admin", "versions", "cohosted")
HTML = "Content-Type: text/html; charset=utf-8\r\n"
LINKS = "".join(f'<a href="/{name}">{name}</a> ' for name in ("roses", "tulips", "cart", "login", "privacy"))
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


@pytest.mark.parametrize(
    "page",
    [
        reflected, random_layout, to_home, to_login, to_search, suspicious_names, single_page_app, soft_404, maintenance,
        a_zip_for_every_zip, by_hash,
    ],
    ids=lambda page: page.__name__,
)  # fmt: skip
async def test_a_site_that_answers_everything_yields_nothing(page: Page) -> None:
    scanned = await scan_of(every(page))
    assert found(scanned.result, *AREAS) == {}
    assert scanned.result.status is Status.COMPLETE
    assert scanned.result.requests.http <= 260


async def test_many_dropped_answers_make_one_note() -> None:
    scanned = await scan_of(every(reflected))
    assert sum("answers every address" in note for note in scanned.result.notes) == 1


async def test_a_real_login_on_a_site_that_answers_everything_is_found() -> None:
    login = "<title>Store administration</title><form action='?'><input name=u><input type=password name=p></form>"

    def page(path: str) -> bytes:
        return home(path) or html(login if path == "/admin.php" else f"<title>Petal</title><p>Nothing here, sorry. {path}")

    scanned = await scan_of(every(page), "admin-default-path")
    assert found(scanned.result) == {"admin-default-path": ["/admin.php"]}


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
    monkeypatch.setattr("scanner.gatherers.network.SLOWEST_GAP", 0.1)

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
