"""Backup folders in which an intruder could write: names that lie, files that unpack without end."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.hostile.harness import Case, Ran
from tests.hostile.lies import PAYLOADS
from tests.hostile.shop import shop
from tests.hostile.size import packed
from tests.patience import stamp

RULES = ("backup-missing", "backup-database-stale", "backup-suspicious-size", "backup-corrupt", "backup-same-server")


def configured(fill: Callable[[Path], object], kind: str = "database", pattern: str = "*") -> Callable[[Path], Sequence[str]]:
    """A folder of backups and the configuration that names it."""

    def prepare(folder: Path) -> Sequence[str]:
        place = folder / "backups"
        place.mkdir()
        fill(place)
        (folder / "shopwarden.toml").write_text(
            f'[[site]]\nurl = "http://petalandstem.example/"\n[[site.backup]]\nkind = "{kind}"\nlocation = "{place}"\npattern = "{pattern}"\n'
        )
        return ["--config", str(folder / "shopwarden.toml")]

    return prepare


def named(payload: str) -> bytes:
    return payload.encode("utf-8", "replace").replace(b"/", b"|").replace(b"\x00", b"")[:240] + b".sql"


def lying(folder: Path) -> None:
    """A file for each payload, and the newest with tables that lie."""
    for number, payload in enumerate(PAYLOADS.values()):
        file = folder / os.fsdecode(named(payload))
        tables = b"".join(
            b"CREATE TABLE `%s` (\n);\n" % payload.encode("utf-8", "replace")[:150].replace(b" ", b"_")
            for payload in PAYLOADS.values()
        )
        file.write_bytes(b"-- MySQL dump 10.13\n" + tables + b"INSERT INTO `a` VALUES (1);\n" * 100)
        os.utime(file, (stamp(-4000 - number),) * 2)
    broken = "\x1b[2J\u202e<script>=1+1.sql.gz"
    (folder / broken).write_bytes(gzip.compress(b"-- MySQL dump 10.13\nCREATE TABLE `\x1b[31m<b>` (\n" * 999)[:-40])
    os.utime(folder / broken, (stamp(-3000),) * 2)


def old(name: str, data: Callable[[], bytes]) -> Callable[[Path], None]:
    """One file, finished an hour ago. data: made when the case is run."""

    def fill(folder: Path) -> None:
        (folder / name).write_bytes(data())
        os.utime(folder / name, (stamp(-3600),) * 2)

    return fill


def zipped() -> bytes:
    """Names that climb out, names that lie, and a file that unpacks to 300 MB; its directory claims 10 GB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "../../etc/passwd",
            "/etc/shadow",
            "..\\..\\x",
            *(payload[:100].encode("utf-8", "replace").decode() for payload in PAYLOADS.values()),
        ):
            archive.writestr(name.replace("\x00", ""), b"x")
        with archive.open("roses.sql", "w", force_zip64=True) as file:
            for _ in range(300):
                file.write(b"INSERT INTO `a` VALUES (1);\n" * 35_000)
    return out.getvalue()


def tarred() -> bytes:
    """Links that climb out, and a file of 10 GB of which nothing is there."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("../../etc/passwd", "/etc/shadow"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        huge = tarfile.TarInfo("huge.sql")
        huge.size = 10_000_000_000
        archive.addfile(huge)
    return out.getvalue()


def sparse(folder: Path) -> None:
    """10 GB of nothing."""
    with (folder / "shop.sql.gz").open("wb") as out:
        out.write(packed("gzip")[:100_000])
        out.truncate(10_000_000_000)
    os.utime(folder / "shop.sql.gz", (stamp(-3600),) * 2)


def links(folder: Path) -> None:
    """Names that lead elsewhere, to a device without end, to a pipe that nobody fills, in a circle."""
    for name, to in (("a.sql", "/dev/zero"), ("b.sql", "/etc/passwd"), ("c.sql", "c.sql")):
        (folder / name).symlink_to(to)
    os.mkfifo(folder / "d.sql")


def told(rule: str, verdict: str) -> Callable[[Ran], None]:
    def check(ran: Ran) -> None:
        assert ran.verdicts[rule]["verdict"] == verdict, ran.verdicts[rule]

    return check


def case(
    name: str,
    fill: Callable[[Path], object],
    check: Callable[[Ran], None] | None = None,
    *,
    kind: str = "database",
    found: str = "",
) -> Case:
    return Case(
        name,
        shop(),
        prepare=configured(fill, kind),
        only=RULES,
        check=check,
        maybe=frozenset(RULES),
        found=frozenset({found} - {""}),
    )


CASES = [
    case("backups with names that lie", lying, found="backup-corrupt"),
    case("a backup that unpacks to 300 MB", old("shop.sql.gz", lambda: packed("gzip"))),
    case("a backup that unpacks to 200 MB of zeros", old("shop.sql.xz", lambda: lzma.compress(bytes(200_000_000), preset=0))),
    case("a backup with names that climb out", old("site.zip", zipped), told("backup-corrupt", "passed"), kind="site"),
    case("a backup that claims 10 GB", old("site.tar", tarred), kind="site", found="backup-corrupt"),
    case("a backup of 10 GB of nothing", sparse),
    case("backups that lead elsewhere", links, found="backup-missing"),
]
