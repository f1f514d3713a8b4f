"""Asking for well-known addresses, the whole real path: what is asked, what is kept of it, and what a crash costs."""

from __future__ import annotations

import gzip
import json
import zlib
from urllib.parse import unquote

import pytest

from scanner.evidence import Answer, Probes
from scanner.evidence.codec import encode
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Inconclusive, Verdict
from tests.loopback import response, site
from tests.scanning import found, scan_of

HTML = "Content-Type: text/html; charset=utf-8\r\n"
PLAIN = "Content-Type: text/plain\r\n"
HOME = response(b"<title>Petal</title><h1>Flowers</h1><a href='/roses'>Roses</a>", headers=HTML)
DUMP = b"-- MySQL dump 10.13\nCREATE TABLE `customer` (id int);\nINSERT INTO `customer` VALUES (1,'Lee','ann@petalandstem.example');\n"
TABLE = b"email,lastname\nann@petalandstem.example,Lee\n"
LOGIN = b"<title>Administration</title><form action='?'><input name=u><input type=password name=p></form>"


def listing(*names: str) -> bytes:
    rows = "".join(f'<a href="{name}">{unquote(name)}</a>        21-Nov-2026 05:02     5000\n' for name in names)
    text = f'<html><head><title>Index of /backup/</title></head><body><h1>Index of /backup/</h1><hr><pre><a href="../">../</a>\n{rows}'
    return response(text.encode(), headers=HTML)


def verdict_of(result: ScanResult, rule: str) -> Verdict:
    return next(judged.verdict for judged in result.judged if judged.rule.id == rule)


async def test_what_a_list_names_is_looked_at_without_neighbours() -> None:
    asked: list[str] = []
    files = {
        "/": HOME,
        "/backup/": listing("before%20the%20move.sql.gz", "autumn.csv", "site.7z", "notes.txt", "old/"),
        "/backup/before%20the%20move.sql.gz": response(gzip.compress(DUMP), headers="Content-Type: application/gzip\r\n"),
        "/backup/autumn.csv": response(TABLE, headers=PLAIN),
        "/backup/site.7z": response(b"7z\xbc\xaf\x27\x1c" + bytes(90), headers="Content-Type: application/x-7z-compressed\r\n"),
    }
    rules = ("exposed-database-dump", "exposed-customer-data", "exposed-backup", "directory-listing-sensitive")
    scanned = await scan_of(site(files, asked), *rules)
    assert found(scanned.result) == {
        "directory-listing-sensitive": ["/backup/"],
        "exposed-backup": ["/backup/site.7z"],
        "exposed-customer-data": ["/backup/autumn.csv"],
        "exposed-database-dump": ["/backup/before%20the%20move.sql.gz"],
    }
    assert "/backup/notes.txt" not in asked
    assert sum(path.startswith("/backup/") for path in asked) == 4


async def test_names_that_mean_to_lead_elsewhere_stay_in_their_folder() -> None:
    asked: list[str] = []
    nasty = listing(
        "..%2f..%2fx.sql", "a%0d%0aHost:%20evil.example.sql", "%3Cscript%3E.sql", "x.sql?route=logout", "//evil.example/y.sql"
    )
    await scan_of(site({"/": HOME, "/backup/": nasty}, asked), "exposed-database-dump", "directory-listing")
    assert not [path for path in asked if "evil" in path and not path.startswith("/backup/")]
    assert not [path for path in asked if "logout" in path.partition("?")[2]]


@pytest.mark.parametrize(
    ("leads", "others", "subjects"),
    [
        ("index.php?route=upgrade/upgrade", 404, ["/install/"]),
        ("/account/logout", 404, None),  # who knows what that is
        ("index.php?route=upgrade/upgrade", 302, None),  # every address there is sent on
    ],
)
async def test_a_redirect_that_nobody_may_follow_proves_an_installer(leads: str, others: int, subjects: list[str] | None) -> None:
    """OpenCart's goes on with its upgrade once the shop is set up: asking for that would upgrade it."""
    asked: list[str] = []
    to = response(b"", "302 Found", headers=f"Location: {leads}\r\n")
    other = to if others == 302 else response(b"", "404 Not Found")
    scanned = await scan_of(site({"/": HOME, "/install/": to}, asked, other=other), "exposed-installer")
    assert found(scanned.result) == ({"exposed-installer": subjects} if subjects else {})
    assert subjects or isinstance(verdict_of(scanned.result, "exposed-installer"), Inconclusive)
    assert not [path for path in asked if "upgrade" in path or "logout" in path]


async def test_no_customer_is_kept() -> None:
    files = {"/": HOME, "/customers.csv": response(TABLE, headers=PLAIN), "/backup.sql": response(DUMP, headers=PLAIN)}
    files["/backup.sql.gz"] = response(gzip.compress(DUMP), headers="Content-Type: application/gzip\r\n")
    scanned = await scan_of(site(files), "exposed-customer-data", "exposed-database-dump")
    assert set(found(scanned.result)) == {"exposed-customer-data", "exposed-database-dump"}
    kept = scanned.gathered[Probes]
    recorded = json.dumps(encode(kept))
    assert "ann@" not in recorded
    assert "Lee" not in recorded
    packed = kept["/backup.sql.gz"].answer
    assert isinstance(packed, Answer)
    assert b"Lee" not in zlib.decompressobj(47).decompress(packed.head)
    assert "customer" in found_shown(scanned.result, "/backup.sql.gz")


def found_shown(result: ScanResult, subject: str) -> str:
    return next(one.finding.shown for one in result.findings if one.finding.subject == subject)


async def test_a_proof_that_crashes_costs_its_place_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_answer: Answer) -> str | None:
        raise ZeroDivisionError

    monkeypatch.setattr("checks.exposure.logs.log", crash)
    files = {"/": HOME, "/.git/HEAD": response(b"ref: refs/heads/main\n", headers=PLAIN)}
    scanned = await scan_of(site(files), "exposed-log", "exposed-vcs", "exposed-backup")
    assert found(scanned.result) == {"exposed-vcs": ["/.git/"]}
    verdict = verdict_of(scanned.result, "exposed-log")
    assert isinstance(verdict, Inconclusive)
    assert "ZeroDivisionError" in verdict.because
    assert {judged.rule.id for judged in scanned.result.judged if judged.defect} == {"exposed-log"}


async def test_a_proof_that_crashes_on_a_made_up_address_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(answer: Answer) -> str | None:
        if "Not here" in answer.text:
            raise ZeroDivisionError
        return "A log" if "error" in answer.text else None

    monkeypatch.setattr("checks.exposure.logs.log", crash)
    files = {"/": HOME, "/error_log": response(b"error", headers=PLAIN), "/debug.log": response(b"error", headers=PLAIN)}
    scanned = await scan_of(site(files, other=response(b"Not here", headers=PLAIN)), "exposed-log")
    assert isinstance(verdict_of(scanned.result, "exposed-log"), Inconclusive)


@pytest.mark.parametrize("closed", [False, True], ids=["the folder shows the login", "only the file does"])
async def test_the_index_file_of_a_folder_that_proved_the_login_is_asked_for_no_more(closed: bool) -> None:
    asked: list[str] = []
    login = response(LOGIN, headers=HTML)
    files = {"/": HOME, "/admin/": response(b"", "403 Forbidden") if closed else login, "/admin/index.php": login}
    scanned = await scan_of(site(files, asked), "admin-default-path")
    assert found(scanned.result) == {"admin-default-path": ["/admin/"]}  # one login, whichever address shows it
    assert ("/admin/index.php" in asked) is closed
