"""How a shop's domain sends and takes mail: its records, and what its mail servers show to whoever comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.evidence.dns import DnsLookup
from scanner.evidence.entrances import Closed
from scanner.evidence.tls import Certificate
from scanner.evidence.unavailable import Unavailable


@dataclass(frozen=True, slots=True)
class CertificateDigests:
    """What TLSA records are compared with (RFC 6698 2.1), in hexadecimal: of the whole certificate and of its key alone.

    trusted_below: whether the certificates below it, down to the server's own, lead to it by valid signatures and are in date
    (the server's own: always).
    """

    whole_sha256: str
    whole_sha512: str
    key_sha256: str
    key_sha512: str
    trusted_below: bool = True


@dataclass(frozen=True, slots=True)
class MailEncryption:
    """What a mail server showed after ``STARTTLS``. certificate: judged against the name of the MX. chain: its own first."""

    protocol: str
    certificate: Certificate | Unavailable
    chain: tuple[CertificateDigests, ...] = ()


@dataclass(frozen=True, slots=True)
class MailTalk:
    """A conversation of ``EHLO``, ``STARTTLS``, ``QUIT``; no mail was named. extensions: of the answer to EHLO, in clear.

    encryption: None where STARTTLS is not offered, or was refused for good (``because`` has the reply).
    """

    greeting: str
    extensions: tuple[str, ...]
    encryption: MailEncryption | Unavailable | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class MailServer:
    """One MX. host: its name. preference: the lowest is tried first.

    addresses: none where the name has none, which is a fault. talk: Closed where it is certain that nobody takes mail there;
    Unavailable too where port 25 cannot be reached from here.
    """

    host: str
    preference: int
    addresses: tuple[str, ...] | Unavailable
    talk: MailTalk | Closed | Unavailable


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """The answer to ``https://mta-sts.DOMAIN/.well-known/mta-sts.txt`` (RFC 8461 3.3), no redirect followed.

    status: 0 where there was no answer because of what is certain (no such name, a certificate that does not hold); ``because``
    says which. text: at most 64 KiB.
    """

    status: int
    text: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class MailDomain:
    """All that was asked about the mail of one domain.

    sends: False where the owner says that nobody writes in its name. selectors: the DKIM selectors that were asked for, each with
    why ("given", or the key of the provider that uses it). servers: in order of preference, at most 5; left_out: how many more
    there are. policy: None where no record announces one. configured: whether the owner named this domain.
    """

    domain: str
    lookups: tuple[DnsLookup, ...]
    servers: tuple[MailServer, ...] = ()
    left_out: int = 0
    policy: StsPolicy | Unavailable | None = None
    selectors: tuple[tuple[str, str], ...] = ()
    sends: bool = True
    configured: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """The domains that the shop's mail goes by, in the order of the configuration."""

    domains: tuple[MailDomain, ...]
    gathered_at: datetime
