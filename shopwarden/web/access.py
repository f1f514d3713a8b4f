"""Who may come in, and from where a request may come.

On loopback there is one person: whoever started the program and was shown an address with a one-time token. The token is given
away for a session by its first use; the session lives in a cookie that no script reads and no other site sends.

A page of another site that is open in the same browser must not act here: a request that changes something has to come from our
own pages (Sec-Fetch-Site, Origin), and any request has to name an address of ours (else a name of a stranger's could lead here:
DNS rebinding).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scanner.text.clock import Clock

SESSION_HOURS = 12
"""Without a request; then the program shows a new address when it is started again."""
_SAFE = frozenset({"GET", "HEAD"})


@dataclass
class Access:
    """The way in. port: ours, by which the cookie is called: browsers share cookies among all ports of an address. token: for one
    use, on the terminal."""

    port: int
    clock: Clock = field(default_factory=Clock)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _sessions: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return f"shopwarden_session_{self.port}"

    def enter(self, token: str) -> str | None:
        """A new session for the token, which is used up by that; None where it is not the right one."""
        with self._lock:
            if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token = ""
            session = secrets.token_urlsafe(32)
            self._sessions[session] = self.clock.now()
            return session

    def knows(self, session: str) -> bool:
        """Whether it is a session that was begun here and used within the last hours."""
        now = self.clock.now()
        with self._lock:
            used = self._sessions.get(session)
            if used is None or now - used > timedelta(hours=SESSION_HOURS):
                self._sessions.pop(session, None)
                return False
            self._sessions[session] = now
            return True

    def leave(self, session: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(session, None)


def may_act(method: str, fetched_from: str, origin: str, own_origin: str) -> bool:
    """Whether a request may change something, by where it comes from.

    fetched_from: ``Sec-Fetch-Site``, which browsers send since 2023 and no page can forge (W3C Fetch Metadata). origin:
    ``Origin``, for older ones. A program that sends neither has no cookie of ours by accident, and is let in.
    """
    if method in _SAFE:
        return True
    if fetched_from:
        return fetched_from == "same-origin"
    return not origin or origin == own_origin


def own_host(host: str, hosts: Collection[str]) -> bool:
    """Whether a request's ``Host`` is one of ours."""
    return host.strip().lower() in hosts
