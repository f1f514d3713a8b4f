"""kill -9 of workers at random moments of runs that they share by a queue, and a database that is stopped once: every shop is in
the run exactly once, and by distinct keys no message is missing and none is extra.

4 kills over 8 shops by default; 200 over 300 shops with ``SOAK=1``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scanner.history.store import History
from tests.command_line import configured, shopwarden
from tests.patience import PATIENCE, eventually
from tests.receivers import hook_server
from tests.servers.postgresql import PostgreSQL, postgresql_server
from tests.soak.test_kills import LEAK
from tests.street import street

SOAK = bool(os.environ.get("SOAK"))
MOMENTS, A_NIGHT, SHOPS = (200, 100, 300) if SOAK else (4, 2, 8)
WORKERS = 2
WAIT = 0.5
"""Seconds between two kills, at most; by how many of them the scans get on is left to chance."""


class Kitchen:
    """Workers that are forked from one process. living: their process ids."""

    def __init__(self, process: subprocess.Popen[str], words: list[str]) -> None:
        self._process, self._words = process, words
        self.living: list[int] = []

    def start(self) -> None:
        """One more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._words) + "\n")
        self._process.stdin.flush()
        self.living.append(int(self._process.stdout.readline()))

    def kill(self, number: int) -> None:
        """Whatever it is doing."""
        os.kill(self.living.pop(number), signal.SIGKILL)


@contextmanager
def kitchen(database: str) -> Iterator[Kitchen]:
    """Told to stop at the end: those that live do, in order."""
    words = ["--processes", "1", "--at-once", "3", "--database", database]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.queue_workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield Kitchen(process, words)
        process.stdin.close()
        codes = Counter(json.loads(process.stdout.readline()))
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()
    assert set(codes) <= {0, -signal.SIGKILL}
    assert codes[0] == WORKERS


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql_server() as made:
        yield made


def test_killed_workers_leave_nothing_undone_and_nothing_twice(
    server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "sesame")
    dice = random.Random(seed := random.randrange(10**9))
    hosts = [f"s{number}.example" for number in range(SHOPS)]
    kills = nights = 0
    with street() as shops, hook_server() as hook:
        receiver = f'[[alert]]\nwebhook = "http://127.0.0.1:{hook.port}/"\nsecret = "${{HOOK}}"\nfrom = "low"\n'
        configured(*hosts, more=receiver)
        words = ["--database", server.address, "--max-requests", "20", "--only", "version-leak-header", *shops.options(*hosts)]
        history = History.open(server.address)
        queue = history.queue()
        with kitchen(server.address) as workers:
            for _ in range(WORKERS):
                workers.start()
            while kills < MOMENTS:
                nights += 1
                shops.pages = {host: {"/": LEAK} for host in hosts[: nights - 1]}  # one more is news each night
                assert shopwarden("nightly", "--queue", *words).exit_code == 0
                for number in range(A_NIGHT):
                    if nights == 2 and not number:  # both have worked for a night: one that only starts would end with 2
                        server.stop()
                        server.start()
                    time.sleep(dice.uniform(0, WAIT))
                    if not queue.standing():
                        break
                    workers.kill(dice.randrange(WORKERS))
                    kills += 1
                    workers.start()
                eventually(lambda: not queue.standing())
        standing = queue.standing(all_=True)
        assert [(one.done, one.total) for one in standing] == [(SHOPS, SHOPS)] * nights, seed
        for one in standing:
            assert sorted(past.site for past in history.scans(run=one.run.id)) == sorted(hosts), seed
        assert (history.outbox.untold(), history.outbox.waiting()) == ((), ()), seed
        history.close()
        messages = {headers["idempotency-key"]: json.loads(body) for _, _, headers, body in hook.requests}
    told = [event for body in messages.values() for shop in body["shops"] for event in shop["events"]]
    assert sorted((event["site"], event["kind"]) for event in told) == [(host, "new") for host in sorted(hosts[: nights - 1])], (
        seed
    )
    assert len(messages) == nights - 1, seed
    measured.append(f"queue: {kills} workers killed in {nights} nights of {SHOPS} shops, {len(hook.requests)} messages sent")
