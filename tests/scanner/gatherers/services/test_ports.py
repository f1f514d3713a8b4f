"""The services of the list, as little servers on loopback: what each greeting proves, and what proves nothing."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from scanner.evidence import Access, Closed, Greeting, OpenPorts, ServicePort, Unavailable
from scanner.gatherers.services import ports as module
from scanner.gatherers.services.ports import WATCHED, open_ports
from scanner.scope.target import SERVICES
from tests.connectors import closed_port, look, unanswering_port
from tests.patience import cpu

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

pytestmark = pytest.mark.idle_time


def handshake(version: bytes = b"8.0.36") -> bytes:
    packet = b"\x0a" + version + b"\0" + bytes(4) + b"saltsalt\0" + bytes(20)
    return len(packet).to_bytes(3, "little") + b"\0" + packet


def mysql_error(code: int, text: bytes) -> bytes:
    packet = b"\xff" + struct.pack("<H", code) + text
    return len(packet).to_bytes(3, "little") + b"\0" + packet


def http(body: str, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}\r\n{body}".encode()


def mongodb(request: int = 0x73686F70, body: bytes = b"\x08ismaster\0\x01\x10maxBsonObjectSize\0\0\0\0\1") -> bytes:
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    rest = struct.pack("<iqii", 8, 0, 0, 1) + document
    return struct.pack("<iiii", 16 + len(rest), 1, request, 1) + rest


SMB2 = b"\0\0\0\x80\xfeSMB" + struct.pack("<HHIHHI", 64, 0, 0, 0, 1, 1) + bytes(108)
RDP = bytes.fromhex("030000130ed000001234000209080002000000")
LOGIN_PAGE = "<html><title>{}</title><form action={}><input type=password name=pass></form>"
ELASTIC = (
    '{"name":"a","cluster_name":"shop","version":{"number":"7.1.0","lucene_version":"8.0"},"tagline":"You Know, for Search"}'
)


def answers(text: bytes, *, first: bool = False, stays: bool = True) -> Talk:
    """Speaks first, or after anything was received; stays: keeps the connection open."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not first:
            await reader.read(1000)
        writer.write(text)
        await writer.drain()
        if stays:
            await reader.read()

    return talk


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[int]:
    open_: set[asyncio.StreamWriter] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(writer)
        try:
            await talk(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_:
            writer.transport.abort()
        await server.wait_closed()


async def gathered(web: int = 1, **ports: int) -> tuple[OpenPorts, int]:
    """All others refuse. The second value counts the connections."""
    nobody = closed_port()
    seen = look(web=web, **{**dict.fromkeys(WATCHED, nobody), **ports})
    return await open_ports(seen.arrival, seen.target, seen.connector), seen.counts["other"]


async def ask(service: str, talk: Talk) -> Greeting | Closed | Unavailable:
    async with serving(talk) as port:
        found, _ = await gathered(**{service: port})
    (one,) = [one for one in found.ports if one.service == service]
    assert one.port == port
    return one.answer


def test_every_service_has_a_port() -> None:
    assert set(WATCHED) <= set(SERVICES)


async def test_all_closed() -> None:
    found, connections = await gathered()
    assert [one.service for one in found.ports] == list(WATCHED)
    assert all(isinstance(one.answer, Closed) for one in found.ports)
    assert connections == 1, "in this test all are at one port, and one that is closed is knocked at once"


@pytest.mark.parametrize(
    ("service", "first", "text", "access", "program"),
    [
        ("mysql", True, handshake(), Access.LOGIN, "MySQL 8.0.36"),
        ("mysql", True, handshake(b"5.5.5-10.11.6-MariaDB-0+deb12u1"), Access.LOGIN, "MariaDB 10.11.6-MariaDB-0+deb12u1"),
        ("mysql", True, mysql_error(1130, b"Host 'x' is not allowed to connect to this MariaDB server"), Access.REFUSED, "MariaDB"),
        ("mysql", True, mysql_error(1040, b"Too many connections"), Access.LOGIN, "MySQL"),
        ("postgresql", False, b"N", Access.LOGIN, "PostgreSQL"),
        ("postgresql", False, b"S", Access.LOGIN, "PostgreSQL"),
        ("redis", False, b"+PONG\r\n", Access.FREE, "Redis"),
        ("redis", False, b"-NOAUTH Authentication required.\r\n", Access.LOGIN, "Redis"),
        ("redis", False, b"-DENIED Redis is running in protected mode because\r\n", Access.REFUSED, "Redis"),
        ("mongodb", False, mongodb(), Access.LOGIN, "MongoDB"),
        ("elasticsearch", False, http(ELASTIC), Access.FREE, "Elasticsearch"),
        ("elasticsearch", False, http(ELASTIC.replace("You Know, for Search", "The OpenSearch Project: opensearch.org")), Access.FREE, "OpenSearch"),
        (
            "elasticsearch",
            False,
            http('{"error":{"type":"security_exception"}}', "401 Unauthorized", 'WWW-Authenticate: Basic realm="security" charset="UTF-8"\r\n'),
            Access.LOGIN,
            "Elasticsearch",
        ),
        ("memcached", False, b"VERSION 1.6.18\r\n", Access.FREE, "memcached 1.6.18"),
        ("docker", False, http("OK", headers="Api-Version: 1.43\r\nDocker-Experimental: false\r\n"), Access.FREE, "Docker (API 1.43)"),
        ("smb", False, SMB2, Access.LOGIN, "Windows file sharing (SMB)"),
        ("rdp", False, RDP, Access.LOGIN, "Remote Desktop (RDP)"),
        ("vnc", True, b"RFB 003.008\n", Access.LOGIN, "VNC"),
        ("rsync", True, b"@RSYNCD: 31.0 sha512 sha256\n", Access.LOGIN, "rsync"),
        ("telnet", True, b"\xff\xfd\x18\xff\xfd\x20", Access.LOGIN, "Telnet"),
        ("cpanel", False, http(LOGIN_PAGE.format("cPanel Login", "/login/")), Access.LOGIN, "cPanel"),
        ("plesk", False, http(LOGIN_PAGE.format("Plesk Obsidian 18.0.50", "/login_up.php")), Access.LOGIN, "Plesk"),
        ("directadmin", False, http(LOGIN_PAGE.format("DirectAdmin Login", "/CMD_LOGIN")), Access.LOGIN, "DirectAdmin"),
        ("webmin", False, http(LOGIN_PAGE.format("Login to Webmin", "/session_login.cgi")), Access.LOGIN, "Webmin"),
    ],
)  # fmt: skip
async def test_greetings(service: str, first: bool, text: bytes, access: Access, program: str) -> None:
    assert await ask(service, answers(text, first=first)) == Greeting(access, program)


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("cpanel", http("", "301 Moved", "Location: https://shop.example:2083/\r\n")),
        ("plesk", http("<title>web site is down</title>", "521 Origin Down")),
        ("webmin", http("This web server is running in SSL mode. Try https://shop.example:10000/ instead")),
        ("directadmin", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("elasticsearch", http("<title>A shop</title>")),
        ("docker", http("Client sent an HTTP request to an HTTPS server.", "400 Bad Request")),
        ("docker", http("OK")),
        ("redis", http("", "400 Bad Request")),
        ("mysql", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("postgresql", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("redis", b"\x15\x03\x01\x00\x02\x02\x46"),
    ],
)
async def test_another_well_known_protocol(service: str, text: bytes) -> None:
    assert await ask(service, answers(text, first=service in {"mysql", "directadmin"}, stays=False)) == Greeting(Access.OTHER)


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("mysql", b"\xff" * 5000),
        ("mysql", handshake()[:-5]),
        ("mysql", handshake(b"8" + b"0" * 900)),
        ("mysql", mysql_error(1129, b"Host 'x' is blocked because of many connection errors")),
        ("postgresql", b"Sorry"),
        ("redis", b"-ERR max number of clients reached\r\n"),
        ("redis", b"\x1b[2J\x00+PONG\r\n"),
        ("mongodb", mongodb(request=7)),
        ("mongodb", b"\xff" * 100),
        ("memcached", b"VERSION \x1b]0;owned\x07\r\n"),
        ("rdp", b"\x03\0\0\x13\x0e\xe0" + bytes(13)),
        ("smb", module._SMB_HELLO),
        ("vnc", b"RFB what\n"),
        ("telnet", b"login: "),
        ("elasticsearch", b"HTTP/9.9 200 OK\r\n\r\n" + ELASTIC.encode()),
    ],
)
async def test_what_proves_nothing_is_unknown(service: str, text: bytes) -> None:
    first = service in {"mysql", "vnc", "telnet"}
    found = await ask(service, answers(text, first=first, stays=False))
    assert isinstance(found, Unavailable)
    assert found.because.isprintable()
    assert len(found.because) < 250


