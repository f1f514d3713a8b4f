"""The shops whose recordings lie in ``fixtures/shops``: the two of the demo, real programs on real servers, and one that is rented.

``python -m tools.record_shops`` serves them on loopback and records them anew.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scanner.engine.scan import Order, Scan, scan
from scanner.gatherers.net.dns import Dns
from scanner.scope.target import Target
from scanner.settings.models import SiteSettings
from scanner.settings.options import ScanOptions
from shopwarden.demo import DemoShop
from shopwarden.demo.names import look_up
from tests.loopback import Handler, request_head, response
from tests.scanning import CLOSED, HOST, catalogue, no_names, scan_of
from tests.servers.software import Site, hosting, needs_software
from tests.servers.web import Web, serving

SMALL = {"max_pages": 5, "max_requests": 140}
"""Enough for most rules to be judged, and small enough to be kept; where much is found, less is asked."""
RENTED = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="canonical" href="{path}">
<meta name="shopify-digital-wallet" content="/21440/digital_wallets/dialog"><link rel="stylesheet" href="/cdn/shop/t/4/assets/base.css?v=1">
<script>var Shopify = Shopify || {{}}; Shopify.shop = "petal-and-stem.myshopify.com"; Shopify.theme = {{"name": "Dawn", "id": 140}};</script>
</head><body><header><a href="/">Petal &amp; Stem</a> <a href="/collections/roses">Roses</a> <a href="/cart">Cart</a>
<a href="/account/login">Log in</a> <a href="/policies/privacy-policy">Privacy policy</a></header><h1>{title}</h1>{body}</body></html>"""
RENTED_PAGES = {
    "/": ("Petal & Stem", '<a href="/products/twelve-roses">Twelve roses</a>'),
    "/collections/roses": ("Roses", '<a href="/products/twelve-roses">Twelve roses</a>'),
    "/products/twelve-roses": ("Twelve roses", '<form action="/cart/add" method="post"><input name="id" value="7"></form>'),
    "/cart": ("Your cart", "<p>Your cart is empty.</p>"),
    "/account/login": ("Log in", '<form action="/account/login" method="post"><input type="password" name="p"></form>'),
    "/policies/privacy-policy": ("Privacy policy", "<p>What we keep and why.</p>"),
}
RENTED_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\nX-ShopId: 21440\r\nX-Shopify-Stage: production\r\nPowered-By: Shopify\r\n"
    "Set-Cookie: localization=GB; path=/\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
)


@contextmanager
def open_folder() -> Iterator[Path]:
    """One that servers may enter which give up root."""
    made = Path(tempfile.mkdtemp(prefix="shop-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


CHATS = Path("chatlogs/chat-2020-01-05.log")


def looked_after(*, well: bool) -> dict[str, Any]:
    """What the florist keeps about what people look after."""
    return {
        "review": [{"name": "ftp-password", "every": "99y" if well else "1m", "done": "2026-01-05", "by": "A. Stem"}],
        "account": [{"name": "Shop administration", "people": ["A. Stem", "B. Root"][: 1 if well else 2], "second_factor": well}],
        "person": [{"name": "B. Root", "left": "2026-10-31"}],
        "records": [{"location": CHATS.parts[0], "keep": "2y"}],
        "breach": {"team": [{"name": "A. Stem", "phone": "+44 20 7946 0000"}] if well else []},
    }


def demo(*, hardened: bool) -> Scan:
    """The florist's shop of ``shopwarden demo``, with its backups."""
    loaded = catalogue()
    with open_folder() as folder, DemoShop(hardened=hardened, folder=folder / "demo") as shop:
        (folder / CHATS).parent.mkdir()
        if not hardened:
            (folder / CHATS).write_text("10:22 Guest: my card is 4111 1111 1111 1111, valid until 12/27\n", encoding="utf-8")
        target = Target.of(shop.url, ports={**CLOSED, **shop.ports}, resolve=shop.resolve, allow_private=True)
        site = SiteSettings.model_validate(
            {"url": shop.url, "backup": shop.backups, "mail": shop.mail, **looked_after(well=hardened)}
        )
        options = ScanOptions(
            rate=500, ca_file=shop.ca_file, **({"max_pages": 5} if hardened else {"max_pages": 3, "max_requests": 80})
        )
        order = Order(target, loaded.chosen(), options, site, folder)
        return asyncio.run(scan(order, loaded, resolve=look_up, dns=Dns((shop.nameserver,), anchors=shop.anchors)))


def by_itself(server: str, variant: str) -> Scan:
    """A shop of files and a PHP program on a real server; an old WordPress is beside it."""
    with open_folder() as folder, serving(server, variant, folder / "web") as web:
        return look(web.http, web.https, web)


def program(server: str, site: Site) -> Scan:
    """A real program, as Debian packages it, set up by its own installer."""
    needs_software({"apache": "apache2"}.get(server, server))
    with open_folder() as folder, hosting([server], [site], folder) as now:
        return look(1, now[server].ports[site.name], now[server])


def look(http: int, https: int, served: Web | object) -> Scan:
    loaded = catalogue()
    ports = {**CLOSED, "http": http, "https": https}
    target = Target.of(f"https://{HOST}/", ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
    options = ScanOptions(rate=500, ca_file=served.folder / "ca.pem", **SMALL)
    return asyncio.run(scan(Order(target, loaded.chosen(), options), loaded, resolve=no_names))


def rented() -> Scan:
    """Answers as a shop on Shopify gives them, in words of our own."""

    def handler() -> Handler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                path = (await request_head(reader)).split(b" ", 2)[1].decode().partition("?")[0]
                title, body = RENTED_PAGES.get(path, ("404 Not Found", "<p>The page you requested does not exist.</p>"))
                page = RENTED.format(title=title.replace("&", "&amp;"), body=body, path=path)
                writer.write(response(page.encode(), "200 OK" if path in RENTED_PAGES else "404 Not Found", RENTED_HEADERS))
                await writer.drain()

        return handle

    return asyncio.run(scan_of(handler(), **SMALL))


SHOPS: dict[str, Callable[[], Scan]] = {
    "demo-weak": lambda: demo(hardened=False),
    "demo-hardened": lambda: demo(hardened=True),
    "opencart-nginx-weak": lambda: by_itself("nginx", "weak"),
    "wordpress-apache": lambda: program("apache", Site("wordpress", {"/": "wordpress", "/adminer/": "adminer"})),
    "programs-nginx": lambda: program(
        "nginx", Site("programs", {"/wiki/": "mediawiki", "/docs/": "dokuwiki", "/blog/": "wordpress"})
    ),
    "shopify": rented,
}
"""Name of the folder → how to scan it."""
