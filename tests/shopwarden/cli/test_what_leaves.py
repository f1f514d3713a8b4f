"""One shop whose owner keeps records, letters and a register, looked at by every command: no output, mail, file or row of the
history holds a whole card number, and each person's name stands where the owner alone reads it, and nowhere else.
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email import message_from_string
from pathlib import Path

import pytest

from scanner.evidence import DnsAnswer, Existence, Unavailable
from scanner.gatherers.net.dns import Dns
from shopwarden.operations import write_reports
from tests.command_line import shopwarden
from tests.loopback import response
from tests.receivers import MailServer, hook_server, mail_server
from tests.street import HTML, Street, street

HOST = "amber.example"
CARDS = ("4111111111111111", "5555555555554444", "378282246310005", "6011000990139424", "30569309025904", "3530111333300000")
"""The networks' own test numbers."""
NAMES = ("Britta Wurzel-Zabłocka", "Jörg O’Hara")
PHONE = "+44 20 5550 1234"
LETTER = f"""Received: from web.host.example (web.host.example [192.0.2.7]) by mx.mailbox.example with ESMTP id 1; Mon, 2 Nov 2026 10:00:01 +0100
From: Amber <news@amber.example>
To: anna@mailbox.example, b@other.example
Subject: Your order, card 5555-5555-5555-4444
Date: Mon, 2 Nov 2026 10:00:00 +0100
X-PHP-Originating-Script: 33:{CARDS[2]}.php
X-Mailer: Sender 1.2 {CARDS[3]}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html; charset=utf-8

<p>Your card <b>4111</b> 1111 <i>1111</i> 1111, password: Tulip2024!</p>
<a href="http://amber.example/{CARDS[0]}?card={CARDS[1]}">http://other.example</a>
--x
Content-Type: text/csv; name="{CARDS[0]}.csv"
Content-Transfer-Encoding: base64

{base64.encodebytes(f"name,card number{chr(10)}A,{CARDS[4]}{chr(10)}".encode()).decode()}
--x--
"""


def _records(folder: Path) -> None:
    """Numbers in the files, in what is packed in them, and in the names of both."""
    folder.mkdir()
    said = "".join(f"Guest: my card is {' '.join(re.findall('.{4}', card))}, valid until 12/27\n" for card in CARDS[:2])
    (folder / f"chat-{CARDS[0]}-2020-01-05.log").write_text(said)
    (folder / "paid_4111_1111_1111_1111.csv").write_text(f"name;card number\nA;{CARDS[2]}\n")
    (folder / "mails.mbox.gz").write_bytes(gzip.compress(f"From a@a.example Mon Jan  5 10:00:00 2026\n{LETTER}".encode()))
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr(f"{CARDS[3]}.pdf", f"%PDF-1.7 {CARDS[3]}")
        archive.writestr("inner/5555 5555 5555 4444.json", f'{{"pan": "{CARDS[1]}"}}')
    (folder / f"{CARDS[5]}.gz").write_bytes(gzip.compress(f"card {CARDS[5]}".encode())[:-9])


def _configured(mails: MailServer, hook: int) -> str:
    def to(name: str) -> str:
        return f"mailto://127.0.0.1:{mails.port}/?from=robot@agency.example&to={name}@agency.example"

    return f"""
[[alert]]
to = ["{to("owner")}"]
from = "info"
[[alert]]
to = ["{to("weekly")}"]
weekly = true
[[alert]]
webhook = "http://127.0.0.1:{hook}/"
secret = "${{HOOK}}"
[breach]
regulator = "uk-ico"
team = [{{ name = "{NAMES[0]}", phone = "{PHONE}", role = "decides" }}]
[[site]]
url = "http://{HOST}"
name = "Amber"
report_to = ["{to("client")}"]
[[site.review]]
name = "ftp-password"
done = 2026-01-05
by = "{NAMES[1]}"
[[site.account]]
name = "Till"
people = ["{NAMES[0]}", "{NAMES[1]}"]
second_factor = false
[[site.person]]
name = "{NAMES[1]}"
left = 2026-01-31
[[site.records]]
location = "chats"
keep = "2y"
[[site.letter]]
location = "letters"
"""


