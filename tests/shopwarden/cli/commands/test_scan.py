"""``shopwarden scan`` and ``replay``: one shop, its reports, and the exit code."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
import trustme

from scanner.platforms import newer
from scanner.results.document import ScanDocument
from shopwarden.demo import DemoShop
from tests.command_line import shopwarden
from tests.loopback import Handler, response, serving, site
from tests.patience import PATIENCE, eventually
from tests.scanning import HOST, catalogue, port_words

HTML = "Content-Type: text/html\r\n"
HOME = response(b"<html><title>Petal</title><a href='/roses'>Roses</a></html>", headers=HTML)
SHOP = site({"/": HOME, "/roses": response(b"<h1>Roses</h1>", headers=HTML)})


@contextmanager
def shop_on(handler: Handler = SHOP, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A little shop in a thread of its own, for commands that run their own loop."""
    ready, done = threading.Event(), threading.Event()
    port = 0

    async def run() -> None:
        nonlocal port
        async with serving(handler, ssl=tls) as port:
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield port
    finally:
        done.set()
        thread.join(PATIENCE)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_loopback(http: int = 1, https: int = 1) -> list[str]:
    return [
        "--allow-private", "--rate", "1000", "--resolve", f"{HOST}:127.0.0.1",
        *port_words(http=http, https=https),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scan", "ftp://shop.example"], "ftp:// cannot be scanned"),
        (["scan", "https://jane:secret@shop.example"], "would land in reports"),
        (["scan", "https://shop.example:70000"], "ports go from 1 to 65535"),
        (["scan", "https://shop.example:0"], "ports go from 1 to 65535"),
        (["scan", "https://"], "names no host"),
        (["scan", "two words"], "is not a web address"),
        (["scan", "127.0.0.1"], "--allow-private"),
        (["scan", "[::1]"], "--allow-private"),
        (["scan", "169.254.169.254", "--allow-private"], "never connected to"),
        (["scan", "shop.example", "--only", "hsts-mising"], "did you mean hsts-missing"),
        (["scan", "shop.example", "--skip", "nonsense"], "no rule is called 'nonsense'"),
        (["scan", "shop.example", "--only", "hsts-missing", "--skip", "hsts-missing"], "no rule is left to run"),
        (["scan", "shop.example", "--only", " , "], "'--only': names no rule"),
        (["plan", "shop.example", "--skip", ","], "'--skip': names no rule"),
        (["scan", "shop.example", "--port", "htps=1"], "did you mean 'https'"),
        (["scan", "shop.example", "--port", "https=99999"], "from 1 to 65535"),
        (["scan", "shop.example", "--resolve", "shop.example"], "is not HOST:ADDRESS"),
        (["scan", "shop.example", "--rate", "0"], "shopwarden: --rate: must be more than 0\n"),
        (["scan", "shop.example", "--fail-on", "hihg"], "--fail-on: must be 'critical', 'high', 'medium', 'low' or 'info'"),
        (["scan", "shop.example", "--language", "deutsch"], "there is no language 'deutsch'; there are de, en"),
        (["demo", "--rate", "0"], "'--rate': 0.0 is not in the range"),
        (["scan", "shop.example", "--json", ""], "--json: needs the name of a file, or - for stdout"),
        (["demo", "--json", ""], "--json: needs the name of a file, or - for stdout"),
        (["scan", "shop.example", "--html", "no/such/folder/x.html"], "there is no folder"),
        (["scan", "shop.example", "--json", "."], "is a folder"),
        (["scan", "shop.example", "--ca-file", "none.pem"], "--ca-file: none.pem: there is no such file"),
        (["scan", "shop.example", "--ca-file", "/etc/passwd"], "--ca-file: /etc/passwd: holds no certificate in PEM"),
        (["scan", "shop.example", "--config", "none.toml"], "none.toml: cannot be read"),
        (["replay", "nowhere"], "--record"),
        (["rules", "hsts-mising"], "did you mean hsts-missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_clear_sentence_and_exit_2(words: list[str], message: str) -> None:
    result = shopwarden(*words)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert "secret" not in result.output


def test_bad_configuration_names_file_line_and_the_nearest_key(in_a_folder_of_its_own: Path) -> None:
    (in_a_folder_of_its_own / "shopwarden.toml").write_text("[defaults]\nrate = 2\nmax_page = 5\n")
    result = shopwarden("scan", "shop.example")
    assert result.exit_code == 2
    assert "shopwarden.toml, line 3" in result.output
    assert "did you mean 'max_pages'" in result.output


def test_a_shop_without_https_is_scanned(in_a_folder_of_its_own: Path) -> None:
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port), "--json", "out.json")
    assert result.exit_code == 0, result.output
    written = json.loads(Path("out.json").read_text())
    assert written["status"] == "complete"
    assert "https-missing" in {v["rule"] for v in written["verdicts"] if v["verdict"] == "found"}
    assert Path(f"{HOST}.html").exists()


