"""Messages from the outbox → receivers: Apprise's services, mail with Message-ID, and a signed JSON webhook.

At least once: a message is marked only after its receiver took it, and carries the same ``Message-ID`` or ``Idempotency-Key``
each time it is tried. Everything here blocks. These addresses are the operator's own, so the guard around shops is not for them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import smtplib
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from scanner._version import __version__
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.settings.errors import BadSettings
from scanner.settings.models import Alert
from scanner.settings.secrets import expanded, is_reference, secret

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0
GIVE_UP = timedelta(days=7)
"""Then a message is dropped whose receiver no run knows any more."""
DOMAIN = "alerts.shopwarden.invalid"
"""The right half of a Message-ID (RFC 5322, 3.6.4): unique with the left half, and no host of anybody's."""
_WITH_A_HOST = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"})


class NotDelivered(Exception):
    """The receiver did not take the message; the text says why, without a password."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody to tell. fingerprint: of the address as configured: a changed password changes nothing. label: for people."""

    fingerprint: str
    label: str
    send: Callable[[Waiting], None]


def receivers_of(alert: Alert, folder: Path) -> tuple[Receiver, ...]:
    """An entry's receivers, checked as far as goes without sending. folder: where relative paths start. Raises BadSettings."""
    made = [_apprise(address, folder) for address in alert.to]
    if alert.webhook is not None and alert.secret is not None:
        made.append(_webhook(alert.webhook, alert.secret, folder))
    return tuple(made)


def deliver(history: History, receivers: Mapping[str, Receiver], now: datetime) -> tuple[str, ...]:
    """Send what waits, the oldest first; one sentence for each receiver that could not be reached. Raises HistoryError.

    After a receiver's first failure its other messages wait too. A receiver that is not configured here may be another
    configuration's on the same history; what has waited for it for a week is taken out, and said.
    """
    problems: dict[str, str] = {}
    for message in history.outbox.waiting():
        receiver = receivers.get(message.receiver)
        if receiver is None:
            if now - message.created < GIVE_UP:
                continue
            history.outbox.drop(message.id, "the receiver is no longer configured", now)
            subject = message.message.get("subject", "")
            problems[f"gone {message.id}"] = f"dropped, since its receiver is no longer configured: {subject}"
        elif message.receiver not in problems:
            try:
                receiver.send(message)
            except NotDelivered as problem:
                history.outbox.undelivered(message.id, str(problem))
                problems[message.receiver] = f"{receiver.label}: not delivered ({problem}); it is tried again next time"
            else:
                history.outbox.delivered(message.id, now)
    return tuple(problems.values())


def beat(address: str) -> None:
    """Tell the dead-man's switch that a run is complete. Raises NotDelivered."""
    _exchange("GET", address, b"", {})


def sign(key: str, moment: int, body: bytes) -> str:
    """``t=SECONDS,v1=HEX``: HMAC-SHA256 of "SECONDS.BODY" under the key, so that neither body nor time can be changed."""
    mac = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def fingerprint(kind: str, address: str) -> str:
    """What the outbox keeps of an address."""
    return hashlib.sha256(f"{kind}\n{address}".encode()).hexdigest()[:16]


# ---- the webhook


def _webhook(address: str, key: str, folder: Path) -> Receiver:
    url, secret_key = expanded(address, folder), secret(key, folder)
    host = _host(url)

    def send(waiting: Waiting) -> None:
        body = json.dumps(waiting.message["payload"], ensure_ascii=False).encode()
        signature = sign(secret_key, int(time.time()), body)
        headers = {"Content-Type": "application/json", "Idempotency-Key": waiting.id, "Shopwarden-Signature": signature}
        _exchange("POST", url, body, headers)

    return Receiver(fingerprint("webhook", address), f"webhook at {host}", send)


