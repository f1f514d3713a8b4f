"""Answers that break a rule of HTTP, and what Chromium does with each (``tests/browser/test_leniency.py`` asks it again)."""

from __future__ import annotations

BODY = b"<html><head><title>Petal</title></head><body>The shop</body></html>"
LENGTH = b"Content-Length: %d" % len(BODY)
HTML = b"Content-Type: text/html"
ARRIVED = b"<html><body>Arrived</body></html>"


def answer(*lines: bytes, body: bytes = BODY, first: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n") -> bytes:
    """An answer of these lines."""
    return end.join((first, *lines, b"", b"")) + body


def chunks(*lines: bytes) -> bytes:
    """The body in one chunk, between lines as they are given: before it, after it, at the end."""
    before, after, over = lines
    return before + BODY + after + over


SIZE = b"%x" % len(BODY)

READ: dict[str, bytes] = {
    "an ordinary one": answer(HTML, LENGTH),
    "a coding that nobody knows": answer(HTML, b"Content-Encoding: utf-8", LENGTH),
    "a coding called none": answer(HTML, b"Content-Encoding: none", LENGTH),
    "two codings, one unknown": answer(HTML, b"Content-Encoding: identity, binary", LENGTH),
    "an unknown coding before gzip": answer(HTML, b"Content-Encoding: foo, gzip", LENGTH),
    "a space behind a name": answer(b"Content-Type : text/html", LENGTH),
    "a space in a name": answer(HTML, b"X Powered By: PHP", LENGTH),
    "an empty name": answer(HTML, b": x", LENGTH),
    "a line without a colon": answer(HTML, b"broken header", LENGTH),
    "the same length twice": answer(HTML, LENGTH, LENGTH),
    "the same length twice in one line": answer(HTML, LENGTH + b", %d" % len(BODY)),
    "a length that is a word": answer(HTML, b"Content-Length: abc"),
    "a length with a plus": answer(HTML, b"Content-Length: +%d" % len(BODY)),
    "a length below zero": answer(HTML, b"Content-Length: -1"),
    "an empty length": answer(HTML, b"Content-Length:"),
    "a length and chunks": answer(
        HTML, b"Content-Length: 5", b"Transfer-Encoding: chunked", body=chunks(SIZE + b"\r\n", b"\r\n", b"0\r\n\r\n")
    ),
    "chunks with bare line feeds": answer(HTML, b"Transfer-Encoding: chunked", body=chunks(SIZE + b"\n", b"\n", b"0\n\n")),
    "chunks with a space": answer(HTML, b"Transfer-Encoding: chunked", body=chunks(SIZE + b"  \r\n", b"\r\n", b"0\r\n\r\n")),
    "chunks with an extension": answer(
        HTML, b"Transfer-Encoding: chunked", body=chunks(SIZE + b";a=b\r\n", b"\r\n", b"0\r\nX: y\r\n\r\n")
    ),
    "chunked said twice": answer(
        HTML, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=chunks(SIZE + b"\r\n", b"\r\n", b"0\r\n\r\n")
    ),
    "a transfer coding of identity": answer(HTML, b"Transfer-Encoding: identity", LENGTH),
    "no reason": answer(HTML, LENGTH, first=b"HTTP/1.1 200"),
    "an empty reason": answer(HTML, LENGTH, first=b"HTTP/1.1 200 "),
    "a reason in Latin-1": answer(HTML, LENGTH, first=b"HTTP/1.1 200 Gef\xfcllt"),
    "two spaces before the status": answer(HTML, LENGTH, first=b"HTTP/1.1  200 OK"),
    "a reason glued to the status": answer(HTML, LENGTH, first=b"HTTP/1.1 200OK"),
    "small letters": answer(HTML, LENGTH, first=b"http/1.1 200 OK"),
    "a later version": answer(HTML, LENGTH, first=b"HTTP/1.2 200 OK"),
    "HTTP/2.0 over HTTP/1": answer(HTML, LENGTH, first=b"HTTP/2.0 200 OK"),
    "no version": answer(HTML, LENGTH, first=b"HTTP 200 OK"),
    "no status": answer(HTML, LENGTH, first=b"HTTP/1.1"),
    "empty lines before it": b"\r\n\r\n" + answer(HTML, LENGTH),
    "four letters before it": b"abcd" + answer(HTML, LENGTH),
    "a folded line": answer(HTML, b"X-A: 1", b"\t2", LENGTH),
    "a fold in the first line": answer(b" X-A: 1", HTML, LENGTH),
    "bare line feeds": answer(HTML, LENGTH, end=b"\n"),
    "mixed line ends": b"HTTP/1.1 200 OK\r\n" + HTML + b"\n" + LENGTH + b"\n\r\n" + BODY,
    "controls in a value": answer(HTML, b"X-A: a\x01\x1b\x7fb", LENGTH),
    "a carriage return in a value": answer(HTML, b"X-A: a\rb", LENGTH),
    "a value in Latin-1": answer(HTML, b"X-A: Bl\xfcten", LENGTH),
    "a name in UTF-8": answer(HTML, b"X-Bl\xc3\xbcte: a", LENGTH),
    "an interim answer before it": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(HTML, LENGTH),
    "early hints before it": b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + answer(HTML, LENGTH),
    "no headers": answer(),
}
"""What a browser shows."""

REFUSED: dict[str, bytes] = {
    "lengths that differ": answer(HTML, LENGTH, b"Content-Length: 20"),
    "a NUL in a value": answer(HTML, b"X-A: a\x00b", LENGTH),
    "plain text that says gzip": answer(HTML, b"Content-Encoding: gzip", LENGTH),
    "plain text that says deflate": answer(HTML, b"Content-Encoding: deflate", LENGTH),
    "less than it says": answer(HTML, b"Content-Length: 5000"),
    "chunks without an end": answer(HTML, b"Transfer-Encoding: chunked", body=chunks(SIZE + b"\r\n", b"\r\n", b"")),
    "no head at all": BODY,
}
"""What a browser does not show either."""

MOVED: dict[str, tuple[bytes, str]] = {
    "raw UTF-8": ("Location: /blüte?q=ü".encode(), "/bl%C3%BCte?q=%C3%BC"),
    "Latin-1": ("Location: /blüte?q=ü".encode("latin-1"), "/bl%FCte?q=%FC"),
    "relative": (b"Location: okay", "/okay"),
    "only a query": (b"Location: ?a=1", "/?a=1"),
    "up too far": (b"Location: ../../okay", "/okay"),
    "spaces within": (b"Location: /a b c", "/a%20b%20c"),
    "spaces around": (b"Location:   /okay  ", "/okay"),
    "a tab within": (b"Location: /ok\tay", "/okay"),
    "a backslash": (b"Location: \\okay", "/okay"),
    "quotation marks": (b'Location: "/okay"', "/%22/okay%22"),
    "the same twice": (b"Location: /okay\r\nLocation: /okay", "/okay"),
    "a space behind the name": (b"Location : /okay", "/okay"),
    "a fragment": (b"Location: /okay#there", "/okay"),
}
"""Headers of a redirect at ``/``, and what is asked for then."""

COOKIES: dict[str, tuple[str, str]] = {
    "an ordinary one": ("a=1; Path=/; HttpOnly; SameSite=Lax", "a=1"),
    "a value like JSON": ('a={"b":1, "c":[2]}; Path=/', 'a={"b":1, "c":[2]}'),
    "a value with spaces": ("a=one two; Path=/", "a=one two"),
    "a value with equals signs": ("a=b=c==; Path=/", "a=b=c=="),
    "a name with brackets": ("a[b]=1; Path=/", "a[b]=1"),
    "a name with a colon": ("a:b=1; Path=/", "a:b=1"),
    "a quoted value": ('a="1"; Path=/', 'a="1"'),
    "an empty value": ("a=; Path=/", "a="),
    "a comma in the date": ("a=1; Expires=Fri, 31-Dec-2032 23:59:59 GMT; Path=/", "a=1"),
    "an end long ago": ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/", ""),
    "an age of nothing": ("a=1; Max-Age=0; Path=/", ""),
    "an age before a date": ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Path=/", "a=1"),
    "a date of nonsense": ("a=1; Expires=soon; Path=/", "a=1"),
    "no path": ("a=1", "a=1"),
    "another path": ("a=1; Path=/admin", ""),
    "a path without a slash": ("a=1; Path=roses", "a=1"),
    "the shop's domain": ("a=1; Domain=petalandstem.example; Path=/", "a=1"),
    "the shop's domain with a dot": ("a=1; Domain=.petalandstem.example; Path=/", "a=1"),
    "another domain": ("a=1; Domain=other.example; Path=/", ""),
    "a domain below": ("a=1; Domain=www.petalandstem.example; Path=/", ""),
    "a domain above all": ("a=1; Domain=example; Path=/", ""),
    "Secure by http": ("a=1; Secure; Path=/", ""),
    "SameSite=None by http": ("a=1; SameSite=None; Path=/", ""),
    "a name that promises Secure": ("__Secure-a=1; Path=/", ""),
    "unknown words": ("a=1; Priority=High; Path=/; Version=1; whatever", "a=1"),
}
"""What is set by http at ``/``, and the Cookie header of the next request for ``/``."""
