"""The gatherer of Backups against a real OpenSSH server."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import checks.backup
from checks.backup.age import backup_database_stale
from checks.backup.presence import backup_missing
from scanner import Found, Inconclusive, Passed
from scanner.evidence import BackupPlace, Backups, Unavailable
from scanner.gatherers.backups import backups as module
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan
from scanner.settings.models import BackupSettings
from scanner.text.clock import StoppedClock
from tests.patience import PATIENCE, cpu, eventually
from tests.servers import records_there
from tests.servers.processes import free_port

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("here")]

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ARTICLE = Path(checks.backup.__file__).with_name("backup-not-configured.md")
READ_ONLY = next(line.partition("ssh-")[0] for line in ARTICLE.read_text().splitlines() if line.startswith("restrict,"))
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@dataclass(frozen=True)
class Sshd:
    """A running server: its port, the folder of its keys, and the folder that holds the backups."""

    port: int
    keys: Path
    backups: Path

    def known_hosts(self, key: str = "host.pub", port: int | None = None) -> str:
        kind, text, *_ = (self.keys / key).read_text().split()
        return f"[127.0.0.1]:{port or self.port} {kind} {text}\n"


def run(*command: str, typed: str = "") -> str:
    return subprocess.run(command, input=typed, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout


def keygen(file: Path, passphrase: str = "", kind: str = "ed25519") -> None:
    run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(file))


@contextmanager
def running(folder: Path, sftp: str = "internal-sftp -R", host_key: str = "host", certificate: str = "") -> Iterator[Sshd]:
    """An sshd of our own on a free port, with a certificate of its host key where one is named."""
    if not Path(SSHD).exists():
        pytest.skip("sshd is not installed")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    configuration = folder / f"sshd-{port}.conf"
    lines = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / host_key,
        "PidFile": "none",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "MaxStartups": "100",
    }
    if certificate:
        lines["HostCertificate"] = folder / certificate
    text = "".join(f"{key} {value}\n" for key, value in lines.items()) + (f"Subsystem sftp {sftp}\n" if sftp else "")
    configuration.write_text(text)
    with (folder / f"sshd-{port}.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(configuration)], stdin=subprocess.DEVNULL, stderr=log)
        try:
            wait_for(port, server, Path(log.name))
            yield Sshd(port, folder, folder / "backups")
        finally:
            server.terminate()
            server.wait(PATIENCE)


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        if server.poll() is not None:
            pytest.fail(f"sshd did not start: {log.read_text()}")
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", port)) == 0

    eventually(answers)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "other-host", "owner", "stranger", "reader"):
        keygen(folder / name)
    keygen(folder / "rsa-host", kind="rsa")
    keygen(folder / "locked", "a passphrase")
    public = {name: (folder / f"{name}.pub").read_text() for name in ("owner", "locked", "reader")}
    (folder / "authorized_keys").write_text(public["owner"] + public["locked"] + READ_ONLY + public["reader"])
    backups_folder = folder / "backups"
    (backups_folder / "empty").mkdir(parents=True)
    (backups_folder / "old").mkdir()
    (backups_folder / "hostile").mkdir()
    put(backups_folder / "petalandstem-db-2026-11-20.sql.gz", 9)
    put(backups_folder / "petalandstem-db-2026-11-19.sql.gz", 33)
    put(backups_folder / "petalandstem-db-2026-11-21.sql.gz.part", 0)
    put(backups_folder / "petalandstem-2026-11-20.tar.gz", 9)
    (backups_folder / "petalandstem-db-link.sql.gz").symlink_to("petalandstem-db-2026-11-19.sql.gz")
    put(backups_folder / "old" / "shop.sql", 900)
    (backups_folder / "old" / "empty.sql").touch()
    return folder


@pytest.fixture(scope="module")
def sshd(keys: Path) -> Iterator[Sshd]:
    with running(keys) as server:
        yield server


def put(file: Path | bytes, hours: float) -> None:
    with open(file, "wb") as opened:  # noqa: PTH123
        opened.write(b"\x1f\x8b" + b"x" * 1_200_000)
    changed = NOW.timestamp() - hours * 3600
    os.utime(file, (changed, changed))


async def look(
    server: Sshd, tmp_path: Path, folder: Path | str = "", *, port: int | None = None, deadline: float = 20, **changes: object
) -> Backups:
    """Look with the owner's key and the right host key, unless told otherwise."""
    known = tmp_path / "known_hosts"
    if not known.exists():
        known.write_text(server.known_hosts(port=port))
    path = folder if str(folder).startswith("/~") else str(server.backups / folder)
    settings = {
        "kind": "database",
        "location": f"sftp://{getpass.getuser()}@127.0.0.1:{port or server.port}{path}",
        "key_file": str(server.keys / "owner"),
        "known_hosts": "known_hosts",
        **changes,
    }
    plan = BackupPlan((BackupSettings.model_validate(settings),), tmp_path, deadline)
    return await backups(plan, StoppedClock(NOW))


