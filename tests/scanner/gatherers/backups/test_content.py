"""Opening backups: real archives made by the standard library and by the tools themselves, whole, cut and damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from scanner.evidence import BackupContent
from scanner.gatherers.backups import content
from scanner.gatherers.backups.content import inspect
from scanner.gatherers.backups.places import CannotLook
from tests.patience import PATIENCE, cpu, moment
from tests.servers.processes import needs

NOISE = random.Random(1).randbytes(300_000)
HEAD = "-- MySQL dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n--\n"
END = "\n-- Dump completed on 2026-11-20  3:00:01\n"


class Bytes:
    """A file in memory that counts what is read of it."""

    def __init__(self, data: bytes, grows: bool = False) -> None:
        self._data, self._grows, self._asked = data, grows, 0
        self.taken = 0

    @property
    def size(self) -> int:
        self._asked += 1
        return len(self._data) + (self._asked if self._grows else 0)

    def read(self, offset: int, length: int) -> bytes:
        self.taken += min(length, len(self._data) - offset)
        return self._data[offset : offset + length]


def look(data: bytes, name: str, *, deep: bool = False, seconds: float = PATIENCE) -> BackupContent:
    return inspect(Bytes(data), name, deep=deep, ends=moment(seconds))


def dump(rows: int = 3000, end: str = END, head: str = HEAD) -> bytes:
    lines = [head]
    for table in ("oc_customer", "oc_order"):
        lines.append(f"DROP TABLE IF EXISTS `{table}`;\nCREATE TABLE `{table}` (\n  `id` int(11) NOT NULL,\n  `x` text\n);")
        lines += [f"INSERT INTO `{table}` VALUES ({n},'it\\'s; CREATE TABLE `fake` (');" for n in range(rows)]
    return ("\n".join(lines) + "\n" + end).encode()


def tar(*names: str, mode: str = "w", data: bytes = NOISE, form: int = tarfile.GNU_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, format=form) as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            content = dump() if name.endswith(".sql") else data
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name in names:
            archive.writestr(name, dump() if name.endswith(".sql") else NOISE)
    return packed.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, 1),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@pytest.mark.parametrize("ending", PACK)
def test_a_good_dump(ending: str) -> None:
    content = look(PACK[ending](dump()), f"shop.sql.{ending}")
    assert (content.broken, content.whole, content.ends, content.tables) == ("", True, True, ("oc_customer", "oc_order"))


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("kept", [0.999, 0.9, 0.5, 0.01])
def test_cut_anywhere(ending: str, kept: float) -> None:
    """The compressed file ends in its middle: an upload that was cut."""
    data = PACK[ending](dump() + NOISE)
    content = look(data[: int(len(data) * kept)], f"shop.sql.{ending}")
    assert content.broken.startswith("breaks off in the middle")
    assert not content.whole


@pytest.mark.parametrize("ending", PACK)
def test_every_last_byte_counts(ending: str) -> None:
    data = PACK[ending](dump(20))
    for cut in range(1, 14):
        assert look(data[:-cut], f"shop.sql.{ending}").broken, cut


@pytest.mark.parametrize("ending", PACK)
def test_one_wrong_byte(ending: str) -> None:
    data = bytearray(PACK[ending](dump() + NOISE))
    data[len(data) // 2] ^= 0xFF
    assert "damaged" in look(bytes(data), f"shop.sql.{ending}").broken


@pytest.mark.parametrize("ending", PACK)
def test_several_members_in_a_row(ending: str) -> None:
    first, second = dump()[:5000], dump()[5000:]
    content = look(PACK[ending](first) + PACK[ending](second), f"shop.sql.{ending}")
    assert (content.broken, content.ends, len(content.tables or ())) == ("", True, 2)
    cut = PACK[ending](first) + PACK[ending](second)[:-3]
    assert look(cut, f"shop.sql.{ending}").broken


@pytest.mark.parametrize("tail", [bytes(1000), b"\0" * 3, b"a signature"])
def test_what_gzip_ignores_after_the_end(tail: bytes) -> None:
    assert look(gzip.compress(dump()) + tail, "shop.sql.gz").broken == ""


def test_the_dump_itself_breaks_off() -> None:
    content = look(gzip.compress(dump(end="INSERT INTO `oc_order` VALUES (1,'")), "shop.sql.gz")
    assert (content.broken, content.ends) == ("", False)


def test_a_dump_cut_between_two_statements_lacks_its_closing_line() -> None:
    assert look(dump(end=""), "shop.sql").ends is False


@pytest.mark.parametrize(
    ("head", "end", "expected"),
    [
        ("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.8-MariaDB\n", END, True),
        (HEAD, "-- Dump completed\n", True),
        ("--\n-- PostgreSQL database dump\n--\n", "--\n-- PostgreSQL database dump complete\n--\n\n", True),
        ("--\n-- PostgreSQL database dump\n--\n\n\\restrict x\n", "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n\n", True),
        ("--\n-- PostgreSQL database dump\n--\n", "", False),
        ("-- phpMyAdmin SQL Dump\n", "COMMIT;\n\n/*!40101 SET CHARACTER_SET_CLIENT=@OLD */;\n", True),
        ("-- phpMyAdmin SQL Dump\n", "INSERT INTO `oc_order` VALUES (1,'Flo", False),
        ("# WordPress MySQL database backup\n", "# End of data contents of table wp_users\n", True),
        ("-- Adminer 4.8.1 MySQL dump\n", "-- 2026-11-20 03:00:00\n", True),
        ("", "", True),
        ("\ufeff" + HEAD, END, True),
    ],
)  # fmt: skip
def test_how_tools_end_their_dumps(head: str, end: str, expected: bool) -> None:
    assert look(dump(head=head, end=end), "shop.sql").ends is expected


@pytest.mark.parametrize("text", [b"mysqldump: Got error: 1045: Access denied\n", b"<html>404</html>", b"\n\n  \n"])
def test_an_error_message_is_no_dump(text: bytes) -> None:
    assert look(text, "shop.sql").broken.startswith(("holds no table", "holds only"))
    assert look(gzip.compress(text), "shop.sql.gz").broken.startswith(("holds no table", "holds only"))


@pytest.mark.parametrize("name", ["shop.sql.gz", "shop.tar.bz2", "shop.zip", "shop.tar", "shop.sql.xz", "shop.sql.zst"])
def test_named_as_what_it_is_not(name: str) -> None:
    assert "does not begin like one" in look(b"<html>Payment required</html>", name).broken
    assert look(bytes(5000), name).broken == "holds nothing but zeros"


def test_other_texts_are_not_judged_as_dumps() -> None:
    assert look(b"name;mail\nAda;a@b.example\n", "customers.bak").broken == ""
    assert look(gzip.compress(b'{"a": 1}'), "export.json.gz") == BackupContent("export.json.gz", "gzip", whole=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.sql.gz.gpg", b"\x85\x02\x0c"),
        ("a.bak", b"age-encryption.org/v1\n"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c"),
        ("x.xbstream", b"XBSTCK01\0\0"),
    ],
)
def test_what_we_cannot_open_is_unknown(name: str, data: bytes) -> None:
    with pytest.raises(CannotLook):
        look(data, name)


def test_a_binary_stream_inside_gzip_is_only_unpacked() -> None:
    assert look(gzip.compress(b"XBSTCK01\0\0" + NOISE), "db.sql.gz").broken == ""


# --- tar ---


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_good_archive(form: int, packing: str) -> None:
    content = look(tar("index.php", "x" * 90 + "/" + "y" * 90, mode=f"w:{packing}", form=form), f"site.tar.{packing}".rstrip("."))
    assert (content.broken, content.whole, content.entries, content.ends) == ("", True, 2, True)


def test_an_archive_cut_before_it_was_packed() -> None:
    """tar died, and gzip closed the file properly."""
    data = tar("a", "b", "c")
    assert "breaks off in the middle of its file no. 2" in look(gzip.compress(data[:400_000]), "site.tar.gz").broken


@pytest.mark.parametrize("size", [700_000, 700_000 // 512 * 512])
def test_a_plain_archive_that_was_cut(size: int) -> None:
    assert "breaks off" in look(tar("a", "b", "c")[:size], "site.tar").broken


def test_a_damaged_archive() -> None:
    data = bytearray(tar("a", "b"))
    data[300_544 + 20] ^= 1
    assert "damaged" in look(bytes(data), "site.tar").broken


def test_a_dump_inside_an_archive() -> None:
    content = look(tar("shop/index.php", "mysql/shop.sql", mode="w:gz"), "backup.tar.gz")
    assert (content.tables, content.ends, content.entries) == (("oc_customer", "oc_order"), True, 2)


def test_a_tool_that_knows_tar(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    for name in ("a", "b" * 200, "é"):
        (tmp_path / "shop" / name).write_bytes(NOISE)
    with (tmp_path / "shop" / "sparse").open("wb") as sparse:
        sparse.truncate(3_000_000)
        sparse.seek(1_500_000)
        sparse.write(b"x" * 9000)
    (tmp_path / "shop" / "link").symlink_to("a")
    os.link(tmp_path / "shop" / "a", tmp_path / "shop" / "hard")
    for options, name in (("-cSzf", "a.tar.gz"), ("-cSf", "b.tar"), ("-czf", "c.tgz"), ("--format=pax -czf", "d.tgz")):
        subprocess.run(["tar", *options.split(), name, "shop"], cwd=tmp_path, check=True)
        content = look((tmp_path / name).read_bytes(), name)
        assert (content.broken, content.ends, content.entries) == ("", True, 7), name


# --- zip ---


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_good_zip(method: int) -> None:
    content = look(zipped("index.php", "dump.sql", "é/ü.jpg", method=method), "site.zip")
    assert (content.broken, content.entries, content.ends, content.tables) == ("", 3, True, ("oc_customer", "oc_order"))


def test_a_zip_without_its_directory() -> None:
    data = zipped("a", "b")
    assert look(data[: len(data) * 2 // 3], "site.zip").broken == "has no directory at its end: it was cut off"


def test_a_zip_without_its_beginning() -> None:
    assert "lacks its beginning" in look(b"PK" + zipped("a", "b")[200_000:], "site.zip").broken


def test_a_zip_with_one_wrong_byte() -> None:
    data = bytearray(zipped("a", "b", method=zipfile.ZIP_STORED))
    data[100_000] ^= 1
    assert look(bytes(data), "site.zip").broken == "is damaged at “a”: its checksum is wrong"


def test_a_zip_with_a_comment_and_something_before_it() -> None:
    packed = io.BytesIO()
    packed.write(b"PK\x07\x08" + b"#!/bin/sh\n")
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("a", NOISE)
        archive.comment = b"made by a plugin"
    assert look(packed.getvalue(), "site.zip").broken == ""


def test_a_zip_with_large_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zip64, written for small files too."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a", "b"):
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(NOISE)
    assert look(packed.getvalue(), "site.zip").broken == ""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    assert look(zipped("a", "b", "c"), "site.zip").entries == 3


def test_a_zip_of_many_small_files_is_read_in_large_pieces() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(3000):
            archive.writestr(f"image/{number}.jpg", b"x" * 300)
    source = Bytes(packed.getvalue())
    content = inspect(source, "site.zip", deep=True, ends=moment(PATIENCE))
    assert content.entries == 3000
    assert source.taken < 6 * len(packed.getvalue())


def test_an_empty_zip() -> None:
    assert "without any file" in look(zipped(), "site.zip").broken


def test_a_tool_that_knows_zip(tmp_path: Path) -> None:
    needs("zip")
    (tmp_path / "a").write_bytes(NOISE)
    subprocess.run(["zip", "-qr", "a.zip", "a"], cwd=tmp_path, check=True)
    assert look((tmp_path / "a.zip").read_bytes(), "a.zip").broken == ""


# --- large files, and what is read of them ---


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as a large file."""
    monkeypatch.setattr(content, "READ_WHOLE", 1000)
    monkeypatch.setattr(content, "CHUNK", 16 * 1024)
    monkeypatch.setattr(content, "TAIL", 8 * 1024)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("name", "data", "ends"),
    [
        ("a.sql.gz", gzip.compress(dump() + NOISE), None),
        ("a.sql", dump(), True),
        ("a.sql", dump(end=""), False),
        ("a.tar", tar("a", "b"), True),
        ("a.tar.gz", tar("a", "b", mode="w:gz"), None),
        ("a.zip", zipped("a", "b"), True),
        ("a.sql.xz", lzma.compress(dump() + NOISE), None),
        ("a.sql.zst", zstandard.compress(dump() + NOISE), None),
        ("a.wpress", NOISE + bytes(4377), True),
        ("a.wpress", NOISE, False),
    ],
)
def test_the_two_ends_of_a_large_file(name: str, data: bytes, ends: bool | None) -> None:
    source = Bytes(data)
    content = inspect(source, name, deep=False, ends=moment(PATIENCE))
    assert (content.broken, content.whole, content.ends, content.tables) == ("", False, ends, None)
    assert source.taken < len(data) + 70_000


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("name", ["a.sql.gz", "a.sql.bz2", "a.sql.zst"])
def test_a_large_file_that_is_damaged_at_its_beginning(name: str) -> None:
    data = bytearray(PACK[name.rpartition(".")[2]](NOISE))
    data[5:200] = bytes(195)
    assert look(bytes(data), name).broken


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("name", "data"), [("a.zip", zipped("a")), ("a.xz", lzma.compress(NOISE)), ("a.tar", tar("a")[:-5000])])
def test_a_large_file_that_was_cut(name: str, data: bytes) -> None:
    assert look(data[:-300], name).broken


