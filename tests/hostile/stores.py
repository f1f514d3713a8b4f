"""Places of backups that a stranger has in his hands: lists without end, servers that say nothing, or send us elsewhere.

What each server sent is counted at its own socket; what may be under way between the two adds some megabytes to that.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache
from typing import Any

import paramiko
import trustme

from scanner.gatherers.backups.places import LIST_BYTES
from tests.hostile.backups import RULES
from tests.hostile.harness import PASSWORD, Case, Ran, Setting
from tests.hostile.shop import shop, silence
from tests.hostile.size import packed
from tests.loopback import request_head, response
from tests.patience import PATIENCE
from tests.ssh_server import ssh_server

MB = 1_000_000
UNDER_WAY = 20 * MB
"""What the two sockets of a connection may hold between them."""
DAV = '<?xml version="1.0"?>\n<D:multistatus xmlns:D="DAV:">'
S3 = "s3://KEY@backups/shop?endpoint=http://127.0.0.1:{port}"
WEBDAV = "webdav://florist@127.0.0.1:{port}/shop"
XML = "Content-Type: application/xml\r\n"


class Count:
    """Bytes that a server sent, and what it was asked, since its case was begun: one that is tried again counts anew."""

    sent: int
    asked: list[str]

    def begin(self) -> None:
        self.sent, self.asked = 0, []


Speak = Callable[[Callable[[bytes], Coroutine[Any, Any, None]], str], Awaitable[None]]


def entry(setting: Setting, location: str, kind: str = "database") -> None:
    secret = setting.folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    setting.backups.append(f'kind = "{kind}"\nlocation = "{location}"\npattern = "*"\npassword = "file:secret"\n')


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def trusted(setting: Setting) -> ssl.SSLContext:
    """A server's context, whose authority is one of the scanning computer's."""
    authority().cert_pem.write_to_path(setting.folder / "authority.pem")
    setting.environment["SSL_CERT_FILE"] = str(setting.folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("127.0.0.1").configure_cert(context)
    return context


async def write(writer: asyncio.StreamWriter, data: bytes, count: Count) -> None:
    """Raises ConnectionError where nobody reads any more; asyncio itself says nothing of that for TLS."""
    if writer.is_closing():
        raise ConnectionResetError
    count.sent += len(data)
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(0)


def http(location: str, speak: Speak, count: Count, *, encrypted: bool = False) -> Callable[[Setting], Awaitable[None]]:
    """A server whose answers are written by ``speak(send, first line of the request)``."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            await write(writer, data, count)

        while True:
            asked = (await request_head(reader)).split(b"\r\n", 1)[0].decode()
            if asked.startswith("PROPFIND"):
                await reader.readuntil(b"propfind>")
            count.asked.append(asked)
            await speak(send, asked)

    async def serve(setting: Setting) -> None:
        count.begin()
        port = await setting.serve(handle, ssl=trusted(setting) if encrypted else None)
        setting.others.add(port)
        entry(setting, location.format(port=port))

    return serve


