"""What stands between the network and the pages: size, host, origin, session, and the headers of every answer. Plain ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from shopwarden.web.access import Access, may_act, own_host

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BODY = 64_000
"""Bytes of a form."""
ENTRANCE, STATIC = "/enter", "/static/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Of our own pages (CSP 3): no script and no style but what we serve. A report brings its own, which is stricter."""
HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ("x-robots-tag", "noindex, nofollow"),
)


class _TooLarge(Exception):
    pass


class Guard:
    """Lets in what may come in. hosts: the ``Host`` headers that are ours, with the port."""

    def __init__(self, app: App, access: Access, hosts: frozenset[str]) -> None:
        self._app, self._access, self._hosts = app, access, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        refused = self._refusal(scope, headers)
        if refused is not None:
            await _answer(send, *refused)
            return
        body = _Bounded(receive)
        began = False

        async def sending(message: Message) -> None:
            nonlocal began
            if body.too_large and not began:  # whatever was made of the half of it
                return
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = _with_ours(message.get("headers", []), cached=scope["path"].startswith(STATIC))
            await send(message)

        with suppress(_TooLarge):
            await self._app(scope, body.receive, sending)
        if body.too_large and not began:
            await _answer(send, 413, "This is more than any form of ours holds.")

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not own_host(host, self._hosts):
            return 421, "This is not an address of shopwarden. Open the one that the terminal shows."
        origin = f"{scope.get('scheme', 'http')}://{host.strip().lower()}"
        if not may_act(scope["method"], headers.get("sec-fetch-site", ""), headers.get("origin", ""), origin):
            return 403, "This came from another site, and changed nothing."
        if scope["path"] == ENTRANCE or scope["path"].startswith(STATIC):
            return None
        if not self._access.knows(session_of(headers.get("cookie", ""), self._access.cookie)):
            return 401, "Please open the address that the terminal shows: shopwarden web prints a new one each time it starts."
        return None


def session_of(cookies: str, name: str) -> str:
    """The session that a ``Cookie`` header gives in the cookie with this name, or ""."""
    try:
        found = SimpleCookie(cookies).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


class _Bounded:
    """A request's body, up to a bound."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._seen = receive, 0

    @property
    def too_large(self) -> bool:
        return self._seen > MOST_BODY

    async def receive(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self.too_large:
            raise _TooLarge
        return message


def _with_ours(given: list[tuple[bytes, bytes]], *, cached: bool) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in given}
    ours = [
        *HEADERS,
        ("content-security-policy", POLICY),
        ("cache-control", "max-age=3600" if cached else "no-store"),
    ]
    return [*given, *((name.encode(), value.encode()) for name, value in ours if name.encode() not in names)]


async def _answer(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": _with_ours(headers, cached=False)})
    await send({"type": "http.response.body", "body": body})
