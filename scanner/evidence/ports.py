"""Which services answer that should be closed to strangers: databases, remote desktops, control panels without encryption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.evidence.entrances import Closed
from scanner.evidence.unavailable import Unavailable


class Access(StrEnum):
    """What the answer on a port proves."""

    FREE = "free"
    """The service itself, and it lets anybody in without a password."""
    LOGIN = "login"
    """The service itself; from here on it asks for a login, or how it lets people in was not asked."""
    REFUSED = "refused"
    """The service itself, and it turns our address away."""
    OTHER = "other"
    """Another, well-known protocol: the service is not there."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What answered. program: its name and, where it tells, its version, bounded and safe to show; empty for OTHER."""

    access: Access
    program: str = ""


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One service of the fixed list. service: as in ``--port SERVICE=N``. port: the port number asked.

    answer: Closed where the port is closed from here; Unavailable where something accepted the connection and proved nothing,
    or where we cannot tell.
    """

    service: str
    port: int
    answer: Greeting | Closed | Unavailable

    @property
    def place(self) -> str:
        """``redis:6379``."""
        return f"{self.service}:{self.port}"


@dataclass(frozen=True, slots=True)
class OpenPorts:
    """Every service of the list, in its order. host: the shop's host name."""

    host: str
    ports: tuple[ServicePort, ...]
    gathered_at: datetime
