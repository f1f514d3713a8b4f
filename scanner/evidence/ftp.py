"""What an FTP server says before anybody has logged in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True)
class FtpServer:
    """A conversation with the FTP port.

    port: the port number asked. open: False where it is closed from here; then everything else is Unavailable.
    user: the reply to USER of a made-up name *before* any AUTH TLS; 331 means that passwords may travel in clear.
    anonymous: the last reply of the anonymous login (230 is in); over TLS where the server lets nobody in without.
    """

    host: str
    port: int
    open: bool
    gathered_at: datetime
    because: str = ""
    greeting: FtpReply | Unavailable = Unavailable("The port is not open from here.")
    features: tuple[str, ...] | Unavailable = Unavailable("The port is not open from here.")
    auth_tls: FtpReply | Unavailable = Unavailable("The port is not open from here.")
    user: FtpReply | Unavailable = Unavailable("The port is not open from here.")
    anonymous: FtpReply | Unavailable = Unavailable("The port is not open from here.")
