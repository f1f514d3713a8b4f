"""Reads a folder in an S3-compatible or WebDAV store: what a list, a size and a piece of a file take, and nothing else.

S3: ListObjectsV2, HeadObject and GetObject of Amazon S3's REST API (2006-03-01), paths in the address's path, signed with AWS
Signature Version 4. WebDAV: PROPFIND of depth 1 (RFC 4918 9.1), HEAD and GET, with Basic authentication (RFC 7617).
"""

from __future__ import annotations

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import Self
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from scanner.gatherers.backups.places import (
    GONE,
    LIST_BYTES,
    MOST_NAMES,
    CannotLook,
    Entry,
    FolderMissing,
    Listing,
    Login,
    StoreFolder,
    collect,
)
from scanner.gatherers.backups.records import NoList, Record, records
from scanner.gatherers.backups.server import Server
from scanner.gatherers.backups.web import Web, authorization, parts_of, telling

PAGE_BYTES = 4 * 1024 * 1024
"""Of one page of a list of S3's, which names a thousand files."""
MOST_PAGES = 2 * MOST_NAMES // 1000
ERROR_BYTES = 64 * 1024
_Asked = AbstractContextManager[HTTPResponse]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Size and time, as the store tells them."""

    st_size: int | None
    st_mtime: float | None


class StoreVisit:
    """One store. Blocking."""

    def __init__(self, place: StoreFolder, login: Login, server: Server) -> None:
        self._place = place
        self._server = server
        self._login = login
        self._store: _Store | None = None

    @property
    def address(self) -> str:
        """The server's, once connected."""
        return self._store.web.address if self._store is not None else ""

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:
        """The folder, or one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""
        if self._store is None:
            self._store = (_S3 if self._place.service == "s3" else _WebDav)(self._place, self._login, self._server, ends)
        with telling(self._place.host):
            return collect(self._store.entries(under), looks, ends, under)

    def open(self, under: tuple[str, ...], name: str, ends: float) -> StoreFile:
        """One file of the folder, or of one in it. ends: by time.monotonic(). Raises CannotLook."""
        if self._store is None:
            raise CannotLook("The folder was not read.")
        self._store.web.ends = ends
        self._store.web.close()
        return StoreFile(self._store, self._place.host, (*under, name))

    def close(self) -> None:
        """End the connection."""
        if self._store is not None:
            self._store.web.close()


class StoreFile:
    """One file in the store. Raises CannotLook."""

    def __init__(self, store: _Store, host: str, names: tuple[str, ...]) -> None:
        self._store = store
        self._host = host
        self._names = names

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return

    @property
    def size(self) -> int:
        """Bytes, as it is now."""
        with telling(self._host), self._store.ask("HEAD", self._names, most=0) as answer:
            self._right(answer, 200)
            length = answer.getheader("Content-Length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 16):
            raise CannotLook("The server does not tell the size of its files.")
        return int(length)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        with telling(self._host), self._store.ask("GET", self._names, wanted, most=length) as answer:
            if answer.status == 416:  # nothing is there any more
                return b""
            if offset and answer.status == 200:
                raise CannotLook(f"{self._host} sends files only as a whole, so this one was not opened.")
            self._right(answer, 200, 206)
            return b"".join(parts_of(answer, length))

    def _right(self, answer: HTTPResponse, *expected: int) -> None:
        """Raises CannotLook."""
        if answer.status in {404, 410}:
            raise CannotLook(GONE)
        if answer.status not in expected:
            self._store.refuse(answer)


class _Store(ABC):
    """How a kind of store is asked."""

    def __init__(self, place: StoreFolder, login: Login, server: Server, ends: float) -> None:
        self.place = place
        self.login = login
        endpoint = urlsplit(place.endpoint)
        self.web = Web(server, place.host, endpoint.port, ends, encrypted=endpoint.scheme == "https")
        self._folder = place.path.strip("/").removeprefix(".")

    @abstractmethod
    def entries(self, under: tuple[str, ...] = ()) -> Iterator[Entry]:
        """Every name in the folder, or in one in it, as the store sends them.

        Raises CannotLook, FolderMissing, and the client's errors.
        """

    @abstractmethod
    def ask(self, method: str, names: tuple[str, ...], headers: dict[str, str] | None = None, *, most: int) -> _Asked:
        """A request for one file of the folder. names: the folders in it that lead there, and its own."""

    def refuse(self, answer: HTTPResponse) -> None:
        """Raises CannotLook for an answer that is not the one that was hoped for."""
        host = self.place.host
        if answer.status in {401, 403}:
            raise CannotLook(f"{host} refuses the login: check the user name or key, and the password.")
        if 300 <= answer.status < 400:
            raise CannotLook(
                f"{host} sends us on to another address, and a login is not taken there: write that address (for S3: the "
                "endpoint and the region of the bucket) into the location."
            )
        raise CannotLook(f"{host} answers with status {answer.status}.")

    def listed(self, answer: HTTPResponse, wanted: frozenset[str]) -> Iterator[tuple[str, Record]]:
        """Raises CannotLook where it is no list."""
        try:
            yield from records(parts_of(answer), wanted)
        except NoList as error:
            raise CannotLook(f"What {self.place.host} answers is no list of files.") from error


class _S3(_Store):
    def entries(self, under: tuple[str, ...] = ()) -> Iterator[Entry]:
        token, prefix = "", "".join(f"{name}/" for name in (self._folder, *under) if name)
        for _ in range(MOST_PAGES):
            page, token, more = self._page(prefix, token)
            yield from page
            if not more:
                return
            if not token:
                break
        raise CannotLook(f"The list of {self.place.host} has no end.")

    def _page(self, prefix: str, token: str) -> tuple[list[Entry], str, bool]:
        """A thousand names, what to ask for the next ones with, and whether there are any. Names come percent-encoded, since not
        each of them can stand in XML; a store that knows nothing of that does not say that it did it."""
        query = {"delimiter": "/", "encoding-type": "url", "list-type": "2", "max-keys": "1000", "prefix": prefix}
        if token:
            query["continuation-token"] = token
        found: list[tuple[str, Record]] = []
        told: dict[str, str] = {}
        with self._request("GET", "", query, most=PAGE_BYTES) as answer:
            if answer.status != 200:
                self._refuse_list(answer)
            for kind, record in self.listed(answer, _S3_RECORDS):
                if kind in _S3_NAMES:
                    found.append((kind, record))
                else:
                    told[kind] = record[""]
        readable = unquote_plus if told.get("EncodingType") == "url" else str
        page = []
        for kind, record in found:
            name = readable(record.get(_S3_NAMES[kind], "")).removeprefix(prefix).rstrip("/")
            if name:  # else the folder itself
                page.append(_entry(name, kind != "Contents", _size(record.get("Size")), _iso(record.get("LastModified"))))
        return page, told.get("NextContinuationToken", ""), told.get("IsTruncated") == "true"

    def _refuse_list(self, answer: HTTPResponse) -> None:
        """Raises CannotLook."""
        if answer.status == 404 and b"NoSuchBucket" in answer.read(ERROR_BYTES):
            raise CannotLook(f"{self.place.host} has no such bucket.")
        self.refuse(answer)

    def ask(self, method: str, names: tuple[str, ...], headers: dict[str, str] | None = None, *, most: int) -> _Asked:
        return self._request(method, "/".join((self._folder, *names)).lstrip("/"), {}, headers, most=most)

    def _request(
        self, method: str, key: str, query: dict[str, str], headers: dict[str, str] | None = None, *, most: int
    ) -> _Asked:
        path = urlsplit(self.place.endpoint).path.rstrip("/") + "/" + quote(self.place.bucket, safe="")
        path += f"/{quote(key, safe='/-_.~')}" if key else ""
        asked = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))
        signed = signature(
            method,
            self.web.authority,
            path,
            asked,
            key_id=self.place.user,
            secret=self.login.password or "",
            region=self.place.region,
            now=datetime.now(UTC),
        )
        return self.web.ask(method, f"{path}?{asked}" if asked else path, {**signed, **(headers or {})}, most=most)


_S3_NAMES = {"Contents": "Key", "CommonPrefixes": "Prefix"}
_S3_RECORDS = frozenset({*_S3_NAMES, "EncodingType", "IsTruncated", "NextContinuationToken"})
_NOTHING = hashlib.sha256(b"").hexdigest()


def signature(
    method: str, host: str, path: str, query: str, *, key_id: str, secret: str, region: str, now: datetime
) -> dict[str, str]:
    """The headers that sign a request without a body (AWS Signature Version 4, “Create a signed AWS API request”).

    path, query: encoded, the query's parts sorted by name.
    """
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": moment}
    names = ";".join(headers)
    asked = "\n".join([method, path, query, *(f"{name}:{value}" for name, value in headers.items()), "", names, _NOTHING])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(asked.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = hmac.new(key, text.encode(), "sha256").hexdigest()
    return {
        "x-amz-content-sha256": _NOTHING,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signed}",
    }


class _WebDav(_Store):
    _QUESTION = (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b'<propfind xmlns="DAV:"><prop><getcontentlength/><getlastmodified/><resourcetype/></prop></propfind>'
    )

    def entries(self, under: tuple[str, ...] = ()) -> Iterator[Entry]:
        path = self._path() + "".join(f"{quote(name, safe='')}/" for name in under)
        headers = {
            "Depth": "1",
            "Content-Type": "application/xml; charset=utf-8",
            **self._login(),
        }
        with self.web.ask("PROPFIND", path, headers, self._QUESTION, most=LIST_BYTES) as answer:
            if answer.status in {404, 410}:
                raise FolderMissing
            if answer.status != 207:
                self.refuse(answer)
            for _, record in self.listed(answer, frozenset({"response"})):
                own = unquote(urlsplit(record.get("href", "")).path).rstrip("/")
                folder = "collection" in record
                if own == unquote(path).rstrip("/"):
                    if not folder:
                        raise CannotLook(f"{own} is a file; give the folder that it lies in, and a pattern for its name.")
                elif name := own.rpartition("/")[2]:
                    yield _entry(name, folder, _size(record.get("getcontentlength")), _http(record.get("getlastmodified")))

    def ask(self, method: str, names: tuple[str, ...], headers: dict[str, str] | None = None, *, most: int) -> _Asked:
        return self.web.ask(
            method,
            self._path() + "/".join(quote(name, safe="") for name in names),
            {**self._login(), **(headers or {})},
            most=most,
        )

    def _path(self) -> str:
        return f"/{quote(self._folder, safe='/')}/" if self._folder else "/"

    def _login(self) -> dict[str, str]:
        return authorization(self.place.user, self.login.password or "")


def _entry(name: str, folder: bool, size: int | None, changed: float | None) -> Entry:
    facts = _Facts(size, changed)
    return Entry(name, regular=not folder, folder=folder, measure=lambda: facts)


def _size(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 20 else None


def _iso(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _http(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
