"""Opens a backup: does it unpack to its end, which tables does it hold, does it end as its tool ends it?

Everything is streamed: memory stays the same whatever a file's size, and whatever it unpacks to. A small file is read whole; of
a large one only the beginning and the end, unless all of it is asked for.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import struct
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol, cast

from scanner.evidence import BackupContent
from scanner.gatherers.backups.places import NAME_CUT, CannotLook
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_WHOLE = 16 * 1024 * 1024
"""Files up to this size are always read whole."""
CHUNK = 512 * 1024
TAIL = 64 * 1024
MOST_TABLES = 2000
XZ_MEMORY = 70 * 1024 * 1024  # xz -9 needs 65 MiB
ZSTD_WINDOW = 1 << 26

_LOCKED = (".gpg", ".pgp", ".age", ".enc", ".crypt")
_LOCKED_MAGIC = (b"age-encryption.org/", b"-----BEGIN PGP MESSAGE", b"-----BEGIN AGE", b"Salted__")
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "zstd": b"\x28\xb5\x2f\xfd",
    "zip": b"PK",
    "pg_dump": b"PGDMP",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "jpa": b"JPA",
    "lz4": b"\x04\x22\x4d\x18",
}
_BY_NAME = {
    ".gz": "gzip", ".tgz": "gzip", ".bz2": "bzip2", ".tbz2": "bzip2", ".tbz": "bzip2", ".xz": "xz", ".txz": "xz",
    ".zst": "zstd", ".zip": "zip", ".tar": "tar", ".wpress": "wpress",
}  # fmt: skip
_WPRESS_END = bytes(4377)  # All-in-One WP Migration closes an archive with one empty header


class Source(Protocol):
    """A file to read from any place in it. Raises CannotLook, OSError."""

    @property
    def size(self) -> int:
        """Bytes, as it is now."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; fewer only at the file's end."""


class Broken(Exception):
    """The file is damaged; the text says how."""


def inspect(source: Source, name: str, *, deep: bool, ends: float) -> BackupContent:
    """Open a backup. deep: read it whole, whatever its size. ends: by time.monotonic(). Raises CannotLook, OSError."""
    size = source.size
    seen = _Seen(whole=deep or size <= READ_WHOLE)
    try:
        _inspect(_Timed(source, size, ends), name, seen)
    except Broken as reason:
        seen.broken = str(reason)
        if source.size != size:
            raise CannotLook(f"{sanitize(name, NAME_CUT)} changed while it was read; it is still being written.") from None
    dumped = bool(seen.tables) or seen.dump
    return BackupContent(
        name=name,
        form=seen.form,
        whole=seen.whole and not seen.broken,
        broken=seen.broken,
        ends=seen.ends,
        tables=tuple(sorted(seen.tables)) if seen.whole and dumped and not seen.broken else None,
        entries=seen.entries if seen.whole and not seen.broken else None,
    )


@dataclass(slots=True)
class _Seen:
    """What has been learnt so far."""

    whole: bool
    form: str = ""
    broken: str = ""
    ends: bool | None = None
    tables: set[str] = field(default_factory=set)
    dump: bool = False
    entries: int | None = None


