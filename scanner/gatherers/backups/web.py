"""A bounded client for stores and heartbeats: HTTP/1.1 to one server, nothing followed, no proxy, no compression.

What arrives is counted at the socket, whatever it is: heads, the lines between chunks, a body that has no end. One deadline holds
for all of it, so that a server which drips ends with it as well.
"""

from __future__ import annotations

import base64
import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from scanner._version import __version__
from scanner.gatherers.backups.places import CannotLook
from scanner.gatherers.backups.server import Server

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

OVERHEAD = 256 * 1024
"""Bytes of an answer beside its body: its head, and the lines between chunks."""
PART = 64 * 1024


class TooMuch(Exception):
    """The server sends more than it was asked for."""


class Wire:
    """A connected socket as ``http.client`` uses it, within a deadline and a number of bytes. ends: by time.monotonic()."""

    def __init__(self, opened: socket.socket, ends: float) -> None:
        self._opened = opened
        self.ends = ends
        self.most = 0
        """Bytes that may still arrive."""
        self._readers = 0
        self._closed = False

    def sendall(self, data: bytes) -> None:
        """As a socket. Raises TimeoutError, OSError."""
        self._in_time()
        self._opened.sendall(data)

    def makefile(self, _mode: str, *_more: Any) -> IO[bytes]:
        """What arrives, to be read; the socket stays open until that is closed too."""
        self._readers += 1
        return cast("IO[bytes]", io.BufferedReader(_Arriving(self)))

    def read_into(self, buffer: WriteableBuffer) -> int:
        """Raises TimeoutError, TooMuch, OSError."""
        self._in_time()
        if self.most <= 0:
            raise TooMuch
        count = self._opened.recv_into(memoryview(buffer)[: self.most])
        self.most -= count
        return count

    def close(self) -> None:
        """As a socket."""
        self._closed = True
        if not self._readers:
            self._opened.close()

    def read_to_the_end(self) -> None:
        """One reader less."""
        self._readers -= 1
        if self._closed:
            self.close()

    def _in_time(self) -> None:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._opened.settimeout(left)


class _Arriving(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._wire.read_into(buffer)

    def close(self) -> None:
        if not self.closed:
            self._wire.read_to_the_end()
        super().close()


class _Connection(http.client.HTTPConnection):
    """wire: how its socket is made."""

    def __init__(self, host: str, port: int, wire: Any) -> None:
        super().__init__(host, port)
        self._wire = wire

    def connect(self) -> None:
        self.sock = self._wire()


class Web:
    """One server. host: its name in ASCII. port: None for the usual one. encrypted: then its certificate must hold for the name.

    ends: by time.monotonic(). address: the server's, once connected. authority: as it stands in ``Host``.
    """

    def __init__(self, server: Server, host: str, port: int | None, ends: float, *, encrypted: bool) -> None:
        self._server = server
        self._encrypted = encrypted
        self._host = host
        usual = 443 if encrypted else 80
        self._port = port or usual
        self._named = f"[{host}]" if ":" in host else host
        self.authority = self._named if self._port == usual else f"{self._named}:{self._port}"
        self.ends = ends
        self.address = ""
        self._wire: Wire | None = None
        self._connection = _Connection(self._named, self._port, self._connected)

    @contextmanager
    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"", *, most: int
    ) -> Iterator[http.client.HTTPResponse]:
        """One request; its answer is there for the block. target: path and query, encoded. most: bytes of the answer's body.

        Raises TimeoutError, TooMuch, OSError, http.client.HTTPException, CannotLook.
        """
        sent = {
            "Host": self.authority,
            "User-Agent": f"shopwarden/{__version__}",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        try:
            answer = self._asked(method, target, sent, body, most)
            try:
                yield answer
            finally:
                whole = answer.isclosed() or answer.length == 0
                answer.close()
            if not whole:
                self.close()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection; the next request makes another one."""
        self._connection.close()

    def _asked(self, method: str, target: str, headers: Mapping[str, str], body: bytes, most: int) -> http.client.HTTPResponse:
        again = self._connection.sock is not None  # kept from the request before: it may have been ended meanwhile
        while True:
            try:
                if self._connection.sock is None:
                    self._connection.connect()
                cast("Wire", self._wire).most = most + OVERHEAD
                self._connection.request(method, target, body or None, dict(headers))
                return self._connection.getresponse()
            except ConnectionError:  # http.client's word for an end without an answer is one
                self.close()
                if not again:
                    raise
                again = False

    def _connected(self) -> Wire:
        opened, self.address = self._server.connect(self._port, self.ends)
        if self._encrypted:
            try:
                opened = ssl.create_default_context().wrap_socket(opened, server_hostname=self._host)
            except BaseException:
                opened.close()
                raise
        self._wire = Wire(opened, self.ends)
        return self._wire


def authorization(user: str, password: str) -> dict[str, str]:
    """The header of a login (RFC 7617); none where there is no user."""
    login = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {login}"} if user else {}


def parts_of(answer: http.client.HTTPResponse, most: float = math.inf) -> Iterator[bytes]:
    """An answer's body, or so many bytes of it, as it comes. Raises IncompleteRead where it ends before the length that it told:
    else a server that cuts each answer short would be asked again and again for what follows, until the time is over.
    """
    while most > 0 and (part := answer.read(int(min(most, PART)))):
        yield part
        most -= len(part)
    if most > 0 and answer.length:
        raise http.client.IncompleteRead(b"", answer.length)


def failure(host: str, error: Exception) -> CannotLook:
    """Every way in which a conversation fails, in the owner's words."""
    match error:
        case ssl.SSLCertVerificationError():
            return CannotLook(f"The certificate of {host} is not trusted, so we did not log in.")
        case ConnectionRefusedError():
            return CannotLook(f"{host} cannot be reached: nothing listens on that port, or a firewall keeps us out.")
        case TimeoutError():
            return CannotLook(f"{host} did not answer in time.")
        case TooMuch():
            return CannotLook(f"{host} sends much more than it was asked for, so we hung up.")
        case _:
            return CannotLook(f"The connection to {host} broke off ({type(error).__name__}).")


@contextmanager
def telling(host: str) -> Iterator[None]:
    """Whatever fails in the block is told in the owner's words. Raises CannotLook."""
    try:
        yield
    except (OSError, http.client.HTTPException, TooMuch) as error:
        raise failure(host, error) from error
