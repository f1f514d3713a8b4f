"""Real databases and caches on loopback: each is recognised by its greeting, and the article's fixes close it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import checks.services
from checks.services.exposed import service_exposed
from scanner import Access, Found, Greeting, Passed
from scanner.evidence import Closed, Unavailable
from scanner.gatherers.services import ports as module
from scanner.gatherers.services.ports import WATCHED, open_ports
from scanner.rules.articles import read_article
from tests.connectors import closed_port, look
from tests.patience import PATIENCE
from tests.servers.processes import binary, free_port, needs, running

OUTSIDE = "127.0.0.9"
"""Stands for the address that strangers reach the server at; 127.0.0.1 is what the server calls itself."""
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the user that the servers run as (pytest's own are closed to other users)."""
    made = Path(tempfile.mkdtemp(prefix="exposed-"))
    if os.geteuid() == 0:
        shutil.chown(made, "nobody", "nogroup")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def as_nobody(*command: str) -> list[str]:
    """Databases refuse to run as root."""
    return [*(NOBODY if os.geteuid() == 0 else ()), *command]


def postgres(name: str) -> str:
    """Debian keeps PostgreSQL's programs in a folder of each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found:
        return str(found[-1])
    needs(name)
    return binary(name)


def fix(language: str) -> list[str]:
    """The lines that the article gives for one server."""
    article = read_article("service-exposed", Path(checks.services.__file__).with_name("service-exposed.md"))
    (block,) = [block for one in article.fixes for block in one.blocks if block.language == language]
    return block.text.splitlines()


@contextmanager
def redis(folder: Path, *lines: str) -> Iterator[int]:
    needs("redis-server")
    port = free_port()
    (folder / "redis.conf").write_text("\n".join([f"port {port}", "save ''", f"dir {folder}", *lines]) + "\n")
    with running([binary("redis-server"), str(folder / "redis.conf")], ports=(port,)):
        yield port


@contextmanager
def memcached(*options: str) -> Iterator[int]:
    needs("memcached")
    port = free_port()
    with running(as_nobody(binary("memcached"), "-p", str(port), "-U", "0", *options), ports=(port,)):
        yield port


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[int]:
    needs("mariadbd", "mariadb-install-db")
    data = folder / "data"
    made = as_nobody(
        binary("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"
    )
    subprocess.run([*made, "--skip-test-db"], check=True, capture_output=True)
    port = free_port()
    command = [binary("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}", f"--socket={folder / 'socket'}"]
    command += ["--innodb-buffer-pool-size=8M", f"--pid-file={folder / 'pid'}", *options]
    with running(as_nobody(*command), ports=(port,)):
        yield port


@contextmanager
def postgresql(folder: Path, *options: str) -> Iterator[int]:
    data, port = folder / "data", free_port()
    made = [postgres("initdb"), "-D", str(data), "-A", "scram-sha-256", "--no-sync", "-U", "florist"]
    (folder / "password").write_text("violets\n")
    (folder / "password").chmod(0o644)
    subprocess.run(as_nobody(*made, f"--pwfile={folder / 'password'}"), check=True, capture_output=True, cwd=folder)
    command = [postgres("postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "fsync=off", *options]
    with running(as_nobody(*command), ports=(port,), folder=folder):
        yield port


async def ask(service: str, port: int, address: str = "127.0.0.1") -> tuple[Greeting | Closed | Unavailable, object]:
    """What was seen of one service, and the verdict; the others refuse, all at one port, which is knocked at once."""
    seen = look(address=address, **{**dict.fromkeys(WATCHED, closed_port()), service: port})
    ports = await open_ports(seen.arrival, seen.target, seen.connector)
    assert seen.counts["other"] == 2
    assert len(ports.ports) == len(WATCHED)
    (one,) = [one for one in ports.ports if one.service == service]
    return one.answer, service_exposed(ports)


def said(port: int, command: str) -> str:
    """One line of a text protocol, and the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(command.encode())
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read(4000).decode()


async def test_redis_without_a_password(folder: Path) -> None:
    with redis(folder, "bind 127.0.0.1") as port:
        answer, verdict = await ask("redis", port)
        assert "cmdstat_ping:calls=1" in said(port, "INFO commandstats\r\n")  # nothing but PING was asked
    assert answer == Greeting(Access.FREE, "Redis")
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [f"redis:{port}"]


