"""Compressed files, unpacked as a stream: to their proper end or with a reason, and never more at once than a chunk."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Protocol, cast

from scanner.gatherers.backups.places import CannotLook
from scanner.gatherers.backups.streams import Broken, amount

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

XZ_MEMORY = 70 * 1024 * 1024  # xz -9 needs 65 MiB
ZSTD_WINDOW = 1 << 26

MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "zstd": b"\x28\xb5\x2f\xfd",
}
"""What each begins with."""


def packing(head: bytes) -> str:
    """How a file is compressed, by its first bytes; empty where it is not."""
    return next((form for form, magic in MAGIC.items() if head.startswith(magic)), "")


def unpacked(packed: Iterator[bytes], form: str, chunk: int, *, whole: bool = True) -> Iterator[bytes]:
    """Unpacked bytes, at most ``chunk`` at once. whole: the packed ones go on to the end. Raises Broken, CannotLook."""
    given = 0
    try:
        for part in _zstd(packed, chunk, whole=whole) if form == "zstd" else _members(packed, form, chunk, whole=whole):
            given += len(part)
            yield part
    except _BreaksOff as error:
        raise Broken(f"breaks off in the middle: it ends after {amount(given)} of content, without its proper end") from error
    except (zlib.error, lzma.LZMAError, _Damaged) as error:
        if "memory" in str(error).lower():
            raise CannotLook("The newest file needs too much memory to be opened.") from error
        raise Broken(f"is damaged: it cannot be unpacked beyond {amount(given)}") from error


class _BreaksOff(Exception):
    """The packed bytes end too early."""


class _Damaged(Exception):
    """The packed bytes are none."""


def _members(packed: Iterator[bytes], form: str, chunk: int, *, whole: bool) -> Iterator[bytes]:
    """One or more members in a row, as the tools read them."""
    unpacker: _Unpacker | None = _unpacker(form)
    waiting = b""
    for part in packed:
        waiting += part
        while waiting or (unpacker is not None and not unpacker.needs_input):
            if unpacker is None:
                if len(waiting) < len(MAGIC[form]) and MAGIC[form].startswith(waiting):
                    break
                if not waiting.startswith(MAGIC[form]):  # what the tools ignore as well: zeros, a signature
                    return
                unpacker = _unpacker(form)
            try:
                out = unpacker.decompress(waiting, chunk)
            except OSError as error:  # bz2's word for what is damaged
                raise _Damaged from error
            waiting = unpacker.unused_data if unpacker.eof else b""
            if out:
                yield out
            if unpacker.eof:
                unpacker = None
            elif unpacker.needs_input:
                break
    if whole and unpacker is not None:
        raise _BreaksOff


class _Unpacker(Protocol):
    """What bz2 and lzma offer."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's, in the manners of bz2 and lzma."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out


def _unpacker(form: str) -> _Unpacker:
    if form == "gzip":
        return _Gzip()
    return bz2.BZ2Decompressor() if form == "bzip2" else lzma.LZMADecompressor(memlimit=XZ_MEMORY)


def _zstd(packed: Iterator[bytes], chunk: int, *, whole: bool) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise CannotLook("To open .zst files, install the extra: pip install 'shopwarden[backup]'.") from error
    walker = _ZstdFrames()

    def walked() -> Iterator[bytes]:
        for part in packed:
            walker.feed(part)
            yield part

    pieces = cast("IO[bytes]", _Pieces(walked()))
    reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(pieces, read_across_frames=True)
    try:
        while out := reader.read(chunk):
            yield out
    except zstandard.ZstdError as error:
        raise _Damaged(str(error)) from error
    if whole and not walker.at_end:
        raise _BreaksOff


class _ZstdFrames:
    """Whether the bytes end where a frame ends (RFC 8878 3.1); the library does not say."""

    def __init__(self) -> None:
        self._kept = b""
        self._skip = 0
        self._state = "frame"
        self._sum = False

    @property
    def at_end(self) -> bool:
        return self._state == "frame" and not self._skip and not self._kept

    def feed(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            need = self._need()
            take = min(need - len(self._kept), len(data) - at)
            self._kept += data[at : at + take]
            at += take
            if len(self._kept) >= self._need():
                self._step()

    def _need(self) -> int:
        if self._state == "block":
            return 3
        if len(self._kept) < 5:
            return 5
        if self._kept[1:4] == b"\x2a\x4d\x18":
            return 8
        described = self._kept[4]
        single = bool(described & 0x20)
        return 5 + (not single) + (0, 1, 2, 4)[described & 3] + ((1 if single else 0), 2, 4, 8)[described >> 6]

    def _step(self) -> None:
        kept, self._kept = self._kept, b""
        if self._state == "block":
            header = int.from_bytes(kept, "little")
            size = 1 if (header >> 1) & 3 == 1 else header >> 3
            last = header & 1
            self._skip = size + (4 if last and self._sum else 0)
            self._state = "frame" if last else "block"
        elif kept[1:4] == b"\x2a\x4d\x18":
            self._skip = int.from_bytes(kept[4:8], "little")
        else:
            self._sum = bool(kept[4] & 4)
            self._state = "block"


class _Pieces(io.RawIOBase):
    """Chunks as a file, for a library that wants to read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        self._rest = self._rest or next(self._parts, b"")
        taken = self._rest[: len(view)]
        self._rest = self._rest[len(taken) :]
        view[: len(taken)] = taken
        return len(taken)


def inflated(packed: Iterable[bytes], chunk: int) -> Iterator[bytes]:
    """Bare deflate, as in zip (RFC 1951). Raises zlib.error."""
    unpacker = zlib.decompressobj(-15)
    for part in packed:
        waiting = part
        while waiting:
            yield unpacker.decompress(waiting, chunk)
            waiting = unpacker.unconsumed_tail
    while rest := unpacker.decompress(b"", chunk):
        yield rest
    if not unpacker.eof:
        raise zlib.error("the data end too early")