def test_a_shop_with_https_only_is_scanned() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    with shop_on(tls=context) as port:
        result = shopwarden("scan", f"http://{HOST}", *on_loopback(https=port), "--json", "-", "--quiet")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["status"] == "complete"


def test_broken_tls_does_not_hide_the_rest() -> None:
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port, https=port), "--json", "-", "--quiet")
    written = json.loads(result.stdout)
    assert (result.exit_code, written["status"]) == (0, "complete")
    by_rule = {verdict["rule"]: verdict["verdict"] for verdict in written["verdicts"]}
    assert by_rule["version-leak-header"] == "passed"


def test_json_to_stdout_is_json_alone_and_valid() -> None:
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port), "--json", "-")
    written = json.loads(result.stdout)
    jsonschema.validate(written, ScanDocument.model_json_schema(mode="serialization", by_alias=True))
    assert "report" in result.stderr


@pytest.mark.parametrize(
    ("handler", "status", "words"),
    [
        (site({"/": response(b"", "301 Moved", "Location: http://other.example/\r\n")}), "unreachable", "--follow"),
        (site({"/": response(b"", "302 Found", "Location: /\r\n")}), "unreachable", "never arrives"),
        (site({"/": response(b"Forbidden", "403 Forbidden", HTML)}), "blocked", "firewall"),
        (site({"/": response(b"", "401 Unauthorized")}), "blocked", "password"),
        (site({"/": response(b"", "404 Not Found")}), "unreachable", "404"),
        (site({"/": response(b"", "500 Oops")}), "unreachable", "500"),
    ],
    ids=["elsewhere", "loop", "403", "401", "404", "500"],
)
def test_a_shop_that_cannot_be_scanned_is_exit_3_and_the_files_are_written(handler: Handler, status: str, words: str) -> None:
    with shop_on(handler) as port:
        result = shopwarden("scan", f"http://{HOST}", *on_loopback(http=port), "--json", "out.json", "--html", "out.html")
    written = json.loads(Path("out.json").read_text())
    assert (result.exit_code, written["status"], written["grade"]) == (3, status, None), result.output
    assert words in written["because"]
    assert {verdict["verdict"] for verdict in written["verdicts"]} == {"inconclusive"}
    assert Path("out.html").read_text().startswith("<!DOCTYPE html>")


def test_a_refused_connection_is_exit_3() -> None:
    result = shopwarden("scan", HOST, *on_loopback())
    assert result.exit_code == 3
    assert "refuses connections" in " ".join(result.output.split())


def test_a_name_that_does_not_resolve_is_exit_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_args: object, **_more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    result = shopwarden("scan", "no-such-shop.invalid")
    assert result.exit_code == 3
    assert "is it spelt right" in " ".join(result.output.split())


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "127.0.0.1:{port}", "http://127.0.0.1:{port}/shop/"])
def test_addresses_and_base_paths(url: str) -> None:
    answers = {"/": HOME, "/roses": HOME, "/shop/": HOME}
    with shop_on(site(answers)) as port:
        words = ["--allow-private", "--rate", "1000", *port_words()]
        result = shopwarden("scan", url.format(port=port), *words, "--json", "-", "--quiet")
    written = json.loads(result.stdout)
    if url.startswith("http:"):
        assert (result.exit_code, written["status"]) == (0, "complete")
        assert written["site"]["key"] == ("127.0.0.1/shop" if "shop" in url else "127.0.0.1")
    else:
        assert result.exit_code == 3  # taken as https, and that port speaks none


def test_an_ipv6_literal() -> None:
    result = shopwarden("scan", "http://[::1]:1/", "--allow-private")
    assert result.exit_code == 3
    assert "refuses connections" in " ".join(result.output.split())


