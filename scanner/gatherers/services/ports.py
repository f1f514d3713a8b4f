"""Listens at the ports of services that strangers should not reach: a short fixed list, one connection each.

A service is recognised by its protocol's own greeting, never by an open port. Nothing is sent but the smallest message that the
protocol begins with, and nothing is read beyond the answer to it: no name, no password, no list of databases.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.evidence import Access, Arrival, Closed, Greeting, OpenPorts, ServicePort, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.net.connector import Connection, Connector, web_port
from scanner.scope.target import Target
from scanner.text.redact import redact_said
from scanner.text.sanitize import sanitize
from scanner.text.urls import bracketed

SECONDS = 60.0
"""For all services together. A closed port takes 18 s at most, and AT_ONCE of them are asked side by side."""
GREETING_SECONDS = 8.0
"""For one answer; databases may look up the visitor's name before they greet."""
QUIET_SECONDS = 0.5
"""How long PostgreSQL's one byte must stay alone."""
AT_ONCE = 8
ANSWER_BYTES = 32 * 1024
SHOWN = 60

Recognise = Callable[[bytes, bool], Greeting | None]
"""What has come so far, and whether no more will come → what it proves; None where it proves nothing (yet)."""


@dataclass(frozen=True, slots=True)
class _Service:
    """name: in messages. hello: what we send first; empty where the server speaks first. waits: its greeting is so short that it
    only counts where the server then waits for us."""

    name: str
    hello: bytes
    recognise: Recognise
    waits: bool = False


@gatherer(ceiling="16 connections, one a service", doing="Listening for services that should be closed")
async def open_ports(arrival: Arrival, target: Target, connector: Connector) -> OpenPorts:
    """Each service may be Unavailable on its own."""
    beside = web_port(arrival, target)
    turns = asyncio.Semaphore(AT_ONCE)
    ends = asyncio.get_running_loop().time() + SECONDS

    async def look(service: str) -> ServicePort:
        port = target.service_port(service)
        async with turns:
            return ServicePort(service, port, await _ask(WATCHED[service], bracketed(target.host), port, beside, connector, ends))

    return OpenPorts(target.host, tuple(await asyncio.gather(*map(look, WATCHED))), connector.now())


async def _ask(
    service: _Service, host: str, port: int, beside: int, connector: Connector, ends: float
) -> Greeting | Closed | Unavailable:
    try:
        seconds = connector.seconds(ends - asyncio.get_running_loop().time())
        async with asyncio.timeout(seconds):
            opened = await connector.open("other", port, beside)
            if isinstance(opened, Closed):
                return opened
            return await _greeted(service, host, port, opened, connector)
    except CouldNotGather as reason:
        return Unavailable(str(reason))
    except TimeoutError:
        return Unavailable(f"Port {port} was not reached within the {SECONDS:.0f} s that all services have together.")


async def _greeted(
    service: _Service, host: str, port: int, connection: Connection, connector: Connector
) -> Greeting | Unavailable:
    """Raises CouldNotGather."""
    said = bytearray()
    why = f"Something accepts connections on port {port} and closes them; it did not say whether it is {service.name}."
    try:
        async with asyncio.timeout(connector.seconds(GREETING_SECONDS)):
            if service.hello:
                connection.writer.write(service.hello.replace(b"{host}", host.encode("ascii")))
                await connection.writer.drain()
            while len(said) < ANSWER_BYTES:
                part = await connection.reader.read(ANSWER_BYTES - len(said))
                said += part
                connector.received(len(part))
                found = service.recognise(bytes(said), not part)
                if found is not None and (not service.waits or await _waits(connection)):
                    return found
                if found is not None or not part:
                    break
    except TimeoutError:
        why = f"Something accepts connections on port {port} and did not say within {GREETING_SECONDS:.0f} s what it is."
    except OSError as error:
        why = f"The connection to port {port} broke off ({error.strerror or type(error).__name__})."
    finally:
        connection.writer.transport.abort()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await connection.writer.wait_closed()
    return _another(bytes(said)) or Unavailable(_unrecognised(bytes(said), port, service) or why)


