"""Archives, walked from file to file: tar, zip (in one part or several), Akeeba's jpa; of a 7z archive its length."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner.gatherers.backups.places import CannotLook
from scanner.gatherers.backups.streams import Broken, Ended, Pull, Timed
from scanner.gatherers.backups.unpacking import inflated
from scanner.text.sanitize import sanitize

PAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive. name: with its folders. size: unpacked. changed: by the archive."""

    name: str
    size: int
    changed: datetime | None = None


Take = Callable[[Member, Iterator[bytes]], None]
"""What is done with a file's content as it comes by."""


# --- tar -----------------------------------------------------------------------------------------------------------


def is_tar(head: bytes) -> bool:
    """Whether a file begins with a header whose checksum is right."""
    return len(head) >= 512 and any(head[:512]) and _checked(head[:512])


class Tar:
    """A tar archive: every header's checksum, to the two empty blocks at its end (POSIX.1-2017, “ustar Interchange Format”).

    entries: how many files it has held so far. closed: whether the empty blocks were there; not every tool writes them.
    """

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self.entries = 0
        self.closed = False

    def walk(self, wanted: Callable[[Member], bool], take: Take) -> None:
        """Go through it; the content of what is wanted is handed over. Raises Broken, Enough."""
        zeros, sparse = 0, False
        name, large = "", None
        try:
            while zeros < 2 and self._pull.peek(1):
                block = self._pull.take(512)
                if sparse:  # the map of a sparse file goes on
                    sparse = bool(block[504])
                    continue
                if not any(block):
                    zeros += 1
                    continue
                zeros = 0
                if not _checked(block):
                    raise Broken(f"is damaged after its file no. {self.entries:,}")
                kind = block[156:157]
                size = _number(block[124:136])
                if kind in b"xgLK":
                    name, large = self._about_the_next(kind, size, name, large)
                    continue
                self.entries += 1
                size = size if large is None else large
                sparse = kind == b"S" and bool(block[482])
                size = 0 if kind in b"123456" else size
                member = Member(name or _name(block), size, _moment(_number(block[136:148])))
                name, large = "", None
                content = self._pull.parts(size)
                if kind not in b"123456" and not sparse and wanted(member):
                    take(member, content)
                for _ in content:
                    pass
                self._pull.skip(-size % 512)
        except Ended as error:
            raise Broken(f"breaks off in the middle of its file no. {self.entries:,}") from error
        if not self.entries:
            raise Broken("is an archive without any file")
        self.closed = zeros > 0
        for _ in self._pull.all():  # the packing's own end is behind it
            pass

    def _about_the_next(self, kind: bytes, size: int, name: str, large: int | None) -> tuple[str, int | None]:
        """The name and the size of the next file, where they do not fit into its header."""
        if size > PAX_BYTES:
            self._pull.skip(size + -size % 512)
            return name, large
        text = self._pull.take(size)
        self._pull.skip(-size % 512)
        if kind == b"L":
            name = text.rstrip(b"\0").decode("utf-8", "replace")
        if kind == b"x":
            if found := _PAX_SIZE.search(text):
                large = int(found[1])
            if found := _PAX_PATH.search(text):
                name = found[1].decode("utf-8", "replace")
        return name, large


_PAX_SIZE = re.compile(rb"(?:\A|\n)\d+ size=(\d{1,18})\n")  # of a file of more than 8 GB
_PAX_PATH = re.compile(rb"(?:\A|\n)\d+ path=([^\n]+)\n")


def _name(block: bytes) -> str:
    prefix = block[345:500].rstrip(b"\0") if block[257:262] == b"ustar" and block[263:265] == b"00" else b""
    name = block[:100].split(b"\0", 1)[0]
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


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
        return int(raw.split(b"\0", 1)[0].strip(b" ") or b"0", 8)
    except ValueError:
        raise Broken("is damaged: a size in it is no number") from None


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 253_402_300_800 else None


# --- zip -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Zipped:
    """One file of a zip archive, by its directory. offset: in the part ``disk``."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    disk: int
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where a zip archive's directory lies. shift: by how much all offsets are off. disk: the number of the part it ends in."""

    start: int
    size: int
    count: int
    shift: int
    disk: int


