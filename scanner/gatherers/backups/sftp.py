"""Reads a folder's names by SFTP (protocol version 3: draft-ietf-secsh-filexfer-02, the one that OpenSSH speaks).

paramiko brings the login; the listing is our own. paramiko's stops without a word where the connection breaks between two
packets, and fails as a whole on one file name that is not UTF-8.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import logging
import re
import socket
import stat
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, cast

import paramiko

from scanner.gatherers.backups.known_hosts import KnownHost, Standing, known_host
from scanner.gatherers.backups.places import (
    SSH_PORT,
    BackupPlan,
    CannotLook,
    Entry,
    FolderMissing,
    Listing,
    SftpFolder,
    collect,
    mode_is,
    own_path,
    password_of,
)
from scanner.settings.models import BackupSettings

CONNECT_SECONDS = 15.0
LOGIN_SECONDS = 20.0
PACKET_BOUND = 1 << 20  # OpenSSH's own bound is 256 KiB
READ_BYTES = 32 * 1024  # what every server must be able to send at once (section 3)
READ_AHEAD = 16  # requests under way at once: a long listing over a slow line takes seconds, not minutes

# Without a handler of its own, Python prints a library's warnings on stderr, and paramiko's come with traces.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SftpVisit:
    """One login at one SFTP server. Blocking: run ``look`` in a thread; ``close`` may be called from any other.

    address: the server's address once connected.
    """

    def __init__(self, settings: BackupSettings, place: SftpFolder, plan: BackupPlan) -> None:
        self._settings = settings
        self._place = place
        self._plan = plan
        self._client = paramiko.SSHClient()
        self._closed = threading.Event()
        self._channel: paramiko.Channel | None = None
        self._sftp: _Sftp | None = None
        self.address = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: str = "") -> Listing:
        """Log in and read the folder, or, later, one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""
        transport = self._log_in(ends) if self._sftp is None else None
        with _Translated(self._place.host, "broke off while the folder was read"):
            if transport is not None:
                self._channel = transport.open_session(timeout=_left(ends))
                self._channel.settimeout(_left(ends))
                try:
                    self._channel.invoke_subsystem("sftp")
                except paramiko.SSHException as error:
                    raise CannotLook(f"The login at {self._place.host} works, but the server offers it no SFTP.") from error
                self._sftp = _Sftp(self._channel)
            if under:
                self._place = replace(self._place, path=self._inside(under))
            return collect(cast("_Sftp", self._sftp).entries(self._place.path), looks, ends)

    def _inside(self, name: str) -> str:
        return name if self._place.path == "." else f"{self._place.path.rstrip('/')}/{name}"

    def open(self, name: str, ends: float) -> SftpFile:
        """One file of the folder that was looked at. ends: by time.monotonic(). Raises CannotLook."""
        if self._sftp is None or self._channel is None:
            raise CannotLook("The folder was not read.")
        self._channel.settimeout(_left(ends))
        return SftpFile(self._sftp, self._place.host, self._inside(name))

    def close(self) -> None:
        """End the connection; whatever waits for it fails at once."""
        self._closed.set()
        self._client.close()

    def _log_in(self, ends: float) -> paramiko.Transport:
        place, settings = self._place, self._settings
        password = password_of(settings, self._plan.folder)
        key_file = _key_file(settings, self._plan.folder)
        known = KnownHosts.read(settings.known_hosts, self._plan.folder, place)
        self._client.set_missing_host_key_policy(_OnlyKnown(known))
        with _Translated(place.host, "broke off during the login"):
            self._client.connect(
                place.host,
                place.port,
                username=place.user or _own_name(),
                # a key's passphrase is for the key alone: it is never tried as the password of a server that refuses the key
                password=password if key_file is None else None,
                passphrase=password,
                key_filename=key_file,
                allow_agent=password is None or key_file is not None,
                look_for_keys=key_file is None and password is None,
                timeout=min(CONNECT_SECONDS, _left(ends)),
                banner_timeout=min(CONNECT_SECONDS, _left(ends)),
                auth_timeout=min(LOGIN_SECONDS, _left(ends)),
                channel_timeout=_left(ends),
                transport_factory=known.transport,
            )
            transport = self._client.get_transport()
            if transport is None or self._closed.is_set():
                raise CannotLook(f"{place.host} took too long.")
            peer = transport.getpeername()
            self.address = str(peer[0]).partition("%")[0].removeprefix("::ffff:")
            return transport


class SftpFile:
    """One file on the server, open for reading. Raises CannotLook. It is closed with the connection."""

    def __init__(self, sftp: _Sftp, host: str, path: str) -> None:
        self._sftp = sftp
        self._translated = _Translated(host, "broke off while the newest file was read")
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
    def read(cls, given: Path | None, folder: Path, place: SftpFolder) -> KnownHosts:
        """Read the file that is given, else those that ``ssh`` reads. A missing file is an empty one. Raises CannotLook."""
        files = tuple(own_path(file, folder) for file in ((given,) if given else _USUAL_FILES))
        lines: list[str] = []
        for file in files:
            try:
                lines += file.read_text(encoding="utf-8", errors="replace").split("\n")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CannotLook(f"The file of known hosts {file} cannot be read: {error.strerror}.") from error
        return cls(place, files, given is not None, known_host(place.host, place.port, lines))

    def transport(self, *arguments: Any, **options: Any) -> paramiko.Transport:
        """A transport that asks for the kinds of key that are known, so that the server does not show another one."""
        transport = paramiko.Transport(*arguments, **options)
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


_USUAL_FILES = tuple(
    Path(file) for file in ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
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


def _key_file(settings: BackupSettings, folder: Path) -> str | None:
    if settings.key_file is None:
        return None
    path = own_path(settings.key_file, folder)
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise CannotLook(f"The key file {path} cannot be read: {error.strerror}.") from error
    if b"PRIVATE KEY-----" not in head:
        raise CannotLook(f"{path} is not a usable private key. A key of PuTTY must be exported in OpenSSH's format first.")
    return str(path)


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise CannotLook("The location names no user; write sftp://user@host/folder.") from error


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.1)


class _Translated:
    """Every way in which a login or a connection fails → CannotLook in the owner's words."""

    def __init__(self, host: str, broke: str) -> None:
        self._host = host
        self._broke = broke

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, (CannotLook, FolderMissing)) or not isinstance(error, Exception):
            return
        raise CannotLook(self._words(error)) from error

    def _words(self, error: Exception) -> str:
        host = self._host
        match error:
            case paramiko.PasswordRequiredException():
                return "The key file is locked with a passphrase; give that as password, or use a key of its own without one."
            case paramiko.AuthenticationException():
                return f"{host} refuses the login: check the user name and the key or password."
            case paramiko.SSHException() if "No authentication methods" in str(error):
                return f"There is no key and no password to log in at {host} with; configure key_file."
            case socket.gaierror():
                return f"The name {host} cannot be resolved."
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

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._number = 0
        self._unwanted: set[int] = set()
        self._write(bytes([_INIT]) + struct.pack(">I", 3))
        if self._read().byte() != _VERSION:
            raise _Garbage

    def entries(self, path: str) -> Iterator[Entry]:
        """Every name in the folder but ``.`` and ``..``, as the server sends them."""
        handle = self._open(path)
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
            for _ in range(answer.number()):
                name = answer.text().decode("utf-8", "replace")
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
                raise CannotLook(f"{path} is a file; give the folder that it lies in, and a pattern for its name.")
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
    return PermissionError() if code == _PERMISSION_DENIED else OSError(f"SFTP status {code}")
