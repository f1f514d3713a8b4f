"""DNSSEC (RFC 4033 to 4035, 5155, 9276): validated by ourselves from the root's keys; no resolver has to be believed.

Which key may sign what, and what proves that something is not there, is decided here; ``signatures`` checks a single one. The
work that hostile zones can cause is bounded: signatures tried, keys of a zone and of one tag, DS records, rounds of hashing,
parts of a name, all signatures of one scan (CVE-2023-50387, CVE-2023-50868).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.RRSIG import RRSIG

from scanner.evidence import Security
from scanner.gatherers.net import signatures as signatures_of

Ask = Callable[[dns.name.Name, int], Awaitable[dns.message.Message]]
"""A question to whoever answers: raises NameUnanswered."""

MOST_SIGNATURES = 8
"""Of one set of records that are tried."""
MOST_KEYS = 4
"""Of one tag that are tried with one signature."""
MOST_ZONE_KEYS = 32
"""Of one zone. The root and the top-level zones have up to six, in the middle of a change of all of them."""
MOST_DS = 16
"""Of one zone that are compared with its keys."""
MOST_LABELS = 16
"""Of a name: each may begin a zone, and is asked for."""
MOST_ZONES = 2_000
"""Remembered in a run; the oldest are forgotten."""
MOST_IN_VAIN = 48
"""Signatures of one zone that do not hold, until no further one of it is tried."""
MOST_ROUNDS = 150
"""Of NSEC3's hashing; beyond it resolvers take a zone as unsigned (RFC 9276 3.2)."""
MOST_DENIALS = 10
"""NSEC or NSEC3 records of one answer that are looked at."""
DIGESTS = {1: "SHA1", 2: "SHA256", 4: "SHA384"}
ZONE_KEY, REVOKED = 0x0100, 0x0080
OPT_OUT = 0x01
TOO_OLD = "the root's keys that came with this program do not fit any more, so that nothing can be validated: update it"

_RANK = {Security.SECURE: 0, Security.INSECURE: 1, Security.UNKNOWN: 2, Security.BROKEN: 3}


@dataclass(frozen=True)
class Judged:
    """What became of a validation. why: of anything but SECURE."""

    security: Security
    why: str = ""

    def weaker(self, other: Judged) -> Judged:
        """The weaker of two: what an answer of several parts is worth."""
        return self if _RANK[self.security] >= _RANK[other.security] else other


SECURE = Judged(Security.SECURE)


@dataclass(frozen=True)
class Zone:
    """A zone with what is known of its keys; keys: those that may sign its records, by algorithm and tag, where it is SECURE."""

    name: dns.name.Name
    judged: Judged
    keys: Mapping[tuple[int, int], tuple[DNSKEY, ...]] = field(default_factory=dict)


class _Bad(Exception):
    """A validation that failed, and why, in the words of evidence."""


