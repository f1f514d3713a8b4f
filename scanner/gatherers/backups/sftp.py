"""Reads a folder's names by SFTP (protocol version 3: draft-ietf-secsh-filexfer-02, the one that OpenSSH speaks).

paramiko brings the login; the listing is our own. paramiko's stops without a word where the connection breaks between two
packets, and fails as a whole on one file name that is not UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import math
import re
import socket
import stat
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self, cast

import paramiko

from scanner.gatherers.backups.known_hosts import KnownHost, Standing, known_host
from scanner.gatherers.backups.places import (
    GONE,
    LIST_BYTES,
    SSH_PORT,
    CannotLook,
    Entry,
    FolderMissing,
    Listing,
    Login,
    SftpFolder,
    collect,
    mode_is,
    readable,
)
from scanner.gatherers.backups.server import CONNECT_SECONDS, Server

LOGIN_SECONDS = 20.0
PACKET_BOUND = 1 << 20  # OpenSSH's own bound is 256 KiB
READ_BYTES = 32 * 1024  # what every server must be able to send at once (section 3)
UNASKED = 4 * 1024 * 1024
RATIO = 4
READ_AHEAD = 16  # requests under way at once: a long listing over a slow line takes seconds, not minutes

# Without a handler of its own, Python prints a library's warnings on stderr, and paramiko's come with traces.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SftpVisit:
    """One login at one SFTP server. Blocking. address: the server's, once connected."""

    def __init__(self, place: SftpFolder, login: Login, server: Server) -> None:
        self._place = place
        self._server = server
        self._login = login
        self._client = paramiko.SSHClient()
        self._line: Line | None = None
        self._channel: paramiko.Channel | None = None
        self._sftp: _Sftp | None = None
        self.address = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
        """Log in and read the folder, or, later, one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""
        transport = self._log_in(ends) if self._sftp is None else None
        with self._translated("broke off while the folder was read"):
            if transport is not None:
                self._channel = transport.open_session(timeout=_left(ends))
                self._channel.settimeout(_left(ends))
                try:
                    self._channel.invoke_subsystem("sftp")
                except paramiko.SSHException as error:
                    raise CannotLook(f"The login at {self._place.host} works, but the server offers it no SFTP.") from error
                self._sftp = _Sftp(_Drained(self._channel, cast("Line", self._line)))
            elif self._channel is not None:
                self._channel.settimeout(_left(ends))
            return collect(cast("_Sftp", self._sftp).entries(self._inside(*under), ends), looks, ends, under)

    def _inside(self, *names: str) -> str:
        path = self._place.path
        return "/".join((path.rstrip("/"), *names) if path != "." else names) if names else path

    def open(self, under: tuple[str, ...], name: str, ends: float) -> SftpFile:
        """One file of the folder, or of one in it. ends: by time.monotonic(). Raises CannotLook."""
        if self._sftp is None or self._channel is None:
            raise CannotLook("The folder was not read.")
        self._channel.settimeout(_left(ends))
        return SftpFile(self._sftp, self._translated("broke off while the newest file was read"), self._inside(*under, name))

    def close(self) -> None:
        """End the connection; whatever waits for it fails at once."""
        self._client.close()
        if self._line is not None:
            self._line.close()

    def _translated(self, broke: str) -> _Translated:
        return _Translated(self._place.host, broke, self._line)

    def _log_in(self, ends: float) -> paramiko.Transport:
        place, login = self._place, self._login
        known = KnownHosts.read(login.known_hosts, login.given, place)
        self._client.set_missing_host_key_policy(_OnlyKnown(known))
        broke = "broke off during the login"
        with self._translated(broke):
            opened, self.address = self._server.connect(place.port, ends)
            self._line = Line(opened)
        with self._translated(broke), _in_time(self._line):
            self._client.connect(
                place.host,
                place.port,
                username=login.user,
                # a key's passphrase is for the key alone: it is never tried as the password of a server that refuses the key
                password=None if login.keys else login.password,
                passphrase=login.password,
                key_filename=cast("str", [str(file) for file in login.keys]),  # one, or a list of them
                allow_agent=bool(login.environment),
                look_for_keys=False,
                banner_timeout=min(CONNECT_SECONDS, _left(ends)),
                auth_timeout=min(LOGIN_SECONDS, _left(ends)),
                channel_timeout=_left(ends),
                transport_factory=partial(known.transport, seconds=min(LOGIN_SECONDS, _left(ends))),
                sock=cast("socket.socket", self._line),
            )
            return cast("paramiko.Transport", self._client.get_transport())


class Line:
    """The connection as paramiko sees it: what arrives is counted here, whatever it is.

    A server that sends much without being asked (on the error channel, in packets that mean nothing) is hung up on: between two
    pieces that we took, at most UNASKED bytes arrive, and in all at most RATIO times what we took. over: whether it was. ended:
    whether the other side hung up.
    """

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        self._closed = False  # paramiko looks at it when it ends its thread
        self._all = self._since = self._taken = 0
        self.over = self.ended = False

    def recv(self, size: int) -> bytes:
        """Raises TimeoutError, OSError."""
        if self.over:
            return b""
        with self._noticing():
            data = self._opened.recv(size)
        self.ended = self.ended or not data
        self._all += len(data)
        self._since += len(data)
        self.over = self._since > UNASKED or self._all > UNASKED + RATIO * self._taken
        return b"" if self.over else data

    def took(self, size: int) -> None:
        """So much of it was what we asked for."""
        self._taken += size
        self._since = 0

    def send(self, data: bytes) -> int:
        """Raises TimeoutError, OSError."""
        with self._noticing():
            return self._opened.send(data)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise
        except OSError:
            self.ended = True
            raise

    def settimeout(self, seconds: float | None) -> None:
        """As a socket."""
        self._opened.settimeout(seconds)

    def getpeername(self) -> Any:
        """As a socket."""
        return self._opened.getpeername()

    def close(self) -> None:
        """Ends every recv that waits in paramiko's thread, too."""
        self._closed = True
        with suppress(OSError):
            self._opened.shutdown(socket.SHUT_RDWR)
        self._opened.close()


