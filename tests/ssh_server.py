"""An SSH server on loopback whose files, and whose answer to a login, a test makes up."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko

from tests.patience import PATIENCE


@contextmanager
def ssh_server(
    login: Callable[[], paramiko.ServerInterface], handler: type[paramiko.SubsystemHandler], *more: object
) -> Iterator[tuple[int, str]]:
    """One connection after another, until the end. Its port, and its key as ``known_hosts`` has one.

    login: what decides about one connection. handler, more: its SFTP, as paramiko's ``set_subsystem_handler`` takes them.
    """
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(accepted)
            transports.append(transport)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", handler, *more)
            with contextlib.suppress(paramiko.SSHException, EOFError):
                transport.start_server(threading.Event(), login())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], f"{key.get_name()} {key.get_base64()}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE)
        for transport in transports:
            transport.close()
