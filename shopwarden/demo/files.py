"""The files that the demo shop's web server gives out, and its directory listings. Nothing is read from disk for a request."""

from __future__ import annotations

import mimetypes
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from shopwarden.demo.http_server import Request, Response

_TYPES = {".svg": "image/svg+xml", ".js": "application/javascript", ".gz": "application/x-gzip", ".bak": "application/x-trash"}
_OLD = datetime(2019, 4, 12, 9, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class File:
    """A static file. kind: its Content-Type; empty where the server knows none."""

    body: bytes
    modified: datetime = _OLD
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a directory listing. size as Apache writes it."""

    name: str
    modified: datetime
    size: str
    icon: str


@dataclass(slots=True)
class Tree:
    """Files by path. listed: the directories that are shown, each with what is below it."""

    files: dict[str, File] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    _folders: dict[str, datetime] = field(default_factory=dict)

    def add(self, path: str, body: bytes | str, modified: datetime = _OLD, kind: str | None = None) -> None:
        """Put a file at a path; text is stored as UTF-8, the type guessed from the name where none is given."""
        content = body.encode() if isinstance(body, str) else body
        self.files[path] = File(content, modified, _kind(path) if kind is None else kind)
        folder = posixpath.dirname(path)
        while folder != "/":
            self._folders[folder + "/"] = max(modified, self._folders.get(folder + "/", modified))
            folder = posixpath.dirname(folder)

    def is_folder(self, path: str) -> bool:
        """Whether a path with a slash at its end is a directory of files."""
        return path in self._folders

    def lists(self, folder: str) -> bool:
        """Whether a directory's content is shown."""
        return any(folder.startswith(prefix) for prefix in self.listed)

    def entries(self, folder: str) -> list[Entry]:
        """What lies in a directory: directories first, each sorted by name."""
        folders = [
            Entry(path[len(folder) :], modified, "-", "folder")
            for path, modified in sorted(self._folders.items())
            if path.startswith(folder) and path != folder and path[len(folder) : -1].count("/") == 0
        ]
        files = [
            Entry(path[len(folder) :], file.modified, _size(len(file.body)), "unknown" if not file.kind else "text")
            for path, file in sorted(self.files.items())
            if posixpath.dirname(path) == folder.rstrip("/")
        ]
        return folders + files


def serve(file: File, request: Request) -> Response:
    """A file's answer: whole, or the one range of bytes that was asked for (RFC 9110 14)."""
    headers: list[tuple[str, str]] = [
        ("Last-Modified", format_datetime(file.modified, usegmt=True)),
        ("ETag", f'"{len(file.body):x}-{int(file.modified.timestamp()):x}"'),
        ("Accept-Ranges", "bytes"),
        *([("Content-Type", file.kind)] if file.kind else []),
    ]
    if request.method == "POST":
        return Response(405, b"", (("Allow", "GET, HEAD"),))
    span = _span(request.headers, len(file.body)) if request.method == "GET" else None
    if span is None:
        return Response(200, file.body, tuple(headers))
    first, last = span
    if first > last or first >= len(file.body):
        return Response(416, b"", (*headers, ("Content-Range", f"bytes */{len(file.body)}")))
    headers.append(("Content-Range", f"bytes {first}-{last}/{len(file.body)}"))
    return Response(206, file.body[first : last + 1], tuple(headers))


def _span(headers: Mapping[str, str], size: int) -> tuple[int, int] | None:
    """First and last byte asked for; None where the header is absent, malformed or names several ranges."""
    match = re.fullmatch(r"bytes=([0-9]{0,15})-([0-9]{0,15})", headers.get("range", "").strip())
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        return (max(0, size - int(match[2])), size - 1) if int(match[2]) else (0, -1)
    if match[2] and int(match[2]) < int(match[1]):
        return None
    return int(match[1]), min(int(match[2] or size), size - 1)


def _kind(path: str) -> str:
    suffix = posixpath.splitext(path)[1]
    if suffix in _TYPES:
        return _TYPES[suffix]
    guessed = mimetypes.types_map.get(suffix, "")
    return f"{guessed}; charset=UTF-8" if guessed.startswith("text/") else guessed


def _size(number: int) -> str:
    """As Apache's listings write it: 512, 1.4K, 12K."""
    if number < 1024:
        return str(number)
    kilobytes = number / 1024
    return f"{kilobytes:.1f}K" if kilobytes < 9.95 else f"{kilobytes:.0f}K"


def parent_of(folder: str) -> str:
    """The directory above; both with slashes at their ends."""
    return posixpath.dirname(folder.rstrip("/")).rstrip("/") + "/"
