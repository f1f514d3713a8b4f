"""Thousands of shops in one batch, by https and with pages as shops have them: shops a minute, CPU and memory, and how politely.

.venv/bin/python -m benchmarks.street [--shops N] [--each N] [--processes N …] [--rate N] [--at-once N] [--requests N]

``--shops 10000`` is the whole street: 500 server addresses of 20 shops (``--each``). The servers are one process of their own
(``benchmarks.street_server``), whose CPU is told apart; with ``--rate`` as low as people have it, it also says how politely it
was asked: the most requests that one address had in one second. Each number of processes is a run of its own, one after the
other. Seconds of CPU a shop are what can be compared on a busy machine; they include all processes of the run, those for TLS
among them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.street_server import address, host
from scanner.scope.target import SERVICES

ROOT = Path(__file__).parent.parent
LOOK_SECONDS = 0.5


@dataclass
class Street:
    """ports: of https and http. said: what its server saw, when it has ended."""

    ports: dict[str, int]
    folder: Path
    each: int
    said: dict[str, float] = field(default_factory=dict)

    def settings(self, shops: int, **more: object) -> str:
        """``shopwarden.toml`` for its first shops. more: ``[defaults]``."""
        ports = [f"{service}={self.ports.get(service, 1)}" for service in SERVICES]
        defaults = {"allow_private": True, "ca_file": str(self.folder / "ca.pem"), "port": ports, **more}
        lines = ["[defaults]", *(f"{key} = {json.dumps(value)}" for key, value in defaults.items())]
        for number in range(shops):
            place = address(number // self.each)
            lines += ["[[site]]", f'url = "https://{host(number)}"', f'resolve = ["{host(number)}:{place}"]']
        return "\n".join(lines) + "\n"


@contextmanager
def street(shops: int, each: int) -> Iterator[Street]:
    """Serve so many shops."""
    addresses = -(-shops // each)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.street_server", folder, str(addresses), str(each)]
        server = subprocess.Popen(
            command, cwd=ROOT, env=_env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert server.stdout is not None
        try:
            made = Street(json.loads(server.stdout.readline()), Path(folder), each)
            yield made
        finally:
            said, _ = server.communicate()
        made.said = json.loads(said.splitlines()[-1])


def _env(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def measure(shops: int, each: int, processes: int, *, at_once: int, rate: float, **more: object) -> dict[str, Any]:
    """One batch."""
    with street(shops, each) as made, tempfile.TemporaryDirectory() as folder:
        Path(folder, "shopwarden.toml").write_text(made.settings(shops, rate=rate, **more))
        command = [
            sys.executable,
            "-m",
            "shopwarden",
            "batch",
            "--at-once",
            str(at_once),
            "--processes",
            str(processes),
            "--quiet",
        ]
        began = time.monotonic()
        run = subprocess.Popen(command, cwd=folder, env=_env(XDG_DATA_HOME=folder))
        memory = Memory(run.pid)
        _, status, used = os.wait4(run.pid, 0)
        wall, most = time.monotonic() - began, memory.most()
        run.returncode = os.waitstatus_to_exitcode(status)
        told = json.loads(Path(folder, "shopwarden-reports", "shops.json").read_text())["shops"]
        complete = sum(shop["status"] == "complete" for shop in told)
        kept = sum(file.stat().st_size for file in Path(folder, "shopwarden").iterdir())
    if run.returncode != 0 or complete != shops:
        sys.exit(f"{complete} of {shops} shops were scanned, exit code {run.returncode}")
    return {
        "shops": shops,
        "processes": processes,
        "shops a minute": round(60 * shops / wall, 1),
        "seconds of CPU a shop": round((used.ru_utime + used.ru_stime) / shops, 3),
        "requests a shop": round(made.said["requests"] / shops, 1),
        "servers' seconds of CPU a shop": round(made.said["cpu"] / shops, 3),
        "MB of a process at most": round(most[0] / 2**20),
        "MB of all at most": round(most[1] / 2**20),
        "KB of history a shop": round(kept / shops / 1024, 1),
        "rate": rate,
        "requests of one second to one address at most": made.said["most"],
    }


class Memory:
    """Watches how much memory a process takes up, and all that it started, from then on (Linux)."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._most = (0, 0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def most(self) -> tuple[int, int]:
        """Bytes of one process, and of all together, at most; the watch ends."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            each = [_memory_of(one) for one in _below(self._process)]
            self._most = (max([self._most[0], *each]), max(self._most[1], sum(each)))


def _memory_of(process: int) -> int:
    """Bytes that are its own or its share of what several have (proc(5), Pss)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def _below(process: int) -> list[int]:
    """A process, and all below it."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def main() -> None:
    """Measure, a line of JSON for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=100)
    parser.add_argument("--each", type=int, default=20, help="shops of one server address")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1000.0, help="requests a second to one address")
    parser.add_argument("--requests", type=int, default=400, help="requests to a shop at most")
    given = parser.parse_args()
    for processes in given.processes:
        limits = {"at_once": given.at_once, "rate": given.rate, "max_requests": given.requests}
        print(json.dumps(measure(given.shops, given.each, processes, **limits)), flush=True)


if __name__ == "__main__":
    main()
