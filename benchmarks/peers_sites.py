"""Two sites for the comparison, on the usual ports of loopback: the weak demo shop, and one that answers every address."""

from __future__ import annotations

import html
import http.client
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from shopwarden.demo import DemoShop

HOST = "petalandstem.example"
NAMES = frozenset({HOST, f"www.{HOST}", f"stage.{HOST}", "cdn.jsdelivr.net", "jsdelivr.net"})
LOOPBACK = "127.0.0.1"
WEAK, EVERYTHING = "weak shop", "site that answers all"
_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Petal &amp; Stem</title></head><body><h1>Petal &amp; Stem</h1>
<p>You asked for {path}.</p><a href="/contact">Contact</a><p>{token:x}</p></body></html>"""


@contextmanager
def weak_shop(folder: Path) -> Iterator[Callable[[], int]]:
    """The weak demo shop; gives the number of its HTTP requests so far. ``folder``/ca.pem is its authority."""
    with ExitStack() as stack:
        shop = stack.enter_context(DemoShop(folder=folder / "shop"))
        shutil.copy(shop.ca_file, folder / "ca.pem")
        for usual, service in ((80, "http"), (443, "https"), (21, "ftp"), (22, "ssh")):
            stack.enter_context(_relay(usual, shop.ports[service]))
        count, note = [0], shop.hits.request

        def counted(method: str, path: str, address: str) -> None:  # the shop's own notes end at some number
            count[0] += 1
            note(method, path, address)

        shop.hits.request = counted
        yield lambda: count[0]


@contextmanager
def answers_everything(folder: Path) -> Iterator[Callable[[], int]]:
    """A site that answers 200 to every address, with the path and a token in the page; gives the number of its requests so far.
    There is nothing but its home page and ``/contact``."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, f"www.{HOST}").configure_cert(context)
    handler = type("Handler", (_Everything,), {"asked": 0})
    with ExitStack() as stack:
        for port in (80, 443):
            server = stack.enter_context(ThreadingHTTPServer((LOOPBACK, port), handler))
            server.daemon_threads = True
            if port == 443:
                server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield lambda: handler.asked


SITES = {WEAK: weak_shop, EVERYTHING: answers_everything}


def nothing_at(path: str, site: str) -> bool:
    """Whether nothing is at a path of the site, which must be running: the shop answers 404 there."""
    if site == EVERYTHING:
        return path.partition("?")[0].rstrip("/") not in {"", "/contact"}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(LOOPBACK, 443, timeout=20, context=context)
    try:
        connection.request("GET", html.unescape(path), headers={"Host": HOST})
        return connection.getresponse().status in {404, 410}
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


@contextmanager
def name_server() -> Iterator[None]:
    """A name server on loopback: the shop's names lead to loopback, no other exists."""
    from dnslib import QTYPE, RR, A
    from dnslib.server import BaseResolver, DNSLogger, DNSServer

    class Resolver(BaseResolver):
        def resolve(self, request: Any, handler: Any) -> Any:
            reply, name = request.reply(), str(request.q.qname).rstrip(".").lower()
            if name not in NAMES:
                reply.header.rcode = 3
            elif request.q.qtype == QTYPE.A:
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(LOOPBACK), ttl=60))
            return reply

    quiet = DNSLogger("-request,-reply,-truncated,-error", prefix=False)
    servers = [DNSServer(Resolver(), address=LOOPBACK, port=53, tcp=tcp, logger=quiet) for tcp in (False, True)]
    for server in servers:
        server.start_thread()
    yield
    for server in servers:
        server.stop()


class _Everything(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # whatever the method
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        type(self).asked += 1
        body = _PAGE.format(path=html.escape(self.path), token=time.monotonic_ns()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self) -> None:
        with suppress(OSError):  # who tries ciphers breaks off
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _relay(usual: int, real: int) -> Iterator[None]:
    """Hand every connection to a port on to another: the demo shop takes free ones."""
    with socket.create_server((LOOPBACK, usual), backlog=256) as door:
        threading.Thread(target=_accept, args=(door, real), daemon=True).start()
        yield
        door.shutdown(socket.SHUT_RDWR)


def _accept(door: socket.socket, real: int) -> None:
    with suppress(OSError):  # the door was closed
        while True:
            near, _ = door.accept()
            threading.Thread(target=_both_ways, args=(near, real), daemon=True).start()


def _both_ways(near: socket.socket, real: int) -> None:
    with near, suppress(OSError), socket.create_connection((LOOPBACK, real)) as far:
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
