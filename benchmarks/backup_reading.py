"""Read a large backup to its end, from disk and over a real SFTP server, and say what it took: seconds and memory.

``python benchmarks/backup_reading.py [--megabytes N] [--sftp]``: the files are made in a folder that is removed afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

MOST_MEGABYTES = 100


def make(folder: Path, megabytes: int) -> None:
    """A dump in gzip and a zip of many files, of that many megabytes each."""
    chance = random.Random(1)
    blocks = [chance.randbytes(700_000).hex().encode() for _ in range(8)]
    with gzip.open(folder / "shop-db-2026-11-20.sql.gz", "wb", compresslevel=1) as file:
        file.write(b"-- MySQL dump 10.19\n")
        written = number = 0
        while written < megabytes * 1_000_000:
            number += 1
            file.write(
                b"CREATE TABLE `t%d` (\n);\nINSERT INTO `t%d` VALUES ('" % (number, number) + blocks[number % 8] + b"');\n"
            )
            written = Path(file.name).stat().st_size
        file.write(b"-- Dump completed on 2026-11-20\n")
    with zipfile.ZipFile(folder / "shop-files-2026-11-20.zip", "w", zipfile.ZIP_STORED) as archive:
        for number in range(megabytes * 10):
            archive.writestr(f"image/{number:06}.jpg", blocks[number % 8][:100_000])

    for file in folder.iterdir():  # finished long ago: what is an hour old may be opened
        os.utime(file, (time.time() - 3600,) * 2)


def read(kind: str, location: str, settings: dict[str, str]) -> None:
    """In a process of its own; the memory is that of the child which reads."""
    from scanner.gatherers.apart.children import end_all
    from scanner.gatherers.backups import backups as module
    from scanner.gatherers.backups.places import BackupPlan
    from scanner.settings.models import BackupSettings
    from scanner.text.clock import Clock

    module.DEEP_SECONDS = 3600.0
    configured = BackupSettings.model_validate({"kind": kind, "location": location, **settings})
    began = time.monotonic()
    found = asyncio.run(module.backups(BackupPlan((configured,), deep=True), Clock()))
    content = found.places[0].content
    end_all()
    print(
        json.dumps(
            {
                "seconds": round(time.monotonic() - began, 1),
                "peak_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
                "whole": getattr(content, "whole", None),
                "broken": getattr(content, "broken", getattr(content, "because", None)),
                "tables": len(getattr(content, "tables", None) or ()),
                "entries": getattr(content, "entries", None),
            }
        )
    )


@contextlib.contextmanager
def sftp(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A real OpenSSH server on a free port of loopback."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd.conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {folder / 'user.pub'}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp -R\n"
    )
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", folder / "sshd.conf"])
    try:
        time.sleep(1)
        settings = {"key_file": str(folder / "user"), "known_hosts": str(folder / "known_hosts")}
        yield f"sftp://127.0.0.1:{port}{folder}", settings
    finally:
        server.terminate()
        server.wait(10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--sftp", action="store_true")
    parser.add_argument("--read", nargs=3, metavar=("KIND", "LOCATION", "SETTINGS"))
    given = parser.parse_args()
    if given.read:
        read(given.read[0], given.read[1], json.loads(given.read[2]))
        return 0
    worst = 0
    with tempfile.TemporaryDirectory(prefix="backup-reading-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        make(folder, given.megabytes)
        places = [(str(folder), dict[str, str]())]
        if given.sftp:
            places.append(stack.enter_context(sftp(folder)))
        for location, settings in places:
            for kind in ("database", "site"):
                command = [sys.executable, __file__, "--read", kind, location, json.dumps(settings)]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                print(f"{kind:8} {location.partition('://')[0] if '://' in location else 'disk':5} {said.strip()}")
                worst = max(worst, json.loads(said)["peak_megabytes"])
    print(f"peak memory {worst} MB; at most {MOST_MEGABYTES} MB are allowed")
    return 0 if worst < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
