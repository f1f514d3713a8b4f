"""Receivers of alerts on loopback: an SMTP server and an HTTP server that note what they get, and can be told to refuse."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.servers.processes import free_port


@dataclass
class MailServer:
    """mails: as received. refuse: answer 451 from now on, and note the mail in refused."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    refuse: bool = False
    refused: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  the library's name
        mail = message_from_bytes(envelope.content, policy=default)
        if self.refuse:
            self.refused.append(mail)
            return "451 Try again later"
        self.raw.append(envelope.content)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    server = MailServer()
    server.port = port or free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@dataclass
class Hook:
    """requests: (method, path, headers in lower case, body) of those that were taken. refused: headers of those that were not.
    status, location: what is answered.
    """

    port: int = 0
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    refused: list[dict[str, str]] = field(default_factory=list)
    location: str = ""


@contextmanager
def hook_server() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if hook.status < 300:
                hook.requests.append((self.command, self.path, headers, body))
            else:
                hook.refused.append(headers)
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            if hook.location:
                self.send_header("Location", hook.location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
