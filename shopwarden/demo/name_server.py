"""The demo shop's name server: what its zone says, by UDP and TCP (RFC 1035), and of all other names that there are none.

The weak shop lets anybody write in its name, and takes mail unencrypted. A root of its own is signed and says that nothing below
it is: so a scan can tell that the shop's domain has no DNSSEC, as most have none.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG

from scanner.gatherers.net.signatures import signed_data
from shopwarden.demo.connections import LOOPBACK, streams
from shopwarden.demo.hits import Hits
from shopwarden.demo.site import CDN, HOST

SELECTOR = "shop"
_ORIGIN = dns.name.from_text(HOST)
_SECONDS = 10.0
_MOST_QUESTIONS = 50
_TTL = 3600
_LIFETIME = 7 * 86_400
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
    """Answers questions about the shop's domain."""

    def __init__(self, *, hardened: bool, hits: Hits) -> None:
        self._zone = dns.zone.from_text(_BOTH + (_HARDENED if hardened else _WEAK), relativize=False)
        self._there = dns.name.from_text(".".join(CDN.split(".")[-2:]))
        self._hits = hits
        self._root = _Root()
        self.anchors = self._root.anchors

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
        if not self._root.fill(answer, question.name, question.rdtype):
            self._fill(answer, question.name, question.rdtype)
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


class _Root:
    """The top of all names: its key, and that ``example`` has none. anchors: the key's DS record, for whoever validates."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        key = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")  # RFC 6605 4
        self._key = DNSKEY(  # type: ignore[no-untyped-call]  # dnspython's
            dns.rdataclass.IN, dns.rdatatype.DNSKEY, 257, 3, Algorithm.ECDSAP256SHA256, key
        )
        self.anchors = (dns.dnssec.make_ds(".", self._key, "SHA256").to_text(),)
        self._keys = self._signed(dns.rrset.from_rdata(dns.name.root, _TTL, self._key))
        self._top = dns.name.from_text("example")
        soa = dns.rrset.from_text(".", _TTL, "IN", "SOA", ". hostmaster.example. 1 7200 900 1209600 300")
        nsec = dns.rrset.from_text(self._top, _TTL, "IN", "NSEC", ". NS RRSIG NSEC")
        self._absence = [*self._signed(soa), *self._signed(nsec)]

    def fill(self, answer: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> bool:
        """Whether the question is for the root; then the answer is there."""
        if (name, kind) == (dns.name.root, dns.rdatatype.DNSKEY):
            answer.answer += self._keys
        elif (name, kind) == (self._top, dns.rdatatype.DS):
            answer.authority += self._absence
        else:
            return False
        return True

    def _signed(self, found: dns.rrset.RRset) -> list[dns.rrset.RRset]:
        now = int(time.time())
        labels = len(found.name) - 1
        unsigned = RRSIG(  # type: ignore[no-untyped-call]  # dnspython's
            found.rdclass,
            dns.rdatatype.RRSIG,
            found.rdtype,
            Algorithm.ECDSAP256SHA256,
            labels,
            _TTL,
            now + _LIFETIME,
            now - _LIFETIME,
            dns.dnssec.key_id(self._key),
            dns.name.root,
            b"",
        )
        r, s = decode_dss_signature(self._private.sign(signed_data(found, unsigned), ec.ECDSA(hashes.SHA256())))
        signature = unsigned.replace(signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return [found, dns.rrset.from_rdata(found.name, _TTL, signature)]
