"""Apprise's services, and mail with a Message-ID of our own. Everything here blocks."""

from __future__ import annotations

import logging
import re
import smtplib
import warnings
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from scanner.history.outbox import Waiting
from scanner.settings.errors import BadSettings
from scanner.settings.secrets import expanded, is_reference
from shopwarden.delivery.http_manners import teach_manners
from shopwarden.delivery.receiver import CONNECT_SECONDS, SILENT_SECONDS, NotDelivered, Receiver, fingerprint
from shopwarden.delivery.smtp import smtp_session
from shopwarden.delivery.trouble import trouble

DOMAIN = "alerts.shopwarden.invalid"
"""The right half of a Message-ID (RFC 5322, 3.6.4): unique with the left half, and no host of anybody's."""
_WITH_A_HOST = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"})


def apprise_service(address: str, folder: Path) -> Receiver:
    """The receiver of an address of Apprise's, checked as far as goes without sending. Raises BadSettings."""
    scheme = address.partition("://")[0] if "://" in address else ""
    called = f"the {scheme} address" if scheme else "the secret address" if is_reference(address) else "the address"
    try:
        teach_manners()
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
    plugin.socket_read_timeout = SILENT_SECONDS
    is_mail = scheme.lower() in {"mailto", "mailtos"} or url.lower().startswith(("mailto://", "mailtos://"))
    marked, label = fingerprint("apprise", address), _label(plugin, scheme.lower(), address)
    if not is_mail:
        return Receiver(marked, label, _service(plugin, url))
    return Receiver(marked, label, _mail(plugin, url), _login(plugin, url))


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
                raise NotDelivered(trouble(error)) from error
        if not taken:
            raise NotDelivered(_answer(said, url))

    return send


def _mail(plugin: Any, url: str) -> Callable[[Waiting], None]:
    """Apprise reads the address. The mail is ours, because Apprise gives each try another Message-ID and writes the text part
    itself; so is the session, because its own has no bounds."""

    def send(waiting: Waiting) -> None:
        targets = plugin.targets or [(False, plugin.from_addr[1])]
        with _logged_in(plugin, url) as smtp:
            copies = [*plugin.cc, *plugin.bcc]
            for target in targets:
                mail = _mail_of(waiting, plugin.from_addr, target, plugin.cc, plugin.reply_to)
                refused = smtp.sendmail(plugin.from_addr[1], [target[1], *copies], _written(mail))
                if target[1] in refused:
                    raise smtplib.SMTPRecipientsRefused(refused)
                copies = []

    return send


def _login(plugin: Any, url: str) -> Callable[[], None]:
    def login() -> None:
        with _logged_in(plugin, url):
            pass

    return login


@contextmanager
def _logged_in(plugin: Any, url: str) -> Iterator[smtplib.SMTP]:
    """A session with the mail server. Raises NotDelivered for whatever goes wrong."""
    try:
        with smtp_session(plugin) as smtp:
            yield smtp
    except Exception as error:
        raise NotDelivered(_without(trouble(error), url)) from error


def _written(mail: EmailMessage) -> str:
    """Python folds a subject that nearly fills a line before its first word, which readers show as a blank; RFC 5322 allows 998
    characters, and only what has to be encoded must be folded (RFC 2047, 2).
    """
    longest = 998 if mail["Subject"].isascii() else 78
    return mail.as_string(policy=mail.policy.clone(max_line_length=longest))


def _mail_of(waiting: Waiting, sender: Any, target: Any, cc: Any, reply_to: Any) -> EmailMessage:
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["Subject"] = waiting.message["subject"]
    mail["From"] = formataddr((sender[0] or waiting.message.get("sender") or "shopwarden", sender[1]))
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
    if logo := waiting.message.get("logo"):
        html = mail.get_body(("html",))
        if isinstance(html, EmailMessage):
            picture = b64decode(logo["base64"])
            html.add_related(picture, "image", logo["kind"], cid=f"<{logo['name']}>", disposition="inline")
    if paper := waiting.message.get("paper"):
        mail.add_attachment(b64decode(paper["base64"]), maintype="application", subtype="pdf", filename=paper["name"])
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


def _without(said: str, url: str) -> str:
    """A reason without the address and what in it may be secret."""
    shown = " ".join(said.split()).replace(url, "the address")
    for part in sorted(re.split(r"[:/@?&=,]+", url)[1:], key=len, reverse=True):
        if len(part) >= 8 and "." not in part:
            shown = shown.replace(part, "…")
    return shown[:300]
