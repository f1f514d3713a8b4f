"""A disk that fills up in the middle of a nightly run: wherever it does, nothing that was there is lost, and nothing is told twice.

A limit on the size of files (RLIMIT_FSIZE) stands for the full disk: what would grow beyond it is refused, as on a disk without
room. The limits are chosen so that the database, the reports and the outbox each meet it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from scanner.history.store import History
from tests.loopback import response
from tests.patience import PATIENCE
from tests.receivers import Hook, hook_server
from tests.street import HTML, Street, street

SHOPS = ("amber.example", "birch.example")
LEAK = response(b"<html><title>Amber</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")
LIMITS = (8, 40, 56, 80)
"""Kilobytes. The database's index of its log has 32, a report about 80; the log grows by some 15 a shop."""
RUN = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if (most := int(sys.argv.pop(1))) >= 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
from shopwarden.cli.group import main
main()
"""


def nightly(shops: Street, folder: Path, most: int = -1) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "KEY": "sesame", "XDG_DATA_HOME": str(folder / "home")}
    words = [sys.executable, "-c", RUN, str(most), "nightly", *shops.options(*SHOPS)]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)


def configure(folder: Path, hook: Hook) -> None:
    alert = f'[[alert]]\nwebhook = "http://127.0.0.1:{hook.port}/x"\nsecret = "${{KEY}}"\nfrom = "low"\n'
    (folder / "shopwarden.toml").write_text(alert + "".join(f'[[site]]\nurl = "http://{host}"\n' for host in SHOPS))


def sound(file: Path) -> bool:
    with sqlite3.connect(file) as connection:
        answer: tuple[str] = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return answer == ("ok",)


def test_a_disk_that_is_full_for_some_nights(tmp_path: Path) -> None:
    database, reports = tmp_path / "home" / "shopwarden" / "history.sqlite3", tmp_path / "shopwarden-reports"
    failed = 0
    with street() as shops, hook_server() as hook:
        configure(tmp_path, hook)
        assert nightly(shops, tmp_path).returncode == 0
        shops.pages[SHOPS[0]] = {"/": LEAK}
        for kilobytes in LIMITS:
            ended = nightly(shops, tmp_path, kilobytes * 1024)
            failed += ended.returncode == 5
            assert ended.returncode in {0, 2, 5}, ended.stderr
            assert (ended.returncode == 0) == (not ended.stderr), ended.stderr
            assert "Traceback" not in ended.stderr
            assert sound(database)
            for host in SHOPS:
                assert (reports / f"{host}.html").read_text().endswith("</html>")
                assert json.loads((reports / f"{host}.json").read_text())["site"]["host"] == host
            assert not [one for one in reports.iterdir() if one.name.startswith(".")]
        assert nightly(shops, tmp_path).returncode == 0
    assert failed >= len(LIMITS) // 2
    events = [event for _, _, _, body in hook.requests for shop in json.loads(body)["shops"] for event in shop["events"]]
    changes = [(event["kind"], event["rule"]) for event in events if event["kind"] in {"new", "fixed", "came-back"}]
    assert changes == [("new", "version-leak-header")]
    history = History.open(str(database))
    assert history.outbox.untold() == ()
    assert history.outbox.waiting() == ()
    history.close()