async def test_an_echo_is_nobody() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)

    async with serving(echo) as port:
        module_seconds = module.GREETING_SECONDS
        module.GREETING_SECONDS = 0.3
        try:
            found, _ = await gathered(**dict.fromkeys(WATCHED, port))
        finally:
            module.GREETING_SECONDS = module_seconds
    assert {type(one.answer) for one in found.ports} == {Unavailable}


async def test_one_byte_and_then_the_end_is_no_postgresql() -> None:
    assert isinstance(await ask("postgresql", answers(b"S", stays=False)), Unavailable)


@pytest.mark.parametrize("service", list(WATCHED))
async def test_silence_is_unknown(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GREETING_SECONDS", 0.1)
    found = await ask(service, answers(b""))
    assert isinstance(found, Unavailable)
    assert "did not say" in found.because


async def test_a_connection_that_closes_at_once_is_unknown() -> None:
    found = await ask("redis", answers(b"", stays=False))
    assert isinstance(found, Unavailable)
    assert "closes them" in found.because


async def test_an_endless_answer_ends() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"A" * 65536)
            await writer.drain()

    with cpu(5):
        async with serving(endless) as port:
            found, _ = await gathered(**dict.fromkeys(WATCHED, port))
    assert all(isinstance(one.answer, Unavailable) for one in found.ports)


