"""JSON posted to the operator's own address, signed so that he knows whose it is; and the heartbeat. Everything here blocks."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path

import httpx

from scanner._version import __version__
from scanner.history.outbox import Waiting
from scanner.settings.secrets import expanded, secret
from shopwarden.delivery.receiver import CONNECT_SECONDS, SILENT_SECONDS, NotDelivered, Receiver, fingerprint, in_time
from shopwarden.delivery.trouble import trouble


def webhook(address: str, key: str, folder: Path) -> Receiver:
    """The receiver of an address and the key that is shared with it; both may name secrets. Raises BadSettings."""
    url, secret_key = expanded(address, folder), secret(key, folder)
    host = _host(url)

    def send(waiting: Waiting) -> None:
        body = json.dumps(waiting.message["payload"], ensure_ascii=False).encode()
        signature = sign(secret_key, int(time.time()), body)
        headers = {"Content-Type": "application/json", "Idempotency-Key": waiting.id, "Shopwarden-Signature": signature}
        _exchange("POST", url, body, headers)

    return Receiver(fingerprint("webhook", address), f"webhook at {host}", send, outside=True)


def beat(address: str) -> None:
    """Tell the dead-man's switch that a run is complete. Raises NotDelivered."""
    in_time(lambda: _exchange("GET", address, b"", {}))


def sign(key: str, moment: int, body: bytes) -> str:
    """``t=SECONDS,v1=HEX``: HMAC-SHA256 of "SECONDS.BODY" under the key, so that neither body nor time can be changed."""
    mac = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def _exchange(method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    """One request; only the status of the answer is read. Neither a proxy nor a password of the environment is used."""
    agent = {"User-Agent": f"shopwarden/{__version__}"}
    try:
        timeout = httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS)
        with (
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, content=body or None, headers=agent | headers) as response,
        ):
            if not response.is_success:
                raise NotDelivered(f"it answered {response.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotDelivered(f"{_host(url)} cannot be reached: {trouble(error)}") from error


def _host(url: str) -> str:
    """An address's host: all of it that may be shown, since paths of webhooks are secrets."""
    try:
        return httpx.URL(url).host or "an address without a host"
    except httpx.InvalidURL:
        return "an address that is none"
