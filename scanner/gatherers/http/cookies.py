"""Cookies as browsers treat them: read (RFC 6265 5.2), kept and sent back. Python's own parser loses some that browsers keep."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import islice
from urllib.parse import unquote, urlsplit

from scanner.evidence import Cookie
from scanner.text.redact import REDACTED
from scanner.text.urls import parameters

MOST_COOKIES = 200  # kept and sent; browsers keep 180 for a name
COOKIE_CHARS = 4_096  # name and value, as RFC 6265 6.1 asks of browsers
MOST_ATTRIBUTES = 50
MOST_CHARS = 1_024
FEWEST_SECRET_CHARS = 16
FEWEST_TURNS = 4
_DRAWN = re.compile(r"[A-Za-z0-9,._-]+")
_TURN = re.compile(r"(?<=[0-9])[-,._]?(?=[A-Za-z])|(?<=[A-Za-z])[-,._]?(?=[0-9])")
_PATH_PARAMETER = re.compile(r";([A-Za-z_][\w-]{0,60})=([^;/?]{16,300})")
_SPACE = " \t"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NUMBER = re.compile(r"-?[0-9]{1,20}")


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


Visitor = frozenset[tuple[str, str, str, str]]
"""Domain, path, name and value of each cookie that somebody has."""


def cookies_of(
    headers: Iterable[tuple[str, str]], addresses: Iterable[str] = (), visitor: Visitor = frozenset()
) -> tuple[Cookie, ...]:
    """The cookies that an answer sets, in its order. headers: (name in lower case, value) pairs. addresses: the shop's own that
    the answer's page names. visitor: who got the answer, and has the values that were redacted in its headers."""
    held = {name: unquote(value.strip('"'))[:COOKIE_CHARS] for _, _, name, value in visitor}
    read = [(read_cookie(value), _value_of(value)) for name, value in headers if name == "set-cookie"]
    kept = [
        (cookie, held.get(cookie.name, value) if value == REDACTED else value) for cookie, value in read if cookie is not None
    ][:MOST_COOKIES]
    carried = _carried({value for _, value in kept if _is_drawn(value)}, addresses)
    return tuple(
        replace(cookie, opaque=is_opaque(value) if value and value != REDACTED else None, parameter=carried.get(value, ""))
        for cookie, value in kept
    )


def is_opaque(value: str) -> bool:
    """Whether a cookie's value may be a secret that tells a visitor from others: long, and more than words in lower case."""
    return len(value) >= FEWEST_SECRET_CHARS and (value != value.lower() or any(one.isdigit() for one in value))


def _is_drawn(value: str) -> bool:
    """Whether it surely is: letters and digits take turns, as in no word and no date."""
    return len(value) >= FEWEST_SECRET_CHARS and _DRAWN.fullmatch(value) is not None and len(_TURN.findall(value)) >= FEWEST_TURNS


def _value_of(header: str) -> str:
    return unquote(header.partition(";")[0].partition("=")[2].strip(_SPACE).strip('"'))[:COOKIE_CHARS]


def _carried(values: Collection[str], addresses: Iterable[str]) -> dict[str, str]:
    """The parameter that carries each value in some address (in its query, or as ``;name=value`` in its path)."""
    carried: dict[str, str] = {}
    for address in addresses if values else ():
        if any(value in address for value in values):
            pairs = [*parameters(address), *_PATH_PARAMETER.findall(urlsplit(address).path)]
            carried |= {value: name[:100] for name, value in pairs if value in values and value not in carried}
    return carried


