"""Many little shops behind one loopback port, told apart by host name; each can be changed, closed or made to fail meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from tests.loopback import request_head, response, serving
from tests.patience import PATIENCE
from tests.scanning import port_words

HTML = "Content-Type: text/html\r\n"
PAGE = "<html><title>{0}</title><h1>{0}</h1><a href='/roses'>Roses</a><img src='/img/rose.jpg'></html>"
LISTING = response(
    b"<html><title>Index of /img</title><h1>Index of /img</h1><pre><a href='?C=N;O=D'>Name</a> <a href='?C=M;O=A'>Last modified</a>"
    b"<hr><a href='/'>Parent Directory</a>\n<a href='rose.jpg'>rose.jpg</a> 2026-01-01 10:00 10K\n<hr></pre></html>",
    headers=HTML,
)
MISSING = response(b"no such page", "404 Not Found")


@dataclass
class Street:
    """pages: host → path → answer, over what every shop has. closed: hosts without a home page. asked: requests by host."""

    port: int = 0
    pages: dict[str, dict[str, bytes]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await request_head(reader)).decode("latin-1")
            path = head.split(" ", 2)[1]
            host = next(line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("host:")).partition(":")[0]
            self.asked[host] += 1
            writer.write(self.answer(host.removeprefix("www."), path))
            await writer.drain()

    async def guarded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As ``handle``, ending quietly with its connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.handle(reader, writer)
        with suppress(ConnectionError):
            writer.close()

    def answer(self, host: str, path: str) -> bytes:
        if host in self.closed:
            return MISSING
        usual = {"/": PAGE.format(host), "/roses": PAGE.format("Roses")}
        if (changed := self.pages.get(host, {}).get(path)) is not None:
            return changed
        return response(usual[path].encode(), headers=HTML) if path in usual else MISSING

    def options(self, *hosts: str) -> list[str]:
        """The command line's words to reach these shops."""
        words = ["--allow-private", "--rate", "1000"]
        for host in hosts:
            words += ["--resolve", f"{host}:127.0.0.1"]
        return words + port_words(http=self.port)


def address(number: int) -> str:
    """One loopback address a shop, from 127.0.0.1 on."""
    return f"127.0.{number // 250}.{number % 250 + 1}"


@contextmanager
def street(*, addresses: int = 1) -> Iterator[Street]:
    """Serve in a thread of its own, for commands that run their own loop. addresses: at how many of ``address``, on one port."""
    made = Street()
    ready, done = threading.Event(), threading.Event()

    async def run() -> None:
        async with serving(made.handle) as port, AsyncExitStack() as more:
            made.port = port
            for number in range(1, addresses):
                server = await asyncio.start_server(made.guarded, address(number), port)
                more.callback(server.close)
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield made
    finally:
        done.set()
        thread.join(PATIENCE)
