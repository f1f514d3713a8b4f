"""Looks at scripted and small real SSH servers on loopback: good ones, old ones, broken ones and hostile ones."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
import pytest

from scanner.evidence import SshAlgorithms, SshServer, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer_of
from scanner.gatherers.net import connector as connector_module
from scanner.gatherers.services import ssh as module
from scanner.gatherers.services.ssh import ssh_server
from tests.connectors import HOST, NOW, Look, closed_port, look, unanswering_port
from tests.loopback import Handler, serving
from tests.patience import PATIENCE, eventually


def packet(payload: bytes) -> bytes:
    """An unencrypted binary packet (RFC 4253 6)."""
    padding = 8 - (len(payload) + 5) % 8 + 8
    return struct.pack(">IB", len(payload) + 1 + padding, padding) + payload + b"\0" * padding


def kexinit(**lists: str) -> bytes:
    """A KEXINIT; names by ``kex``, ``host_keys``, ``ciphers``, ``back`` (ciphers of the other direction), ``macs``."""
    ciphers = lists.get("ciphers", "aes128-ctr")
    macs = lists.get("macs", "hmac-sha2-256")
    names = [
        lists.get("kex", "curve25519-sha256@libssh.org"),
        lists.get("host_keys", "ssh-ed25519"),
        ciphers,
        lists.get("back", ciphers),
        macs,
        macs,
        "none",
        "none",
        "",
        "",
    ]
    return b"\x14" + b"c" * 16 + b"".join(struct.pack(">I", len(n.encode())) + n.encode() for n in names) + b"\0" * 5


def sending(*chunks: bytes, gap: float = 0, stay: bool = True) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(gap)
        if stay:
            await reader.read()

    return handle


OPENSSH = "SSH-2.0-OpenSSH_9.6p1"
GREETING = OPENSSH.encode() + b"\r\n"


async def gather(seen: Look) -> SshServer:
    return await ssh_server(seen.arrival, seen.target, seen.connector)


async def visit(handler: Handler) -> tuple[SshServer, Look]:
    async with serving(handler) as port:
        seen = look(ssh=port)
        return await gather(seen), seen


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.3)
    monkeypatch.setattr(module, "LOGIN_SECONDS", 0.4)
    monkeypatch.setattr(connector_module, "CONNECT_SECONDS", 0.2)


class Policy(paramiko.ServerInterface):
    """Who gets in by what."""

    def __init__(self, methods: str, none: int, users: list[str]) -> None:
        self.methods, self.none, self.users = methods, none, users

    def get_allowed_auths(self, username: str) -> str:
        self.users.append(username)
        return self.methods

    def check_auth_none(self, username: str) -> int:
        self.users.append(username)
        return self.none

    def check_auth_password(self, username: str, password: str) -> int:
        raise AssertionError("no password may ever be sent")


@contextmanager
def real(methods: str = "publickey,password", none: int = paramiko.AUTH_FAILED) -> Iterator[tuple[int, str, list[str]]]:
    """A real SSH server of paramiko's: yields its port, its host key's fingerprint and the user names it heard."""
    key = paramiko.ECDSAKey.generate()
    users: list[str] = []
    transports: list[paramiko.Transport] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transports.append(transport)
            transport.set_log_channel("tests.quiet")
            transport.add_server_key(key)
            transport.start_server(threading.Event(), Policy(methods, none, users))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], key.fingerprint, users
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
            for transport in transports:
                transport.close()
                transport.join(PATIENCE)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("tests.quiet").setLevel(logging.CRITICAL + 1)


async def test_a_real_server_with_passwords() -> None:
    with real() as (port, fingerprint, users):
        seen = look(ssh=port)
        server = await gather(seen)
    assert (server.host, server.port, server.open, server.gathered_at) == (HOST, port, True, NOW)
    assert isinstance(server.greeting, str)
    assert server.greeting.startswith("SSH-2.0-paramiko_")
    assert isinstance(server.algorithms, SshAlgorithms)
    assert "ecdsa-sha2-nistp256" in server.algorithms.host_keys
    assert "aes256-ctr" in server.algorithms.ciphers
    assert server.host_key == f"ecdsa-sha2-nistp256 {fingerprint}"
    assert server.methods == ("publickey", "password")
    assert set(users) == {"shopwarden-check"}
    assert seen.counts["ssh"] == 2
    assert seen.counts["bytes"] > 1000


async def test_a_real_server_with_keys_only() -> None:
    with real("publickey") as (port, _, _users):
        assert (await gather(look(ssh=port))).methods == ("publickey",)


async def test_a_server_that_lets_anybody_in() -> None:
    with real("publickey", paramiko.AUTH_SUCCESSFUL) as (port, _, _users):
        assert (await gather(look(ssh=port))).methods == ("none",)


async def test_a_server_that_names_none_and_refuses_it_is_not_believed() -> None:
    with real("none,password") as (port, _, _users):
        assert isinstance((await gather(look(ssh=port))).methods, Unavailable)


async def test_nothing_is_left_running(caplog: pytest.LogCaptureFixture) -> None:
    with real() as (port, _, _users):
        await gather(look(ssh=port))
    eventually(lambda: not [one.name for one in threading.enumerate() if one.name.startswith("ssh")])
    assert not caplog.records


def test_the_arguments_make_it_a_gatherer() -> None:
    made = gatherer_of(ssh_server)
    assert made is not None
    assert made.makes is SshServer


async def test_a_closed_port() -> None:
    server = await gather(look(ssh=closed_port()))
    assert not server.open
    assert "refuses connections" in server.because


@pytest.mark.usefixtures("hasty")
async def test_an_unanswering_port() -> None:
    async with serving(sending()) as web:
        with unanswering_port() as port:
            assert not (await gather(look(ssh=port, web=web))).open
    with unanswering_port() as port, pytest.raises(CouldNotGather):
        await gather(look(ssh=port, web=closed_port()))


@pytest.mark.usefixtures("hasty")
async def test_algorithms_are_read_where_they_are_too_old_for_a_login() -> None:
    kex = "diffie-hellman-group1-sha1"
    old = kexinit(kex=kex, host_keys="ssh-dss", ciphers="3des-cbc", back="arcfour,3des-cbc", macs="hmac-md5")
    server, _ = await visit(sending(GREETING, packet(old)))
    assert server.greeting == OPENSSH
    assert server.algorithms == SshAlgorithms((kex,), ("ssh-dss",), ("3des-cbc", "arcfour"), ("hmac-md5",), ("none",))
    for part in (server.methods, server.host_key):
        assert isinstance(part, Unavailable)
        assert "too old for us" in part.because


@pytest.mark.usefixtures("hasty")
async def test_lines_before_the_greeting_and_packets_before_the_offer() -> None:
    preamble = (b"Welcome to the shop\r\n", b"Keep out\n", b"SSH-1.99-Cisco-1.25\n")
    server, _ = await visit(sending(*preamble, packet(b"\x02" + b"ignore"), packet(b"\x04debug"), packet(kexinit()), gap=0.01))
    assert server.greeting == "SSH-1.99-Cisco-1.25"
    assert isinstance(server.algorithms, SshAlgorithms)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("sent", "greeting", "why"),
    [
        ((b"SSH-1.5-OpenSSH_2.1\r\n",), "SSH-1.5-OpenSSH_2.1", "does not speak SSH version 2"),
        ((b"220 (vsFTPd 3.0.3)\r\n",), None, "did not finish"),
        ((b"220 (vsFTPd 3.0.3)\r\n" * 60,), None, "does not speak SSH; it says “220"),
        ((b"x" * 9000,), None, "a line of more than 4096 bytes"),
        ((b"a\n" * 100,), None, "does not speak SSH"),
        ((GREETING,), OPENSSH, "did not finish"),
        ((GREETING, b"\xff\xff\xff\xff\x04" + b"x" * 100), OPENSSH, "not a packet"),
        ((GREETING, b"\0\0\0\x01\x04" + b"x" * 100), OPENSSH, "not a packet"),
        ((GREETING, b"\0\0\0\x10\xff" + b"x" * 100), OPENSSH, "not a packet"),
        ((GREETING, b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9), OPENSSH, "not a packet"),
        ((GREETING, packet(b"\x15")), OPENSSH, "something else"),
        ((GREETING, packet(b"\x02x") * 9), OPENSSH, "something else"),
        ((GREETING, packet(b"\x14" + b"c" * 16 + b"\xff\xff\xff\xff" + b"a" * 40)), OPENSSH, "ends too early"),
        ((GREETING, packet(b"\x14")), OPENSSH, "ends too early"),
        (
            (GREETING, packet(b"\x01" + b"\0\0\0\x0c\0\0\0\x08Go \x07away")),
            OPENSSH,
            "“Go ‹U+0007›away”",
        ),
    ],
)
async def test_what_cannot_be_understood(sent: tuple[bytes, ...], greeting: str | None, why: str) -> None:
    server, seen = await visit(sending(*sent))
    assert server.open
    assert server.greeting == greeting or (greeting is None and isinstance(server.greeting, Unavailable))
    assert isinstance(server.algorithms, Unavailable)
    assert why in server.algorithms.because
    assert server.methods == server.host_key == server.algorithms
    assert seen.counts["ssh"] == 1


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ((), "closed the connection in the middle of its SSH greeting"),
        ((b"Not allowed at this time\r\n",), "without an SSH greeting; it says “Not allowed at this time”"),
        ((b"Exceeded MaxStartups",), "without an SSH greeting; it says “Exceeded MaxStartups”"),
        ((GREETING, b"\0\0\0"), "connection"),  # closed or reset, as the kernel likes
        ((GREETING, packet(kexinit())[:-3]), "connection"),
    ],
)
async def test_a_server_that_hangs_up(sent: tuple[bytes, ...], why: str) -> None:
    server, _ = await visit(sending(*sent, stay=False))
    assert server.open
    assert isinstance(server.algorithms, Unavailable)
    assert why in server.algorithms.because


@pytest.mark.usefixtures("hasty")
async def test_a_huge_list_is_cut() -> None:
    names = ",".join(f"cipher-{i}-" + "x" * 80 for i in range(160))
    server, _ = await visit(sending(GREETING, packet(kexinit(ciphers=names, kex="\u202ex,,y"))))
    assert isinstance(server.algorithms, SshAlgorithms)
    assert len(server.algorithms.ciphers) <= 2 * module.NAMES
    assert max(map(len, server.algorithms.ciphers)) <= module.NAME_CHARACTERS
    assert server.algorithms.kex == ("\ufffd\ufffd\ufffdx", "y")


class Second:
    """Behaves on the first connection; what it does on the second, the login, is ``then``."""

    def __init__(self, then: Handler) -> None:
        self.then, self.visits = then, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        first = sending(GREETING, packet(kexinit()))
        await (first if self.visits == 1 else self.then)(reader, writer)


async def _flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 5000)
        await writer.drain()


async def _flood_lines(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"come in\r\n" * 500)
        await writer.drain()


async def _drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "then",
    [
        sending(),
        sending(stay=False),
        sending(GREETING),
        sending(GREETING, stay=False),
        sending(GREETING, packet(kexinit())),
        sending(GREETING, packet(kexinit()), stay=False),
        sending(GREETING, packet(kexinit()), packet(b"\x1f" + b"\xff" * 60)),
        sending(GREETING, b"\xff" * 5000),
        sending(b"SSH-2.0\r\n"),
        _flood,
        _flood_lines,
        _drip,
    ],
)
async def test_a_login_that_fails_keeps_what_was_read(then: Handler) -> None:
    server, seen = await visit(Second(then))
    assert server.greeting == OPENSSH
    assert isinstance(server.algorithms, SshAlgorithms)
    assert isinstance(server.methods, Unavailable)
    assert isinstance(server.host_key, Unavailable)
    assert "Our own defect" not in server.methods.because
    assert seen.counts["ssh"] == 2
    assert seen.counts["bytes"] < 2 * module.LOGIN_BYTES


@pytest.mark.usefixtures("hasty")
async def test_paramikos_log_stays_silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    await visit(Second(sending(GREETING, packet(kexinit(kex="diffie-hellman-group1-sha1")))))
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_stops_answering_after_the_first_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    real_connect = connector_module.Connector.connect

    async def connect(self: Any, *arguments: Any) -> Any:
        found = await real_connect(self, *arguments)
        if self._counts["ssh"] > 1:
            if isinstance(found, socket.socket):
                found.close()
            raise CouldNotGather("It went away.")
        return found

    monkeypatch.setattr(connector_module.Connector, "connect", connect)
    server, _ = await visit(sending(GREETING, packet(kexinit())))
    assert isinstance(server.algorithms, SshAlgorithms)
    assert server.methods == Unavailable("It went away.")


@pytest.mark.usefixtures("hasty")
async def test_the_event_loop_stays_free_meanwhile() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await visit(Second(sending()))
    ticking.cancel()
    assert ticks > 8
