"""Every parser that reads a stranger's bytes: a name, and a function that feeds it and asserts what must hold.

Two fuzzers share this table: Hypothesis, which puts pieces of each parser's language together (``test_fuzz.py``), and atheris,
which looks for inputs that reach new lines (``coverage.py``). Each function either gets a bounded value or the one error that
the parser documents.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import hashlib
import io
import itertools
import json
import math
import socket
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import httpx
from markdown_it import MarkdownIt

from checks.browser import csp_parser
from checks.policy import security_txt
from checks.transport import hsts
from reports.formats.markdown import code, fenced, words
from reports.text.tables import harmless
from scanner.engine.judging import judge_one
from scanner.engine.recording import MANIFEST, BadRecording, _checksum, read_recording
from scanner.evidence import Answer, Entrances, Known, Page, Pages, Probe, Robots
from scanner.evidence.codec import encode
from scanner.gatherers.apart.children import Failed
from scanner.gatherers.backups import backups, content, ftps, stores, web
from scanner.gatherers.backups import sftp as sftp_module
from scanner.gatherers.backups.places import CannotLook, FolderMissing, Login, StoreFolder, collect
from scanner.gatherers.backups.server import Server
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.crawl.arrival import blocking
from scanner.gatherers.crawl.html import extract, outline
from scanner.gatherers.crawl.links import may_follow
from scanner.gatherers.crawl.sitemaps import addresses_of, read_robots
from scanner.gatherers.http import fetcher
from scanner.gatherers.http.cookies import read_cookie
from scanner.gatherers.http.similarity import normal, same_page
from scanner.gatherers.letters import letters
from scanner.gatherers.net.connector import LINE_BYTES, Connection, Connector
from scanner.gatherers.net.line_protocol import REPLY_LINES, Conversation
from scanner.gatherers.probing.listing_pages import listing_of
from scanner.gatherers.services import ssh
from scanner.gatherers.services.ports import WATCHED
from scanner.gatherers.tls import looking, tls_scan
from scanner.gatherers.tls.certificates import read_leaf
from scanner.history.connect import HistoryError
from scanner.history.store import History
from scanner.platforms.libraries import is_version
from scanner.platforms.recognition import recognise
from scanner.scope.target import BadAddress, Target, parse_address
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.reading import read_settings
from scanner.testing import chain, entrances, knowledge, pages
from scanner.text.redact import redact_address, redact_cookie, redact_file, redact_page, redact_secrets
from scanner.text.sanitize import sanitize
from scanner.text.urls import canonical, join, shape
from shopwarden.operations.sites import read_shops
from tests.nights import KEY, night
from tests.patience import PATIENCE, moment
from tests.scanner.engine.test_recording import KINDS, recorded
from tests.scanning import catalogue
from tests.soak import mail_and_records, pieces
from tests.soak.pieces import Parser

if TYPE_CHECKING:
    import paramiko

SHOP = "https://petalandstem.example/"


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def page(data: bytes) -> Page:
    found = extract(text(data), SHOP, 200, (("set-cookie", text(data)[:200]), ("server", text(data)[:200])))
    assert len(found.title) <= 300
    assert len(found.html) <= 262_144
    json.dumps(encode(found)).encode()
    return found


def platforms(data: bytes) -> None:
    assert isinstance(recognise([page(data)], ("petalandstem.example",), knowledge().platforms), list | tuple)


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
        assert str(error)
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
    assert redact_cookie(redact_cookie(header)) == redact_cookie(header)


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
            assert str(error)


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


def similarity(data: bytes) -> None:
    one = Answer(SHOP + "a/one.php", 200, (), text(data), data[:600], len(data))
    other = Answer(SHOP + "a/another.php", 200, (), text(data), data[:600], len(data))
    assert isinstance(normal(one), str)
    assert same_page(one, one) or not data
    assert same_page(one, other) == same_page(other, one)


def redacting(data: bytes) -> None:
    for redact in (redact_page, redact_secrets, redact_file, redact_address, partial(redact_page, remark=True)):
        assert redact(redact(text(data))) == redact(text(data))
    shown = sanitize(text(data))
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
            assert str(error)

    asyncio.run(listen())


def ssh_greeting(data: bytes) -> None:
    async def listen() -> None:
        connector = cast("Connector", _Counting())
        reader = fed(data)
        try:
            greeting = await ssh._greeting(reader, connector)
            assert len(greeting) <= 255
            assert "\x1b" not in greeting
            await ssh._kexinit(reader, connector)
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
            assert str(file) in str(error)


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
    with contextlib.suppress(ValueError, TypeError, AttributeError, RecursionError):
        manifest = json.loads(files[MANIFEST])
        files[MANIFEST] = json.dumps({**manifest, "checksum": _checksum(manifest)}).encode()
    with tempfile.TemporaryDirectory() as folder:
        for one, content in files.items():
            (Path(folder) / one).write_bytes(content)
        try:
            read_recording(Path(folder), KINDS)
        except BadRecording as error:
            assert folder in str(error)


def csp(data: bytes) -> None:
    found = csp_parser.policies([data.decode("latin-1"), text(data)])
    for one in found:
        assert all(name and name == name.lower() for name in one.directives)
        assert len(csp_parser.weaknesses(one)) <= 50
    assert csp_parser.restricts_framing(found) in {True, False, None}
    assert "nonce-" not in csp_parser.redacted("'nonce-" + text(data).replace("'", "") + "'").replace("'nonce-…'", "")


def security(data: bytes) -> None:
    list(security_txt.problems(security_txt.read(text(data)), datetime(2026, 11, 21, tzinfo=UTC)))


def scripts(data: bytes) -> None:
    known = knowledge().libraries
    for sighting in (*known.in_source(text(data)), *known.in_address(text(data)[:2_000])):
        assert is_version(sighting.version)


def checks(data: bytes) -> None:
    """A shop whose home page, headers and cookies hold this: no check may crash."""
    said = text(data)
    line = " ".join(data.decode("latin-1").split())[:2_000]
    names = (
        "server",
        "x-powered-by",
        "content-security-policy",
        "strict-transport-security",
        "referrer-policy",
        "set-cookie",
        "x-frame-options",
    )
    headers = tuple((name, line) for name in names)
    home = extract(said, SHOP, 200, headers)
    answered = Answer(SHOP, 200, headers, said, data[:600], len(data))
    gathered = {
        Pages: replace(pages(), home=home),
        Entrances: entrances({SHOP: replace(chain(), end=answered)}),
    }
    for rule in catalogue().rules_of(catalogue().chosen()):
        assert not judge_one(rule, gathered, knowledge()).defect, rule.id


@cache
def proofs() -> tuple[Callable[[Answer], object], ...]:
    known = [
        Known("petalandstem.example", 2026, "/", (("/", key), ("/blog/", "wordpress")), (), ("/admin-7q2/",), ("/app.js",))
        for key in knowledge().platforms
    ]
    wanted = (
        one
        for rule in catalogue().rules_of(catalogue().chosen())
        if rule.needs_probes
        for seen in known
        for one in rule.wanted(seen, knowledge())
    )
    return tuple(dict.fromkeys(one.proof for one in wanted if isinstance(one, Probe)))


def proof(data: bytes) -> None:
    """What answers a probed address: as a text, and as the first bytes of a file."""
    kinds = ("text/html", "text/plain", "application/zip", "application/pdf", "application/json", "")
    headers = (("content-type", kinds[len(data) % len(kinds)]), ("location", " ".join(data.decode("latin-1").split())[:500]))
    for status in (200, 302):
        answered = Answer(SHOP + "x", status, headers, text(data), data[:600], len(data))
        for one in proofs():
            said = one(answered)
            assert said is None or isinstance(said, str)


class _Bytes:
    """A backup in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


