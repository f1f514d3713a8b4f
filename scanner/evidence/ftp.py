"""What an FTP server says before anybody has logged in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.tls import Certificate
from scanner.evidence.unavailable import Unavailable

_ENCRYPTION = re.compile(r"\b(?:tls|ssl|ftps|ftpes|encrypt(?:ion|ed)|clear-?text|plain(?:text)? ftp|auth first)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FtpReply:
    """One reply: its three-digit code and its bounded text (RFC 959 4.2)."""

    code: int
    text: str

    @property
    def wants_tls(self) -> bool:
        """Whether it refuses, and its words say that encryption is missing. RFC 4217 leaves the code open: servers use 421,
        503, 522, 530, 534 and 550."""
        return self.code >= 400 and _ENCRYPTION.search(self.text) is not None


_CLOSED = Unavailable("The port is not open from here.")
_NOT_ASKED = Unavailable("The server was not asked for it.")


@dataclass(frozen=True, slots=True)
class ImplicitFtps:
    """The port where FTP begins with TLS and speaks no word before (990, listed by IANA as ``ftps``).

    open: False where it is closed from here. anonymous: the last reply of the anonymous login (230 is in).
    """

    port: int
    open: bool
    because: str = ""
    greeting: FtpReply | Unavailable = _CLOSED
    certificate: Certificate | Unavailable = _CLOSED
    anonymous: FtpReply | Unavailable = _CLOSED


_NO_IMPLICIT = ImplicitFtps(990, open=False, because=_CLOSED.because)


@dataclass(frozen=True, slots=True)
class FtpServer:
    """A conversation with the FTP port, and with the one for implicit TLS.

    port: the port number asked. open: False where it is closed from here; then everything else is Unavailable.
    user: the reply to USER of a made-up name *before* any AUTH TLS; 331 means that passwords may travel in clear.
    anonymous: the last reply of the anonymous login (230 is in); over TLS where the server lets nobody in without.
    certificate: the one shown after AUTH TLS. implicit: Unavailable where it stays unknown what is at that port.
    """

    host: str
    port: int
    open: bool
    gathered_at: datetime
    because: str = ""
    greeting: FtpReply | Unavailable = _CLOSED
    features: tuple[str, ...] | Unavailable = _CLOSED
    auth_tls: FtpReply | Unavailable = _CLOSED
    user: FtpReply | Unavailable = _CLOSED
    anonymous: FtpReply | Unavailable = _CLOSED
    certificate: Certificate | Unavailable = _NOT_ASKED
    implicit: ImplicitFtps | Unavailable = _NO_IMPLICIT

    @property
    def place(self) -> str:
        """``ftp:21``."""
        return f"ftp:{self.port}"
