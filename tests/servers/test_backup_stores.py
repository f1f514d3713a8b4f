"""Backups at real servers of other kinds: FTP over TLS (pyftpdlib), S3 (moto), WebDAV (wsgidav), a heartbeat, restic and borg."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from checks.backup.age import backup_database_stale
from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from checks.backup.whereabouts import backup_same_server
from scanner import Arrival, BackupPlace, Backups, Found, Inconclusive, Passed, Unavailable, Welcome
from scanner.gatherers.backups import backups as gatherer
from scanner.gatherers.backups import content
from scanner.gatherers.backups import ftps as module
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan
from scanner.gatherers.owner import records as owner_records
from scanner.settings.models import BackupSettings
from scanner.testing import installation, installations
from scanner.text.clock import Clock, StoppedClock
from tests.here import Here
from tests.patience import PATIENCE
from tests.servers import records_there
from tests.servers.processes import free_port
from tests.servers.test_backup_reading import NOW, dump, put, zipped

pytestmark = [
    pytest.mark.filterwarnings("ignore:The async.* module is deprecated:DeprecationWarning"),  # pyftpdlib on Python 3.11
    pytest.mark.usefixtures("here"),
]

SHOP = installations(installation("opencart"))
PASSWORD = "violets-and-roses"
STRANGER = Arrival(Welcome.OPEN, "https://petalandstem.example", "/", NOW, addresses=("192.0.2.1",))


async def look(location: str, *, deadline: float = 20, **more: object) -> tuple[BackupPlace, Backups]:
    given = {"kind": "database", "location": location, "password": "${BACKUP_PASSWORD}", **more}
    seen = await backups(BackupPlan((BackupSettings.model_validate(given),), Path("/"), deadline), StoppedClock(NOW))
    return seen.places[0], seen


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_PASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is one of this computer's."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def fill(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    put(folder, "shop-2026-11-20.sql.gz", gzip.compress(dump(), 1))
    put(folder, "shop-2026-11-19.sql.gz", gzip.compress(dump(), 1), 33)
    put(folder, "README.txt", b"hello")
    (folder / "old").mkdir(exist_ok=True)


def good(place: BackupPlace, seen: Backups, *, folders: int = 1) -> None:
    assert isinstance(place.files, tuple), place.files
    assert [file.name for file in place.files] == ["shop-2026-11-20.sql.gz", "shop-2026-11-19.sql.gz"]
    assert place.folders == folders
    assert place.address == "127.0.0.1"
    corrupt = backup_corrupt(seen, SHOP)
    assert isinstance(corrupt, Passed), corrupt
    assert corrupt.because is not None
    assert "9 hours old" in corrupt.because
    assert "opened, 2 tables, ends properly" in corrupt.because
    assert isinstance(backup_database_stale(seen), Passed)
    assert isinstance(backup_same_server(seen, STRANGER), Passed)
    assert PASSWORD not in repr(seen)


def unread(place: BackupPlace, seen: Backups) -> str:
    assert isinstance(place.files, Unavailable), place
    for verdict in (backup_missing(seen), backup_database_stale(seen), backup_corrupt(seen, SHOP)):
        assert isinstance(verdict, Inconclusive)
    assert PASSWORD not in place.files.because
    return place.files.because


# --- FTP over TLS ---


@contextlib.contextmanager
def ftps(
    folder: Path,
    authority: trustme.CA,
    *,
    tls: bool = True,
    implicit: bool = False,
    mlsd: bool = True,
    name: str = "127.0.0.1",
    **handling: object,
) -> Iterator[int]:
    """pyftpdlib, in a thread; without mlsd as vsftpd is. implicit: TLS from the first byte. handling: what its handler does
    otherwise than as it comes."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

    pem = folder.parent / "server.pem"
    certificate = authority.issue_cert(name)
    certificate.private_key_and_cert_chain_pem.write_to_path(pem)
    users = DummyAuthorizer()
    users.add_user("florist", PASSWORD, str(folder), perm="elr")

    class Handler(TLS_FTPHandler if tls else FTPHandler):
        authorizer = users
        banner = "ready"
        use_sendfile = False

        def handle(self) -> None:
            if implicit:
                self.secure_connection(self.get_ssl_context())
            else:
                super().handle()

        def handle_ssl_established(self) -> None:
            if implicit:
                super().handle()

    if tls:
        Handler.certfile = str(pem)
        Handler.tls_control_required = Handler.tls_data_required = True
    if not mlsd:
        Handler.proto_cmds = {key: value for key, value in Handler.proto_cmds.items() if key not in {"MLSD", "MLST"}}
    for attribute, value in handling.items():
        setattr(Handler, attribute, value)
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), Handler, ioloop=loop)
    thread = threading.Thread(target=lambda: server.serve_forever(timeout=0.05, handle_exit=False), daemon=True)
    thread.start()
    try:
        yield server.socket.getsockname()[1]
    finally:
        server._shutdown = True
        loop.call_later(0, server.close_all)
        thread.join(PATIENCE)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("mlsd", [True, False])
