"""How mail gets to a domain: its MX (RFC 5321, 7505), MTA-STS (RFC 8461), TLS-RPT (RFC 8460) and DANE (RFC 6698, 7672)."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scanner.evidence.dns import DnsAnswer, Existence, Security
from scanner.evidence.mail import CertificateDigests
from scanner.evidence.unavailable import Unavailable
from scanner.mail.answers import Answers

MOST_AGE = 31_557_600  # RFC 8461 3.2: a year of seconds
GOOD_AGE = 86_400
"""Seconds: a policy that is forgotten within a day protects from nobody who can wait (RFC 8461 3.2 asks for weeks)."""
MODES = ("enforce", "testing", "none")

# --- MX ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MailExchanges:
    """hosts: (preference, name), the first to be tried first. null: the domain says that it takes no mail (RFC 7505).
    implicit: no MX, so that the domain's own address counts (RFC 5321 5.1). odd: records that lead nowhere: an address in the
    place of a name, a null MX beside others."""

    hosts: tuple[tuple[int, str], ...] = ()
    null: bool = False
    implicit: bool = False
    odd: tuple[str, ...] = ()


def exchanges(domain: str, answers: Answers) -> MailExchanges | Unavailable:
    """Where mail for a domain goes."""
    answer = answers.get(domain, "MX")
    if isinstance(answer, Unavailable):
        return answer
    if answer.existence is not Existence.FOUND:
        return MailExchanges(implicit=answer.existence is Existence.NO_DATA)
    found: list[tuple[int, str]] = []
    odd: list[str] = []
    for record in answer.records:
        preference, _, host = record.partition(" ")
        host = host.rstrip(".").lower()
        if not host and len(answer.records) == 1:
            return MailExchanges(null=True)
        if not host or _is_address(host) or not preference.isdecimal():
            odd.append(record)
        else:
            found.append((int(preference), host))
    return MailExchanges(tuple(sorted(found)), odd=tuple(odd))


def is_alias(host: str, answers: Answers) -> bool | Unavailable:
    """Whether the name of an MX is an alias, which it must not be (RFC 2181 10.3)."""
    answer = answers.get(host, "A")
    return answer if isinstance(answer, Unavailable) else bool(answer.canonical)


def addresses(host: str, answers: Answers) -> tuple[str, ...] | Unavailable:
    """All addresses of a name; Unavailable where one kind is not known and the other has none."""
    kinds = [answers.records(host, kind) for kind in ("A", "AAAA")]
    found = tuple(record for records in kinds if not isinstance(records, Unavailable) for record in records)
    unknown = next((records for records in kinds if isinstance(records, Unavailable)), None)
    return found if found or unknown is None else unknown


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# --- MTA-STS -------------------------------------------------------------------------------------------------------------


class StsFault(StrEnum):
    """Why an MTA-STS record or policy does not count."""

    SEVERAL = "several"
    RECORD = "record"
    """The record has no ``id`` of letters and digits."""
    VERSION = "version"
    MODE = "mode"
    AGE = "age"
    NO_MX = "no mx"
    """A policy to be enforced that allows no server."""
    MX = "mx"
    """A pattern that is no name."""


@dataclass(frozen=True, slots=True)
class StsRecord:
    """``_mta-sts.DOMAIN``. id: "" where it has a fault."""

    text: str
    id: str = ""
    fault: StsFault | None = None


@dataclass(frozen=True, slots=True)
class StsRules:
    """A policy, read. max_age: seconds; 0 where it cannot be read. patterns: ``mx``, in small letters."""

    mode: str
    max_age: int
    patterns: tuple[str, ...]
    faults: tuple[tuple[StsFault, str], ...] = ()

    @property
    def age(self) -> timedelta:
        """How long a sender keeps it."""
        return timedelta(seconds=self.max_age)

    def allows(self, host: str) -> bool:
        """Whether a server's name is among the patterns; ``*.`` stands for one label (RFC 8461 4.1)."""
        host = host.rstrip(".").lower()
        return any(host == one or (one.startswith("*.") and host.partition(".")[2] == one[2:]) for one in self.patterns)


_STS_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_PATTERN = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]+\.?")


def sts_record(domain: str, answers: Answers) -> StsRecord | Unavailable | None:
    """What announces a policy; None where nothing does."""
    texts = answers.records(f"_mta-sts.{domain}", "TXT")
    if isinstance(texts, Unavailable):
        return texts
    begun = [text for text in texts if re.match(r"v=STSv1[ \t]*(;|\Z)", text)]
    if not begun:
        return None
    if len(begun) > 1:
        return StsRecord(begun[0], fault=StsFault.SEVERAL)
    found = _fields(begun[0]).get("id", "")
    return StsRecord(begun[0], found) if _STS_ID.fullmatch(found) else StsRecord(begun[0], fault=StsFault.RECORD)


def sts_rules(text: str) -> StsRules:
    """Read a policy. Nothing is raised: what is wrong is a fault."""
    pairs = [
        (key.strip().lower(), value.strip()) for key, colon, value in (line.partition(":") for line in text.splitlines()) if colon
    ]
    values = dict(reversed(pairs))  # the first of each counts
    patterns = tuple(value.lower().rstrip(".") for key, value in pairs if key == "mx")
    faults: list[tuple[StsFault, str]] = []
    mode, age = values.get("mode", ""), values.get("max_age", "")
    if values.get("version") != "STSv1":
        faults.append((StsFault.VERSION, values.get("version", "")))
    if mode not in MODES:
        faults.append((StsFault.MODE, mode))
    if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) > MOST_AGE:
        faults.append((StsFault.AGE, age))
    if not patterns and mode != "none":
        faults.append((StsFault.NO_MX, ""))
    faults += [(StsFault.MX, one) for one in patterns if not _PATTERN.fullmatch(one)]
    return StsRules(mode, int(age) if re.fullmatch(r"[0-9]{1,10}", age) else 0, patterns, tuple(faults))