class Trust:
    """The chain of trust from the root down, each zone looked at once.

    ask: a question of validation. anchors: the root's DS records, as zone files write them. now: seconds since 1970, UTC.
    spend: told of each signature before it is checked; raises NameUnanswered where whoever asks may have no more of them checked.
    """

    def __init__(
        self, ask: Ask, anchors: Iterable[str], now: Callable[[], float], spend: Callable[[], None] = lambda: None
    ) -> None:
        self._ask = ask
        self._spend = spend
        self._anchors = tuple(_anchor(text) for text in anchors)
        self._now = now
        self._zones: dict[dns.name.Name, Zone] = {}
        self._in_vain = Counter[dns.name.Name]()

    async def judge(self, message: dns.message.Message, name: dns.name.Name, kind: int) -> Judged:
        """What an answer is worth: its records, with the aliases that lead to them, or the proof that there are none."""
        owner, judged = name, SECURE
        for found in steps(message, name, kind):
            judged = judged.weaker(await self._positive(message, found))
            owner = _target(found, owner, kind)
        if not steps(message, name, kind) or _set(message.answer, owner, kind) is None:
            if owner != name and message.rcode() == dns.rcode.NOERROR and not denials(message):
                return judged  # an alias that leads out of this answer: whoever asked for it asks on
            judged = judged.weaker(await self._negative(message, owner, kind))
        return judged

    async def zone(self, name: dns.name.Name) -> Zone:
        """The zone that a name is in, or the first on the way that is not SECURE. Raises NameUnanswered."""
        if len(name) > MOST_LABELS + 1:
            return Zone(name, Judged(Security.UNKNOWN, f"a name of more than {MOST_LABELS} parts is not validated"))
        zone = await self._root()
        for depth in range(2, len(name) + 1):
            if zone.judged != SECURE:
                return zone
            below = await self._below(zone, dns.name.Name(name[-depth:]))
            if below is None:
                continue
            zone = below
        return zone

    async def delegated(self, parent: Zone, name: dns.name.Name) -> tuple[DS, ...] | Judged:
        """The validated DS records of a name; Judged where it has none or they cannot be had: SECURE there means that it is no
        zone of its own. Raises NameUnanswered."""
        message = await self._ask(name, dns.rdatatype.DS)
        alias = _set(message.answer, name, dns.rdatatype.CNAME)
        if alias is not None:
            return self._signed(message, alias, parent)
        found = _set(message.answer, name, dns.rdatatype.DS)
        if found is not None:
            judged = self._signed(message, found, parent)
            return tuple(one for one in found if isinstance(one, DS)) if judged == SECURE else judged
        judged = self._denied(message, name, dns.rdatatype.DS, parent)
        if judged != SECURE:
            return judged
        if _is_cut(message, name, parent):
            return Judged(Security.INSECURE, f"{_text(parent.name)} says that {_text(name)} is not signed")
        return SECURE

    async def seen(self, name: dns.name.Name, ask: Ask) -> Judged:
        """What a zone is worth as one of its own name servers shows it. ask: a question to that one. Raises NameUnanswered."""
        parent = await self.zone(name.parent())
        if parent.judged != SECURE:
            return parent.judged
        records = await self.delegated(parent, name)
        if isinstance(records, Judged):
            return Judged(Security.UNKNOWN, records.why)
        zone = self.keys(await ask(name, dns.rdatatype.DNSKEY), name, records)
        if zone.judged != SECURE:
            return zone.judged
        message = await ask(name, dns.rdatatype.SOA)
        found = _set(message.answer, name, dns.rdatatype.SOA)
        return (
            Judged(Security.UNKNOWN, "it does not show its SOA record") if found is None else self._signed(message, found, zone)
        )

    def keys(self, message: dns.message.Message, name: dns.name.Name, signed_by: Sequence[DS]) -> Zone:
        """A zone from its DNSKEY answer and what its parent says of its keys."""
        usable = [one for one in signed_by if one.algorithm in signatures_of.ALGORITHMS and one.digest_type in DIGESTS]
        if not usable:
            return Zone(name, Judged(Security.INSECURE, f"{_text(name)} is signed in a way that nobody reads"))
        strong = ([one for one in usable if one.digest_type != 1] or usable)[:MOST_DS]
        found = _set(message.answer, name, dns.rdatatype.DNSKEY)
        if found is None:
            return Zone(name, Judged(Security.BROKEN, f"{_text(name)} shows no keys, though the zone above has a DS record"))
        if len(found) > MOST_ZONE_KEYS:
            return Zone(name, Judged(Security.UNKNOWN, f"{_text(name)} shows more than {MOST_ZONE_KEYS} keys"))
        keys = _by_tag(one for one in found if isinstance(one, DNSKEY))
        entry = [key for one in strong for key in keys.get((one.algorithm, one.key_tag), ()) if _fits(name, key, one)]
        if not entry and len(usable) > MOST_DS:
            return Zone(name, Judged(Security.UNKNOWN, f"{_text(name)} has more than {MOST_DS} DS records"))
        if not entry:
            return Zone(name, Judged(Security.BROKEN, f"no key of {_text(name)} fits the DS record in the zone above"))
        judged = self._signed(message, found, Zone(name, SECURE, _by_tag(entry)))
        return Zone(name, judged, keys if judged == SECURE else {})

    async def _root(self) -> Zone:
        root = dns.name.root
        if root not in self._zones:
            message = await self._ask(root, dns.rdatatype.DNSKEY)
            if _set(message.answer, root, dns.rdatatype.DNSKEY) is not None and not _signatures(
                message.answer, root, dns.rdatatype.DNSKEY
            ):
                judged = Judged(Security.UNKNOWN, "the name server that was asked leaves signatures out")
                self._zones[root] = Zone(root, judged)
            else:
                self._zones[root] = _never_broken(self.keys(message, root, self._anchors))
        return self._zones[root]

    async def _below(self, parent: Zone, name: dns.name.Name) -> Zone | None:
        """The zone that begins at a name; None where none does."""
        if name in self._zones:
            return None if self._zones[name].name != name else self._zones[name]
        records = await self.delegated(parent, name)
        if isinstance(records, Judged):
            zone = parent if records == SECURE else Zone(name, records)
        else:
            zone = self.keys(await self._ask(name, dns.rdatatype.DNSKEY), name, records)
        if len(self._zones) >= MOST_ZONES:
            del self._zones[next(iter(self._zones))]
        self._zones[name] = _never_broken(zone) if len(name) == 2 and zone.name == name else zone
        return None if zone.name != name else self._zones[name]

    async def _positive(self, message: dns.message.Message, found: dns.rrset.RRset) -> Judged:
        signatures = _signatures(message.answer, found.name, found.rdtype)
        if found.rdtype == dns.rdatatype.CNAME and not signatures and _made_by_dname(message, found):
            return SECURE  # what it was made from is judged in its own step
        signer = next((one.signer for one in signatures if found.name.is_subdomain(one.signer)), None)
        if signer is None or (found.rdtype == dns.rdatatype.DS and signer == found.name):
            zone = await self.zone(found.name)
            if zone.judged != SECURE:
                return zone.judged
            return Judged(Security.UNKNOWN, f"the answer for {_text(found.name)} came without a signature")
        zone = await self.zone(signer)
        if zone.judged != SECURE:
            return zone.judged
        if zone.name != signer:
            return Judged(Security.BROKEN, f"{_text(signer)} signs {_text(found.name)}, but is no zone")
        return self._signed(message, found, zone)

    def _signed(self, message: dns.message.Message, found: dns.rrset.RRset, zone: Zone) -> Judged:
        """Whether a set of records is signed by a zone; of a wildcard's, whether no closer name is there."""
        section = message.answer if found in message.answer else message.authority
        try:
            signature = self._verified(section, found, zone)
        except _Bad as error:
            return Judged(Security.BROKEN, str(error))
        if signature is None:
            return Judged(Security.UNKNOWN, f"the answer for {_text(found.name)} came without a signature")
        if signature.labels < len(found.name) - 1 - found.name.is_wild():
            encloser = dns.name.Name(found.name[-(signature.labels + 1) :])
            return self._no_closer(message, found.name, encloser, zone)
        return SECURE

    def _verified(self, section: list[dns.rrset.RRset], found: dns.rrset.RRset, zone: Zone) -> RRSIG | None:
        """The signature that holds; None where there is none of this zone's. Raises _Bad."""
        signatures = [one for one in _signatures(section, found.name, found.rdtype) if one.signer == zone.name]
        why = ""
        if self._in_vain[zone.name] >= MOST_IN_VAIN:
            raise _Bad(f"too many signatures of {_text(zone.name)} do not hold")
        for signature in signatures[:MOST_SIGNATURES]:
            if signature.labels > len(found.name) - 1:
                continue
            keys = zone.keys.get((signature.algorithm, signature.key_tag), ())
            if not keys:
                why = why or f"{_text(found.name)} is signed by a key that {_text(zone.name)} does not have"
            data = signatures_of.signed_data(found, signature) if keys else b""
            for key in keys:
                self._spend()
                try:
                    signatures_of.check(data, signature, key, self._now())
                except signatures_of.Unreadable:
                    self._in_vain[zone.name] += 1
                    why = why or f"the signature of {_text(found.name)} cannot be read"
                except signatures_of.BadSignature as error:
                    self._in_vain[zone.name] += 1
                    why = f"the signature of {_text(found.name)} {error}"
                else:
                    return signature
        if why:
            raise _Bad(why)
        return None

    # --- what is not there ---

    async def _negative(self, message: dns.message.Message, name: dns.name.Name, kind: int) -> Judged:
        signer = next((one.signer for rrset in message.authority for one in _signatures([rrset], rrset.name, None)), None)
        zone = await self.zone(signer if signer is not None and name.is_subdomain(signer) else name)
        return zone.judged if zone.judged != SECURE else self._denied(message, name, kind, zone)

    def _denied(self, message: dns.message.Message, name: dns.name.Name, kind: int, zone: Zone) -> Judged:
        """Whether a zone proves that a name, or records of one type at it, are not there."""
        try:
            nsec, nsec3 = self._proofs(message, zone)
        except _Bad as error:
            return Judged(Security.BROKEN, str(error))
        absent = message.rcode() == dns.rcode.NXDOMAIN
        if nsec and _nsec_denies(nsec, name, kind, zone.name, absent=absent):
            return SECURE
        if nsec3:
            return _nsec3_denies(nsec3, name, kind, zone.name, absent=absent)
        if nsec:
            return Judged(Security.BROKEN, f"what {_text(zone.name)} shows does not prove that there is nothing at {_text(name)}")
        return Judged(Security.UNKNOWN, f"the answer that there is nothing at {_text(name)} came without its proof")

    def _no_closer(self, message: dns.message.Message, name: dns.name.Name, encloser: dns.name.Name, zone: Zone) -> Judged:
        """Of a wildcard's records: no name is nearer than the wildcard (RFC 4035 5.3.4, RFC 5155 8.8)."""
        try:
            nsec, nsec3 = self._proofs(message, zone)
        except _Bad as error:
            return Judged(Security.BROKEN, str(error))
        if any(_covers(owner, one, name, zone.name) for owner, one in nsec):
            return SECURE
        closer = dns.name.Name(name[-(len(encloser) + 1) :])
        if nsec3:
            if _hard(nsec3):
                return _TOO_MUCH
            if any(_covers3(owner, one, closer) for owner, one in nsec3):
                return SECURE
        return Judged(Security.BROKEN, f"nothing proves that {_text(name)} is answered by a wildcard")

    def _proofs(
        self, message: dns.message.Message, zone: Zone
    ) -> tuple[list[tuple[dns.name.Name, NSEC]], list[tuple[dns.name.Name, NSEC3]]]:
        """The NSEC and NSEC3 records of an answer that a zone signed, with their owners. Raises _Bad."""
        nsec: list[tuple[dns.name.Name, NSEC]] = []
        nsec3: list[tuple[dns.name.Name, NSEC3]] = []
        for found in denials(message)[:MOST_DENIALS]:
            signature = self._verified(message.authority, found, zone)
            if signature is None or signature.labels != len(found.name) - 1 - found.name.is_wild():
                continue
            for one in list(found)[:1]:
                if isinstance(one, NSEC):
                    nsec.append((found.name, one))
                elif isinstance(one, NSEC3) and one.algorithm == 1 and found.name.parent() == zone.name:
                    if nsec3 and (one.salt, one.iterations) != (nsec3[0][1].salt, nsec3[0][1].iterations):
                        continue  # a zone hashes in one way at a time
                    nsec3.append((found.name, one))
        return nsec, nsec3