def _shop(shops: Street) -> None:
    cards = "".join(f"<p>Chat of today: card {' '.join(re.findall('.{1,4}', card))}</p>" for card in CARDS[:2])
    page = f"<html><title>Amber</title><!-- test card {CARDS[1]} --><a href='/roses'>Roses</a>{cards}</html>"
    log = "".join(f"[05-Jan-2026 10:00:00 UTC] PHP Warning:  card {card} refused in /srv/pay.php on line 7\n" for card in CARDS)
    shops.pages[HOST] = {
        "/": response(page.encode(), headers=HTML),
        "/error_log": response(log.encode(), headers="Content-Type: text/plain\r\n"),
        "/debug.log": response(log.encode(), headers="Content-Type: text/plain\r\n"),
    }


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Everything that was printed, written, sent or recorded: its name → its text."""
    folder = tmp_path_factory.mktemp("left")
    with pytest.MonkeyPatch.context() as patch, street() as shops, mail_server() as mails, hook_server() as hook:

        async def ask(_self: Dns, _name: str, _kind: str) -> DnsAnswer | Unavailable:
            return DnsAnswer(Existence.NO_NAME)

        patch.chdir(folder)
        patch.setenv("HOOK", "tulips and roses")
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        patch.setattr(Dns, "told", ask)
        for made in ("pdf", "_pdf"):  # what is printed, before it is drawn
            patch.setattr(write_reports, made, lambda page: page.encode())
        patch.setattr(write_reports, "can_make_pdf", lambda: True)
        _shop(shops)
        _records(folder / "chats")
        (folder / "letters").mkdir()
        (folder / "letters" / f"{CARDS[0]}.eml").write_text(LETTER, encoding="utf-8")
        (folder / "shopwarden.toml").write_text(_configured(mails, hook.port), encoding="utf-8")
        given = {file for file in folder.rglob("*") if file.is_file()}
        printed = _everything(shops, folder)
        texts = {f"printed by {words}": text for words, text in printed.items()}
        for number, mail in enumerate(mails.mails):
            texts |= {f"mail to {mail['To']} {number}.{at}": text for at, text in enumerate(_mail(mail.as_string()))}
        texts |= {f"webhook {number}": body.decode() for number, (_, _, _, body) in enumerate(hook.requests)}
        for file in {one for one in folder.rglob("*") if one.is_file()} - given:
            texts[str(file.relative_to(folder))] = _text(file)
        yield texts


def _everything(shops: Street, folder: Path) -> dict[str, str]:
    """What each command prints."""
    files = [
        f"--{kind}=out/report.{kind}" for kind in ("json", "sarif", "junit", "csv", "markdown", "tickets", "html", "pdf", "ics")
    ]
    letters = [f"--{kind}=out/letter.{kind}" for kind in ("json", "sarif", "junit", "csv", "markdown", "tickets", "html", "pdf")]
    (folder / "out").mkdir()
    (folder / "other").mkdir()
    options = [*shops.options(HOST), "--verbose"]
    ways = [
        ["nightly", *options],
        ["nightly", *options],
        ["scan", f"http://{HOST}/", *options, *files, "--fixes", "out/fixes", "--record", "out/kept", "--pdf-full"],
        ["scan", f"http://{HOST}/", *options, "--json", "-"],
        ["batch", *options, "--folder", "many"],
        ["recheck", HOST, *options],
        ["history"],
        ["history", HOST],
        ["diff", HOST],
        ["replay", "out/kept", "--html", "out/replayed.html"],
        ["letter", "letters", "chats", *letters, "--verbose"],
        ["letter", "letters", "--json", "-"],
        ["kit", HOST, "out/kit"],
        ["reviews", "--ics", "out/reviews.ics"],
        ["reviews", "suggest"],
        ["reviews", "leaver", NAMES[1]],
        ["check-config"],
    ]  # fmt: skip
    return {f"{words[0]} {number}": shopwarden(*words).output for number, words in enumerate(ways)}


def _text(file: Path) -> str:
    """A file's, with what is packed in it."""
    raw = file.read_bytes()
    if raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(file) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = [row for table in tables for row in database.execute(f'SELECT * FROM "{table}"')]
        cells = [cell for row in rows for cell in row]
        return "\n".join(_unpacked(cell) if isinstance(cell, bytes) else str(cell) for cell in cells)
    if raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return "\n".join(_unpacked(archive.read(name)) for name in archive.namelist())
    return _unpacked(raw)


