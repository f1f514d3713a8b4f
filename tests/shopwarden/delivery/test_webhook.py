"""The signed webhook and the heartbeat, to a real HTTP server on loopback."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import hmac
import json
import socket
import threading
import tracemalloc
from pathlib import Path

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


# --- receivers that mean no good


def dripping(answer: bytes, drip: bytes = b"") -> tuple[socket.socket, threading.Event]:
    """A server that answers and then goes on for as long as anybody listens; the event ends it."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.sendall(answer)
                while not over.wait(0.02):
                    connection.sendall(drip)

    threading.Thread(target=serve, daemon=True).start()
    return listening, over


@pytest.mark.parametrize(
    ("address", "answer", "drip"),
    [
        ("webhook", b"HTTP/1.1 200 OK\r\nX-A: b", b"b"),
        ("json://127.0.0.1:{port}/x", b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"b"),
        ("mailto://127.0.0.1:{port}/?from=a@b.example&to=c@d.example", b"220-", b"x"),
        ("mailto://127.0.0.1:{port}/?from=a@b.example&to=c@d.example", b"220-hello\r\n", b"220-x\r\n"),
    ],
)
def test_one_that_drips_keeps_nobody_waiting(
    history: History, monkeypatch: pytest.MonkeyPatch, address: str, answer: bytes, drip: bytes
) -> None:
    """Each drop comes in time, all of them never."""
    monkeypatch.setenv("HOOK_KEY", "sesame")
    monkeypatch.setattr("shopwarden.delivery.receiver.WHOLE_SECONDS", 0.3)
    listening, over = dripping(answer, drip)
    port = listening.getsockname()[1]
    entry = (
        alert(webhook=f"http://127.0.0.1:{port}/x", secret="${HOOK_KEY}")
        if address == "webhook"
        else alert(address.format(port=port))
    )
    try:
        (problem,) = deliver(history, queue(history, entry), NOW)
    finally:
        over.set()
        listening.close()
    assert "not delivered" in problem


def test_so_does_a_heartbeat_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwarden.delivery.receiver.WHOLE_SECONDS", 0.3)
    listening, over = dripping(b"HTTP/1.1 200 OK\r\nX-A: b", b"b")
    try:
        with pytest.raises(NotDelivered, match="not done after"):
            beat(f"http://127.0.0.1:{listening.getsockname()[1]}/alive")
    finally:
        over.set()
        listening.close()


def test_a_server_that_talks_without_end_is_left(history: History) -> None:
    """Neither a mail server's lines nor an answer that unpacks to gigabytes are kept."""
    packed = gzip.compress(gzip.compress(bytes(50_000_000)))
    page = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    for address, answer, drip in (
        ("mailto://127.0.0.1:{port}/?from=a@b.example&to=c@d.example", b"220-x\r\n" * 20_000, b"220-x\r\n"),
        ("json://127.0.0.1:{port}/x", page + packed, b""),
    ):
        listening, over = dripping(answer, drip)
        tracemalloc.start()
        try:
            deliver(history, queue(history, alert(address.format(port=listening.getsockname()[1]))), NOW)
            assert tracemalloc.get_traced_memory()[1] < 30_000_000
        finally:
            tracemalloc.stop()
            over.set()
            listening.close()


@pytest.mark.parametrize("kind", ["webhook", "json", "heartbeat"])
def test_nothing_of_the_environment_is_used(
    history: History, hook: Hook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    """Neither a proxy nor a password that lies in the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stolen password gardening9\n", encoding="utf-8")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOOK_KEY", "sesame")
    if kind == "heartbeat":
        beat(f"http://127.0.0.1:{hook.port}/alive")
    else:
        address = f"http://127.0.0.1:{hook.port}/x"
        entry = alert(webhook=address, secret="${HOOK_KEY}") if kind == "webhook" else alert(f"json://127.0.0.1:{hook.port}/x")
        assert deliver(history, queue(history, entry), NOW) == ()
    ((_, _, headers, _),) = hook.requests
    assert "authorization" not in headers


def test_a_service_s_redirect_is_not_followed(history: History, hook: Hook) -> None:
    """What a message holds, and the token of its receiver, goes nowhere else."""
    hook.status, hook.location = 307, f"http://127.0.0.1:{hook.port}/elsewhere"
    (problem,) = deliver(history, queue(history, alert(f"json://127.0.0.1:{hook.port}/in")), NOW)
    assert "it answered 307" in problem
    assert len(hook.refused) == 1
