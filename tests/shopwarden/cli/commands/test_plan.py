"""``shopwarden plan``: everything that would be sent, and nothing is."""

from __future__ import annotations

import socket

import pytest

from tests.command_line import shopwarden


def test_plan_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it connected"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("it looked a name up"))
    result = shopwarden("plan", "shop.example")
    assert result.exit_code == 0
    assert "https://shop.example/admin.php" in result.output
    assert "/wp-login.php" in result.output
    lookers = result.output.partition("Who looks at what")[2].partition("\n\n")[0].splitlines()[1:]
    assert len(lookers) > 10
    assert all(line[2].isupper() for line in lookers), lookers


def test_plan_counts_what_does_not_go_by_http() -> None:
    beside = shopwarden("plan", "shop.example").output.partition("Besides those, not by HTTP:")[2].partition("\n\n")[0]
    assert {line.split()[0]: int(line.split()[1]) for line in beside.strip().splitlines()} == {
        "dns": 200,
        "dnssec": 600,
        "smtp": 5,
    }
    assert "not by HTTP" not in shopwarden("plan", "shop.example", "--only", "hsts-missing").output
