"""Reads a folder by FTP over TLS (RFC 959, RFC 4217): login and data encrypted, the certificate checked.

The standard library's client, because it can use one TLS session for both connections, which many servers insist on. Exact times
come from MLSD (RFC 3659), or from MDTM for each file that is named like a backup.
"""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn, Self, cast

from scanner.gatherers.backups.names import may_be_one
from scanner.gatherers.backups.places import (
    GONE,
    LIST_BYTES,
    MOST_NAMES,
    CannotLook,
    Entry,
    FolderMissing,
    FtpsFolder,
    Listing,
    Login,
    collect,
    readable,
)
from scanner.gatherers.backups.server import CONNECT_SECONDS, Server
from scanner.text.sanitize import sanitize

IMPLICIT_PORT = 990
MOST_ASKED = 1000
"""Files whose size and time are asked for one by one, where the server has no MLSD."""
LINE_BYTES = 4096
"""Of one line of a list; no file system has longer names."""
CONTROL_BYTES = 4 * 1024 * 1024


class _TooMuch(ftplib.Error):
    """The server talks without end."""


class _Client(ftplib.FTP_TLS):
    """With TLS from the first byte where wanted, one TLS session for all connections, and a bound on what is said."""

    implicit = False
    said = 0
    data: socket.socket | None = None
    """Over which a file comes. While it is open, no other question is answered."""
    listing = False
    """Whether a list of names was begun and not read to its end: what is said next would answer to that."""

    def greet(self, host: str, opened: socket.socket) -> str:
        """As ``connect``, which would look the name up itself. host: which the certificate must hold for."""
        self.host, self.af = host, opened.family
        self.sock = self.context.wrap_socket(opened, server_hostname=host) if self.implicit else opened
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        opened, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        control = cast("ssl.SSLSocket", self.sock)
        return self.context.wrap_socket(opened, server_hostname=self.host, session=control.session), size

    def hang_up(self) -> None:
        """End the file that is being read, if there is one."""
        if self.data is None:
            return
        self.data.close()
        self.data = None
        with suppress(ftplib.error_temp, ftplib.error_perm):  # 226 where all was sent, 426 or 451 where we ended it
            self.voidresp()

    def getline(self) -> str:
        line = super().getline()
        self.said += len(line)
        if self.said > CONTROL_BYTES:
            raise _TooMuch
        return line


@dataclass(frozen=True, slots=True)
class _Facts:
    """Size and time, as the server tells them."""

    st_size: int | None
    st_mtime: float | None


