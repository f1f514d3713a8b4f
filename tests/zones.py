"""A tree of DNS zones with a root of its own, signed as asked, and name servers on loopback that answer from it.

It is a resolver and every zone's name server at once: it follows aliases through its zones, proves absences with NSEC or NSEC3, and
errs where a test says so (``spoil``).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import struct
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.RRSIG import RRSIG

from scanner.testing import NOW

ROOT = dns.name.root
DAY = 86_400
TTL = 300
Sets = dict[tuple[dns.name.Name, int], dns.rrset.RRset]


@dataclass
class Zone:
    """name: with its last dot. lines: ``www A 192.0.2.1``, ``@`` for the zone itself. nsec3: rounds, or None for NSEC. opt_out: leave
    unsigned zones below out of the proofs. ds: what the zone above says instead of the truth; ``none`` for nothing."""

    name: str
    lines: Iterable[str] = ()
    signed: bool = True
    nsec3: int | None = None
    opt_out: bool = False
    ds: str = ""
    sets: Sets = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.origin = dns.name.from_text(self.name)
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        key = base64.b64encode(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")).decode()
        self.key = dns.rdata.from_text("IN", "DNSKEY", f"257 3 13 {key}")
        soa = "@ SOA ns1 hostmaster 1 7200 900 1209600 300"
        for line in (soa, *self.lines):
            owner, kind, data = line.split(" ", 2)
            self.add(owner, kind, data)
        if self.signed:
            self.add("@", "DNSKEY", self.key.to_text())
            if self.nsec3 is not None:
                self.add("@", "NSEC3PARAM", f"1 0 {self.nsec3} AABB")

    def add(self, owner: str, kind: str, data: str) -> None:
        """Add a record; names without a last dot are below the zone."""
        name = dns.name.from_text(owner, self.origin) if owner != "@" else self.origin
        rdata = dns.rdata.from_text("IN", kind, data, origin=self.origin, relativize=False)
        found = self.sets.setdefault((name, rdata.rdtype), dns.rrset.RRset(name, dns.rdataclass.IN, rdata.rdtype))
        found.add(rdata, TTL)

    @property
    def names(self) -> list[dns.name.Name]:
        """Every name that the zone answers for, those without records among them, in order; not what is below a cut."""
        names: set[dns.name.Name] = set()
        for name, _ in self.sets:
            if any(self.is_cut(above) for above in _above(name, self.origin)[1:]):
                continue
            names.update(_above(name, self.origin))
        return sorted(names)

    def is_cut(self, name: dns.name.Name) -> bool:
        """Whether another zone begins there."""
        return name != self.origin and (name, dns.rdatatype.NS) in self.sets

    def types(self, name: dns.name.Name) -> list[int]:
        """The types of records at a name."""
        return [kind for owner, kind in self.sets if owner == name]


class Tree:
    """Zones that know of each other. now: when everything is signed."""

    def __init__(self, *zones: Zone, now: float = NOW.timestamp()) -> None:
        self.now = now
        self.zones = {zone.origin: zone for zone in zones}
        self.asked: list[tuple[str, str]] = []
        self.spoilt: dict[tuple[str, str], str] = {}
        for zone in zones:
            if zone.origin != ROOT:
                self._delegate(zone)

    @property
    def anchors(self) -> tuple[str, ...]:
        """The root's DS record, for whoever validates."""
        return (dns.dnssec.make_ds(ROOT, self.zones[ROOT].key, "SHA256").to_text(),)

    def spoil(self, name: str, kind: str, how: str) -> None:
        """Err in an answer. how: ``bad`` and ``expired`` signatures, ``future``, ``unsigned``, ``silent``, ``garbage``, ``cut off``,
        ``no proof``, or an error's code."""
        self.spoilt[name, kind] = how

    def _delegate(self, zone: Zone) -> None:
        above = self.zones[next(name for name in _above(zone.origin, ROOT)[1:] if name in self.zones)]
        if (zone.origin, dns.rdatatype.NS) not in zone.sets:
            zone.add("@", "NS", "ns1")
            zone.add("@", "NS", "ns2")
            zone.add("ns1", "A", "127.0.0.2")
            zone.add("ns2", "A", "127.0.0.3")
        text = zone.origin.to_text()
        for one in zone.sets[zone.origin, dns.rdatatype.NS]:
            above.add(text, "NS", one.to_text())
        if zone.ds:
            if zone.ds != "none":
                above.add(text, "DS", zone.ds)
        elif zone.signed:
            above.add(text, "DS", dns.dnssec.make_ds(zone.origin, zone.key, "SHA256").to_text())

    # --- answers ---

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """None where a test wants silence."""
        question = query.question[0]
        name, kind = question.name, question.rdtype
        self.asked.append((name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(kind)))
        how = self.spoilt.get(self.asked[-1], "")
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AA
        if how == "silent":
            return None
        if how.isupper():
            reply.set_rcode(dns.rcode.from_text(how))
            return reply
        for _ in range(10):
            led = self._fill(reply, name, kind, how)
            if led is None:
                break
            name = led
        return reply

    def _fill(self, reply: dns.message.Message, name: dns.name.Name, kind: int, how: str) -> dns.name.Name | None:
        """Put in what one zone says; the name that an alias leads to."""
        zone = self._zone_of(name, kind)
        source = name
        if name not in zone.names:
            dname = next((one for one in _above(name, zone.origin)[1:] if (one, dns.rdatatype.DNAME) in zone.sets), None)
            if dname is not None:
                found = zone.sets[dname, dns.rdatatype.DNAME]
                self._put(reply.answer, zone, found, how)
                target = name.relativize(dname).derelativize(found[0].target)
                reply.answer.append(dns.rrset.from_text(name, TTL, "IN", "CNAME", target.to_text()))
                return target if kind != dns.rdatatype.CNAME else None
            encloser = next(one for one in _above(name, zone.origin) if one in zone.names)
            source = dns.name.Name((b"*", *encloser.labels))
            if source not in zone.names:
                reply.set_rcode(dns.rcode.NXDOMAIN)
                self._absent(reply, zone, name, encloser, how)
                return None
            if zone.signed and how != "no proof":
                self._prove(reply, zone, [_closer(name, encloser)], how)
        for wanted in (kind, dns.rdatatype.CNAME):
            found = zone.sets.get((source, wanted))
            if found is not None:
                self._put(reply.answer, zone, found, how, owner=name)
                if wanted == dns.rdatatype.CNAME != kind:
                    return found[0].target
                return None
        self._put(reply.authority, zone, zone.sets[zone.origin, dns.rdatatype.SOA], how)
        if zone.signed and how != "no proof":
            hidden = zone.opt_out and zone.is_cut(name) and (name, dns.rdatatype.DS) not in zone.sets
            encloser = next(one for one in _above(name, zone.origin)[1:] if one in zone.names) if name != zone.origin else name
            if zone.nsec3 is not None and (source != name or hidden):
                self._prove(reply, zone, [encloser, _closer(name, encloser)], how)
            if not hidden:
                self._prove(reply, zone, [source], how)
        return None

    def _absent(self, reply: dns.message.Message, zone: Zone, name: dns.name.Name, encloser: dns.name.Name, how: str) -> None:
        self._put(reply.authority, zone, zone.sets[zone.origin, dns.rdatatype.SOA], how)
        if zone.signed and how != "no proof":
            wildcard = dns.name.Name((b"*", *encloser.labels))
            exact = [encloser] if zone.nsec3 is not None else []
            self._prove(reply, zone, [*exact, _closer(name, encloser), wildcard], how)

    def _zone_of(self, name: dns.name.Name, kind: int) -> Zone:
        names = _above(name, ROOT)
        if kind == dns.rdatatype.DS and name in self.zones and name != ROOT:
            names = names[1:]
        return self.zones[next(one for one in names if one in self.zones)]

    def _put(
        self, section: list[dns.rrset.RRset], zone: Zone, found: dns.rrset.RRset, how: str, owner: dns.name.Name | None = None
    ) -> None:
        """A set of records and its signature, under another name where a wildcard stands for it."""
        shown = dns.rrset.from_rdata_list(owner or found.name, TTL, list(found))
        if shown in section:
            return
        section.append(shown)
        proofs = {dns.rdatatype.DS, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}
        if zone.signed and how != "unsigned" and (found.rdtype in proofs or not zone.is_cut(found.name)):
            section.append(dns.rrset.from_rdata_list(shown.name, TTL, [self._sign(zone, found, how)]))

    def _sign(self, zone: Zone, found: dns.rrset.RRset, how: str) -> dns.rdata.Rdata:
        inception, expiration = self.now - 2 * DAY, self.now + 10 * DAY
        if how == "expired":
            expiration = self.now - DAY
        if how == "future":
            inception = self.now + DAY
        made = RRSIG(
            dns.rdataclass.IN,
            dns.rdatatype.RRSIG,
            found.rdtype,
            dns.dnssec.Algorithm.ECDSAP256SHA256,
            len(found.name) - 1 - found.name.is_wild(),
            TTL,
            int(expiration),
            int(inception),
            dns.dnssec.key_id(zone.key),
            zone.origin,
            b"",
        )
        data = dns.dnssec._make_rrsig_signature_data(found, made)
        r, s = decode_dss_signature(zone.private.sign(data, ec.ECDSA(hashes.SHA256())))
        made = made.replace(signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        if how == "bad":
            made = made.replace(signature=made.signature[:-1] + bytes([made.signature[-1] ^ 1]))
        return made

    # --- proofs ---

    def _prove(self, reply: dns.message.Message, zone: Zone, names: list[dns.name.Name], how: str) -> None:
        for name in names:
            self._put(reply.authority, zone, self._nsec(zone, name) if zone.nsec3 is None else self._nsec3(zone, name), how)

    def _nsec(self, zone: Zone, name: dns.name.Name) -> dns.rrset.RRset:
        """The record that matches or covers a name."""
        names = [one for one in zone.names if zone.types(one)]
        before = [one for one in names if one <= name]
        owner = before[-1]
        after = names[(names.index(owner) + 1) % len(names)]
        kinds = sorted({*zone.types(owner), dns.rdatatype.RRSIG, dns.rdatatype.NSEC})
        text = f"{after.to_text()} {' '.join(dns.rdatatype.to_text(kind) for kind in kinds)}"
        return dns.rrset.from_text(owner, TTL, "IN", "NSEC", text)

    def _nsec3(self, zone: Zone, name: dns.name.Name) -> dns.rrset.RRset:
        salt, rounds = bytes.fromhex("aabb"), zone.nsec3 or 0
        hidden = {one for one in zone.names if zone.opt_out and zone.is_cut(one) and (one, dns.rdatatype.DS) not in zone.sets}
        hashed = sorted((_hash(one, salt, rounds), one) for one in zone.names if one not in hidden)
        wanted = _hash(name, salt, rounds)
        place = max((number for number, (found, _) in enumerate(hashed) if found <= wanted), default=len(hashed) - 1)
        found, owner = hashed[place]
        after = hashed[(place + 1) % len(hashed)][0]
        kinds = zone.types(owner)
        if kinds and not (zone.is_cut(owner) and dns.rdatatype.DS not in kinds):
            kinds = [*kinds, dns.rdatatype.RRSIG]
        bitmap = dns.rdtypes.ANY.NSEC3.Bitmap.from_rdtypes(sorted(kinds))
        made = NSEC3(
            dns.rdataclass.IN, dns.rdatatype.NSEC3, 1, int(zone.opt_out), rounds, salt, base64.b32hexdecode(after), bitmap
        )
        return dns.rrset.from_rdata_list(dns.name.from_text(found.lower(), zone.origin), TTL, [made])


def _above(name: dns.name.Name, origin: dns.name.Name) -> list[dns.name.Name]:
    """A name and those above it, down to the origin."""
    return [dns.name.Name(name.labels[start:]) for start in range(len(name.labels) - len(origin.labels) + 1)]


def _closer(name: dns.name.Name, encloser: dns.name.Name) -> dns.name.Name:
    return dns.name.Name(name.labels[-len(encloser.labels) - 1 :])


def _hash(name: dns.name.Name, salt: bytes, rounds: int) -> str:
    return dns.dnssec.nsec3_hash(name, salt, rounds, 1).upper()


# --- on the wire ---------------------------------------------------------------------------------------------------------


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        with contextlib.suppress(dns.exception.DNSException):
            query = dns.message.from_wire(data)
            wire = _wire(self._tree, query, 1232)
            if wire:
                self._transport.sendto(wire, address)  # type: ignore[attr-defined]


def _wire(tree: Tree, query: dns.message.Message, most: int) -> bytes:
    reply = tree.answer(query)
    if reply is None:
        return b""
    how = tree.spoilt.get(tree.asked[-1], "")
    if how == "garbage":
        return query.to_wire()[:2] + b"\xff" * 30
    if how == "cut off":
        reply.flags |= dns.flags.TC
        return reply.to_wire()
    wire = reply.to_wire(max_size=65535)
    if len(wire) > most:
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC
        return short.to_wire()
    return wire


@contextlib.asynccontextmanager
async def served(tree: Tree, addresses: Iterable[str] = ("127.0.0.1", "127.0.0.2", "127.0.0.3")) -> AsyncIterator[int]:
    """Answer by UDP and TCP, on one port of all these addresses; the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = struct.unpack(">H", await reader.readexactly(2))[0]
                wire = _wire(tree, dns.message.from_wire(await reader.readexactly(size)), 65535)
                writer.write(struct.pack(">H", len(wire)) + wire)
                await writer.drain()
        writer.close()

    loop, port = asyncio.get_running_loop(), 0
    async with contextlib.AsyncExitStack() as stack:
        for address in addresses:
            server = await asyncio.start_server(talk, address, port)
            port = server.sockets[0].getsockname()[1]
            await stack.enter_async_context(server)
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(tree), local_addr=(address, port))
            stack.callback(transport.close)
        yield port
