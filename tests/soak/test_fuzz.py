"""Every parser that reads a stranger's bytes, fed with pieces of its own language in any order, and with noise.

Each either gives a bounded value or raises the one error that it documents, and takes no time to speak of. Short here; with
``SOAK=1`` (``make soak``) long.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.transport import hsts
from scanner.addresses import canonical, join, shape
from scanner.evidence import Answer, Page, Robots
from scanner.gatherers import fetcher, ssh
from scanner.gatherers.arrival import blocking
from scanner.gatherers.cookies import read_cookie
from scanner.gatherers.door import LINE_BYTES, Connection, Door
from scanner.gatherers.html import extract, outline
from scanner.gatherers.line_protocol import REPLY_LINES, Conversation
from scanner.gatherers.links import may_follow
from scanner.gatherers.listing_pages import listing_of
from scanner.gatherers.sitemaps import addresses_of, read_robots
from scanner.gathering import CouldNotGather
from scanner.likeness import normal, same_page
from scanner.masking import mask_cookie, mask_page, mask_secrets
from scanner.plain import plain
from scanner.platforms import recognise
from scanner.recording import MANIFEST, BadRecording, encode, read_recording
from scanner.settings import BadSettings, read_settings
from scanner.target import BadAddress, Target, parse_address
from tests.scanner.test_recording import KINDS, recorded

SOAK = bool(os.environ.get("SOAK"))
EXAMPLES = 20_000 if SOAK else 30
SECONDS = 2.0
SHOP = "https://petalandstem.example/"


@dataclass(frozen=True)
class Parser:
    """run: takes bytes, asserts what must hold. pieces: what its input is made of."""

    name: str
    run: Callable[[bytes], object]
    pieces: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def page(data: bytes) -> Page:
    found = extract(text(data), SHOP, 200, (("set-cookie", text(data)[:200]), ("server", text(data)[:200])))
    assert len(found.title) <= 300
    assert len(found.html) <= 262_144
    json.dumps(encode(found)).encode()
    return found


def platforms(data: bytes) -> None:
    assert isinstance(recognise([page(data)], ("petalandstem.example",)), list | tuple)


def links(data: bytes) -> None:
    for line in text(data).splitlines() or [""]:
        found = join(SHOP, line)
        if found is not None:
            assert found.isascii()
            assert found.isprintable()
            assert join("", found) == found
            assert canonical(canonical(found)) == canonical(found)
            assert shape(found)
            may_follow(found)
            httpx.URL(found)
        may_follow(line)


def typed_address(data: bytes) -> None:
    try:
        url = parse_address(text(data))
        target = Target.of(text(data))
    except BadAddress as error:
        assert str(error)  # noqa: PT017  it need not be raised
    else:
        assert url.scheme in {"http", "https"}
        assert not url.userinfo
        assert target.covers(target.url)


def policy(data: bytes) -> None:
    found = hsts.parse(data.decode("latin-1"))
    assert found is None or 0 <= found.max_age < 10**12


def cookie(data: bytes) -> None:
    header = data.decode("latin-1")
    found = read_cookie(header)
    assert found is None or (found.name and len(found.name) <= 1_024)
    assert mask_cookie(mask_cookie(header)) == mask_cookie(header)


def headers(data: bytes) -> None:
    """Charsets, Retry-After and lengths are read from headers, too."""
    words = data.decode("latin-1").replace("\r", " ").replace("\n", " ").replace("\x00", " ")
    assert isinstance(fetcher._decoded(words.lower(), data), str)
    answer = Answer(SHOP, 503, (("retry-after", words), ("content-encoding", words), ("location", words)), head=b"x")
    wait = fetcher._retry_after(answer)
    assert wait is None or wait >= 0
    fetcher.unreadable(answer)
    blocking(answer)
    assert fetcher._size(httpx.Response(200, headers={"content-length": "", "content-range": words.encode("latin-1")}), data) >= 0


def packed(data: bytes) -> None:
    for coding in ("gzip", "deflate", "br"):
        try:
            assert len(fetcher._Decoder(coding).decode(data, 100)) <= 100
        except CouldNotGather as error:
            assert str(error)  # noqa: PT017  it need not be raised


def robots(data: bytes) -> None:
    found = read_robots(text(data), SHOP + "robots.txt")
    assert isinstance(found, Robots)
    assert 0 <= found.crawl_delay < float("inf")
    assert len(found.disallowed) <= 500


def sitemap(data: bytes) -> None:
    pages, nested = addresses_of(data)
    assert all(one.isascii() and one.startswith(("http://", "https://")) for one in (*pages, *nested))


def listing(data: bytes) -> None:
    found = listing_of(
        Answer(SHOP + "images/", 200, (("content-type", "text/html"),), text(data), data[:600], len(data)), "/images/"
    )
    assert found is None or (0 < len(found.names) <= 200 and all(len(name) <= 200 for name in found.names))
    outline(text(data))


def likeness(data: bytes) -> None:
    one = Answer(SHOP + "a/one.php", 200, (), text(data), data[:600], len(data))
    other = Answer(SHOP + "a/another.php", 200, (), text(data), data[:600], len(data))
    assert isinstance(normal(one), str)
    assert same_page(one, one) or not data
    assert same_page(one, other) == same_page(other, one)


def masking(data: bytes) -> None:
    for mask in (mask_page, mask_secrets):
        assert mask(mask(text(data))) == mask(text(data))
    shown = plain(text(data))
    assert shown.isprintable() or all(not c.isprintable() and ord(c) > 0x9F for c in shown if not c.isprintable())


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def ftp(data: bytes) -> None:
    async def listen() -> None:
        connection = Connection(fed(data), cast("asyncio.StreamWriter", None))
        conversation = Conversation(connection, "FTP", lambda: 5.0, lambda _size: None)
        try:
            while True:
                reply = await conversation.reply()
                assert 100 <= reply.code < 600
                assert len(reply.lines) <= REPLY_LINES
                assert "\x1b" not in reply.text
        except CouldNotGather as error:
            assert str(error)  # noqa: PT017  it need not be raised

    asyncio.run(listen())


def ssh_greeting(data: bytes) -> None:
    async def listen() -> None:
        door = cast("Door", _Counting())
        reader = fed(data)
        try:
            greeting = await ssh._greeting(reader, door)
            assert len(greeting) <= 255
            assert "\x1b" not in greeting
            await ssh._kexinit(reader, door)
        except (CouldNotGather, asyncio.IncompleteReadError):
            pass

    asyncio.run(listen())


class _Counting:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def received(self, size: int) -> None:
        self.counts["bytes"] += size


def toml(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shopwarden.toml"
        file.write_bytes(data)
        try:
            read_settings(file)
        except BadSettings as error:
            assert str(file) in str(error)  # noqa: PT017  it need not be raised


@cache
def good_recording() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return {file.name: file.read_bytes() for file in recorded(Path(folder)).iterdir()}


def recording(data: bytes) -> None:
    """A recording in which something was replaced; its checksum is made to fit, so that the change is really read."""
    files = dict(good_recording())
    at = int.from_bytes(data[:4], "big")
    name = sorted(files)[at % len(files)]
    start = (at // len(files)) % len(files[name])
    files[name] = files[name][:start] + data[4:] + files[name][start + max(1, len(data[4:])) :]
    if name != MANIFEST:
        manifest = json.loads(files[MANIFEST])
        manifest["evidence"][name.removesuffix(".json")] = hashlib.sha256(files[name]).hexdigest()
        files[MANIFEST] = json.dumps(manifest).encode()
    with tempfile.TemporaryDirectory() as folder:
        for one, content in files.items():
            (Path(folder) / one).write_bytes(content)
        try:
            read_recording(Path(folder), KINDS)
        except BadRecording as error:
            assert folder in str(error)  # noqa: PT017  it need not be raised


MARKUP = (
    "<", ">", "</", "/>", "<!--", "-->", "<!doctype html>", "<html>", "<base href='//x'>", "<title>", "</title>", "<script>", "</script>",
    "<script src='a'>", "<style>", "url(", "@import ", "<form action=x>", "<input type=hidden name=csrf value=1>", "<a href='", "'>", "\">",
    "<meta http-equiv=refresh content='0;url=", "<svg>", "<math>", "<template>", "<select><option>", "<table><tr><td>", "<p>" * 300, "&amp;",
    "&#0;", "&#x110000;", "<![CDATA[", "]]>", "<?xml version='1.0' encoding='utf-16'?>", "\x00", "javascript:", "data:,", "srcset='a 1x,,b'",
)  # fmt: skip
ADDRESS = (
    "http://", "https:", "//", "/", "\\", "@", ":", "?", "#", "%", "%00", "%2e%2e", "..", ";", "[::1]", "[", "]", "127.0.0.1", "0x7f", "１２７。",
    "petalandstem.example", "xn--", "xn--a", "\u202e", "\t", "\n", " ", "a" * 300, ":99999", "javascript:", "é", "ß", "☃", "=", "&", "utm_source=", "add",
)  # fmt: skip
HEADER = (
    "max-age", "=", ";", ",", "\"", "'", "\\", "includeSubDomains", "31536000", "-1", "9" * 400, " ", "\t", "text/html", "charset=", "utf-7", "punycode",
    "idna", "zip", "utf-16", "hex", "undefined", "bytes 0-1/", "*", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo", "+9999", "gzip", "Path=/", "Secure",
    "SameSite", "HttpOnly", "__Host-", "javascript:", "\x7f", "\x1b[", "é",
)  # fmt: skip
XML = (
    "<?xml version='1.0'?>", "<urlset>", "<url>", "<loc>", "</loc>", "</url>", "</urlset>", "<sitemapindex>", "<sitemap>", "https://petalandstem.example/",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&amp;", "<rss><channel><item><link>", "<feed><entry><link href='", "'/>", "\ufeff", "\x00", "<!--", "]]>", "\n",
)  # fmt: skip
ROBOTS = (
    "User-agent: *",
    "\n",
    "\r",
    "Disallow: /",
    "Allow:",
    "Sitemap: ",
    "Crawl-delay: ",
    "1e999",
    "nan",
    "-1",
    "*",
    "$",
    "#",
    "%",
    "\x00",
    "/a",
    "https://x/",
)
LISTING = (
    "<html><head><title>Index of /images</title></head>", "<h1>Index of /images/</h1>", "<pre>", "<a href='", "'>", "</a>", "rose.jpg", "a.sql", "../", "?C=N;O=D",
    "2026-01-01 10:00", " 1.2M", "\n", "Parent Directory", "<tr><td>", "%2e%2e", "%", "\x00", "\u202e", "[", "]", "{", "}", '"name"', ":", ",", "<Contents><Key>",
)  # fmt: skip
LINES = (
    "220",
    "220-",
    "220 ",
    "331 ",
    "\r\n",
    "\n",
    "\r",
    "-",
    " ",
    "x" * 5_000,
    "welcome",
    "\x00",
    "\x1b[2J",
    "\xff",
    "999",
    "1",
    "FEAT",
)
SSH = (
    "SSH-2.0-OpenSSH_9",
    "SSH-1.99-",
    "SSH-",
    "\r\n",
    "\n",
    "\x00\x00\x00\x1c",
    "\x14",
    "\x01",
    "\x00" * 16,
    "\x7f\xff\xff\xff",
    "none,",
    "x" * 300,
    "\x1b",
)
TOML = (
    "[defaults]", "[[site]]", "[[site.backup]]", "[[site.accepted]]", "\n", "url = ", "\"https://petalandstem.example\"", "rate = ", "max_time = ", "1", "-1", "nan",
    "inf", "9" * 30, "1e400", "true", "[]", "{}", "\"\"", "'''", "only = ", "port = ", "[\"https=1\"]", "until = 2027-03-31", "until = ", "kind = \"database\"", "location = ",
    "folder = \"/\"", "[agency]", "logo = \"x\"", "\x00", "é", "#", "a.b.c = 1", "html = \"x\"", "resolve = [\"a:1\"]", "accept", "[history]", "[alerts]",
)  # fmt: skip
JSON = (
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-0",
    '"$"',
    '"Page"',
    '"bytes"',
    '"time"',
    "\\u0000",
    "[" * 50_000,
    "NaN",
    '"value"',
    "é",
)
SECRET = (
    "password", "=", ":", "'", '"', "=>", "define('DB_PASSWORD', '", "');", "\n", "-----BEGIN RSA PRIVATE KEY-----", "-----END", "$2y$10$", "http://a:b@c/", "Authorization: Bearer ",
    "<password>", "</password>", "nonce=", "<input type=hidden value=", ">", "\\", "\\\n", "`", "…", "[", "]", "token", " ", ",",
)  # fmt: skip

PARSERS = (
    Parser("HTML", page, MARKUP),
    Parser("platforms", platforms, (*MARKUP, "/wp-content/", "catalog/view/", "generator", "WordPress 6.1", "PrestaShop")),
    Parser("links", links, ADDRESS),
    Parser("typed address", typed_address, ADDRESS),
    Parser("HSTS", policy, HEADER),
    Parser("cookie", cookie, HEADER),
    Parser("headers", headers, HEADER),
    Parser(
        "compression",
        packed,
        ("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x03\x00" + "\x00" * 8, "x\x9c", "K\x04\x00", "\xff", "\x00"),
    ),
    Parser("robots.txt", robots, ROBOTS),
    Parser("sitemap", sitemap, XML),
    Parser("listing", listing, LISTING),
    Parser("likeness", likeness, (*MARKUP, "12:30", "2026-01-01", "deadbeef" * 3)),
    Parser("masking", masking, SECRET),
    Parser("FTP", ftp, LINES),
    Parser("SSH", ssh_greeting, SSH),
    Parser("settings", toml, TOML),
    Parser("recording", recording, JSON),
)


@pytest.mark.parametrize("parser", PARSERS, ids=str)
@pytest.mark.timeout(3_600 if SOAK else 120)
def test_fuzz(parser: Parser) -> None:
    piece = st.sampled_from(parser.pieces).map(
        lambda piece: piece.encode("latin-1" if parser.name in {"SSH", "compression"} else "utf-8")
    )
    noise = st.one_of(st.binary(max_size=12), st.text(max_size=12).map(lambda words: words.encode("utf-8", "replace")))

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.one_of(piece, piece, piece, noise), max_size=60).map(b"".join))
    def feed(data: bytes) -> None:
        began = time.process_time()
        parser.run(data)
        assert time.process_time() - began < SECONDS

    feed()
