"""Three shops that are answered in this process, night after night: what they say, what changes, and what goes wrong."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, Scan, scan
from scanner.evidence import FtpReply, FtpServer, SshServer
from scanner.gatherers.contract import Gatherer
from scanner.gatherers.net.pace import Pace, Paces, Server, Turn
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from scanner.testing import ftp_server, ssh_server
from scanner.text.clock import StoppedClock
from shopwarden.demo.hits import Hits
from shopwarden.demo.http_server import Request, Response
from shopwarden.demo.site import HOST, DemoSite

FIRST = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
WEAK, HARD, PLAIN = "weak.example", "hard.example", "plain.example"
HOSTS = (WEAK, HARD, PLAIN)
RENEWED = timedelta(days=90)
"""The shops look after their security.txt, which would run out in the middle of the year: its days left each night."""
FAILING = 0.05
"""The share of requests that fail on every night."""


@dataclass(frozen=True)
class Night:
    """What is different from the usual on one night."""

    number: int
    at: datetime
    dns: bool = True
    blocked: bool = False
    slow: bool = False
    reversed: bool = False
    new_release: bool = True


Answer = Callable[[Request, Response], Response]


@dataclass(frozen=True)
class Real:
    """A real change: from night ``begins`` on, ``answer`` (or the FTP server) is different. told: (kind, rule, subject) of each event."""

    host: str
    begins: int
    told: frozenset[tuple[str, str, str]]
    answer: Answer | None = None
    ftp: bool | None = None


@dataclass
class Town:
    """The three shops. changes: in order of their night; each stays. share: of requests that fail. broken: a scheme that breaks off."""

    changes: list[Real]
    night: Night
    failing: random.Random = field(default_factory=lambda: random.Random(7))
    share: float = FAILING
    broken: str = ""

    def __post_init__(self) -> None:
        hits = Hits()
        self._sites = {
            WEAK: DemoSite(hardened=False, now=FIRST, hits=hits),
            HARD: DemoSite(hardened=True, now=FIRST, hits=hits),
            PLAIN: DemoSite(hardened=True, now=FIRST, hits=hits),
        }

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle), trust_env=False, timeout=None)

    async def resolve(self, host: str) -> tuple[str, ...]:
        if not self.night.dns:
            raise NameUnanswered(f"The name {host} could not be looked up just now; is this computer online?")
        return ("127.0.0.1",)

    def ftp_open(self, host: str) -> bool:
        state = host == WEAK
        for change in self._now(host):
            state = state if change.ftp is None else change.ftp
        return state

    def _now(self, host: str) -> Iterator[Real]:
        return (change for change in self.changes if change.host == host and change.begins <= self.night.number)

    async def _handle(self, asked: httpx.Request) -> httpx.Response:
        if self.failing.random() < self.share or asked.url.scheme == self.broken:
            raise httpx.ReadError("the connection broke", request=asked)
        if self.night.slow:
            await asyncio.sleep(0.02)
        if self.night.blocked:
            return httpx.Response(403, headers=[("Content-Type", "text/html")], stream=_Stream(b"<title>Forbidden</title>"))
        url = urlsplit(str(asked.url))
        name = (url.hostname or "").removeprefix("www.")
        www = "www." if (url.hostname or "").startswith("www.") else ""
        request = Request(
            asked.method,
            url.scheme,
            www + HOST,
            url.path + (f"?{url.query}" if url.query else ""),
            url.path or "/",
            dict(parse_qsl(url.query)),
            {key.lower(): value for key, value in asked.headers.items()},
        )
        answer = self._sites[name].answer(request)
        for change in self._now(name):
            if change.answer is not None:
                answer = change.answer(request, answer)
        body = answer.body.replace(HOST.encode(), name.encode())
        if url.path == "/.well-known/security.txt":
            body = re.sub(rb"(?<=Expires: )\S+", f"{self.night.at + RENEWED:%Y-%m-%dT%H:%M:%SZ}".encode(), body)
        if self.night.reversed and url.path == "/":
            body = _reversed(body)
        headers = [(key, value.replace(HOST, name)) for key, value in answer.headers]
        return httpx.Response(answer.status, headers=headers, stream=_Stream(body))


class _Stream(httpx.AsyncByteStream):
    """A body that is read as it arrives, as from a network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class NoWaiting(Turn):
    """A turn without the waiting: nobody is asked over a network here."""

    async def wait(self) -> None:
        await asyncio.sleep(0)


