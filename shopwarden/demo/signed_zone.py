"""A zone whose every answer is signed, also that there is none (DNSSEC with NSEC, RFC 4034 and 4035)."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable

import dns.dnssec
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from dns.dnssectypes import Algorithm
from dns.rdatatype import NS, NSEC, SOA
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG

from scanner.gatherers.net.signatures import signed_data

TTL = 3600
_LIFETIME = 7 * 86_400
_ANY = dns.name.from_text("*", None)


class SignedZone:
    """origin: its top. records: with its SOA and NS at the top; an NS set below the top leads to another zone, which is signed
    where a DS set stands beside it. ds: for the zone above, or for whoever has to begin here."""

    def __init__(self, origin: dns.name.Name, records: Iterable[dns.rrset.RRset]) -> None:
        self.origin = origin
        self._private = ec.generate_private_key(ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        public = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")  # RFC 6605 4
        self._key = DNSKEY(  # type: ignore[no-untyped-call]  # dnspython's
            dns.rdataclass.IN, dns.rdatatype.DNSKEY, 257, 3, Algorithm.ECDSAP256SHA256, public
        )
        self.ds = dns.dnssec.make_ds(origin, self._key, "SHA256").to_text()
        sets = [*records, dns.rrset.from_rdata(origin, TTL, self._key)]
        self._below = [one.name for one in sets if one.rdtype == NS and one.name != origin]
        self._owners = sorted({one.name for one in sets})
        for owner, after in zip(self._owners, [*self._owners[1:], origin], strict=True):
            kinds = sorted({*(one.rdtype for one in sets if one.name == owner), dns.rdatatype.RRSIG, NSEC})
            text = " ".join(map(dns.rdatatype.to_text, kinds))
            sets.append(dns.rrset.from_text(owner, TTL, "IN", "NSEC", f"{after} {text}"))
        self._sets = {(one.name, one.rdtype): self._signed(one) for one in sets}

    def holds(self, name: dns.name.Name) -> bool:
        """Whether a name belongs to this zone, and not to one that it leads to."""
        return name.is_subdomain(self.origin) and not any(name.is_subdomain(one) for one in self._below)

    def fill(self, answer: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        """Put into a message what is there of a name in this zone, or the proof that it is not."""
        if found := self._sets.get((name, kind)):
            answer.answer += found
            return
        proofs = {self._before(name)}
        if not self._is_there(name):
            closest = next(above for above in _above(name) if self._is_there(above))
            proofs.add(self._before(_ANY.concatenate(closest)))
            answer.set_rcode(dns.rcode.NXDOMAIN)
        answer.authority += self._sets[self.origin, SOA]
        for owner in sorted(proofs):
            answer.authority += self._sets[owner, NSEC]

    def _is_there(self, name: dns.name.Name) -> bool:
        return any(owner.is_subdomain(name) for owner in self._owners)

    def _before(self, name: dns.name.Name) -> dns.name.Name:
        """Whose NSEC record is about this name: its own, or that of the last one before it (RFC 4034 6.1)."""
        return self._owners[bisect_right(self._owners, name) - 1]

    def _signed(self, found: dns.rrset.RRset) -> list[dns.rrset.RRset]:
        if found.rdtype == NS and found.name in self._below:  # said by the zone that it leads to
            return [found]
        now, labels = int(time.time()), len(found.name) - 1
        tag = dns.dnssec.key_id(self._key)
        unsigned = RRSIG(  # type: ignore[no-untyped-call]  # dnspython's
            *(found.rdclass, dns.rdatatype.RRSIG, found.rdtype, Algorithm.ECDSAP256SHA256, labels, TTL),
            *(now + _LIFETIME, now - _LIFETIME, tag, self.origin, b""),
        )
        r, s = decode_dss_signature(self._private.sign(signed_data(found, unsigned), ec.ECDSA(hashes.SHA256())))
        signature = unsigned.replace(signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return [found, dns.rrset.from_rdata(found.name, TTL, signature)]


def _above(name: dns.name.Name) -> Iterable[dns.name.Name]:
    while name != dns.name.root:
        name = name.parent()
        yield name
