"""What our client reads of answers that break a rule is what Chromium shows: the table of them is asked again here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.browser.test_report import CHROMIUM, FLAGS
from tests.odd_answers import ARRIVED, BODY, COOKIES, MOVED, READ, REFUSED, answer

pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.sync_api import Browser, Error, sync_playwright

pytestmark = pytest.mark.browser
HOST = "petalandstem.example"


class Server:
    """Answers the first request with the bytes that it was given, all others alike, and ends each connection."""

    def __init__(self) -> None:
        self.first = b""
        self.heads: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        with connection, suppress(OSError):
            while b"\r\n\r\n" not in head and (more := connection.recv(65_536)):
                head += more
            if not head or b" /favicon.ico " in head:
                return
            self.heads.append(head)
            usual = answer(b"Content-Type: text/html", b"Connection: close", b"Content-Length: %d" % len(ARRIVED), body=ARRIVED)
            connection.sendall(self.first if len(self.heads) == 1 or self.first in REFUSED.values() else usual)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [head.split(b" ", 2)[1].decode() for head in self.heads]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND"
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, rules])
        yield started
        started.close()


def shown(browser: Browser, server: Server, raw: bytes, times: int = 1, seconds: float = 30) -> str:
    """The text of the page that the browser ends at; empty where it shows none within the seconds."""
    server.first = raw
    page = browser.new_page()
    try:
        for _ in range(times):
            page.goto(f"http://{HOST}:{server.port}/", wait_until="load", timeout=seconds * 1000)
        return page.content()
    except Error:
        return ""
    finally:
        page.close()


@pytest.mark.parametrize("name", READ)
def test_is_shown(browser: Browser, server: Server, name: str) -> None:
    assert "The shop" in shown(browser, server, READ[name])


@pytest.mark.parametrize("name", REFUSED)
def test_is_not_shown(browser: Browser, server: Server, name: str) -> None:
    assert "The shop" not in shown(browser, server, REFUSED[name], seconds=5)  # it waits for the rest as long as it may


@pytest.mark.parametrize("name", MOVED)
def test_leads_there(browser: Browser, server: Server, name: str) -> None:
    location, to = MOVED[name]
    shown(browser, server, b"HTTP/1.1 302 Found\r\n" + location + b"\r\nContent-Length: 0\r\n\r\n")
    assert server.paths == ["/", to]


@pytest.mark.parametrize("name", COOKIES)
def test_is_sent_back(browser: Browser, server: Server, name: str) -> None:
    given, sent = COOKIES[name]
    length = b"Content-Length: %d" % len(BODY)
    shown(browser, server, answer(b"Content-Type: text/html", f"Set-Cookie: {given}".encode(), length), times=2)
    cookies = server.heads[1].partition(b"\r\nCookie: ")[2].partition(b"\r\n")[0]
    assert cookies.decode() == sent