def test_an_international_name_is_asked_for_as_it_travels() -> None:
    with shop_on() as port:
        words = [*on_loopback(http=port), "--resolve", "xn--blumen-mller-klb.example:127.0.0.1"]
        result = shopwarden("scan", "http://Blumen-Müller.example", *words, "--json", "-", "--quiet")
    written = json.loads(result.stdout)
    assert (result.exit_code, written["site"]["key"]) == (0, "xn--blumen-mller-klb.example")


def test_fail_on() -> None:
    with shop_on() as port:
        assert shopwarden("scan", HOST, *on_loopback(http=port), "--quiet", "--fail-on", "high").exit_code == 1
        assert (
            shopwarden("scan", HOST, *on_loopback(http=port), "--quiet", "--fail-on", "low", "--only", "ftp-open").exit_code == 0
        )


def test_an_accepted_risk_counts_nowhere(in_a_folder_of_its_own: Path) -> None:
    (in_a_folder_of_its_own / "shopwarden.toml").write_text(
        f'[[site]]\nurl = "{HOST}"\nname = "Petal"\n[[site.accepted]]\nrule = "https-missing"\nreason = "Moving in May"\nuntil = 2099-01-01\n'
    )
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port), "--only", "https-missing", "--fail-on", "info", "--json", "-")
    written = json.loads(result.stdout)
    assert (result.exit_code, written["counts"]["critical"], written["problems"]["critical"]) == (0, 0, 0)
    assert written["site"]["name"] == "Petal"
    assert written["verdicts"][0]["findings"][0]["accepted"]["reason"] == "Moving in May"


@pytest.mark.parametrize(
    ("options", "ran", "because"),
    [
        (["--only", "hsts-missing"], 1, "Only these rules were asked for: hsts-missing."),
        (["--skip", "https-missing,hsts-missing"], -2, "These rules were left out: hsts-missing, https-missing."),
    ],
)
def test_a_limited_scan_has_no_grade_and_says_so_first(options: list[str], ran: int, because: str) -> None:
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port), *options, "--json", "-")
    written, of = json.loads(result.stdout), len(catalogue().chosen())
    assert written["limited"] == {"rules": ran % of, "of": of, "because": because}
    assert (result.exit_code, written["grade"], written["score"]) == (0, None, None)
    assert "This is not a look at the whole shop" in result.stderr.splitlines()[1]
    page = Path(f"{HOST}.html").read_text()
    assert "This is not a look at the whole shop" in page
    assert 'class="grade none"' in page
    assert 'class="grade good"' not in page


def test_where_only_lesser_rules_are_left_out_the_grade_is_provisional() -> None:
    with shop_on() as port:
        result = shopwarden("scan", HOST, *on_loopback(http=port), "--skip", "nosniff-missing", "--json", "-")
    written = json.loads(result.stdout)
    assert written["limited"]["because"] == "These rules were left out: nosniff-missing."
    assert (written["grade"], written["provisional"]) == ("D", True)


def test_a_replayed_scan_is_as_limited_as_it_was(in_a_folder_of_its_own: Path) -> None:
    folder = str(in_a_folder_of_its_own / "recording")
    with shop_on() as port:
        shopwarden("scan", HOST, *on_loopback(http=port), "--only", "https-missing", "--json", "a.json", "--record", folder)
    assert shopwarden("replay", folder, "--json", "b.json").exit_code == 0
    assert json.loads(Path("a.json").read_text())["limited"] == json.loads(Path("b.json").read_text())["limited"] is not None


