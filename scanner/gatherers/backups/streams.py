"""Files to read from, and what is read of them: in chunks, within a time, one after the other where a backup lies in pieces."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from scanner.gatherers.backups.places import CannotLook


class Source(Protocol):
    """A file to read from any place in it. Raises CannotLook, OSError."""

    @property
    def size(self) -> int:
        """Bytes, as it is now."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""


class Broken(Exception):
    """The file is damaged; the text says how, in words that follow its name."""


class Enough(Exception):
    """No more of the file is read than this."""


class Ended(Exception):
    """The file ends, and more should have followed."""


class Joined:
    """The pieces of one file, in order, as that file. starts: where each piece begins in it."""

    def __init__(self, pieces: Sequence[Source]) -> None:
        self._pieces = pieces
        sizes = [piece.size for piece in pieces]
        self.starts = (0, *accumulate(sizes))

    @property
    def size(self) -> int:
        """Bytes of all pieces, as they are now."""
        return sum(piece.size for piece in self._pieces)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the end of the last piece."""
        data = bytearray()
        while length > len(data) and offset + len(data) < self.starts[-1]:
            at = offset + len(data)
            number = bisect_right(self.starts, at) - 1
            wanted = min(length - len(data), self.starts[number + 1] - at)
            part = self._pieces[number].read(at - self.starts[number], wanted)
            data += part
            if len(part) < wanted:
                break
        return bytes(data)


class Timed:
    """A source, within its time. chunk: bytes that are read at once. Raises CannotLook."""

    def __init__(self, source: Source, ends: float, chunk: int) -> None:
        self._source = source
        self.ends = ends
        self._began = time.monotonic()
        self._at, self._kept = 0, b""
        self.chunk = chunk
        self.size = source.size
        self.starts: tuple[int, ...] = source.starts if isinstance(source, Joined) else (0,)

    def read(self, offset: int, length: int) -> bytes:
        """As the source's. A small piece is cut from a large one: a zip archive may hold a hundred thousand files."""
        self.tick()
        if not self._at <= offset <= offset + length <= self._at + len(self._kept):
            wanted = min(max(length, self.chunk), self.size - offset)
            self._at, self._kept = offset, self._source.read(offset, wanted) if wanted > 0 else b""
        return self._kept[offset - self._at : offset - self._at + length]

    def tick(self) -> None:
        """Raises CannotLook where the time is over."""
        if time.monotonic() > self.ends:
            seconds = max(round(self.ends - self._began), 1)
            raise CannotLook(f"The newest file could not be read to its end within {seconds} seconds.")

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Its bytes in chunks. Raises Broken where the file ends before that."""
        end = self.size if length is None else offset + length
        while offset < end:
            part = self.read(offset, min(self.chunk, end - offset))
            if not part:
                raise Broken("ends before the size that its folder shows")
            offset += len(part)
            yield part


class Pull:
    """Chunks, to be taken in pieces of any size. whole: they go on to the end; else there is more that we do not read."""

    def __init__(self, chunks: Iterator[bytes], *, whole: bool = True) -> None:
        self._chunks = filter(None, chunks)  # whoever unpacks has nothing yet, at times
        self._rest = b""
        self._whole = whole

    def peek(self, length: int) -> bytes:
        """The next bytes, which stay; fewer at the end."""
        while len(self._rest) < length and (part := next(self._chunks, b"")):
            self._rest += part
        return self._rest[:length]

    def take(self, length: int) -> bytes:
        """So many bytes. Raises Ended where there are fewer, Enough where there are more that we do not read."""
        data = self.peek(length)
        if len(data) < length:
            raise Ended if self._whole else Enough
        self._rest = self._rest[length:]
        return data

    def parts(self, length: int) -> Iterator[bytes]:
        """So many bytes, as they come. Raises Ended, Enough."""
        while length:
            part = self._rest or next(self._chunks, b"")
            if not part:
                self._rest = b""
                raise Ended if self._whole else Enough
            self._rest = part[length:]
            yield part[:length]
            length -= min(length, len(part))

    def skip(self, length: int) -> None:
        """Pass over so many bytes. Raises Ended, Enough."""
        for _ in self.parts(length):
            pass

    def all(self) -> Iterator[bytes]:
        """What is left, as it comes."""
        if self._rest:
            part, self._rest = self._rest, b""
            yield part
        yield from self._chunks


def amount(count: int) -> str:
    """Bytes, roughly, in words."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count = round(count / 1000)
    return f"{count:,} GB"
