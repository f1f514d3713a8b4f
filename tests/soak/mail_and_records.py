"""The parsers of letters, of what name servers and registries say, and of the owner's records: the second half of the table."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from scanner.evidence import DnsAnswer, DnsLookup, Existence, Letter, LetterSignature, MailDomain, Unavailable
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.backups.places import CannotLook
from scanner.gatherers.backups.streams import Timed
from scanner.gatherers.letters import errands
from scanner.gatherers.letters.mailboxes import Lying, NoLetters, lying_at
from scanner.gatherers.letters.reading import read_letter
from scanner.gatherers.names import rdap
from scanner.gatherers.net import dns_wire, dnssec
from scanner.gatherers.owner import contents
from scanner.mail import caa, dkim, dmarc, spf, transport
from scanner.mail.answers import Answers
from tests.patience import PATIENCE, moment
from tests.signed_names import signed_tree
from tests.soak import pieces
from tests.soak.pieces import Parser
from tests.zones import Tree

DOMAIN = "petalandstem.example"
NO_CONTROL = frozenset("\x1b\u202e\x00")


def letter(data: bytes) -> None:
    """A letter, a mailbox, and each signature tried with a key that is one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.eml"
        file.write_bytes(data)
        try:
            lying = lying_at(file, "a.eml", 20)
        except NoLetters as error:
            assert "a.eml" in str(error)
            return
        assert len(lying.pieces) <= 20
        for piece in lying.pieces:
            try:
                found = read_letter(piece, "mx.petalandstem.example")
            except NoLetters as error:
                assert piece.name in str(error)
                continue
            json.dumps(encode(found)).encode()
            assert decode(encode(found), known_classes([Letter, Lying])) == found
            assert len(found.links) <= 2_000
            signatures = found.sender.signatures or (LetterSignature(DOMAIN, "s"),)
            assert len(errands._tried(data, signatures, {f"s._domainkey.{DOMAIN}": key()})) == len(signatures)


@cache
def key() -> str:
    import base64

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    der = (
        rsa.generate_private_key(65_537, 1024)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return f"v=DKIM1; p={base64.b64encode(der).decode()}"


class _Every(Answers):
    """A world in which each question is answered by the same lines."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__(())
        self._lines = lines

    def get(self, name: str, kind: str) -> DnsAnswer | Unavailable:
        """The lines, as records of whatever is asked for."""
        assert len(name) < 10_000
        assert kind
        return DnsAnswer(Existence.FOUND, self._lines)


def mail_records(data: bytes) -> None:
    """SPF, DMARC, DKIM, MTA-STS, TLS reports, CAA, TLSA and MX, each from every line and from all of them."""
    said = data.decode("utf-8", "replace")
    lines = tuple(said.splitlines()[:100])
    for line in (said, *lines):
        with contextlib.suppress(spf.BadRecord):
            spf.parsed(line)
        dmarc.parsed(line)
        dkim.parsed("s", line)
        transport.sts_rules(line)
        transport.tlsa(line)
    answers = _Every(lines)
    spf.examined(DOMAIN, answers)
    spf.check_host(ip_address("192.0.2.1"), DOMAIN, f"a@{DOMAIN}", DOMAIN, answers)
    dmarc.examined(DOMAIN, answers)
    lookups = tuple(DnsLookup(name, "TXT", answers.get(name, "TXT")) for name in (DOMAIN, f"s._domainkey.{DOMAIN}"))
    dkim.examined(MailDomain(DOMAIN, lookups, selectors=(("s", "given"),)))
    transport.sts_record(DOMAIN, answers)
    transport.tls_reports(DOMAIN, answers)
    transport.exchanges(DOMAIN, answers)
    transport.dane(DOMAIN, (), answers)
    caa.issuers(f"www.{DOMAIN}", answers)


QUERY = dns.message.make_query(f"www.{DOMAIN}.", "A", id=0)


@cache
def anchored() -> Tree:
    """Zones whose root's keys are trusted."""
    return signed_tree()


@cache
def good_answers() -> tuple[bytes, ...]:
    """Answers of signed zones: what is there, what is not, keys."""
    tree = anchored()
    names = ("signed.example.", "www.signed.example.", "nothing.signed.example.", "nothing.hashed.example.")
    asked = [*((name, "A") for name in names), ("signed.example.", "DNSKEY"), ("signed.example.", "DS")]
    made = (tree.answer(dns.message.make_query(name, kind, id=0, want_dnssec=True)) for name, kind in asked)
    return tuple(one.to_wire(max_size=65_535) for one in made if one is not None)


def name_server(data: bytes) -> None:
    """An answer, and a good one in which something was replaced: read, and validated with the keys of a real tree of zones."""
    good = good_answers()[data[0] % len(good_answers()) if data else 0]
    at = int.from_bytes(data[1:3], "big") % len(good)
    for wire in (data, good[:at] + data[3:] + good[at + len(data[3:]) :]):
        query = QUERY
        with contextlib.suppress(dns.exception.DNSException, ValueError):
            asked = dns.message.from_wire(wire[:4] + b"\x00\x01" + bytes(6) + wire[12:], ignore_trailing=True)
            if asked.question:
                query = dns.message.make_query(asked.question[0].name, asked.question[0].rdtype, id=0)
        try:
            found = dns_wire.read(query, b"\0\0" + wire[2:])
        except (dns_wire.TooMuch, dns.exception.DNSException):
            continue
        if found is not None:
            asyncio.run(_validated(found))


async def _validated(found: dns.message.Message) -> None:
    tree = anchored()
    question = found.question[0] if found.question else None
    name = question.name if question else dns.name.from_text(DOMAIN)
    kind = int(question.rdtype) if question else int(dns.rdatatype.A)

    async def ask(other: dns.name.Name, of: int) -> dns.message.Message:
        """The real keys on the way; with one bit of the answer's flags the same answer instead."""
        told = tree.answer(dns.message.make_query(other, of, id=0, want_dnssec=True))
        return found if told is None or found.flags & dns.flags.AD or (other, of) == (name, kind) else told

    dnssec.end(found, name, kind)
    judged = await dnssec.Trust(ask, tree.anchors, lambda: tree.now).judge(found, name, kind)
    assert judged.why or judged == dnssec.SECURE


RECORDS = ("a.csv", "a.xlsx", "a.docx", "a.mbox", "a.eml", "a.txt", "a.json", "a.html", "a.zip", "a.tar.gz", "\u202ea\x1b.xml")


def records(data: bytes) -> None:
    for name in RECORDS:
        source = Timed(contents.Memory(data), moment(PATIENCE), contents.CHUNK)
        try:
            cards, why = contents.search(source, name, deep=False)
        except CannotLook as error:
            assert "seconds" not in str(error)
            continue
        assert not NO_CONTROL & set(why)
        assert len(why) < 500
        assert cards is None or (cards.count > 0 and len(cards.last) <= contents.MOST_SHOWN)


def registry(data: bytes) -> None:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return
    server = rdap._server(said, DOMAIN)
    assert not server or server.startswith("https://")
    json.dumps(encode(rdap._read(said))).encode()


PARSERS = (
    Parser("letter", letter, pieces.LETTER),
    Parser("mail records", mail_records, pieces.MAIL_RECORDS),
    Parser("name server", name_server, pieces.DNS),
    Parser("records", records, (*pieces.BACKUP, *pieces.RECORDS)),
    Parser("registry", registry, (*pieces.JSON, *pieces.RDAP)),
)
