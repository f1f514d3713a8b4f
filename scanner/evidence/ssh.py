"""What an SSH or SFTP server says before anybody has logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class SshAlgorithms:
    """The server's offers in its KEXINIT (RFC 4253 7.1), in its order."""

    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    compression: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SshServer:
    """A look at the SSH port.

    open: False where it is closed from here. methods: the login methods offered to a made-up user (RFC 4252 5.1).
    """

    host: str
    port: int
    open: bool
    gathered_at: datetime
    because: str = ""
    greeting: str | Unavailable = Unavailable("The port is not open from here.")
    algorithms: SshAlgorithms | Unavailable = Unavailable("The port is not open from here.")
    host_key: str | Unavailable = Unavailable("The port is not open from here.")  # "ssh-ed25519 SHA256:…"
    methods: tuple[str, ...] | Unavailable = Unavailable("The port is not open from here.")

    @property
    def place(self) -> str:
        """``ssh:22``."""
        return f"ssh:{self.port}"
