"""Delivery to real SMTP and HTTP servers on loopback: at least once, with the same keys; secrets never shown."""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reports.alerts.messages import changed
from reports.alerts.words import Told, Words
from scanner.history.comparison import Limits
from scanner.history.events import Change, Event
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.rules.rule import Severity
from scanner.settings.errors import BadSettings
from scanner.settings.models import Alert, Settings
from shopwarden.delivery.receiver import NotDelivered, Receiver, _trouble, beat, deliver, receivers_of, sign
from shopwarden.operations.nightly import Post, put_out
from shopwarden.operations.sites import read_shops
from tests.nights import FIRST, KEY, night
from tests.receivers import Hook, MailServer

NOW = FIRST + timedelta(days=3)
EVENT = Event(
    site=KEY, at=NOW, kind=Change.NEW, severity=Severity.HIGH, rule="exposed-log", subject="/ü.log", shown="Zeile — eins"
)
SHOPS = [Told(KEY, "Blumen Müller", f"https://{KEY}/", (EVENT,), "C", "D")]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History.open(str(tmp_path / "h.sqlite3"))
    yield opened
    opened.close()


def alert(*to: str, **more: object) -> Alert:
    return Alert.model_validate({"to": to, **more})


def receivers(entry: Alert) -> dict[str, Receiver]:
    return {one.fingerprint: one for one in receivers_of(entry, Path())}


def waiting(receiver: str, number: int = 0) -> Waiting:
    message = changed(receiver, SHOPS, Words(), NOW + timedelta(days=number))
    return Waiting(f"{message.id}{number}", receiver, NOW + timedelta(days=number), message.as_json())


def queue(history: History, entry: Alert, count: int = 1) -> dict[str, Receiver]:
    made = receivers(entry)
    history.outbox.tell([waiting(key, number) for key in made for number in range(count)], [], NOW)
    return made


def mail_to(server: MailServer) -> Alert:
    return alert(f"mailto://127.0.0.1:{server.port}/?from=warden@agency.example&to=owner@petal.example&name=Harbour")


def test_a_mail_has_text_and_html_and_one_message_id(history: History, mails: MailServer) -> None:
    made = queue(history, mail_to(mails))
    assert deliver(history, made, NOW) == ()
    (mail,) = mails.mails
    message = waiting(next(iter(made)))
    assert mail["Subject"] == f"{KEY}: 1 new, grade C → D"
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


def test_a_rejected_password_is_said() -> None:
    rejected = smtplib.SMTPAuthenticationError(535, b"5.7.8 no: gardening9")
    assert _trouble(rejected) == "it does not accept this user and password (it answered 535)"
    assert _trouble(smtplib.SMTPServerDisconnected("Connection unexpectedly closed")) == "it closed the connection"
    assert _trouble(ConnectionAbortedError(errno.ECONNABORTED, "Software caused abort")) == "software caused abort"


def test_a_problem_names_its_entry_in_the_file(history: History) -> None:
    addresses = ["json://127.0.0.1:1/", "mailto://127.0.0.1:1/?from=a@b.example"]
    post = Post.of(Settings.model_validate({"alert": [{"to": [address]} for address in addresses]}))
    history.outbox.tell([waiting(key) for key in post.receivers], [], NOW)
    problems = sorted(deliver(history, post.receivers, NOW))
    assert [problem.partition(":")[0] for problem in problems] == ["alert[1], json to 127.0.0.1", "alert[2], mail by 127.0.0.1"]


def test_apprise_services_get_the_idempotency_key(history: History, hook: Hook) -> None:
    made = queue(history, alert(f"json://127.0.0.1:{hook.port}/in?+X-Own=kept"))
    hook.status = 503
    assert len(deliver(history, made, NOW)) == 1
    hook.status = 200
    assert deliver(history, made, NOW) == ()
    ((_, path, headers, body),) = hook.requests
    assert [one["idempotency-key"] for one in hook.refused] == [headers["idempotency-key"]]
    assert (path.rstrip("/"), headers["idempotency-key"], headers["x-own"]) == ("/in", waiting(next(iter(made))).id, "kept")
    assert json.loads(body)["title"] == f"{KEY}: 1 new, grade C → D"