async def test_redis_with_a_password(folder: Path) -> None:
    with redis(folder, "bind 127.0.0.1", "requirepass violets") as port:
        answer, verdict = await ask("redis", port)
    assert answer == Greeting(Access.LOGIN, "Redis")
    assert isinstance(verdict, Found)


async def test_redis_closed_by_the_articles_fix(folder: Path) -> None:
    with redis(folder, "bind 127.0.0.1 127.0.0.9", "protected-mode no") as port:
        assert isinstance((await ask("redis", port, OUTSIDE))[1], Found)
    with redis(folder, *fix("redis")) as port:
        answer, verdict = await ask("redis", port, OUTSIDE)
    assert isinstance(answer, Closed)
    assert isinstance(verdict, Passed)


async def test_memcached() -> None:
    with memcached("-l", "127.0.0.1") as port:
        answer, verdict = await ask("memcached", port)
    assert isinstance(answer, Greeting)
    assert answer.access is Access.FREE
    assert answer.program.startswith("memcached 1.")
    assert isinstance(verdict, Found)


async def test_memcached_closed_by_the_articles_fix() -> None:
    with memcached("-l", "127.0.0.1,127.0.0.9") as port:
        assert isinstance((await ask("memcached", port, OUTSIDE))[1], Found)
    with memcached(*fix("memcached")[0].split()) as port:
        assert isinstance((await ask("memcached", port, OUTSIDE))[1], Passed)


async def test_mariadb(folder: Path) -> None:
    with mariadb(folder, "--bind-address=127.0.0.1") as port:
        answer, verdict = await ask("mysql", port)
    assert isinstance(answer, Greeting)
    assert answer.access is Access.LOGIN
    assert answer.program.startswith("MariaDB 1")
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == f"mysql:{port}"


async def test_mariadb_that_lets_no_stranger_log_in(folder: Path) -> None:
    """Its accounts are for other addresses than ours: it says so instead of greeting."""
    only = folder / "only.sql"
    only.write_text("DELETE FROM mysql.global_priv;\nFLUSH PRIVILEGES;\nCREATE USER shop@'192.0.2.7' IDENTIFIED BY 'violets';\n")
    only.chmod(0o644)
    with mariadb(folder, "--bind-address=127.0.0.1", "--skip-name-resolve", f"--init-file={only}") as port:
        answer, verdict = await ask("mysql", port)
    assert answer == Greeting(Access.REFUSED, "MariaDB")
    assert isinstance(verdict, Passed)


async def test_mariadb_closed_by_the_articles_fix(folder: Path) -> None:
    (line,) = fix("mysqld")
    with mariadb(folder, f"--{line.replace(' ', '')}") as port:
        assert isinstance((await ask("mysql", port, OUTSIDE))[1], Passed)


@pytest.mark.parametrize("tls", [False, True])
async def test_postgresql(folder: Path, tls: bool) -> None:
    options = []
    if tls:
        import trustme

        certificate = trustme.CA().issue_cert("db.example")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        (folder / "key.pem").chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(folder / "key.pem", "nobody", "nogroup")
        options = ["-c", "ssl=on", "-c", f"ssl_cert_file={folder / 'cert.pem'}", "-c", f"ssl_key_file={folder / 'key.pem'}"]
    with postgresql(folder, "-c", "listen_addresses=127.0.0.1", *options) as port:
        answer, verdict = await ask("postgresql", port)
    assert answer == Greeting(Access.LOGIN, "PostgreSQL")
    assert isinstance(verdict, Found)


async def test_postgresql_closed_by_the_articles_fix(folder: Path) -> None:
    with postgresql(folder, "-c", "listen_addresses=127.0.0.1,127.0.0.9") as port:
        assert isinstance((await ask("postgresql", port, OUTSIDE))[1], Found)
    shutil.rmtree(folder / "data")
    (line,) = fix("postgresql")
    with postgresql(folder, "-c", line.replace(" ", "").replace("'", "")) as port:
        assert isinstance((await ask("postgresql", port, OUTSIDE))[1], Passed)


async def test_one_server_is_not_taken_for_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GREETING_SECONDS", 1.0)
    with redis(folder, "bind 127.0.0.1") as port:
        seen = look(**dict.fromkeys(WATCHED, port))
        verdict = service_exposed(await open_ports(seen.arrival, seen.target, seen.connector))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [f"redis:{port}"]