async def _waits(connection: Connection) -> bool:
    """Whether the server has said all and keeps the connection open."""
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            await connection.reader.read(1)
    except TimeoutError:
        return True
    return False


def _unrecognised(said: bytes, port: int, service: _Service) -> str:
    if not said:
        return ""
    begun = redact_said(sanitize(said[:SHOWN].decode("utf-8", "replace"), SHOWN))
    return f"What answers on port {port} does not speak as {service.name} does; it says “{begun}”."


_OTHERS = re.compile(rb"SSH-[12]\.|HTTP/[12](?:\.[01])? [1-5]\d\d|220[ -]|\+OK|\* OK|\x15\x03[\x00-\x04]\x00\x02")
"""SSH, HTTP, FTP and SMTP, POP3, IMAP, a TLS alert."""


def _another(said: bytes) -> Greeting | None:
    return Greeting(Access.OTHER) if _OTHERS.match(said) else None


# --- databases -----------------------------------------------------------------------------------------------------


_MYSQL_BLOCKED = 1129  # this host made too many errors before: what others would see is unknown
_MYSQL_NOT_ALLOWED = 1130  # no account may log in from this address


def _mysql(said: bytes, _ended: bool) -> Greeting | None:
    """The initial handshake, protocol 10, or an error in its place (MySQL: Connection Phase)."""
    length = int.from_bytes(said[:3], "little")
    packet = said[4 : 4 + length]
    if len(said) < 8 or said[3] != 0 or not 3 <= length <= 1024 or len(packet) < length:
        return None
    if packet[0] == 0xFF:
        code, text = int.from_bytes(packet[1:3], "little"), packet[3:]
        if not 1000 <= code < 5000 or code == _MYSQL_BLOCKED or not (b"MySQL" in text or b"MariaDB" in text or code == 1040):
            return None
        name = "MariaDB" if b"MariaDB" in text else "MySQL"
        return Greeting(Access.REFUSED if code == _MYSQL_NOT_ALLOWED else Access.LOGIN, name)
    version, zero, rest = packet[1:].partition(b"\0")
    if packet[0] != 10 or not zero or len(rest) < 13 or not re.fullmatch(rb"\d[\x20-\x7e]{0,100}", version):
        return None
    number = _text(version).removeprefix("5.5.5-")  # MariaDB puts it before its own, for old replication clients
    return Greeting(Access.LOGIN, f"{'MariaDB' if 'mariadb' in number.lower() else 'MySQL'} {number}")


_SSL_REQUEST = struct.pack(">II", 8, 80877103)


def _postgresql(said: bytes, _ended: bool) -> Greeting | None:
    """One byte in answer to SSLRequest, and then it waits (PostgreSQL: Message Flow, SSL Session Encryption)."""
    return Greeting(Access.LOGIN, "PostgreSQL") if said in {b"S", b"N"} else None


def _redis(said: bytes, _ended: bool) -> Greeting | None:
    """The answer to PING (Redis: RESP protocol)."""
    if said.startswith(b"+PONG\r\n"):
        return Greeting(Access.FREE, "Redis")
    if said.startswith(b"-NOAUTH "):
        return Greeting(Access.LOGIN, "Redis")
    if said.startswith(b"-DENIED Redis is running in protected mode"):
        return Greeting(Access.REFUSED, "Redis")
    return None


_MONGODB_REQUEST = 0x73686F70
_BSON = b"\x10isMaster\0" + struct.pack("<i", 1) + b"\x08helloOk\0\x01"
_BSON = struct.pack("<i", len(_BSON) + 5) + _BSON + b"\0"
_MONGODB_BODY = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + _BSON
_MONGODB_HELLO = struct.pack("<iiii", 16 + len(_MONGODB_BODY), _MONGODB_REQUEST, 0, 2004) + _MONGODB_BODY
"""``hello`` in the form that every version takes before a login (MongoDB: Wire Protocol, OP_QUERY)."""