NAMES = (
    "a.sql.gz",
    "a.sql",
    "a.zip",
    "a.tar",
    "a.tar.gz",
    "a.sql.bz2",
    "a.sql.xz",
    "a.sql.zst",
    "a.wpress",
    "a.dump",
    "\u202ea\x1b.sql",
)


def backup(data: bytes) -> None:
    for name in NAMES:
        try:
            found = content.inspect(_Bytes(data), name, deep=True, ends=moment(PATIENCE))
        except CannotLook as error:
            assert "\x1b" not in str(error)
            assert "5 seconds" not in str(error)
        else:
            assert "\x1b" not in found.broken
            assert len(found.broken) < 300
            assert len(found.tables or ()) <= content.MOST_TABLES


class _Channel:
    def __init__(self, data: bytes) -> None:
        self._waiting = io.BytesIO(data)

    def recv(self, size: int) -> bytes:
        return self._waiting.read(size)

    def sendall(self, _data: bytes) -> None:
        return


def sftp(data: bytes) -> None:
    try:
        visit = sftp_module._Sftp(cast("paramiko.Channel", _Channel(data)))
        assert len(list(visit.entries("/backup"))) <= len(data)
        handle = visit.open_file("a")
        visit.size(handle)
        assert len(visit.read(handle, 0, 100_000)) <= 100_000
    except (EOFError, OSError, sftp_module._Garbage, FolderMissing, CannotLook):
        pass