async def test_ftps(tmp_path: Path, authority: trustme.CA, mlsd: bool) -> None:
    fill(tmp_path / "ftp" / "shop")
    with ftps(tmp_path / "ftp", authority, mlsd=mlsd) as port:
        good(
            *await look(f"ftps://florist@127.0.0.1:{port}/shop"), folders=1 if mlsd else 0
        )  # a bare list of names tells no folders


@pytest.mark.usefixtures("trusted")
async def test_ftps_with_tls_from_the_first_byte(tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "ftp" / "shop")
    with ftps(tmp_path / "ftp", authority, implicit=True) as port:
        monkeypatch.setattr(module, "IMPLICIT_PORT", port)
        good(*await look(f"ftps://florist@127.0.0.1:{port}/shop"))
        assert "refuses the login" in unread(*await look(f"ftps://stranger@127.0.0.1:{port}/shop"))


@pytest.mark.usefixtures("trusted")
async def test_ftps_reads_from_any_place_of_a_file(
    tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "READ_WHOLE", 1000)
    (tmp_path / "ftp").mkdir()
    put(tmp_path / "ftp", "shop.zip", zipped("a", "b"))
    with ftps(tmp_path / "ftp", authority) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/", kind="site")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)


@pytest.mark.usefixtures("trusted")
async def test_ftps_tells_a_damaged_one(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ftp").mkdir()
    put(tmp_path / "ftp", "shop.sql.gz", gzip.compress(dump(), 1)[:-1000])
    with ftps(tmp_path / "ftp", authority) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(backup_corrupt(seen, SHOP), Found)


@pytest.mark.usefixtures("trusted")
async def test_ftps_without_the_folder(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ftp").mkdir()
    with ftps(tmp_path / "ftp", authority) as port:
        place, seen = await look(f"ftps://florist@127.0.0.1:{port}/gone")
    assert place.folder_missing
    assert isinstance(backup_missing(seen), Found)


@pytest.mark.usefixtures("trusted")
async def test_ftps_refuses_the_login(tmp_path: Path, authority: trustme.CA) -> None:
    fill(tmp_path / "ftp")
    with ftps(tmp_path / "ftp", authority) as port:
        assert "refuses the login" in unread(*await look(f"ftps://stranger@127.0.0.1:{port}/"))


async def test_ftps_with_a_certificate_that_nobody_vouches_for(tmp_path: Path, authority: trustme.CA) -> None:
    fill(tmp_path / "ftp")
    with ftps(tmp_path / "ftp", authority) as port:
        assert "not trusted" in unread(*await look(f"ftps://florist@127.0.0.1:{port}/"))


@pytest.mark.usefixtures("trusted")
async def test_ftps_with_anothers_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    fill(tmp_path / "ftp")
    with ftps(tmp_path / "ftp", authority, name="another.example") as port:
        assert "not trusted" in unread(*await look(f"ftps://florist@127.0.0.1:{port}/"))


async def test_a_server_without_encryption_is_sent_no_password(tmp_path: Path, authority: trustme.CA) -> None:
    fill(tmp_path / "ftp")
    with ftps(tmp_path / "ftp", authority, tls=False) as port:
        assert "no encryption" in unread(*await look(f"ftps://florist@127.0.0.1:{port}/"))


async def test_ftps_where_nobody_listens() -> None:
    assert "nothing listens" in unread(*await look(f"ftps://florist@127.0.0.1:{free_port()}/"))


# --- S3 ---


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, object]]:
    """moto's server, and a client that puts files into it."""
    server_module = pytest.importorskip("moto.server")
    import boto3

    server = server_module.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="KEY", aws_secret_access_key=PASSWORD
    )
    client.create_bucket(Bucket="backups")
    yield endpoint, client
    server.stop()