class _Timed:
    """The source, within its time. Raises CannotLook."""

    def __init__(self, source: Source, size: int, ends: float) -> None:
        self._source = source
        self._ends = ends
        self._began = time.monotonic()
        self._at, self._kept = 0, b""
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """As the source's. A small piece is cut from a large one: a zip archive may hold a hundred thousand files."""
        self.tick()
        if not self._at <= offset <= offset + length <= self._at + len(self._kept):
            wanted = min(max(length, CHUNK), self.size - offset)
            self._at, self._kept = offset, self._source.read(offset, wanted) if wanted > 0 else b""
        return self._kept[offset - self._at : offset - self._at + length]

    def tick(self) -> None:
        if time.monotonic() > self._ends:
            seconds = max(round(self._ends - self._began), 1)
            raise CannotLook(f"The newest file could not be read to its end within {seconds} seconds.")

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Its bytes in chunks. Raises Broken where the file ends before that."""
        end = self.size if length is None else offset + length
        while offset < end:
            part = self.read(offset, min(CHUNK, end - offset))
            if not part:
                raise Broken("ends before the size that its folder shows")
            offset += len(part)
            yield part


def _inspect(source: _Timed, name: str, seen: _Seen) -> None:
    """Raises Broken, CannotLook."""
    head = source.read(0, TAIL)
    if name.lower().endswith(_LOCKED) or head.startswith(_LOCKED_MAGIC):
        raise CannotLook(f"{sanitize(name, NAME_CUT)} is encrypted, so only whoever has its key can tell whether it opens.")
    seen.form = _form(head, name)
    match seen.form:
        case "gzip" | "bzip2" | "xz" | "zstd":
            _unpack(source, name, seen)
        case "zip":
            _read_zip(source, seen)
        case "tar" | "text":
            _read_plain(source, name, seen)
        case "wpress":
            seen.ends = source.read(max(source.size - len(_WPRESS_END), 0), len(_WPRESS_END)) == _WPRESS_END
        case "unknown":
            raise CannotLook(f"{sanitize(name, NAME_CUT)} is packed in a way that we do not know, so we cannot open it.")
        case form:
            raise CannotLook(f"{sanitize(name, NAME_CUT)} is packed in a way that we cannot open ({form}).")


def _form(head: bytes, name: str) -> str:
    """How the file is packed, by its first bytes. Raises Broken where its name says otherwise."""
    ending = "." + name.lower().rpartition(".")[2]
    found = next((form for form, magic in _MAGIC.items() if head.startswith(magic)), "")
    if not found:
        found = "tar" if _is_tar(head) else "wpress" if ending == ".wpress" else "text"
    if found == "text" and ending in _BY_NAME:
        if not head.strip(b"\0"):
            raise Broken("holds nothing but zeros")
        raise Broken(f"is named {ending} but does not begin like one (it begins “{_begun(head)}”)")
    return "unknown" if found == "text" and b"\0" in head[:4096] else found


def _begun(head: bytes) -> str:
    return sanitize(head.lstrip()[:60].decode("utf-8", "replace").split("\n")[0], 60)


# --- compressed ----------------------------------------------------------------------------------------------------


def _unpack(source: _Timed, name: str, seen: _Seen) -> None:
    inner = _Inner(name, seen)
    packed = source.stream() if seen.whole else iter([source.read(0, 2 * CHUNK)])
    given = 0
    try:
        for part in _unpacked(packed, seen.form, whole=seen.whole):
            source.tick()
            given += len(part)
            inner.feed(part)
    except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
        if isinstance(error, lzma.LZMAError) and "Memory usage limit" in str(error):
            raise CannotLook("The newest file needs too much memory to be opened.") from error
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the reading failed, not the unpacking
        raise Broken(f"is damaged: it cannot be unpacked beyond {_amount(given)}") from error
    if seen.whole:
        inner.finish()
    elif seen.form == "xz":
        _xz_footer(source)
    seen.form = inner.form(seen.form)


def _unpacked(packed: Iterator[bytes], form: str, *, whole: bool) -> Iterator[bytes]:
    """Unpacked bytes, at most CHUNK at once. Raises Broken, and the library's errors."""
    if form == "zstd":
        yield from _zstd(packed, whole=whole)
        return
    unpacker: _Unpacker | None = _unpacker(form)
    waiting, given = b"", 0
    for part in packed:
        waiting += part
        while waiting or (unpacker is not None and not unpacker.needs_input):
            if unpacker is None:
                if len(waiting) < len(_MAGIC[form]) and _MAGIC[form].startswith(waiting):
                    break
                if not waiting.startswith(_MAGIC[form]):  # what the tools ignore as well: zeros, a signature
                    return
                unpacker = _unpacker(form)
            out = unpacker.decompress(waiting, CHUNK)
            waiting = unpacker.unused_data if unpacker.eof else b""
            given += len(out)
            if out:
                yield out
            if unpacker.eof:
                unpacker = None
            elif unpacker.needs_input:
                break
    if whole and unpacker is not None:
        raise Broken(f"breaks off in the middle: it ends after {_amount(given)} of content, without its proper end")


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


