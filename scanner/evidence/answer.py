"""One HTTP answer, and a chain of them."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.evidence.unavailable import Unavailable

MOVED = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought back.

    address: the absolute address that was asked for.
    headers: (name in lower case, value) pairs in the order received; cookie values are redacted.
    text: the body as text, decoded, cut to a bound, secrets redacted; empty for binary content.
    head: the first bytes of the body (at most 600), for magic numbers.
    size: the body's length in bytes as far as known (Content-Length or Content-Range, else bytes read).
    """

    address: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    head: bytes = b""
    size: int = 0
    cut: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a header."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where none was sent."""
        return (self.header("content-type") or "").split(";", 1)[0].strip().lower()

    @property
    def read(self) -> bool:
        """Whether content was served: 200, or 206 for a part that we asked for."""
        return self.status in {200, 206}

    @property
    def gone(self) -> bool:
        """Whether the server says that there is nothing here (404, 410)."""
        return self.status in GONE

    @property
    def examined(self) -> bool:
        """Whether this answer tells what is there. 403, 429 and 5xx tell nothing about the place (design section 6)."""
        return self.status < 400 or self.gone or self.status in {400, 401, 405, 406}


@dataclass(frozen=True, slots=True)
class Chain:
    """A request and the redirects that followed it. ``end`` is Unavailable where the chain could not be followed to its end."""

    start: str
    hops: tuple[Answer, ...]
    end: Answer | Unavailable

    @property
    def redirected(self) -> bool:
        """Whether the first answer sends the visitor elsewhere."""
        return bool(self.hops)
