"""Addresses from sitemaps, feeds and robots.txt. Nothing that a site writes there is trusted: no entities, no network, bounds."""

from __future__ import annotations

import io
import math
import re
import zlib
from urllib.parse import urlsplit

from lxml import etree
from protego import Protego

from scanner.evidence import Robots
from scanner.text.urls import join

MOST_ADDRESSES = 5_000
MOST_NESTED = 100
MOST_BYTES = 10_000_000
MOST_ROBOTS = 500_000
MOST_DISALLOWED = 500
MOST_CHARS = 2_000

_GZIP = b"\x1f\x8b"
_ROOTS = frozenset({"urlset", "sitemapindex", "rss", "feed", "RDF"})
_BEFORE = b" \t\r\n\xef\xbb\xbf"  # white space and a byte order mark
_MARKUP = (b"<", b"\xff\xfe", b"\xfe\xff")  # in UTF-8, in UTF-16
_DISALLOW = re.compile(r"\s*disallow\s*:\s*([^#\s]*)", re.IGNORECASE)


def addresses_of(body: bytes, content_type: str = "", limit: int = MOST_ADDRESSES) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pages, and the further sitemaps, that a sitemap names (sitemaps.org 0.9: XML or plain text, also gzipped), or the
    pages of an RSS or Atom feed.

    At most ``limit`` addresses and 100 sitemaps, absolute, in the order of the file, none twice. Where the file breaks off or is
    broken, what stands before. Never raises.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if "html" in content_type.lower():
        return (), ()
    if body.lstrip(_BEFORE).startswith(_MARKUP):
        pages, nested = _from_xml(body, limit)
    else:
        pages, nested = _from_text(body, limit), []
    return _clean(pages, limit), _clean(nested, MOST_NESTED)


def read_robots(text: str, address: str) -> Robots:
    """What a robots.txt says (RFC 9309): every Disallow path whoever it is for, the sitemaps, and our Crawl-delay in seconds.

    text: what is over 500 KB is left out. A page instead of a robots.txt gives an empty one. Never raises.
    """
    text = text[:MOST_ROBOTS]
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Robots(address)
    disallowed = (match[1][:MOST_CHARS] for line in text.splitlines() if (match := _DISALLOW.match(line)))
    parsed = Protego.parse(text)
    sitemaps = (found for one in parsed.sitemaps if (found := join(address, one)) is not None)
    delay = parsed.crawl_delay("shopwarden")
    return Robots(
        address,
        disallowed=tuple(dict.fromkeys(path for path in disallowed if path.startswith("/")))[:MOST_DISALLOWED],
        sitemaps=tuple(dict.fromkeys(sitemaps))[:MOST_NESTED],
        crawl_delay=delay if delay is not None and math.isfinite(delay) and delay > 0 else 0.0,
    )


def _unpacked(body: bytes) -> bytes:
    """At most 10 MB; what came before an error."""
    unpacker = zlib.decompressobj(47)
    out = bytearray()
    try:
        for start in range(0, len(body), 65_536):
            out += unpacker.decompress(body[start : start + 65_536], MOST_BYTES - len(out) + 1)
            if len(out) > MOST_BYTES or unpacker.eof:
                break
    except zlib.error:
        pass
    return bytes(out[:MOST_BYTES])


def _from_xml(body: bytes, limit: int) -> tuple[list[str], list[str]]:
    pages: list[str] = []
    nested: list[str] = []
    root = ""
    path: list[str] = []
    try:
        events = etree.iterparse(
            io.BytesIO(body[:MOST_BYTES]), events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            name = _local(element.tag)
            if event == "start":
                root = root or name
                path.append(name)
                if root not in _ROOTS:
                    break
                continue
            path.pop()
            parent = path[-1] if path else ""
            if (found := _reference(element, name, parent)) and len(found) <= MOST_CHARS:
                (nested if parent == "sitemap" else pages).append(found)
            if parent in _ROOTS or parent == "channel":
                element.clear()
                while (before := element.getprevious()) is not None:
                    element.getparent().remove(before)  # what is read needs no memory
            if len(pages) >= limit or len(nested) >= MOST_NESTED:
                break
    except (etree.LxmlError, ValueError, UnicodeError):
        pass
    return pages, nested


def _reference(element: etree._Element, name: str, parent: str) -> str:
    """The address that an element holds where its place says that it is one."""
    if name == "loc" and parent in {"url", "sitemap"}:
        return (element.text or "").strip()
    if name == "link" and parent in {"item", "channel"}:
        return (element.text or "").strip()
    if name == "link" and parent in {"entry", "feed"} and element.get("rel", "alternate") == "alternate":
        return (element.get("href") or "").strip()
    return ""


def _from_text(body: bytes, limit: int) -> list[str]:
    lines = body[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff").splitlines()[: limit * 2]
    return [
        line.strip() for line in lines if line.strip()[:8].lower().startswith(("http://", "https://")) and len(line) <= MOST_CHARS
    ]


def _clean(references: list[str], limit: int) -> tuple[str, ...]:
    joined = (join("", one) for one in references[:limit])
    return tuple(dict.fromkeys(one for one in joined if one is not None and urlsplit(one).hostname))


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
