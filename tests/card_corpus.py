"""Made-up records: numbers of cards, numbers that only look like one, and files of every kind with both. All by a seed."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from xml.sax.saxutils import escape

ISSUERS = (
    (("34", "37"), 15, (4, 6, 5)),
    (("36", "38"), 14, (4, 6, 4)),
    (("4",), 16, (4, 4, 4, 4)),
    (("51", "52", "53", "54", "55", "2221", "2300", "2720"), 16, (4, 4, 4, 4)),
    (("6011", "65", "644"), 16, (4, 4, 4, 4)),
    (("3528", "3589"), 16, (4, 4, 4, 4)),
    (("62",), 16, (4, 4, 4, 4)),
)


def check_digit(digits: str) -> str:
    """The last digit that makes a number right (Luhn), by the definition."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def digits(chance: random.Random, count: int) -> str:
    """So many, the first not 0."""
    return str(chance.randint(1, 9)) + "".join(chance.choices("0123456789", k=count - 1))


def card(chance: random.Random) -> tuple[str, tuple[int, ...]]:
    """A number and its usual groups."""
    prefixes, length, groups = chance.choice(ISSUERS)
    begun = chance.choice(prefixes)
    begun += "".join(chance.choices("0123456789", k=length - 1 - len(begun)))
    return begun + check_digit(begun), groups


def grouped(number: str, groups: tuple[int, ...], mark: str) -> str:
    """As written on a card."""
    parts, at = [], 0
    for size in groups:
        parts.append(number[at : at + size])
        at += size
    return mark.join(parts)


LIKE = (
    lambda c: f"Order {digits(c, 16)} has left us.",
    lambda c: f"Bestellnummer: {digits(c, 16)}",
    lambda c: f"zamówienie nr {digits(c, 15)} zostało wysłane",
    lambda c: f"order_id={digits(c, 16)}&state=paid",
    lambda c: f'{{"orderId": {digits(c, 16)}, "state": "sent"}}',
    lambda c: f"Tracking no. {digits(c, 14)}",
    lambda c: f"Sendungsnummer {digits(c, 16)}",
    lambda c: f"Call +49 {digits(c, 3)} {digits(c, 4)} {digits(c, 4)}",
    lambda c: f"Tel. 0{digits(c, 3)} / {digits(c, 8)}",
    lambda c: f"+48{digits(c, 9)}",
    lambda c: f"IBAN DE{digits(c, 2)} {digits(c, 4)} {digits(c, 4)} {digits(c, 4)} {digits(c, 4)} {digits(c, 2)}",
    lambda c: f"PL{digits(c, 26)}",
    lambda c: f"Rachunek {digits(c, 2)} " + " ".join(digits(c, 4) for _ in range(6)),
    lambda c: f"GB{digits(c, 2)} NWBK {digits(c, 4)} {digits(c, 4)} {digits(c, 4)} {digits(c, 2)}",
    lambda c: f"EAN {ean(c)}",
    lambda c: f"barcode {ean(c)} is out of stock",
    lambda c: f"ISBN 978-{digits(c, 1)}-{digits(c, 4)}-{digits(c, 4)}-{digits(c, 1)}",
    lambda c: f"IMEI {imei(c)}",
    lambda c: f"timestamp {c.randint(1_700_000_000_000, 1_799_999_999_999)}",
    lambda c: f"2026-11-{c.randint(1, 28):02} {c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02} {digits(c, 13)}",
    lambda c: f"session={digits(c, 19)}",
    lambda c: f"https://shop.example/item/{digits(c, 16)}/roses",
    lambda c: f"#{digits(c, 16)}",
    lambda c: f"{c.random():.16f}",
    lambda c: f"GET /cart?t={digits(c, 16)} HTTP/1.1",
    lambda c: f"{digits(c, 4)} {digits(c, 4)} {digits(c, 4)} {digits(c, 4)} {digits(c, 4)}",
    lambda c: f"{digits(c, 17)}",
    lambda c: f"uuid 4{digits(c, 7)}-{digits(c, 4)}-4{digits(c, 3)}-{digits(c, 4)}-{digits(c, 12)}",
    lambda c: f"card ending •••• {digits(c, 4)}",
    lambda c: f"Visa **** **** **** {digits(c, 4)}, paid",
    lambda c: f"Kundennummer {digits(c, 14)}",
    lambda c: f"gift card code {digits(c, 4)}-{digits(c, 4)}-{digits(c, 4)}",
)
"""Lines with numbers that are no card's: one in ten of those as long as a card's has the right check digit."""


def ean(c: random.Random) -> str:
    begun = digits(c, 12)
    return begun + str(-sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(begun)) % 10)


def imei(c: random.Random) -> str:
    begun = digits(c, 14)
    return begun + check_digit(begun)


SAID = (
    "my card is {n}, valid until {m}",
    "{n} {m} cvc {c}",
    "Here you go: {n}",
    "Kreditkarte {n} gültig bis {m}",
    "moja karta to {n}",
    "card number: {n}",
    "please take it from {n} exp {m}",
    "Nr. meiner Karte:\n{n}",
    "{n} ({m})",
)
TALK = ("Good morning!", "The roses were lovely, thank you.", "Wann kommt das Paket?", "Dziękuję bardzo.", "It was 24.90 in all.")


