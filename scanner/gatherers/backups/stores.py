"""Reads a folder in an S3-compatible or WebDAV store, through Apache OpenDAL (the extra ``backup``)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from scanner.gatherers.backups.places import (
    MOST_NAMES,
    BackupPlan,
    CannotLook,
    Entry,
    FolderMissing,
    Listing,
    StoreFolder,
    collect,
    password_of,
)
from scanner.settings.models import BackupSettings
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from opendal import AsyncOperator

STEP_SECONDS = 15.0
MOST_STATED = 200
"""Files whose size and time are asked for one by one, where the list does not tell them."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Facts:
    """Size and time, as the store tells them."""

    st_size: int | None
    st_mtime: float | None


class StoreVisit:
    """One store. Blocking: run it in a thread. ``look`` raises CannotLook where the extra is not installed.

    OpenDAL's own blocking calls hold Python's lock while they wait, and with it the whole scan: each request here is an
    asynchronous one, in an event loop of its own.
    """

    def __init__(self, settings: BackupSettings, place: StoreFolder, plan: BackupPlan) -> None:
        self._settings = settings
        self._place = place
        self._plan = plan
        self._operator: AsyncOperator | None = None
        self.address = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: str = "") -> Listing:
        """The folder, or one in it. ends: by time.monotonic(). Raises CannotLook, FolderMissing."""
        if under:
            self._place = replace(self._place, path=f"{self._place.path.rstrip('/')}/{under}")
        library = _library()
        self._operator = operator = self._open(library)
        with suppress(OSError):
            found = socket.getaddrinfo(self._place.host, None, type=socket.SOCK_STREAM)
            self.address = str(found[0][4][0])
        with _Translated(self._place.host, library):
            entries = _run(lambda: _entries(operator, looks), ends - time.monotonic())
        return collect(entries, looks, ends)

    def open(self, name: str, ends: float) -> StoreFile:  # noqa: ARG002  each request has its own deadline
        """One file of the folder looked at last. Raises CannotLook."""
        if self._operator is None:
            raise CannotLook("The folder was not read.")
        return StoreFile(self._operator, self._place.host, name)

    def close(self) -> None:
        """Nothing is kept open between two requests."""

    def _open(self, library: ModuleType) -> AsyncOperator:
        place, password = self._place, password_of(self._settings, self._plan.folder)
        root = "/" + place.path.strip("/").removeprefix(".")
        operator: AsyncOperator
        if place.service == "s3":
            if not place.user or password is None:
                raise CannotLook("S3 needs the key's id in the location (s3://key-id@bucket/folder) and its secret as password.")
            operator = library.AsyncOperator(
                "s3",
                bucket=place.bucket,
                root=root,
                endpoint=place.endpoint,
                region=place.region,
                access_key_id=place.user,
                secret_access_key=password,
                disable_config_load="true",  # only what the owner configured here: no other account's keys
                disable_ec2_metadata="true",
            )
        else:
            login = {"username": place.user, "password": password or ""} if place.user else {}
            operator = library.AsyncOperator("webdav", endpoint=place.endpoint, root=root, **login)
        return operator


async def _entries(operator: AsyncOperator, looks: Callable[[str], bool]) -> list[Entry]:
    """Raises CannotLook, and the library's errors."""
    found: list[Entry] = []
    asked = 0
    async for entry in await operator.list(""):
        name = entry.path.rstrip("/").rpartition("/")[2]
        if not name:
            continue  # the folder itself
        folder = entry.path.endswith("/")
        metadata = entry.metadata
        if not folder and metadata.last_modified is None and looks(name):
            asked += 1
            if asked > MOST_STATED:
                raise CannotLook("The store tells the times of its files only one by one, and there are too many of them.")
            metadata = await operator.stat(entry.path)
        found.append(_entry(name, folder, metadata.content_length, metadata.last_modified))
        if len(found) > MOST_NAMES:
            break
    return found


def _entry(name: str, folder: bool, size: int, changed: datetime | None) -> Entry:
    facts = _Facts(size, changed.timestamp() if changed else None)
    return Entry(name, regular=not folder, folder=folder, measure=lambda: facts)


class StoreFile:
    """One file in the store. Raises CannotLook."""

    def __init__(self, operator: AsyncOperator, host: str, name: str) -> None:
        self._operator = operator
        self._name = name
        self._translated = _Translated(host, _library())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return

    @property
    def size(self) -> int:
        """Bytes, as it is now."""
        with self._translated:
            return _run(lambda: self._operator.stat(self._name)).content_length

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""
        with self._translated:
            return bytes(_run(lambda: self._operator.read(self._name, offset=offset, size=length)))


def _run(request: Callable[[], Awaitable[_T]], seconds: float = STEP_SECONDS) -> _T:
    """Make a request (it must be made inside the loop) and wait for it. Raises TimeoutError, and whatever the request raises."""

    async def within() -> _T:
        async with asyncio.timeout(seconds):
            return await request()

    return asyncio.run(within())


def _library() -> ModuleType:
    try:
        import opendal
    except ImportError as error:
        raise CannotLook("To look at S3 and WebDAV places, install the extra: pip install 'shopwarden[backup]'.") from error
    return opendal


class _Translated:
    """Every way in which a store fails → CannotLook in the owner's words."""

    def __init__(self, host: str, library: ModuleType) -> None:
        self._host = host
        self._errors = library.exceptions

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, (CannotLook, FolderMissing)):
            self._raise(error)

    def _raise(self, error: Exception) -> NoReturn:
        host, said = self._host, str(error)
        if isinstance(error, TimeoutError):
            raise CannotLook(f"{host} did not answer in time.") from error
        if "NoSuchBucket" in said:
            raise CannotLook(f"{host} has no such bucket.") from error
        if isinstance(error, self._errors.NotFound):
            raise FolderMissing from error
        if isinstance(error, self._errors.PermissionDenied) or "401 Unauthorized" in said or "status: 401" in said:
            raise CannotLook(f"{host} refuses the login: check the user name or key, and the password.") from error
        first = sanitize(said.split("\n", maxsplit=1)[0].split(", context", 1)[0], 160)
        raise CannotLook(f"{host} could not be read ({first}).") from error