async def test_s3(s3: tuple[str, object]) -> None:
    """What is put there now has today's time: so "now" is today too."""
    from datetime import UTC, datetime, timedelta

    endpoint, client = s3
    client.put_object(Bucket="backups", Key="shop/shop.sql.gz", Body=gzip.compress(dump("-- Dump completed\n"), 1))
    client.put_object(Bucket="backups", Key="shop/readme.txt", Body=b"x")
    client.put_object(Bucket="backups", Key="shop/old/x.sql", Body=b"x")
    given = BackupSettings.model_validate(
        {"kind": "database", "location": f"s3://KEY@backups/shop?endpoint={endpoint}", "password": "${BACKUP_PASSWORD}"}
    )
    now = datetime.now(UTC) + timedelta(hours=2)
    seen = await backups(BackupPlan((given,), Path("/")), StoppedClock(now))
    (place,) = seen.places
    assert isinstance(place.files, tuple), place.files
    assert [file.name for file in place.files] == ["shop.sql.gz"]
    assert place.files[0].modified == client.head_object(Bucket="backups", Key="shop/shop.sql.gz")["LastModified"]
    assert (place.folders, place.location, place.address) == (1, "s3://backups/shop", "127.0.0.1")
    assert isinstance(backup_corrupt(seen, SHOP), Passed)
    assert isinstance(backup_database_stale(seen), Passed)


async def test_s3_with_an_empty_folder(s3: tuple[str, object]) -> None:
    _, seen = await look(f"s3://KEY@backups/nothing?endpoint={s3[0]}")
    assert isinstance(backup_missing(seen), Found)


async def test_s3_without_the_bucket(s3: tuple[str, object]) -> None:
    assert "no such bucket" in unread(*await look(f"s3://KEY@gone/shop?endpoint={s3[0]}"))


# --- WebDAV ---