class _Answered(web.Web):
    """A server that has sent this, whatever it is asked."""

    def __init__(self, data: bytes) -> None:
        super().__init__(Server(("127.0.0.1",)), "nas.example", None, moment(PATIENCE), encrypted=False)
        self._data = data
        self._theirs: list[socket.socket] = []
        self._connection._wire = self._prepared

    def close(self) -> None:
        """Both ends."""
        super().close()
        while self._theirs:
            self._theirs.pop().close()

    def _prepared(self) -> web.Wire:
        ours, theirs = socket.socketpair()
        self._theirs.append(theirs)  # stays open, so that the question can be written
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            theirs.send(self._data)
        theirs.shutdown(socket.SHUT_WR)
        self._wire = web.Wire(ours, self.ends)
        return self._wire


def store(data: bytes) -> None:
    """An S3 or WebDAV server's answers, whole as they arrive; and the list in them alone."""
    whole = b"HTTP/1.1 %s Multi-Status\r\nTransfer-Encoding: identity\r\nContent-Length: %d\r\n\r\n%s"
    for kind, status in (("s3", b"200"), ("webdav", b"207")):
        place = StoreFolder(kind, "nas.example", "http://nas.example", "shop", "eu", "florist", "/shop", "")
        for sent in (data, whole % (status, len(data), data)):
            made = (stores._S3 if kind == "s3" else stores._WebDav)(
                place, Login(password="violets"), Server(("127.0.0.1",)), moment(PATIENCE)
            )
            made.web = _Answered(sent)
            with contextlib.suppress(CannotLook, FolderMissing), web.telling("nas.example"):
                found = collect(itertools.islice(made.entries(), 1_000), lambda _name: True, moment(PATIENCE))
                json.dumps([encode(item.file) for item in (*found.files, *found.empty)]).encode()
            with contextlib.suppress(CannotLook):
                assert len(stores.StoreFile(made, "nas.example", ("a.sql",)).read(0, 1_000)) <= 1_000
            made.web.close()


