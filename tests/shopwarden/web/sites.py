"""The pages of a desk, asked as a browser asks, without a network."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from scanner.engine.catalogue import Catalogue
from scanner.history.store import History
from scanner.text.clock import Clock
from shopwarden.web.access import Access
from shopwarden.web.app import application
from shopwarden.web.desk import Desk
from shopwarden.web.scans import Look, Scans
from tests.patience import eventually

HOST = "127.0.0.1:8484"
ORIGIN = f"http://{HOST}"
OWN = {"sec-fetch-site": "same-origin"}
"""What a browser says of a form on one of our pages."""


@dataclass
class Pages:
    """A browser that came in with the token."""

    desk: Desk
    scans: Scans
    access: Access
    client: httpx.AsyncClient
    runner: asyncio.Runner

    @property
    def cookies(self) -> httpx.Cookies:
        """The browser's."""
        return self.client.cookies

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request as it is said."""
        return self.runner.run(self.client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        """A page."""
        return self.ask("GET", path, **more)

    def post(self, path: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        """A form of ours."""
        return self.ask("POST", path, data=fields, headers=OWN, follow_redirects=follow)


@contextmanager
def pages(
    folder: Path, catalogue: Catalogue, *, text: str | None = None, look: Look | None = None, clock: Clock | None = None
) -> Iterator[Pages]:
    """text: of the configuration; None: there is none. look: in place of scanning."""
    file, database = folder / "shopwarden.toml", str(folder / "history.sqlite3")
    if text is not None:
        file.write_text(text, encoding="utf-8")
    history = History.open(database)
    desk = Desk(file, history, catalogue, database, clock or Clock())
    access, scans = Access(8484), Scans(desk, look=look)
    app = application(desk, access, frozenset({HOST}), scans)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, follow_redirects=True)
        opened = Pages(desk, scans, access, client, runner)
        try:
            opened.get(f"/enter?token={access.token}")
            yield opened
        finally:
            runner.run(client.aclose())
            scans.close()
            history.close()


@contextmanager
def served(
    folder: Path, catalogue: Catalogue, *, text: str | None = None, look: Look | None = None
) -> Iterator[tuple[str, Desk, Scans]]:
    """The same on a port of this computer, for a real browser: the address with the token."""
    file, database = folder / "shopwarden.toml", str(folder / "history.sqlite3")
    if text is not None:
        file.write_text(text, encoding="utf-8")
    history = History.open(database)
    desk = Desk(file, history, catalogue, database)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        access, scans = Access(port), Scans(desk, look=look)
        app = application(desk, access, frozenset({f"127.0.0.1:{port}"}), scans)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            eventually(lambda: server.started)
            yield f"http://127.0.0.1:{port}/enter?token={access.token}", desk, scans
        finally:
            server.should_exit = True
            thread.join()
            history.close()
