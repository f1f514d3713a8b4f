"""A letter's bytes → its facts, whoever wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.evidence import Believed, Letter, LetterKind, LetterLink
from scanner.gatherers.letters.mailboxes import MOST_BYTES, NoLetters, Piece
from scanner.gatherers.letters.reading import MOST_DEPTH, read_letter

HEAD = """From: =?utf-8?q?Petal_=26_Stem?= <news@petalandstem.example>
To: anna@mailbox.example
Subject: {subject}
Date: Mon, 2 Nov 2026 10:00:00 +0100
Message-ID: <1@petalandstem.example>
"""


def read(tmp_path: Path, text: str | bytes, **more: Any) -> Letter:
    file = tmp_path / "a.eml"
    raw = text.encode() if isinstance(text, str) else text
    file.write_bytes(raw)
    return read_letter(Piece(str(file), "a.eml", 0, len(raw)), **more)


def html(body: str, subject: str = "Hello", headers: str = "") -> str:
    return f"{headers}{HEAD.format(subject=subject)}MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{body}"


def plain(body: str, subject: str = "Hello", headers: str = "") -> str:
    return f"{headers}{HEAD.format(subject=subject)}\n{body}"


@pytest.mark.parametrize(
    ("subject", "headers", "kind"),
    [
        ("Your order 4711", "", LetterKind.ORDER),
        ("Bestellbestätigung Nr. 4711", "", LetterKind.ORDER),
        ("Potwierdzenie zamówienia", "", LetterKind.ORDER),
        ("Your order of the week", "List-Unsubscribe: <https://petalandstem.example/out>\n", LetterKind.NEWSLETTER),
        ("20% off roses", "", LetterKind.NEWSLETTER),
        ("=?utf-8?q?Nowo=C5=9Bci?=", "", LetterKind.NEWSLETTER),
        ("Welcome to Petal & Stem", "", LetterKind.ACCOUNT),
        ("Lunch?", "From: jo@petalandstem.example\n", LetterKind.LETTER),
    ],
)
def test_what_a_letter_is_for(tmp_path: Path, subject: str, headers: str, kind: LetterKind) -> None:
    assert read(tmp_path, plain("Hello", subject, headers)).kind is kind


def test_receivers(tmp_path: Path) -> None:
    many = plain("Hi").replace(
        "To: anna@mailbox.example",
        "To: anna@mailbox.example, Anna <ANNA@mailbox.example>\nCc: b@other.example, shop@petalandstem.example",
    )
    letter = read(tmp_path, many)
    assert (letter.others, letter.other_domains, letter.delivered) == (2, 2, False)
    group = plain("Hi").replace("anna@mailbox.example", "undisclosed-recipients:;")
    assert read(tmp_path, group).others == 0


def test_a_line_of_blind_copies_matters_only_where_somebody_got_it(tmp_path: Path) -> None:
    own = "Bcc: b@other.example, c@third.example\n"
    assert read(tmp_path, plain("Hi", headers=own)).hidden_copies == 0
    got = "Received: from a.example (a.example [192.0.2.7]) by mx.mailbox.example with ESMTPS id 1; Mon, 2 Nov 2026 10:00:01 +0100\n"
    assert read(tmp_path, plain("Hi", headers=got + own)).hidden_copies == 2


@pytest.mark.parametrize(
    ("received", "hop"),
    [
        ("from a.example (a.example [192.0.2.7]) by mx.b.example (Postfix) with ESMTP id 1", ("a.example", "ESMTP", False)),
        ("from a.example (a.example [192.0.2.7]) (using TLSv1.3 with cipher X) by mx.b.example with ESMTP id 1", ("a.example", "ESMTP", True)),
        ("from a.example (a.example. [192.0.2.7]) by mx.b.example with ESMTPS id 1 (version=TLS1_3)", ("a.example", "ESMTPS", True)),
        ("from a.example ([2001:db8::7]) by mx.b.example with UTF8SMTPS id 1", ("a.example", "UTF8SMTPS", True)),
        ("from a.example (192.0.2.7) by B.b.example (10.0.0.1) with Microsoft SMTP Server id 15.2", ("a.example", "MICROSOFT SMTP SERVER", None)),
        ("from unknown (HELO a.example) (192.0.2.7) by mx.b.example with SMTP; 2 Nov 2026", ("a.example", "SMTP", False)),
        ("from localhost (localhost [127.0.0.1]) by mx.b.example with ESMTP id 1", None),
        ("from shop.lan (shop.lan [192.168.1.7]) by mx.b.example with ESMTP id 1", None),
        ("from out1.b.example (out1.b.example [192.0.2.9]) by mx.b.example with ESMTP id 1", None),
        ("by mx.b.example with SMTP id 1", None),
        ("from mx.b.example by store.c.example with LMTP id 1", None),
        ("(qmail 4711 invoked by uid 48); 2 Nov 2026", None),
        ("from " * 5_000, None),
    ],
)  # fmt: skip
def test_steps(tmp_path: Path, received: str, hop: tuple[str, str, bool | None] | None) -> None:
    letter = read(tmp_path, plain("Hi", headers=f"Received: {received}\n"))
    assert [(one.sender, one.protocol, one.tls) for one in letter.hops] == ([] if hop is None else [hop])


RECEIVED = (
    "Received: from mx.mailbox.example (localhost [127.0.0.1]) by store.mailbox.example with LMTP id 2; Mon, 2 Nov 2026 10:00:02 +0100\n"
    "{here}"
    "Received: from out.service.example (out.service.example [192.0.2.7]) by mx.mailbox.example with ESMTPS id 1; Mon, 2 Nov 2026 10:00:01 +0100\n"
    "{written}"
    "Received: from web.shop.example (web.shop.example [192.0.2.99]) by out.service.example with ESMTPS id 0; Mon, 2 Nov 2026 10:00:00 +0100\n"
    "{forged}"
)
RESULTS = "Authentication-Results: mx.mailbox.example 1;\n dkim=pass (2048-bit key) header.d=petalandstem.example; spf=pass smtp.mailfrom=b@x.example\n"
BELIEVED = (Believed("dkim", "pass", "petalandstem.example", aligned=True), Believed("spf", "pass", "x.example"))


@pytest.mark.parametrize(
    ("place", "named", "believed"),
    [
        ("here", "mx.mailbox.example", BELIEVED),
        ("written", "MX.mailbox.example", BELIEVED),
        ("forged", "mx.mailbox.example", None),
        ("here", "other.example", None),
        ("here", "", None),
    ],
)
def test_only_the_named_host_is_believed_and_only_above_what_strangers_wrote(
    tmp_path: Path, place: str, named: str, believed: tuple[Believed, ...] | None
) -> None:
    places = {"here": "", "written": "", "forged": "", place: RESULTS}
    letter = read(tmp_path, plain("Hi", headers=RECEIVED.format(**places)), authserv_id=named)
    assert letter.sender.believed == believed
    assert letter.sender.address == "192.0.2.7"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a href="https://petalandstem.example/a?b=c">Shop</a>', LetterLink("https://petalandstem.example/", "petalandstem.example", "petalandstem.example")),
        ('<a href="http://t.service.example/x">www.petalandstem.example</a>', LetterLink("http://t.service.example/", "t.service.example", "service.example", "petalandstem.example", "petalandstem.example")),
        ('<a href="https://t.service.example/x">petalandstem.example/shop</a>', LetterLink("https://t.service.example/", "t.service.example", "service.example", "petalandstem.example", "petalandstem.example")),
        ('<a href="https://t.service.example/x">node.js and more</a>', LetterLink("https://t.service.example/", "t.service.example", "service.example")),
        ('<a href="https://t.service.example/x">anna@petalandstem.example</a>', LetterLink("https://t.service.example/", "t.service.example", "service.example")),
        ('<a href="https://petalandstem.example@evil.example/">x</a>', LetterLink("https://evil.example/", "evil.example", "evil.example", trick="another name stands before an @ in it")),
        ('<a href="https://192.0.2.1/">x</a>', LetterLink("https://192.0.2.1/", "192.0.2.1", "192.0.2.1", trick="it has a number in place of a name")),
        ('<a href="https://p\u0435tal.example/">x</a>', LetterLink("https://xn--ptal-v4d.example/", "xn--ptal-v4d.example", "xn--ptal-v4d.example", trick="its name mixes letters of two alphabets that look alike")),
        ('<img src="http://pictures.example/a.png">', LetterLink("http://pictures.example/", "pictures.example", "pictures.example", picture=True)),
        ('<a href="mailto:a@b.example">x</a><a href="javascript:x">y</a><a>z</a>', None),
        ('<a href="https://eur01.safelinks.protection.outlook.com/?url=x">petalandstem.example</a>', None),
    ],
)  # fmt: skip
def test_links(tmp_path: Path, markup: str, expected: LetterLink | None) -> None:
    assert read(tmp_path, html(markup)).links == (() if expected is None else (expected,))


def test_nothing_of_a_person_and_no_secret_leaves_the_module(tmp_path: Path) -> None:
    letter = read(
        tmp_path,
        html(
            "<p>Dear Anna Stem,<br>your password: Tulip2024!<p>Visa 4111 1111 1111 1111<p><a href='https://petalandstem.example/?mail=anna%40mailbox.example'>in</a>"
        ),
    )
    assert letter.secrets == ("a password (“your password:”)",)
    assert letter.cards == ("Visa •••• 1111",)
    assert not {"Tulip", "4111", "anna", "Anna"} & set(str(letter).replace("%", " ").replace("@", " ").split())
    assert "Tulip2024" not in str(letter)


def test_attached_files(tmp_path: Path) -> None:
    parts = "".join(
        f'--b\nContent-Type: {media}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n\n{body}\n'
        for media, name, body in [
            ("text/csv", "list.csv", "name,card\nAnna,Visa 4111 1111 1111 1111"),
            ("application/octet-stream", "more.txt", "Password: Tulip2024!"),
            ("application/pdf", "invoice.pdf", "x"),
            ("image/png", "logo.png", "x"),
        ]
    )
    letter = read(tmp_path, f"{HEAD.format(subject='Invoice 7')}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    assert (letter.cards, letter.secrets, letter.unread, letter.parts) == (
        ("Visa •••• 1111",),
        ("a password (“Password:”)",),
        1,
        2,
    )


def test_an_encrypted_letter_says_that_it_is(tmp_path: Path) -> None:
    sealed = (
        f"{HEAD.format(subject='Hi')}Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n--b--\n"
    )
    assert read(tmp_path, sealed).sealed


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 20, "Outlook's own format"),
        (b"%PDF-1.7\n", "an archive or a document"),
        ("Hello".encode("utf-16"), "UTF-16"),
        (b"Hello, this is no mail.\n", "has no From line"),
        (b"Subject: a\n\nb", "has no From line"),
        (b"From: nobody\nSubject: a\n\nb", "names nobody"),
        (b"From: a@b.example\n\nb", "no other line of a mail"),
        (b"a" * (MOST_BYTES + 1), "longer than 25 MB"),
    ],
)
def test_what_is_no_letter_says_what_to_do(tmp_path: Path, raw: bytes, words: str) -> None:
    with pytest.raises(NoLetters, match=words):
        read(tmp_path, raw)


def nested(depth: int) -> str:
    lines = "".join(f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n' for level in range(depth))
    return f"{HEAD.format(subject='Hi')}{lines}\nx"


@pytest.mark.parametrize(
    "text",
    [
        nested(MOST_DEPTH + 5),
        HEAD.format(subject="=?utf-8?q?" + "=C3" * 5_000 + "?=") + "\nx",
        HEAD.format(subject="=?UTF-8?B?YWFhY?=") + "\nx",
        HEAD.format(subject="=?idna?b?eA==?= =?utf-8?q?=ED=A0=80?=") + "\nx",
        HEAD.format(subject="Hi") + "To: " + "(" * 50_000 + "\n\nx",
        HEAD.format(subject="Hi") + "To: " + ",".join(f"a{n}@b{n}.example" for n in range(20_000)) + "\n\nx",
        HEAD.format(subject="Hi") + 'Content-Type: text/html; charset="idna"\n\n' + "<div>" * 100_000,
        HEAD.format(subject="Hi") + 'Content-Type: text/plain; charset="no-such"\nContent-Transfer-Encoding: base64\n\n!!!=',
        HEAD.format(subject="Hi") + "X: y\n" * 20_000 + "\nx",
        html("<a href='http://a.example/" + "x" * 100_000 + "'>" + "<b>" * 500),
        plain("password " * 100_000),
        plain("www." * 100_000),
    ],
    ids=range(12),
)
def test_hostile_letters_are_read_or_refused(tmp_path: Path, text: str) -> None:
    try:
        assert read(tmp_path, text).from_domain == "petalandstem.example"
    except NoLetters as reason:
        assert "no mail program" in str(reason)