def because(seen: Backups) -> str:
    place = seen.places[0]
    assert isinstance(place.files, Unavailable), place
    assert not place.folder_missing
    for verdict in (backup_missing(seen), backup_database_stale(seen)):
        assert isinstance(verdict, Inconclusive)
        assert verdict.examined == ()
    return place.files.because


def names(place: BackupPlace) -> list[str]:
    assert isinstance(place.files, tuple), place.files
    return [file.name for file in place.files]


async def test_fresh(sshd, tmp_path):
    seen = await look(sshd, tmp_path)
    place = seen.places[0]
    assert names(place) == ["petalandstem-db-2026-11-20.sql.gz", "petalandstem-db-2026-11-19.sql.gz"]
    assert (place.seen, place.folders, place.complete) == (4, 3, True)
    assert (place.host, place.address) == ("127.0.0.1", "127.0.0.1")
    assert place.location == f"sftp://127.0.0.1:{sshd.port}{sshd.backups}"
    verdict = backup_database_stale(seen)
    assert isinstance(verdict, Passed)
    assert verdict.because == "petalandstem-db-2026-11-20.sql.gz, 1.2 MB, 9 hours old (database)"


async def test_both_kinds_are_looked_at_side_by_side(sshd, tmp_path):
    (tmp_path / "known_hosts").write_text(sshd.known_hosts())
    settings = [
        BackupSettings(
            kind=kind,
            location=f"sftp://{getpass.getuser()}@127.0.0.1:{sshd.port}{sshd.backups}",
            key_file=sshd.keys / "owner",
            known_hosts=Path("known_hosts"),
        )
        for kind in ("database", "site")
    ]
    seen = await backups(BackupPlan(tuple(settings), tmp_path, 20), StoppedClock(NOW))
    assert [place.kind for place in seen.places] == ["database", "site"]
    assert names(seen.places[1]) == ["petalandstem-2026-11-20.tar.gz"]


async def test_stale(sshd, tmp_path):
    seen = await look(sshd, tmp_path, "old")
    assert [file.name for file in seen.places[0].empty] == ["empty.sql"]
    assert isinstance(backup_missing(seen), Passed)
    verdict = backup_database_stale(seen)
    assert isinstance(verdict, Found)
    assert "37 days old" in verdict.findings[0].shown


async def test_a_missing_folder_is_missing(sshd, tmp_path):
    seen = await look(sshd, tmp_path, "no-such-folder")
    assert seen.places[0].folder_missing
    assert isinstance(backup_missing(seen), Found)


async def test_an_empty_folder_is_missing(sshd, tmp_path):
    seen = await look(sshd, tmp_path, "empty")
    assert not seen.places[0].folder_missing
    verdict = backup_missing(seen)
    assert isinstance(verdict, Found)
    assert "nor any other file" in verdict.findings[0].shown


async def test_a_file_instead_of_a_folder(sshd, tmp_path):
    assert "is a file" in because(await look(sshd, tmp_path, "petalandstem-db-2026-11-20.sql.gz"))


async def test_the_home_folder_is_the_start_of_a_path_with_a_tilde(sshd, tmp_path):
    up = "/".join(".." for _ in Path.home().parts[1:])
    assert names((await look(sshd, tmp_path, f"/~/{up}{sshd.backups}")).places[0])


async def test_hostile_names(sshd, tmp_path):
    folder = os.fsencode(sshd.backups / "hostile")
    hostile = (b"\x1b[2J.sql", b"<script>alert(1)<!--.sql", b"a\nb.sql", b"caf\xe9.sql", b"a..\\..\\b.sql", b"x" * 251 + b".sql")
    for name in hostile:
        put(folder + b"/" + name, 9)
    place = (await look(sshd, tmp_path, "hostile")).places[0]
    assert len(names(place)) == len(hostile)
    assert "café.sql" in names(place)
    assert max(map(len, names(place))) == 200


