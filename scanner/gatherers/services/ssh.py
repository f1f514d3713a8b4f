"""What an SSH or SFTP server says before anybody has logged in.

Two connections. On the first we read the greeting and the KEXINIT ourselves (RFC 4253 4.2 and 7.1): both travel in clear, so
servers whose algorithms are too old for any library of today are read too. On the second paramiko agrees on keys and asks once,
with the method ``none`` and for a user whom nobody has, which login methods there are (RFC 4252 5.2). No password is ever sent.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from scanner._version import __version__
from scanner.evidence import Arrival, Closed, SshAlgorithms, SshServer, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.net.connector import LINE_BYTES, Connection, Connector, web_port
from scanner.scope.target import Target
from scanner.text.redact import redact_said
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from paramiko import Transport

READ_SECONDS = 8.0
"""For greeting and KEXINIT."""
LOGIN_SECONDS = 10.0
"""For keys and login methods."""
USER = "shopwarden-check"
"""A name that nobody has."""
PREAMBLE_LINES = 50
PREAMBLE_BYTES = 16 * 1024
PACKET_BYTES = 35_000  # RFC 4253 6.1: what every implementation must take
LOGIN_BYTES = 128 * 1024
"""A login's worth is 3 to 6 KiB; paramiko itself would read an endless greeting for as long as it is sent."""
NAMES = 100
NAME_CHARACTERS = 64  # RFC 4251 6

_VERSION = re.compile(r"SSH-([0-9]+)\.([0-9]+)-")
_DISCONNECT, _IGNORE, _DEBUG, _KEXINIT = 1, 2, 4, 20
_T = TypeVar("_T")


class Broken(CouldNotGather):
    """The conversation cannot go on; the text says why."""


@gatherer(ceiling="2 SSH connections", doing="Listening to the SSH server")
async def ssh_server(arrival: Arrival, target: Target, connector: Connector) -> SshServer:
    """Each part may be Unavailable on its own. Raises CouldNotGather where it stays unknown whether the port is open."""
    port, beside = target.service_port("ssh"), web_port(arrival, target)
    first = await connector.open("ssh", port, beside)
    if isinstance(first, Closed):
        return SshServer(target.host, port, open=False, gathered_at=connector.now(), because=first.because)
    greeting, algorithms = await _offers(first, connector)
    host_key: str | Unavailable
    methods: tuple[str, ...] | Unavailable
    if isinstance(algorithms, Unavailable):
        host_key = methods = algorithms
    else:
        host_key, methods = await _login(connector, port, beside)
    return SshServer(
        host=target.host,
        port=port,
        open=True,
        gathered_at=connector.now(),
        greeting=greeting,
        algorithms=algorithms,
        host_key=host_key,
        methods=methods,
    )


async def _offers(connection: Connection, connector: Connector) -> tuple[str | Unavailable, SshAlgorithms | Unavailable]:
    """Greeting and algorithms: as far as the server lets us come."""
    greeting: str | None = None
    ends = asyncio.get_running_loop().time() + READ_SECONDS
    try:
        greeting = await _within(ends, connector, lambda: _greeting(connection.reader, connector))
        version = _VERSION.match(greeting)
        if version is None or (version[1] != "2" and (version[1], version[2]) != ("1", "99")):
            raise Broken(f"The server does not speak SSH version 2; it says “{sanitize(greeting, 80)}”.")
        connection.writer.write(f"SSH-2.0-shopwarden_{__version__}\r\n".encode())
        return greeting, await _within(ends, connector, lambda: _kexinit(connection.reader, connector))
    except CouldNotGather as reason:
        why = Unavailable(str(reason))
        return greeting or why, why
    finally:
        connection.writer.transport.abort()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await connection.writer.wait_closed()


async def _within(ends: float, connector: Connector, step: Callable[[], Awaitable[_T]]) -> _T:
    """Raises Broken, CouldNotGather."""
    seconds = connector.seconds(max(0.001, ends - asyncio.get_running_loop().time()))
    try:
        async with asyncio.timeout(seconds):
            return await step()
    except TimeoutError as error:
        raise Broken(f"The server did not finish its SSH greeting within {READ_SECONDS:.0f} s.") from error
    except asyncio.IncompleteReadError as error:
        connector.received(len(error.partial))
        raise Broken("The server closed the connection in the middle of its SSH greeting.") from error
    except OSError as error:
        raise Broken(f"The connection broke off ({error.strerror or type(error).__name__}).") from error