# --- answers, read -----------------------------------------------------------------------------------------------------


def steps(message: dns.message.Message, name: dns.name.Name, kind: int) -> list[dns.rrset.RRset]:
    """The sets of records that answer a question, aliases first, as far as the answer holds them."""
    found: list[dns.rrset.RRset] = []
    owner = name
    while len(found) < 2 * MOST_SIGNATURES:
        final = _set(message.answer, owner, kind)
        if final is not None:
            return [*found, final]
        alias = _set(message.answer, owner, dns.rdatatype.CNAME)
        if alias is None or kind == dns.rdatatype.CNAME:
            return found
        found += [*_dnames(message, owner), alias]
        owner = alias[0].target
    return found


def end(message: dns.message.Message, name: dns.name.Name, kind: int) -> dns.name.Name:
    """The name that the aliases of an answer lead to; the name itself without any."""
    owner = name
    for found in steps(message, name, kind):
        owner = _target(found, owner, kind)
    return owner


def denials(message: dns.message.Message) -> list[dns.rrset.RRset]:
    """The sets of an answer that may prove an absence."""
    return [one for one in message.authority if one.rdtype in {dns.rdatatype.NSEC, dns.rdatatype.NSEC3}]


def _dnames(message: dns.message.Message, name: dns.name.Name) -> list[dns.rrset.RRset]:
    """The DNAME above a name; there can be no more than one that counts."""
    found = (one for one in message.answer if one.rdtype == dns.rdatatype.DNAME)
    return [one for one in found if name.is_subdomain(one.name) and name != one.name][:1]