def test_the_webhook_is_signed_json(history: History, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_KEY", "sesame")
    made = queue(history, alert(webhook=f"http://127.0.0.1:{hook.port}/hooks/4711", secret="${HOOK_KEY}"))
    hook.status = 500
    (problem,) = deliver(history, made, NOW)
    assert "it answered 500" in problem
    assert "4711" not in problem
    hook.status = 204
    assert deliver(history, made, NOW) == ()
    ((method, _, headers, body),) = hook.requests
    assert [one["idempotency-key"] for one in hook.refused] == [headers["idempotency-key"]]
    moment, mac = (part.partition("=")[2] for part in headers["shopwarden-signature"].split(","))
    assert hmac.compare_digest(mac, hmac.new(b"sesame", f"{moment}.".encode() + body, hashlib.sha256).hexdigest())
    told = json.loads(body)
    assert (method, told["schema"], headers["idempotency-key"]) == ("POST", "shopwarden/alert/1", waiting(next(iter(made))).id)
    assert told["shops"][0]["grade"] == {"before": "C", "after": "D"}
    assert told["shops"][0]["events"][0]["subject"] == "/ü.log"


def test_a_signature_changes_with_key_time_and_body() -> None:
    assert len({sign("k", 1, b"x"), sign("l", 1, b"x"), sign("k", 2, b"x"), sign("k", 1, b"y")}) == 4


def test_a_redirect_is_not_followed(hook: Hook) -> None:
    hook.status = 302
    with pytest.raises(NotDelivered, match="it answered 302"):
        beat(f"http://127.0.0.1:{hook.port}/alive")


def test_the_heartbeat(hook: Hook) -> None:
    beat(f"http://127.0.0.1:{hook.port}/alive")
    assert hook.requests[0][:2] == ("GET", "/alive")


def test_one_dead_receiver_does_not_stop_the_other(history: History, mails: MailServer) -> None:
    made = queue(history, alert("json://127.0.0.1:1/", *mail_to(mails).to), 3)
    assert len(deliver(history, made, NOW)) == 1
    assert len(mails.mails) == 3
    assert [one.tries for one in history.outbox.waiting()] == [1, 0, 0]


def test_what_waits_for_a_receiver_that_is_gone_is_dropped_and_said(history: History) -> None:
    queue(history, alert("json://127.0.0.1:1/"))
    assert deliver(history, {}, NOW) == ()
    assert len(history.outbox.waiting()) == 1  # another configuration on this history may know it
    (problem,) = deliver(history, {}, NOW + timedelta(days=7))
    assert "no longer configured" in problem
    assert history.outbox.waiting() == ()


# --- bad addresses and secrets


@pytest.mark.parametrize("address", ["nonsense", "nonsense://x", "mailto://", "slack://x", "json://", "mailto://user:hunter22@"])
def test_a_broken_address_is_found_before_the_first_scan(address: str) -> None:
    with pytest.raises(BadSettings, match=r"the .*address cannot be used") as raised:
        receivers_of(alert(address), Path())
    assert "hunter22" not in str(raised.value)
    assert "~" not in str(raised.value)
    assert "Unparseable" not in str(raised.value)


def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with pytest.raises(BadSettings, match="the environment has no MAIL_PASSWORD"):
        receivers_of(alert("mailto://user:${MAIL_PASSWORD}@mail.example"), Path())
    with pytest.raises(BadSettings, match="the environment has no HOOK_KEY"):
        receivers_of(alert(webhook="https://hook.example/x", secret="${HOOK_KEY}"), Path())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"from": "high"}, "somebody to tell"),
        ({"webhook": "https://hook.example/"}, "go together"),
        ({"webhook": "https://hook.example/", "secret": "plain"}, "never written in this file"),
        ({"webhook": "ftp://hook.example/", "secret": "${K}"}, "begins with https"),
        ({"to": ["json://x"], "sites": ["ftp://nonsense"]}, "cannot be scanned"),
    ],
)
def test_a_bad_entry_is_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Alert.model_validate(entry)


def test_a_secret_with_odd_characters_is_used_and_never_shown_or_stored(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "p@ss/w:rd?#ö")
    made = queue(history, alert("mailto://user:${MAIL_PASSWORD}@127.0.0.1:1/?from=a@b.example&to=c@d.example"))
    (problem,) = deliver(history, made, NOW)
    shown = problem + repr(made) + repr(history.outbox.waiting()) + (tmp_path / "h.sqlite3").read_bytes().decode("latin-1")
    for part in ("p@ss", "w:rd", "p%40ss"):
        assert part not in shown


# --- from events to messages


def test_events_are_told_once_and_a_changed_password_changes_no_receiver(
    history: History, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K", "one")
    settings = Settings.model_validate(
        {
            "site": [{"url": f"https://{KEY}", "name": "Petal & Stem"}],
            "alert": [{"webhook": f"http://127.0.0.1:{hook.port}/", "secret": "${K}", "from": "low"}],
        }
    )
    shops = read_shops(None, settings).shops
    for day, said in enumerate(["passed /a", "found x@/a", "passed /a"]):
        history.record(night(day, {"exposed-log": said}), limits=Limits())
    hook.status = 500
    post = Post.of(settings)
    (told,) = put_out(history, post, shops, Words(), NOW, {})
    assert [event.kind for event in told.events] == [Change.NEW, Change.FIXED]
    assert deliver(history, post.receivers, NOW)
    monkeypatch.setenv("K", "two")
    hook.status = 204
    post = Post.of(settings)
    assert put_out(history, post, shops, Words(), NOW, {}) == ()
    assert deliver(history, post.receivers, NOW) == ()
    assert json.loads(hook.requests[0][3])["subject"] == f"{KEY}: 1 new, 1 fixed"


def test_all_quiet_comes_on_the_first_night_and_a_week_after_the_last_message(history: History) -> None:
    settings = Settings.model_validate(
        {
            "site": [{"url": f"https://{KEY}"}],
            "alert": [{"to": ["json://127.0.0.1:1"], "weekly": True}, {"to": ["json://127.0.0.1:2"]}],
        }
    )
    post, shops = Post.of(settings), read_shops(None, settings).shops
    said = {9: "found x@/a"}
    subjects: dict[int, list[str]] = {}
    for day in range(20):
        history.record(night(day, {"exposed-log": said.get(day, "passed /a") if day < 10 else "found x@/a"}), limits=Limits())
        before = {one.id for one in history.outbox.waiting()}
        put_out(history, post, shops, Words(), FIRST + timedelta(days=day, minutes=-day), {})
        if new := [one.message["subject"] for one in history.outbox.waiting() if one.id not in before]:
            subjects[day] = new
    assert subjects == {
        0: [f"{KEY}: all quiet, grade A+"],
        7: [f"{KEY}: all quiet, grade A+"],
        9: [f"{KEY}: 1 new, grade A+ → B"] * 2,
        16: [f"{KEY}: 1 still open"] * 2,
    }
