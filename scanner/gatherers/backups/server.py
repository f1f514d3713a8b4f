"""Connects to a place's server, at the addresses that whoever gave the errand has found: a child process looks up no name."""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass

CONNECT_SECONDS = 15.0
"""For one address."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a place's name leads. addresses: at least one; they are tried in this order."""

    addresses: tuple[str, ...]

    def connect(self, port: int, ends: float) -> tuple[socket.socket, str]:
        """A connection to the first address that takes one, and that address. ends: by time.monotonic().

        Raises OSError: the last address's.
        """
        failure: OSError = ConnectionRefusedError()
        for address in self.addresses:
            try:
                return _opened(address, port, ends), address
            except OSError as error:
                failure = error
        raise failure


def _opened(address: str, port: int, ends: float) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.settimeout(min(CONNECT_SECONDS, max(ends - time.monotonic(), 0.1)))
        opened.connect((address, port))
    except BaseException:
        opened.close()
        raise
    return opened
