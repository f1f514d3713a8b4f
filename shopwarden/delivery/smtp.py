"""SMTP with bounds: the library keeps as many lines of a reply as a server sends, and waits as long as something comes."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

from shopwarden.delivery.receiver import CONNECT_SECONDS, WHOLE_SECONDS

MOST_BYTES = 65_536
"""Of all replies of a session. RFC 5321 4.5.3.1.5 bounds a line of one to 512."""


class _Replies:
    """What the library reads a server's lines from, in place of a file without bounds: those of the session."""

    def __init__(self, connection: socket.socket, session: _Session) -> None:
        self._socket, self._session = connection, session
        self._read = b""

    def readline(self, most: int) -> bytes:
        """The next line, at most so long. Raises OSError where the session's bytes or seconds are used up."""
        while b"\n" not in self._read and len(self._read) < most:
            received = self._session.receive(self._socket)
            if not received:
                break
            self._read += received
        line = self._read[:most].partition(b"\n")
        whole = line[0] + line[1]
        self._read = self._read[len(whole) :]
        return whole

    def close(self) -> None:
        """The socket is the library's to close."""


class _Session:
    """What one session may use."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + WHOLE_SECONDS
        self._left = MOST_BYTES

    def receive(self, connection: socket.socket) -> bytes:
        connection.settimeout(max(0.01, self._ends - time.monotonic()))  # holds for what is sent next as well
        received = connection.recv(min(4096, self._left))
        self._left -= len(received)
        if self._left <= 0:
            raise OSError("the server talks without end")
        return received


class _Bounded(smtplib.SMTP):
    """Either kind of connection. ``file`` is where the library looks for its lines; it is None for each new connection."""

    def __init__(self, **arguments: Any) -> None:
        self._session = _Session()
        super().__init__(**arguments)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Replies(self.sock, self._session)
        return super().getreply()


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """TLS from the first byte."""


@contextlib.contextmanager
def smtp_session(plugin: Any) -> Iterator[smtplib.SMTP]:
    """A session that is ready to send, as an address of Apprise's wants it (its mail plugin). Raises OSError, SMTPException."""
    context = ssl.create_default_context()
    if not plugin.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    implicit, arguments = plugin.secure_mode == "ssl", {"host": plugin.smtp_host, "port": plugin.port, "timeout": CONNECT_SECONDS}
    session = _BoundedTls(**arguments, context=context) if implicit else _Bounded(**arguments)
    try:
        if plugin.secure_mode == "starttls":
            session.starttls(context=context)
        if plugin.user and plugin.password:
            session.login(plugin.user, plugin.password)
        yield session
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            session.quit()
        session.close()