def _unpacked(raw: bytes) -> str:
    for unpack in (zlib.decompress, gzip.decompress):
        with suppress(zlib.error, OSError, EOFError):
            raw = unpack(raw)
    return raw.decode("utf-8", "replace")


def _mail(text: str) -> Iterator[str]:
    """Its source, and each of its parts as it is read."""
    yield text
    for part in message_from_string(text).walk():
        if isinstance(content := part.get_payload(decode=True), bytes):
            yield _unpacked(content)


def _plain(text: str) -> str:
    """What a reader sees, however it is written: JSON's and XML's escapes, entities, tags."""
    with suppress(ValueError):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return html.unescape(re.sub(r"<[^<>]*>", "", text)) + html.unescape(text)


def test_every_output_is_there(left: Mapping[str, str]) -> None:
    there = " ".join(left)
    for name in (
        "report.json", "report.sarif", "report.junit", "report.csv", "report.markdown", "report.tickets", "report.html", "report.pdf",
        "report.ics", "letter.json", "letter.sarif", "letter.tickets", "letter.pdf", "reviews.ics", "notice-regulator", ".docx",
        "fixes/", "kept/Records.json", "kept/Letters.json", "kept/OwnersRecord.json", "kept/Pages.json", "many/index.html",
        f"{HOST}.html", f"{HOST}.json", "sqlite", "mail to owner@", "mail to weekly@", "mail to client@", "webhook",
    ):  # fmt: skip
        assert name in there, name
    assert "•••• 1111" in _plain(left["out/report.html"])
    assert {"card-number-in-records", "letter-card-number", "records-kept-too-long"} <= {
        one["rule"] for one in json.loads(left["out/report.json"])["verdicts"] if one["verdict"] == "found"
    }


def test_no_whole_card_number_is_in_any(left: Mapping[str, str]) -> None:
    kept = set()
    for name, text in left.items():
        digits = re.sub(r"[^0-9A-Za-z]", "", _plain(text))
        kept |= {(name, card) for card in CARDS if card in digits}
    assert kept == set()


FOR_THE_OWNER = re.compile(
    rf"printed by (?:reviews|scan) \d+|(?:\w+-?\w*/)?{HOST}\.html|out/report\.(?:html|pdf)|out/kit/\d\d-.*\.(?:md|docx)"
)
"""His terminal, his own page (on paper too, where he wants all of it), and the documents of the kit."""
FOR_OTHERS = re.compile(
    rf"out/report\.(?:sarif|junit|csv|markdown|tickets)|out/fixes/.*|webhook.*|mail to client.*|.*{HOST}\.pdf|.*index\.html|.*\.ics"
)


def test_names_of_people_stand_where_their_owner_alone_reads_them(left: Mapping[str, str]) -> None:
    holding = {name for name, text in left.items() for who in (*NAMES, PHONE) if who in _plain(text)}
    assert {name for name in holding if not FOR_THE_OWNER.fullmatch(name)} == set()
    assert {"out/report.html", f"{HOST}.html", f"shopwarden-reports/{HOST}.html"} <= holding
    assert sum(name.startswith("out/kit/") for name in holding) == 20
    assert sum(name.startswith("printed by") for name in holding) >= 4


def test_others_learn_nothing_of_what_people_look_after(left: Mapping[str, str]) -> None:
    theirs = {name: _plain(text) for name, text in left.items() if FOR_OTHERS.fullmatch(name)}
    assert len(theirs) > 15
    told = ("access-of-leaver", "Somebody who left can still log in", "account-without-second-factor", "[[site.account]]")
    assert {(name, words) for name, text in theirs.items() for words in told if words in text} == set()
