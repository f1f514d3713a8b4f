"""Asks a web address when the last backup succeeded: for backups that keep no plain files, or that others look after."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

import httpx

from scanner._version import __version__
from scanner.evidence import BackupFile
from scanner.gatherers.backups.places import NAME_CUT, CannotLook, FolderMissing, Heartbeat, Listing

BODY_BYTES = 4096
SECONDS = 15.0

_TIME = re.compile(r"\A\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))\s*\Z")


@dataclass(slots=True)
class HeartbeatVisit:
    """One GET. The time in the answer's text (one line, RFC 3339), else in its Last-Modified, is the last backup's."""

    place: Heartbeat
    address: str = ""

    def look(self, looks: Callable[[str], bool], ends: float, under: str = "") -> Listing:  # noqa: ARG002  it is one address
        """Raises CannotLook, FolderMissing (404, 410)."""
        headers = {"User-Agent": f"shopwarden/{__version__}", "Accept-Encoding": "identity"}
        ends = min(ends, time.monotonic() + SECONDS)
        try:
            with (
                httpx.Client(
                    verify=ssl.create_default_context(), timeout=SECONDS, follow_redirects=False, trust_env=False
                ) as client,
                client.stream("GET", self.place.address, headers=headers) as answer,
            ):
                self._remember(answer)
                body = b""
                for part in answer.iter_raw():  # what is packed all the same tells no time
                    body += part
                    if len(body) > BODY_BYTES:
                        break
                    if time.monotonic() > ends:
                        raise CannotLook(f"{self.place.host} did not answer completely in time.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise CannotLook(f"{self.place.host} did not answer ({type(error).__name__}).") from error
        if answer.status_code in {404, 410}:
            raise FolderMissing
        if answer.status_code != 200:
            raise CannotLook(f"{self.place.host} answers with status {answer.status_code} instead of a heartbeat.")
        name = self.place.shown.rstrip("/").rpartition("/")[2][:NAME_CUT] or self.place.host
        return Listing((BackupFile(name, max(len(body), 1), _moment(answer, body)),), 1, (), 0, complete=True)

    def open(self, name: str, ends: float) -> NoReturn:  # noqa: ARG002  there is nothing to open
        """Raises CannotLook always."""
        raise CannotLook("A heartbeat tells when the last backup succeeded, and not what is in it.")

    def close(self) -> None:
        """Nothing is kept open."""

    def _remember(self, answer: httpx.Response) -> None:
        stream = answer.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        self.address = str(peer[0]) if peer else ""


def _moment(answer: httpx.Response, body: bytes) -> datetime:
    """Raises CannotLook where the answer tells no time."""
    told = _TIME.match(body.decode("utf-8", "replace"))
    try:
        if told:
            return datetime.fromisoformat(told[1]).astimezone(UTC)
        return parsedate_to_datetime(answer.headers["last-modified"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError) as error:
        raise CannotLook("The heartbeat tells no time: neither a line like 2026-11-20T03:00:00Z nor Last-Modified.") from error