@contextlib.contextmanager
def wsgidav(folder: Path) -> Iterator[int]:
    """wsgidav behind cheroot, read-only, with a password."""
    app_module = pytest.importorskip("wsgidav.wsgidav_app")
    from cheroot import wsgi

    app = app_module.WsgiDAVApp(
        {
            "provider_mapping": {"/": {"root": str(folder), "readonly": True}},
            "simple_dc": {"user_mapping": {"*": {"florist": {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable_loggers": []},
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield int(server.bind_addr[1])
    server.stop()
    thread.join(PATIENCE)


@pytest.fixture(scope="module")
def webdav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("dav")
    fill(folder / "shop")
    put(folder, "site.zip", zipped("a")[:-100])
    with wsgidav(folder) as port:
        yield f"127.0.0.1:{port}", folder


async def test_webdav(webdav: tuple[str, Path]) -> None:
    good(*await look(f"webdav://florist@{webdav[0]}/shop"))


async def test_webdav_tells_a_damaged_one(webdav: tuple[str, Path]) -> None:
    _, seen = await look(f"webdav://florist@{webdav[0]}/", kind="site")
    verdict = backup_corrupt(seen, SHOP)
    assert isinstance(verdict, Found)
    assert "no directory at its end" in verdict.findings[0].shown


async def test_webdav_refuses_the_login(webdav: tuple[str, Path]) -> None:
    assert "refuses the login" in unread(*await look(f"webdav://stranger@{webdav[0]}/shop"))


async def test_webdav_without_the_folder(webdav: tuple[str, Path]) -> None:
    _, seen = await look(f"webdav://florist@{webdav[0]}/gone")
    assert isinstance(backup_missing(seen), Found)


async def test_a_store_where_nobody_listens() -> None:
    unread(*await look(f"webdav://florist@127.0.0.1:{free_port()}/shop"))


async def test_a_store_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(gatherer, "TELLING", PATIENCE)  # it ends by itself
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        words = unread(*await look(f"webdav://florist@127.0.0.1:{silent.getsockname()[1]}/shop", deadline=1))
    assert words == "127.0.0.1 did not answer in time."


# --- records at the same servers ---


@pytest.fixture
def records_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_records, "CHILDREN", Here("scanner.gatherers.owner.reading"))


@pytest.mark.usefixtures("trusted", "records_here")
async def test_records_by_ftps(tmp_path: Path, authority: trustme.CA) -> None:
    records_there.put(tmp_path / "ftp" / "chats")
    with ftps(tmp_path / "ftp", authority) as port:
        place = await records_there.looked(f"ftps://florist@127.0.0.1:{port}/chats", password="${BACKUP_PASSWORD}")
        records_there.all_seen(place)
        gone = await records_there.looked(f"ftps://florist@127.0.0.1:{port}/gone", password="${BACKUP_PASSWORD}")
    assert gone.folder_missing


async def test_records_by_s3(s3: tuple[str, Any]) -> None:
    """By a process apart, as in a scan; what is put there has today's time."""
    endpoint, client = s3
    for name, content_ in records_there.FILES.items():
        client.put_object(Bucket="backups", Key=f"chats/{name}", Body=content_)
    location = f"s3://KEY@backups/chats?endpoint={endpoint}"
    place = await records_there.looked(location, clock=Clock(), password="${BACKUP_PASSWORD}")
    records_there.all_seen(place)
    assert place.location == "s3://backups/chats"


async def test_records_by_webdav(tmp_path: Path) -> None:
    records_there.put(tmp_path / "chats")
    with wsgidav(tmp_path) as port:
        place = await records_there.looked(f"webdav://florist@127.0.0.1:{port}/chats", password="${BACKUP_PASSWORD}")
        refused = await records_there.looked(f"webdav://stranger@127.0.0.1:{port}/chats", password="${BACKUP_PASSWORD}")
    records_there.all_seen(place)
    assert refused.problem is not None
    assert "refuses the login" in refused.problem.because
    assert PASSWORD not in repr((place, refused))


# --- heartbeat ---


@contextlib.contextmanager
def heartbeat(authority: trustme.CA, folder: Path, status: int, body: bytes, modified: str = "") -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if modified:
                self.send_header("Last-Modified", modified)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "beat.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "beat.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/shop/last-backup"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("status", "body", "modified", "expected"),
    [
        (200, b"2026-11-20T03:00:00Z\n", "", Passed),
        (200, b"2026-11-20 04:00:00+01:00", "", Passed),
        (200, b"ok", "Fri, 20 Nov 2026 03:00:00 GMT", Passed),
        (200, b"ok", "Fri, 06 Nov 2026 03:00:00 GMT", Found),
        (200, b"2026-11-06T03:00:00Z", "Fri, 20 Nov 2026 03:00:00 GMT", Found),
        (200, b"ok", "", Inconclusive),
        (200, b"ok", "yesterday", Inconclusive),
        (500, b"", "Fri, 20 Nov 2026 03:00:00 GMT", Inconclusive),
        (302, b"", "Fri, 20 Nov 2026 03:00:00 GMT", Inconclusive),
        (200, b"x" * 5_000_000, "Fri, 20 Nov 2026 03:00:00 GMT", Passed),
    ],
)
async def test_a_heartbeat(
    tmp_path: Path, authority: trustme.CA, status: int, body: bytes, modified: str, expected: type
) -> None:
    with heartbeat(authority, tmp_path, status, body, modified) as address:
        place, seen = await look(address + "?key=SECRET")
    assert isinstance(backup_database_stale(seen), expected), place
    assert "SECRET" not in repr(seen)
    assert isinstance(backup_corrupt(seen, SHOP), Inconclusive)


@pytest.mark.usefixtures("trusted")
async def test_a_heartbeat_that_is_gone(tmp_path: Path, authority: trustme.CA) -> None:
    with heartbeat(authority, tmp_path, 404, b"") as address:
        assert isinstance(backup_missing((await look(address))[1]), Found)


async def test_a_heartbeat_with_an_unknown_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    with heartbeat(authority, tmp_path, 200, b"2026-11-20T03:00:00Z") as address:
        unread(*await look(address))


# --- repositories ---


def repository(folder: Path, tool: str, hours: float) -> None:
    (folder / "data").mkdir()
    put(folder, "config", b"x", 9000)
    if tool == "restic":
        for name in ("snapshots", "keys", "index", "locks"):
            (folder / name).mkdir()
        put(folder / "snapshots", "ab" * 32, b"x" * 300, hours)
        put(folder / "snapshots", "cd" * 32, b"x" * 300, 900)
    else:
        put(folder, "README", b"This is a Borg Backup repository.\n", 9000)
        put(folder, "index.42", b"x" * 3000, hours)


@pytest.mark.parametrize("tool", ["restic", "borg"])
@pytest.mark.parametrize(("hours", "expected"), [(9, Passed), (900, Found)])
async def test_a_repository_by_its_newest_snapshot(tmp_path: Path, tool: str, hours: float, expected: type) -> None:
    repository(tmp_path, tool, hours)
    _, seen = await look(str(tmp_path), password=None)
    assert isinstance(backup_database_stale(seen), expected)
    corrupt = backup_corrupt(seen, SHOP)
    assert isinstance(corrupt, Inconclusive)
    assert f"{tool} check" in corrupt.because


async def test_a_repository_without_a_snapshot_is_no_backup(tmp_path: Path) -> None:
    repository(tmp_path, "restic", 9)
    for file in (tmp_path / "snapshots").iterdir():
        file.unlink()
    assert isinstance(backup_missing((await look(str(tmp_path), password=None))[1]), Found)


@pytest.mark.usefixtures("trusted")
async def test_a_repository_over_ftps(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ftp").mkdir()
    repository(tmp_path / "ftp", "restic", 9)
    with ftps(tmp_path / "ftp", authority) as port:
        _, seen = await look(f"ftps://florist@127.0.0.1:{port}/")
    assert isinstance(backup_database_stale(seen), Passed)


def test_the_environment_is_left_as_it_was() -> None:
    assert "AWS_SECRET_ACCESS_KEY" not in os.environ