class FtpsVisit:
    """One login at one FTP server. Blocking."""

    def __init__(self, place: FtpsFolder, login: Login, server: Server) -> None:
        self._place = place
        self._server = server
        self._login = login
        self._client: _Client | None = None
        self._entered = False
        self._inside: tuple[str, ...] = ()
        self.address = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
        """Log in and read the folder, or, later, one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""
        with _Translated(self._place.host):
            client = self._client or self._log_in(ends)
            self._enter(client, under, ends)
            return collect(self._entries(client, looks, ends), looks, ends, under)

    def _enter(self, client: _Client, under: tuple[str, ...], ends: float) -> None:
        """Change into the folder, or into one in it. Raises FolderMissing, CannotLook, and the library's errors."""
        if client.listing:
            raise ConnectionError("a list of names was not read to its end")
        if not self._entered:
            if self._place.path not in {"", "."}:
                self._change(client, _spoken(self._place.path), ends)
            self._entered = True
        while self._inside != under[: len(self._inside)]:
            client.voidcmd("CDUP")
            self._inside = self._inside[:-1]
        for name in under[len(self._inside) :]:
            self._change(client, _spoken(name), ends)
            self._inside += (name,)

    def _change(self, client: _Client, path: str, ends: float) -> None:
        """550 says that a folder is not there as well as that it may not be entered, each server in words of its own: the folder
        that it should lie in is asked for its names. Raises FolderMissing, CannotLook, and the library's errors."""
        try:
            client.cwd(path)
            return
        except ftplib.error_perm as error:
            if str(error)[:3] != "550":
                raise
            refused = error
        above, slash, name = path.rstrip("/").rpartition("/")
        if slash:
            self._change(client, above or "/", ends)
        if name in {line.rpartition("/")[2] for line in self._names(client, ends)}:
            raise CannotLook(f"{self._place.host} does not let this login read what is there.") from refused
        raise FolderMissing from refused

    def _names(self, client: _Client, ends: float) -> list[str]:
        """The bare names in the current folder, as the server sends them. Raises CannotLook where it does not tell them."""
        try:
            return list(_lines(client, "NLST", ends))
        except (ftplib.error_perm, ftplib.error_temp) as error:
            if self._is_empty(client, error, ends):
                return []
            raise CannotLook(f"{self._place.host} refuses: “{sanitize(_heard(str(error)), 120)}”.") from error

    def _is_empty(self, client: _Client, error: ftplib.Error, ends: float) -> bool:
        """Whether 450 or 550 in answer to a question for names means that there are none. Where its words do not say so, LIST is
        asked: a list without an entry is an empty one."""
        said = str(error)
        if said[:3] not in {"450", "550"} or _DENIED.search(said):
            return False
        if _NOTHING.search(said):
            return True
        try:
            return not [line for line in _lines(client, "LIST", ends) if line and not line.lower().startswith("total")]
        except (ftplib.error_perm, ftplib.error_temp):
            return False

    def open(self, under: tuple[str, ...], name: str, ends: float) -> FtpsFile:
        """One file of the folder, or of one in it. Raises CannotLook, FolderMissing."""
        if self._client is None:
            raise CannotLook("The folder was not read.")
        with _Translated(self._place.host):
            self._enter(self._client, under, ends)
        return FtpsFile(self._client, self._place.host, _spoken(name), ends)

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()

    def _log_in(self, ends: float) -> _Client:
        place, password = self._place, self._login.password or ""
        client = _Client(context=ssl.create_default_context(), timeout=_left(ends, CONNECT_SECONDS), encoding="latin-1")
        self._client = client
        client.implicit = place.port == IMPLICIT_PORT
        opened, self.address = self._server.connect(place.port, ends)
        client.greet(place.host, opened)
        # over TLS: the library encrypts first, and fails where the server cannot
        client.login(_spoken(place.user), _spoken(password))
        client.prot_p()
        return client

    def _entries(self, client: _Client, looks: Callable[[str], bool], ends: float) -> Iterator[Entry]:
        """Raises CannotLook, and the library's errors."""
        features = ""
        try:
            features = client.sendcmd("FEAT").upper()
        except ftplib.error_perm:
            features = ""
        if re.search(r"^ ?MLST|^ MLSD", features, re.MULTILINE):
            yield from self._told(client, ends)
            return
        names = [line.rpartition("/")[2] for line in self._names(client, ends)]  # all of them first: one question at a time
        client.voidcmd("TYPE I")
        # what may be a backup under a name that we do not know is worth the questions only where there is no other
        wanted = looks if any(looks(readable(_heard(name))) for name in names) else lambda name: looks(name) or may_be_one(name)
        asked = 0
        for name in names:
            heard = _heard(name)
            if not wanted(readable(heard)):
                perhaps = "." not in name[-6:] or _DATED.search(name) is not None
                yield Entry(heard, regular=True, folder=False, measure=lambda: _Facts(None, None), perhaps=perhaps)
                continue
            asked += 1
            if asked > MOST_ASKED:
                raise CannotLook(
                    f"The server tells sizes and times only one by one, and there are more than {MOST_ASKED:,} files."
                )
            if time.monotonic() > ends:
                raise CannotLook(f"The time was over after {asked:,} names.")
            try:
                facts_of = _Facts(client.size(name), _moment(client.sendcmd(f"MDTM {name}").partition(" ")[2]))
            except ftplib.error_perm:  # a folder, or one that we may not see: looking into it tells
                yield Entry(heard, regular=False, folder=True, measure=lambda: _Facts(None, None))
                continue
            yield Entry(heard, regular=True, folder=False, measure=partial(_same, facts_of))

    def _told(self, client: _Client, ends: float) -> Iterator[Entry]:
        """What MLSD tells. Raises CannotLook, and the library's errors."""
        try:
            for line in _lines(client, "MLSD", ends):
                facts, _, name = line.partition(" ")
                told = dict(fact.lower().split("=", 1) for fact in facts.split(";") if "=" in fact)
                if told.get("type") not in {"cdir", "pdir"} and name not in {".", ".."}:
                    yield _mlsd_entry(_heard(name), told)
        except (ftplib.error_perm, ftplib.error_temp) as error:
            if not self._is_empty(client, error, ends):
                raise


_DENIED = re.compile(r"denied|permission|not allowed|not permitted|forbidden|privilege|access|verweigert|refus", re.IGNORECASE)
_NOTHING = re.compile(r"no files?\b|no such file|not found|empty|no matching|nothing", re.IGNORECASE)
_DATED = re.compile(r"\d{4}[-_.]?\d\d[-_.]?\d\d")


def _spoken(name: str) -> str:
    """A name as the library sends it: it speaks Latin-1, so that every byte goes through as it is."""
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _heard(name: str) -> str:
    """The way back. What is no UTF-8 stands as surrogates."""
    return name.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _same(facts: _Facts) -> _Facts:
    """What was measured already: these servers tell it only file by file, while the names are read."""
    return facts


