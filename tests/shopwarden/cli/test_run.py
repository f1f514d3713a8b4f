"""``shopwarden batch`` and ``nightly``: many shops, every night."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from scanner.history.store import History
from scanner.text.clock import Clock
from shopwarden.operations.lock import one_at_a_time
from tests.command_line import configured, shopwarden
from tests.patience import PATIENCE, eventually
from tests.receivers import Hook, MailServer
from tests.street import HTML, LISTING, Street, response

pytestmark = pytest.mark.usefixtures("folder")

A, B, C = "amber.example", "birch.example", "cedar.example"
LEAK = response(
    b"<html><title>Amber</title></html>", headers=HTML + "Server: Apache/2.4.1 (Debian)\r\nX-Powered-By: PHP/5.6.40\r\n"
)


def written(name: str = "shops.json") -> dict[str, dict[str, object]]:
    whole = json.loads((Path("shopwarden-reports") / name).read_text())
    return {shop["site"]: shop for shop in whole["shops"]}


def test_a_batch_writes_a_report_a_shop_and_an_overview(shops: Street) -> None:
    configured(A, B)
    shops.closed.add(B)
    result = shopwarden("batch", *shops.options(A, B))
    assert result.exit_code == 3, result.output  # one shop could not be scanned
    assert "2 shops, 1 could not be scanned" in result.stdout
    reports = Path("shopwarden-reports")
    assert sorted(file.name for file in reports.iterdir()) == [
        f"{A}.html", f"{A}.json", f"{B}.html", f"{B}.json", "index.html", "shops.csv", "shops.json",
    ]  # fmt: skip
    assert f'href="{A}.html"' in (reports / "index.html").read_text()
    assert (written()[A]["status"], written()[B]["status"]) == ("complete", "unreachable")
    rows = list(csv.DictReader((reports / "shops.csv").read_text().splitlines()))
    assert [row["site"] for row in rows] == [A, B]
    assert [past.command for past in History.open().latest()] == ["batch", "batch"]


def test_a_batch_of_a_csv_says_what_changed_since_the_last_scan(shops: Street) -> None:
    Path("clients.csv").write_text(f"\ufeffurl;name\nhttp://{A};Amber\nhttp://www.{A};Again\n")
    assert shopwarden("batch", "clients.csv", *shops.options(A)).exit_code == 0
    shops.pages[A] = {"/": LEAK}
    result = shopwarden("batch", "clients.csv", *shops.options(A))
    assert "is the same shop as" in result.stderr
    assert written()[A]["new"] != 0
    assert len(written()[A]["trend"]) == 2


def test_a_batch_without_history_leaves_none(shops: Street, folder: Path) -> None:
    configured(A)
    assert shopwarden("batch", "--no-history", "--fail-on", "critical", *shops.options(A)).exit_code == 1  # https is missing
    assert not (folder / "home").exists()
    assert written()[A]["grade"] is not None


def test_nights(shops: Street, mails: MailServer, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "sesame")
    configured(A, B, more=f"""