async def _greeting(reader: asyncio.StreamReader, connector: Connector) -> str:
    """The identification line; other lines may come before it (RFC 4253 4.2). Raises Broken, IncompleteReadError, OSError."""
    size, said = 0, ""
    for _ in range(PREAMBLE_LINES):
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            raise Broken(f"The server sent a line of more than {LINE_BYTES} bytes instead of an SSH greeting.") from error
        except asyncio.IncompleteReadError as error:
            said = said or redact_said(sanitize(error.partial.decode("utf-8", "replace").rstrip("\r\n"), 80))
            if said:
                raise Broken(f"The server closed the connection without an SSH greeting; it says “{said}”.") from error
            raise
        connector.received(len(line))
        size += len(line)
        shown = sanitize(line.decode("utf-8", "replace").rstrip("\r\n"), 255)  # 255: the longest that RFC 4253 4.2 allows
        text = redact_said(shown)
        if text.startswith("SSH-"):
            return text
        said = said or sanitize(text, 80)
        if size > PREAMBLE_BYTES:
            break
    raise Broken(f"What answers on this port does not speak SSH; it says “{said}”.")


async def _kexinit(reader: asyncio.StreamReader, connector: Connector) -> SshAlgorithms:
    """The server's offer (RFC 4253 7.1), in clear. Raises Broken, IncompleteReadError, OSError."""
    for _ in range(4):
        payload = await _packet(reader, connector)
        kind = payload[0]
        if kind == _KEXINIT:
            return _algorithms(payload)
        if kind == _DISCONNECT:
            raise Broken(f"The server ended the talk: “{_disconnect(payload)}”.")
        if kind not in {_IGNORE, _DEBUG}:
            break
    raise Broken("The server sent something else than its list of algorithms.")


async def _packet(reader: asyncio.StreamReader, connector: Connector) -> bytes:
    """The payload of one unencrypted binary packet (RFC 4253 6)."""
    length, padding = struct.unpack(">IB", await reader.readexactly(5))
    if not 5 <= length <= PACKET_BYTES or padding + 2 > length:
        raise Broken("The server's list of algorithms is not a packet of the SSH protocol.")
    rest = await reader.readexactly(length - 1)
    connector.received(5 + len(rest))
    return rest[: length - 1 - padding]


def _algorithms(payload: bytes) -> SshAlgorithms:
    """Key exchange and host keys; then what the server *sends and takes*: both directions together, in the server's order."""
    lists: list[tuple[str, ...]] = []
    at = 17  # the message number and a cookie of 16 random bytes
    for _ in range(8):
        names, at = _names(payload, at)
        lists.append(names)
    kex, host_keys, ciphers, ciphers_out, macs, macs_out, compression, compression_out = lists
    return SshAlgorithms(
        kex=kex,
        host_keys=host_keys,
        ciphers=_both(ciphers, ciphers_out),
        macs=_both(macs, macs_out),
        compression=_both(compression, compression_out),
    )


def _names(payload: bytes, at: int) -> tuple[tuple[str, ...], int]:
    """A name-list (RFC 4251 5). Raises Broken."""
    end = at + 4
    size = int.from_bytes(payload[at:end], "big")
    if len(payload) < end + size:
        raise Broken("The server's list of algorithms ends too early.")
    names = payload[end : end + size].decode("ascii", "replace").split(",")[:NAMES]
    return tuple(sanitize(name, NAME_CHARACTERS) for name in names if name), end + size


def _both(there: tuple[str, ...], back: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(there + back))


def _disconnect(payload: bytes) -> str:
    size = int.from_bytes(payload[5:9], "big")
    return sanitize(payload[9 : 9 + min(size, 200)].decode("utf-8", "replace"), 120)


