"""DKIM keys (RFC 6376 3.6.1, RFC 8301, RFC 8463): read, and how long they are."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.evidence.dns import Existence
from scanner.evidence.mail import MailDomain
from scanner.evidence.unavailable import Unavailable
from scanner.mail.answers import Answers

LEAST_BITS = 1024  # RFC 8301 3.2: shorter keys must not be believed
GOOD_BITS = 2048  # the same: signers should
ED25519_BYTES = 32


class DkimFault(StrEnum):
    """Why signatures by a key count for nothing."""

    SEVERAL = "several"
    VERSION = "version"
    NO_KEY = "no key"
    """No ``p`` at all; an empty one revokes the key."""
    NOT_A_KEY = "not a key"
    KIND = "kind"
    """A kind of key that is none of ``rsa`` and ``ed25519``."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The record of one selector. kind: ``rsa`` or ``ed25519``. bits: 0 where there is no key to measure. revoked: ``p=``.
    testing: ``t=y``. der: the public key as the record has it, for whoever verifies signatures."""

    selector: str
    text: str
    kind: str = "rsa"
    bits: int = 0
    revoked: bool = False
    testing: bool = False
    fault: DkimFault | None = None
    hashes: tuple[str, ...] = ()
    der: bytes = field(default=b"", repr=False)

    @property
    def too_short(self) -> bool:
        """Whether receivers must not believe it."""
        return self.kind == "rsa" and 0 < self.bits < LEAST_BITS

    @property
    def weak(self) -> bool:
        """Whether it is shorter than it should be."""
        return self.kind == "rsa" and 0 < self.bits < GOOD_BITS


@dataclass(frozen=True, slots=True)
class DkimReading:
    """keys: of the selectors that were found. absent: whether the domain has no key at all; None where nobody can tell.
    unknown: selectors that nobody answered for, with the reason. why: what makes it absent or undecided."""

    keys: tuple[DkimKey, ...]
    absent: bool | None
    unknown: tuple[tuple[str, Unavailable], ...] = ()
    why: str = ""


def examined(mail: MailDomain) -> DkimReading:
    """The keys of a domain by the selectors that were asked for."""
    answers = Answers(mail.lookups)
    keys: list[DkimKey] = []
    unknown: list[tuple[str, Unavailable]] = []
    for selector, _ in mail.selectors:
        found = key_of(mail.domain, selector, answers)
        if isinstance(found, Unavailable):
            unknown.append((selector, found))
        elif found is not None:
            keys.append(found)
    if keys:
        return DkimReading(tuple(keys), absent=False, unknown=tuple(unknown))
    absent, why = _absent(mail, answers)
    return DkimReading((), absent, tuple(unknown), why)


def key_of(domain: str, selector: str, answers: Answers) -> DkimKey | Unavailable | None:
    """The key of a selector; None where there is none."""
    records = answers.records(f"{selector}._domainkey.{domain}", "TXT")
    if isinstance(records, Unavailable):
        return records
    texts = [text for text in records if _looks_like_one(text)]
    if not texts:
        return None
    key = parsed(selector, texts[0])
    return key if len(texts) == 1 else DkimKey(selector, key.text, key.kind, key.bits, fault=DkimFault.SEVERAL)


def parsed(selector: str, text: str) -> DkimKey:
    """Read a record. Nothing is raised: what is wrong is its ``fault``."""
    tags = _tags(text)
    kind = tags.get("k", "rsa").lower()
    testing = "y" in _list(tags.get("t", ""))
    hashes = _list(tags.get("h", ""))

    def key(bits: int = 0, fault: DkimFault | None = None, *, revoked: bool = False, der: bytes = b"") -> DkimKey:
        return DkimKey(selector, text, kind, bits, revoked, testing, fault, hashes, der)

    if tags.get("v", "DKIM1") != "DKIM1":
        return key(fault=DkimFault.VERSION)
    if "p" not in tags:
        return key(fault=DkimFault.NO_KEY)
    if not tags["p"]:
        return key(revoked=True)
    if kind not in {"rsa", "ed25519"}:
        return key(fault=DkimFault.KIND)
    try:
        der = base64.b64decode("".join(tags["p"].split()), validate=True)
        bits = _rsa_bits(der) if kind == "rsa" else 256 * (len(der) == ED25519_BYTES)
    except (binascii.Error, ValueError):
        bits = 0
        der = b""
    return key(bits, der=der) if bits else key(fault=DkimFault.NOT_A_KEY)


def _absent(mail: MailDomain, answers: Answers) -> tuple[bool | None, str]:
    """``_domainkey`` that is not there: no key below it (RFC 8020), if the name servers do not deny what is there.

    Some answer NXDOMAIN for a name that has only names below it; then theirs proves nothing.
    """
    above = answers.get(f"_domainkey.{mail.domain}", "TXT")
    if isinstance(above, Unavailable):
        return None, above.because
    if above.existence is not Existence.NO_NAME:
        return None, "There are keys, or room for some, but no selector is known to ask for."
    denied = {one.name for one in mail.lookups if _says(one.answer, Existence.NO_NAME)}
    there = (one.name for one in mail.lookups if _says(one.answer, Existence.FOUND))
    if liar := next((name for name in there if any(name.endswith(f".{one}") for one in denied)), ""):
        return None, f"The name servers deny names that have others below them ({liar}), so their no proves nothing."
    return True, f"There is no name _domainkey.{mail.domain}, so there is none below it."


def _says(answer: object, existence: Existence) -> bool:
    return getattr(answer, "existence", None) is existence


def _looks_like_one(text: str) -> bool:
    tags = _tags(text)
    return "p" in tags or tags.get("v", "").startswith("DKIM")


def _tags(text: str) -> dict[str, str]:
    """A tag list (RFC 6376 3.2). One with a tag twice is none, and verifiers differ in what they do; the first counts here."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip(), value.strip())
    return tags


def _list(value: str) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in value.split(":") if one.strip())


# --- a public key's length, from its DER (RFC 8017 A.1.1, RFC 5280 4.1.2.7) ---------------------------------------------


def _rsa_bits(der: bytes) -> int:
    """The bits of the modulus; the key with or without the wrapping that says its kind. Raises ValueError."""
    sequence = _content(der, 0x30)
    if sequence[:1] == b"\x30":
        _, rest = _split(sequence)
        sequence = _content(_content(rest, 0x03)[1:], 0x30)
    modulus, exponent = _split(sequence)
    number = int.from_bytes(_content(modulus, 0x02), "big")
    _content(exponent, 0x02)
    if number < 2:
        raise ValueError("no modulus")
    return number.bit_length()


def _content(data: bytes, tag: int) -> bytes:
    """What a value of this tag holds. Raises ValueError."""
    value, _ = _split(data)
    if value[:1] != bytes([tag]):
        raise ValueError("another kind of value")
    length = value[1] if len(value) > 1 else 0
    return value[2 + (length & 0x7F if length & 0x80 else 0) :]


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The first value with its head, and what is behind it. Raises ValueError."""
    if len(data) < 2:
        raise ValueError("too short")
    size, start = data[1], 2
    if size & 0x80:
        octets = size & 0x7F
        if not 0 < octets <= 4 or len(data) < 2 + octets:
            raise ValueError("no length")
        size, start = int.from_bytes(data[2 : 2 + octets], "big"), 2 + octets
    if len(data) < start + size:
        raise ValueError("too short")
    return data[: start + size], data[start + size :]
