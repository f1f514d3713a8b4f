"""Conversations with scripted mail servers on loopback: good ones, odd ones and hostile ones."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from scanner.evidence import Certificate, Closed, MailEncryption, MailTalk, Unavailable
from scanner.gatherers.mail import servers as module
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.scope.target import Target
from scanner.text.clock import Clock
from tests.connectors import closed_port, unanswering_port
from tests.loopback import Handler, serving

pytestmark = pytest.mark.idle_time

MX = "mail.petalandstem.example"
HELLO = "250-mail.petalandstem.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME"
PLAIN = HELLO.replace("250-STARTTLS\r\n", "")


def scripted(
    hello: str = HELLO,
    *,
    greeting: str = "220 mail.petalandstem.example ESMTP",
    start: str = "220 Go ahead",
    tls: ssl.SSLContext | None = None,
    heard: list[str] | None = None,
) -> Handler:
    """A mail server by what it says."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting.encode() + b"\r\n")
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            if heard is not None:
                heard.append(command)
            answer = {"EHLO": hello, "STARTTLS": start, "QUIT": "221 Bye"}.get(command.split(" ")[0], "500 What?")
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if command == "STARTTLS" and answer.startswith("220") and tls is not None:
                await writer.start_tls(tls)
            if command == "QUIT":
                return

    return handle


def _servers(port: int, *, talks: Talks | None = None, ca_file: Path | None = None, counts: Counter[str] | None = None,
             private: bool = True, left: Callable[[], float] = lambda: 60.0) -> MailServers:  # fmt: skip
    target = Target.of("https://petalandstem.example", ports={"smtp": port}, allow_private=private)
    return MailServers(target, talks or Talks(), Counter() if counts is None else counts, Clock(), left, ca_file)


async def _visit(handler: Handler, **more: object) -> MailTalk | Closed | Unavailable:
    async with serving(handler) as port:
        (seen,) = await _servers(port, **more).visit([(MX, ("127.0.0.1",))])  # type: ignore[arg-type]
        return seen


def _tls(*names: str, authority: trustme.CA | None = None, **more: object) -> tuple[ssl.SSLContext, trustme.CA]:
    authority = authority or trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or (MX,)), **more).configure_cert(context)  # type: ignore[arg-type]
    return context, authority


def _encryption(seen: object) -> MailEncryption:
    assert isinstance(seen, MailTalk), seen
    assert isinstance(seen.encryption, MailEncryption), seen.encryption
    return seen.encryption


def _certificate(seen: object) -> Certificate:
    shown = _encryption(seen).certificate
    assert isinstance(shown, Certificate), shown
    return shown


async def test_a_server_that_encrypts_with_a_certificate_that_holds(tmp_path: Path) -> None:
    context, authority = _tls()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    heard: list[str] = []
    counts: Counter[str] = Counter()
    seen = await _visit(scripted(tls=context, heard=heard), ca_file=tmp_path / "ca.pem", counts=counts)
    shown = _certificate(seen)
    assert (shown.covers, shown.trusted, shown.distrust) == (True, True, "")
    assert _encryption(seen).protocol == "TLSv1.3"
    assert isinstance(seen, MailTalk)
    assert (seen.greeting, seen.extensions) == ("mail.petalandstem.example ESMTP", ("PIPELINING", "STARTTLS", "8BITMIME"))
    assert heard == ["EHLO [127.0.0.1]", "STARTTLS", "QUIT"]
    assert counts["smtp"] == 1


async def test_the_chain_is_measured_for_tlsa_records(tmp_path: Path) -> None:
    root = trustme.CA()
    between = root.create_child_ca()
    context, _ = _tls(authority=between)
    root.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    encryption = _encryption(await _visit(scripted(tls=context), ca_file=tmp_path / "ca.pem"))
    assert [one.trusted_below for one in encryption.chain] == [True, True]
    assert isinstance(encryption.certificate, Certificate)
    assert encryption.chain[0].whole_sha256 == encryption.certificate.fingerprint
    assert encryption.certificate.trusted is True


async def test_a_certificate_of_nobody_known() -> None:
    shown = _certificate(await _visit(scripted(tls=_tls()[0])))
    assert (shown.covers, shown.trusted) == (True, False)
    assert shown.distrust


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    context, authority = _tls("other.example")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    shown = _certificate(await _visit(scripted(tls=context), ca_file=tmp_path / "ca.pem"))
    assert (shown.covers, shown.trusted) == (False, True)


async def test_a_certificate_that_has_expired_is_of_a_known_authority_all_the_same(tmp_path: Path) -> None:
    before = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    context, authority = _tls(not_before=before, not_after=before + datetime.timedelta(days=90))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    shown = _certificate(await _visit(scripted(tls=context), ca_file=tmp_path / "ca.pem"))
    assert shown.not_after == before + datetime.timedelta(days=90)


async def test_no_starttls() -> None:
    seen = await _visit(scripted(PLAIN))
    assert isinstance(seen, MailTalk)
    assert (seen.encryption, seen.extensions) == (None, ("PIPELINING", "8BITMIME"))


async def test_a_server_that_knows_no_ehlo() -> None:
    seen = await _visit(scripted("502 Command not implemented"))
    assert isinstance(seen, MailTalk)
    assert (seen.encryption, seen.extensions) == (None, ())


