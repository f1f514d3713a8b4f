"""Mail and other services: to real SMTP and HTTP servers on loopback, with the same keys at each try; secrets never shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.alerts.messages import changed
from reports.alerts.words import Words
from reports.text.brand import Picture
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.settings.errors import BadSettings
from shopwarden.delivery.outbox import deliver, receivers_of
from tests.messages import NOW, SHOPS, alert, mail_to, queue, receivers, waiting
from tests.receivers import Hook, MailServer


def test_a_mail_has_text_and_html_and_one_message_id(history: History, mails: MailServer) -> None:
    made = queue(history, mail_to(mails))
    assert deliver(history, made, NOW) == ()
    (mail,) = mails.mails
    message = waiting(next(iter(made)))
    assert mail["Subject"] == "Blumen Müller: new, high: Exposed log, grade C → D"
    assert mail["Message-ID"] == f"<{message.id}@alerts.shopwarden.invalid>"
    assert (mail["Idempotency-Key"], mail["To"]) == (message.id, "owner@petal.example")
    assert "warden@agency.example" in mail["From"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == message.message["text"].splitlines()
    assert "Blumen Müller" in html.get_content()
    assert mails.raw[0].isascii()
    assert history.outbox.waiting() == ()


def test_a_mail_brings_the_logo_along_beside_its_html(history: History, mails: MailServer) -> None:
    made = receivers(mail_to(mails))
    logo = Picture("png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    words = Words(sender="Harbour Web", logo=logo)
    message = replace(changed(next(iter(made)), SHOPS, words, NOW), paper=("petal.pdf", b"%PDF-1.7"))
    history.outbox.tell([Waiting(message.id, next(iter(made)), NOW, message.as_json())], [], NOW)
    assert deliver(history, made, NOW) == ()
    (mail,) = mails.mails
    html = mail.get_body(("html",))
    assert html is not None
    (shown,) = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert f'src="cid:{logo.name}"' in html.get_content()
    assert (shown["Content-ID"], shown.get_content_type(), shown.get_content_disposition()) == (
        f"<{logo.name}>", "image/png", "inline",
    )  # fmt: skip
    assert shown.get_content() == logo.content
    assert [part.get_content_type() for part in mail.walk() if part.is_multipart()] == [
        "multipart/mixed", "multipart/alternative", "multipart/related",
    ]  # fmt: skip
    assert [part.get_filename() for part in mail.iter_attachments()] == ["petal.pdf"]


@pytest.mark.parametrize("length", range(40, 130, 3))
def test_a_subject_of_any_length_arrives_as_it_was(history: History, mails: MailServer, length: int) -> None:
    subject = ("Birch: can be reached again; 2 shops in all: 2 fixed, " * 4)[:length].strip()
    made = receivers(mail_to(mails))
    (receiver,) = made
    message = waiting(receiver)
    history.outbox.tell([replace(message, message={**message.message, "subject": subject})], [], NOW)
    assert deliver(history, made, NOW) == ()
    assert mails.mails[0]["Subject"] == subject


def test_a_refused_mail_is_tried_again_with_the_same_message_id(history: History, mails: MailServer) -> None:
    made = queue(history, mail_to(mails), 2)
    mails.refuse = True
    (problem,) = deliver(history, made, NOW)
    assert problem == "mail by 127.0.0.1: not delivered (it answered 451 Try again later); it is tried again next time"
    assert [one.tries for one in history.outbox.waiting()] == [1, 0]
    mails.refuse = False
    assert deliver(history, made, NOW) == ()
    assert deliver(history, made, NOW) == ()
    assert len({mail["Message-ID"] for mail in mails.mails}) == len(mails.mails) == 2
    (refused,) = mails.refused
    (taken,) = [mail for mail in mails.mails if mail["Message-ID"] == refused["Message-ID"]]
    assert taken["Idempotency-Key"] == refused["Idempotency-Key"]


def test_nobody_listens(history: History) -> None:
    made = queue(history, alert("mailto://127.0.0.1:1/?from=a@b.example&to=c@d.example"))
    (problem,) = deliver(history, made, NOW)
    assert problem == "mail by 127.0.0.1: not delivered (it refused the connection); it is tried again next time"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mailto://jane:gardening9@127.0.0.1:{mail}/?from=a@b.example", "mail by 127.0.0.1: not delivered (it offers no login "),
        ("mailtos://127.0.0.1:{mail}/?from=a@b.example&mode=starttls", "(it offers no encryption (STARTTLS) on this port)"),
        ("mailtos://127.0.0.1:{mail}/?from=a@b.example&mode=ssl", "(it speaks no TLS on this port)"),
        ("json://127.0.0.1:{hook}/gardening9", "json to 127.0.0.1: not delivered (it answered 503)"),
        ("json://127.0.0.1:1/gardening9", "json to 127.0.0.1: not delivered (it cannot be reached)"),
    ],
)
def test_a_problem_is_said_in_words_and_without_a_secret(
    history: History, mails: MailServer, hook: Hook, address: str, said: str
) -> None:
    hook.status = 503
    (problem,) = deliver(history, queue(history, alert(address.format(mail=mails.port, hook=hook.port))), NOW)
    assert said in problem
    for unwanted in ("Error", "Exception", "...", "gardening9"):
        assert unwanted not in problem


def test_apprise_services_get_the_idempotency_key(history: History, hook: Hook) -> None:
    made = queue(history, alert(f"json://127.0.0.1:{hook.port}/in?+X-Own=kept"))
    hook.status = 503
    assert len(deliver(history, made, NOW)) == 1
    hook.status = 200
    assert deliver(history, made, NOW) == ()
    ((_, path, headers, body),) = hook.requests
    assert [one["idempotency-key"] for one in hook.refused] == [headers["idempotency-key"]]
    assert (path.rstrip("/"), headers["idempotency-key"], headers["x-own"]) == ("/in", waiting(next(iter(made))).id, "kept")
    assert json.loads(body)["title"] == "Blumen Müller: new, high: Exposed log, grade C → D"


@pytest.mark.parametrize("address", ["nonsense", "nonsense://x", "mailto://", "slack://x", "json://", "mailto://user:hunter22@"])
def test_a_broken_address_is_found_before_the_first_scan(address: str) -> None:
    with pytest.raises(BadSettings, match=r"the .*address cannot be used") as raised:
        receivers_of(alert(address), Path())
    assert "hunter22" not in str(raised.value)
    assert "~" not in str(raised.value)
    assert "Unparseable" not in str(raised.value)


def test_a_secret_with_odd_characters_is_used_and_never_shown_or_stored(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "p@ss/w:rd?#ö")
    made = queue(history, alert("mailto://user:${MAIL_PASSWORD}@127.0.0.1:1/?from=a@b.example&to=c@d.example"))
    (problem,) = deliver(history, made, NOW)
    shown = problem + repr(made) + repr(history.outbox.waiting()) + (tmp_path / "h.sqlite3").read_bytes().decode("latin-1")
    for part in ("p@ss", "w:rd", "p%40ss"):
        assert part not in shown
