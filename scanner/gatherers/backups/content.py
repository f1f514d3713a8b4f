"""Opens a backup: does it unpack to its end, which tables does it hold, would restoring it work?

Everything is streamed: memory stays the same whatever a file's size, and whatever it unpacks to. A small file is read whole; of
a large one only the beginning and the end, unless all of it is asked for. Nothing here is kept between two files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.evidence import BackupContent
from scanner.gatherers.backups import pgdump
from scanner.gatherers.backups.archives import Member, Tar, Zip, ends_as_7z, is_tar, walk_jpa
from scanner.gatherers.backups.names import is_dump, is_of_a_database
from scanner.gatherers.backups.places import NAME_CUT, CannotLook
from scanner.gatherers.backups.sql import MOST_TABLES, Dump, Language, Statements
from scanner.gatherers.backups.streams import Broken, Enough, Pull, Source, Timed
from scanner.gatherers.backups.unpacking import MAGIC, packing, unpacked
from scanner.text.sanitize import sanitize

READ_WHOLE = 16 * 1024 * 1024
"""Files up to this size are always read whole."""
CHUNK = 512 * 1024
TAIL = 64 * 1024
_DEEPEST = 3
"""An archive in an archive in an archive."""

_LOCKED = (".gpg", ".pgp", ".age", ".enc", ".crypt", ".aes")
_LOCKED_MAGIC = (b"age-encryption.org/", b"-----BEGIN PGP MESSAGE", b"-----BEGIN AGE", b"Salted__", b"AES\x02\0")
_OTHER_MAGIC = {
    "zip": (b"PK",),
    "pg_dump": (pgdump.MAGIC,),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "jpa": (b"JPA",),
    "lz4": (b"\x04\x22\x4d\x18",),
    "rar": (b"Rar!\x1a\x07",),
}
_BY_NAME = {
    ".gz": "gzip", ".tgz": "gzip", ".bz2": "bzip2", ".tbz2": "bzip2", ".tbz": "bzip2", ".xz": "xz", ".txz": "xz",
    ".zst": "zstd", ".tzst": "zstd", ".zip": "zip", ".tar": "tar", ".wpress": "wpress",
}  # fmt: skip
_WPRESS_END = bytes(4377)  # All-in-One WP Migration closes an archive with one empty header
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class _Seen:
    """What has been learnt so far. whole: every byte is read. kind: as in BackupPlace; empty where nobody said."""

    whole: bool
    kind: str = ""
    form: str = ""
    broken: str = ""
    ends: bool | None = None
    tables: set[str] = field(default_factory=set)
    rows: bool = False
    dumps: int = 0
    entries: int | None = None
    made: datetime | None = None


def inspect(source: Source, name: str, *, deep: bool, ends: float, kind: str = "") -> BackupContent:
    """Open a backup. deep: read it whole, whatever its size. ends: by time.monotonic(). kind: ``database``, ``site`` or empty.

    Raises CannotLook, OSError.
    """
    size = source.size
    seen = _Seen(whole=deep or size <= READ_WHOLE, kind=kind)
    try:
        _inspect(Timed(source, ends, CHUNK), name, seen)
    except Broken as reason:
        seen.broken = str(reason)
        if source.size != size:
            raise CannotLook(f"{sanitize(name, NAME_CUT)} changed while it was read; it is still being written.") from None
    known = seen.whole and not seen.broken
    return BackupContent(
        name=name,
        form=seen.form,
        whole=known,
        broken=seen.broken,
        ends=seen.ends,
        tables=tuple(sorted(seen.tables)) if known and seen.dumps else None,
        entries=seen.entries if known else None,
        rows=seen.rows if known and seen.dumps else None,
        dumps=seen.dumps if known and seen.form.startswith(("tar", "zip")) else None,
        made=seen.made,
    )


def _inspect(source: Timed, name: str, seen: _Seen) -> None:
    """Raises Broken, CannotLook."""
    head = source.read(0, TAIL)
    if name.lower().endswith(_LOCKED) or head.startswith(_LOCKED_MAGIC):
        raise CannotLook(f"{sanitize(name, NAME_CUT)} is encrypted, so only whoever has its key can tell whether it opens.")
    seen.form = form = _form(head, name)
    if form in MAGIC:
        packed = source.stream() if seen.whole else iter([source.read(0, 2 * CHUNK)])
        _read(Pull(_ticking(source, unpacked(packed, form, CHUNK, whole=seen.whole)), whole=seen.whole), name, seen, "")
        if not seen.whole and form == "xz":
            _xz_footer(source)
    elif form == "zip":
        _read_zip(source, seen)
    elif form in {"tar", "text", "pg_dump"}:
        if seen.whole or form == "pg_dump":
            chunks = source.stream() if seen.whole else iter([source.read(0, 2 * CHUNK)])
            _read(Pull(chunks, whole=seen.whole), name, seen, "")
        else:
            _read_both_ends(source, name, seen)
    elif form == "jpa":
        seen.entries = walk_jpa(Pull(source.stream())) if seen.whole else None
        seen.ends = True if seen.whole else None
    elif form == "wpress":
        seen.ends = source.read(max(source.size - len(_WPRESS_END), 0), len(_WPRESS_END)) == _WPRESS_END
    elif form == "unknown":
        raise CannotLook(f"{sanitize(name, NAME_CUT)} is packed in a way that we do not know, so we cannot open it.")
    else:
        if form == "7z" and source.size >= 32 and not ends_as_7z(source):
            raise Broken("is not as long as it says itself: it breaks off")
        raise CannotLook(f"{sanitize(name, NAME_CUT)} is packed in a way that we cannot open ({form}).")


def _form(head: bytes, name: str) -> str:
    """How the file is packed, by its first bytes. Raises Broken where its name says otherwise."""
    ending = "." + name.lower().rpartition(".")[2]
    found = packing(head) or next((form for form, magic in _OTHER_MAGIC.items() if head.startswith(magic)), "")
    if not found:
        found = "tar" if is_tar(head) else "wpress" if ending == ".wpress" else "text"
    if found == "text" and ending in _BY_NAME:
        if not head.strip(b"\0"):
            raise Broken("holds nothing but zeros")
        raise Broken(f"is named {ending} but does not begin like one (it begins “{_begun(head)}”)")
    return "unknown" if found == "text" and b"\0" in head[:4096] and not head.startswith(_UTF_16) else found


def _begun(head: bytes) -> str:
    return sanitize(head.lstrip()[:60].decode("utf-8", "replace").split("\n")[0], 60)


def _ticking(source: Timed, parts: Iterator[bytes]) -> Iterator[bytes]:
    """What is unpacked takes time too. Raises CannotLook."""
    for part in parts:
        source.tick()
        yield part


def _xz_footer(source: Timed) -> None:
    """A complete .xz ends with "YZ", and zeros in fours may follow (xz file format 2.1.2, 2.2)."""
    tail = source.read(max(source.size - TAIL, 0), TAIL).rstrip(b"\0")
    if tail and not tail.endswith(b"YZ"):
        raise Broken("breaks off in the middle: it has no proper end")


# --- what is inside ------------------------------------------------------------------------------------------------


def _read(pull: Pull, name: str, seen: _Seen, inside: str, depth: int = 0) -> None:
    """Something unpacked: a tar archive, a dump, or what we do not know and take as it is.

    name: the file's; inside: the member's whose content this is, empty for the file itself. Raises Broken, CannotLook.
    """
    head = pull.peek(512)
    try:
        if not head.strip(b"\0 \t\r\n") and not pull.peek(64 * 1024).strip(b"\0 \t\r\n"):
            _nothing(head, inside, seen, expected=is_dump(inside or name))
        elif is_tar(head):
            seen.form = f"tar+{seen.form}" if not inside and seen.form != "tar" else seen.form
            _read_tar(pull, seen, depth)
        elif head.startswith(pgdump.MAGIC):
            _read_archive_of_postgresql(pull, seen)
        elif head.startswith(_UTF_16) and is_dump(inside or name):
            raise Broken("is written in UTF-16, as PowerShell's “>” does: the database reads no such dump")
        elif b"\0" not in head:
            _read_dump(pull, inside or name, seen, inside)
        for _ in pull.all():  # to the packing's own end
            pass
    except Enough:
        return
    except Broken as reason:
        if not inside:
            raise
        raise Broken(f"holds “{sanitize(inside, 80)}”, which {reason}") from reason


def _nothing(head: bytes, inside: str, seen: _Seen, *, expected: bool) -> None:
    """Nothing but blanks. Among an archive's many files there are empty ones; a backup is none. Raises Broken."""
    if inside and not (expected and seen.kind == "database"):
        return
    raise Broken("holds only blanks" if head and not head.startswith(b"\0") else "holds nothing")


