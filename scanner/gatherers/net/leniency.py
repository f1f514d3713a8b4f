"""Answers as browsers take them: mended on their way to h11, which refuses what every browser shows.

A shop whose server puts a space into a header's name works for its customers; refused, it would look unreachable to us. What is
mended, and what is not, was compared with Chromium (``tests/browser/test_leniency.py``): what that refuses as well (lengths that
contradict each other, NULs) is handed on as it came, and h11 says what is wrong.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore

MOST_HEAD = 100 * 1024
"""Bytes of a head that are read until its end is waited for no longer; h11 takes no more."""
MOST_LINE = 4_096
"""Of the line before each chunk."""
MOST_BESIDE = MOST_HEAD + 256 * 1024
"""Bytes of an answer that are no body: its heads, the lines between chunks, trailers …"""
TIMES_BODY = 8
"""… and so many more for each byte of the body: some servers send a chunk for each word."""

_STATUS = re.compile(rb"[^\n]{0,4}?http(?:/(\d{1,5})\.(\d{1,5}))?[^\S\n]*(\d{3})?([^\n]*)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_NO_TEXT = bytes.maketrans(bytes((*range(1, 9), *range(11, 32), 127)), b" " * 30)
_CHUNK_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,16})\s*(?:;[^\n]*)?\Z")


class Endless(Exception):
    """An answer brings ever more that is none of its body."""


class Mender:
    """The bytes of one connection's answers, in and out. Pure: no network, no clock."""

    def __init__(self) -> None:
        self._arrived = 0
        self._of_bodies = 0
        self._held = bytearray()
        self._in_head = True
        self._chunks: _Chunks | None = None

    def begin(self) -> None:
        """A request is sent: what comes next is a head."""
        self._in_head, self._chunks = True, None
        self._held.clear()
        self._arrived = self._of_bodies = 0

    def feed(self, data: bytes) -> bytes:
        """What h11 is to see of these bytes; empty where more of them is needed. No data: the connection ended.

        Raises Endless.
        """
        self._arrived += len(data)
        given = self._feed(data)
        if self._arrived - self._of_bodies > MOST_BESIDE + TIMES_BODY * self._of_bodies:
            raise Endless
        return given

    def _feed(self, data: bytes) -> bytes:
        given = bytearray()
        while self._in_head:
            if not self._held and data and not (data := data.lstrip(b"\r\n")):
                return bytes(given)
            seen = max(0, len(self._held) - 2)
            self._held += data
            end = _HEAD_END.search(self._held, seen)
            if end is None:
                return bytes(given) if data and len(self._held) <= MOST_HEAD else bytes(given) + self._as_it_came()
            lines = mended(bytes(self._held[: end.start() + 1]))
            if lines is None:
                return bytes(given) + self._as_it_came()
            data = bytes(self._held[end.end() :])
            self._held.clear()
            given += b"\r\n".join((*lines, b"", b""))
            if lines[0].startswith(b"HTTP/1.1 1"):  # an interim answer: another head follows
                if not data:
                    return bytes(given)
                continue
            self._in_head = False
            self._chunks = _Chunks() if b"transfer-encoding: chunked" in lines else None
        return bytes(given) + self._body(data)

    def _as_it_came(self) -> bytes:
        self._in_head = False
        held = bytes(self._held)
        self._held.clear()
        return held

    def _body(self, data: bytes) -> bytes:
        if self._chunks is None:
            self._of_bodies += len(data)
            return data
        given = self._chunks.feed(data)
        self._of_bodies = self._chunks.seen
        return given


def mended(head: bytes) -> list[bytes] | None:
    """The lines of a head as h11 takes them; None where it is none of HTTP. head: up to and with its last line's end."""
    status = _STATUS.match(head)
    if status is None:
        return None
    version = b"1.1" if (int(status[1] or 1), int(status[2] or 0)) >= (1, 1) else b"1.0"
    reason = status[4].strip().translate(_NO_TEXT)
    fields = [(name, value) for name, value in _fields(head[status.end() :])]
    chunked = any(name == b"transfer-encoding" and b"chunked" in value.lower() for name, value in fields)
    kept = [field for field in fields if field[0] not in {b"transfer-encoding", b"content-length"}]
    if chunked:
        kept.append((b"transfer-encoding", b"chunked"))
    else:
        kept += [(b"content-length", length) for length in _lengths(value for name, value in fields if name == b"content-length")]
    first = b"HTTP/" + version + b" " + (status[3] or b"200") + (b" " + reason if reason else b"")
    return [first, *(name + b": " + value for name, value in kept)]