def _mongodb(said: bytes, _ended: bool) -> Greeting | None:
    if len(said) < 36:
        return None
    length, _, request, kind = struct.unpack("<iiii", said[:16])
    if kind != 1 or request != _MONGODB_REQUEST or not 36 < length <= ANSWER_BYTES or len(said) < length:
        return None
    return Greeting(Access.LOGIN, "MongoDB") if b"maxBsonObjectSize" in said[:length] else None


def _memcached(said: bytes, _ended: bool) -> Greeting | None:
    """The answer to ``version``; memcached's text protocol knows no password (memcached: protocol.txt)."""
    version = re.match(rb"VERSION ([\x21-\x7e]{1,60})\r\n", said)
    return Greeting(Access.FREE, f"memcached {_text(version[1])}") if version else None


# --- remote control ------------------------------------------------------------------------------------------------


_SMB2 = (
    b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + bytes(16)  # header: NEGOTIATE
    + struct.pack("<HHHHI", 36, 3, 1, 0, 0) + bytes(16) + bytes(8) + struct.pack("<HHH", 0x0202, 0x0210, 0x0300)
)  # fmt: skip
_SMB_HELLO = struct.pack(">I", len(_SMB2)) + _SMB2
"""NEGOTIATE of SMB 2.0.2 to 3.0 (MS-SMB2 2.2.3) in its transport packet (2.1)."""


def _smb(said: bytes, _ended: bool) -> Greeting | None:
    if len(said) < 24 or said[0] != 0 or said[4:8] not in {b"\xfeSMB", b"\xffSMB"}:
        return None
    answered = said[20] & 1 if said[4] == 0xFE else said[13] & 0x80  # the flag that makes it an answer: no echo of ours
    return Greeting(Access.LOGIN, "Windows file sharing (SMB)") if answered else None


_RDP_HELLO = bytes.fromhex("03000013 0e e0 0000 0000 00 0100 0800 03000000")
"""X.224 Connection Request with an RDP Negotiation Request (MS-RDPBCGR 2.2.1.1)."""


def _rdp(said: bytes, _ended: bool) -> Greeting | None:
    """X.224 Connection Confirm in its TPKT packet (MS-RDPBCGR 2.2.1.2)."""
    if len(said) < 11 or said[:2] != b"\x03\0" or said[5] != 0xD0:
        return None
    length = int.from_bytes(said[2:4], "big")
    return Greeting(Access.LOGIN, "Remote Desktop (RDP)") if 11 <= length <= 64 and said[4] == length - 5 else None


def _vnc(said: bytes, _ended: bool) -> Greeting | None:
    """The version that a VNC server begins with (RFC 6143 7.1.1)."""
    return Greeting(Access.LOGIN, "VNC") if re.match(rb"RFB \d{3}\.\d{3}\n", said) else None


def _rsync(said: bytes, _ended: bool) -> Greeting | None:
    """The daemon's first line (rsync: csprotocol.txt)."""
    return Greeting(Access.LOGIN, "rsync") if re.match(rb"@RSYNCD: \d+(?:\.\d+)?[^\r\n]{0,200}\n", said) else None


def _telnet(said: bytes, _ended: bool) -> Greeting | None:
    """Options are negotiated first: IAC, then WILL, WON'T, DO or DON'T, then the option (RFC 854)."""
    return Greeting(Access.LOGIN, "Telnet") if re.match(rb"\xff[\xfb-\xfe][\x00-\x31\xff]", said) else None


# --- by HTTP -------------------------------------------------------------------------------------------------------


def _get(path: str) -> bytes:
    """HTTP/1.0, so that no answer comes in chunks."""
    return f"GET {path} HTTP/1.0\r\nHost: ".encode() + b"{host}\r\nUser-Agent: shopwarden\r\nAccept: */*\r\n\r\n"


