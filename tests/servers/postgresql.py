"""A PostgreSQL server of our own on loopback, that can be stopped and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE, eventually
from tests.servers.processes import binary, free_port, needs, running


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def found(name: str) -> str:
    """Debian keeps PostgreSQL's programs outside the PATH."""
    there = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(there[-1]) if there else binary(name)


@dataclass
class PostgreSQL:
    """address: as ``--database`` takes it."""

    folder: Path
    port: int
    _process: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"postgresql://warden@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Until the database answers."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "fsync": "off"}
        command = [found("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        self._process.enter_context(running(command, [self.port], folder=self.folder))
        # its port answers some moments before the database does
        ready = [found("pg_isready"), "--host=127.0.0.1", f"--port={self.port}", "--quiet"]
        eventually(lambda: not subprocess.run(ready, check=False).returncode)

    def stop(self) -> None:
        """As its user would; connections break."""
        self._process.close()


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """A new one, in a folder that goes with it."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        needs("postgres", "initdb")
    folder = Path(tempfile.mkdtemp(prefix="shopwarden-pg-"))
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        words = ["--username=warden", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [found("initdb"), f"--pgdata={folder / 'data'}", *words],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
            cwd=folder,
            **unprivileged(),
        )
        made = PostgreSQL(folder, free_port())
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)
