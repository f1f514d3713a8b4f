"""Web addresses as browsers read them: joined, brought into one form, and reduced to their shape. Pure.

An address that leaves ``join`` is plain ASCII without control characters, spaces, backslashes and fragment, so that the same
text is compared, guarded and fetched.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

import httpx
import idna

MOST_CHARS = 8_000
"""Longer references are no addresses that a shop means to be visited."""
REMEMBERED = 1_000
"""For so many addresses it is remembered what was read from them: every page of a shop has the same menu. At most 8 MB each."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_EDGES = "".join(map(chr, range(0x21)))  # C0 controls and the space are stripped at both ends (WHATWG URL 4.4)
_DROPPED = re.compile(r"[\t\n\r]")  # … and these anywhere
_UNWRITTEN = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\uffff]|[\ud800-\udfff]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_.-])?\Z|\[[0-9a-f:.]{2,45}\]\Z", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:https?:)?//([^/?#]*)", re.IGNORECASE)
_BROKEN_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")

_PLAIN = re.compile(
    r"(?P<origin>https?://(?=[a-z0-9.-]{1,200}(?:[/?#]|\Z))(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,60}(?=[/?#]|\Z))?"
    r"(?P<path>(?:[\w~/-]|\.(?:(?<=[\w~-]\.)|(?!\.?(?:[/?#]|\Z))))*+)(?P<query>\?(?:[\w~.=&;/-]|%[0-9A-Fa-f]{2})*)?(?:#.*)?\Z",
    re.ASCII,
)
"""What needs no rule but those of RFC 3986 5.2: plain characters, a name as host, no port, no dot segments."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}

_TRACKING = frozenset(
    [
        "gclid",
        "fbclid",
        "msclkid",
        "dclid",
        "gbraid",
        "wbraid",
        "yclid",
        "ttclid",
        "twclid",
        "srsltid",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "_hsenc",
        "_hsmi",
    ]
)
_SESSIONS = frozenset(
    [
        "phpsessid",
        "oscsid",
        "oscadminid",
        "zenid",
        "xtcsid",
        "modsid",
        "ocsessid",
        "jsessionid",
        "sessionid",
        "session_id",
        "sess_id",
        "cfid",
        "cftoken",
        "___sid",
    ]
)
_MAYBE_SESSIONS = frozenset({"sid", "session", "sess"})
_SESSION_VALUE = re.compile(r"[0-9a-f]{16,}\Z", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)

_ROUTING = frozenset(
    [
        "route",
        "main_page",
        "controller",
        "dispatch",
        "option",
        "view",
        "task",
        "action",
        "act",
        "do",
        "cmd",
        "mod",
        "module",
        "op",
        "mode",
        "fc",
        "post_type",
    ]
)
_NUMBERS = re.compile(r"\d+")
_HASH = re.compile(r"(?=[a-z-]*\d)[0-9a-f-]{8,}\Z|[0-9a-f]{16,}\Z", re.IGNORECASE)
_SLUG = re.compile(r"[^.]*[-_,+ ][^.]*")


def join(base: str, reference: str) -> str | None:
    """The absolute http or https address that a reference means on a page at ``base``, without its fragment.

    None where it is none: another scheme (``data:``, ``javascript:``, ``mailto:``), a host that cannot be, or nonsense.
    An empty reference means the page itself. Cleans characters as browsers do (WHATWG URL) and encodes international names by
    IDNA 2008 (RFC 5891). With an empty base only absolute references mean something. Never raises.
    """
    if len(reference) > MOST_CHARS:
        return None
    if (plain := _plainly_joined(base, reference)) is not None:
        return plain
    text = _DROPPED.sub("", reference.strip(_EDGES)).partition("#")[0]
    scheme = _SCHEME.match(text)
    if scheme is not None:
        name = scheme[1].lower()
        if name not in _DEFAULT_PORTS:
            return None
        text = _absolute(name, text[scheme.end() :], base)
    else:
        text = _slashes(text)
        if text.startswith("//"):
            text = "//" + text.lstrip("/")
    authority = _AUTHORITY.match(text)
    if authority is not None and not authority[1]:
        return None
    try:
        return _joined(_written(base), _written(text))
    except (httpx.InvalidURL, idna.IDNAError, ValueError, TypeError):
        return None


def _plainly_joined(base: str, reference: str) -> str | None:
    """The same for the ordinary case, without the library that knows all others; None where it is another."""
    to, page = _PLAIN.match(reference), _plain_base(base)
    if to is None or page is None or "//" in to["path"]:
        return None
    origin, path, query = page
    if to["origin"]:
        joined = to["origin"] + (to["path"] or "/") + (to["query"] or "")
    elif not to["path"]:
        joined = origin + path + (query if to["query"] is None else to["query"])
    else:
        folder = "" if to["path"].startswith("/") else path[: path.rfind("/") + 1]
        joined = origin + folder + to["path"] + (to["query"] or "")
    return joined if len(joined) <= MOST_CHARS and not joined.endswith("?") else None


@lru_cache(maxsize=256)
def _plain_base(base: str) -> tuple[str, str, str] | None:
    """A page's origin, path and query, where its address is plain."""
    match = _PLAIN.match(base)
    if match is None or not match["origin"] or not match["path"].startswith("/") or "//" in match["path"]:
        return None
    return match["origin"], match["path"], match["query"] or ""


