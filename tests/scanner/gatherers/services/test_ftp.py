"""Conversations with scripted FTP servers on loopback: good ones, strict ones, broken ones and hostile ones."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from scanner.evidence import Certificate, FtpReply, FtpServer, ImplicitFtps, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer_of
from scanner.gatherers.net import connector as connector_module
from scanner.gatherers.services import ftp as module
from scanner.gatherers.services.ftp import ftp_server
from tests.connectors import HOST, NOW, Look, closed_port, look, unanswering_port
from tests.idle_time import clock
from tests.loopback import Handler, serving

pytestmark = pytest.mark.idle_time

HANG_UP = "hang up"


def scripted(
    answers: dict[str, str], greeting: str = "220 Welcome.", heard: list[str] | None = None, tls: ssl.SSLContext | None = None
) -> Handler:
    """An FTP server by a table: command (or its first word) → reply. After AUTH TLS ``tls:`` ones count."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting.encode() + b"\r\n")
        secure = ""
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            if heard is not None:
                heard.append(secure + command)
            word = command.split(" ")[0]
            answer = answers.get(secure + command) or answers.get(secure + word) or answers.get(word) or "500 Unknown command."
            if answer == HANG_UP:
                return
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if answer.startswith("234") and tls is not None:
                await writer.start_tls(tls)
                secure = "tls:"
            if word == "QUIT" or answer.startswith("421"):
                return

    return handle


FEATURES = "211-Features:\r\n AUTH TLS\r\n UTF8\r\n211 End"
PLAIN = {"FEAT": FEATURES, "USER": "331 Password?", "PASS": "530 Login incorrect.", "AUTH": "234 Go on.", "QUIT": "221 Bye."}


async def gather(seen: Look) -> FtpServer:
    return await ftp_server(seen.arrival, seen.target, seen.connector)


async def talk(handler: Handler) -> tuple[FtpServer, Look]:
    async with serving(handler) as port:
        seen = look(ftp=port)
        return await gather(seen), seen


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.2)
    monkeypatch.setattr(module, "STEP_SECONDS", 0.3)
    monkeypatch.setattr(connector_module, "CONNECT_SECONDS", 0.2)


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    return context


async def test_a_plain_server(tls: ssl.SSLContext) -> None:
    heard: list[str] = []
    server, seen = await talk(scripted(PLAIN, heard=heard, tls=tls))
    assert (server.host, server.open, server.gathered_at) == (HOST, True, NOW)
    assert server.port == seen.target.service_port("ftp")
    assert server.greeting == FtpReply(220, "Welcome.")
    assert server.features == ("AUTH TLS", "UTF8")
    assert server.user == FtpReply(331, "Password?")
    assert server.auth_tls == FtpReply(234, "Go on.")
    assert server.anonymous == FtpReply(530, "Login incorrect.")
    assert heard == ["FEAT", "USER shopwarden-check", "QUIT", "AUTH TLS", "tls:QUIT", "USER anonymous", "PASS anonymous@", "QUIT"]
    assert seen.counts["ftp"] == 4
    assert seen.counts["bytes"] > 100


async def test_the_arguments_make_it_a_gatherer() -> None:
    made = gatherer_of(ftp_server)
    assert made is not None
    assert made.makes is FtpServer


async def test_anonymous_is_let_in_and_only_greets() -> None:
    heard: list[str] = []
    server, _ = await talk(scripted({**PLAIN, "PASS": "230-Hello\r\n230 you are in."}, heard=heard))
    assert server.anonymous == FtpReply(230, "Hello\nyou are in.")
    assert heard[-2:] == ["PASS anonymous@", "QUIT"]
    without_password, _ = await talk(scripted({**PLAIN, "USER": "230 Come in."}))
    assert without_password.anonymous == FtpReply(230, "Come in.")


async def test_anonymous_is_asked_over_tls_where_the_server_insists(tls: ssl.SSLContext) -> None:
    insists = {**PLAIN, "USER": "550 SSL/TLS required on the control channel", "tls:USER": "331 Password?", "tls:PASS": "230 In."}
    heard: list[str] = []
    server, seen = await talk(scripted(insists, heard=heard, tls=tls))
    assert server.user == FtpReply(550, "SSL/TLS required on the control channel")
    assert server.anonymous == FtpReply(230, "In.")
    assert heard[-4:] == ["AUTH TLS", "tls:USER anonymous", "tls:PASS anonymous@", "tls:QUIT"]
    assert seen.counts["ftp"] == 5
    refuses, _ = await talk(scripted({**insists, "tls:PASS": "530 Login incorrect."}, tls=tls))
    assert refuses.anonymous == FtpReply(530, "Login incorrect.")


