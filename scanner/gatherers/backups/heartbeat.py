"""Asks a web address when the last backup succeeded: for backups that keep no plain files, or that others look after."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn
from urllib.parse import quote, unquote, urlsplit

from scanner.evidence import BackupFile
from scanner.gatherers.backups.places import NAME_CUT, CannotLook, FolderMissing, Heartbeat, Item, Listing
from scanner.gatherers.backups.server import Server
from scanner.gatherers.backups.web import Web, authorization, telling

BODY_BYTES = 4096
_ENCODED = "/?:@!$&'()*+,;=%-._~"

_TIME = re.compile(r"\A\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))\s*\Z")


class HeartbeatVisit:
    """One GET. The time in the answer's text (one line, RFC 3339), else in its Last-Modified, is the last backup's."""

    def __init__(self, place: Heartbeat, server: Server) -> None:
        self._place = place
        self._server = server
        self.address = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: tuple[str, ...] = ()) -> Listing:  # noqa: ARG002  no folders
        """ends: by time.monotonic(). Raises CannotLook, FolderMissing (404, 410)."""
        place, parts = self._place, urlsplit(self._place.address)
        with telling(place.host):
            web = Web(self._server, place.host, parts.port, ends, encrypted=True)
            target = quote(parts.path or "/", safe=_ENCODED) + (f"?{quote(parts.query, safe=_ENCODED)}" if parts.query else "")
            try:
                with web.ask("GET", target, authorization(unquote(parts.username or ""), ""), most=BODY_BYTES) as answer:
                    body = answer.read(BODY_BYTES)
            finally:
                self.address = web.address
        if answer.status in {404, 410}:
            raise FolderMissing
        if answer.status != 200:
            raise CannotLook(f"{place.host} answers with status {answer.status} instead of a heartbeat.")
        name = place.shown.rstrip("/").rpartition("/")[2][:NAME_CUT] or place.host
        file = BackupFile(name, max(len(body), 1), _moment(answer.getheader("Last-Modified"), body))
        return Listing((Item(file, (), name),), 1, (), (), complete=True)

    def open(self, under: tuple[str, ...], name: str, ends: float) -> NoReturn:  # noqa: ARG002  there is nothing to open
        """Raises CannotLook always."""
        raise CannotLook("A heartbeat tells when the last backup succeeded, and not what is in it.")

    def close(self) -> None:
        """Nothing is kept open."""


def _moment(modified: str | None, body: bytes) -> datetime:
    """Raises CannotLook where the answer tells no time."""
    told = _TIME.match(body.decode("utf-8", "replace"))
    try:
        if told:
            return datetime.fromisoformat(told[1]).astimezone(UTC)
        return parsedate_to_datetime(modified or "").astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise CannotLook("The heartbeat tells no time: neither a line like 2026-11-20T03:00:00Z nor Last-Modified.") from error
