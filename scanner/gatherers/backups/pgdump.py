"""PostgreSQL's own archives: ``pg_dump -Fc`` (a file), and the table of contents of ``-Fd`` (a folder) and ``-Ft`` (a tar file).

As pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL 17 read them: a head, the table of contents, then the data in blocks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanner.gatherers.backups.places import CannotLook
from scanner.gatherers.backups.streams import Broken, Ended, Pull
from scanner.text.sanitize import sanitize

MAGIC = b"PGDMP"
_OLDEST, _NEWEST = (1, 10), (1, 16)
_MOST_ENTRIES = 1_000_000
_LONGEST_TEXT = 256 * 1024 * 1024
_DATA, _LARGE_OBJECTS = 1, 3
_WITHOUT_DATA = 3
_CUSTOM = 1
_ZLIB = b"\x78"


@dataclass(slots=True)
class Contents:
    """What an archive says that it holds.

    tables: their names. data: number of an entry → the table or other thing that its data are for. files: for ``-Fd`` and
    ``-Ft``, the names of the files with the tables' data. made: when it was begun, by the clock of where it was made.
    """

    tables: set[str] = field(default_factory=set)
    data: dict[int, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    made: datetime | None = None


def read_archive(pull: Pull, most_tables: int) -> Contents:
    """``pg_dump -Fc`` from its beginning to its end. Raises Broken, CannotLook, Enough."""
    try:
        reader = _Reader(pull)
        contents = reader.contents(most_tables)
        if reader.form != _CUSTOM:
            return contents  # the table of contents of a folder, which stands alone
        missing = dict(contents.data)
        while pull.peek(1):
            kind, number = pull.take(1)[0], reader.number()
            if kind == _LARGE_OBJECTS:
                while reader.number():
                    _whole(reader.block(), packed=reader.packed)
            elif kind == _DATA:
                _whole(reader.block(), packed=reader.packed)
            else:
                raise Broken("is damaged: a block of data begins in no known way")
            missing.pop(number, None)
    except Ended as error:
        raise Broken("breaks off in the middle") from error
    if missing:
        raise Broken(f"lacks the data of {next(iter(missing.values()))}{' and others' if len(missing) > 1 else ''}")
    return contents


class _Reader:
    """The archive's numbers and texts (WriteInt, WriteStr). Raises Broken, Ended, Enough."""

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        if pull.take(5) != MAGIC:
            raise Broken("does not begin as an archive of pg_dump does")
        self.version = (self._byte(), self._byte())
        self._byte()
        if not _OLDEST <= self.version <= _NEWEST:
            raise CannotLook(
                f"It is an archive of pg_dump in a version that we do not know ({self.version[0]}.{self.version[1]})."
            )
        self._size, self._offset = self._byte(), self._byte()
        if not (1 <= self._size <= 8 and 1 <= self._offset <= 8):
            raise Broken("is damaged at its beginning")
        self.form = self._byte()
        level = self._byte() if self.version >= (1, 15) else self.number()
        self.packed = level == 1 if self.version >= (1, 15) else level != 0
        """Whether the data are compressed with zlib (else not at all, or in a way that is not unpacked here)."""

    def contents(self, most_tables: int) -> Contents:
        """The rest of the head, and the table of contents."""
        clock = [self.number() for _ in range(7)]
        contents = Contents(made=_moment(clock))
        for _ in range(3):  # the database's name, the server's version, the program's
            self._text()
        count = self.number()
        if not 0 <= count <= _MOST_ENTRIES:
            raise Broken("is damaged in its table of contents")
        for _ in range(count):
            self._entry(contents, most_tables)
        return contents

    def _entry(self, contents: Contents, most_tables: int) -> None:
        number, dumped = self.number(), self.number()
        self._text(), self._text()
        tag, what = self._text(), self._text()
        if self.version >= (1, 11):
            self.number()  # the section
        texts = 5 + (self.version >= (1, 14))  # definition, drop, copy, schema, tablespace, access method
        for _ in range(texts):
            self._skip_text()
        if self.version >= (1, 16):
            self.number()  # the kind of relation
        self._skip_text(), self._skip_text()  # the owner, and whether with row numbers
        while self._skip_text():  # what it depends on
            pass
        name = sanitize((tag or b"").decode("utf-8", "replace"), 64)
        if what == b"TABLE" and name and len(contents.tables) < most_tables:
            contents.tables.add(name)
        if self.form == _CUSTOM:
            state = self._byte()
            self._pull.skip(self._offset)
            if dumped and state != _WITHOUT_DATA:
                contents.data[number] = name
        elif (file := self._text()) and what == b"TABLE DATA":
            contents.data[number] = name
            contents.files.add(file.decode("utf-8", "replace"))

    def block(self) -> Iterator[bytes]:
        """The chunks of one piece of data."""
        while size := self.number():
            if size < 0:
                raise Broken("is damaged: a block of data has no size")
            yield from self._pull.parts(size)

    def number(self) -> int:
        """A sign, then the bytes of the number, the lowest first."""
        raw = self._pull.take(1 + self._size)
        value = int.from_bytes(raw[1:], "little")
        return -value if raw[0] else value

    def _byte(self) -> int:
        return self._pull.take(1)[0]

    def _text(self) -> bytes | None:
        size = self.number()
        if size < 0:
            return None
        if size > 65_536:
            raise Broken("is damaged in its table of contents")
        return self._pull.take(size)

    def _skip_text(self) -> bool:
        """Pass over a text. Returns whether there was one."""
        size = self.number()
        if size > _LONGEST_TEXT:
            raise Broken("is damaged in its table of contents")
        self._pull.skip(max(size, 0))
        return size >= 0


def _whole(chunks: Iterator[bytes], *, packed: bool) -> None:
    """Read one piece of data, and unpack it where it is packed with zlib. Raises Broken."""
    unpacker = None
    for chunk in chunks:
        if unpacker is None and packed and chunk.startswith(_ZLIB):
            unpacker = zlib.decompressobj()
        if unpacker is None:
            continue
        waiting = chunk
        try:
            while waiting:
                unpacker.decompress(waiting, 1 << 16)
                waiting = unpacker.unconsumed_tail
        except zlib.error as error:
            raise Broken("is damaged: its data cannot be unpacked") from error
    if unpacker is not None and not unpacker.eof:
        raise Broken("is damaged: its data end too early")


def _moment(clock: list[int]) -> datetime | None:
    """Second, minute, hour, day, month from 0, year from 1900, summer time."""
    second, minute, hour, day, month, year, _ = clock
    try:
        return datetime(year + 1900, month + 1, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