async def test_twenty_thousand_files(sshd, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(20_000):
        (many / f"shop-{number:05}.sql.gz").touch()
    put(many / "newest.sql.gz", 1)
    with cpu(30, threads=True):
        place = (await look(sshd, tmp_path, str(many))).places[0]
    assert names(place) == ["newest.sql.gz"]
    assert (place.seen, len(place.empty), place.complete) == (20_001, 50, True)


async def test_login_refused(sshd, tmp_path):
    assert "refuses the login" in because(await look(sshd, tmp_path, key_file=str(sshd.keys / "stranger")))


async def test_a_key_with_a_passphrase(sshd, tmp_path, monkeypatch):
    locked = str(sshd.keys / "locked")
    assert "passphrase" in because(await look(sshd, tmp_path, key_file=locked))
    monkeypatch.setenv("BACKUP_PASSPHRASE", "a passphrase")
    assert names((await look(sshd, tmp_path, key_file=locked, password="${BACKUP_PASSPHRASE}")).places[0])


@pytest.fixture
def agent(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent that holds the owner's key."""
    path = tmp_path / "agent"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        eventually(path.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        run("ssh-add", "-q", str(keys / "owner"))
        yield
    finally:
        running.terminate()
        running.wait(PATIENCE)


@pytest.mark.usefixtures("agent")
async def test_a_key_in_the_agent(sshd, tmp_path):
    assert names((await look(sshd, tmp_path, key_file=None)).places[0])


async def test_no_key_at_all(sshd, tmp_path, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "configure key_file" in because(await look(sshd, tmp_path, key_file=None))


async def test_the_read_only_login_of_our_article_reads_and_cannot_write(keys, tmp_path):
    with running(keys, sftp="internal-sftp") as server:
        assert names((await look(server, tmp_path, key_file=str(keys / "reader"))).places[0])
        sftp = ["sftp", "-b", "-", "-P", str(server.port), "-o", f"UserKnownHostsFile={tmp_path / 'known_hosts'}"]
        put_there = f"put {tmp_path / 'known_hosts'} {tmp_path / 'written'}\n"
        where = f"{getpass.getuser()}@127.0.0.1"
        with pytest.raises(subprocess.CalledProcessError):
            run(*sftp, "-i", str(keys / "reader"), where, typed=put_there)
        assert not (tmp_path / "written").exists()
        run(*sftp, "-i", str(keys / "owner"), where, typed=put_there)
        assert (tmp_path / "written").exists()


async def test_an_unknown_host_key_is_told_with_its_fingerprint_and_never_accepted(sshd, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text("# nobody\n@revoked * ssh-ed25519 AAAA\nbroken line\n[127.0.0.1]:1 ssh-ed25519 !!!!\n")
    before = known.read_bytes()
    text = because(await look(sshd, tmp_path))
    shown = run("ssh-keygen", "-lf", str(sshd.keys / "host.pub")).split()[1]
    assert shown.startswith("SHA256:")
    assert shown in text
    assert f"sftp -o UserKnownHostsFile={known} -P {sshd.port} user@127.0.0.1" in text
    assert "ssh-keyscan" not in text
    assert known.read_bytes() == before
    assert shown in because(await look(sshd, tmp_path))


async def test_the_way_to_confirm_the_key_works(sshd, tmp_path):
    """What we tell the owner to do, done: log in once with sftp, answer yes, scan again."""
    known = tmp_path / "known_hosts"
    known.touch()
    assert "do not know the host key" in because(await look(sshd, tmp_path))
    command = ["sftp", "-b", "-", "-P", str(sshd.port), "-i", str(sshd.keys / "owner")]
    options = ["-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=accept-new", "-o", "HashKnownHosts=yes"]
    where = [f"{getpass.getuser()}@127.0.0.1"]
    run(*command, *options, *where, typed="pwd\n")
    assert b"|1|" in known.read_bytes()
    assert names((await look(sshd, tmp_path)).places[0])


@pytest.mark.parametrize("known", ["other-host.pub", "rsa-host.pub"])
async def test_a_changed_host_key_is_named_as_such(sshd, tmp_path, known):
    (tmp_path / "known_hosts").write_text(sshd.known_hosts(known))
    text = because(await look(sshd, tmp_path))
    assert text.startswith("WARNING: 127.0.0.1 shows another host key")
    assert text.count("SHA256:") == 2


async def test_of_two_known_keys_of_one_type_either_will_do(sshd, tmp_path):
    (tmp_path / "known_hosts").write_text(sshd.known_hosts("other-host.pub") + sshd.known_hosts())
    assert names((await look(sshd, tmp_path)).places[0])


async def test_an_rsa_host_key(keys, tmp_path):
    with running(keys, host_key="rsa-host") as server:
        (tmp_path / "known_hosts").write_text(server.known_hosts("rsa-host.pub"))
        assert names((await look(server, tmp_path)).places[0])


async def test_the_kind_of_key_that_is_known_is_asked_for(keys, tmp_path):
    """A server with two keys shows the known one, even where it would rather show the other."""
    text = f"host\nHostKey {keys / 'rsa-host'}"
    with running(keys, host_key=text) as server:
        (tmp_path / "known_hosts").write_text(server.known_hosts("rsa-host.pub"))
        assert names((await look(server, tmp_path)).places[0])


async def test_a_login_without_sftp(keys, tmp_path):
    with running(keys, sftp="") as server:
        assert "offers it no SFTP" in because(await look(server, tmp_path))


async def test_a_folder_that_the_login_may_not_read(keys, tmp_path):
    with running(keys, sftp="internal-sftp -P opendir") as server:
        assert "does not let this login read" in because(await look(server, tmp_path))


@asynccontextmanager
async def proxy(port: int, after: int, *, hang: bool = False) -> AsyncIterator[int]:
    """Passes bytes on both ways until the server has sent so many; then cuts the line, or leaves it hanging."""
    tasks: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        sent = 0

        async def onward() -> None:
            while data := await reader.read(65536):
                back.write(data)

        onwards = asyncio.create_task(onward())
        tasks.append(onwards)
        try:
            while sent < after and (data := await there.read(min(4096, after - sent))):
                sent += len(data)
                writer.write(data)
            if hang:
                await asyncio.sleep(PATIENCE)
        finally:
            onwards.cancel()
            back.close()
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_connection_cut_anywhere_is_never_a_verdict(sshd, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(500):
        (many / f"shop-{number:05}.sql.gz").write_bytes(b"x")
    async with proxy(sshd.port, 10**9) as whole:
        assert len(names((await look(sshd, tmp_path, str(many), port=whole)).places[0])) == 50
    (tmp_path / "known_hosts").unlink()
    for after in (0, 1, 20, 500, 1_500, 2_500, 3_500, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000):
        async with proxy(sshd.port, after) as port:
            (tmp_path / "known_hosts").write_text(sshd.known_hosts(port=port))
            text = because(await look(sshd, tmp_path, str(many), port=port, deadline=10))
            assert "broke off" in text, (after, text)


@pytest.mark.parametrize("after", [0, 300, 1_500, 2_000, 20_000])
async def test_a_line_that_hangs_ends_with_the_deadline_and_refuses_no_login(sshd, tmp_path, after, monkeypatch):
    """Before its first word, while keys are agreed on, at the login, when the folder is asked for, and in its list."""
    monkeypatch.setattr(module, "TELLING", PATIENCE)  # it ends by itself
    many = tmp_path / "many"
    many.mkdir()
    for number in range(500):
        (many / f"shop-{number:05}.sql.gz").write_bytes(b"x")
    async with proxy(sshd.port, after, hang=True) as port:
        seen = await look(sshd, tmp_path, str(many), port=port, deadline=1)
        assert because(seen) == "127.0.0.1 did not answer in time."


async def test_records_by_sftp(sshd: Sshd, tmp_path: Path) -> None:
    """By a process apart, as in a scan."""
    records_there.put(tmp_path / "chats")
    known = tmp_path / "known_hosts"
    known.write_text(sshd.known_hosts())
    login = {"key_file": str(sshd.keys / "owner"), "known_hosts": str(known)}
    where = f"sftp://{getpass.getuser()}@127.0.0.1:{sshd.port}{tmp_path}"
    records_there.all_seen(await records_there.looked(f"{where}/chats", **login))
    assert (await records_there.looked(f"{where}/gone", **login)).folder_missing
