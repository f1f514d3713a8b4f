"""Start a real server, wait until its ports answer, stop it; its output goes into the message when that fails."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.patience import PATIENCE, eventually

SYSTEM = f"{os.defpath}:/usr/sbin:/usr/local/sbin:/sbin"
"""Where servers lie; an ordinary user's PATH often leaves sbin out."""
STOP_SECONDS = 5.0
"""Until a server that was asked to end is made to."""


def binary(name: str) -> str:
    """A server's path. Raises FileNotFoundError."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM}")
    if found is None:
        raise FileNotFoundError(name)
    return found


def needs(*names: str, root: bool = False) -> None:
    """Skip the test where a program is missing, or we are not root and must be."""
    reasons = [f"{name} is not installed" for name in names if not _installed(name)]
    if root and os.geteuid() != 0:
        reasons.append(f"only root may start {' or '.join(names)}")
    if reasons:
        pytest.skip("; ".join(reasons))


_GIVEN: deque[int] = deque(maxlen=500)
"""The ports that were given last."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has just now, below those that connections going out are given (Linux: from 32768 on):
    otherwise one of them could take it before the server does. Each process of a run has ports of its own to choose from, and is
    given none again soon: between two calls nobody listens yet."""
    chance = random.SystemRandom()  # pytest-randomly makes every other source begin anew with each test
    mine, processes = os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:], os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    for _ in range(100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", chance.randrange(12_000 + int(mine), 32_000, int(processes))))
            port = int(probe.getsockname()[1])
            if port not in _GIVEN:
                _GIVEN.append(port)
                return port
    raise OSError("no port of 127.0.0.1 is free")


@contextmanager
def running(
    command: Sequence[str], ports: Sequence[int], *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in the foreground until the block ends.

    ports: of 127.0.0.1; all must answer before the block begins. environment: in addition to ours. folder: where it runs.
    Fails the test, with the server's output, where it does not start. Its own children end with it: it runs in a process
    group of its own.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            process_group=0,
        )
        try:
            problem = _problem(process, ports)
            if problem:
                output.seek(0)
                said = output.read(20_000).decode(errors="replace").strip() or "nothing"
                pytest.fail(f"{Path(command[0]).name} {problem}; it said:\n{said}", pytrace=False)
            yield process
        finally:
            _stop(process)
            # A child that had just been made may hold the port for a moment longer (sshd's leaves the group of its server):
            # who asks then is let in and reset, which is not what a stopped server does.
            eventually(lambda: not any(map(_answers, ports)))


def _installed(name: str) -> bool:
    try:
        return bool(binary(name))
    except FileNotFoundError:
        return False


def _problem(process: subprocess.Popen[bytes], ports: Sequence[int]) -> str:
    """Why the server cannot be used; empty once all its ports answer."""
    for port in ports:
        try:
            eventually(lambda port=port: process.poll() is not None or _answers(port))
        except AssertionError as hangs:
            return f"does not answer on port {port}: {hangs}"
        if process.poll() is not None:
            return f"ended at once (exit status {process.returncode})"
    return ""


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then make it: a child that outlived its server would keep the port."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