def _read_dump(pull: Pull, name: str, seen: _Seen, inside: str) -> None:
    """A text, which may be a dump. Raises Broken, Enough."""
    statements = Statements()
    head = pull.peek(64)
    for part in pull.all():
        statements.feed(part)
    if not seen.whole and not inside:  # only its beginning: a message in it is one, its end we have not seen
        _judge(replace(statements.dump, ends=True), head, name, seen, inside)
        seen.ends = None
        return
    _judge(statements.finish(), head, name, seen, inside)


def _judge(dump: Dump, head: bytes, name: str, seen: _Seen, inside: str) -> None:
    """What a dump is good for. One that nothing names so, and that no tool signed, may be any text. Raises Broken."""
    expected = is_dump(name) and (not inside or (seen.kind == "database" and _is_place_for_dumps(inside)))
    known = dump.tool or (bool(dump.tables) and dump.language is not Language.OTHER)
    if not expected and not (dump.tool if inside else known):
        return
    if not dump.statements and not dump.tables and (seen.whole or dump.message):
        raise Broken(f"holds no table and no data (it begins “{_begun(head.removeprefix(bytes.fromhex('efbbbf')))}”)")
    if dump.message:
        raise Broken(f"holds a message that is no SQL (“{dump.message}”): restoring it stops there")
    if dump.undone:
        raise Broken(dump.undone)
    if inside and not dump.ends:
        raise Broken("breaks off: its closing line is not there")
    seen.dumps += 1
    seen.tables |= dump.tables
    seen.rows = seen.rows or dump.rows
    seen.made = dump.made or seen.made
    seen.ends = seen.ends is not False and dump.ends