def _target(found: dns.rrset.RRset, owner: dns.name.Name, kind: int) -> dns.name.Name:
    if found.rdtype == dns.rdatatype.CNAME and kind != dns.rdatatype.CNAME:
        target: dns.name.Name = found[0].target
        return target
    return owner


def _set(section: Iterable[dns.rrset.RRset], name: dns.name.Name, kind: int) -> dns.rrset.RRset | None:
    return next((one for one in section if one.name == name and one.rdtype == kind and one.rdclass == dns.rdataclass.IN), None)


def _signatures(section: Iterable[dns.rrset.RRset], name: dns.name.Name, kind: int | None) -> list[RRSIG]:
    return [
        one
        for rrset in section
        if rrset.name == name and rrset.rdtype == dns.rdatatype.RRSIG
        for one in rrset
        if isinstance(one, RRSIG) and kind in {None, one.type_covered}
    ]


def _made_by_dname(message: dns.message.Message, alias: dns.rrset.RRset) -> bool:
    """Whether an unsigned alias is what a DNAME of the answer makes of the name (RFC 6672 3.1)."""
    for one in _dnames(message, alias.name):
        try:
            made = alias.name.relativize(one.name).derelativize(one[0].target)
        except dns.name.NameTooLong:
            return False
        return bool(made == alias[0].target)
    return False