def _fields(lines: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names, in lower case, and values. What has no colon or no name that could be one is passed over; a folded line belongs to
    the one before (RFC 9112 5.2)."""
    unfolded: list[bytes] = []
    for line in lines.split(b"\n"):
        if line[:1] in b" \t" and line.strip() and unfolded:
            unfolded[-1] = unfolded[-1].rstrip() + b" " + line.strip()
        elif line.strip():
            unfolded.append(line)
    for line in unfolded:
        name, colon, value = line.partition(b":")
        name = name.strip()
        if colon and _NAME.fullmatch(name):
            yield name.lower(), value.strip().translate(_NO_TEXT).strip()


def _lengths(values: Iterable[bytes]) -> list[bytes]:
    """The lengths that an answer claims, each once. What is no number is no length: the answer then ends with the connection."""
    lengths = dict.fromkeys(part.strip() for value in values for part in value.split(b","))
    return [length for length in lengths if length.isdigit() and len(length) < 16]


class _Chunks:
    """A chunked body (RFC 9112 7.1), its lines ended as h11 wants them. Trailers are left out."""

    def __init__(self) -> None:
        self.seen = 0
        """Bytes of the body."""
        self._held = b""
        self._left = 0
        self._after_data = False
        self._over = False

    def feed(self, data: bytes) -> bytes:
        """What h11 is to see of these bytes."""
        if self._over or not data:
            return b""
        out = bytearray()
        data = self._held + data
        self._held = b""
        while data and not self._over:
            if self._left:
                piece, data = data[: self._left], data[self._left :]
                self._left -= len(piece)
                self.seen += len(piece)
                self._after_data = not self._left
                out += b"%x\r\n%s\r\n" % (len(piece), piece)
                continue
            line, ended, rest = data.partition(b"\n")
            if len(line) > MOST_LINE:
                self._over = True
                return bytes(out) + b"\r\n"  # no chunk begins like that: h11 says so
            if not ended:
                self._held = data
                break
            data = rest
            if self._after_data and not line.strip():
                self._after_data = False
                continue
            size = _CHUNK_SIZE.match(line)
            if size is None:
                self._over = True
                return bytes(out) + line.rstrip(b"\r") + b"\r\n"
            self._left, self._after_data = int(size[1], 16), False
            if not self._left:
                self._over = True
                out += b"0\r\n\r\n"
        return bytes(out)


class MendedStream(httpcore.AsyncNetworkStream):
    """A connection whose answers are mended. received: told how many bytes arrived, each time."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, received: Callable[[int], None]) -> None:
        self._stream = stream
        self._received = received
        self._mender = Mender()
        self._socket: socket.socket | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the interface asks; more than one read where a head comes in pieces."""
        while True:
            data = await self._stream.read(max_bytes, timeout)
            self._received(len(data))
            try:
                given = self._mender.feed(data)
            except Endless as error:
                raise httpcore.RemoteProtocolError("more beside the body than any answer has") from error
            if given or not data:
                return given

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the interface asks."""
        if buffer:
            self._mender.begin()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """As the interface asks."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """As the interface asks."""
        return MendedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._received)

    def get_extra_info(self, info: str) -> Any:
        """As the interface asks. Whether there is something to read is asked of each connection at each request, and the stream
        below gathers all that it could tell, the peer's address among it, for each answer."""
        if info != "is_readable":
            return self._stream.get_extra_info(info)
        self._socket = self._socket or self._stream.get_extra_info("socket")
        return self._socket is None or _is_readable(self._socket)


def _is_readable(connection: socket.socket) -> bool:
    """Whether a read would end at once; so would that of one that is closed."""
    if connection.fileno() < 0:
        return True
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))