[nightly]
heartbeat = "http://127.0.0.1:{hook.port}/alive"
[[alert]]
to = ["mailto://127.0.0.1:{mails.port}/?from=warden@agency.example&to=owner@amber.example"]
from = "low"
[[alert]]
webhook = "http://127.0.0.1:{hook.port}/hook"
secret = "${{KEY}}"
from = "low"
""")  # fmt: skip

    def night() -> Result:
        return shopwarden("nightly", *shops.options(A, B))

    first = night()
    assert (first.exit_code, first.output) == (0, "")  # nothing has changed yet; who is to be told gets his answer
    (answer,) = mails.mails
    assert answer["Subject"].startswith("Amber: first look: ")
    assert "; 2 shops in all: " in answer["Subject"]
    assert [path for _, path, _, _ in hook.requests] == ["/hook", "/alive"]
    mails.mails.clear()
    hook.requests.clear()
    assert night().output == ""

    shops.pages[A] = {"/": LEAK, "/img/": LISTING}
    third = night()
    assert third.exit_code == 0, third.output
    assert f"{A}: " in third.stdout
    assert " new" in third.stdout
    (mail,) = mails.mails
    assert mail["Subject"].startswith("Amber: new, ")
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Amber (amber.example)" in text.get_content()
    assert [path for _, path, _, _ in hook.requests] == ["/alive", "/hook", "/alive"]

    shops.closed.add(B)
    assert f"{B}: cannot be reached" in night().stdout
    assert night().output == ""  # told once
    shops.closed.clear()
    shops.pages.clear()
    mails.refuse = True
    sixth = night()
    assert sixth.exit_code == 5
    assert "not delivered" in sixth.stderr
    assert f"{B}: can be reached again" in sixth.stdout
    assert " fixed" in sixth.stdout
    mails.refuse = False
    assert night().exit_code == 0
    subjects = [mail["Subject"] for mail in mails.mails]
    assert subjects[1] == "Birch: cannot be reached"
    assert "; 2 shops in all: " in subjects[2]
    assert len(subjects) == 3
    assert [json.loads(body)["subject"] for _, path, _, body in hook.requests if path == "/hook"] == subjects


def test_one_night_dated_2036_asks_records_tells_and_forgets_nothing(
    shops: Street, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "sesame")
    entry = f'[[alert]]\nwebhook = "http://127.0.0.1:{hook.port}/hook"\nsecret = "${{KEY}}"\nfrom = "low"\nweekly = true\n'
    configured(A, B, more=entry)
    at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
    monkeypatch.setattr(Clock, "now", lambda _self: at)

    def night(*more: str, command: str = "nightly") -> Result:
        return shopwarden(command, *shops.options(A, B), *more)

    assert night().exit_code == 0
    asked = shops.asked.total()
    at = datetime(2036, 3, 2, 2, 30, tzinfo=UTC)
    hook.requests.clear()
    for command in ("nightly", "batch"):
        result = night(command=command)
        assert result.exit_code == 2
        assert "2036-03-02 02:30 UTC" in result.stderr
        assert "2026-03-01 02:30 UTC" in result.stderr
        assert f"shopwarden history {A} --accept-clock" in result.stderr
    assert (shops.asked.total(), hook.requests) == (asked, [])
    at = datetime(2026, 3, 8, 2, 30, tzinfo=UTC)
    assert night().exit_code == 0
    (reminded,) = [json.loads(body) for _, path, _, body in hook.requests if path == "/hook"]
    assert {event["kind"] for shop in reminded["shops"] for event in shop["events"]} == {"still-open"}
    assert len(History.open().scans(A)) == 2

    # somebody believes the wrong clock; the way back is the one that the next night tells
    at = datetime(2036, 3, 9, 2, 30, tzinfo=UTC)
    assert night("--accept-clock").exit_code == 0
    at = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    result = night()
    assert (result.exit_code, f"shopwarden history {A} --forget-after 2026-03-10" in result.stderr) == (2, True)
    for key in (A, B):
        assert "1 scan after 2026-03-10" in shopwarden("history", key, "--forget-after", "2026-03-10").stdout
    hook.requests.clear()
    assert night().output == ""
    assert hook.requests == []
    assert [f"{past.started:%Y-%m-%d}" for past in History.open().scans(A)] == ["2026-03-10", "2026-03-08", "2026-03-01"]


def test_a_shop_that_rested_is_left_out_alone_until_somebody_says_that_the_clock_is_right(
    shops: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
    monkeypatch.setattr(Clock, "now", lambda _self: at)
    configured(A)
    assert shopwarden("nightly", *shops.options(A, B)).exit_code == 0
    configured(B)
    for month in (10, 18):
        at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC) + timedelta(days=30 * month)
        assert shopwarden("nightly", *shops.options(A, B)).exit_code == 0
    configured(A, B)
    shops.asked.clear()
    result = shopwarden("nightly", *shops.options(A, B))
    assert result.exit_code == 5
    assert f"{A}: nothing is recorded" in result.stderr
    assert (set(shops.asked) & {A}, written()[B]["status"], written()[A]["status"]) == (set(), "complete", "failed")
    assert shopwarden("history", A, "--accept-clock").exit_code == 0
    assert shopwarden("nightly", *shops.options(A, B)).exit_code == 0
    assert written()[A]["status"] == "complete"


def test_a_clock_that_goes_back_for_an_hour_costs_no_night(shops: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
    monkeypatch.setattr(Clock, "now", lambda _self: at)
    configured(A)
    for hours in (0, 24, 23):
        at = datetime(2026, 3, 1, 2, 30, tzinfo=UTC) + timedelta(hours=hours)
        assert shopwarden("nightly", *shops.options(A)).exit_code == 0
    assert [past.started.second for past in History.open().scans(A)] == [1, 0, 0]
    assert "before the last one that is recorded" in Path("shopwarden-reports", f"{A}.html").read_text()
    at += timedelta(hours=3)
    assert shopwarden("scan", f"http://{A}", *shops.options(A)).exit_code == 0
    at += timedelta(days=500)
    result = shopwarden("scan", f"http://{A}", *shops.options(A))
    assert result.exit_code == 5
    assert "--accept-clock" in result.stderr
    assert shopwarden("scan", f"http://{A}", *shops.options(A), "--accept-clock").exit_code == 0


def test_a_broken_address_or_a_missing_secret_stops_before_the_first_scan_so_that_nothing_is_lost(shops: Street) -> None:
    for entry, words in (
        ('to = ["mailto://"]', "cannot be used"),
        ('to = ["mailto://u:${NOT_SET}@mail.example"]', "the environment has no NOT_SET"),
        ('webhook = "https://hook.example"\nsecret = "${NOT_SET}"', "the environment has no NOT_SET"),
        ("to = []", "somebody to tell"),
    ):
        configured(A, more=f"[[alert]]\n{entry}\n")
        result = shopwarden("nightly", *shops.options(A))
        assert (result.exit_code, words in result.output) == (2, True), result.output
        assert "shopwarden.toml, line 1: alert[1]: " in result.output
    configured(A, more='[[alert]]\nto = ["mailto://u@mail.example"]\nsites = ["ambre.example"]\n')
    result = shopwarden("nightly", *shops.options(A))
    assert result.exit_code == 2
    expected = "shopwarden.toml, line 3: alert[1].sites: no shop is called ambre.example; did you mean amber.example?"
    assert expected in result.output, result.output
    configured(A, more='[nightly]\nheartbeat = "${NOT_SET}"\n')
    result = shopwarden("nightly", *shops.options(A))
    assert (result.exit_code, "shopwarden.toml, line 2: nightly.heartbeat: the environment" in result.output) == (2, True)
    assert shops.asked == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["batch"], "no shop is configured"),
        (["batch", "none.csv"], "none.csv: cannot be read"),
        (["batch", "none.toml"], "none.toml: cannot be read"),
        (["nightly", "--at-once", "0"], "at-once"),
        (["batch", "one.csv", "--only", "nonsense"], "--only: no rule is called 'nonsense'"),
        (["batch", "one.csv", "--only", "https-missing", "--skip", "https-missing"], "a.example: no rule is left to run"),
        (["batch", "one.csv", "--only", ","], "'--only': names no rule"),
        (["batch", "one.csv", "--database", "nonsense://x"], "only SQLite and PostgreSQL"),
        (["batch", "one.csv", "--folder", "one.csv/x"], "cannot be made"),
        (["batch", "private.csv"], "--allow-private"),
        (["recheck", "nobody.example"], "no scan of 'nobody.example' is recorded"),
        (["history", "nobody.example"], "no scan of 'nobody.example' is recorded"),
        (["diff", "nobody.example"], "no scan of 'nobody.example' is recorded"),
        (["history", "--forget-after", "2026-03-01"], "give the shop as well"),
        (["history", "nobody.example", "--accept-clock"], "no scan of 'nobody.example' is recorded"),
        (["history", "nobody.example", "--forget-after", "yesterday"], "'yesterday' is no day"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_clear_sentence_and_exit_2(words: list[str], message: str) -> None:
    Path("one.csv").write_text("url\na.example\n")
    Path("private.csv").write_text("url\n127.0.0.1\n")
    result = shopwarden(*words)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('only = ["hsts-mising"]', "line 5: site[1].only: no rule is called 'hsts-mising'; did you mean hsts-missing?"),
        (
            '[[site.accepted]]\nrule = "hsts-mising"\nreason = "x"\nuntil = 2099-01-01',
            "line 6: site[1].accepted[1].rule: no rule is called 'hsts-mising'; did you mean hsts-missing?",
        ),
        ('ca_file = "nix.pem"', "line 5: site[1].ca_file: nix.pem: there is no such file"),
        ('ca_file = "shopwarden.toml"', "line 5: site[1].ca_file: shopwarden.toml: holds no certificate in PEM"),
        ('[[site.backup]]\nkind = "site"\nlocation = "gopher://x/y"', "line 7: site[1].backup[1].location: Folders and "),
        ('language = "xx"', "line 5: site[1].language: there is no language 'xx'"),
    ],
)
@pytest.mark.parametrize("command", ["batch", "nightly"])
def test_a_mistake_is_found_before_the_first_scan_and_says_where_it_stands(command: str, lines: str, message: str) -> None:
    configured(A)
    with Path("shopwarden.toml").open("a") as file:
        file.write(lines + "\n")
    result = shopwarden(command)
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert result.output.count("\n") == 1


def test_a_mistake_in_the_defaults_is_placed_there() -> None:
    configured(A, more='[defaults]\nskip = ["hsts-mising"]\n')
    assert "shopwarden.toml, line 2: defaults.skip: no rule is called" in shopwarden("batch").output


def test_two_runs_do_not_overlap(shops: Street) -> None:
    configured(A)
    shopwarden("nightly", *shops.options(A))
    with one_at_a_time(Path("home/shopwarden/history.sqlite3.lock")):
        result = shopwarden("nightly", *shops.options(A))
    assert result.exit_code == 2
    assert "another run is under way (process" in result.output
    assert shopwarden("nightly", *shops.options(A)).exit_code == 0


def test_a_shop_that_breaks_us_stops_no_other(shops: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    from shopwarden.operations import one_shop

    configured(A, B, C)
    real = one_shop.scan

    async def scan(order: object, *args: object, **more: object) -> object:
        if order.target.host == B:
            raise RuntimeError("a defect of ours")
        return await real(order, *args, **more)

    monkeypatch.setattr(one_shop, "scan", scan)
    result = shopwarden("nightly", *shops.options(A, B, C))
    assert result.exit_code == 4
    assert {key: shop["status"] for key, shop in written().items()} == {A: "complete", B: "failed", C: "complete"}


def test_a_report_that_cannot_be_written_is_told_and_the_scan_is_kept(shops: Street) -> None:
    configured(A, B)
    (Path("shopwarden-reports") / f"{A}.html").mkdir(parents=True)
    result = shopwarden("nightly", *shops.options(A, B))
    assert result.exit_code == 5
    assert f"{A}.html: cannot be written" in result.stderr
    assert {past.site for past in History.open().latest()} == {A, B}


def test_an_accepted_risk_counts_in_no_command(shops: Street) -> None:
    configured(A)
    shops.pages[A] = {"/img/": LISTING}
    shopwarden("nightly", *shops.options(A))
    shops.pages[A] = {}
    shopwarden("nightly", *shops.options(A))
    shops.pages[A] = {"/": LEAK, "/img/": LISTING}
    with Path("shopwarden.toml").open("a") as file:
        file.write('[[site.accepted]]\nrule = "directory-listing"\nreason = "a public folder"\nuntil = 2099-01-01\n')
    night = shopwarden("nightly", *shops.options(A))
    assert night.stdout.startswith(f"{A}: "), night.output
    assert "came back" not in night.stdout
    assert "came back" not in (Path("shopwarden-reports") / "index.html").read_text()
    assert written()[A]["came_back"] == 0
    assert "came back" not in shopwarden("history", A).stdout
    again = shopwarden("recheck", A, "directory-listing", "--fail-on", "info", *shops.options(A))
    assert again.exit_code == 0, again.output
    assert again.stdout.startswith("accepted     medium"), again.output


def test_ctrl_c_ends_a_batch_and_the_next_call_goes_on(shops: Street, folder: Path) -> None:
    hosts = [f"shop{number}.example" for number in range(6)]
    Path("last.csv").write_text(f"url\nhttp://{hosts[5]}\n")
    shopwarden("batch", "last.csv", *shops.options(hosts[5]))
    last_night = written()[hosts[5]]
    (folder / f"shopwarden-reports/{hosts[5]}.json").unlink()
    configured(*hosts)
    command = [sys.executable, "-m", "shopwarden", "batch", "--at-once", "1", *shops.options(*hosts), "--rate", "100"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=folder)
    threading.Thread(target=_interrupt_after_two, args=(process, folder)).start()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, (out, err)
    assert b"ended by Ctrl-C" in err
    assert b"the next call goes on there" in err
    by_status = Counter(shop["status"] for shop in written().values())
    done = by_status["complete"]
    assert 0 < done < 6
    assert by_status["not-reached"] == 6 - done
    kept, never = written()[hosts[5]], written()[hosts[4]]
    assert (kept["grade"], kept["report"], kept["medium"]) == (last_night["grade"], f"{hosts[5]}.html", last_night["medium"])
    assert "before this shop's turn. This is its scan of " in str(kept["because"])
    assert (never["grade"], never["because"]) == (None, "The run was ended before this shop's turn. It was never scanned before.")
    page = (folder / "shopwarden-reports/index.html").read_text()
    assert f"The run was ended before it came to {6 - done}." in page
    assert "could not be scanned" not in page
    result = shopwarden("batch", *shops.options(*hosts))
    assert f"goes on; done already: {done} shop" in result.stderr
    assert {shop["status"] for shop in written().values()} == {"complete"}
    assert len(History.open().scans()) == 7


def _interrupt_after_two(process: subprocess.Popen[bytes], folder: Path) -> None:
    eventually(lambda: len(list(folder.glob("shopwarden-reports/shop?.example.json"))) >= 2 or process.poll() is not None)
    process.send_signal(signal.SIGINT)
