"""The gate that every connection to the shop's encryption passes, sslyze's among them.

sslyze blocks in threads of its own and waits for each piece of an answer anew, so that a server which drips byte after byte would
hold it for ever. The gate knows every open connection: it counts them, ends those that take too long, and once the time is up
ends all of them and lets no more through. Then what blocks returns at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sslyze.server_setting import ServerNetworkLocation

LONGEST_CONNECTION = 15.0
"""Seconds for one connection, whatever it does: three times what one answer may take."""


class Gate:
    """Counts connections and ends them. seconds: how long it stays open.

    connections: how many it let through. late: whether a connection had to be ended because it took too long; what sslyze makes
    of such an end is worth nothing.
    """

    def __init__(self, seconds: float) -> None:
        self.connections = 0
        self.late = False
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._began: dict[socket.socket, float] = {}

    @property
    def open(self) -> bool:
        """Whether connections are still let through."""
        return time.monotonic() < self._ends

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """A connection that is counted, and that ``sweep`` can end. Raises OSError, also where the gate is shut."""
        left = self._ends - time.monotonic()
        if not self.open:
            raise OSError("The time for this look is up.")
        with self._lock:
            self.connections += 1
        opened = socket.create_connection((address, port), min(seconds, max(0.01, left)))
        with self._lock:
            self._began[opened] = time.monotonic()
        self.sweep()  # the gate may have been shut meanwhile
        return opened

    def sweep(self) -> None:
        """End what took too long, and everything once the gate is shut. To be called again and again, from any thread."""
        now = time.monotonic()
        with self._lock:
            self._began = {one: began for one, began in self._began.items() if one.fileno() >= 0}
            overdue = [one for one, began in self._began.items() if not self.open or now > began + LONGEST_CONNECTION]
        for one in overdue:
            self.late = True
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@lru_cache(maxsize=1)
def gated_location() -> type[ServerNetworkLocation]:
    """A location for sslyze with a ``gate`` in it; the one place where sslyze opens a socket is led through that gate: it has no
    seam of its own for counting or ending what it does."""
    from cryptography.utils import CryptographyDeprecationWarning
    from sslyze.connection_helpers import tls_connection
    from sslyze.plugins.certificate_info.trust_stores.trust_store_repository import TrustStoresRepository
    from sslyze.server_setting import ServerNetworkLocation

    # Roots and strangers' certificates with odd serial numbers make cryptography warn; that is nothing for the owner's screen.
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    TrustStoresRepository.get_default()

    @dataclass(frozen=True)
    class Gated(ServerNetworkLocation):
        gate: Gate | None = None

    opens = tls_connection._open_socket_for_direct_connection  # noqa: SLF001  see above

    def gated(server_location: ServerNetworkLocation, network_timeout: int) -> socket.socket:
        if isinstance(server_location, Gated) and server_location.gate is not None and server_location.ip_address:
            return server_location.gate.connect(server_location.ip_address, server_location.port, network_timeout)
        return opens(server_location, network_timeout)

    tls_connection._open_socket_for_direct_connection = gated  # noqa: SLF001  see above
    return Gated
