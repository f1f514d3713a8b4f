"""Postfix as unpacked from Debian's package, in folders of its own: nothing of this machine's mail is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.processes import running

UNPACKED = Path(__file__).parent.parent / ".cache" / "mail"
FOLDERS = [*sorted(UNPACKED.glob("usr/lib/*-linux-gnu")), UNPACKED / "usr/lib/postfix"]
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(map(str, FOLDERS))}
QUEUES = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public", "saved",
    "trace",
)  # fmt: skip
PARTS = (
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "anvil unix - - n - 1 anvil",
    "rewrite unix - - n - - trivial-rewrite",
    "proxymap unix - - n - - proxymap",
)
"""Of Postfix, that its server asks."""
CARRIERS = (
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "retry unix - - n - - error",
    "error unix - - n - - error",
    "virtual unix - n n - - virtual",
    "postlog unix-dgram n - n - 1 postlogd",
)
"""Those that take a mail, keep it, and hand it to a mailbox."""


def program(name: str) -> str:
    """One of the mail servers' programs. Skips where it is missing, and where we are not root, which they want
    to begin as."""
    found = UNPACKED / name
    reason = "" if found.exists() else f"{name} is not unpacked (tests/setup.sh)"
    reason = reason or ("" if os.geteuid() == 0 else f"only root may start {name}")
    if reason:
        pytest.skip(reason)
    return str(found)


@contextmanager
def postfix(
    folder: Path, name: str, services: Iterable[str], ports: Sequence[int], settings: Mapping[str, object] | None = None
) -> Iterator[None]:
    """One that runs until the block ends. name: its host name. services: lines of ``master.cf``, besides PARTS. ports: of
    127.0.0.1, which answer once it is ready. settings: of ``main.cf``, in place of ours."""
    master = program("usr/lib/postfix/sbin/master")
    queue, data, etc = folder / "queue", folder / "data", folder / "etc"
    for made in (data, etc, *(queue / one for one in QUEUES)):
        made.mkdir(parents=True)
    for made in (data, queue, *queue.iterdir()):
        os.chown(made, 65534, 2)
    ours: dict[str, object] = {
        "compatibility_level": "3.6",
        "queue_directory": queue,
        "data_directory": data,
        "command_directory": UNPACKED / "usr/sbin",
        "daemon_directory": UNPACKED / "usr/lib/postfix/sbin",
        "shlib_directory": UNPACKED / "usr/lib/postfix",
        "mail_owner": "nobody",
        "default_privs": "daemon",
        "setgid_group": "bin",
        "myhostname": name,
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "alias_maps": "",
        "local_recipient_maps": "",
        "import_environment": "LD_LIBRARY_PATH MAIL_CONFIG",
        "export_environment": "LD_LIBRARY_PATH MAIL_CONFIG",
    }
    lines = [f"{key} = {value}" for key, value in {**ours, **(settings or {})}.items()]
    (etc / "main.cf").write_text("\n".join([*lines, ""]))
    (etc / "master.cf").write_text("\n".join([*services, *PARTS, ""]))
    with running([master, "-d", "-c", str(etc)], ports, environment={**LIBRARIES, "MAIL_CONFIG": str(etc)}):
        yield