async def test_anonymous_is_not_asked_over_tls_that_is_not_offered() -> None:
    server, seen = await talk(scripted({**PLAIN, "USER": "530 Use encryption first.", "AUTH": "500 Never heard of it."}))
    assert server.anonymous == FtpReply(530, "Use encryption first.")
    assert seen.counts["ftp"] == 4


async def test_the_certificate_after_auth_tls(tls: ssl.SSLContext) -> None:
    server, _ = await talk(scripted(PLAIN, tls=tls))
    assert isinstance(server.certificate, Certificate)
    assert (server.certificate.names, server.certificate.covers) == ((HOST,), True)
    never, _ = await talk(scripted({**PLAIN, "AUTH": "502 No."}))
    assert never.certificate == Unavailable("The server does not begin TLS (502).")
    assert never.auth_tls == FtpReply(502, "No.")


def implicit(answers: dict[str, str], tls: ssl.SSLContext, heard: list[str]) -> Handler:
    """A server that speaks no word before TLS."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(tls)
        await scripted(answers, heard=heard)(reader, writer)

    return handle


async def test_the_port_where_tls_begins_at_once(tls: ssl.SSLContext) -> None:
    heard: list[str] = []
    async with serving(implicit(PLAIN, tls, heard)) as port:
        seen = look(ftp=closed_port(), ftps=port)
        server = await gather(seen)
    assert not server.open
    assert isinstance(server.implicit, ImplicitFtps)
    assert (server.implicit.port, server.implicit.open) == (port, True)
    assert server.implicit.greeting == FtpReply(220, "Welcome.")
    assert server.implicit.anonymous == FtpReply(530, "Login incorrect.")
    assert isinstance(server.implicit.certificate, Certificate)
    assert heard == ["USER anonymous", "PASS anonymous@", "QUIT"]
    assert seen.counts["ftp"] == 2


async def test_an_implicit_server_that_leaves_before_the_login(tls: ssl.SSLContext) -> None:
    async with serving(implicit({**PLAIN, "USER": HANG_UP}, tls, [])) as port:
        server = await gather(look(ftp=closed_port(), ftps=port))
    assert isinstance(server.implicit, ImplicitFtps)
    assert server.implicit.greeting == FtpReply(220, "Welcome.")
    assert isinstance(server.implicit.anonymous, Unavailable)


@pytest.mark.usefixtures("hasty")
async def test_what_does_not_speak_ftp_over_tls_stays_unknown() -> None:
    for handler in (scripted(PLAIN), _silent, _dripping, _endless(b"220-more\r\n"), _endless(b"\0")):
        async with serving(handler) as port:
            server = await gather(look(ftp=closed_port(), ftps=port))
        assert isinstance(server.implicit, Unavailable), handler


@pytest.mark.usefixtures("hasty")
async def test_neither_port_is_judged_by_the_other() -> None:
    async with serving(scripted(PLAIN)) as web, serving(scripted(PLAIN)) as port:
        with unanswering_port() as silent:
            server = await gather(look(ftp=port, ftps=silent, web=web))
            assert server.user == FtpReply(331, "Password?")
            assert isinstance(server.implicit, ImplicitFtps)
            assert not server.implicit.open


@pytest.mark.usefixtures("hasty")
async def test_tls_that_breaks_is_told(tls: ssl.SSLContext) -> None:
    insists = {**PLAIN, "USER": "530 TLS needed."}
    for handler in (scripted(insists), _after_auth(b"nonsense\r\n" * 50), _after_auth(b"")):
        server, _ = await talk(handler)
        assert server.user == FtpReply(530, "TLS needed.")
        assert server.auth_tls == FtpReply(234, "Go on.")
        assert isinstance(server.anonymous, Unavailable)


def _after_auth(sent: bytes) -> Handler:
    """Accept AUTH TLS, then send something else than a handshake (or nothing), and leave."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 Welcome.\r\n")
        while line := await reader.readline():
            writer.write(b"234 Go on.\r\n" if line.startswith(b"AUTH") else b"530 TLS needed.\r\n")
            if line.startswith(b"AUTH"):
                await reader.read(1)
                writer.write(sent)
                return

    return handle


async def test_a_server_without_features_has_none() -> None:
    server, _ = await talk(scripted({**PLAIN, "FEAT": "502 Not here."}))
    assert server.features == ()
    asks_first, _ = await talk(scripted({**PLAIN, "FEAT": "530 Please login."}))
    assert asks_first.features == Unavailable("The server does not say what it can do (530).")
    assert asks_first.user == FtpReply(331, "Password?")


async def test_a_closed_port() -> None:
    seen = look(ftp=closed_port())
    server = await gather(seen)
    assert not server.open
    assert "refuses connections" in server.because
    assert isinstance(server.greeting, Unavailable)
    assert seen.counts["ftp"] == 2


