"""Addresses that lead somewhere else. ``CANARY`` in them is the port of a server of somebody else, which must never be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.shop import XML, page, shop
from tests.loopback import Handler, response

HOST = "petalandstem.example"
ELSEWHERE = {
    "loopback": "http://127.0.0.1:CANARY/",
    "loopback by name": "http://localhost:CANARY/",
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "a private network": "http://10.0.0.1/",
    "IPv6 loopback": "http://[::1]:CANARY/",
    "IPv4 in IPv6": "http://[::ffff:127.0.0.1]:CANARY/",
    "IPv4 in IPv6, in hexadecimal": "http://[::ffff:a9fe:a9fe]/",
    "a decimal address": "http://2130706433:CANARY/",
    "an octal address": "http://0177.0.0.1:CANARY/",
    "a hexadecimal address": "http://0x7f.1:CANARY/",
    "a short address": "http://127.1:CANARY/",
    "full-width digits": "http://１２７。０。０。１:CANARY/",
    "circled digits": "http://①②⑦.⓪.⓪.①:CANARY/",
    "the shop as a user": f"http://{HOST}@127.0.0.1:CANARY/",
    "the shop as a password": f"http://x:{HOST}@127.0.0.1:CANARY/",
    "the shop and a port as a user": f"http://{HOST}:80@127.0.0.1:CANARY/",
    "the shop as a user, encoded": f"http://{HOST}%40127.0.0.1:CANARY/",
    "the shop before a semicolon": f"http://{HOST};@127.0.0.1:CANARY/",
    "two at signs": f"http://x@{HOST}@127.0.0.1:CANARY/",
    "the shop after a fragment": f"http://127.0.0.1:CANARY/#@{HOST}/",
    "the shop after a backslash": f"http://127.0.0.1:CANARY\\@{HOST}/",
    "a backslash before an at sign": f"http://{HOST}\\@127.0.0.1:CANARY/",
    "the shop as a label": f"http://{HOST}.evil.example:CANARY/",
    "another port of the shop": f"http://{HOST}:CANARY/",
    "the shop's ftp port": f"http://{HOST}:21/",
    "ftp": f"ftp://{HOST}/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:CANARY/_x",
    "a script": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "no scheme": "//127.0.0.1:CANARY/",
    "a tab in the middle": "http://127.0.0\t.1:CANARY/",
    "percent signs": "http://127%2e0%2e0%2e1:CANARY/",
    "a null": "http://127.0.0.1\x00.petalandstem.example:CANARY/",
    "too many colons": "http://petalandstem.example:80:CANARY/",
    "a port beyond": "http://petalandstem.example:99999999/",
    "nothing": "http:///",
    "broken IPv6": "http://[::1/",
}


async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Somebody else's server; that nobody connects is asserted at the scanner's sockets."""


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {to}\r\n\r\n".encode()


def everything(port: int) -> Callable[[], Handler]:
    """Each address in links, forms, frames, styles, pictures, refreshes, the sitemap, robots.txt and headers; and as redirects."""
    addresses = [address.replace("CANARY", str(port)) for address in ELSEWHERE.values()]
    plain = [address.replace("\x00", "").replace("\t", "") for address in addresses]
    body = "".join(
        f'<a href="{a}">a</a><form action="{a}"><input name="q"><button formaction="{a}">b</button></form><iframe src="{a}"></iframe>'
        f'<img src="{a}" srcset="{a} 2x"><object data="{a}"></object><link rel="stylesheet" href="{a}"><style>@import "{a}";</style>'
        f'<meta http-equiv="refresh" content="0;url={a}"><link rel="canonical" href="{a}"><area href="{a}">'
        for a in addresses
    )
    body += "".join(f'<a href="/go-{chr(97 + n // 26)}{chr(97 + n % 26)}/">on</a>' for n in range(len(addresses)))
    entries = "".join(f"<url><loc>{a.replace('<', '&lt;')}</loc></url>" for a in plain)
    nested = "".join(f"<sitemap><loc>{a.replace('<', '&lt;')}</loc></sitemap>" for a in plain)
    lines = "".join(f"Sitemap: {a}\nDisallow: {a}\nDisallow: //127.0.0.1:{port}/\n" for a in plain)

    def answer(path: str) -> bytes | None:
        if path == "/":
            return page(body, headers="".join(f"Link: <{a}>; rel=preload\r\n" for a in plain if a.isascii()))
        if path.startswith("/go-"):
            return moved(addresses[(ord(path[4]) - 97) * 26 + ord(path[5]) - 97])
        if path == "/robots.txt":
            return response(
                ("User-agent: *\n" + lines + f"Sitemap: http://{HOST}/sitemap.xml\nSitemap: http://{HOST}/index.xml\n").encode(),
                headers="Content-Type: text/plain\r\n",
            )
        if path == "/sitemap.xml":
            return response(f"<urlset>{entries}</urlset>".encode(), headers=XML)
        if path == "/index.xml":
            return response(f"<sitemapindex>{nested}</sitemapindex>".encode(), headers=XML)
        if path in {"/images/", "/backup/", "/admin/", "/.git/HEAD", "/roses"}:
            return moved(addresses[0])
        return None

    return shop(answer)


async def all_at_once(setting: Setting) -> None:
    canary = await setting.serve(never)
    await setting.serve(everything(canary)(), "http")


def away(to: str) -> Case:
    """The home page itself leads there."""

    async def servers(setting: Setting) -> None:
        canary = await setting.serve(never)
        await setting.serve(shop({"/": moved(ELSEWHERE[to].replace("CANARY", str(canary)))})(), "http")

    return Case(
        f"home leads to {to}", servers=servers, status="unreachable", code=3, because="redirects to|no proper HTTP|answers 404"
    )


def by_http_to_ftp() -> Case:
    """The home page leads to the FTP port, by a redirect and by links; an FTP server must never hear a word of HTTP."""
    heard: list[bytes] = []

    async def ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"530 no\r\n")

    async def servers(setting: Setting) -> None:
        heard.clear()
        port = await setting.serve(ftp, "ftp")
        links = "".join(f'<a href="http://{HOST}:{one}/">x</a><img src="http://{HOST}:{one}/x">' for one in (port, 21))
        moves = {f"/go{n}": moved(f"http://{HOST}:{one}/") for n, one in enumerate((port, 21))}
        on = "".join(f'<a href="{one}">on</a>' for one in moves)
        await setting.serve(shop({"/": page(links + on), **moves})(), "http")

    def check(ran: Ran) -> None:
        said = b"".join(heard)
        assert b"USER" in said
        assert b"GET" not in said
        assert b"HTTP" not in said

    return Case("http to the ftp port", servers=servers, check=check)


def based() -> Case:
    """A base element moves every relative link."""

    async def servers(setting: Setting) -> None:
        canary = await setting.serve(never)
        await setting.serve(
            shop({"/": page(f'<base href="http://127.0.0.1:{canary}/"><form action="x"><input name=q></form>')})(), "http"
        )

    return Case("a base elsewhere", servers=servers)


CASES = [
    Case("every address in every place", servers=all_at_once, pages=60, requests=400),
    based(),
    by_http_to_ftp(),
    *map(away, ELSEWHERE),
]