# --- TLS-RPT -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TlsReports:
    """``_smtp._tls.DOMAIN``. addresses: ``rua``. why: what is wrong with it, or ""."""

    text: str
    addresses: tuple[str, ...] = ()
    why: str = ""


def tls_reports(domain: str, answers: Answers) -> TlsReports | Unavailable | None:
    """Where reports about encryption go; None where nothing is said of them."""
    texts = answers.records(f"_smtp._tls.{domain}", "TXT")
    if isinstance(texts, Unavailable):
        return texts
    begun = [text for text in texts if re.match(r"v=TLSRPTv1[ \t]*(;|\Z)", text)]
    if not begun:
        return None
    if len(begun) > 1:
        return TlsReports(begun[0], why="several")
    found = tuple(one.strip() for one in _fields(begun[0]).get("rua", "").split(",") if one.strip())
    bad = [one for one in found if not re.match(r"(?:mailto:[^@\s]+@[^@\s]+|https://[^\s/]+)", one, re.IGNORECASE)]
    return TlsReports(begun[0], found, (bad[0] if bad else "") if found else "rua")


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


# --- DANE ----------------------------------------------------------------------------------------------------------------

DANE_TA, DANE_EE = 2, 3


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One TLSA record: usage, selector (0 the certificate, 1 its key), matching (0 the thing itself, 1 SHA-256, 2 SHA-512)."""

    usage: int
    selector: int
    matching: int
    data: str

    @property
    def usable(self) -> bool:
        """Whether a sending mail server reads it (RFC 7672 3.1: usages 2 and 3 only)."""
        sizes = {1: 64, 2: 128}
        right = self.matching == 0 or len(self.data) == sizes.get(self.matching)
        return self.usage in {DANE_TA, DANE_EE} and self.selector in {0, 1} and bool(self.data) and right


class Dane(StrEnum):
    """What becomes of mail that is sent by DANE."""

    NONE = "none"
    """No record that counts: senders do not ask for more than usual."""
    UNUSABLE = "unusable"
    """Records, but none that senders read: they demand encryption, and believe any certificate (RFC 7672 2.2)."""
    MATCHES = "matches"
    DIFFERS = "differs"
    """No record is of the certificate shown: mail does not arrive."""


@dataclass(frozen=True, slots=True)
class DaneReading:
    """state, and the records that were read. expects_name: whether name and dates of the certificate count too, since it was a
    record of usage 2 that fits. insecure: the answer was proven unsigned, so that senders do not look at it."""

    state: Dane
    records: tuple[Tlsa, ...] = ()
    expects_name: bool = False
    insecure: bool = False


def tlsa_name(host: str) -> str:
    """Where the records of a mail server stand."""
    return f"_25._tcp.{host.rstrip('.').lower()}"


def tlsa(text: str) -> Tlsa | None:
    """Read a record as zone files write it; None where it is none."""
    found = re.fullmatch(r"(\d{1,3}) (\d{1,3}) (\d{1,3}) ([0-9a-fA-F ]*)", text)
    return Tlsa(int(found[1]), int(found[2]), int(found[3]), found[4].replace(" ", "").lower()) if found else None


def dane(host: str, chain: Iterable[CertificateDigests], answers: Answers) -> DaneReading | Unavailable:
    """What the records of a mail server make of the certificates that it showed, its own first.

    Only validated answers count: an answer that was not validated is Unavailable, one that is proven unsigned counts for nothing.
    """
    answer = answers.get(tlsa_name(host), "TLSA")
    if isinstance(answer, Unavailable):
        return answer
    if answer.existence is not Existence.FOUND:
        return DaneReading(Dane.NONE)
    records = tuple(one for one in map(tlsa, answer.records) if one is not None)
    trusted = _trusted(answer)
    if isinstance(trusted, Unavailable):
        return trusted
    if not trusted:
        return DaneReading(Dane.NONE, records, insecure=True)
    usable = tuple(one for one in records if one.usable)
    if not usable:
        return DaneReading(Dane.UNUSABLE, records)
    shown = tuple(chain)
    if any(_fits(one, shown[0]) for one in usable if one.usage == DANE_EE and shown):
        return DaneReading(Dane.MATCHES, records)
    if any(_fits(one, above) and above.trusted_below for one in usable if one.usage == DANE_TA for above in shown):
        return DaneReading(Dane.MATCHES, records, expects_name=True)
    return DaneReading(Dane.DIFFERS, records)


def _trusted(answer: DnsAnswer) -> bool | Unavailable:
    if answer.security is Security.SECURE:
        return True
    if answer.security is Security.INSECURE:
        return False
    return Unavailable(answer.why or "The answer was not validated, so that it counts for nothing.")


def _fits(record: Tlsa, shown: CertificateDigests) -> bool:
    sha256 = shown.whole_sha256 if record.selector == 0 else shown.key_sha256
    if record.matching == 0:
        return hashlib.sha256(bytes.fromhex(record.data)).hexdigest() == sha256 if len(record.data) % 2 == 0 else False
    if record.matching == 1:
        return record.data == sha256
    return record.data == (shown.whole_sha512 if record.selector == 0 else shown.key_sha512)
