"""The signed webhook and the heartbeat, to a real HTTP server on loopback."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from scanner.history.store import History
from shopwarden.delivery.outbox import deliver
from shopwarden.delivery.receiver import NotDelivered
from shopwarden.delivery.webhook import beat, sign
from tests.messages import NOW, alert, queue, waiting
from tests.receivers import Hook


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
