"""The demo shop's name server: what its zone says, by UDP and TCP (RFC 1035), and of all other names that there are none.

The weak shop lets anybody write in its name, and takes mail unencrypted. A root of its own is signed and says that nothing below
it is: so a scan can tell that the shop's domain has no DNSSEC, as most have none. The hardened shop's names are signed from the
root down, and announce the key of its mail server (DANE, RFC 7672).
"""

from __future__ import annotations

import asyncio
import socket
import struct

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from shopwarden.demo.connections import LOOPBACK, streams
from shopwarden.demo.hits import Hits
from shopwarden.demo.signed_zone import TTL, SignedZone
from shopwarden.demo.site import CDN, HOST

SELECTOR = "shop"
_ORIGIN = dns.name.from_text(HOST)
_TOP = dns.name.from_text("example")
_PROOFS = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC})
_SECONDS = 10.0
_MOST_QUESTIONS = 50
_SHORT_KEY = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALvNp1GhUjANBQqzqnWfsKp9lPG+zUax"
    "TxdXl30CxwOzgAgoo/enUa6L1492rw0d71uiVyPTa3yZ7W44RfiH1d0CAwEAAQ=="
)
"""512 bits, which can be factored in hours. Nobody has the private half."""
_GOOD_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""Ed25519, from RFC 8032 7.1."""
_BOTH = f"""
$ORIGIN {HOST}.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
ns1 A {LOOPBACK}
@ A {LOOPBACK}
www A {LOOPBACK}
stage A {LOOPBACK}
mail A {LOOPBACK}
@ MX 10 mail
"""
_WEAK = f"""
@ TXT "v=spf1 a mx ?all"
_dmarc TXT "v=DMARC1; p=none"
{SELECTOR}._domainkey TXT "v=DKIM1; k=rsa; p={_SHORT_KEY}"
"""
_HARDENED = f"""
@ TXT "v=spf1 a mx -all"
@ CAA 0 issue "letsencrypt.org"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{HOST}"
{SELECTOR}._domainkey TXT "v=DKIM1; k=ed25519; p={_GOOD_KEY}"
mta-sts A {LOOPBACK}
_mta-sts TXT "v=STSv1; id=20261130"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls-reports@{HOST}"
"""


class NameServer:
    """Answers questions about the shop's domain. mail_key: SHA-256 of the mail server's public key, which the hardened shop
    announces. anchors: the DS record of the root's key, for whoever validates."""

    def __init__(self, *, hardened: bool, hits: Hits, mail_key: bytes = b"") -> None:
        self._there = dns.name.from_text(".".join(CDN.split(".")[-2:]))
        self._hits = hits
        lines = _BOTH + (_HARDENED if hardened else _WEAK)
        if hardened and mail_key:
            lines += f"_25._tcp.mail TLSA 3 1 1 {mail_key.hex()}\n"
        self._zone = dns.zone.from_text(lines, relativize=False)
        below: list[SignedZone] = []
        if hardened:
            mine = [dns.rrset.from_rdata_list(name, found.ttl, list(found)) for name, found in self._zone.iterate_rdatasets()]
            shop = SignedZone(_ORIGIN, mine)
            top = SignedZone(_TOP, [*_head(_TOP), *_delegation(_ORIGIN, shop)])
            below = [top, shop]
        leads = [*_delegation(_TOP, *below[:1]), *_delegation(self._there)]
        self._signed = [SignedZone(dns.name.root, [*_head(dns.name.root), *leads]), *below]
        self.anchors = (self._signed[0].ds,)

    def reply(self, request: bytes) -> bytes:
        """The answer to one message; nothing where it is none."""
        try:
            query = dns.message.from_wire(request)
            (question,) = query.question
        except (dns.exception.DNSException, ValueError, struct.error):
            return b""
        self._hits.command("dns")
        answer = dns.message.make_response(query, recursion_available=True)
        answer.flags |= dns.flags.AA
        if (zone := self._signed_zone(question.name, question.rdtype)) is not None:
            zone.fill(answer, question.name, question.rdtype)
        else:
            self._fill(answer, question.name, question.rdtype)
        if not query.ednsflags & dns.flags.DO:  # who does not ask for proofs gets none (RFC 4035 3.1)
            for section in (answer.answer, answer.authority):
                section[:] = [one for one in section if one.rdtype not in _PROOFS]
        return answer.to_wire()

    async def talk(self, connection: socket.socket) -> None:
        """Hold one connection by TCP: each message with its length before it (RFC 7766 8)."""
        async with streams(connection) as (reader, writer):
            for _ in range(_MOST_QUESTIONS):
                async with asyncio.timeout(_SECONDS):
                    (size,) = struct.unpack("!H", await reader.readexactly(2))
                    answer = self.reply(await reader.readexactly(size))
                    writer.write(struct.pack("!H", len(answer)) + answer)
                    await writer.drain()

    def _signed_zone(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> SignedZone | None:
        """Which of the signed zones knows: the last one that the name belongs to. A DS record stands in the zone above."""
        place = name.parent() if kind == dns.rdatatype.DS and name != dns.name.root else name
        return next((zone for zone in reversed(self._signed) if zone.holds(place)), None)

    def _fill(self, answer: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        if name == self._there:  # where the shop's scripts come from: a domain that somebody has
            return
        if not name.is_subdomain(_ORIGIN):
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return
        found = self._zone.get_rdataset(name, kind)
        if found is not None:
            answer.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            return
        soa = self._zone.find_rdataset(_ORIGIN, dns.rdatatype.SOA)
        answer.authority.append(dns.rrset.from_rdata_list(_ORIGIN, soa.ttl, list(soa)))
        if not any(owner.is_subdomain(name) for owner in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)


def _head(origin: dns.name.Name) -> list[dns.rrset.RRset]:
    return [
        dns.rrset.from_text(origin, TTL, "IN", "SOA", f"ns1.{HOST}. hostmaster.{HOST}. 1 7200 900 1209600 300"),
        dns.rrset.from_text(origin, TTL, "IN", "NS", f"ns1.{HOST}."),
    ]


def _delegation(origin: dns.name.Name, zone: SignedZone | None = None) -> list[dns.rrset.RRset]:
    """What the zone above says of one below; signed, if that is."""
    leads = dns.rrset.from_text(origin, TTL, "IN", "NS", f"ns1.{HOST}.")
    return [leads, *([dns.rrset.from_text(origin, TTL, "IN", "DS", zone.ds)] if zone else [])]
