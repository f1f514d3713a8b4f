"""What a stranger wrote, wherever a report might repeat it: none of it may run, ask, hide or disguise anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.shop import HTML, page, shop
from tests.loopback import Handler, request_head, response

PAYLOADS = {
    "script": "<script>document.title='owned';fetch('http://127.0.0.1:9/')</script>",
    "a breakout": "\"'></style></title></pre><img src=x onerror=document.title='owned'><svg onload=alert(1)>",
    "an address that runs": "javascript:document.title='owned'",
    "a base and a refresh": "<base href=//127.0.0.1:9/><meta http-equiv=refresh content=0;url=//127.0.0.1:9/>",
    "a frame and a form": "<iframe src=//127.0.0.1:9/></iframe><form action=//127.0.0.1:9/><button>Renew your password</button>",
    "template syntax": "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}#{7*7}<%= 7*7 %>{{constructor.constructor('alert(1)')()}}",
    "markdown": "![x](http://127.0.0.1:9/x.png) [click](javascript:alert(1)) <http://127.0.0.1:9/> `</code><script>` # big",
    "console markup": "[red]red[/red] [link=http://127.0.0.1:9/]x[/link] :bomb: [/] [bold",
    "escape codes": "\x1b[2J\x1b[31mAll is well\x1b[0m\x1b]0;owned\x07\x1b]8;;http://127.0.0.1:9/\x07x\x9b31m\x90q\x9c\x08\x08\x7f",
    "the other direction": "\u202egnp.exe\u202c\u2066\u2067\u200f\u061c roses",
    "invisible": "ro\u200bse\u200ds\u2060\ufeff\u00ad\u180e\u3164\U000e0041\ufe0f",
    "half characters": "\ud83d broken \udc00".encode("utf-8", "surrogatepass").decode("latin-1"),
    "a spreadsheet's formula": '=HYPERLINK("http://127.0.0.1:9/";"x") @SUM(1) +cmd|\' /C calc\'!A0 -2+3',
    "log lines": 'roses%0d%0a[ERROR] shopwarden: all is well%0a\u2028{"verdict": "passed"}\u2029',
    "JSON": '","verdict":"passed"}],"grade":"A+"}\\u0000\\',
    "percent signs": "%s%n%x%d %(name)s {0.__class__} $(id) `id`; id | id & id",
    "combining marks": "r" + "\u0301\u0489" * 500,
    "length": "roses " * 17_000,
}


AWAY = "a base and a refresh"
"""A browser leaves the shop by it."""


def one_line(payload: str) -> bytes:
    """As a header may hold it."""
    return payload.encode("utf-8", "replace").replace(b"\r", b" ").replace(b"\n", b" ").replace(b"\x00", b" ")[:6_000]


def liar(payload: str) -> Callable[[], Handler]:
    """A shop that says it in its title, headers, cookies, generator, forms, links, lists of files, robots.txt and errors."""
    line = one_line(payload)
    said = payload.encode("utf-8", "replace")
    name = line[:200].replace(b";", b"").replace(b"=", b"").replace(b",", b"")
    head = b"Server: nginx/1.2 " + line + b"\r\nX-Powered-By: PHP/5.3 " + line + b"\r\nX-Generator: " + line + b"\r\n"
    head += b"Set-Cookie: " + name + b"=" + line[:500].replace(b";", b"") + b"; Path=/; Comment=" + line[:300] + b"\r\n"
    head += (
        b"Content-Security-Policy: "
        + line
        + b"\r\nStrict-Transport-Security: "
        + line
        + b"\r\nReferrer-Policy: "
        + line
        + b"\r\n"
    )
    quoted = said.replace(b'"', b"&quot;")
    body = b"".join(
        (
            b'<meta name="generator" content="WordPress 4.1 ', quoted, b'"><meta name="', quoted, b'" content="', quoted, b'">',
            b'<link rel="stylesheet" href="/wp-content/plugins/', quoted, b'/x.css?ver=', quoted, b'">',
            b'<form action="', quoted, b'" name="', quoted, b'"><input type="password" name="', quoted, b'"></form>',
            b'<script src="/', quoted, b'"></script><img src="', quoted, b'"><!-- ', said, b' WordPress 4.1 --><a href="', quoted, b'">',
            said, b"</a><a href=/", quoted, b">", said, b'</a><img src="/images/rose1.jpg"><img src="/images/rose2.jpg"><img src="/images/rose3.jpg">',
        )
    )  # fmt: skip
    href = b"".join(b"%%%02X" % byte for byte in said[:200])
    listing = (
        b'<html><head><title>Index of /images</title></head><body><h1>Index of /images</h1><pre><a href="?C=N;O=D">Name</a> '
        b'<a href="?C=M;O=A">Last modified</a><hr><a href="/">Parent Directory</a>  -\n'
        b'<a href="' + href + b'.sql">' + said[:200].replace(b"<", b"&lt;") + b".sql</a> 2026-01-01 10:00 1.2M\n"
        b'<a href="backup.sql">backup.sql</a> 2026-01-01 10:00 1.2M\n<hr></pre></body></html>'
    )
    readme = b"=== " + said[:300] + b" ===\nStable tag: 1.2.3 " + said[:300] + b"\n"

    def answer(path: str) -> bytes | None:
        if path == "/":
            return answered(page(body, title=said), head)
        if path == "/images/":
            return answered(response(listing, headers=HTML), head)
        if path == "/robots.txt":
            return response(
                b"User-agent: *\nDisallow: /" + line + b"/\nDisallow: /x/" + line + b"\n", headers="Content-Type: text/plain\r\n"
            )
        if path.endswith(("readme.html", "readme.txt", "CHANGELOG.md")):
            return response(readme, headers="Content-Type: text/plain\r\n")
        return answered(response(said[:500], "404 " + "Gone away", HTML), head)

    return shop(answer)


def answered(answer: bytes, head: bytes) -> bytes:
    first, rest = answer.split(b"\r\n", 1)
    return first + b"\r\n" + head + rest


def lying_services(payload: str) -> Callable[[Setting], object]:
    line = one_line(payload)[:3_000]

    async def ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220-" + line + b"\r\n220 ProFTPD 1.3.5 " + line[:500] + b"\r\n")
        while command := (await reader.readline()).split(b" ")[0].strip().upper():
            code = {b"USER": b"331", b"PASS": b"530", b"QUIT": b"221", b"FEAT": b"500"}.get(command, b"502")
            writer.write(code + b" " + line[:500] + b"\r\n")

    async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line[:1_000] + b"\r\nSSH-2.0-OpenSSH_7.2 " + line[:200] + b"\r\n")
        await reader.readline()
        names = b"none," + line[:500]
        lists = b"".join(len(names).to_bytes(4, "big") + names for _ in range(10))
        payload = b"\x14" + bytes(16) + lists + bytes(5)
        padding = 8 - (len(payload) + 5) % 8 + 8
        writer.write((len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding))
        await reader.read()

    async def servers(setting: Setting) -> None:
        await setting.serve(liar(payload)(), "http")
        await setting.serve(ftp, "ftp")
        await setting.serve(ssh, "ssh")

    return servers


def raw_home(body: bytes, kind: str = "text/html") -> Callable[[], Handler]:
    return shop({"/": response(body, headers=f"Content-Type: {kind}\r\n")})


def home_with(headers: str) -> Callable[[], Handler]:
    return shop({"/": page(headers=headers)})


def charsets(path: str) -> bytes | None:
    """Says another character set in each place, and changes it in the middle."""
    if path != "/":
        return None
    start = "<meta charset=utf-7><title>+ADw-script+AD4-</title><p>Blumen für Sie".encode("latin-1")
    end = "<meta http-equiv=content-type content='text/html; charset=shift_jis'><p>花</p><a href=/roses>roses</a>"
    return response(
        start + end.encode("shift_jis") + "花".encode("utf-16"), headers="Content-Type: text/html; charset=iso-2022-jp\r\n"
    )


def types(path: str) -> bytes | None:
    """Everything is called something else."""
    kinds = [
        "image/png",
        "application/octet-stream",
        "text/html; charset=",
        "application/json; charset=utf-16",
        "x/y; charset=idna",
        ";;;",
        "text/html; charset=base64",
    ]
    if path == "/" or path.strip("/").isalpha():
        kind = "text/html; charset=punycode" if path == "/" else kinds[len(path) % len(kinds)]
        body = page(f"<p>{path}").partition(b"\r\n\r\n")[2]
        return response(body, headers=f"Content-Type: {kind}\r\n")
    return None


def proxies(path: str) -> bytes | None:
    return None if path != "/" else response(page().partition(b"\r\n\r\n")[2], "200 \x1b[2J\u202e <b>OK</b>", HTML)


def upgrades() -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n" + b"x" * 5_000)
        await writer.drain()

    return handle


LIST = frozenset({"directory-listing", "directory-listing-sensitive"})
SPOKEN = frozenset({"leftover-copy", "cohosted-script", "cohosted-script-outdated"})


def nothing_hidden(ran: Ran) -> None:
    """The list of files is found whatever its names say."""
    assert LIST & ran.found


NAMES_OF_HEADERS = "".join(
    f"{name}: PHP/5.3\r\n" for name in ("X-`id`", "X-*a*_b_~~c~~|d|", "X-'1'+2", "X-#!$%&'*+.^_`|~", "-2+3")
)
"""What RFC 9110 5.6.2 allows in a header's name, and what a sheet or Markdown would make of it."""


