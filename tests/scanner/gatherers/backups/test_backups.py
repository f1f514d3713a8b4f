"""The gatherer of Backups on local folders, and everything before a login."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.evidence import BackupPlace, Backups, Unavailable
from scanner.gatherers.backups import places
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.names import looks_like
from scanner.gatherers.backups.places import (
    BackupPlan,
    CannotLook,
    FtpsFolder,
    Heartbeat,
    LocalFolder,
    SftpFolder,
    StoreFolder,
    locate,
    moment,
    shown_location,
)
from scanner.gatherers.contract import gatherer_of
from scanner.settings.models import BackupSettings
from scanner.text.clock import Clock, StoppedClock
from tests.patience import PATIENCE, cpu

pytestmark = pytest.mark.usefixtures("here")

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


async def look(location: str, folder: Path = Path("/"), deadline: float = 20, **settings: object) -> BackupPlace:
    configured = BackupSettings.model_validate({"kind": "database", "location": location, **settings})
    seen = await backups(BackupPlan((configured,), folder, deadline), StoppedClock(NOW))
    assert seen.gathered_at == NOW
    return seen.places[0]


def put(folder: Path, name: str | bytes, size: int = 10, hours: float = 9) -> None:
    path = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else os.fsencode(name))  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"x" * size)
    changed = NOW.timestamp() - hours * 3600
    os.utime(path, (changed, changed))


def names(place: BackupPlace) -> list[str]:
    assert isinstance(place.files, tuple), place.files
    return [file.name for file in place.files]


def because(place: BackupPlace) -> str:
    assert isinstance(place.files, Unavailable)
    return place.files.because


def test_it_is_a_gatherer_of_backups():
    made = gatherer_of(backups)
    assert made is not None
    assert made.makes is Backups
    assert [need.kind for need in made.needs] == [BackupPlan, Clock]


def test_the_clock_tells_utc():
    assert Clock().now().utcoffset() == NOW.utcoffset()
    assert StoppedClock(datetime.fromisoformat("2026-11-20T13:00+01:00")).now() == NOW
    with pytest.raises(ValueError, match="time zone"):
        StoppedClock(datetime(2026, 11, 20))


async def test_nothing_configured_is_an_empty_value():
    assert await backups(BackupPlan(), StoppedClock(NOW)) == Backups((), NOW)


async def test_a_folder_with_backups(tmp_path):
    put(tmp_path, "shop-2026-11-19.sql.gz", 20, 33)
    put(tmp_path, "shop-2026-11-20.sql.gz", 30, 9)
    put(tmp_path, "shop-2026-11-20.tar.gz", 99, 1)
    put(tmp_path, "README.txt")
    (tmp_path / "2025").mkdir()
    (tmp_path / "lost+found").mkdir()
    place = await look(str(tmp_path))
    assert names(place) == ["shop-2026-11-20.sql.gz", "shop-2026-11-19.sql.gz"]
    assert isinstance(place.files, tuple)
    assert (place.files[0].size, place.files[0].modified) == (30, datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    assert (place.seen, place.folders, place.complete, place.folder_missing) == (4, 1, True, False)
    assert (place.max_age_days, place.pattern, place.host, place.address, place.location) == (7, "", "", "", str(tmp_path))


async def test_what_is_hidden_unfinished_empty_or_no_file_never_counts(tmp_path):
    for name in (".shop.sql", "a.sql.part", "b.sql.TMP", "c.sql.filepart", "d.sql~", ".e.sql.Xy12"):
        put(tmp_path, name)
    put(tmp_path, "empty.sql", 0, 1)
    put(tmp_path, "good.sql")
    (tmp_path / "folder.sql").mkdir()
    (tmp_path / "latest.sql").symlink_to("good.sql")
    (tmp_path / "dangling.sql").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.sql")
    for pattern in (None, "*", "*.SQL*"):
        place = await look(str(tmp_path), pattern=pattern)
        assert names(place) == ["good.sql"]
        assert [file.name for file in place.empty] == ["empty.sql"]
        assert place.seen == 8


async def test_the_owners_pattern_ignores_case_and_may_name_anything(tmp_path):
    put(tmp_path, "Petal.BAK")
    put(tmp_path, "other.bak")
    assert names(await look(str(tmp_path), pattern="petal*.bak")) == ["Petal.BAK"]


async def test_relative_file_url_and_home(tmp_path, monkeypatch):
    (tmp_path / "my backups").mkdir()
    put(tmp_path / "my backups", "a.sql")
    monkeypatch.setenv("HOME", str(tmp_path))
    for location in ("my backups", "~/my backups", f"file://{tmp_path}/my%20backups"):
        assert names(await look(location, tmp_path)) == ["a.sql"]
    assert (await look("~/my backups", tmp_path)).location == "~/my backups"
    assert (await look(f"file://{tmp_path}/my%20backups")).location == f"{tmp_path}/my backups"


async def test_a_folder_that_is_not_there_is_missing_and_not_unavailable(tmp_path):
    put(tmp_path, "file")
    for place in (await look(str(tmp_path / "gone")), await look(str(tmp_path / "file" / "inside"))):
        assert place.folder_missing
        assert place.files == ()


async def test_a_file_instead_of_a_folder_is_told(tmp_path):
    put(tmp_path, "a.sql")
    place = await look(str(tmp_path / "a.sql"))
    assert "is a file" in because(place)
    assert not place.folder_missing


@pytest.mark.parametrize(
    "name",
    [
        b"\x1b[2J\x1b]0;owned\x07.sql",
        b"<script>alert(1)<!--.sql",
        b"a..%2f..%2fetc%2fpasswd.sql",
        b"line\nbreak\r.sql",
        b"caf\xe9.sql",  # Latin-1: no UTF-8
        b"$(reboot);`id`.sql",
        "\u202egz.lqs.sql".encode(),
        b"x" * 251 + b".sql",
        b"-rf.sql",
    ],
)
async def test_hostile_names_are_data(tmp_path, name):
    put(tmp_path, name)
    (seen,) = names(await look(str(tmp_path)))
    assert len(seen) <= 200
    seen.encode("utf-8")


async def test_absurd_times_and_a_huge_file(tmp_path):
    put(tmp_path, "old.sql")
    os.utime(tmp_path / "old.sql", (-(2**40), -(2**33)))
    put(tmp_path, "huge.sql")
    os.truncate(tmp_path / "huge.sql", 2**42)
    place = await look(str(tmp_path))
    assert names(place) == ["huge.sql", "old.sql"]
    assert isinstance(place.files, tuple)
    assert place.files[0].size == 2**42
    assert place.files[1].modified == datetime(1970, 1, 1, tzinfo=UTC)
    assert moment(2.0**63).year == 9999


async def test_twenty_thousand_files_keep_the_newest_fifty(tmp_path):
    for number in range(20_000):
        (tmp_path / f"shop-{number}.sql").touch()
    for number in range(60):
        put(tmp_path, f"new-{number:02}.sql", hours=number)
    with cpu(20, threads=True):
        place = await look(str(tmp_path))
    assert names(place) == [f"new-{number:02}.sql" for number in range(50)]
    assert (place.seen, len(place.empty), place.complete) == (20_060, 50, True)


async def test_more_names_than_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "MOST_NAMES", 3)
    for number in range(4):
        put(tmp_path, f"{number}.sql")
    place = await look(str(tmp_path))
    assert not place.complete
    assert place.seen == 3


async def test_files_that_are_rotated_away_meanwhile(tmp_path):
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            put(tmp_path, f"{number}.sql")
            (tmp_path / f"{number}.sql").unlink()
            number += 1

    rotating = threading.Thread(target=churn)
    rotating.start()
    try:
        for _ in range(50):
            assert isinstance((await look(str(tmp_path))).files, tuple)
    finally:
        stop.set()
        rotating.join()


async def test_a_folder_that_answers_never_ends_with_the_deadline_and_hides_no_other(tmp_path, monkeypatch):
    put(tmp_path, "a.sql")
    release = threading.Event()
    real = os.scandir

    def stuck(path: object) -> object:
        if str(path).endswith("stuck"):
            release.wait(PATIENCE)
        return real(path)

    monkeypatch.setattr(os, "scandir", stuck)
    configured = tuple(BackupSettings(kind="database", location=str(place)) for place in (tmp_path / "stuck", tmp_path))
    seen = await backups(BackupPlan(configured, tmp_path, 0.3), StoppedClock(NOW))
    assert not release.is_set()
    release.set()
    assert "within 0.3 seconds" in because(seen.places[0])
    assert names(seen.places[1]) == ["a.sql"]


async def test_our_own_crash_in_one_place_does_not_hide_the_other(tmp_path, monkeypatch, caplog):
    put(tmp_path, "a.sql")
    monkeypatch.setattr("scanner.gatherers.backups.places.list_folder", lambda *_: 1 / 0)
    place = await look(str(tmp_path))
    assert "defect" in because(place)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("ftp://nas.example/shop", "sftp, ftps"),
        ("s3://bucket/shop?key=SECRET", "endpoint and region"),
        ("s3://bucket/shop?endpoint=nas.example", "no valid address"),
        ("s3://bucket/shop?endpoint=http://nas.example", "not encrypted"),
        ("webdav://user@nas.example/shop", "not encrypted"),
        ("ftps://nas.example/shop", "needs a user name"),
        ("s3://bucket/shop", "needs the key's id"),
        ("https://user@nas.example:x/shop", "no valid address"),
        ("sftp:///shop", "names no host"),
        ("sftp://nas.example:port/shop", "no valid address"),
        ("sftp://nas.example:99999/shop", "no valid address"),
        ("sftp://[::1/shop", "no valid address"),
        ("file://nas.example/shop", "three slashes"),
        ("a\0b", "no valid path"),
        ("sftp://a..b/shop", "cannot be resolved"),
    ],
)
async def test_locations_that_cannot_be_used_are_told(location, words, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: (_ for _ in ()).throw(socket.gaierror(socket.EAI_NONAME, "no")))
    place = await look(location)
    assert words in because(place)
    assert "SECRET" not in place.location + because(place)


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (("169.254.169.254",), "never connected to"),
        (("0.0.0.0", "fe80::1"), "never connected to"),
        (("169.254.169.254", "127.0.0.1"), "cannot be reached"),
        ((), "cannot be resolved"),
    ],
)
async def test_a_name_leads_to_the_owners_network_and_no_clouds_own_services(tmp_path, addresses, words):
    async def resolve(host: str) -> tuple[str, ...]:
        assert host == "nas.example"
        return addresses

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        location = f"sftp://u@nas.example:{taken.getsockname()[1]}/x"
        configured = BackupSettings.model_validate({"kind": "database", "location": location, "known_hosts": "none"})
        (place,) = (await backups(BackupPlan((configured,), tmp_path, resolve=resolve), StoppedClock(NOW))).places
    assert words in because(place)


async def test_a_name_that_is_never_answered_takes_no_longer_than_the_list_may(tmp_path):
    async def resolve(_host: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    configured = BackupSettings.model_validate({"kind": "database", "location": "sftp://u@nas.example/x"})
    (place,) = (await backups(BackupPlan((configured,), tmp_path, 0.2, resolve=resolve), StoppedClock(NOW))).places
    assert because(place) == "The name nas.example could not be looked up: no answer within 0.2 s."


async def test_a_missing_secret_and_a_missing_key_file_are_told(tmp_path, monkeypatch):
    monkeypatch.delenv("NAS_PASSWORD", raising=False)
    assert "NAS_PASSWORD" in because(await look("sftp://u@127.0.0.1:1/x", tmp_path, password="${NAS_PASSWORD}"))
    assert "key file" in because(await look("sftp://u@127.0.0.1:1/x", tmp_path, key_file="no-such-key"))


async def test_a_closed_port_is_unreachable(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        place = await look(f"sftp://u@127.0.0.1:{taken.getsockname()[1]}/x", tmp_path, known_hosts="none")
    assert "cannot be reached" in because(place)
    assert place.host == "127.0.0.1"


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x1b[31m" * 100_000])
async def test_what_speaks_no_ssh_or_stays_silent_ends_in_time(tmp_path, greeting, capfd):
    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        try:
            await writer.drain()
            await asyncio.sleep(PATIENCE if not greeting else 0)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        place = await look(
            f"sftp://u@127.0.0.1:{server.sockets[0].getsockname()[1]}/x", tmp_path, deadline=1.5, known_hosts="none"
        )
    assert "\x1b" not in because(place)
    await asyncio.sleep(0.2)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (
            "sftp://backup@NAS.example:2222/shop",
            SftpFolder("nas.example", 2222, "backup", "/shop", "sftp://nas.example:2222/shop"),
        ),
        ("sftp://nas.example", SftpFolder("nas.example", 22, "", ".", "sftp://nas.example")),
        ("sftp://nas.example:22/~/shop", SftpFolder("nas.example", 22, "", "shop", "sftp://nas.example/~/shop")),
        ("sftp://nas.example/~", SftpFolder("nas.example", 22, "", ".", "sftp://nas.example/~")),
        ("sftp://a%40b@[::1]/a%20b?x=1#y", SftpFolder("::1", 22, "a@b", "/a b", "sftp://[::1]/a%20b")),
        ("sftp://bücher.example/x", SftpFolder("xn--bcher-kva.example", 22, "", "/x", "sftp://bücher.example/x")),
        ("ftps://me@nas.example/~/shop", FtpsFolder("nas.example", 21, "me", "shop", "ftps://nas.example/~/shop")),
        ("ftps://me@nas.example:990/a", FtpsFolder("nas.example", 990, "me", "/a", "ftps://nas.example:990/a")),
        (
            "s3://KEY@Shop-Bucket/a/b?endpoint=https://s3.nas.example&region=eu",
            StoreFolder(
                "s3", "s3.nas.example", "https://s3.nas.example", "Shop-Bucket", "eu", "KEY", "/a/b", "s3://shop-bucket/a/b"
            ),
        ),
        (
            "webdavs://me@nas.example:8443/dav/shop",
            StoreFolder(
                "webdav",
                "nas.example",
                "https://nas.example:8443",
                "",
                "",
                "me",
                "/dav/shop",
                "webdavs://nas.example:8443/dav/shop",
            ),
        ),
        (
            "https://nas.example/beat?token=1",
            Heartbeat("nas.example", "https://nas.example/beat?token=1", "https://nas.example/beat"),
        ),
        ("C:\\backups", LocalFolder(Path("/etc/C:\\backups"), "C:\\backups")),
    ],
)
def test_locations(location, expected):
    assert locate(location, Path("/etc")) == expected


def test_locations_never_show_secrets():
    assert shown_location("sftp://user:p@ss@nas.example/x?token=1#2") == "sftp://nas.example/x"
    assert shown_location("SFTP://u@H:22/x") == "sftp://h/x"
    assert shown_location("sftp://user@[::1/x") == "sftp://[::1/x"
    with pytest.raises(CannotLook):
        locate("sftp://xn--\u200b.example/", Path())


DATABASE = ("petal.sql", "petal.sql.gz", "a.sql.bz2", "a.SQL.XZ", "a.sql.zst", "a.sql.zip", "a.dump", "shop-dump-2026.11.20.gz",
            "backup_2026-11-20-0300_Petal_Stem_0123456789ab-db.gz", "backup_x-db.gz.crypt", "1700000000-abcdef01.sql.bz2",
            "1416000000_db.sql", "1416000000_db.gz", "db-2026-11-20.zip", "mysqldump-1.tar.gz", "a.sql.gz.gpg")  # fmt: skip
SITE = ("petal.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst", "1416000000_filesystem_code.tgz",
        "backup_2026-11-20-0300_Petal_Stem_0123456789ab-uploads.zip",
        "files-and-db.zip", "wedding-shop.zip", "site-dump.tar.gz")  # fmt: skip
BOTH = (
    "backup-11.20.2026_03-00-00_shop.tar.gz",
    "cpmove-shop.tar.gz",
    "petal.wpress",
    "site-petal.jpa",
    "20261120_ab_archive.zip",
)
NEITHER = ("readme.txt", "a.sql.md5", "a.gz.log", "sql", "zip", "a.sql.part", ".a.sql", "backup.log", "x" * 2000 + ".sql")


def test_the_usual_names():
    database, site = looks_like("database", None), looks_like("site", None)
    assert [name for name in (*DATABASE, *BOTH) if not database(name)] == []
    assert [name for name in (*SITE, *BOTH) if not site(name)] == []
    assert [name for name in (*SITE, *NEITHER) if database(name)] == []
    assert [name for name in (*DATABASE, *NEITHER) if site(name)] == []


@pytest.mark.parametrize("name", ["dump" * 249 + "x", "dump" + "." * 990 + "g", "-db1" * 249, "backup-1.1.2026_" * 60])
def test_long_names_cost_no_time(name):
    with cpu(2):
        for kind in ("database", "site"):
            looks_like(kind, None)(name)
            looks_like(kind, "*a*b*c*d*e*f*.sql")(name)
