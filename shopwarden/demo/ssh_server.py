"""The demo shop's SSH server: nobody gets a shell; one user with one key may read the backups by SFTP."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import socket
import threading
import time
from pathlib import Path, PurePosixPath

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED

from shopwarden.demo.hits import Hits

USER = "backup"
_LOG = "shopwarden.demo.ssh_server"
_LOGIN_SECONDS = 15.0
_SESSION_SECONDS = 120.0
_MOST_CHANNELS = 4

_MODERN = {
    "kex": ("curve25519-sha256@libssh.org", "diffie-hellman-group16-sha512", "ecdh-sha2-nistp256"),
    "ciphers": ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"),
    "digests": ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha2-256"),
}


def make_key() -> tuple[bytes, paramiko.PKey]:
    """A new Ed25519 key: its OpenSSH file and the key itself."""
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return text, paramiko.Ed25519Key(file_obj=io.StringIO(text.decode()))


class SshServer:
    """Answers SSH connections. hardened: keys only, today's algorithms; else passwords are asked for and old ciphers spoken."""

    def __init__(self, *, hardened: bool, host_key: paramiko.PKey, user_key: paramiko.PKey, folder: Path, hits: Hits) -> None:
        self._hardened, self._host_key, self._user_key = hardened, host_key, user_key
        self._folder, self._hits = folder.resolve(), hits
        # paramiko writes a trace for every visitor who hangs up early; to a demo shop that is everyday life.
        logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)

    async def talk(self, connection: socket.socket) -> None:
        """Hold one connection: a bounded time for the login, a bounded time after it."""
        gate = _Gate(self._hardened, self._user_key, self._folder, self._hits)
        transport = paramiko.Transport(connection)
        transport.set_log_channel(_LOG)
        transport.local_version = "SSH-2.0-OpenSSH_9.2p1" if self._hardened else "SSH-2.0-OpenSSH_7.9p1 Debian-10+deb10u2"
        if self._hardened:
            options = transport.get_security_options()
            options.kex, options.ciphers, options.digests = _MODERN["kex"], _MODERN["ciphers"], _MODERN["digests"]
        transport.add_server_key(self._host_key)
        started = time.monotonic()
        try:
            transport.start_server(event=threading.Event(), server=gate)
            while transport.is_alive() and time.monotonic() - started < _SESSION_SECONDS:
                if not transport.is_authenticated() and time.monotonic() - started > _LOGIN_SECONDS:
                    break
                await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(_end, transport, gate)


def _end(transport: paramiko.Transport, gate: _Gate) -> None:
    """Close a connection and wait for its threads."""
    transport.close()
    if transport.ident is not None:
        transport.join(5)
    for handler in gate.handlers:
        handler.join(5)


class _Gate(paramiko.ServerInterface):
    """Who may come in, and for what."""

    def __init__(self, hardened: bool, user_key: paramiko.PKey, folder: Path, hits: Hits) -> None:
        self._methods = "publickey" if hardened else "publickey,password"
        self._user_key, self._folder, self._hits = user_key, folder, hits
        self._channels = 0
        self.handlers: list[paramiko.SFTPServer] = []

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        return self._methods

    def check_auth_none(self, username: str) -> int:  # noqa: ARG002
        self._hits.command("ssh none")
        return AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:  # noqa: ARG002
        self._hits.command("ssh password")
        return AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._hits.command("ssh publickey")
        return AUTH_SUCCESSFUL if username == USER and key == self._user_key else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        self._channels += 1
        if kind != "session" or self._channels > _MOST_CHANNELS:
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        if name != "sftp" or len(self.handlers) >= _MOST_CHANNELS:
            return False
        handler = paramiko.SFTPServer(channel, name, self, _ReadOnlyFolder, self._folder)
        handler.daemon = True
        self.handlers.append(handler)
        handler.start()
        return True


class _ReadOnlyFolder(paramiko.SFTPServerInterface):
    """A folder that can be listed and read. What is not defined here is refused by paramiko: nothing can be written."""

    def __init__(self, server: paramiko.ServerInterface, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def _real(self, path: str) -> Path:
        """Where a path lies on disk. Raises FileNotFoundError where it would lead outside."""
        real = (self._folder / PurePosixPath(self.canonicalize(path)).relative_to("/")).resolve()
        if not real.is_relative_to(self._folder):
            raise FileNotFoundError(path)
        return real

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            entries = sorted(self._real(path).iterdir())
            return [paramiko.SFTPAttributes.from_stat(entry.lstat(), filename=entry.name) for entry in entries]
        except (OSError, ValueError) as error:
            return _code(error)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except (OSError, ValueError) as error:
            return _code(error)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:  # noqa: ARG002
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            return SFTP_PERMISSION_DENIED
        try:
            return _File(self._real(path))
        except (OSError, ValueError) as error:
            return _code(error)


class _File(paramiko.SFTPHandle):
    """An open backup file."""

    def __init__(self, path: Path) -> None:
        super().__init__(os.O_RDONLY)
        self.readfile = path.open("rb")

    def stat(self) -> paramiko.SFTPAttributes | int:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def _code(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno is not None:
        return paramiko.SFTPServer.convert_errno(error.errno)
    return SFTP_NO_SUCH_FILE
