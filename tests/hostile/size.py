"""Too much of something."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from functools import lru_cache

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.load import Log, case
from tests.hostile.shop import HOST_URL, HTML, at, home, page, shop, talking
from tests.loopback import Handler, request_head, response, serving

MB = 1_000_000
XML = "Content-Type: application/xml\r\n"


@lru_cache
def packed(coding: str) -> bytes:
    """300 MB of a page in some 300 KB."""
    wbits = {"gzip": 31, "deflate": 15, "raw": -15}[coding]
    packer = zlib.compressobj(9, wbits=wbits)
    block = b"<p>roses are red</p>" * 50_000
    return b"".join([*(packer.compress(block) for _ in range(300)), packer.flush()])


def coded(coding: str, body: bytes) -> bytes:
    return response(body, headers=f"{HTML}Content-Encoding: {coding}\r\n")


def members(size: int, count: int) -> bytes:
    return gzip.compress(b" " * size, 9) * count


def endless(head: bytes, block: bytes) -> Callable[[], Handler]:
    """An answer that never ends."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(block)
            await writer.drain()

    return talking(speak)


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED_CHUNKED = CHUNKED[:-2] + b"Content-Encoding: gzip\r\n\r\n"


def headers(lines: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Type: text/html\r\n" + lines + b"\r\n<p>Roses."


BAIT = (
    "<input type=hidden ", "<input value=\"", "<meta content='", "<", "<a ", "<!--", "<script>", "<style>", "url(", "@import \"", " ",
    "\t", "\n", "a", "-----BEGIN PRIVATE KEY-----", "-", "http://a:", "a@", "://", "password=", "password = '", "define('DB_PASSWORD',",
    "authorization: bearer ", "$2y$", "<password>", "nonce=", "nonce=\"", "key", "key_", "'key' => ", "1.2.", "v1.0.0-", "20:20",
    "2026-01-", "Mon, 1 ", "<tr><td><a href=\"x\">x</a>", "<a href=\"?C=N;O=D\">", "srcset=a ,", "<img srcset=\"a 1x,", "&amp;",
    "&#", "%", "Index of /", "generator", "/wp-content/plugins/", "catalog/view/", "\\", "\"\\", "<?xml ", "<![CDATA[", "]]>",
)  # fmt: skip
"""Beginnings that our patterns look for, each repeated to the limit of a page."""


def bait(path: str) -> bytes | None:
    if path == "/":
        return page(
            "".join(
                f'<a href="/bait-{"abcdefghijklmnopqrstuvwxyz"[n // 26]}{"abcdefghijklmnopqrstuvwxyz"[n % 26]}/">more</a>'
                for n in range(len(BAIT))
            )
        )
    if path.startswith("/bait-"):
        number = (ord(path[6]) - 97) * 26 + ord(path[7]) - 97
        return page(BAIT[number] * (400_000 // len(BAIT[number])))
    return None


@lru_cache
def full_body() -> str:
    """As much of everything as is taken."""
    return (
        "\U0001f339<style>"
        + "".join(f"a{{background:url(/i{n}.png)}}" for n in range(2_000))
        + "</style>"
        + "".join(f"<script>/* {'long script ' * 1_500} {n} */</script>" for n in range(50))
        + "".join(
            f'<p a b c d e f g h>rose {n} <a href="/list/page-of-a-long-name-{n}">a link with a text of its own</a>'
            for n in range(10_000)
        )
    )


def full(path: str) -> bytes | None:
    """A page of the full size; and each page links to ten others of another shape."""
    others = "".join(f'<a href="/{"abcdefghij"[n]}{path.strip("/")[:8]}/">more</a>' for n in range(10))
    return None if "." in path or len(path) > 12 else page(others + full_body())


def everywhere(body: Callable[[str], bytes]) -> Callable[[], Handler]:
    """A shop that answers every address with something big."""
    return shop(lambda path: None if path == "/" else body(path))


def sitemap(body: bytes | Callable[[], bytes], headers: str = XML) -> Callable[[], Handler]:
    return at("/sitemap.xml", lambda: response(body() if callable(body) else body, headers=headers))


def sitemap_of(prefix: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{HOST_URL}{prefix}{n}.xml</loc></sitemap>" for n in range(200))
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'.encode()


def recursion(path: str) -> bytes | None:
    return response(sitemap_of(path.removesuffix(".xml")), headers=XML) if "sitemap" in path else None


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "http://petalandstem.example/x">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(12))
    + b"]><urlset><url><loc>&m;</loc></url><url><loc>http://petalandstem.example/roses</loc></url></urlset>"
)


def few_sitemaps(log: Log, _ran: Ran) -> None:
    assert 1 <= len({path for _, path, _ in log.seen if "sitemap" in path}) <= 3


async def outside(setting: Setting) -> None:
    """A sitemap whose entities lie in a file and on a server of somebody else."""

    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        raise AssertionError("an external entity was fetched")

    port = await setting.stack.enter_async_context(serving(never))
    body = (
        f'<?xml version="1.0"?><!DOCTYPE urlset SYSTEM "http://127.0.0.1:{port}/x.dtd" [<!ENTITY f SYSTEM "file:///etc/hostname">'
        f'<!ENTITY h SYSTEM "http://127.0.0.1:{port}/x"><!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p">%p;]>'
        f"<urlset><url><loc>{HOST_URL}/&f;&h;</loc></url></urlset>"
    )
    await setting.serve(sitemap(body.encode())(), "http")


def pushed_html(count: int, piece: str) -> bytes:
    return page("".join(piece.format(n=n) for n in range(count)))


async def flood_of_robots(writer: asyncio.StreamWriter) -> None:
    for n in range(50):
        writer.write(b"Disallow: /d%d/\r\n" % n * 60_000)
        await writer.drain()


def robots() -> Handler:
    """50 MB of robots.txt, most of it never asked for."""
    ordinary = shop()()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_head(reader)
        if b" /robots.txt " in head:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50000000\r\n\r\nUser-agent: *\n")
            await flood_of_robots(writer)
            return
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        await ordinary(again, writer)

    return handle


def big_sitemap() -> Handler:
    ordinary = shop()()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_head(reader)
        if b" /sitemap.xml " in head:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 50000000\r\n\r\n<urlset>")
            for n in range(50):
                writer.write(b"".join(b"<url><loc>%s/s-%d-%d</loc></url>" % (HOST_URL.encode(), n, m) for m in range(17_000)))
                await writer.drain()
            return
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        await ordinary(again, writer)

    return handle


def cookie_flood() -> Callable[[], Handler]:
    count = 0

    def answer(path: str) -> bytes | None:
        nonlocal count
        count += 1
        lines = "".join(f"Set-Cookie: c{count}x{n}=v; Path=/\r\n" for n in range(2_500))
        return page(f"<p>{path}", headers=lines) if path == "/" or path.strip("/") in {"roses", "cart", "login"} else None

    return shop(answer)


UNREADABLE = "compressed"
BROTLI = bytes.fromhex(
    "cfffff7f0024c2e2b14072effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7fffcffff07"
    "4002200e0b40f7fe9fffffff004800c46101e8defff3ffff1f000980382c00ddfb7ffeffff032001108705a07bffcfffff7f002400e2b0"
    "0074effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7fffcffff074002200e0b40f7fe9f"
    "ffffff004800c46101e8defff3ffff1f000980382c00ddfb7ffeffff032001108705a07bffcfffff7f002400e2b00074effff35f341c80"
    "04401c1680ae6638"
)
"""The letter a, 300 million times (RFC 7932)."""
ZSTD = bytes.fromhex("28b52ffd0058" + "02001020" * 2_000 + "03001020")
"""2,001 blocks of one byte that is repeated 131,072 times (RFC 8878 3.1.1.2)."""
CASES = [
    Case("an ordinary shop", shop()),
    Case("gzip bomb", home(lambda: coded("gzip", packed("gzip")))),
    Case("deflate bomb", home(lambda: coded("deflate", packed("deflate")))),
    Case("raw deflate bomb", home(lambda: coded("deflate", packed("raw")))),
    Case("gzip bomb at every address", everywhere(lambda _path: coded("gzip", packed("gzip")))),
    Case("gzip in gzip", home(lambda: coded("gzip, gzip", gzip.compress(packed("gzip"))))),
    Case(
        "brotli that nobody asked for", home(coded("br", b"\x8b\x01\x80" * 9)), status="unreachable", code=3, because=UNREADABLE
    ),
    Case(
        "zstd that nobody asked for",
        home(coded("zstd", b"\x28\xb5\x2f\xfd" * 9)),
        status="unreachable",
        code=3,
        because=UNREADABLE,
    ),
    Case("a brotli bomb", home(coded("br", BROTLI)), status="unreachable", code=3, because=UNREADABLE),
    Case("a zstd bomb", home(coded("zstd", ZSTD)), status="unreachable", code=3, because=UNREADABLE),
    Case("zstd on every page but home", everywhere(lambda _path: coded("zstd", b"\x28\xb5\x2f\xfd" * 99))),
    Case("gzip bomb of many members", home(lambda: coded("gzip", members(MB, 500)))),
    Case(
        "endless empty gzip members",
        endless(PACKED_CHUNKED, chunk(gzip.compress(b"") * 400)),
        status="blocked",
        code=3,
        because="home page is empty",
    ),
    Case("endless chunks", endless(CHUNKED, chunk(b"<p>roses" * 8_000)), requests=40),
    Case(
        "endless chunks of one byte",
        endless(CHUNKED, chunk(b"x") * 500),
        waits=True,
        status="unreachable",
        code=3,
        because="did not answer completely",
    ),
    Case("endless body of the old kind", endless(b"HTTP/1.0 200 OK\r\n\r\n", b"<p>roses" * 8_000), requests=40),
    Case(
        "endless interim answers",
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50),
        status="unreachable",
        code=3,
        because="no proper HTTP answer",
    ),
    Case(
        "chunks whose lines are long",
        endless(CHUNKED, b"1;" + b"a" * 90_000 + b"\r\nx\r\n"),
        status="unreachable",
        code=3,
        because="no proper HTTP answer",
    ),
    Case(
        "chunks whose lines say more than they hold",
        endless(CHUNKED, b"1;" + b"a" * 3_000 + b"\r\nx\r\n"),
        status="unreachable",
        code=3,
        because="no proper HTTP answer",
    ),
    Case("a length that is too long", home(response(b"<p>Roses.", length=900_000)), waits=True, status="unreachable", code=3),
    Case("a length that is too short", home(response(b"<p>Roses." * 9_000, headers=HTML, length=9))),
    Case("a length that no computer holds", home(response(b"<p>", length=10**30)), waits=True, status="unreachable", code=3),
    Case("10 MB of headers", home(lambda: headers((b"X-A: " + b"a" * 4_000 + b"\r\n") * 2_500)), status="unreachable", code=3),
    Case("an endless header", endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 9_000 + b"\r\n"), status="unreachable", code=3),
    Case(
        "20,000 headers", home(lambda: headers(b"".join(b"X-%d: a\r\n" % n for n in range(20_000)))), status="unreachable", code=3
    ),
    Case("10,000 short headers", home(lambda: headers(b"".join(b"X-%d:a\r\n" % (n % 999) for n in range(10_000))))),
    Case("a header of 1 MB", home(headers(b"Server: " + b"a" * MB + b"\r\n")), status="unreachable", code=3),
    Case("a header of 90 KB", home(headers(b"Server: nginx/" + b"1.2" * 30_000 + b"\r\n"))),
    Case("5,000 cookies, other ones each time", cookie_flood()),
    Case("100,000 links", home(lambda: pushed_html(100_000, "<a href=/p{n}>x</a>")), requests=60),
    Case("200,000 elements inside each other", home(lambda: pushed_html(200_000, "<div>"))),
    Case("200,000 unclosed lists", home(lambda: pushed_html(100_000, "<ul><li>"))),
    Case("600,000 elements beside each other", home(lambda: pushed_html(600_000, "<b>"))),
    Case("600,000 elements on every page", everywhere(lambda path: page("<p>" + path + "<i>" * 600_000)), pages=6, requests=30),
    Case("an element with 300,000 attributes", home(lambda: page("<p " + " ".join(f"a{n}" for n in range(300_000)) + ">"))),
    Case("30 pages as full as can be", shop(full), pages=30, requests=110),
    Case("30 MB on one line", home(lambda: page("roses " * 5_000_000))),
    Case(
        "10,000 forms",
        home(lambda: pushed_html(10_000, '<form action="/f{n}"><input name="a{n}"><input type=hidden value="{n}"></form>')),
    ),
    Case("300,000 comments", home(lambda: pushed_html(300_000, "<!--{n}-->"))),
    Case("regular expressions' bait", shop(bait), pages=60, requests=200),
    Case(
        "256 KB of astral characters at every address",
        everywhere(lambda path: page(path + "\U0001f339" + " rose" * 52_000)),
        requests=200,
    ),
    case("sitemaps without end", lambda: recursion, few_sitemaps),
    Case("a sitemap of 50 MB", big_sitemap),
    Case("a sitemap of a thousand laughs", sitemap(LAUGHS)),
    Case(
        "a sitemap bomb in gzip",
        sitemap(lambda: gzip.compress(b"<urlset>" + b"<url><loc>" * 9 * MB), "Content-Type: application/gzip\r\n"),
    ),
    Case("a sitemap nested 200,000 deep", sitemap(b"<urlset>" * 200_000)),
    Case("entities in files and elsewhere", servers=outside),
    Case("robots.txt of 50 MB", robots),
]
