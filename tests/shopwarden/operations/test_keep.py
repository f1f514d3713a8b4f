"""A scan by hand and the history: what it keeps there, what it says of last time, and what happens where it cannot."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from scanner.history.connect import default_file
from scanner.history.store import History
from tests.command_line import shopwarden
from tests.loopback import response
from tests.patience import PATIENCE
from tests.street import HTML, Street

pytestmark = pytest.mark.usefixtures("folder")

SHOP = "amber.example"
LEAK = response(b"<html><title>Amber</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")


def scan(shops: Street, *words: str) -> Result:
    return shopwarden("scan", f"http://{SHOP}", *shops.options(SHOP), *words)


def commands(database: str | None = None) -> list[str]:
    history = History.open(database)
    found = [past.command for past in history.scans()]
    history.close()
    return found


def test_a_scan_is_recorded_and_says_what_changed_since_last_time(shops: Street) -> None:
    first = scan(shops)
    assert (first.exit_code, "Since last time" in first.stdout) == (0, False)
    same = scan(shops)
    assert "Nothing changed since the scan of" in same.stdout
    shops.pages[SHOP] = {"/": LEAK}
    worse = scan(shops)
    assert "\n New 1\n" in worse.stdout
    assert re.search(r"^  ● low .+exact version", worse.stdout, re.MULTILINE)
    del shops.pages[SHOP]
    assert "\n Fixed 1\n" in scan(shops).stdout
    shops.pages[SHOP] = {"/": LEAK}
    assert "\n Came back 1\n" in scan(shops).stdout
    assert commands() == ["scan"] * 5


def test_json_on_stdout_stays_json_alone_and_quiet_is_quiet(shops: Street) -> None:
    scan(shops, "--quiet")
    result = scan(shops, "--json", "-")
    assert json.loads(result.stdout)["site"]["key"] == SHOP
    assert "Nothing changed" in result.stderr
    assert scan(shops, "--quiet").output == ""


def test_a_shop_that_is_away_is_recorded_and_compared_with_nothing(shops: Street) -> None:
    scan(shops)
    shops.closed.add(SHOP)
    away = scan(shops)
    assert (away.exit_code, "Since last time" in away.stdout) == (3, False)
    shops.closed.clear()
    assert "Nothing changed" in scan(shops).stdout
    assert commands() == ["scan"] * 3


def test_where_a_server_has_another_time_its_time_counts(shops: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(shops, "--json", "here.json")
    monkeypatch.setattr(History, "ahead", timedelta(hours=5))
    scan(shops, "--json", "there.json")
    here, there = (datetime.fromisoformat(json.loads(Path(name).read_text())["started"]) for name in ("here.json", "there.json"))
    assert there - here > timedelta(hours=4)
    assert [past.started for past in History.open().scans()] == [there, here]


def test_no_history_is_no_history(shops: Street, folder: Path) -> None:
    assert scan(shops, "--no-history").exit_code == 0
    Path("shopwarden.toml").write_text("[defaults]\nno_history = true\n")
    assert scan(shops).exit_code == 0
    assert not (folder / "home").exists()


def test_demo_and_replay_record_nothing(shops: Street, folder: Path) -> None:
    scan(shops, "--no-history", "--record", "kept")
    assert shopwarden("replay", "kept").exit_code == 0
    assert shopwarden("demo", "--quiet", "--rate", "1000").exit_code == 0
    assert not (folder / "home").exists()


def test_the_database_may_be_named_on_the_command_line_and_in_the_configuration(shops: Street, folder: Path) -> None:
    scan(shops, "--database", "mine.sqlite3")
    assert commands("mine.sqlite3") == ["scan"]
    (folder / "conf").mkdir()
    (folder / "conf" / "shopwarden.toml").write_text('[defaults]\ndatabase = "beside.sqlite3"\n')
    scan(shops, "--config", "conf/shopwarden.toml")
    assert commands("conf/beside.sqlite3") == ["scan"]
    assert not (folder / "home").exists()


def test_a_scan_by_hand_takes_no_message_from_the_night(shops: Street) -> None:
    Path("shopwarden.toml").write_text(f'[[site]]\nurl = "http://{SHOP}"\n')
    assert shopwarden("nightly", *shops.options(SHOP)).output == ""
    shops.pages[SHOP] = {"/": LEAK}
    assert "New 1" in scan(shops).stdout
    assert "1 new" in shopwarden("nightly", *shops.options(SHOP)).stdout


def newer(file: Path) -> None:
    History.open(str(file)).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE shopwarden_schema SET version = 99")
    connection.close()


def garbage(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"no database " * 1000)


@pytest.mark.parametrize(("spoil", "words"), [(newer, "newer shopwarden"), (garbage, "is this really a history?")])
def test_a_named_database_must_open_and_the_usual_one_does_not_stand_in_the_way(shops: Street, spoil: object, words: str) -> None:
    assert callable(spoil)
    spoil(Path("mine.sqlite3"))
    refused = scan(shops, "--database", "mine.sqlite3")
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert not shops.asked
    spoil(default_file())
    warned = scan(shops)
    assert warned.exit_code == 5
    assert words in warned.stderr
    assert "--no-history" in warned.stderr
    assert Path(f"{SHOP}.html").exists()
    assert "Grade" in warned.stdout


def test_an_old_scan_that_cannot_be_read_hides_nothing_of_the_new_one(shops: Street, caplog: pytest.LogCaptureFixture) -> None:
    scan(shops)
    with sqlite3.connect(default_file()) as connection:
        connection.execute("UPDATE shopwarden_scans SET document = 'nonsense'")
    connection.close()
    with caplog.at_level("ERROR"):
        result = scan(shops)
    assert (result.exit_code, commands()) == (0, ["scan", "scan"])
    assert "cannot be read (TypeError)" in caplog.text
    assert Path(f"{SHOP}.html").exists()


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from shopwarden.cli.group import main
main()
"""


def on_a_full_disk(most: int, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process whose files may not grow beyond so many bytes: what a full disk answers."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        [sys.executable, "-c", FULL, str(most), *words], capture_output=True, text=True, env=env, timeout=PATIENCE, check=False
    )


def test_a_full_disk_loses_neither_the_last_report_nor_the_history(shops: Street) -> None:
    scan(shops)
    report, file = Path(f"{SHOP}.html"), default_file()
    before = report.read_bytes()
    shops.pages[SHOP] = {"/": LEAK}
    result = on_a_full_disk(4096, "scan", f"http://{SHOP}", *shops.options(SHOP), "--json", "-")
    assert result.returncode == 5, result.stderr
    assert json.loads(result.stdout)["grade"]
    assert f"{SHOP}.html: cannot be written (File too large)" in result.stderr
    assert "not kept in the history" in result.stderr
    assert "Traceback" not in result.stderr
    assert report.read_bytes() == before
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert commands() == ["scan"]
    assert "New 1" in scan(shops).stdout


def test_a_scan_of_one_rule_hides_nothing_from_recheck(shops: Street) -> None:
    shops.pages[SHOP] = {"/": LEAK}
    scan(shops)
    scan(shops, "--only", "nosniff-missing")
    result = shopwarden("recheck", SHOP, *shops.options(SHOP))
    assert re.search(r"^still there +low +.*X-Powered-By$", result.stdout, re.MULTILINE), result.output
