"""What the shop's names show of their encryption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's own certificate, and what came of verifying it.

    fingerprint: SHA-256 in hex. names: the names it is issued for (SAN; addresses as text). key: ``RSA``, ``EC`` … with its bits.
    signatures: the hash of its own signature, then those of the intermediates sent with it (``sha256``), in lower case.
    covers: whether it is issued for the name that was asked. trusted: whether its chain ends at a known root, its dates aside.
    distrust: why not, in a few words.
    """

    fingerprint: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: str
    bits: int
    signatures: tuple[str, ...]
    covers: bool
    trusted: bool | Unavailable
    distrust: str = ""
    self_signed: bool = False


@dataclass(frozen=True, slots=True)
class TlsCipher:
    """An accepted cipher suite: its IANA name, and the bits of its Diffie-Hellman group (0 where it uses none)."""

    name: str
    dh_bits: int = 0


@dataclass(frozen=True, slots=True)
class TlsProtocol:
    """One version (``SSL 2.0`` … ``TLS 1.3``) and the cipher suites accepted with it; none means that it is not offered."""

    name: str
    ciphers: tuple[TlsCipher, ...] | Unavailable


@dataclass(frozen=True, slots=True)
class TlsWeakness:
    """A known attack (``heartbleed``, ``robot``, ``ccs-injection``, ``insecure-renegotiation``, ``compression``) and whether the
    server is open to it."""

    name: str
    present: bool | Unavailable


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """One name at one address.

    certificates: all that it shows (a server may have an RSA and an EC one). same_as: the name at this address whose protocols
    and weaknesses stand here too, since it shows the same certificate; empty where they were looked at for this name.
    """

    host: str
    address: str
    port: int
    certificates: tuple[Certificate, ...] | Unavailable
    protocols: tuple[TlsProtocol, ...]
    weaknesses: tuple[TlsWeakness, ...]
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class TlsScan:
    """Every name of the shop at every address where https is open; unseen: (name or address, why it could not be looked at)."""

    endpoints: tuple[TlsEndpoint, ...]
    unseen: tuple[tuple[str, Unavailable], ...]
    gathered_at: datetime