def _zstd(packed: Iterator[bytes], *, whole: bool) -> Iterator[bytes]:
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
    given = 0
    try:
        while out := reader.read(CHUNK):
            given += len(out)
            yield out
    except zstandard.ZstdError as error:
        if "memory" in str(error).lower():
            raise CannotLook("The newest file needs too much memory to be opened.") from error
        raise Broken(f"is damaged: it cannot be unpacked beyond {_amount(given)}") from error
    if whole and not walker.at_end:
        raise Broken(f"breaks off in the middle: it ends after {_amount(given)} of content, without its proper end")


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


def _xz_footer(source: _Timed) -> None:
    """A complete .xz ends with "YZ", and zeros in fours may follow (xz file format 2.1.2, 2.2)."""
    tail = source.read(max(source.size - TAIL, 0), TAIL).rstrip(b"\0")
    if tail and not tail.endswith(b"YZ"):
        raise Broken("breaks off in the middle: it has no proper end")


# --- what is inside ------------------------------------------------------------------------------------------------


class _Inner:
    """The unpacked stream: a tar archive, a dump, or what we do not know and take as it is."""

    def __init__(self, name: str, seen: _Seen) -> None:
        self._name = name
        self._seen = seen
        self._head = b""
        self._reader: _Tar | _Dump | None = None
        self._begun = False

    def feed(self, part: bytes) -> None:
        """Raises Broken."""
        if not self._begun:
            self._head += part
            if len(self._head) < 512:
                return
            part = self._begin()
        if self._reader is not None:
            self._reader.feed(part)

    def finish(self) -> None:
        """Raises Broken where it ends too early, or holds nothing."""
        part = b"" if self._begun else self._begin()
        if self._reader is not None:
            self._reader.feed(part)
            self._reader.finish()

    def form(self, packed: str) -> str:
        """How it is packed, inside and outside."""
        return f"tar+{packed}" if isinstance(self._reader, _Tar) else packed

    def _begin(self) -> bytes:
        if _is_tar(self._head):
            self._reader = _Tar(self._seen)
        elif b"\0" not in self._head:
            self._reader = _Dump(self._seen, expected=_NAMED_DUMP.search(self._name) is not None)
        self._begun, head, self._head = True, self._head, b""
        return head