class Unpaced(Paces):
    def of(self, shop: str, address: str) -> Turn:
        server = Server()
        return NoWaiting(Pace(server, 1000), server, asyncio.Lock(), self.now)


@contextmanager
def in_process(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every scan's client asks the town, with this process's own transport."""
    with monkeypatch.context() as patched:
        patched.setattr("scanner.gatherers.http.fetcher.guarded_client", lambda *_args, **_more: town.client())
        yield


def without_sockets(catalogue: Catalogue, town: Town) -> Catalogue:
    """The catalogue with FTP and SSH as they were recorded."""
    from scanner.gatherers.net.connector import Connector

    open_ftp, closed_ftp, ssh = ftp_server(user=_PLAIN_LOGIN), ftp_server(open=False), ssh_server()

    async def ftp(target: Target) -> FtpServer:
        recorded = open_ftp if town.ftp_open(target.host) else closed_ftp
        return replace(recorded, host=target.host, gathered_at=town.night.at)

    async def secure_shell(target: Target) -> SshServer:
        return replace(ssh, host=target.host, gathered_at=town.night.at)

    recorded = {FtpServer: ftp, SshServer: secure_shell}
    gatherers = {
        kind: _recorded(gatherer, recorded[kind]) if kind in recorded else gatherer
        for kind, gatherer in catalogue.gatherers.items()
        if kind in recorded or all(need.kind is not Connector for need in gatherer.needs)
    }
    return Catalogue(catalogue.rules, catalogue.articles, gatherers)


def _recorded(gatherer: Gatherer, run: Callable[..., Awaitable[object]]) -> Gatherer:
    from scanner.rules.rule import needs_of

    return replace(gatherer, needs=needs_of(run, gatherer.name), run=run)


_PLAIN_LOGIN = FtpReply(331, "Please specify the password.")


def order(host: str, rules: tuple[str, ...], night: Night) -> Order:
    target = Target.of(f"https://{host}/", resolve={} if not night.dns else {host: ("127.0.0.1",)}, allow_private=True)
    options = ScanOptions(rate=1000, max_time=1.0 if night.slow else 60.0, max_pages=12)
    return Order(target, rules, options)


async def look_at(one: Order, catalogue: Catalogue, town: Town) -> Scan:
    return await scan(one, catalogue, clock=StoppedClock(town.night.at), resolve=town.resolve, paces=Unpaced(1000))


def _reversed(body: bytes) -> bytes:
    """The home page with its list of products the other way round."""
    items = re.findall(rb"<li\b.*?</li>", body, re.DOTALL)
    for item, other in zip(items, reversed(items), strict=True):
        body = body.replace(item, b"\0" + other.replace(b"<li", b"<\1"), 1)
    return body.replace(b"\0", b"").replace(b"<\1", b"<li")


def header(name: str, value: str | None) -> Answer:
    """Every answer's header set, or taken away."""

    def change(_request: Request, answer: Response) -> Response:
        rest = tuple(pair for pair in answer.headers if pair[0].lower() != name.lower())
        return replace(answer, headers=rest if value is None else (*rest, (name, value)))

    return change


def at(path: str, status: int, body: str = "gone") -> Answer:
    """One address answered otherwise."""

    def change(request: Request, answer: Response) -> Response:
        if request.path != path:
            return answer
        kept = tuple(pair for pair in answer.headers if pair[0].lower() not in {"content-type", "location"})
        return replace(answer, status=status, body=body.encode(), headers=(*kept, ("Content-Type", "text/html; charset=utf-8")))

    return change


def below(folder: str, status: int) -> Answer:
    """Whatever lies in a folder answered so."""

    def change(request: Request, answer: Response) -> Response:
        if not request.path.startswith(folder):
            return answer
        return Response(status, b"<title>Nothing here</title>", headers=(("Content-Type", "text/html"),))

    return change


def by_http_too(request: Request, answer: Response) -> Response:
    """Plain http shows the shop instead of leading to https."""
    if request.scheme != "http":
        return answer
    return Response(200, b"<html><title>Shop</title><h1>Our flowers</h1></html>")


LISTING = (
    "<html><title>Index of {0}</title><h1>Index of {0}</h1><pre><a href='?C=N;O=D'>Name</a> <a href='?C=M;O=A'>Last modified</a><hr>\
<a href='/'>Parent Directory</a>\n<a href='rose.jpg'>rose.jpg</a> 2026-01-01 10:00 10K\n<hr></pre></html>"
)


LOGIN = (
    "<html><title>Administration</title><form method='post'><input name='user'><input type='password' name='pw'></form></html>"
)
OLD_COPY = "fixed leftover-copy /old/, fixed admin-default-path /old/admin/, fixed admin-over-http /old/admin/"


def changes(count: int) -> list[Real]:
    """Twelve real changes, spread over the nights."""

    def real(host: str, share: int, told: str, answer: Answer | None = None, ftp: bool | None = None) -> Real:
        """share: the night of thirty. told: ``kind rule subject`` of each event, with commas between."""
        events = frozenset(tuple(one.split()) for one in told.split(","))
        return Real(host, round(share * count / 30), events, answer, ftp)

    uploads = LISTING.format("/uploads")
    return [
        real(WEAK, 2, "fixed directory-listing /uploads/", at("/uploads/", 403)),
        real(WEAK, 3, "fixed version-leak-header X-Powered-By", header("X-Powered-By", None)),
        real(WEAK, 6, "fixed ftp-open ftp:21, fixed ftp-plaintext ftp:21", ftp=False),
        real(HARD, 7, "new version-leak-header X-Powered-By", header("X-Powered-By", "PHP/8.1.2")),
        real(WEAK, 9, OLD_COPY, below("/old/", 404)),
        real(HARD, 11, f"new hsts-missing {HARD}, new hsts-missing www.{HARD}", header("Strict-Transport-Security", None)),
        real(HARD, 15, "new directory-listing /image/catalog/", at("/image/catalog/", 200, LISTING.format("/image/catalog"))),
        real(HARD, 16, "fixed version-leak-header X-Powered-By", header("X-Powered-By", None)),
        real(WEAK, 17, "came-back directory-listing /uploads/", at("/uploads/", 200, uploads)),
        real(PLAIN, 19, f"new https-redirect-missing {PLAIN}, new https-redirect-missing www.{PLAIN}", by_http_too),
        real(HARD, 20, "new admin-default-path /admin/, new admin-over-http /admin/", at("/admin/", 200, LOGIN)),
        real(PLAIN, 24, "new ftp-open ftp:21, new ftp-plaintext ftp:21", ftp=True),
    ]


def nights(count: int, release: int) -> Iterator[Night]:
    """The nights with their faults, spread over the time."""
    spread = {name: round(count * share) for name, share in FAULTS.items()}
    for number in range(count):
        when = FIRST + timedelta(days=number, minutes=random.Random(number).randint(0, 20))
        if number == spread["clock back"]:
            when -= timedelta(hours=25)  # before the scan of the night before
        if number > spread["summer time"]:
            when += timedelta(hours=1)
        yield Night(
            number,
            when,
            dns=number != spread["no dns"],
            blocked=number == spread["blocked"],
            slow=number in {spread["slow"], spread["slow"] + 1, spread["slow 2"]},
            reversed=number >= spread["page order"],
            new_release=number >= release,
        )


FAULTS = {
    "no dns": 0.17, "blocked": 0.33, "slow": 0.43, "slow 2": 0.73, "page order": 0.27, "clock back": 0.6, "summer time": 0.5,
}  # fmt: skip