@pytest.mark.usefixtures("hasty")
async def test_an_unanswering_port() -> None:
    async with serving(scripted({})) as web:
        with unanswering_port() as port:
            server = await gather(look(ftp=port, web=web))
            assert not server.open
    with unanswering_port() as port, pytest.raises(CouldNotGather):
        await gather(look(ftp=port, web=closed_port()))


@pytest.mark.parametrize(
    ("greeting", "why"),
    [
        ("120 Ready in 5 minutes.", "not ready yet; it says 120 “Ready in 5 minutes.”"),
        ("421 Too many connections.", "takes no connection from us just now; it says 421 “Too many connections.”"),
        ("530 Not for you.", "does not let us begin; it says 530"),
        ("331 Password?", "does not let us begin; it says 331"),
        ("SSH-2.0-OpenSSH_9.6", "does not speak FTP"),
    ],
)
async def test_a_greeting_that_is_no_welcome_ends_the_visit(greeting: str, why: str) -> None:
    server, seen = await talk(scripted(PLAIN, greeting=greeting))
    assert server.open
    for part in (server.greeting, server.features, server.user, server.auth_tls, server.anonymous):
        assert isinstance(part, Unavailable)
        assert why in part.because
    assert seen.counts["ftp"] == 2


@pytest.mark.parametrize("stage", ["FEAT", "USER", "AUTH", "PASS"])
async def test_a_server_that_hangs_up_costs_only_what_came_after(stage: str) -> None:
    server, seen = await talk(scripted({**PLAIN, stage: HANG_UP}))
    gone = Unavailable("The server closed the connection without an answer.")
    assert server.greeting == FtpReply(220, "Welcome.")
    assert (server.features == gone) == (stage == "FEAT")
    assert (server.user == gone) == (stage in {"FEAT", "USER"})
    assert (server.auth_tls == gone) == (stage == "AUTH")
    assert (server.anonymous == gone) == (stage in {"USER", "PASS"})
    assert seen.counts["ftp"] == 4


async def test_a_server_that_leaves_at_once() -> None:
    async def leave(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    server, seen = await talk(leave)
    assert server.open
    assert server.greeting == Unavailable("The server closed the connection without an answer.")
    assert seen.counts["ftp"] == 2


async def test_421_after_the_user_name_is_kept_as_said() -> None:
    server, _ = await talk(scripted({**PLAIN, "USER": "421-Cleartext sessions are not accepted.\r\n421 Use TLS."}))
    assert server.user == FtpReply(421, "Cleartext sessions are not accepted.\nUse TLS.")
    assert server.user.wants_tls


async def test_a_server_that_takes_one_connection_only() -> None:
    first = True

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        welcome, first = first, False
        await scripted(PLAIN, greeting="220 Welcome." if welcome else "421 One connection an address.")(reader, writer)

    server, _ = await talk(once)
    assert server.user == FtpReply(331, "Password?")
    for part in (server.auth_tls, server.anonymous):
        assert isinstance(part, Unavailable)
        assert "421" in part.because


def _endless(line: bytes) -> Handler:
    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(line * 500)
            await writer.drain()

    return handle


async def _silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _dripping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"220 Welcome to a very slow server.\r\n" * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.1)


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 Welcome.\r\n")
    while await reader.readline():
        await asyncio.sleep(0.25)
        writer.write(b"331 Yes?\r\n")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("handler", [_silent, _dripping, _endless(b"220-more\r\n"), _endless(b"220-x"), _endless(b"\0")])
async def test_hostile_servers_are_unknown_and_soon_left(handler: Handler) -> None:
    began = clock()
    server, seen = await talk(handler)
    assert clock() - began < 1
    assert server.open
    assert isinstance(server.greeting, Unavailable)
    assert isinstance(server.user, Unavailable)
    assert seen.counts["ftp"] == 2


@pytest.mark.usefixtures("hasty")
async def test_a_slow_server_is_left_when_its_time_is_up() -> None:
    began = clock()
    server, _ = await talk(_slow)
    assert clock() - began < 2
    assert server.user == FtpReply(331, "Yes?")
    assert server.anonymous == Unavailable("The FTP server is too slow: 1 s were not enough for a short talk.")


async def test_the_scans_own_time_counts() -> None:
    async with serving(_silent) as port:
        began = clock()
        server = await gather(look(ftp=port, seconds=0.3))
    assert clock() - began < 1
    assert isinstance(server.greeting, Unavailable)


async def test_hostile_bytes_come_out_harmless() -> None:
    hostile = "220-\x1b]0;owned\x07<script>alert(1)</script>\r\n220 \u202eevil\x00\u2028"
    server, _ = await talk(scripted(PLAIN, greeting=hostile))
    assert isinstance(server.greeting, FtpReply)
    assert server.greeting.text == "‹U+001B›]0;owned‹U+0007›<script>alert(1)</script>\n‹U+202E›evil‹U+0000›‹U+2028›"
