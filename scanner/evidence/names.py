"""The shop's domain itself: is it signed, who may issue certificates for it, does a name of it lead where anybody may settle, and
until when is it paid for?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.evidence.dns import DnsLookup, Security
from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Dnssec:
    """state: BROKEN only where the parent's signed answer names a key, two name servers of the zone were asked themselves and
    both gave what fails; UNKNOWN where it cannot be told from here. why: what is wrong, or what stands in the way.
    servers: those that were asked themselves."""

    state: Security
    why: str = ""
    servers: tuple[str, ...] = ()


class Fate(StrEnum):
    """Who has the name that one of the shop's names leads to."""

    HELD = "held"
    """Somebody; or it is of no kind that can be taken."""
    UNREGISTERED = "unregistered"
    """Nobody: its domain can be registered by anyone."""
    UNCLAIMED = "unclaimed"
    """A service whose customers have names, and which says that it knows none of this name."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where one name leads. type: ``CNAME``, ``MX`` or ``NS``. to: the name it leads to, the last of a chain of aliases.

    service: whose name ``to`` is, where the service is known. proof: what proves the fate, for a person to read.
    """

    name: str
    type: str
    to: str
    fate: Fate | Unavailable
    service: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry says by RDAP (RFC 9083). expires: until when the domain is paid for; None where it does not say."""

    expires: datetime | None
    registrar: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """domain: the shop's registrable domain; host: the shop's own name. lookups: whatever was asked, CAA of the host and above
    among it. leads: by name. left_out: how many names were not looked at. registration: None where RDAP was not switched on."""

    domain: str
    host: str
    lookups: tuple[DnsLookup, ...]
    dnssec: Dnssec | Unavailable
    leads: tuple[Lead, ...]
    gathered_at: datetime
    left_out: int = 0
    registration: Registration | Unavailable | None = None