async def test_a_dripping_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"+")
            await asyncio.sleep(0.05)

    monkeypatch.setattr(module, "GREETING_SECONDS", 0.3)
    assert isinstance(await ask("redis", drip), Unavailable)


async def test_an_answer_in_pieces() -> None:
    async def pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        for byte in b"+PONG\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.01)
        await reader.read()

    assert await ask("redis", pieces) == Greeting(Access.FREE, "Redis")


async def test_a_firewall_that_drops_is_closed_while_the_shop_answers() -> None:
    async with serving(answers(b"")) as web:
        with unanswering_port() as port:
            found, _ = await gathered(web=web, redis=port)
    (redis,) = [one for one in found.ports if one.service == "redis"]
    assert isinstance(redis.answer, Closed)


async def test_out_of_time_is_unknown() -> None:
    seen = look(seconds=0, **dict.fromkeys(WATCHED, 1))
    found = await open_ports(seen.arrival, seen.target, seen.connector)
    assert {type(one.answer) for one in found.ports} == {Unavailable}


async def test_what_is_sent_is_short_and_in_clear() -> None:
    got: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read(4000))
        writer.write(b"+PONG\r\n")

    await ask("redis", listen)
    await ask("elasticsearch", listen)
    assert got[0] == b"PING\r\n"
    assert got[1].startswith(b"GET / HTTP/1.0\r\nHost: petalandstem.example\r\n")
    assert all(len(service.hello) < 200 for service in WATCHED.values())


def test_the_evidence_is_recorded_and_read_back() -> None:
    from scanner.evidence.codec import decode, encode, known_classes
    from tests.connectors import NOW

    found = OpenPorts(
        "shop.example", (ServicePort("redis", 6379, Greeting(Access.FREE, "Redis")), ServicePort("vnc", 5900, Closed("x"))), NOW
    )
    assert decode(encode(found), known_classes([OpenPorts, Unavailable])) == found