def test_a_recorded_scan_is_judged_again_byte_for_byte_without_a_network(
    in_a_folder_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DemoShop(folder=in_a_folder_of_its_own / "demo") as shop:
        words = port_words(**shop.ports)
        words += [word for host, addresses in shop.resolve.items() for word in ("--resolve", f"{host}:{addresses[0]}")]
        config = f'[[site]]\nurl = "{shop.url}"\n' + "".join(
            "[[site.backup]]\n"
            + "".join(
                f"{key} = {json.dumps(str(value) if not isinstance(value, float | int) else value)}\n"
                for key, value in one.items()
            )
            for one in shop.backups
        )
        Path("shopwarden.toml").write_text(config)
        scanned = shopwarden(
            "scan", shop.url, *words, "--allow-private", "--rate", "500", "--record", "recording", "--json", "one.json", "--quiet"
        )
        assert scanned.exit_code == 0, scanned.output
        assert shop.hits.touched == []
    monkeypatch.setattr(socket, "socket", lambda *_a, **_k: pytest.fail("replay opened a socket"))
    monkeypatch.setattr(newer, "folder", lambda: in_a_folder_of_its_own / "data")
    Path("data").mkdir()  # what was learnt since does not count
    Path("data", newer.LIBRARIES).write_text('{"recorded": "2099-01-01", "source": "x", "libraries": {}}')
    ended = {"recorded": "2099-01-01", "source": "x", "branch": [{"name": "1.7", "ended": True}, {"name": "7.4"}]}
    Path("data", newer.SUPPORT).write_text(json.dumps({"prestashop": ended, "php": ended, "apache": ended, "wordpress": ended}))
    replayed = shopwarden("replay", "recording", "--json", "two.json", "--quiet")
    assert replayed.exit_code == 0, replayed.output
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()
    everything = "".join(file.read_text() for file in Path("recording").iterdir())
    assert "topsecret" not in everything


def test_an_unwritable_output_is_found_out_before_the_scan(in_a_folder_of_its_own: Path) -> None:
    Path("file").write_text("")
    assert "there is no folder" in shopwarden("scan", HOST, "--html", "file/x.html").output


@pytest.mark.parametrize("after", [0.5, 1.5])
def test_ctrl_c_writes_what_is_known_and_exits_130(in_a_folder_of_its_own: Path, after: float) -> None:
    with shop_on() as port:
        words = [*on_loopback(http=port), "--rate", "3", "--json", "out.json"]
        child = subprocess.Popen([sys.executable, "-m", "shopwarden", "scan", HOST, *words], stderr=subprocess.PIPE, text=True)
        eventually(lambda: len(list(Path(f"/proc/{child.pid}/task").iterdir())) > 1)
        time.sleep(after)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    written = json.loads(Path("out.json").read_text())
    assert written["status"] in {"partial", "unreachable"}
    assert "stopped by hand" in written["because"]


def test_ctrl_c_while_files_are_written_loses_none_and_exits_130(in_a_folder_of_its_own: Path) -> None:
    os.mkfifo("out.md")  # whoever writes into it waits for a reader
    with shop_on() as port:
        words = [*on_loopback(http=port), "--rate", "100", "--html", "out.html", "--markdown", "out.md", "--fixes", "fixes"]
        command = [sys.executable, "-m", "shopwarden", "scan", HOST, *words, "--record", "kept"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        eventually(lambda: Path("out.html").exists() or child.poll() is not None)
        child.send_signal(signal.SIGINT)
        assert child.stderr is not None
        told = child.stderr.readline()
        read = Path("out.md").read_text()
        printed, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, errors
    assert told + errors == "shopwarden: what was found is being written; Ctrl-C again ends at once\n"
    assert read.startswith("# ")
    assert "The report: " in printed
    assert Path("fixes/checklist.md").exists()
    assert shopwarden("replay", "kept", "--quiet").exit_code == 0


@pytest.mark.parametrize(("words", "at"), [(["scan", HOST], "settings_of"), (["rules"], "catalogue")])
def test_ctrl_c_before_anything_is_known_exits_130_too(words: list[str], at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"shopwarden.cli.console.{at}", pressed)
    result = shopwarden(*words)
    assert (result.exit_code, result.output) == (130, "shopwarden: ended by Ctrl-C\n")


def test_every_kind_of_output_is_written() -> None:
    kinds = ("sarif", "junit", "csv", "markdown", "tickets")
    with shop_on() as port:
        words = [word for kind in kinds for word in (f"--{kind}", f"out.{kind}")]
        result = shopwarden("scan", HOST, *on_loopback(http=port), *words, "--fixes", "fixes")
    assert result.exit_code == 0, result.output
    assert Path("fixes/checklist.md").exists()
    assert json.loads(Path("out.sarif").read_text())["version"] == "2.1.0"
    assert Path("out.junit").read_text().startswith("<?xml")
    assert "https-missing" in Path("out.csv").read_text()
    assert Path("out.markdown").read_text().startswith("# ")