class _Drained:
    """A channel whose error channel is read and forgotten, so that it fills no memory."""

    def __init__(self, channel: paramiko.Channel, line: Line) -> None:
        self._channel = channel
        self._line = line

    def recv(self, size: int) -> bytes:
        """As the channel."""
        data = self._channel.recv(size)
        while self._channel.recv_stderr_ready():
            self._channel.recv_stderr(READ_BYTES)
        self._line.took(len(data))
        return data

    def sendall(self, data: bytes) -> None:
        """As the channel."""
        self._channel.sendall(data)


class SftpFile:
    """One file on the server, open for reading. Raises CannotLook. It is closed with the connection."""

    def __init__(self, sftp: _Sftp, translated: _Translated, path: str) -> None:
        self._sftp = sftp
        self._translated = translated
        with self._translated:
            self._handle = sftp.open_file(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return

    @property
    def size(self) -> int:
        """Bytes, as it is now."""
        with self._translated:
            return self._sftp.size(self._handle)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""
        with self._translated:
            return self._sftp.read(self._handle, offset, length)


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """The keys that the owner has confirmed for one server, and where they stand. given: whether he named that file."""

    place: SftpFolder
    files: tuple[Path, ...]
    given: bool
    known: KnownHost

    @classmethod
    def read(cls, files: tuple[Path, ...], given: bool, place: SftpFolder) -> KnownHosts:
        """A missing file is an empty one. Raises CannotLook."""
        lines: list[str] = []
        for file in files:
            try:
                lines += file.read_text(encoding="utf-8", errors="replace").split("\n")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CannotLook(f"The file of known hosts {file} cannot be read: {error.strerror}.") from error
        return cls(place, files, given, known_host(place.host, place.port, lines))

    def transport(self, *arguments: Any, seconds: float, **options: Any) -> paramiko.Transport:
        """A transport that asks for the kinds of key that are known, so that the server does not show another one. seconds: for
        agreeing on a key."""
        transport = paramiko.Transport(*arguments, **options)
        transport.handshake_timeout = seconds
        security = transport.get_security_options()
        known = {name for kind, _ in self.known.keys for name in _algorithms(kind)}
        security.key_types = sorted(security.key_types, key=lambda name: name not in known)
        return transport

    def confirm(self, key: paramiko.PKey) -> None:
        """Raises CannotLook where this is not one of the known keys."""
        host, file, shown = self.place.host, self.files[0], f"{key.get_name()} {key.fingerprint}"
        standing = self.known.standing((key.get_name(), key.asbytes()))
        if standing is Standing.CONFIRMED:
            return
        if standing is Standing.REVOKED:
            raise CannotLook(
                f"WARNING: {host} shows a host key that {file} marks as revoked. Somebody may be posing as your backup server. "
                f"We did not log in. Seen: {shown}. Ask whoever runs the server."
            )
        if standing is Standing.CHANGED:
            known = ", ".join(sorted(f"{kind} {_fingerprint(blob)}" for kind, blob in self.known.keys))
            raise CannotLook(
                f"WARNING: {host} shows another host key than the one you confirmed. Somebody may be posing as your backup "
                f"server, or it was set up anew. We did not log in. Seen: {shown}. Known from {file}: {known}. Ask whoever "
                "runs the server for its fingerprint before you change anything."
            )
        if self.known.authority:
            raise CannotLook(
                f"{file} trusts a certificate authority for {host}. Host certificates are not supported; add its key, after you "
                f"compared it with what whoever runs the server tells you. Seen: {shown}."
            )
        port = "" if self.place.port == SSH_PORT else f"-P {self.place.port} "
        option = f"-o UserKnownHostsFile={file} " if self.given else ""
        raise CannotLook(
            f"We do not know the host key of {host}, so we did not log in. Seen: {shown}. To confirm it, log in once by hand "
            f"with “sftp {option}{port}user@{host}” (your own user name for “user”), compare the fingerprint that it shows with "
            "the one that whoever runs the server tells you, answer yes only if they are the same, and scan again."
        )


def _fingerprint(blob: bytes) -> str:
    """As ``ssh-keygen -l`` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


class _OnlyKnown(paramiko.MissingHostKeyPolicy):
    """Called for every server, because the client itself is given no known hosts: no key is ever accepted but the known ones."""

    def __init__(self, known: KnownHosts) -> None:
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        self._known.confirm(key)


def _algorithms(key_type: str) -> tuple[str, ...]:
    """The signature algorithms of a key type (RFC 8332: one RSA key, several algorithms)."""
    return ("rsa-sha2-512", "rsa-sha2-256") if key_type == "ssh-rsa" else (key_type,)


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.1)


def _waited(error: Exception) -> bool:
    """Whether paramiko waited in vain, where the other side has not hung up. Its errors for that are those of a refused login and
    of a broken line, too; only their words differ."""
    return isinstance(error, paramiko.SSHException) and bool(re.search(r"timeout|protocol banner", str(error), re.IGNORECASE))


@contextmanager
def _in_time(line: Line) -> Iterator[None]:
    """For agreeing on a key: what paramiko calls the end of a line that has not ended is a TimeoutError."""
    try:
        yield
    except EOFError:
        if line.ended or line.over:
            raise
        raise TimeoutError from None


class _Translated:
    """Every way in which a login or a connection fails → CannotLook in the owner's words."""

    def __init__(self, host: str, broke: str, line: Line | None) -> None:
        self._host = host
        self._broke = broke
        self._line = line

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, (CannotLook, FolderMissing)) or not isinstance(error, Exception):
            return
        raise CannotLook(self._words(error)) from error

    def _words(self, error: Exception) -> str:
        host = self._host
        if self._line is not None and self._line.over:
            return f"{host} sends much more than it was asked for, so we hung up."
        if self._line is not None and not self._line.ended and _waited(error):
            return f"{host} did not answer in time."
        match error:
            case FileNotFoundError():
                return GONE
            case paramiko.PasswordRequiredException():
                return "The key file is locked with a passphrase; give that as password, or use a key of its own without one."
            case paramiko.AuthenticationException():
                return f"{host} refuses the login: check the user name and the key or password."
            case paramiko.SSHException() if "No authentication methods" in str(error):
                return f"There is no key and no password to log in at {host} with; configure key_file."
            case TimeoutError():
                return f"{host} did not answer in time."
            case paramiko.ssh_exception.NoValidConnectionsError() | ConnectionRefusedError():
                return f"{host} cannot be reached: nothing listens on that port, or a firewall keeps us out."
            case PermissionError():
                return f"{host} does not let this login read what is there."
            case EOFError() | ConnectionError() | _Garbage():
                return f"The connection to {host} {self._broke}."
            case _:
                return f"The connection to {host} {self._broke} ({_quoted(error)})."