class FtpsFile:
    """One file, read in order: reading on costs nothing, reading elsewhere a new connection. Raises CannotLook.

    Several may be open at once, as the pieces of an archive are; only one of them is being sent.
    """

    def __init__(self, client: _Client, host: str, name: str, ends: float) -> None:
        self._client = client
        self._name = name
        self._translated = _Translated(host, reading=True)
        self._data: socket.socket | None = None
        self._at = 0
        with self._translated:
            cast("socket.socket", client.sock).settimeout(_left(ends, CONNECT_SECONDS))
            client.timeout = _left(ends, CONNECT_SECONDS)
            client.hang_up()
            client.voidcmd("TYPE I")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._data is not None and self._client.data is self._data:
            with suppress(CannotLook), self._translated:
                self._client.hang_up()

    @property
    def size(self) -> int:
        """Bytes, as it is now; the data connection must end for the question, as some servers answer nothing meanwhile."""
        with self._translated:
            self._client.hang_up()
            size = self._client.size(self._name)
            if size is None:
                raise CannotLook("The server does not tell the size of its files.")
            return size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""
        with self._translated:
            if self._data is None or self._client.data is not self._data or self._at != offset:
                self._client.hang_up()
                self._data = self._client.transfercmd(f"RETR {self._name}", rest=offset or None)
                self._client.data, self._at = self._data, offset
            data = bytearray()
            while len(data) < length and (part := self._data.recv(min(length - len(data), 65_536))):
                data += part
            self._at += len(data)
            return bytes(data)


def _lines(client: _Client, command: str, ends: float) -> Iterator[str]:
    """The lines of a listing, as they come. Raises the library's errors."""
    client.voidcmd("TYPE A")
    with client.transfercmd(command) as data, data.makefile("rb") as file:
        client.listing = True
        left = LIST_BYTES
        for _ in range(MOST_NAMES + 2):
            line = file.readline(LINE_BYTES)
            left -= len(line)
            if left < 0 or len(line) == LINE_BYTES:
                raise _TooMuch
            if time.monotonic() > ends:
                raise CannotLook("The time was over while the folder was read.")
            if not line:
                break
            yield line.decode("latin-1").rstrip("\r\n")
    client.listing = False
    ended = client.voidresp()
    if _DENIED.search(ended) or "failed to open" in ended:  # vsftpd ends the list of a folder that it may not read with 226
        raise CannotLook(f"The server could not read the folder: “{sanitize(_heard(ended), 120)}”.")


def _mlsd_entry(name: str, told: dict[str, str]) -> Entry:
    size = int(told["size"]) if told.get("size", "").isdecimal() else None
    facts = _Facts(size, _moment(told.get("modify", "")))
    kind = told.get("type", "")
    return Entry(name, regular=kind == "file", folder=kind == "dir", measure=lambda: facts)


def _moment(text: str) -> float | None:
    """``20261120030000.123``, in UTC (RFC 3659 2.3) → seconds since 1970."""
    try:
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _left(ends: float, most: float) -> float:
    return min(most, max(ends - time.monotonic(), 0.1))


class _Translated:
    """Every way in which a login or a connection fails → CannotLook in the owner's words."""

    def __init__(self, host: str, *, reading: bool = False) -> None:
        self._host = host
        self._reading = reading

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, (CannotLook, FolderMissing)):
            self._raise(error)

    def _raise(self, error: Exception) -> NoReturn:
        host, said = self._host, readable(sanitize(_heard(str(error)) or type(error).__name__, 120))
        match error:
            case ssl.SSLCertVerificationError():
                words = f"The certificate of {host} is not trusted ({sanitize(error.verify_message, 80)}), so we did not log in."
            case ConnectionRefusedError():
                words = f"{host} cannot be reached: nothing listens on that port, or a firewall keeps us out."
            case TimeoutError():
                words = f"{host} did not answer in time."
            case _TooMuch():
                words = f"{host} sends much more than it was asked for, so we hung up."
            case ftplib.error_perm() if self._reading and said.startswith("550"):
                words = GONE
            case ftplib.error_perm() if said.startswith("530"):
                words = f"{host} refuses the login: check the user name and the password. It says “{said}”."
            case ftplib.error_perm() if said.startswith(("500", "502", "504")):
                words = f"{host} offers no encryption for FTP, so we did not log in. It says “{said}”."
            case ftplib.Error():
                words = f"{host} refuses: “{said}”."
            case _:
                words = f"The connection to {host} broke off ({said})."
        raise CannotLook(words) from error