async def test_a_server_that_offers_and_refuses() -> None:
    seen = await _visit(scripted(start="503 Not now"))
    assert isinstance(seen, MailTalk)
    assert seen.encryption is None
    assert "503 Not now" in seen.because


async def test_a_server_that_cannot_just_now_is_unknown() -> None:
    seen = await _visit(scripted(start="454 TLS not available due to temporary reason"))
    assert isinstance(seen, MailTalk)
    assert isinstance(seen.encryption, Unavailable)


@pytest.mark.parametrize("hello", [HELLO.replace("STARTTLS", "XXXXXXXA"), PLAIN])
async def test_a_firewall_that_writes_over_words_hides_what_there_is(hello: str) -> None:
    greeting = "220 mail.petalandstem.example ESMTP" if "XXXX" in hello else "220 ************************"
    seen = await _visit(scripted(hello, greeting=greeting))
    assert isinstance(seen, MailTalk)
    assert isinstance(seen.encryption, Unavailable)
    assert "firewalls" in seen.encryption.because


async def test_a_server_that_breaks_off_in_the_middle_of_tls_is_unknown() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(HELLO.encode() + b"\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await writer.drain()
        await reader.read(100)

    seen = await _visit(handle)
    assert isinstance(seen, MailTalk)
    assert isinstance(seen.encryption, Unavailable)


@pytest.mark.parametrize("greeting", ["554 No SMTP service here", "421 Too busy", "220"])
async def test_a_server_that_turns_us_away(greeting: str) -> None:
    seen = await _visit(scripted("550 Go away", greeting=greeting))
    assert isinstance(seen, Unavailable)


@pytest.mark.parametrize(
    "flood", [b"220-x\r\n" * 100_000, b"220 " + b"x" * 1_000_000, b"\0" * 1_000_000, b"SSH-2.0-OpenSSH\r\n", b""]
)
async def test_what_has_no_end_or_speaks_something_else_is_unknown_and_bounded(flood: bytes) -> None:
    async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(flood)
        await writer.drain()

    counts: Counter[str] = Counter()
    assert isinstance(await _visit(handle, counts=counts), Unavailable)
    assert counts["bytes"] < 100_000


async def test_a_slow_greeting_is_waited_for_and_a_silent_server_is_not() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(20)
        await scripted(PLAIN)(reader, writer)

    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1000)

    assert isinstance(await _visit(slow), MailTalk)
    assert isinstance(await _visit(silent), Unavailable)


async def test_a_refused_connection_is_closed_only_where_another_was_taken() -> None:
    talks = Talks()
    (alone,) = await _servers(closed_port(), talks=talks).visit([(MX, ("127.0.0.1",))])
    assert isinstance(alone, Unavailable)
    assert "port 25" in alone.because
    async with serving(scripted(PLAIN)) as port:
        seen = await _servers(port, talks=Talks()).visit([(MX, ("127.0.0.1",)), ("mx2.petalandstem.example", ("127.0.0.9",))])
    assert isinstance(seen[0], MailTalk)
    assert isinstance(seen[1], Closed)


async def test_what_leaves_connections_unanswered_is_unknown_and_soon_not_tried_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(module, "TRIED_IN_VAIN", 2)
    counts: Counter[str] = Counter()
    with unanswering_port() as port:
        visitor = _servers(port, counts=counts)
        for number in range(4):
            (seen,) = await visitor.visit([(f"mx{number}.petalandstem.example", ("127.0.0.1",))])
            assert isinstance(seen, Unavailable)
            assert "Mail servers cannot be reached from here" in seen.because
    assert counts["smtp"] == 2


async def test_each_server_is_visited_once_a_run() -> None:
    talks, counts = Talks(), Counter[str]()
    async with serving(scripted(PLAIN)) as port:
        for _ in range(3):
            visitor = _servers(port, talks=talks, counts=counts)
            await visitor.visit([(MX, ("127.0.0.1",))] * 2)
    assert counts["smtp"] == 1


async def test_no_connection_goes_to_a_private_address() -> None:
    async with serving(scripted(PLAIN)) as port:
        counts: Counter[str] = Counter()
        (seen,) = await _servers(port, private=False, counts=counts).visit([(MX, ("127.0.0.1", "10.0.0.1", "169.254.169.254"))])
    assert isinstance(seen, Unavailable)
    assert counts["smtp"] == 0


async def test_in_a_private_place_no_connection_goes_out_of_it_or_to_where_a_name_of_others_leads_in_it() -> None:
    async with serving(scripted(PLAIN)) as port:
        counts: Counter[str] = Counter()
        seen = await _servers(port, counts=counts).visit(
            [(MX, ("1.1.1.1", "8.8.8.8")), ("mx.evil.example", ("127.0.0.1", "10.0.0.1"))]
        )
    assert all(isinstance(one, Unavailable) for one in seen)
    assert counts["smtp"] == 0


async def test_the_scans_time_ends_a_visit() -> None:
    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1000)

    seen = await _visit(silent, left=lambda: 2.0)
    assert isinstance(seen, Unavailable)
    assert "time" in seen.because