def child_says(data: bytes) -> None:
    """What a process apart says of a place of backups, of a server's encryption and of letters."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(Failed):
        assert backups._read(said) is not None or said is None
    for read in (letters._lying, letters._letter, letters._results):
        with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
            read(said)
    counts = SimpleNamespace(counts=Counter())
    with contextlib.suppress(Failed):
        tls_scan._told(said, looking.Place("petalandstem.example", "127.0.0.1", 443), cast("fetcher.Fetcher", counts))
    assert 0 <= counts.counts["tls"] <= tls_scan.MOST_CONNECTIONS


def mlsd(data: bytes) -> None:
    for line in text(data).splitlines():
        facts, _, name = line.partition(" ")
        found = ftps._mlsd_entry(name, dict(fact.lower().split("=", 1) for fact in facts.split(";") if "=" in fact))
        facts_of = found.measure()
        assert facts_of.st_size is None or facts_of.st_size >= 0
        assert facts_of.st_mtime is None or math.isfinite(facts_of.st_mtime)


def services(data: bytes) -> None:
    for service in WATCHED.values():
        for ended in (False, True):
            found = service.recognise(data, ended)
            assert found is None or (len(found.program) <= 200 and "\x1b" not in found.program)


def certificate(data: bytes) -> None:
    """Any DER, and a good certificate in which something was replaced."""
    good = good_certificate()
    at = int.from_bytes(data[:2], "big") % len(good)
    for der in (data, good[:at] + data[2:] + good[at + len(data[2:]) :]):
        found = read_leaf(der, "petalandstem.example")
        json.dumps(encode(found)).encode()


@cache
def good_certificate() -> bytes:
    import trustme
    from cryptography.hazmat.primitives import serialization
    from cryptography.x509 import load_pem_x509_certificate

    issued = trustme.CA().issue_cert("petalandstem.example", "127.0.0.1").cert_chain_pems[0].bytes()
    return load_pem_x509_certificate(issued).public_bytes(serialization.Encoding.DER)


def shops(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shops.csv"
        file.write_bytes(data)
        try:
            found = read_shops(file, Settings())
        except BadSettings as error:
            assert str(file) in str(error)
        else:
            assert len({shop.key for shop in found.shops}) == len(found.shops)


@cache
def good_history() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite3"
        opened = History.open(str(file))
        for day in range(3):
            opened.record(night(day, {"exposed-log": "found x@/a"}))
        opened.close()
        return file.read_bytes()


def history(data: bytes) -> None:
    """A history in which something was replaced."""
    good = good_history()
    at = int.from_bytes(data[:4], "big") % len(good)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite3"
        file.write_bytes(good[:at] + data[4:] + good[at + len(data[4:]) :])
        opened = None
        try:
            opened = History.open(str(file))
            opened.latest()
            opened.known(KEY)
            opened.outbox.untold()
            opened.outbox.waiting()
            for past in opened.scans():
                opened.document(past.id)
        except HistoryError as error:
            assert folder in str(error)
        finally:
            if opened is not None:
                opened.close()


def report(data: bytes) -> None:
    """What a stranger wrote, in Markdown and in a spreadsheet: it stays words."""
    said = sanitize(text(data), 2_000, lines=True)
    markdown = MarkdownIt("commonmark")
    for block, tags in ((words(said), {"p"}), (code(said), {"p", "code"}), (fenced(said), {"code"})):
        tokens = markdown.parse(f"{block}\n")
        inner = [child for token in tokens for child in token.children or ()]
        assert {token.tag for token in (*tokens, *inner) if token.tag} <= tags | {"br"}, block
        assert not {token.type for token in (*tokens, *inner)} & {"html_block", "html_inline"}, block
    written = io.StringIO(newline="")
    csv.writer(written).writerow([harmless(said)])
    (row,) = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert not row[0].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


PARSERS = (
    Parser("HTML", page, pieces.MARKUP),
    Parser("platforms", platforms, (*pieces.MARKUP, "/wp-content/", "catalog/view/", "generator", "WordPress 6.1", "PrestaShop")),
    Parser("links", links, pieces.ADDRESS),
    Parser("typed address", typed_address, pieces.ADDRESS),
    Parser("HSTS", policy, pieces.HEADER),
    Parser("cookie", cookie, pieces.HEADER),
    Parser("headers", headers, pieces.HEADER),
    Parser(
        "compression",
        packed,
        ("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x03\x00" + "\x00" * 8, "x\x9c", "K\x04\x00", "\xff", "\x00"),
    ),
    Parser("robots.txt", robots, pieces.ROBOTS),
    Parser("sitemap", sitemap, pieces.XML),
    Parser("listing", listing, pieces.LISTING),
    Parser("similarity", similarity, (*pieces.MARKUP, "12:30", "2026-01-01", "deadbeef" * 3)),
    Parser("redacting", redacting, pieces.SECRET),
    Parser("FTP", ftp, pieces.LINES),
    Parser("SSH", ssh_greeting, pieces.SSH),
    Parser("settings", toml, pieces.TOML),
    Parser("recording", recording, pieces.JSON),
    Parser("CSP", csp, pieces.CSP),
    Parser("security.txt", security, pieces.SECURITY_TXT),
    Parser("scripts", scripts, pieces.SCRIPT),
    Parser("checks", checks, (*pieces.MARKUP, *pieces.CSP, *pieces.HEADER, *pieces.SCRIPT)),
    Parser(
        "head of a file",
        proof,
        (*pieces.BACKUP, "%PDF-1.4\n", "SQLite format 3\x00", "<?php", "DB_PASSWORD=", "ref: refs/heads/main", "DIRC"),
    ),
    Parser("backup", backup, pieces.BACKUP),
    Parser("SFTP", sftp, pieces.SFTP),
    Parser("store", store, pieces.STORE),
    Parser(
        "child", child_says, (*pieces.JSON, '"Told"', '"BackupFile"', '"BackupContent"', '"TlsEndpoint"', '"files":', '"size":')
    ),
    Parser("MLSD", mlsd, pieces.MLSD),
    Parser("services", services, pieces.SERVICES),
    Parser("certificate", certificate, pieces.CERTIFICATE),
    Parser("list of shops", shops, pieces.SHOPS),
    Parser(
        "history",
        history,
        ("\x00", "\xff" * 4, "SQLite format 3\x00", "shopwarden_scans", "CREATE TRIGGER a", "x\x9c", "\x00\x00\x00\x01"),
    ),
    Parser("report", report, pieces.REPORT),
    *mail_and_records.PARSERS,
)