_TOOLS = (
    (re.compile(rb"-- (?:MySQL|MariaDB) dump \d"), re.compile(rb"\n-- Dump completed(?: on [^\n]*)?\s*\Z")),
    (
        re.compile(rb"--\n-- PostgreSQL database(?: cluster)? dump\n"),
        re.compile(rb"\n-- PostgreSQL database(?: cluster)? dump complete\n"),
    ),
)
"""What a tool writes first, and last (mysqldump and mariadb-dump; pg_dump and pg_dumpall)."""
_NAMED_DUMP = re.compile(r"\.(?:sql|mysql|pgsql)(?:\.|\Z)|[-_]db\d*\.gz\Z", re.IGNORECASE)
_TABLE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?([^\s(]{1,200})")
_STATEMENT = re.compile(rb"^(?:INSERT|REPLACE|COPY) (?:IGNORE )?(?:INTO )?[`\"\w]", re.IGNORECASE | re.MULTILINE)
_LAST_LINE = re.compile(rb"(?:--|#|/\*|\\\.|\\unrestrict )[^\n]*\Z")
_OVERLAP = 300


class _Dump:
    """A dump in SQL: its tables, and how it ends. expected: its name says that it is one; else it may be anything."""

    def __init__(self, seen: _Seen, *, expected: bool) -> None:
        self._seen = seen
        self._expected = expected
        self._head = b""
        self._tail = b""
        self._statements = False

    def feed(self, part: bytes) -> None:
        if len(self._head) < 4096:
            self._head += part[: 4096 - len(self._head)]
        text = self._tail[-_OVERLAP:] + part
        at = text.find(b"CREATE TABLE")
        while at >= 0:
            if (at == 0 or text[at - 1] in b"\n\r") and (match := _TABLE.match(text, at)) and match.end() < len(text):
                self._name(match[1])
            at = text.find(b"CREATE TABLE", at + 12)
        self._statements = self._statements or _STATEMENT.search(text, 0, 100_000) is not None
        self._tail = (self._tail + part)[-4096:]

    def finish(self) -> None:
        """Raises Broken."""
        head = self._head.removeprefix(b"\xef\xbb\xbf")
        for first, last in _TOOLS:
            if first.search(head[:1024]):
                self._seen.dump = True
                self._seen.ends = self._seen.ends is not False and last.search(self._tail) is not None
                return
        if not self._expected:
            return
        if not self._seen.tables and not self._statements:
            raise Broken(f"holds no table and no data (it begins “{_begun(head)}”)" if head.strip() else "holds only blanks")
        self._seen.dump = True
        end = self._tail.rstrip()
        self._seen.ends = end.endswith(b";") or _LAST_LINE.search(end) is not None

    def _name(self, quoted: bytes) -> None:
        """The table's name without its schema and quotes."""
        name = quoted.rpartition(b".")[2].strip(b'`"[]').decode("utf-8", "replace")
        if name and len(self._seen.tables) < MOST_TABLES:
            self._seen.tables.add(sanitize(name, 64))


class _Tar:
    """A tar archive: every header's checksum, to the two empty blocks at its end (POSIX.1-2017, “ustar Interchange Format”)."""

    def __init__(self, seen: _Seen) -> None:
        self._seen = seen
        self._block = b""
        self._skip = 0
        self._data = 0
        self._dump: _Dump | None = None
        self._pax: bytearray | None = None
        self._large: int | None = None
        self._zeros = 0
        self._sparse = False
        seen.entries = 0

    def feed(self, part: bytes) -> None:
        """Raises Broken."""
        at = 0
        while at < len(part) and self._zeros < 2:
            if self._skip:
                step = min(self._skip, len(part) - at)
                data = part[at : at + min(step, self._data)] if self._dump is not None or self._pax is not None else b""
                if self._dump is not None and data:
                    self._dump.feed(data)
                elif self._pax is not None:
                    self._pax += data
                self._data = max(self._data - step, 0)
                self._skip -= step
                at += step
                if not self._skip:
                    self._close()
                continue
            take = min(512 - len(self._block), len(part) - at)
            self._block += part[at : at + take]
            at += take
            if len(self._block) == 512:
                block, self._block = self._block, b""
                self._header(block)

    def finish(self) -> None:
        """Raises Broken. Not every tool writes the empty blocks: an archive that ends between two files is taken as whole."""
        if self._skip or self._block:
            raise Broken(f"breaks off in the middle of its file no. {self._seen.entries:,}")
        if not self._seen.entries:
            raise Broken("is an archive without any file")
        if self._seen.ends is None:
            self._seen.ends = True if self._zeros else None

    def _header(self, block: bytes) -> None:
        if self._sparse:  # the map of a sparse file goes on
            self._sparse = bool(block[504])
            return
        if not any(block):
            self._zeros += 1
            return
        self._zeros = 0
        if not _checked(block):
            raise Broken(f"is damaged after its file no. {self._seen.entries:,}")
        kind = block[156:157]
        size = _number(block[124:136]) if self._large is None or kind in b"xgLK" else self._large
        self._pax = bytearray() if kind == b"x" and size <= TAIL else None
        if kind not in b"xgLK":
            self._seen.entries = (self._seen.entries or 0) + 1
            self._large = None
        self._sparse = kind == b"S" and bool(block[482])
        self._skip = 0 if kind in b"123456" else -(-size // 512) * 512
        self._data = size
        name = block[:100].rstrip(b"\0").lower()
        self._dump = _Dump(self._seen, expected=False) if name.endswith(b".sql") and self._skip else None

    def _close(self) -> None:
        if self._dump is not None:
            self._dump.finish()
            self._dump = None
        if self._pax is not None and (size := _PAX_SIZE.search(self._pax)):
            self._large = int(size[1])
        self._pax = None


_PAX_SIZE = re.compile(rb"(?:\A|\n)\d+ size=(\d{1,18})\n")  # of a file of more than 8 GB


def _is_tar(head: bytes) -> bool:
    return len(head) >= 512 and any(head[:512]) and _checked(head[:512])


def _checked(block: bytes) -> bool:
    try:
        wanted = int(block[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return wanted == sum(block[:148]) + sum(block[156:512]) + 8 * 32


def _number(raw: bytes) -> int:
    """Octal, or base 256 for large files (GNU). Raises Broken."""
    if raw[0] & 0x80:
        return int.from_bytes(bytes([raw[0] & 0x7F]) + raw[1:], "big")
    try:
        return int(raw.strip(b"\0 ") or b"0", 8)
    except ValueError:
        raise Broken("is damaged: a size in it is no number") from None


# --- as they are ---------------------------------------------------------------------------------------------------


def _read_plain(source: _Timed, name: str, seen: _Seen) -> None:
    """A tar archive or a dump that is not compressed: its end is cheap to see."""
    if seen.whole:
        inner = _Inner(name, seen)
        for part in source.stream():
            inner.feed(part)
        inner.finish()
        return
    tail = source.read(max(source.size - TAIL, 0), TAIL)
    if seen.form == "tar":
        if source.size % 512:
            raise Broken("breaks off in the middle of a file")
        seen.ends = True if not any(tail[-1024:]) else None
        return
    dump = _Dump(seen, expected=_NAMED_DUMP.search(name) is not None)
    dump.feed(source.read(0, CHUNK))
    dump.feed(tail)
    dump.finish()


# --- zip -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Zipped:
    """One file of a zip archive, by its directory."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def _read_zip(source: _Timed, seen: _Seen) -> None:
    """The directory at the end always, each file's bytes where all is read (PKWARE APPNOTE 6.3.10)."""
    start, size, count, shift = _zip_directory(source)
    seen.entries = 0
    for zipped in _zip_entries(source, start, size):
        seen.entries += 1
        if zipped.offset + shift + 30 + zipped.packed > start:
            raise Broken("has a directory that does not fit to its content")
        if seen.whole:
            _read_zipped(source, zipped, shift, seen)
    if seen.entries % 65_536 != count % 65_536:  # some tools keep only the lowest digits
        raise Broken(f"should hold {count:,} files, and its directory names {seen.entries:,}")
    if not count:
        raise Broken("is an archive without any file")
    if seen.ends is None:
        seen.ends = True


def _zip_directory(source: _Timed) -> tuple[int, int, int, int]:
    """Where the directory lies, its size, how many files it names, and by how much all is shifted. Raises Broken."""
    begin = max(source.size - 65_557 - 76, 0)
    tail = source.read(begin, source.size - begin)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Broken("has no directory at its end: it was cut off")
    disk, _, _, count, size, offset = struct.unpack("<HHHHII", tail[at + 4 : at + 20])
    end = begin + at
    if tail[at - 20 : at - 16] == b"PK\x06\x07" and at >= 20:
        (where,) = struct.unpack("<Q", tail[at - 12 : at - 4])
        large = source.read(where, 56)
        if large[:4] != b"PK\x06\x06" or len(large) < 56:
            raise Broken("has a damaged directory")
        disk, _, _, count, size, offset = struct.unpack("<IIQQQQ", large[16:56])
        end = where
    if disk not in {0, 0xFFFF}:
        raise CannotLook("The newest file is one part of an archive in several parts, which we cannot open.")
    start = end - size
    if start < 0 or start < offset:
        raise Broken("lacks its beginning or its middle: its directory speaks of more than is there")
    return start, size, count, start - offset


def _zip_entries(source: _Timed, start: int, size: int) -> Iterator[_Zipped]:
    """The directory's entries. Raises Broken."""
    waiting = b""
    for part in source.stream(start, size):
        waiting += part
        at = 0
        while len(waiting) - at >= 46:
            if waiting[at : at + 4] != b"PK\x01\x02":
                if waiting[at : at + 4] == b"PK\x05\x05":  # a signature of the directory ends it
                    return
                raise Broken("has a damaged directory")
            flags, method = struct.unpack("<HH", waiting[at + 8 : at + 12])
            crc, packed, unpacked, n, m, k = struct.unpack("<IIIHHH", waiting[at + 16 : at + 34])
            if len(waiting) - at < 46 + n + m + k:
                break
            (offset,) = struct.unpack("<I", waiting[at + 42 : at + 46])
            extra = waiting[at + 46 + n : at + 46 + n + m]
            unpacked, packed, offset = _zip64(extra, unpacked, packed, offset)
            yield _Zipped(waiting[at + 46 : at + 46 + n], flags, method, crc, packed, unpacked, offset)
            at += 46 + n + m + k
        waiting = waiting[at:]
    if waiting:
        raise Broken("has a damaged directory")


def _zip64(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Sizes and offset that do not fit into 32 bits stand in a field of their own. Raises Broken."""
    at, large = 0, b""
    while len(extra) - at >= 4:
        kind, size = struct.unpack("<HH", extra[at : at + 4])
        if kind == 1:
            large = extra[at + 4 : at + 4 + size]
        at += 4 + size
    found = []
    for value in values:
        if value != 0xFFFFFFFF:
            found.append(value)
        elif len(large) >= 8:
            found.append(int.from_bytes(large[:8], "little"))
            large = large[8:]
        else:
            raise Broken("has a damaged directory")
    return found[0], found[1], found[2]


def _read_zipped(source: _Timed, zipped: _Zipped, shift: int, seen: _Seen) -> None:
    """Unpack one file and compare its checksum. Raises Broken."""
    header = source.read(zipped.offset + shift, 30)
    name = sanitize(zipped.name.decode("utf-8", "replace"), 80)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        raise Broken(f"is damaged at “{name}”")
    if zipped.flags & 1 or zipped.method not in {0, 8}:  # encrypted, or packed in a rare way: its place is all we can see
        return
    n, m = struct.unpack("<HH", header[26:30])
    packed = source.stream(zipped.offset + shift + 30 + n + m, zipped.packed)
    dump = _Dump(seen, expected=False) if zipped.name.lower().endswith(b".sql") else None
    crc = size = 0
    try:
        for part in _inflated(packed) if zipped.method == 8 else packed:
            source.tick()
            crc, size = zlib.crc32(part, crc), size + len(part)
            if dump is not None:
                dump.feed(part)
    except zlib.error as error:
        raise Broken(f"is damaged at “{name}”") from error
    if (crc, size) != (zipped.crc, zipped.size):
        raise Broken(f"is damaged at “{name}”: its checksum is wrong")
    if dump is not None:
        dump.finish()


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Raises zlib.error."""
    unpacker = zlib.decompressobj(-15)
    for part in packed:
        waiting = part
        while waiting:
            yield unpacker.decompress(waiting, CHUNK)
            waiting = unpacker.unconsumed_tail
    while rest := unpacker.decompress(b"", CHUNK):
        yield rest
    if not unpacker.eof:
        raise zlib.error("the data end too early")


def _amount(count: int) -> str:
    """Bytes, roughly, in words."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count = round(count / 1000)
    return f"{count:,} GB"
