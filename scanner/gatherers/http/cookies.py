"""Set-Cookie headers, read as browsers do (RFC 6265 5.2). Python's own parser loses cookies that browsers keep."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.evidence import Cookie

MOST_COOKIES = 200
MOST_ATTRIBUTES = 50
MOST_CHARS = 1_024
_SPACE = " \t"


def read_cookie(header: str) -> Cookie | None:
    """One Set-Cookie header's value; None where it has no name, which makes browsers ignore it. Never raises."""
    pair, *rest = header.split(";", MOST_ATTRIBUTES + 1)
    name, equals, _ = pair.partition("=")
    name = name.strip(_SPACE)[:MOST_CHARS]
    if not equals or not name:
        return None
    attributes = []
    for part in rest[:MOST_ATTRIBUTES]:
        key, _, value = part.partition("=")
        if key.strip(_SPACE):
            attributes.append((key.strip(_SPACE).lower()[:MOST_CHARS], value.strip(_SPACE)[:MOST_CHARS]))
    return Cookie(name, tuple(attributes))


def cookies_of(headers: Iterable[tuple[str, str]]) -> tuple[Cookie, ...]:
    """The cookies that an answer sets, in its order. headers: (name in lower case, value) pairs."""
    cookies = (read_cookie(value) for name, value in headers if name == "set-cookie")
    return tuple(cookie for cookie in cookies if cookie is not None)[:MOST_COOKIES]
