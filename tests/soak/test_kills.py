"""kill -9 at random moments of a nightly run over 15 loopback shops: nothing is lost, nothing is told twice.

After resuming, every shop is recorded exactly once in the run, the database opens, and by distinct keys no alert is missing and none
is extra, at a real SMTP server and a real HTTP receiver. 10 moments by default; 200, over 50 shops, with ``SOAK=1``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.history.store import History
from shopwarden.delivery.receiver import fingerprint
from tests.loopback import response
from tests.patience import PATIENCE, moment
from tests.receivers import Hook, hook_server, mail_server
from tests.street import HTML, Street, street

MOMENTS = 200 if os.environ.get("SOAK") else 10
A_NIGHT = 5
"""Kills a night; then the night is let to its end."""
SHOPS = 50 if os.environ.get("SOAK") else 15
LEAK = response(b"<html><title>Shop</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")


class Kitchen:
    def __init__(self, process: subprocess.Popen[str], words: list[str]) -> None:
        self._process, self._words = process, words

    def run(self, kill_after: float | None = None) -> int:
        """A nightly run; killed after so many seconds, unless it ends by itself. Its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._words) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        timer = None if kill_after is None else threading.Timer(kill_after, os.kill, (child, signal.SIGKILL))
        if timer is not None:
            timer.start()
        status = int(self._process.stdout.readline())
        if timer is not None:
            timer.cancel()
            timer.join()
        return status


@contextmanager
def kitchen(folder: Path, words: list[str]) -> Iterator[Kitchen]:
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root), "KEY": "sesame", "XDG_DATA_HOME": str(folder / "home")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.kills"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=folder
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield Kitchen(process, words)
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    dice = random.Random(seed)
    hosts = [f"shop{number}.example" for number in range(SHOPS)]
    with street() as shops, mail_server() as mails, hook_server() as hook:
        mail = f"mailto://127.0.0.1:{mails.port}/?from=warden@agency.example&to=owner@agency.example"
        webhook = f"http://127.0.0.1:{hook.port}/hook"
        _configure(tmp_path, hosts, mail, webhook)
        words = ["nightly", "--at-once", "4", "--only", "version-leak-header", *shops.options(*hosts)]
        with kitchen(tmp_path, words) as made:
            began = moment()
            assert made.run() == 0  # the first night: first seen, nothing is told
            lasts = moment() - began
            kills = nights = 0
            leaked: set[str] = set()
            expected: Counter[tuple[str, str]] = Counter()
            while kills < MOMENTS:
                nights += 1
                changed = dice.sample(hosts, 5)
                expected.update(_change(shops, leaked, changed))
                for _ in range(A_NIGHT):
                    kills += made.run(kill_after=dice.uniform(0.0, lasts / 2)) == -signal.SIGKILL
                assert made.run() == 0, seed
                _check(tmp_path, hosts, nights + 1, seed)
    events = [event for body in _distinct(hook) for shop in body["shops"] for event in shop["events"]]
    assert set(Counter(event["id"] for event in events).values()) == {1}, seed
    assert Counter((event["site"], event["kind"]) for event in events) == expected, seed
    assert {mail["Idempotency-Key"] for mail in mails.mails} == _keys_of_mails(tmp_path, mail, webhook), seed


def _keys_of_mails(folder: Path, mail: str, webhook: str) -> set[str]:
    """What the outbox says it sent by mail: as many messages as by the webhook, each once."""
    with sqlite3.connect(folder / "home" / "shopwarden" / "history.sqlite3") as connection:
        rows = connection.execute("SELECT receiver, id FROM shopwarden_outbox WHERE sent IS NOT NULL").fetchall()
    connection.close()
    by_receiver: dict[str, set[str]] = {}
    for receiver, message in rows:
        by_receiver.setdefault(receiver, set()).add(message)
    mails, hooks = by_receiver[fingerprint("apprise", mail)], by_receiver[fingerprint("webhook", webhook)]
    assert len(mails) == len(hooks)
    return mails


def _configure(folder: Path, hosts: list[str], mail: str, webhook: str) -> None:
    sites = "".join(f'[[site]]\nurl = "http://{host}"\n' for host in hosts)
    alerts = f'[[alert]]\nto = ["{mail}"]\nfrom = "low"\n[[alert]]\nwebhook = "{webhook}"\nsecret = "${{KEY}}"\nfrom = "low"\n'
    (folder / "shopwarden.toml").write_text(alerts + sites)


def _change(shops: Street, leaked: set[str], hosts: list[str]) -> set[tuple[str, str]]:
    """Each of these shops gets the leak, or loses it again. (host, kind) of the events to come."""
    events = set()
    for host in hosts:
        if shops.pages.pop(host, None) is None:
            seen_before = host in leaked
            leaked.add(host)
            shops.pages[host] = {"/": LEAK}
            events.add((host, "came-back" if seen_before else "new"))
        else:
            events.add((host, "fixed"))
    return events


def _check(folder: Path, hosts: list[str], nights: int, seed: int) -> None:
    """The database is sound, and every night holds every shop exactly once."""
    file = folder / "home" / "shopwarden" / "history.sqlite3"
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), seed
        runs = [run for (run,) in connection.execute("SELECT id FROM shopwarden_runs WHERE finished IS NOT NULL")]
        assert len(runs) >= nights, seed  # one that was killed after its end was complete: the next one began anew
    connection.close()
    history = History.open(str(file))
    for run in runs:
        assert sorted(past.site for past in history.scans(run=run)) == sorted(hosts), seed
    assert history.outbox.waiting() == (), seed
    assert history.outbox.untold() == (), seed
    history.close()


def _distinct(hook: Hook) -> list[dict[str, list[dict[str, list[dict[str, str]]]]]]:
    """At least once means that a message may come twice; its key tells."""
    return list({headers["idempotency-key"]: json.loads(body) for _, _, headers, body in hook.requests}.values())
