"""A small HTTP/1.1 server (RFC 9112) for the demo shop. Whoever connects may send anything: every part is bounded."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from shopwarden.demo.connections import streams

MAX_HEADERS = 100
MAX_BODY = 65_536
MAX_TARGET = 8_000
MAX_FIELDS = 50
_MAX_REQUESTS = 1_000
_SECONDS = 20.0

_REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.([01])")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{0,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{0,5})?")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. path: decoded, without dot segments and empty segments. query, form: the last value of each name."""

    method: str
    scheme: str
    host: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    keep_alive: bool = True

    @property
    def address(self) -> str:
        """The whole address, as the visitor sees it."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def cookies(self) -> dict[str, str]:
        """Cookie name → value."""
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";")[:MAX_FIELDS])
        return {name: value for name, equals, value in pairs if equals}

    @property
    def form(self) -> dict[str, str]:
        """The fields of an HTML form that was sent URL-encoded."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        try:
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
        except ValueError:
            return {}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Date, Content-Length and Connection are added when it is sent."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=(("Content-Type", "text/html; charset=utf-8"),))

    def adding(self, *headers: tuple[str, str]) -> Response:
        """The same answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


class BadRequest(Exception):
    """The request cannot be understood or is too large."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Site(Protocol):
    """What answers the requests."""

    def answer(self, request: Request) -> Response:
        """The answer to a well-formed request."""

    def refusal(self, status: int) -> Response:
        """The answer to one that is not."""


async def talk_http(connection: socket.socket, site: Site, tls: ssl.SSLContext | None = None) -> None:
    """Answer one connection's requests, one after the other, until it or we have had enough."""
    scheme = "https" if tls else "http"
    async with streams(connection, tls) as (reader, writer):
        for left in range(_MAX_REQUESTS - 1, -1, -1):
            try:
                async with asyncio.timeout(_SECONDS):
                    request = await read_request(reader, scheme)
            except BadRequest as error:
                await _send(writer, site.refusal(error.status), with_body=True, keep_alive=False)
                return
            keep_alive = request.keep_alive and left > 0
            await _send(writer, site.answer(request), with_body=request.method != "HEAD", keep_alive=keep_alive)
            if not keep_alive:
                return


async def read_request(reader: asyncio.StreamReader, scheme: str) -> Request:
    """The next request of a connection. Raises BadRequest, and EOFError where no whole request comes."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise BadRequest(431) from error
    lines = head.lstrip(b"\r\n")[:-4].split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(lines[0])
    if not match:
        raise BadRequest(505 if re.search(rb" HTTP/[02-9]", lines[0]) else 400)
    if len(match[2]) > MAX_TARGET:
        raise BadRequest(414)
    headers = _headers(lines[1:])
    method, target = match[1].decode(), match[2].decode()
    host = headers.get("host", "")
    if match[3] == b"1" and not host:
        raise BadRequest(400)
    if "://" in target[:8]:  # RFC 9112 3.2.2: an absolute address is allowed, and its host wins
        host, target = _split_absolute(target)
    if host and not _HOST.fullmatch(host):
        raise BadRequest(400)
    if target == "*" and method == "OPTIONS":
        target = "/"
    path, query = _path_and_query(target)
    tokens = {token.strip().lower() for token in headers.get("connection", "").split(",")}
    keep_alive = "close" not in tokens and (match[3] == b"1" or "keep-alive" in tokens)
    body = await reader.readexactly(_length(headers))
    return Request(method, scheme, host.lower(), target, path, query, headers, body, keep_alive)


def _headers(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > MAX_HEADERS:
        raise BadRequest(431)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _NAME.fullmatch(name) or any(byte < 32 and byte != 9 for byte in value):
            raise BadRequest(400)
        key = name.decode().lower()
        if key in headers and key in {"host", "content-length", "transfer-encoding"}:
            raise BadRequest(400)  # two readings of one request are how requests are smuggled
        joined = [headers[key]] if key in headers else []
        headers[key] = ("; " if key == "cookie" else ", ").join([*joined, value.decode("latin-1")])
    return headers


def _split_absolute(target: str) -> tuple[str, str]:
    try:
        parts = urlsplit(target)
    except ValueError as error:
        raise BadRequest(400) from error
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _path_and_query(target: str) -> tuple[str, dict[str, str]]:
    if not target.startswith("/"):
        raise BadRequest(400)
    raw, _, query = target.partition("#")[0].partition("?")
    decoded = unquote(raw, errors="replace")
    if re.search(r"[\x00-\x1f\x7f\\]", decoded):
        raise BadRequest(400)
    kept: list[str] = []
    for segment in decoded.split("/"):
        if segment == "..":
            if not kept:
                raise BadRequest(400)
            kept.pop()
        elif segment not in {"", "."}:
            kept.append(segment)
    path = "/" + "/".join(kept)
    if kept and decoded.endswith(("/", "/.", "/..")):
        path += "/"
    try:
        return path, dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"))
    except ValueError as error:
        raise BadRequest(400) from error


def _length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequest(501)
    text = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise BadRequest(400)
    if int(text) > MAX_BODY:
        raise BadRequest(413)
    return int(text)


async def _send(writer: asyncio.StreamWriter, response: Response, *, with_body: bool, keep_alive: bool) -> None:
    length = () if response.status in {204, 304} else (("Content-Length", str(len(response.body))),)
    headers = (
        ("Date", formatdate(usegmt=True)),
        *response.headers,
        *length,
        ("Connection", "Keep-Alive" if keep_alive else "close"),
    )
    head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    writer.write(head.encode("latin-1", "replace") + b"\r\n" + (response.body if with_body else b""))
    async with asyncio.timeout(_SECONDS):
        await writer.drain()