def canonical(address: str, without: Collection[str] = ()) -> str:
    """One form for all addresses of a page: lower-case scheme and host, no default port, fragment, dot segments, empty query,
    campaign (``utm_…``) or session parameters (``PHPSESSID``, ``osCsid``, ``zenid``, ``sid=`` with a hexadecimal value).

    without: names of further parameters, in lower case, that say who the visitor is. The order of the parameters is kept.
    What is no http or https address comes back unchanged. Never raises.
    """
    try:
        parts = urlsplit(address)
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS or not parts.netloc:
            return address
    except ValueError:
        return address
    userinfo, at, hostport = parts.netloc.rpartition("@")
    hostport = hostport.lower()
    host, colon, port = hostport.rpartition(":")
    if colon and not hostport.endswith("]") and port in {"", _DEFAULT_PORTS[scheme]}:
        hostport = host
    kept = "&".join(part for part in parts.query.split("&") if part and not _passing(part, without))
    path = _without_dots(_SESSION_IN_PATH.sub("", parts.path))
    return f"{scheme}://{userinfo}{at}{hostport}{path}" + (f"?{kept}" if kept else "")


def shape(address: str) -> str:
    """The template that an address looks made from: ``/blog/2024/05/red-roses-12.html?page=3`` → ``/blog/#/#/*.html?page``.

    Numbers become ``#``, hashes and slugs ``*``; parameters are named in sorted order, without values, but for those that shops
    route their pages by (``route=product/product``). The host is left out. Never raises.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "*"
    path = "/".join(_part_shape(segment) for segment in parts.path.split("/"))
    names = sorted({_parameter_shape(part) for part in parts.query.split("&") if part})
    return (path or "/") + ("?" + "&".join(names) if names else "")


def parameters(address: str) -> tuple[tuple[str, str], ...]:
    """The (name, value) pairs of an address's query, decoded, in order. A part without ``=`` is a name without a value."""
    try:
        query = urlsplit(address).query
    except ValueError:
        return ()
    pairs = (part.partition("=") for part in query.split("&") if part)
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)


def _slashes(text: str) -> str:
    """Backslashes are slashes up to the query (WHATWG URL, special schemes)."""
    before, mark, query = text.partition("?")
    return before.replace("\\", "/") + mark + query


def _absolute(scheme: str, rest: str, base: str) -> str:
    """What follows ``http:``: an authority whatever the number of slashes; relative where it has no two slashes and the page
    has the same scheme."""
    rest = _slashes(rest)
    if not rest.startswith("//") and base[: len(scheme) + 1].lower() == scheme + ":":
        return rest
    return f"{scheme}://{rest.lstrip('/')}"


def _written(text: str) -> str:
    """Everything that does not belong into an address percent-encoded, the host's name in its ASCII form."""
    authority = _AUTHORITY.match(text)
    if authority is not None:
        userinfo, at, hostport = authority[1].rpartition("@")
        if not hostport.isascii():
            host, colon, port = hostport.partition(":")
            hostport = idna.encode(host, uts46=True).decode() + colon + port
        text = text[: authority.start(1)] + userinfo + at + hostport + text[authority.end(1) :]
    text = _UNWRITTEN.sub(lambda match: _encoded(match[0]), text)
    return _BROKEN_PERCENT.sub("%25", text)


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def _joined(base: str, text: str) -> str | None:
    url = httpx.URL(base).join(text) if base else httpx.URL(text)
    if url.scheme not in _DEFAULT_PORTS or not _HOST.match(bracketed(url.raw_host.decode("ascii"))):
        return None
    if url.port is not None and not 0 < url.port < 65_536:
        return None
    port = f":{url.port}" if url.port is not None else ""
    userinfo = "***@" if url.userinfo else ""  # it is never used, and a password would land in reports
    address = f"{url.scheme}://{userinfo}{bracketed(url.raw_host.decode('ascii'))}{port}{url.raw_path.decode('ascii')}"
    return address if len(address) <= MOST_CHARS else None


def bracketed(host: str) -> str:
    """A host as an address writes it: IPv6 in brackets (RFC 3986 3.2.2)."""
    return f"[{host.strip('[]')}]" if ":" in host else host


def _without_dots(path: str) -> str:
    """RFC 3986 5.2.4, with ``%2e`` read as a dot (as browsers do)."""
    kept: list[str] = []
    last = ""
    for segment in path.removeprefix("/").split("/"):
        last = segment.lower().replace("%2e", ".") if len(segment) <= len("%2e%2e") else segment
        if last == "..":
            del kept[-1:]
        elif last != ".":
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if last in {".", ".."} and kept else "")


def _passing(part: str, without: Collection[str]) -> bool:
    """Whether a query part only says where a visitor came from or who he is."""
    name, _, value = part.partition("=")
    name = name.lower()
    return (
        name in _TRACKING
        or name in _SESSIONS
        or name in without
        or name.startswith("utm_")
        or (name in _MAYBE_SESSIONS and _SESSION_VALUE.match(value) is not None)
    )


def _part_shape(segment: str) -> str:
    segment = unquote_plus(segment)
    stem, dot, extension = segment.rpartition(".")
    if not dot or not extension.isalnum() or len(extension) > 5 or extension.isdigit():
        stem, dot, extension = segment, "", ""
    if _HASH.match(stem) and not stem.isdigit():
        stem = "*"
    else:
        stem = _NUMBERS.sub("#", stem)
        if len(stem) > 1 and (_SLUG.match(stem) or len(stem) > 40):
            stem = "*"
    return stem + dot + extension


def _parameter_shape(part: str) -> str:
    name, equals, value = part.partition("=")
    if equals and name.lower() in _ROUTING:
        return f"{name}={_NUMBERS.sub('#', value[:80])}"
    return _NUMBERS.sub("#", name[:80])