class Jar:
    """One visitor's cookies, kept and sent back as browsers do (RFC 6265 5.3 and 5.4, RFC 6265bis), within their bounds.

    Python's own jar loses cookies that browsers keep, and then a shop that asks for its cookie is a closed door. now: seconds
    since 1970, for the ends that cookies have. Values stay bytes (as Latin-1): they are sent back as they came.

    names: those of one shop (with and without ``www.``), which here count as one host, other than in browsers: a scan that looks
    at each of them is still one visitor, whose session the shop keeps once.
    """

    def __init__(self, names: Iterable[str] = (), now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._names = tuple(names)
        self._kept: dict[tuple[str, str, str], _Kept] = {}

    @property
    def state(self) -> Visitor:
        """All that is kept: two equal states open the same doors."""
        return frozenset((*key, cookie.value) for key, cookie in self._kept.items())

    def take(self, address: str, headers: Iterable[str]) -> None:
        """Keep what an answer from an address sets. headers: the values of its Set-Cookie headers."""
        parts = urlsplit(address)
        host, secure = self._host(parts.hostname), parts.scheme == "https"
        for header in islice(headers, MOST_COOKIES):
            pair, _, _ = header.partition(";")
            cookie = read_cookie(header)
            if cookie is None or _CONTROL.search(header):
                continue
            value = pair.partition("=")[2].strip(_SPACE)
            domain = (cookie.attribute("domain") or "").lstrip(".").lower()
            domain = self._host(domain) if domain else ""
            path = cookie.attribute("path") or ""
            kept = _Kept(value, host_only=not domain, secure=cookie.attribute("secure") is not None)
            key = (domain or host, path if path.startswith("/") else _default_path(parts.path), cookie.name)
            if _allowed(cookie, kept, key, host, secure=secure):
                self._keep(key, kept, cookie)

    def header(self, address: str) -> str:
        """The Cookie header for an address; empty where there is none."""
        parts = urlsplit(address)
        host, path = self._host(parts.hostname), parts.path or "/"
        sent = [
            (-len(place), f"{name}={cookie.value}")
            for (domain, place, name), cookie in self._kept.items()
            if (host == domain or (not cookie.host_only and host.endswith("." + domain)))
            and _under(path, place)
            and (parts.scheme == "https" or not cookie.secure)
        ]
        return "; ".join(pair for _, pair in sorted(sent, key=lambda one: one[0]))

    def _host(self, name: str | None) -> str:
        host = (name or "").lower()
        return self._names[0] if host in self._names else host

    def _keep(self, key: tuple[str, str, str], kept: _Kept, cookie: Cookie) -> None:
        if self._is_over(cookie):
            self._kept.pop(key, None)
        elif key in self._kept or len(self._kept) < MOST_COOKIES:
            self._kept[key] = kept

    def _is_over(self, cookie: Cookie) -> bool:
        """Whether a cookie ends at once. Others last as long as a scan does."""
        age = cookie.attribute("max-age")
        if age is not None and _NUMBER.fullmatch(age):
            return age.startswith("-") or not age.strip("0")
        if (ends := cookie.attribute("expires")) is not None:
            with contextlib.suppress(ValueError, TypeError, OverflowError):
                return parsedate_to_datetime(ends.replace("-", " ")).replace(tzinfo=UTC).timestamp() <= self._now()
        return False


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str
    host_only: bool
    secure: bool


def _allowed(cookie: Cookie, kept: _Kept, key: tuple[str, str, str], host: str, *, secure: bool) -> bool:
    """Whether a browser takes a cookie from this host."""
    domain, path, name = key
    if len(name) + len(kept.value) > COOKIE_CHARS or (kept.secure and not secure):
        return False
    if domain != host and (not host.endswith("." + domain) or "." not in domain):
        return False
    if (cookie.attribute("samesite") or "").lower() == "none" and not kept.secure:
        return False
    if name.lower().startswith("__host-"):
        return kept.secure and cookie.attribute("domain") is None and path == "/"
    return kept.secure or not name.lower().startswith("__secure-")


def _default_path(path: str) -> str:
    """RFC 6265 5.1.4."""
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def _under(path: str, place: str) -> bool:
    """RFC 6265 5.1.4."""
    return path == place or (path.startswith(place) and (place.endswith("/") or path[len(place)] == "/"))
