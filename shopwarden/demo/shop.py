"""The demo shop as a whole: its servers, its certificates, its backups, and how a scan is pointed at them."""

from __future__ import annotations

import shutil
import socket
import tempfile
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from scanner.text.atomic_write import atomic_write
from shopwarden.demo.connections import LOOPBACK, Servers, bound_datagrams, bound_socket
from shopwarden.demo.hits import Hits

_BACKUP_HOST = "127.0.0.2"


class DemoShop:
    """A small florist's shop on loopback, weak or hardened, to be scanned as ``https://petalandstem.example/``.

    A context manager: servers run in a thread of their own while it is open; afterwards their ports are closed and the
    files are gone. folder: where it may write; made where it is missing. Raises OSError where loopback or the folder cannot
    be used.

    Inside the context: ``url``; ``resolve``: host name → addresses; ``ports``: service → port; ``nameserver``: address and port
    of who knows its records, and ``anchors``, the key of its root; ``ca_file``: the certificate of the authority; ``backups``
    and ``mail``: entries for ``[[site.backup]]`` and ``[[site.mail]]``; ``hits``: what happened to the shop.
    """

    def __init__(self, *, hardened: bool = False, folder: Path) -> None:
        from shopwarden.demo.site import CDN, HOST, MAIL_HOST, NAMES, POLICY_HOST, STAGE

        self.hardened = hardened
        self.url = f"https://{HOST}/"
        self.resolve: dict[str, tuple[str, ...]] = dict.fromkeys(
            (*NAMES, MAIL_HOST, POLICY_HOST) if hardened else (*NAMES, MAIL_HOST, STAGE, CDN), (LOOPBACK,)
        )
        self.nameserver: tuple[str, int] = (LOOPBACK, 53)
        self.anchors: tuple[str, ...] = ()
        self.ports: dict[str, int] = {}
        self.ca_file = folder
        self.backups: list[dict[str, object]] = []
        self.mail: list[dict[str, object]] = [{"domain": HOST, "selectors": ["shop"]}]
        self.hits = Hits()
        self._folder = folder
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._cleanup = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._cleanup.close()

    def _start(self, stack: ExitStack) -> None:
        # Here and not above: these bring paramiko, cryptography and jinja2, which a mere import of the demo should not.
        from shopwarden.demo.backups import write_backups
        from shopwarden.demo.certificates import key_hash, make_certificates
        from shopwarden.demo.ftp_server import talk_ftp
        from shopwarden.demo.http_server import talk_http
        from shopwarden.demo.mail_server import talk_smtp
        from shopwarden.demo.name_server import NameServer
        from shopwarden.demo.site import CDN, DemoSite
        from shopwarden.demo.ssh_server import USER, SshServer, make_key

        now = datetime.now(UTC)
        folder = self._make_folder(stack)
        names = tuple(name for name in self.resolve if name != CDN)
        self.ca_file, tls = make_certificates(folder, names, now, () if self.hardened else (CDN,))
        vault = folder / "backups" / "shop"
        vault.mkdir(parents=True)
        write_backups(vault, now, fresh=self.hardened)
        user_file, user_key = make_key()
        atomic_write(folder / "backup_ed25519", user_file, mode=0o600)
        _, host_key = make_key()

        site = DemoSite(hardened=self.hardened, now=now, hits=self.hits)
        ssh = SshServer(hardened=self.hardened, host_key=host_key, user_key=user_key, folder=vault.parent, hits=self.hits)
        servers = Servers()
        listeners = {name: stack.enter_context(bound_socket()) for name in ("http", "https", "ftp", "ssh", "smtp")}
        name_listener = stack.enter_context(bound_socket())
        self.nameserver = name_listener.getsockname()
        name_datagrams = stack.enter_context(bound_datagrams(self.nameserver[1]))
        name_server = NameServer(hardened=self.hardened, hits=self.hits, mail_key=key_hash(folder / "shop.pem"))
        self.anchors = name_server.anchors
        vault_listener = self._vault_listener(stack, listeners["ssh"])
        servers.add(listeners["http"], partial(talk_http, site=site))
        servers.add(listeners["https"], partial(talk_http, site=site, tls=tls))
        servers.add(listeners["ssh"], ssh.talk)
        servers.add(listeners["smtp"], partial(talk_smtp, hits=self.hits, tls=tls if self.hardened else None))
        servers.add(name_listener, name_server.talk)
        servers.add_datagrams(name_datagrams, name_server.reply)
        if vault_listener is not listeners["ssh"]:
            servers.add(vault_listener, ssh.talk)
        if not self.hardened:  # else the port stays bound and silent, so that nobody else takes it: a connection is refused
            servers.add(listeners["ftp"], partial(talk_ftp, hits=self.hits))
        self.ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}

        address, port = vault_listener.getsockname()
        hosts = {(LOOPBACK, self.ports["ssh"]), (address, port)}
        known = "".join(f"[{host}]:{number} {host_key.get_name()} {host_key.get_base64()}\n" for host, number in sorted(hosts))
        atomic_write(folder / "known_hosts", known)
        self.backups = [
            {
                "kind": kind,
                "location": f"sftp://{USER}@{address}:{port}/shop",
                "pattern": pattern,
                "key_file": folder / "backup_ed25519",
                "known_hosts": folder / "known_hosts",
                "max_age": age,
            }
            for kind, pattern, age in (
                ("database", "petalandstem-db-*.sql.gz", "7d"),
                ("site", "petalandstem-site-*.tar.gz", "31d"),
            )
        ]
        stack.callback(servers.stop)
        servers.start()

    def _make_folder(self, stack: ExitStack) -> Path:
        """A folder of our own in the given one; both are removed at the end, the given one only if we made it and it is empty."""
        if not self._folder.exists():
            self._folder.mkdir(parents=True)
            stack.callback(_remove_empty, self._folder)
        own = Path(tempfile.mkdtemp(prefix="demo-shop-", dir=self._folder)).resolve()
        stack.callback(shutil.rmtree, own, ignore_errors=True)
        return own

    def _vault_listener(self, stack: ExitStack, ssh: socket.socket) -> socket.socket:
        """Where the backups are read from. The hardened shop keeps them on another machine: another loopback address, where
        the system has one (Linux has; elsewhere 127.0.0.2 must be set up first)."""
        if self.hardened:
            with suppress(OSError):
                return stack.enter_context(bound_socket(_BACKUP_HOST))
        return ssh


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