def _quoted(error: Exception) -> str:
    """An error's text, bounded and printable: part of it comes from the server."""
    text = re.sub(r"\s+", " ", str(error) or type(error).__name__)
    return "".join(c if c.isprintable() else "�" for c in text)[:120]


class _Garbage(Exception):
    """The server does not keep to the protocol."""


@dataclass(frozen=True, slots=True)
class _Attributes:
    """ATTRS of a file (section 5); None where the server does not say."""

    st_size: int | None
    st_mode: int | None
    st_mtime: int | None


_INIT, _VERSION, _OPEN, _READ, _FSTAT, _OPENDIR, _READDIR, _STAT = 1, 2, 3, 5, 8, 11, 12, 17
_STATUS, _HANDLE, _DATA, _NAME, _ATTRS = 101, 102, 103, 104, 105
_FOR_READING = 1
_EOF, _NO_SUCH_FILE, _PERMISSION_DENIED = 1, 2, 3


class _Sftp:
    """The few requests that reading a folder and its files takes; none of them changes anything.

    Raises EOFError (cut off), OSError, _Garbage, FolderMissing.
    """

    def __init__(self, channel: _Drained | paramiko.Channel) -> None:
        self._channel = channel
        self._number = 0
        self._unwanted: set[int] = set()
        self._write(bytes([_INIT]) + struct.pack(">I", 3))
        if self._read().byte() != _VERSION:
            raise _Garbage

    def entries(self, path: str, ends: float = math.inf) -> Iterator[Entry]:
        """Every name in the folder but ``.`` and ``..``, as the server sends them. ends: by time.monotonic()."""
        handle = self._open(path)
        left = LIST_BYTES
        waiting: deque[int] = deque()
        while True:
            while len(waiting) < READ_AHEAD:
                waiting.append(self._ask(_READDIR, handle))
            kind, answer = self._answer(waiting.popleft())
            if kind == _STATUS:
                code = answer.number()
                if code == _EOF:
                    self._unwanted.update(waiting)
                    return
                raise _refusal(code)
            if kind != _NAME:
                raise _Garbage
            left -= answer.size
            if left < 0:
                raise CannotLook("The list of names is longer than any folder's.")
            if time.monotonic() > ends:
                raise TimeoutError
            for _ in range(answer.number()):
                name = answer.text().decode("utf-8", "surrogateescape")
                answer.text()  # the line that ls -l would show
                attributes = answer.attributes()
                if name not in {".", ".."}:
                    yield _entry(name, attributes)

    def open_file(self, path: str) -> bytes:
        """A handle for reading."""
        kind, answer = self._answer(
            self._ask(_OPEN, path.encode("utf-8", "surrogateescape"), struct.pack(">II", _FOR_READING, 0))
        )
        if kind == _HANDLE:
            return answer.text()
        if kind != _STATUS:
            raise _Garbage
        raise _refusal(answer.number())

    def size(self, handle: bytes) -> int:
        """Bytes, as the file is now."""
        kind, answer = self._answer(self._ask(_FSTAT, handle))
        if kind == _STATUS:
            raise _refusal(answer.number())
        size = answer.attributes().st_size if kind == _ATTRS else None
        if size is None:
            raise _Garbage
        return size

    def read(self, handle: bytes, offset: int, length: int) -> bytes:
        """These bytes, asked for in pieces that travel at once; fewer only at the file's end."""
        data = bytearray()
        while len(data) < length and (part := self._run(handle, offset + len(data), length - len(data))):
            data += part
        return bytes(data)

    def _run(self, handle: bytes, offset: int, length: int) -> bytes:
        """As far as the pieces come without a gap: a server may send less than was asked for. Empty at the file's end."""
        data, whole = bytearray(), True
        pieces = [(at, min(READ_BYTES, length - at)) for at in range(0, length, READ_BYTES)][:READ_AHEAD]
        asked = [self._ask(_READ, handle, struct.pack(">QI", offset + at, size)) for at, size in pieces]
        for number, (_, size) in zip(asked, pieces, strict=True):
            kind, answer = self._answer(number)
            if kind == _STATUS and (code := answer.number()) != _EOF:
                raise _refusal(code)
            part = answer.text() if kind == _DATA else b""
            if kind not in {_DATA, _STATUS} or len(part) > size:
                raise _Garbage
            if whole:
                data += part
            whole = whole and len(part) == size
        return bytes(data)

    def _open(self, path: str) -> bytes:
        kind, answer = self._answer(self._ask(_OPENDIR, path.encode("utf-8", "surrogateescape")))
        if kind == _HANDLE:
            return answer.text()
        code = answer.number()
        if code == _PERMISSION_DENIED:
            raise _refusal(code)
        # Servers do not agree on what they call a file where a folder should be: ask what is there.
        kind, answer = self._answer(self._ask(_STAT, path.encode("utf-8", "surrogateescape")))
        if kind == _ATTRS:
            if mode_is(answer.attributes().st_mode, stat.S_ISREG):
                raise CannotLook(f"{readable(path)} is a file; give the folder that it lies in, and a pattern for its name.")
            raise _refusal(code)
        if kind == _STATUS and answer.number() == _NO_SUCH_FILE:
            raise FolderMissing
        raise _refusal(code)

    def _ask(self, kind: int, text: bytes, more: bytes = b"") -> int:
        self._number += 1
        self._write(bytes([kind]) + struct.pack(">II", self._number, len(text)) + text + more)
        return self._number

    def _answer(self, number: int) -> tuple[int, _Packet]:
        """Answers to what was asked ahead and is no longer wanted, as after a folder's end, are passed over."""
        for _ in range(READ_AHEAD + 1):
            packet = self._read()
            kind, answered = packet.byte(), packet.number()
            if answered == number:
                return kind, packet
            if answered not in self._unwanted:
                break
            self._unwanted.discard(answered)
        raise _Garbage

    def _write(self, payload: bytes) -> None:
        self._channel.sendall(struct.pack(">I", len(payload)) + payload)

    def _read(self) -> _Packet:
        (size,) = struct.unpack(">I", self._exactly(4))
        if not 0 < size <= PACKET_BOUND:
            raise _Garbage
        return _Packet(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._channel.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)


class _Packet:
    """Reads a packet's fields in order (RFC 4251 5). Raises _Garbage where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def size(self) -> int:
        """Bytes, all fields together."""
        return len(self._data)

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self._take(size), "big")

    def text(self) -> bytes:
        return self._take(self.number())

    def attributes(self) -> _Attributes:
        flags = self.number()
        size = self.number(8) if flags & 1 else None
        if flags & 2:  # user and group
            self._take(8)
        mode = self.number() if flags & 4 else None
        modified = None
        if flags & 8:
            self._take(4)  # time of last reading
            modified = self.number()
        if flags & 0x80000000:
            for _ in range(self.number()):
                self.text()
                self.text()
        return _Attributes(size, mode, modified)

    def _take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise _Garbage
        self._at += size
        return part


def _entry(name: str, attributes: _Attributes) -> Entry:
    return Entry(name, mode_is(attributes.st_mode, stat.S_ISREG), mode_is(attributes.st_mode, stat.S_ISDIR), lambda: attributes)


def _refusal(code: int) -> OSError:
    if code == _NO_SUCH_FILE:
        return FileNotFoundError()
    return PermissionError() if code == _PERMISSION_DENIED else OSError(f"SFTP status {code}")