async def _login(connector: Connector, port: int, beside: int) -> tuple[str | Unavailable, tuple[str, ...] | Unavailable]:
    """Host key and login methods, by paramiko in a thread of its own."""
    try:
        seconds = connector.seconds(LOGIN_SECONDS)
        opened = await connector.connect("ssh", port, beside)
    except CouldNotGather as reason:
        return Unavailable(str(reason)), Unavailable(str(reason))
    if isinstance(opened, Closed):
        why = Unavailable("The server answered a first connection and took no more after it.")
        return why, why
    bounded = _Bounded(opened)
    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ssh")
    try:
        async with asyncio.timeout(seconds + 1):
            return await asyncio.get_running_loop().run_in_executor(threads, _ask_methods, bounded, seconds)
    except TimeoutError:
        why = Unavailable(f"The server did not agree on keys within {seconds:.0f} s.")
        return why, why
    finally:
        bounded.close()
        threads.shutdown(wait=False, cancel_futures=True)
        connector.received(bounded.taken)


class _Bounded:
    """The socket as paramiko sees it: after LOGIN_BYTES it reads as closed."""

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        self._closed = False  # paramiko looks at it when it ends its thread
        self.taken = 0

    def recv(self, size: int) -> bytes:
        """Raises TimeoutError, OSError."""
        data = self._opened.recv(min(size, LOGIN_BYTES - self.taken)) if self.taken < LOGIN_BYTES else b""
        self.taken += len(data)
        return data

    def send(self, data: bytes) -> int:
        """Raises TimeoutError, OSError."""
        return self._opened.send(data)

    def settimeout(self, seconds: float | None) -> None:
        """As a socket."""
        self._opened.settimeout(seconds)

    def close(self) -> None:
        """Ends every recv that waits in the thread, too."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._opened.shutdown(socket.SHUT_RDWR)
        self._opened.close()


def _ask_methods(opened: _Bounded, seconds: float) -> tuple[str | Unavailable, tuple[str, ...] | Unavailable]:
    """Blocks for ``seconds`` at most, and is over at once when the socket is closed."""
    import paramiko  # it costs a quarter of a second: only when it is needed

    host_key: str | None = None
    transport: Transport | None = None
    try:
        transport = paramiko.Transport(opened)  # type: ignore[arg-type]
        transport.set_log_channel(_silent_log())
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds
        transport.start_client(timeout=seconds)
        if not transport.is_active() or not transport.initial_kex_done:  # start_client returns silently when time is up
            raise Broken(f"The server did not agree on keys within {seconds:.0f} s.")
        key = transport.get_remote_server_key()
        host_key = f"{key.get_name()} SHA256:{_fingerprint(key.asbytes())}"
        return host_key, _methods(transport)
    except paramiko.ssh_exception.IncompatiblePeer:
        why = "The server's encryption is too old for us (or too new): we share no algorithm, so its login methods stay unread."
    except (paramiko.SSHException, EOFError, OSError, CouldNotGather) as error:
        text = sanitize(str(error) or type(error).__name__, 120)
        why = text if isinstance(error, CouldNotGather) else f"The server broke off before it named its login methods ({text})."
    except Exception as error:  # what paramiko raises on a stranger's bytes is not limited to its own errors
        why = f"The server's answers could not be understood ({type(error).__name__})."
    finally:
        if transport is not None:
            transport.close()
    return host_key or Unavailable(why), Unavailable(why)


def _methods(transport: Transport) -> tuple[str, ...]:
    """Raises SSHException, or Broken."""
    import paramiko

    try:
        transport.auth_none(USER)
    except paramiko.BadAuthenticationType as refusal:
        return tuple(sanitize(method, NAME_CHARACTERS) for method in refusal.allowed_types if method)[:NAMES]
    if transport.is_authenticated():
        return ("none",)
    raise Broken("The server neither refused nor let us in.")


def _fingerprint(key: bytes) -> str:
    """As ``ssh-keygen -l`` shows it."""
    return base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _silent_log() -> str:
    """A channel for paramiko's log that leads nowhere: what it would say, the evidence says."""
    name = f"{__name__}.paramiko"
    logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return name