def _http(recognise: Callable[[int, Mapping[str, str], bytes], Greeting | None]) -> Recognise:
    """Recognises one kind of HTTP answer; every other one is another service, once it is complete."""

    def read(said: bytes, ended: bool) -> Greeting | None:
        head, end, body = said.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", first)
        if status is None or not end:
            return None
        pairs = (line.decode("latin-1").partition(":") for line in lines[:100])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        found = recognise(int(status[1]), headers, body)
        return found or (Greeting(Access.OTHER) if ended or len(said) >= ANSWER_BYTES else None)

    return read


def _elasticsearch(status: int, headers: Mapping[str, str], body: bytes) -> Greeting | None:
    if status == 200 and b'"cluster_name"' in body and b'"version"' in body:
        if b"opensearch.org" in body or b'"opensearch"' in body:
            return Greeting(Access.FREE, "OpenSearch")
        if b"You Know, for Search" in body or b'"lucene_version"' in body:
            return Greeting(Access.FREE, "Elasticsearch")
    challenge = headers.get("www-authenticate", "")
    if status == 401 and "OpenSearch Security" in challenge:
        return Greeting(Access.LOGIN, "OpenSearch")
    if status == 401 and re.search(r'\bBasic realm="?security"?', challenge) and b"security_exception" in body:
        return Greeting(Access.LOGIN, "Elasticsearch")
    return None


def _docker(status: int, headers: Mapping[str, str], body: bytes) -> Greeting | None:
    """``/_ping`` (Docker Engine API, “Ping”)."""
    version = headers.get("api-version", "")
    if status == 200 and body.startswith(b"OK") and re.fullmatch(r"\d\.\d{1,3}", version) and "docker-experimental" in headers:
        return Greeting(Access.FREE, f"Docker (API {version})")
    return None


def _panel(name: str, mark: bytes) -> Recognise:
    """A panel's own login page, served without encryption. mark: a pattern, its case ignored."""
    marked = re.compile(mark, re.IGNORECASE)
    return _http(lambda status, _, body: Greeting(Access.LOGIN, name) if status in {200, 401} and marked.search(body) else None)


def _text(raw: bytes) -> str:
    return redact_said(sanitize(raw.decode("utf-8", "replace"), SHOWN))


WATCHED: Mapping[str, _Service] = {
    "mysql": _Service("MySQL", b"", _mysql),
    "postgresql": _Service("PostgreSQL", _SSL_REQUEST, _postgresql, waits=True),
    "redis": _Service("Redis", b"PING\r\n", _redis),
    "mongodb": _Service("MongoDB", _MONGODB_HELLO, _mongodb),
    "elasticsearch": _Service("Elasticsearch", _get("/"), _http(_elasticsearch)),
    "memcached": _Service("memcached", b"version\r\n", _memcached),
    "docker": _Service("Docker", _get("/_ping"), _http(_docker)),
    "smb": _Service("Windows file sharing", _SMB_HELLO, _smb),
    "rdp": _Service("Remote Desktop", _RDP_HELLO, _rdp),
    "vnc": _Service("VNC", b"", _vnc),
    "rsync": _Service("rsync", b"", _rsync),
    "telnet": _Service("Telnet", b"", _telnet),
    "cpanel": _Service("cPanel", _get("/"), _panel("cPanel", rb"<title>[^<]*cpanel")),
    "plesk": _Service("Plesk", _get("/login_up.php"), _panel("Plesk", rb"<title>[^<]*plesk")),
    "directadmin": _Service("DirectAdmin", _get("/"), _panel("DirectAdmin", rb"<title>[^<]*directadmin")),
    "webmin": _Service("Webmin", _get("/"), _panel("Webmin", rb"session_login\.cgi")),
}
"""The services looked at, by their names in ``--port``; the usual ports stand in ``scanner.scope.target``."""
