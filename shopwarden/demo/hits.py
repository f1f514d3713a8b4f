"""What happened to the demo shop: so that a test, or a curious owner, can see what a scan did."""

from __future__ import annotations

import threading
from collections import Counter

_MOST = 20_000


class Hits:
    """Thread-safe counts. Everything read from it is a copy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._addresses: Counter[str] = Counter()
        self._commands: Counter[str] = Counter()
        self._touched: list[str] = []
        self._defects: list[str] = []
        self._sessions = 0

    def request(self, method: str, path: str, address: str) -> None:
        """One HTTP request came in."""
        with self._lock:
            if len(self._addresses) < _MOST:
                self._requests[method, path] += 1
                self._addresses[f"{method} {address}"] += 1

    def command(self, word: str) -> None:
        """One FTP command or SSH login attempt came in: ``ftp USER``, ``ssh password`` …"""
        with self._lock:
            if len(self._commands) < _MOST:
                self._commands[word] += 1

    def touch(self, address: str) -> None:
        """A link that changes something was followed by GET or HEAD."""
        with self._lock:
            if len(self._touched) < _MOST:
                self._touched.append(address)

    def session(self) -> None:
        """A new visitor session was made."""
        with self._lock:
            self._sessions += 1

    def defect(self, text: str) -> None:
        """The demo shop itself failed to answer."""
        with self._lock:
            self._defects.append(text)

    @property
    def requests(self) -> Counter[tuple[str, str]]:
        """HTTP requests by (method, path); the path is decoded and has no query."""
        with self._lock:
            return Counter(self._requests)

    @property
    def addresses(self) -> Counter[str]:
        """HTTP requests by ``GET https://host/path?query``."""
        with self._lock:
            return Counter(self._addresses)

    @property
    def commands(self) -> Counter[str]:
        """FTP commands and SSH login attempts by name."""
        with self._lock:
            return Counter(self._commands)

    @property
    def touched(self) -> list[str]:
        """Addresses of the state-changing links that were followed, in order. A scan must leave it empty."""
        with self._lock:
            return list(self._touched)

    @property
    def defects(self) -> list[str]:
        """Requests on which the demo shop itself crashed, with the error."""
        with self._lock:
            return list(self._defects)

    @property
    def sessions(self) -> int:
        """How many visitor sessions were made."""
        with self._lock:
            return self._sessions