def endless(head: str, piece: bytes) -> Speak:
    """An answer that goes on for ever, piece by piece."""

    async def speak(send: Callable[[bytes], Coroutine[Any, Any, None]], _asked: str) -> None:
        await send(b"HTTP/1.1 " + head.encode() + b"\r\n\r\n")
        while True:
            await send(piece)

    return speak


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def dav_file(name: str) -> str:
    return (
        f"<D:response><D:href>/shop/{name}</D:href><D:propstat><D:prop><D:getcontentlength>900</D:getcontentlength>"
        "<D:getlastmodified>Fri, 20 Nov 2026 03:00:00 GMT</D:getlastmodified><D:resourcetype/></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )


def s3_file(name: str) -> str:
    return f"<Contents><Key>shop/{name}</Key><Size>900</Size><LastModified>2026-11-20T03:00:00.000Z</LastModified></Contents>"


DAV_FILES = "".join(dav_file(f"{n:x}-roses.sql") for n in range(300)).encode()
S3_FILES = "".join(s3_file(f"{n:x}-roses.sql") for n in range(1_000))
CHUNKED = "\r\nTransfer-Encoding: chunked"
ENDLESS_DAV = "207 Multi-Status" + CHUNKED


async def pages_without_end(send: Callable[[bytes], Coroutine[Any, Any, None]], _asked: str) -> None:
    body = f"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>{S3_FILES}"
    await send(response(f"{body}</ListBucketResult>".encode(), headers=XML))


async def empty_pages_without_end(send: Callable[[bytes], Coroutine[Any, Any, None]], _asked: str) -> None:
    body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
    await send(response(body.encode(), headers=XML))


BY_THE_CLOCK = "did not answer in time|could not be read within"
"""The seconds are a bound as well; on a busy machine they are over before the bytes are."""


def bounded(count: Count, most: int, because: str = "", rule: str = "backup-missing") -> Callable[[Ran], None]:
    """No more than so many bytes were sent, and the rule says why it could not be checked."""

    def check(ran: Ran) -> None:
        assert count.sent <= most + UNDER_WAY, f"{count.sent / MB:.0f} MB"
        if because:
            verdict = ran.verdicts[rule]
            assert verdict["verdict"] == "inconclusive", verdict
            assert re.search(f"{because}|{BY_THE_CLOCK}", verdict["because"]), verdict

    return check


def place(
    name: str,
    location: str,
    speak: Speak,
    *,
    most: int = MB,
    because: str = "",
    rule: str = "backup-missing",
    encrypted: bool = False,
    more: Callable[[Ran, Count], None] | None = None,
) -> Case:
    count = Count()
    held = bounded(count, most, because, rule)

    def check(ran: Ran) -> None:
        held(ran)
        if more is not None:
            more(ran, count)

    return Case(
        name,
        shop(),
        servers=http(location, speak, count, encrypted=encrypted),
        only=RULES,
        maybe=frozenset(RULES),
        check=check,
    )


# --- FTP -----------------------------------------------------------------------------------------------------------


def ftps(lists: str, line: bytes, count: Count) -> Callable[[Setting], Awaitable[None]]:
    """A server over TLS whose list of a folder, by this command, has no end."""

    async def serve(setting: Setting) -> None:
        count.begin()
        context = trusted(setting)
        opened: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

        async def data(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await opened.put(writer)
            await asyncio.sleep(PATIENCE)

        data_port = await setting.serve(data, ssl=context)

        async def list_for_ever() -> None:
            writer = await opened.get()
            block = line * (65_536 // len(line) + 1)
            while True:
                await write(writer, block, count)

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 ready\r\n")
            answers = {
                "USER": "331 password",
                "PASS": "230 in",
                "FEAT": f"211-Features\r\n {lists}\r\n211 End" if lists == "MLST" else "211 End",
                "PASV": f"227 Entering (127,0,0,1,{data_port >> 8},{data_port & 255})",
            }
            while asked := await reader.readline():
                word = asked.decode().split()[0].upper()
                if word == "AUTH":
                    writer.write(b"234 go on\r\n")
                    await writer.drain()
                    await writer.start_tls(context)
                elif word in {"NLST", "MLSD"}:
                    writer.write(b"150 here it comes\r\n")
                    await writer.drain()
                    with contextlib.suppress(ConnectionError, ssl.SSLError):
                        await list_for_ever()
                    return
                else:
                    writer.write(f"{answers.get(word, '200 yes')}\r\n".encode())

        port = await setting.serve(handle)
        setting.others |= {port, data_port}
        entry(setting, f"ftps://florist@127.0.0.1:{port}/shop")

    return serve


def ftp_case(name: str, lists: str, line: bytes, *, most: int = LIST_BYTES, because: str = "") -> Case:
    count = Count()
    return Case(
        name,
        shop(),
        servers=ftps(lists, line, count),
        only=RULES,
        maybe=frozenset(RULES),
        check=bounded(count, most, because),
    )


# --- SFTP ----------------------------------------------------------------------------------------------------------


class Owner(paramiko.ServerInterface):
    """Lets the owner in."""

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.common.AUTH_SUCCESSFUL if password == PASSWORD else paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED


class Complaining(paramiko.SubsystemHandler):
    """Says nothing but on the error channel, and there without end, whatever the window."""

    def __init__(self, channel: paramiko.Channel, name: str, server: paramiko.ServerInterface, count: Count) -> None:
        super().__init__(channel, name, server)
        self._count = count

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        channel.out_window_size = 2**60
        with contextlib.suppress(OSError, EOFError):
            while transport.is_active() and channel.send_stderr(b"no such rose\r\n" * 2_000):
                self._count.sent += 28_000


def complaining(count: Count) -> Callable[[Setting], Awaitable[None]]:
    async def serve(setting: Setting) -> None:
        count.begin()
        port, key = setting.stack.enter_context(ssh_server(Owner, Complaining, count))
        (setting.folder / "known").write_text(f"[127.0.0.1]:{port} {key}\n")
        setting.others.add(port)
        entry(setting, f"sftp://florist@127.0.0.1:{port}/shop")
        setting.backups[-1] += 'known_hosts = "known"\n'

    return serve


COMPLAINTS = Count()


# --- silent --------------------------------------------------------------------------------------------------------


async def silent(setting: Setting) -> None:
    """One of each kind, and none of them ever says a word."""
    for location in (
        WEBDAV,
        S3,
        "sftp://florist@127.0.0.1:{port}/shop",
        "ftps://florist@127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/beat",
    ):
        port = await setting.serve(silence)
        setting.others.add(port)
        entry(setting, location.format(port=port))


def all_silent(ran: Ran) -> None:
    verdict = ran.verdicts["backup-missing"]
    assert verdict["verdict"] == "inconclusive", verdict
    assert ran.result["requests"]


# --- elsewhere -----------------------------------------------------------------------------------------------------


def elsewhere(location: str, asked_first: str) -> Case:
    """A store that sends us on: what answers there is not the owner's, and gets no login."""
    count, strangers = Count(), Count()

    async def empty(send: Callable[[bytes], Coroutine[Any, Any, None]], asked: str) -> None:
        body = b"<ListBucketResult></ListBucketResult>" if asked.startswith("GET") else f"{DAV}</D:multistatus>".encode()
        await send(response(body, "200 OK" if asked.startswith("GET") else "207 Multi-Status", headers=XML))

    async def serve(setting: Setting) -> None:
        await http(location, empty, strangers)(setting)
        setting.backups.clear()
        (port,) = setting.others
        setting.others.clear()

        async def on(send: Callable[[bytes], Coroutine[Any, Any, None]], _asked: str) -> None:
            await send(response(b"", "307 Temporary Redirect", f"Location: http://127.0.0.1:{port}/backups?list-type=2\r\n"))

        await http(location, on, count)(setting)

    def check(ran: Ran) -> None:
        assert count.asked[0].startswith(asked_first)
        assert not strangers.asked
        assert ran.verdicts["backup-missing"]["verdict"] == "inconclusive"
        assert "another address" in ran.verdicts["backup-missing"]["because"]

    return Case(
        f"a store that sends us elsewhere ({asked_first})", shop(), servers=serve, only=RULES, maybe=frozenset(RULES), check=check
    )


async def vanished(send: Callable[[bytes], Coroutine[Any, Any, None]], asked: str) -> None:
    """Listed a moment ago, and gone."""
    if asked.startswith("PROPFIND"):
        await send(response(f"{DAV}{dav_file('roses.sql')}</D:multistatus>".encode(), "207 Multi-Status", headers=XML))
    elif "list-type" in asked:
        await send(response(f"<ListBucketResult>{s3_file('roses.sql')}</ListBucketResult>".encode(), headers=XML))
    else:
        await send(response(b"", "404 Not Found"))


BEAT = "https://127.0.0.1:{port}/beat"
TIME = b"2026-11-20T03:00:00Z\n"


async def nested(send: Callable[[bytes], Coroutine[Any, Any, None]], _asked: str) -> None:
    await send(response(gzip.compress(packed("gzip")), headers="Content-Encoding: gzip, gzip\r\n"))


CASES = [
    place("a WebDAV list without end", WEBDAV, lambda send, asked: _in(send, asked, DAV, DAV_FILES), most=LIST_BYTES),
    place(
        "a WebDAV list of one endless word",
        WEBDAV,
        endless(ENDLESS_DAV, chunk(b"<a>" + b"x" * 60_000)),
        most=MB,
        because="no list",
    ),
    place(
        "a WebDAV list of elements that say nothing",
        WEBDAV,
        endless(ENDLESS_DAV, chunk(b"<r>" + b"<a></a>" * 9_000 + b"</r>")),
        most=MB,
        because="no list",
    ),
    place(
        "a WebDAV list whose files have no end of properties",
        WEBDAV,
        lambda send, asked: _in(send, asked, DAV + "<D:response>", b"<D:x>rose</D:x>" * 4_000),
        most=LIST_BYTES,
        because="more than it was asked",
    ),
    place("a head without end", WEBDAV, endless("207 Multi-Status", b"X-A: " + b"a" * 9_000 + b"\r\n"), because="."),
    place(
        "a list in chunks whose lines are long",
        WEBDAV,
        endless(ENDLESS_DAV, b"1;" + b"a" * 60_000 + b"\r\n<\r\n"),
        because="more than it was asked",
        most=LIST_BYTES,
    ),
    place("S3 pages without end", S3, pages_without_end, most=LIST_BYTES),
    place("empty S3 pages without end", S3, empty_pages_without_end, because="has no end"),
    place(
        "an S3 page without end",
        S3,
        endless("200 OK" + CHUNKED, chunk(b"<Contents>" + b"<Key>roses.sql</Key>" * 4_000 + b"</Contents>")),
        because="no list|more than it was asked",
        most=8 * MB,
    ),
    place("a backup that vanished from WebDAV", WEBDAV, vanished, because="is gone now", rule="backup-corrupt"),
    place("a backup that vanished from S3", S3, vanished, because="is gone now", rule="backup-corrupt"),
    place("a heartbeat in gzip in gzip", BEAT, nested, because="tells no time", encrypted=True),
    place(
        "a heartbeat without end", BEAT, endless("200 OK" + CHUNKED, chunk(TIME * 3_000)), because="tells no time", encrypted=True
    ),
    ftp_case("an FTP list without end", "NLST", b"roses.sql\r\n", most=4 * MB, because="only one by one|broke off"),
    ftp_case("an FTP list of long names without end", "NLST", b"r" * 4_000 + b"\r\n", because="more than it was asked"),
    ftp_case("an FTP list with facts without end", "MLST", b"type=file;size=9;modify=20261120030000; roses.sql\r\n", most=8 * MB),
    Case(
        "an SFTP server that complains without end",
        shop(),
        servers=complaining(COMPLAINTS),
        only=RULES,
        maybe=frozenset(RULES),
        check=bounded(COMPLAINTS, 4 * MB, "more than it was asked"),
    ),
    Case(
        "places of backups that say nothing",
        shop(),
        servers=silent,
        only=RULES,
        maybe=frozenset(RULES),
        time=5,
        waits=True,
        status="partial",
        because="max-time",
        check=all_silent,
    ),
    elsewhere(S3, "GET"),
    elsewhere(WEBDAV, "PROPFIND"),
]


async def _in(send: Callable[[bytes], Coroutine[Any, Any, None]], asked: str, begun: str, piece: bytes) -> None:
    await endless(ENDLESS_DAV, chunk(piece))(_beginning(send, chunk(begun.encode())), asked)


def _beginning(send: Callable[[bytes], Coroutine[Any, Any, None]], first: bytes) -> Callable[[bytes], Coroutine[Any, Any, None]]:
    """Puts something between the head and what follows it."""
    sent = 0

    async def with_it(data: bytes) -> None:
        nonlocal sent
        sent += 1
        await send(data + first if sent == 1 else data)

    return with_it
