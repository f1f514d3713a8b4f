"""At least once, to each receiver for itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scanner.history.store import History
from scanner.settings.errors import BadSettings
from shopwarden.delivery.outbox import deliver, receivers_of
from tests.messages import NOW, alert, mail_to, queue
from tests.receivers import MailServer


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


def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with pytest.raises(BadSettings, match="the environment has no MAIL_PASSWORD"):
        receivers_of(alert("mailto://user:${MAIL_PASSWORD}@mail.example"), Path())
    with pytest.raises(BadSettings, match="the environment has no HOOK_KEY"):
        receivers_of(alert(webhook="https://hook.example/x", secret="${HOOK_KEY}"), Path())
