"""The other side of ``benchmarks.street``: one process that serves thousands of shops, and counts how closely it is asked.

.venv/bin/python -m benchmarks.street_server FOLDER ADDRESSES EACH

Shops as small ones are: pages of 20 to 30 KB with menus, tiles, forms and scripts, compressed where that is understood, https
with a certificate for the shops of each address, a themed "not found". What it answers is made once and kept, so that it costs
little itself. Its ports, and at the end what it saw, are lines of JSON on stdout; it ends with its stdin.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import ssl
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import trustme

from tests.loopback import response

KINDS = 8
"""Ways in which shops differ: their server's words, headers, cookies."""
CATEGORIES, PRODUCTS, TILES = 12, 48, 24
SENTENCE = "Cut this morning, wrapped in paper and brought to your door before noon by somebody who knows the way. "


def host(number: int) -> str:
    """A shop's name."""
    return f"shop{number}.example"


def address(number: int) -> str:
    """One loopback address a server, from 127.1.0.1 on."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


@dataclass(slots=True)
class Seen:
    """What came to one address. most: requests of one second at the most; lately: when those of the last second came. (How close
    two of them come tells little: one waits for its turn, and then for a new connection, while the next one has an old one.)
    """

    requests: int = 0
    most: int = 0
    lately: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class Counts:
    """Of each address."""

    seen: dict[str, Seen] = field(default_factory=dict)

    def count(self, where: str, now: float) -> None:
        """A request came."""
        seen = self.seen.setdefault(where, Seen())
        seen.requests += 1
        seen.lately.append(now)
        while seen.lately[0] <= now - 1:
            seen.lately.popleft()
        seen.most = max(seen.most, len(seen.lately))


def _tile(product: int) -> str:
    return (
        f'<li class="product type-product post-{product} instock has-post-thumbnail"><a href="/p/{product}" class="tile">'
        f'<img src="/media/{product}-300x300.jpg" srcset="/media/{product}-300x300.jpg 300w, /media/{product}-600x600.jpg 600w" '
        f'width="300" height="300" alt="Bouquet {product}" loading="lazy"><h2>Bouquet number {product}</h2>'
        f'<span class="price"><bdi>{20 + product}.90 &euro;</bdi></span></a><div class="rating" style="width:80%">4 of 5</div>'
        f'<a href="/cart?add-to-cart={product}" data-product="{product}" class="button" rel="nofollow">Add to basket</a></li>\n'
    )


def _frame(title: str, body: str) -> str:
    menu = "".join(f'<li class="menu-item"><a href="/c/{one}">Flowers for occasion {one}</a></li>' for one in range(CATEGORIES))
    more = "".join(
        f'<link rel="stylesheet" href="/static/part{one}.css"><script defer src="/static/part{one}.js"></script>'
        for one in range(4)
    )
    style = "".join(f".block-{one} .inner > .item{{margin:{one}px;padding:{one}px 2px;color:#{one:03x}}}\n" for one in range(160))
    legal = "".join(f'<a href="/{name}">{name}</a>' for name in ("privacy", "terms", "contact", "login", "cart", "checkout"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} – Petal &amp; Stem</title>'
        f'<meta name="viewport" content="width=device-width"><meta property="og:title" content="{title}">{more}'
        f"<style>{style}</style></head><body class='shop'><header><nav><ul>{menu}</ul></nav>"
        '<form method="get" action="/search" role="search"><input type="search" name="q"><button>Search</button></form></header>'
        f"<main>{body}</main><footer>{legal}<form method='post' action='/newsletter'><input type='email' name='mail'>"
        "<button>Subscribe</button></form><script>window.shop={currency:'EUR',cart:[]};</script></footer></body></html>"
    )


@cache
def pages() -> dict[str, tuple[bytes, str]]:
    """Path → body and its type. The same for all shops."""
    made = {
        "/": _frame("Home", "".join(map(_tile, range(TILES))) + f"<p>{SENTENCE * 20}</p>"),
        "/privacy": _frame("Privacy", f"<p>{SENTENCE * 60}</p>"),
        "/terms": _frame("Terms", f"<p>{SENTENCE * 60}</p>"),
        "/contact": _frame("Contact", "<form method='post' action='/contact'><textarea name='words'></textarea></form>"),
        "/login": _frame(
            "Login", "<form method='post' action='/login'><input name='user'><input type='password' name='word'></form>"
        ),
        "/cart": _frame("Basket", "<p>Your basket is empty.</p>"),
        "/checkout": _frame("Checkout", "<form method='post' action='/checkout'><input name='name'><input name='card'></form>"),
    }
    for one in range(CATEGORIES):
        tiles = "".join(_tile((one * 4 + product) % PRODUCTS) for product in range(TILES))
        made[f"/c/{one}"] = _frame(f"Flowers for occasion {one}", f"<ul class='products'>{tiles}</ul>")
    for one in range(PRODUCTS):
        words = (
            f"<h1>Bouquet number {one}</h1><p>{SENTENCE * 30}</p><form method='post' action='/cart'><button>Buy</button></form>"
        )
        made[f"/p/{one}"] = _frame(f"Bouquet number {one}", words + "".join(map(_tile, range(one % 12, one % 12 + 8))))
    html = {path: (page.encode(), "text/html; charset=utf-8") for path, page in made.items()}
    script = b"(function(){'use strict';var shop=window.shop;shop.ready=function(f){f(shop)};}());\n" * 60
    parts = {f"/static/part{one}.js": (script, "text/javascript") for one in range(4)}
    return {**html, **parts}


def named(path: str, name: str) -> tuple[bytes, str]:
    """What speaks of the shop by its name."""
    if path == "/robots.txt":
        return f"User-agent: *\nDisallow: /checkout\nSitemap: https://{name}/sitemap.xml\n".encode(), "text/plain"
    links = "".join(f"<url><loc>https://{name}{one}</loc></url>" for one in pages() if not one.startswith("/static"))
    return f"<?xml version='1.0'?><urlset>{links}</urlset>".encode(), "application/xml"


_MISSING = _frame("Not found", f"<p>{SENTENCE * 4}</p>").encode()
_SERVERS = ("nginx", "Apache/2.4.62 (Debian)", "Apache", "nginx/1.26.2")


def _headers(kind: int) -> str:
    words = f"Server: {_SERVERS[kind % 4]}\r\n"
    words += "Strict-Transport-Security: max-age=31536000\r\n" if kind % 2 else ""
    words += "X-Content-Type-Options: nosniff\r\nX-Frame-Options: SAMEORIGIN\r\n" if kind % 3 else ""
    words += "X-Powered-By: PHP/8.1.2\r\n" if kind % 4 == 0 else ""
    return words + f"Set-Cookie: session=abcdef; Path=/; HttpOnly{'; Secure; SameSite=Lax' if kind % 2 else ''}\r\n"


@cache
def answer(path: str, kind: int, packed: bool) -> bytes:
    """What all shops of this kind answer."""
    body, what = pages().get(path, (_MISSING, "text/html; charset=utf-8"))
    more = "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" if packed else ""
    status = "200 OK" if path in pages() else "404 Not Found"
    return response(gzip.compress(body) if packed else body, status, f"Content-Type: {what}\r\n{_headers(kind)}{more}")


class Shop(asyncio.Protocol):
    """One connection. secure: whether it came by https; http leads there."""

    def __init__(self, counts: Counts, secure: bool) -> None:
        self._counts, self._secure, self._kept = counts, secure, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._where = transport.get_extra_info("sockname")[0]
        self._now = asyncio.get_running_loop().time

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._kept += data
        while b"\r\n\r\n" in self._kept:
            head, _, self._kept = self._kept.partition(b"\r\n\r\n")
            self._counts.count(self._where, self._now())
            self._transport.write(self._answer(head.decode("latin-1")))

    def _answer(self, head: str) -> bytes:
        line, *fields = head.split("\r\n")
        method, target, _ = line.split(" ", 2)
        words = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in fields)}
        name = words.get("host", "").partition(":")[0]
        if not self._secure:
            said = response(b"", "301 Moved Permanently", f"Location: https://{name}{target}\r\n")
        else:
            path, kind = target.partition("?")[0], int("".join(filter(str.isdigit, name)) or 0) % KINDS
            if path in {"/robots.txt", "/sitemap.xml"}:
                body, what = named(path, name)
                said = response(body, headers=f"Content-Type: {what}\r\n{_headers(kind)}")
            else:
                said = answer(path if path in pages() else "", kind, "gzip" in words.get("accept-encoding", ""))
        return said.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else said


async def serve(folder: Path, addresses: int, each: int) -> None:
    """Until stdin ends."""
    authority, counts, loop = trustme.CA(), Counts(), asyncio.get_running_loop()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    servers: list[asyncio.Server] = []
    ports = {True: 0, False: 0}
    for number in range(addresses):
        names = [name for shop in range(number * each, number * each + each) for name in (host(shop), f"www.{host(shop)}")]
        context = _context(authority, names)
        for secure in (True, False):
            where, port = address(number), ports[secure]
            server = await loop.create_server(
                lambda secure=secure: Shop(counts, secure),  # type: ignore[misc]
                where, port, ssl=context if secure else None, backlog=1024,
            )  # fmt: skip
            ports[secure] = server.sockets[0].getsockname()[1]
            servers.append(server)
    print(json.dumps({"https": ports[True], "http": ports[False]}), flush=True)
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()
    for server in servers:
        server.close()
    used = resource.getrusage(resource.RUSAGE_SELF)
    seen = counts.seen.values()
    said = {
        "addresses": len(counts.seen),
        "requests": sum(one.requests for one in seen),
        "most": max((one.most for one in seen), default=0),
        "cpu": used.ru_utime + used.ru_stime,
    }
    print(json.dumps(said), flush=True)


def _context(authority: trustme.CA, names: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    os._exit(0)  # connections that are still open are nobody's
