"""From event to receiver, with kill -9 at the moments that matter, two configurations on one history, and two scans at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.history.store import History
from tests.command_line import shopwarden
from tests.loopback import response
from tests.patience import PATIENCE
from tests.receivers import Hook
from tests.street import HTML, Street

A, B = "amber.example", "birch.example"
LEAK = response(b"<html><title>Amber</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")
RUN = """
import os, pkgutil, signal, sys
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
where = sys.argv.pop(1)
if where:
    holder, _, name = where.rpartition(".")
    setattr(pkgutil.resolve_name(holder), name, die)
from shopwarden.cli.group import main
main()
"""


def start(shops: Street, folder: Path, *words: str, dies_in: str = "") -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "XDG_DATA_HOME": str(folder / "home")}
    command = [sys.executable, "-c", RUN, dies_in, *words, *shops.options(A, B)]
    return subprocess.Popen(command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(autouse=True)
def at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the working folder, with the webhooks' key."""
    monkeypatch.setenv("KEY", "sesame")


def nightly(shops: Street, config: str = "shopwarden.toml") -> int:
    """In this process."""
    return shopwarden("nightly", config, *shops.options(A, B)).exit_code


def killed(shops: Street, folder: Path, dies_in: str, config: str = "shopwarden.toml") -> int:
    """In a process of its own, which kills itself there."""
    process = start(shops, folder, "nightly", config, dies_in=dies_in)
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, out + err
    return process.returncode


def configure(file: Path, host: str, hook: Hook, path: str = "hook") -> None:
    alert = f'[[alert]]\nwebhook = "http://127.0.0.1:{hook.port}/{path}"\nsecret = "${{KEY}}"\nfrom = "low"\n'
    file.write_text(f'{alert}[nightly]\nfolder = "{file.stem}"\n[[site]]\nurl = "http://{host}"\n')


def told(hook: Hook, path: str = "/hook") -> list[tuple[str, list[tuple[str, str]]]]:
    """Idempotency-Key and (kind, rule) of each message that arrived, after the first look at a shop; the age of our data apart."""
    arrived = [
        (headers["idempotency-key"], [(event["kind"], event["rule"]) for shop in json.loads(body)["shops"] for event in shop["events"]])
        for _, at, headers, body in hook.requests
        if at == path
    ]  # fmt: skip
    news = [(key, [event for event in events if event[0] != "data-too-old"]) for key, events in arrived]
    return [(key, events) for key, events in news if {kind for kind, _ in events} - {"first-look"}]


NEWS = [("new", "version-leak-header")]


@pytest.mark.parametrize(
    "moment",
    ["shopwarden.operations.notify.put_out", "shopwarden.delivery.outbox.deliver", "scanner.history.outbox.Outbox.delivered"],
)
def test_killed_before_the_message_before_sending_and_before_marking(
    shops: Street, hook: Hook, tmp_path: Path, moment: str
) -> None:
    configure(tmp_path / "shopwarden.toml", A, hook)
    assert nightly(shops) == 0
    shops.pages[A] = {"/": LEAK}
    assert killed(shops, tmp_path, moment) == -signal.SIGKILL
    before = told(hook)
    assert len(before) == (1 if moment.endswith("delivered") else 0)
    assert nightly(shops) == 0
    assert [events for _, events in told(hook)] == [NEWS] * (len(before) + 1)
    assert len({key for key, _ in told(hook)}) == 1  # the same key both times, so the receiver can tell
    assert nightly(shops) == 0
    assert len(told(hook)) == len(before) + 1


def test_two_configurations_on_one_history_tell_and_drop_nothing_of_each_other(shops: Street, hook: Hook, tmp_path: Path) -> None:
    configure(tmp_path / "a.toml", A, hook, "a")
    configure(tmp_path / "b.toml", B, hook, "b")
    for config in ("a.toml", "b.toml"):
        assert nightly(shops, config) == 0
    shops.pages |= {A: {"/": LEAK}, B: {"/": LEAK}}
    assert killed(shops, tmp_path, "shopwarden.operations.notify.put_out", "a.toml") == -signal.SIGKILL
    hook.status = 500
    assert nightly(shops, "b.toml") == 5
    hook.status = 204
    assert nightly(shops, "a.toml") == 0
    assert ([events for _, events in told(hook, "/a")], told(hook, "/b")) == ([NEWS], [])
    assert nightly(shops, "b.toml") == 0
    assert [events for _, events in told(hook, "/b")] == [NEWS]


def test_two_scans_by_hand_at_once_are_both_kept(shops: Street, tmp_path: Path) -> None:
    both = [start(shops, tmp_path, "scan", f"http://{A}", "--html", f"{number}.html") for number in range(2)]
    for process in both:
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, out + err
        assert err == ""
    history = History.open(str(tmp_path / "home" / "shopwarden" / "history.sqlite3"))
    assert [past.command for past in history.scans(A)] == ["scan", "scan"]
    history.close()


def test_a_shop_with_another_name_is_the_same_shop(shops: Street, hook: Hook, tmp_path: Path) -> None:
    """Its key is its address; what people call it changes nothing."""
    configure(tmp_path / "shopwarden.toml", A, hook)
    assert nightly(shops) == 0
    with (tmp_path / "shopwarden.toml").open("a") as config:
        config.write('name = "Amber & Sons"\n')
    shops.pages[A] = {"/": LEAK}
    assert nightly(shops) == 0
    assert [events for _, events in told(hook)] == [NEWS]