class Zip:
    """A zip archive: the directory at its end, and the bytes of each file that is read (PKWARE APPNOTE 6.3.10).

    entries: how many files it names. closed: how many of those to be read are encrypted or packed in a rare way.
    """

    def __init__(self, source: Timed) -> None:
        self._source = source
        self.entries = 0
        self.closed = 0

    def walk(self, read: Callable[[Member], bool], wanted: Callable[[Member], bool], take: Take) -> None:
        """Go through it. read: whether a file's bytes are checked; wanted: whether its content is handed over. Raises Broken."""
        directory = _directory(self._source)
        for zipped in _entries(self._source, directory):
            self.entries += 1
            at = self._place(zipped, directory)
            if at + 30 + zipped.packed > directory.start:
                raise Broken("has a directory that does not fit to its content")
            member = Member(zipped.name.decode("utf-8", "replace"), zipped.size, zipped.changed)
            if read(member):
                self._read(zipped, at, member, take if wanted(member) else None)
        if self.entries % 65_536 != directory.count % 65_536:  # some tools keep only the lowest digits
            raise Broken(f"should hold {directory.count:,} files, and its directory names {self.entries:,}")
        if not directory.count:
            raise Broken("is an archive without any file")

    def _place(self, zipped: _Zipped, directory: _Directory) -> int:
        """Where a file begins, in the parts taken together. Raises Broken, CannotLook."""
        starts = self._source.starts
        if not directory.disk:
            return zipped.offset + directory.shift
        if directory.disk + 1 >= len(starts) or zipped.disk + 1 >= len(starts):
            raise CannotLook("The newest file is one part of an archive in several parts, and not all of them are there.")
        return starts[zipped.disk] + zipped.offset

    def _read(self, zipped: _Zipped, at: int, member: Member, take: Take | None) -> None:
        """Unpack one file and compare its checksum. Raises Broken."""
        header = self._source.read(at, 30)
        name = sanitize(member.name, 80)
        if header[:4] != b"PK\x03\x04" or len(header) < 30:
            raise Broken(f"is damaged at “{name}”")
        if zipped.flags & 1 or zipped.method not in {0, 8}:  # encrypted, or packed in a rare way: its place is all we can see
            self.closed += 1
            return
        n, m = struct.unpack("<HH", header[26:30])
        packed = self._source.stream(at + 30 + n + m, zipped.packed)
        sums = [0, 0]

        def counted() -> Iterator[bytes]:
            for part in inflated(packed, self._source.chunk) if zipped.method == 8 else packed:
                self._source.tick()
                sums[0], sums[1] = zlib.crc32(part, sums[0]), sums[1] + len(part)
                yield part

        content = counted()
        try:
            if take is not None:
                take(member, content)
            for _ in content:
                pass
        except zlib.error as error:
            raise Broken(f"is damaged at “{name}”") from error
        if sums != [zipped.crc, zipped.size]:
            raise Broken(f"is damaged at “{name}”: its checksum is wrong")


def _directory(source: Timed) -> _Directory:
    """Raises Broken."""
    begin = max(source.size - 65_557 - 76, 0)
    tail = source.read(begin, source.size - begin)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Broken("has no directory at its end: it was cut off")
    disk, _, _, count, size, offset = struct.unpack("<HHHHII", tail[at + 4 : at + 20])
    end = begin + at
    if tail[at - 20 : at - 16] == b"PK\x06\x07" and at >= 20:
        (where,) = struct.unpack("<Q", tail[at - 12 : at - 4])
        large = source.read(where + (source.starts[-2] if len(source.starts) > 2 else 0), 56)
        if large[:4] != b"PK\x06\x06" or len(large) < 56:
            raise Broken("has a damaged directory")
        disk, _, _, count, size, offset = struct.unpack("<IIQQQQ", large[16:56])
        end = where
    start = end - size
    if disk not in {0, 0xFFFF}:
        return _Directory(start, size, count, 0, disk)
    if start < 0 or start < offset:
        raise Broken("lacks its beginning or its middle: its directory speaks of more than is there")
    return _Directory(start, size, count, start - offset, 0)


def _entries(source: Timed, directory: _Directory) -> Iterator[_Zipped]:
    """The directory's entries. Raises Broken."""
    waiting = b""
    for part in source.stream(directory.start, directory.size):
        waiting += part
        at = 0
        while len(waiting) - at >= 46:
            if waiting[at : at + 4] != b"PK\x01\x02":
                if waiting[at : at + 4] == b"PK\x05\x05":  # a signature of the directory ends it
                    return
                raise Broken("has a damaged directory")
            flags, method, clock, day = struct.unpack("<HHHH", waiting[at + 8 : at + 16])
            crc, packed, unpacked, n, m, k, disk = struct.unpack("<IIIHHHH", waiting[at + 16 : at + 36])
            if len(waiting) - at < 46 + n + m + k:
                break
            (offset,) = struct.unpack("<I", waiting[at + 42 : at + 46])
            extra = waiting[at + 46 + n : at + 46 + n + m]
            unpacked, packed, offset = _zip64(extra, unpacked, packed, offset)
            name = waiting[at + 46 : at + 46 + n]
            yield _Zipped(name, flags, method, crc, packed, unpacked, offset, disk, _dos_moment(day, clock))
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


def _dos_moment(day: int, clock: int) -> datetime | None:
    try:
        return datetime(
            1980 + (day >> 9), day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, min(2 * (clock & 31), 59), tzinfo=UTC
        )
    except ValueError:
        return None


# --- others --------------------------------------------------------------------------------------------------------


def walk_jpa(pull: Pull) -> int:
    """Akeeba's jpa, from entry to entry (“The JPA archive format”, 1.2), which are counted. Raises Broken, CannotLook, Enough."""
    entries = 0
    try:
        head = pull.take(19)
        pull.skip(struct.unpack("<H", head[3:5])[0] - 19)
        (count,) = struct.unpack("<I", head[7:11])
        while pull.peek(1):
            if pull.take(3) != b"JPF":
                raise CannotLook("It is packed in a way that we do not know in all (jpa).")
            (size,) = struct.unpack("<H", pull.take(2))
            about = pull.take(max(size - 5, 0))
            (n,) = struct.unpack("<H", about[:2])
            (packed,) = struct.unpack("<I", about[2 + n + 2 : 2 + n + 6])
            if packed == 0xFFFFFFFF:
                raise CannotLook("It is packed in a way that we do not know in all (jpa with a file of more than 4 GB).")
            pull.skip(packed)
            entries += 1
    except (Ended, struct.error) as error:
        raise Broken(f"breaks off in the middle of its file no. {entries + 1:,}") from error
    if count and entries < count:
        raise Broken(f"should hold {count:,} files, and holds {entries:,}")
    return entries


def ends_as_7z(source: Timed) -> bool:
    """Whether a 7z archive, of 32 bytes at least, is as long as these say that it is (7zFormat.txt, “Signature Header”)."""
    offset, size = struct.unpack("<QQ", source.read(12, 16))
    return bool(32 + offset + size == source.size)
