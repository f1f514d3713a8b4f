"""What name servers say of a name: records, or that there are none, and whether that was validated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner.evidence.unavailable import Unavailable


class Existence(StrEnum):
    """What there is at a name. All three are facts; no answer is Unavailable."""

    FOUND = "found"
    """Records of the type that was asked for."""
    NO_DATA = "no data"
    """The name is there, or names below it are; it has no such record (RFC 2308 2.2)."""
    NO_NAME = "no name"
    """There is no such name, nor any below it (NXDOMAIN, RFC 8020)."""


class Security(StrEnum):
    """What our own validation says of an answer, by the trust anchors of the root (RFC 4035 4.3)."""

    SECURE = "secure"
    """Signed, and the signatures lead to the root's key; of an absence, its proof."""
    INSECURE = "insecure"
    """Proven to be unsigned: a signed answer says that the zone has no key."""
    BROKEN = "broken"
    """It has to be signed, and its signatures do not hold."""
    UNKNOWN = "unknown"
    """It was not validated, or could not be from here."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """One answer.

    records: as zone files write their data, sorted; a TXT's strings put together, a name without its last dot and in small
    letters. canonical: the name that aliases (CNAME, DNAME) led to; "" without. why: what is wrong where ``security`` is BROKEN
    or UNKNOWN.
    """

    existence: Existence
    records: tuple[str, ...] = ()
    canonical: str = ""
    security: Security = Security.UNKNOWN
    why: str = ""


@dataclass(frozen=True, slots=True)
class DnsLookup:
    """A question and its answer. name: in small letters, without the last dot. type: ``TXT``."""

    name: str
    type: str
    answer: DnsAnswer | Unavailable