def _is_cut(message: dns.message.Message, name: dns.name.Name, parent: Zone) -> bool:
    """Whether the proof that there is no DS at a name says that a zone begins there."""
    for found in denials(message)[:MOST_DENIALS]:
        for one in list(found)[:1]:
            if isinstance(one, NSEC) and found.name == name:
                return _is_parents(one)
            if isinstance(one, NSEC3) and found.name.parent() == parent.name and _hash(found.name) == _hashed(name, one):
                return _is_parents(one)
    return False


# --- proofs of absence ---------------------------------------------------------------------------------------------------

_TOO_MUCH = Judged(Security.INSECURE, "its proofs of absence cost more hashing than resolvers do, so that it counts as unsigned")


def _nsec_denies(
    proofs: list[tuple[dns.name.Name, NSEC]], name: dns.name.Name, kind: int, zone: dns.name.Name, *, absent: bool
) -> bool:
    """RFC 4035 5.4."""
    for owner, one in proofs:
        if owner == name:
            return not absent and _lacks(one, kind, at_top=name == zone)
    covering = next(((owner, one) for owner, one in proofs if _covers(owner, one, name, zone)), None)
    if covering is None:
        return False
    owner, one = covering
    if one.next.is_subdomain(name):  # names below it are there, so it is itself, without any record
        return not absent
    encloser = max(_common(name, owner), _common(name, one.next), key=len)
    wildcard = dns.name.Name((b"*", *encloser.labels))
    for other, two in proofs:
        if other == wildcard:
            return not absent and _lacks(two, kind, at_top=False)
    return absent and any(_covers(other, two, wildcard, zone) for other, two in proofs)