def line_with(c: random.Random, number: str, groups: tuple[int, ...]) -> str:
    """Something that a customer says, with a number."""
    mark = c.choice((" ", " ", "-", "", "\u00a0"))
    month = f"{c.randint(1, 12):02}/{c.randint(27, 31)}"
    said = c.choice(SAID if mark else SAID[:2] + SAID[3:7])
    return said.format(n=grouped(number, groups, mark), m=month, c=c.randint(100, 999))


@dataclass(frozen=True)
class Made:
    """A file. last: the last digits of the card numbers in it."""

    name: str
    content: bytes
    last: frozenset[str]


def corpus(count: int, seed: int) -> Iterator[Made]:
    """So many files, half of them with card numbers."""
    chance = random.Random(seed)
    for number in range(count):
        cards = [card(chance) for _ in range(chance.randint(1, 3))] if number % 2 else []
        lines = [chance.choice(TALK) for _ in range(chance.randint(3, 40))]
        lines += [chance.choice(LIKE)(chance) for _ in range(chance.randint(1, 6))]
        lines += [line_with(chance, *one) for one in cards]
        chance.shuffle(lines)
        form = FORMS[number // 2 % len(FORMS)]
        ending, content = form(lines, chance)
        day = date(2024, 1, 1) + timedelta(days=chance.randint(0, 900))
        yield Made(f"{number:04}-{day}{ending}", content, frozenset(one[-4:] for one, _ in cards))


Form = Callable[[list[str], random.Random], tuple[str, bytes]]


def text(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    return ".log", "\n".join(lines).encode(c.choice(["utf-8", "utf-8-sig", "utf-16"]))


def latin(lines: list[str], _: random.Random) -> tuple[str, bytes]:
    return ".txt", "\r\n".join(lines).encode("cp1252", "replace")


def table(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    mark = c.choice(",;\t")
    return ".csv", "\n".join(["when" + mark + "said", *(f'2026-01-01{mark}"{line}"' for line in lines)]).encode()


def as_json(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    made = [{"from": "customer", "text": line} for line in lines]
    return ".json", json.dumps({"chat": made}, ensure_ascii=c.random() < 0.5, indent=c.choice([None, 1])).encode()


def page(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    said = "".join(f"<p><b>Guest</b>: {escape(line).replace(' ', c.choice([' ', '&nbsp;']))}</p>\n" for line in lines)
    return ".html", f"<!DOCTYPE html><html><body>{said}</body></html>".encode()


def mail(lines: list[str], c: random.Random) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "A <a@a.example>", "B <b@b.example>", "Your order"
    message["Message-ID"] = f"<{digits(c, 16)}@a.example>"
    message.set_content("\n".join(lines), cte=c.choice(["quoted-printable", "base64"]))
    return message


def as_mail(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    message = mail(lines if c.random() < 0.5 else [], c)
    if not message.get_content().strip():
        message.add_attachment("\n".join(lines).encode(), maintype="application", subtype="octet-stream", filename="chat.txt")
    return ".eml", message.as_bytes()


def mailbox(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    half = len(lines) // 2
    parts = [mail(some, c).as_bytes() for some in (lines[:half], lines[half:])]
    return ".mbox", b"".join(b"From a@a.example Mon Jan  5 10:00:00 2026\n" + one + b"\n\n" for one in parts)


def sheet(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    shared = c.random() < 0.5
    texts = "".join(f"<si><t>{escape(line)}</t></si>" for line in lines)
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>'
        if shared
        else f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{escape(line)}</t></is></c></row>'
        for n, line in enumerate(lines, 1)
    )
    return ".xlsx", packed({
        "[Content_Types].xml": "<Types/>",
        "xl/sharedStrings.xml": f'<?xml version="1.0"?><sst>{texts if shared else ""}</sst>',
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet><sheetData>{cells}</sheetData></worksheet>',
        "xl/theme/theme1.xml": "<a/>",
    })  # fmt: skip


def document(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    said = ""
    for line in lines:
        at = c.randint(0, len(line))  # a word processor cuts a text where it likes
        said += (
            f"<w:p><w:r><w:t>{escape(line[:at])}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{escape(line[at:])}</w:t></w:r></w:p>"
        )
    return ".docx", packed({
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<?xml version="1.0"?><w:document><w:body>{said}</w:body></w:document>',
    })  # fmt: skip


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def gz(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    pack, ending = c.choice([(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")])
    name, content = c.choice([text, as_json, mailbox])(lines, c)
    return name + ending, pack(content)


def tarred(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for some in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
            ending, content = c.choice([text, page, document])(some, c)
            about = tarfile.TarInfo(f"export/{digits(c, 5)}{ending}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return ".tar.gz", out.getvalue()


def zipped(lines: list[str], c: random.Random) -> tuple[str, bytes]:
    ending, content = c.choice([text, as_mail, sheet])(lines, c)
    return ".zip", packed({f"chat/1{ending}": content, "chat/picture.png": base64.b64decode("iVBORw0KGgo=") + bytes(50)})


FORMS: tuple[Form, ...] = (
    text, latin, table, as_json, page, as_mail, mailbox, sheet, document, gz, tarred, zipped,
)  # fmt: skip
