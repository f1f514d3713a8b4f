"""A server's addresses are tried in their order."""

from __future__ import annotations

import math
import socket

import pytest

from scanner.gatherers.backups.server import Server


def test_the_first_address_that_takes_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        opened, address = Server(("127.0.0.2", "127.0.0.1", "127.0.0.3")).connect(port, math.inf)
        with opened:
            assert (address, opened.getpeername()) == ("127.0.0.1", ("127.0.0.1", port))


def test_none_takes_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            Server(("127.0.0.2", "127.0.0.3")).connect(port, math.inf)
