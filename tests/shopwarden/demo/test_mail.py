"""The demo shop's name server and mail server answer as others do, and take nothing from anybody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from scanner.evidence import Existence, Security
from scanner.gatherers.net.dns import Dns
from scanner.mail.dkim import parsed
from scanner.mail.transport import sts_rules
from shopwarden.demo.connections import LOOPBACK, Servers, bound_datagrams, bound_socket
from shopwarden.demo.hits import Hits
from shopwarden.demo.mail_server import talk_smtp
from shopwarden.demo.name_server import NameServer
from shopwarden.demo.site import HOST, MAIL_HOST, MAIL_POLICY
from tests.patience import PATIENCE


def asked(server: NameServer, name: str, kind: str) -> dns.message.Message:
    return dns.message.from_wire(server.reply(dns.message.make_query(name, kind).to_wire()))


def texts(server: NameServer, name: str) -> list[str]:
    return [b"".join(one.strings).decode() for found in asked(server, name, "TXT").answer for one in found]


def test_the_weak_shops_records_are_weak_and_the_hardened_ones_are_not() -> None:
    weak, hardened = (NameServer(hardened=one, hits=Hits()) for one in (False, True))
    assert texts(weak, HOST) == ["v=spf1 a mx ?all"]
    assert texts(hardened, HOST) == ["v=spf1 a mx -all"]
    (short,), (good,) = (texts(one, f"shop._domainkey.{HOST}") for one in (weak, hardened))
    assert parsed("shop", short).too_short
    assert (parsed("shop", good).kind, parsed("shop", good).fault) == ("ed25519", None)
    assert sts_rules(MAIL_POLICY).faults == ()
    assert sts_rules(MAIL_POLICY).allows(MAIL_HOST)


@pytest.mark.parametrize(
    ("name", "kind", "code", "found"),
    [
        (HOST, "MX", dns.rcode.NOERROR, 1),
        (HOST, "AAAA", dns.rcode.NOERROR, 0),
        (f"_domainkey.{HOST}", "TXT", dns.rcode.NOERROR, 0),
        (f"nowhere.{HOST}", "A", dns.rcode.NXDOMAIN, 0),
        ("other.example", "A", dns.rcode.NXDOMAIN, 0),
        ("jsdelivr.net", "NS", dns.rcode.NOERROR, 0),
    ],
)
def test_what_is_there_and_what_is_not(name: str, kind: str, code: int, found: int) -> None:
    answer = asked(NameServer(hardened=False, hits=Hits()), name, kind)
    assert (answer.rcode(), len(answer.answer)) == (code, found)


@contextmanager
def serving(server: NameServer) -> Iterator[int]:
    servers = Servers()
    with bound_socket() as listener:
        port = listener.getsockname()[1]
        with bound_datagrams(port) as datagrams:
            servers.add(listener, server.talk)
            servers.add_datagrams(datagrams, server.reply)
            servers.start()
            yield port
            servers.stop()


@pytest.mark.parametrize(
    ("name", "kind", "there", "weak", "hardened"),
    [
        (HOST, "MX", Existence.FOUND, Security.INSECURE, Security.SECURE),
        (HOST, "TXT", Existence.FOUND, Security.INSECURE, Security.SECURE),
        (HOST, "AAAA", Existence.NO_DATA, Security.INSECURE, Security.SECURE),
        (f"_domainkey.{HOST}", "TXT", Existence.NO_DATA, Security.INSECURE, Security.SECURE),
        (f"nowhere.{HOST}", "A", Existence.NO_NAME, Security.INSECURE, Security.SECURE),
        (f"zz.nowhere.{HOST}", "A", Existence.NO_NAME, Security.INSECURE, Security.SECURE),
        ("other.example", "A", Existence.NO_NAME, Security.INSECURE, Security.SECURE),
        ("other", "A", Existence.NO_NAME, Security.SECURE, Security.SECURE),
        ("jsdelivr.net", "NS", Existence.NO_DATA, Security.INSECURE, Security.INSECURE),
    ],
)
async def test_signed_or_not_every_answer_holds(
    name: str, kind: str, there: Existence, weak: Security, hardened: Security
) -> None:
    for strong, security in ((False, weak), (True, hardened)):
        server = NameServer(hardened=strong, hits=Hits())
        with serving(server) as port:
            answer = await Dns(((LOOPBACK, port),), anchors=server.anchors).ask(name, kind)
        assert (answer.existence, answer.security) == (there, security), answer


@pytest.mark.parametrize("message", [b"", b"\x00", b"\xff" * 40, bytes(12)])
def test_what_is_no_question_gets_no_answer(message: bytes) -> None:
    assert NameServer(hardened=False, hits=Hits()).reply(message) == b""


def test_by_udp_and_by_tcp() -> None:
    with serving(NameServer(hardened=False, hits=Hits())) as port:
        query = dns.message.make_query(HOST, "TXT")
        for ask in (dns.query.udp, dns.query.tcp):
            answer = ask(query, LOOPBACK, timeout=PATIENCE, port=port)
            assert "?all" in answer.answer[0].to_text()


@pytest.mark.parametrize("encrypts", [False, True])
async def test_the_mail_server_says_what_it_can_do_and_takes_no_mail(*, encrypts: bool) -> None:
    servers, hits = Servers(), Hits()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if encrypts else None
    with bound_socket() as listener:
        port = listener.getsockname()[1]
        servers.add(listener, partial(talk_smtp, hits=hits, tls=tls))
        servers.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        assert (await reader.readline()).startswith(b"220 mail.petalandstem.example")
        writer.write(b"EHLO scanner.example\r\n")
        lines = [await reader.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(await reader.readline())
        assert (b"250-STARTTLS\r\n" in lines) is encrypts
        writer.write(b"MAIL FROM:<a@b.example>\r\n")
        assert (await reader.readline()).startswith(b"550")
        writer.write(b"QUIT\r\n")
        assert (await reader.readline()).startswith(b"221")
        assert await reader.read() == b""
        writer.close()
        servers.stop()
    assert hits.commands["smtp QUIT"] == 1
