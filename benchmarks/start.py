"""What starting costs: CPU seconds of ``rules``, of a scan until its first request and until its end, and of a recheck.

.venv/bin/python -m benchmarks.start [CHECKOUT] [RUNS]

CHECKOUT is another checkout of this program, started with its own libraries where it has a ``.venv`` (an older state needs what
is no longer installed here); each figure is then printed for both, with the ratio. The shop is the hardened demo on loopback by
https, some 150 requests at ``--rate 1000``; the recheck is of one finding of the weak demo. The best of RUNS counts (5): a busy
machine only ever adds. Linux only, since another process's CPU seconds are read from ``/proc``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from shopwarden.demo import DemoShop

OURS = Path(__file__).parents[1]
RULE = "exposed-vcs"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Watch:
    """Passes connections on to a port, and notes what a process had cost when its first bytes came. port: where it listens."""

    behind: int
    process: int = 0
    at_first: float | None = None
    port: int = 0
    _listening: socket.socket = field(default_factory=socket.socket)

    def __enter__(self) -> Watch:
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(64)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                there, _ = self._listening.accept()
                behind = socket.create_connection(("127.0.0.1", self.behind))
                for one, other in ((there, behind), (behind, there)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if self.at_first is None:
                    self.at_first = cpu_of(self.process)
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def cpu_of(process: int) -> float:
    """CPU seconds that a running process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def command(checkout: Path) -> list[str]:
    """How a checkout's program is started, as its own pyproject.toml says."""
    entry = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["scripts"]["shopwarden"]
    module, _, function = entry.partition(":")
    own = checkout / ".venv" / "bin" / "python"
    return [str(own) if own.exists() else sys.executable, "-P", "-c", f"from {module} import {function}; {function}()"]


@dataclass
class Run:
    """One start: CPU seconds, wall seconds, and the CPU seconds at its first request where a shop was watched."""

    cpu: float
    wall: float
    first: float | None = None


def run(checkout: Path, folder: Path, *words: str, watches: tuple[Watch, ...] = ()) -> Run:
    """Start a checkout's program in a folder of its own. Raises RuntimeError where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "XDG_DATA_HOME": str(folder / "data"), "NO_COLOR": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once
    began = time.monotonic()
    with (folder / "said.txt").open("w") as said:
        started = subprocess.Popen([*command(checkout), *words], cwd=folder, env=environment, stdout=said, stderr=said)
        for watch in watches:
            watch.process, watch.at_first = started.pid, None
        _, status, used = os.wait4(started.pid, 0)
    wall, code = time.monotonic() - began, os.waitstatus_to_exitcode(status)
    started.returncode = code
    if code:
        raise RuntimeError(f"{' '.join(words)} ended with {code}: {(folder / 'said.txt').read_text()[-1000:]}")
    seen = [watch.at_first for watch in watches if watch.at_first is not None]
    return Run(used.ru_utime + used.ru_stime, wall, min(seen, default=None))


def options(shop: DemoShop, watches: dict[str, Watch]) -> list[str]:
    """How the demo shop is scanned; its web ports through the watches."""
    ports = {**shop.ports, **{service: watch.port for service, watch in watches.items()}}
    words = [word for service, port in ports.items() for word in ("--port", f"{service}={port}")]
    words += [word for host, addresses in shop.resolve.items() for one in addresses for word in ("--resolve", f"{host}:{one}")]
    return [*words, "--allow-private", "--ca-file", str(shop.ca_file), "--rate", "1000"]


def measured(checkout: Path, runs: int, folder: Path) -> dict[str, float]:
    """Figure → its best value."""
    figures: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)

    with ExitStack() as stack:
        good = stack.enter_context(DemoShop(hardened=True, folder=folder / "hardened"))
        weak = stack.enter_context(DemoShop(hardened=False, folder=folder / "weak"))
        watches = {service: stack.enter_context(Watch(good.ports[service])) for service in ("http", "https")}
        watched = tuple(watches.values())
        for _ in range(runs):
            note("rules, CPU s", run(checkout, folder, "rules").cpu)
            scan = run(checkout, folder, "scan", good.url, *options(good, watches), "--quiet", watches=watched)
            assert scan.first is not None
            note("first request of a scan, CPU s", scan.first)
            note("a whole scan, CPU s", scan.cpu)
        run(checkout, folder, "scan", weak.url, *options(weak, {}), "--quiet")
        for _ in range(runs):
            again = run(checkout, folder, "recheck", weak.url, RULE, *options(weak, {}))
            note("a recheck of one finding, CPU s", again.cpu)
            note("a recheck of one finding, wall s", again.wall)
    return {name: min(values) for name, values in figures.items()}


def main() -> None:
    words = sys.argv[1:]
    runs = int(words.pop()) if words and words[-1].isdigit() else 5
    trees = [OURS, *map(Path, words)]
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for number, tree in enumerate(trees):
            own = Path(folder) / str(number)
            own.mkdir()
            found.append(measured(tree.resolve(), runs, own))
    for name, here in found[0].items():
        there = "".join(f"   there {other[name]:5.2f}   ratio {here / other[name]:.2f}" for other in found[1:])
        print(f"{name:35} {here:5.2f}{there}")


if __name__ == "__main__":
    main()