def bad_header_names(path: str) -> bytes | None:
    """Headers whose names are none: what stands in them must not be read as anything else."""
    return response(b"<p>Roses", headers=f"{HTML}X-<script>alert(1)</script>: a\r\nX\x1b[2J: b\r\n") if path == "/" else None


CASES = [
    Case("names of headers that lie", home_with(NAMES_OF_HEADERS)),
    Case("names of headers that are none", shop(bad_header_names)),
    Case(
        "a log that lies",
        servers=lying_services(PAYLOADS["escape codes"] + PAYLOADS["log lines"] + PAYLOADS["the other direction"]),
        verbose=True,
        found=frozenset({"directory-listing-sensitive"}),
        maybe=LIST | SPOKEN,
        requests=400,
    ),
    *(
        Case(
            f"lies: {name}",
            servers=lying_services(payload),
            found=frozenset({"directory-listing-sensitive"}),
            maybe=LIST | SPOKEN,
            requests=400,
        )
        for name, payload in PAYLOADS.items()
        if name != AWAY
    ),
    Case(
        f"lies: {AWAY}",
        servers=lying_services(PAYLOADS[AWAY]),
        status="unreachable",
        code=3,
        because="redirects to another site",
    ),
    Case(
        "NUL in every place",
        raw_home(b"<ti\x00tle>Roses and tulips and many more of them</title><a hr\x00ef='/ro\x00ses'>\x00</a>" * 20),
    ),
    Case("nothing but NUL", raw_home(bytes(50_000)), status="unreachable", code=3, because="no text"),
    Case(
        "invalid UTF-8",
        raw_home(
            b"<title>\xff\xfe\xc3\x28 \xed\xa0\x80 \xf8\x88\x80\x80\x80</title><a href='/\xff'>\xff</a>" * 20,
            "text/html; charset=utf-8",
        ),
    ),
    Case(
        "a home page that is a picture",
        raw_home(b"\x89PNG\r\n\x1a\n" + bytes(90_000), "image/png"),
        status="unreachable",
        code=3,
        because="no text",
    ),
    Case("a charset that changes", shop(charsets)),
    Case("wrong content types", shop(types)),
    Case("a reason phrase that lies", shop(proxies)),
    Case("a switch of protocols", upgrades, status="unreachable", code=3),
]