def _exchange(method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    """One request; only the status of the answer is read."""
    import httpx

    agent = {"User-Agent": f"shopwarden/{__version__}"}
    try:
        timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
        with (
            httpx.Client(timeout=timeout, follow_redirects=False) as client,
            client.stream(method, url, content=body or None, headers=agent | headers) as response,
        ):
            if not response.is_success:
                raise NotDelivered(f"it answered {response.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotDelivered(f"{_host(url)} cannot be reached: {_trouble(error)}") from error


def _host(url: str) -> str:
    """An address's host: all of it that may be shown, since paths of webhooks are secrets."""
    import httpx

    try:
        return httpx.URL(url).host or "an address without a host"
    except httpx.InvalidURL:
        return "an address that is none"


# ---- Apprise


def _apprise(address: str, folder: Path) -> Receiver:
    scheme = address.partition("://")[0] if "://" in address else ""
    called = f"the {scheme} address" if scheme else "the secret address" if is_reference(address) else "the address"
    try:
        import apprise
    except ImportError as error:
        raise BadSettings("alerts need an extra: pip install 'shopwarden[notify]'") from error
    url = expanded(address, folder)
    with _Listening() as said, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Apprise loads all its services, some with elderly imports
        try:
            plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        except Exception as error:  # a plugin's own way to refuse an address
            raise BadSettings(f"{called} cannot be used ({type(error).__name__})") from error
    if plugin is None:
        raise BadSettings(f"{called} cannot be used: {_refusal(said[0] if said else '', url)}")
    plugin.socket_connect_timeout = CONNECT_SECONDS
    plugin.socket_read_timeout = TOTAL_SECONDS
    is_mail = scheme.lower() in {"mailto", "mailtos"} or url.lower().startswith(("mailto://", "mailtos://"))
    send = _mail(plugin, url) if is_mail else _service(plugin, url)
    return Receiver(fingerprint("apprise", address), _label(plugin, scheme.lower(), address), send)


def _label(plugin: Any, scheme: str, address: str) -> str:
    """What stands in the file and is no secret: other services than these keep a token where the host would be."""
    if not scheme:
        return "alert to a secret address"
    hosts = (getattr(plugin, "smtp_host", ""), plugin.host) if scheme in _WITH_A_HOST else ()
    host = next((host for host in hosts if host and host in address), "")
    kind = "mail" if scheme in {"mailto", "mailtos"} else scheme
    return f"{kind} to {host}" if host and kind != "mail" else f"mail by {host}" if host else f"{scheme}:// alert"


def _refusal(said: str, url: str) -> str:
    """Why Apprise takes no address of this form."""
    if "~From~" in said:
        return "it names no sender that could be one; add ?from=warden@your.example to it"
    if not said or re.match(r"Un(?:supported|parseable)\b", said):
        return "Apprise cannot read it; its documentation shows the form for each service"
    return f"{_without(said, url).rstrip('.')}; the documentation of Apprise shows its form"


def _service(plugin: Any, url: str) -> Callable[[Waiting], None]:
    """Any service but mail. Those that send their own HTTP headers get the Idempotency-Key."""
    own_headers = dict(plugin.headers) if isinstance(getattr(plugin, "headers", None), dict) else None

    def send(waiting: Waiting) -> None:
        if own_headers is not None:
            plugin.headers = {**own_headers, "Idempotency-Key": waiting.id}
        with _Listening() as said:
            try:
                taken = plugin.notify(body=waiting.message["text"], title=waiting.message["subject"], body_format="text")
            except Exception as error:
                raise NotDelivered(_trouble(error)) from error
        if not taken:
            raise NotDelivered(_answer(said, url))

    return send


def _mail(plugin: Any, url: str) -> Callable[[Waiting], None]:
    """Apprise reads the address and speaks SMTP; the mail itself is ours, because Apprise gives each try another Message-ID and
    writes the text part itself."""

    def send(waiting: Waiting) -> None:
        from apprise.plugins.email.smtp import AppriseSMTPController

        targets = plugin.targets or [(False, plugin.from_addr[1])]
        with _Listening(logging.DEBUG) as said:  # why a server refused, it says on this level alone
            try:
                with AppriseSMTPController(
                    host=plugin.smtp_host,
                    port=plugin.port,
                    secure_mode=plugin.secure_mode,
                    user=plugin.user,
                    password=plugin.password,
                    verify_certificate=plugin.verify_certificate,
                    socket_connect_timeout=int(CONNECT_SECONDS),
                ) as smtp:
                    copies = [*plugin.cc, *plugin.bcc]
                    for target in targets:
                        mail = _mail_of(waiting, plugin.from_addr, target, plugin.cc, plugin.reply_to)
                        if not smtp.sendmail(plugin.from_addr[1], [target[1], *copies], mail.as_string()):
                            raise NotDelivered(_answer(said, url))
                        copies = []
            except NotDelivered:
                raise
            except Exception as error:
                raise NotDelivered(_without(_trouble(error), url)) from error

    return send


def _mail_of(waiting: Waiting, sender: Any, target: Any, cc: Any, reply_to: Any) -> EmailMessage:
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["Subject"] = waiting.message["subject"]
    mail["From"] = formataddr((sender[0] or "shopwarden", sender[1]))
    mail["To"] = formataddr((target[0] or "", target[1]))
    if cc:
        mail["Cc"] = ", ".join(sorted(cc))
    if reply_to:
        mail["Reply-To"] = ", ".join(sorted(reply_to))
    mail["Date"] = format_datetime(waiting.created)
    mail["Message-ID"] = f"<{waiting.id}@{DOMAIN}>"
    mail["Idempotency-Key"] = waiting.id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    mail.set_content(waiting.message["text"], cte="quoted-printable")
    mail.add_alternative(waiting.message["html"], subtype="html", cte="quoted-printable")
    return mail


class _Listening:
    """What Apprise says, which it says to its log alone. least: a level of logging's."""

    def __init__(self, least: int = logging.WARNING) -> None:
        self._least = least
        self._said: list[str] = []
        self._log = logging.getLogger("apprise")

    def __enter__(self) -> list[str]:
        said = self._said

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                said.append(record.getMessage())

        self._handler = Handler(self._least)
        self._level = self._log.level
        self._log.setLevel(self._least)
        self._propagated, self._log.propagate = self._log.propagate, False
        self._log.addHandler(self._handler)
        return said

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self._handler)
        self._log.setLevel(self._level)
        self._log.propagate = self._propagated


def _trouble(error: BaseException) -> str:
    """Why a server was not reached or would not talk to us, in words. Holds nothing that we sent."""
    while not isinstance(error, smtplib.SMTPException) and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__ or error
    match error:
        case smtplib.SMTPException():
            return _mail_trouble(error)
        case ConnectionResetError():
            return "it closed the connection"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return "it speaks no TLS on this port"
        case ConnectionRefusedError():
            return "it refused the connection"
        case TimeoutError():
            return "it did not answer in time"
        case socket.gaierror():
            return "its name could not be looked up"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return f"it failed with {type(error).__name__}"


def _mail_trouble(error: smtplib.SMTPException) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"it does not accept this user and password (it answered {error.smtp_code})"
        case smtplib.SMTPResponseException():
            return f"it answered {error.smtp_code} {_text(error.smtp_error)}"
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return "it offers no encryption (STARTTLS) on this port"
        case smtplib.SMTPNotSupportedError():
            return "it offers no login on this port, or none without encryption"
        case smtplib.SMTPServerDisconnected():
            return "it closed the connection"
        case _:
            return f"it failed with {type(error).__name__}"


def _answer(said: list[str], url: str) -> str:
    """Why a server that was reached did not take a message, or Apprise could not reach it, from what Apprise said of it."""
    last = said[-1] if said else ""
    if status := re.search(r"\berror=(\d{3})\b", last):
        return f"it answered {status[1]}"
    if smtp := re.search(r"\b(\d{3}),? b(['\"])(.*?)\2", last):
        return f"it answered {smtp[1]} {_without(smtp[3], url)}"
    if "Connection error" in last:
        return "it cannot be reached"
    return _without(last.removeprefix("Socket Exception: "), url) or "it did not take the message"


def _text(answer: bytes | str) -> str:
    return " ".join((answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer).split())


def _without(said: str, url: str) -> str:
    """A reason without the address and what in it may be secret."""
    shown = " ".join(said.split()).replace(url, "the address")
    for part in sorted(re.split(r"[:/@?&=,]+", url)[1:], key=len, reverse=True):
        if len(part) >= 8 and "." not in part:
            shown = shown.replace(part, "…")
    return shown[:300]