def _nsec3_denies(
    proofs: list[tuple[dns.name.Name, NSEC3]], name: dns.name.Name, kind: int, zone: dns.name.Name, *, absent: bool
) -> Judged:
    """RFC 5155 8.4 to 8.7."""
    if _hard(proofs):
        return _TOO_MUCH
    nothing = Judged(Security.BROKEN, f"what {_text(zone)} shows does not prove that there is nothing at {_text(name)}")
    exact = _matching(proofs, name)
    if exact is not None:
        return SECURE if not absent and _lacks(exact, kind, at_top=name == zone) else nothing
    encloser = name
    while encloser != zone:
        closer, encloser = encloser, encloser.parent()
        match = _matching(proofs, encloser)
        if match is None:
            continue
        if encloser != zone and (_holds(match, dns.rdatatype.DNAME) or _is_parents(match)):
            return nothing  # what is below belongs to somebody else
        covering = next((one for owner, one in proofs if _covers3(owner, one, closer)), None)
        if covering is None:
            return nothing
        if covering.flags & OPT_OUT:
            return Judged(Security.INSECURE, f"{_text(zone)} leaves unsigned zones like {_text(closer)} out of its proofs")
        wildcard = dns.name.Name((b"*", *encloser.labels))
        at_wildcard = _matching(proofs, wildcard)
        if at_wildcard is not None:
            return SECURE if not absent and _lacks(at_wildcard, kind, at_top=False) else nothing
        return SECURE if absent and any(_covers3(owner, one, wildcard) for owner, one in proofs) else nothing
    return nothing


def _lacks(one: NSEC | NSEC3, kind: int, *, at_top: bool) -> bool:
    """Whether a name's own proof says that it has no records of a type, and is of the side of the cut that knows."""
    if _holds(one, kind) or _holds(one, dns.rdatatype.CNAME):
        return False
    if kind == dns.rdatatype.DS:
        return not _holds(one, dns.rdatatype.SOA) or at_top
    return at_top or not _is_parents(one)


def _is_parents(one: NSEC | NSEC3) -> bool:
    """Whether it is the record of a cut, seen from above."""
    return _holds(one, dns.rdatatype.NS) and not _holds(one, dns.rdatatype.SOA)


def _holds(one: NSEC | NSEC3, kind: int) -> bool:
    """Whether the map of types has this one (RFC 4034 4.1.2)."""
    window, rest = divmod(kind, 256)
    for number, bits in one.windows:
        if number == window:
            return rest // 8 < len(bits) and bool(bits[rest // 8] & (0x80 >> rest % 8))
    return False


def _covers(owner: dns.name.Name, one: NSEC, name: dns.name.Name, zone: dns.name.Name) -> bool:
    """Whether a name lies between a record's owner and the next name; the last of a zone leads to its top."""
    if _is_parents(one) and name.is_subdomain(owner):
        return False  # a parent's record says nothing about what is below the cut
    if _holds(one, dns.rdatatype.DNAME) and name.is_subdomain(owner):
        return False
    if not owner.is_subdomain(zone) or not name.is_subdomain(zone):
        return False
    return bool(owner < name and (name < one.next or one.next == zone))