@pytest.mark.usefixtures("large")
def test_deep_reads_a_large_file_to_its_end() -> None:
    data = gzip.compress(dump() + NOISE)
    assert look(data, "a.sql.gz", deep=True).whole
    assert look(data[:-4], "a.sql.gz", deep=True).broken


# --- hostile files ---


@pytest.mark.parametrize("ending", PACK)
def test_a_bomb_needs_little_memory_and_its_time_is_bounded(ending: str) -> None:
    bomb = PACK[ending](bytes(50_000_000))
    for _ in range(2 if ending != "bz2" else 1):
        bomb = bomb + bomb
    tracemalloc.start()
    try:
        try:
            with cpu(10):
                look(bomb, f"a.sql.{ending}", seconds=0.5)
        except CannotLook as reason:  # out of time
            assert "within" in str(reason)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_out_of_time() -> None:
    with pytest.raises(CannotLook, match="could not be read to its end within"):
        look(gzip.compress(dump()), "a.sql.gz", seconds=-1)


def test_a_file_that_grows_while_it_is_read_is_unknown() -> None:
    source = Bytes(gzip.compress(dump())[:-100], grows=True)
    with pytest.raises(CannotLook, match="still being written"):
        inspect(source, "a.sql.gz", deep=True, ends=moment(PATIENCE))


def test_names_of_tables_are_made_safe_and_bounded() -> None:
    text = HEAD + "".join(f"CREATE TABLE `t{n}\x1b[31m` (\n" for n in range(3000)) + END
    tables = look(text.encode(), "a.sql").tables
    assert tables is not None
    assert len(tables) == 2000
    assert all(name.isprintable() for name in tables)


@pytest.mark.parametrize("seed", range(60))
def test_nonsense_never_crashes(seed: int) -> None:
    chance = random.Random(seed)
    good = chance.choice([zipped("a", "b.sql"), tar("a", "b.sql"), *(pack(dump(50)) for pack in PACK.values())])
    data = bytearray(good)
    for _ in range(chance.randint(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    for name in ("a.zip", "a.tar", "a.sql.gz", "a.sql.zst", "a.bak"):
        try:
            content = look(bytes(data), name)
        except CannotLook:
            continue
        assert content.broken.isprintable()
        assert len(content.broken) < 300


def test_a_directory_of_a_zip_that_lies() -> None:
    data = bytearray(zipped("a", "b"))
    at = data.rfind(b"PK\x05\x06")
    data[at + 10 : at + 12] = struct.pack("<H", 9)
    assert "should hold 9 files" in look(bytes(data), "a.zip").broken