def _is_place_for_dumps(name: str) -> bool:
    """Whether a member of an archive lies where tools put the dump, and not among the files of the shop's software."""
    *folders, _ = name.strip("./").split("/")
    return not folders or (len(folders) <= 2 and is_of_a_database(folders[-1]))


def _read_archive_of_postgresql(pull: Pull, seen: _Seen) -> None:
    contents = pgdump.read_archive(pull, MOST_TABLES)
    seen.dumps += 1
    seen.tables |= contents.tables
    seen.rows = seen.rows or bool(contents.data)
    seen.made = contents.made or seen.made
    seen.ends = True


# --- archives ------------------------------------------------------------------------------------------------------


def _read_tar(pull: Pull, seen: _Seen, depth: int) -> None:
    """Raises Broken, Enough."""
    tar = Tar(pull)
    found: set[str] = set()
    wanted: set[str] = set()

    def take(member: Member, content: Iterator[bytes]) -> None:
        if member.name == "toc.dat":
            wanted.update(pgdump.read_archive(Pull(content), MOST_TABLES).files)
            return
        _read_member(member, content, seen, depth)

    def looked_at(member: Member) -> bool:
        found.add(member.name) if len(found) < MOST_TABLES else None
        return member.name == "toc.dat" or _is_read(member, seen, depth)

    tar.walk(looked_at, take)
    if lost := sorted(wanted - found):
        raise Broken(f"lacks {lost[0]}, which its table of contents names")
    if not depth:
        seen.entries = tar.entries
        if seen.ends is None:
            seen.ends = True if tar.closed else None


def _read_zip(source: Timed, seen: _Seen) -> None:
    """Raises Broken."""
    archive = Zip(source)

    def read(member: Member) -> bool:
        return seen.whole or (_is_read(member, seen, 0) and member.size <= READ_WHOLE)

    def take(member: Member, content: Iterator[bytes]) -> None:
        _read_member(member, content, seen, 0)

    archive.walk(read, lambda member: _is_read(member, seen, 0), take)
    seen.entries = archive.entries
    if seen.ends is None:
        seen.ends = True


def _is_read(member: Member, seen: _Seen, depth: int) -> bool:
    """Whether a member is opened: a dump; where the database is looked for, an archive that may hold one, too."""
    name = member.name.rpartition("/")[2].lower()
    if is_dump(name):
        if not member.size and seen.kind == "database" and _is_place_for_dumps(member.name):
            raise Broken(f"holds “{sanitize(member.name, 80)}”, which holds nothing")
        return bool(member.size)
    return seen.kind == "database" and depth < _DEEPEST and name.endswith((".tgz", ".tar.gz", ".tzst", ".tar.zst", ".tar"))


def _read_member(member: Member, content: Iterator[bytes], seen: _Seen, depth: int) -> None:
    """One file of an archive. Raises Broken, Enough."""
    pull = Pull(content)
    if form := packing(pull.peek(16)):
        pull = Pull(unpacked(pull.all(), form, CHUNK))
    before = seen.dumps
    _read(pull, member.name.rpartition("/")[2], seen, member.name, depth + 1)
    if seen.dumps > before:
        seen.made = seen.made or member.changed


# --- large files ---------------------------------------------------------------------------------------------------


def _read_both_ends(source: Timed, name: str, seen: _Seen) -> None:
    """A tar archive or a dump that is not compressed: its end is cheap to see."""
    tail = source.read(max(source.size - TAIL, 0), TAIL)
    if seen.form == "tar":
        if source.size % 512:
            raise Broken("breaks off in the middle of a file")
        seen.ends = True if not any(tail[-1024:]) else None
        return
    statements = Statements()
    statements.feed(source.read(0, CHUNK))
    _judge(replace(statements.dump, ends=statements.ends_with(tail)), tail, name, seen, "")
    seen.made = statements.dump.made or seen.made