def _covers3(owner: dns.name.Name, one: NSEC3, name: dns.name.Name) -> bool:
    hashed, begin, after = _hashed(name, one), _hash(owner), base64.b32hexencode(one.next).decode().rstrip("=").upper()
    return begin < hashed < after if begin < after else (hashed > begin or hashed < after)


def _matching(proofs: list[tuple[dns.name.Name, NSEC3]], name: dns.name.Name) -> NSEC3 | None:
    return next((one for owner, one in proofs if _hash(owner) == _hashed(name, one)), None)


def _hash(owner: dns.name.Name) -> str:
    return owner.labels[0].decode("ascii", "replace").upper()


def _hashed(name: dns.name.Name, one: NSEC3) -> str:
    return _hash_of(name, one.salt, one.iterations) if one.iterations <= MOST_ROUNDS else ""


@lru_cache(maxsize=4096)
def _hash_of(name: dns.name.Name, salt: bytes, rounds: int) -> str:
    return dns.dnssec.nsec3_hash(name, salt, rounds, 1).rstrip("=").upper()


def _hard(proofs: list[tuple[dns.name.Name, NSEC3]]) -> bool:
    return any(one.iterations > MOST_ROUNDS for _, one in proofs)


def _common(one: dns.name.Name, two: dns.name.Name) -> dns.name.Name:
    """The longest name that is above both."""
    while not two.is_subdomain(one):
        one = one.parent()
    return one


# --- keys ----------------------------------------------------------------------------------------------------------------


def anchors_in(text: str) -> tuple[str, ...]:
    """The root's keys in a file: lines of DS or DNSKEY records as zone files write them, comments behind ``;`` or ``#``.
    Each comes back as a DS record's data. Raises ValueError that names the line."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition(";")[0].partition("#")[0].split()
        if not words:
            continue
        kind = next((word.upper() for word in words if word.upper() in {"DS", "DNSKEY"}), "")
        start = [word.upper() for word in words].index(kind) + 1 if kind else 0
        try:
            if kind == "DNSKEY":
                key = dns.rdata.from_text("IN", "DNSKEY", " ".join(words[start:]))
                found.append(dns.dnssec.make_ds(".", key, "SHA256").to_text())
            else:
                found.append(_anchor(" ".join(words[start:])).to_text())
        except (dns.exception.DNSException, ValueError) as error:
            raise ValueError(f"line {number} is no DS or DNSKEY record of the root") from error
    if not found:
        raise ValueError("it holds no DS or DNSKEY record of the root")
    return tuple(found)


def _anchor(text: str) -> DS:
    made = dns.rdata.from_text("IN", "DS", text)
    assert isinstance(made, DS)  # noqa: S101  dnspython declares any record, and makes a DS of a DS
    return made


def _by_tag(keys: Iterable[DNSKEY]) -> dict[tuple[int, int], tuple[DNSKEY, ...]]:
    """The keys that may sign, by algorithm and tag; of one tag no more than are tried."""
    found: dict[tuple[int, int], tuple[DNSKEY, ...]] = {}
    for key in keys:
        if key.flags & ZONE_KEY and key.protocol == 3 and not key.flags & REVOKED:
            tag = (int(key.algorithm), dns.dnssec.key_id(key))
            found[tag] = (*found.get(tag, ()), key)[:MOST_KEYS]
    return found


def _fits(name: dns.name.Name, key: DNSKEY, record: DS) -> bool:
    made = dns.dnssec.make_ds(name, key, DIGESTS[record.digest_type], policy=dns.dnssec.allow_all_policy, validating=True)
    return bool(made.digest == record.digest)


def _never_broken(zone: Zone) -> Zone:
    """The root or a top-level zone that does not validate: our anchor is at fault, or the way to here."""
    if zone.judged.security is not Security.BROKEN:
        return zone
    return Zone(zone.name, Judged(Security.UNKNOWN, TOO_OLD))


def _text(name: dns.name.Name) -> str:
    return "the root" if name == dns.name.root else name.to_text(omit_final_dot=True).lower()
