"""Letters: mails as their receivers got them, one by one, without a word of what they say to anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from scanner.evidence.unavailable import Unavailable


class LetterKind(StrEnum):
    """What a mail is for."""

    NEWSLETTER = "newsletter"
    """To many: what the law and the mail hosts ask of bulk mail is asked of it."""
    ORDER = "order"
    """About something bought: confirmation, invoice, parcel."""
    ACCOUNT = "account"
    """About a customer's login."""
    LETTER = "letter"
    """Any other."""


@dataclass(frozen=True, slots=True)
class LetterLink:
    """Where a link of the letter leads.

    address: its scheme and host; the rest may tell whose letter it is. domain: the host's registrable part. shown, shown_domain:
    the name that its text promises, and that name's registrable part; empty where the text promises none. picture: it is loaded,
    not followed. trick: in words, how the address misleads by itself ("it holds another name before an @"), or empty.
    """

    address: str
    host: str
    domain: str
    shown: str = ""
    shown_domain: str = ""
    picture: bool = False
    trick: str = ""

    @property
    def plain(self) -> bool:
        """Whether it goes by http."""
        return self.address.startswith("http:")


@dataclass(frozen=True, slots=True)
class LetterHop:
    """One step between two servers, as the receiving one wrote it down (RFC 5321 4.4).

    sender, receiver: their names, or the sender's address. protocol: as written (``ESMTPS``), in capitals. tls: None where the
    line does not tell.
    """

    sender: str
    receiver: str
    protocol: str
    tls: bool | None


class AuthResult(StrEnum):
    """What became of a signature or a sender's address, in the words of RFC 8601 where it has one."""

    PASS = "pass"  # noqa: S105  a result, no password
    FAIL = "fail"
    NONE = "none"
    """Nothing to judge: no such record, no such signature."""
    EXPIRED = "expired"
    """It held for a time that is over."""
    UNKNOWN = "unknown"
    """It could not be judged."""


@dataclass(frozen=True, slots=True)
class LetterSignature:
    """One DKIM signature (RFC 6376).

    aligned: whether its domain is the From line's, as DMARC wants it. key: whether its key is published; None where nobody knows.
    why: what is wrong with it, in words. covers: names of the signed headers, in small letters.
    """

    domain: str
    selector: str
    result: AuthResult = AuthResult.UNKNOWN
    aligned: bool = False
    key: bool | None = None
    why: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Believed:
    """What a receiving host says that it found out (RFC 8601). method: ``spf``, ``dkim``, ``dmarc``; result: in small letters."""

    method: str
    result: str
    domain: str = ""
    aligned: bool = False


@dataclass(frozen=True, slots=True)
class LetterSender:
    """What there is to prove who sent a letter.

    envelope: the domain of Return-Path; address: of the server that handed the letter over, as the receiving one wrote it down;
    both "" where that is not told. spf: of these two (RFC 7208); spf_aligned: whether the envelope's domain is the From line's.
    policy: what the domain's DMARC record asks for (``none``, ``quarantine``, ``reject``), "" where it has none.
    believed: what the host that was named says, the letter's own proof aside; None where none was named, or it wrote nothing.
    """

    envelope: str = ""
    address: str = ""
    spf: AuthResult = AuthResult.UNKNOWN
    spf_why: str = ""
    spf_aligned: bool = False
    signatures: tuple[LetterSignature, ...] = ()
    policy: str | Unavailable = ""
    believed: tuple[Believed, ...] | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail.

    file: its name, with its place in a mailbox. digest: SHA-256 of its bytes, in hex. sent: its Date. delivered: whether a server
    received it, or it is the sender's own copy.
    from_domain: of the From line; organisation: its registrable part. others: how many receivers outside of that domain each one
    sees; other_domains: of how many domains they are. hidden_copies: those of them in a Bcc line that was left standing.
    unsubscribe: the addresses of List-Unsubscribe by scheme and host; one_click: whether RFC 8058 is kept.
    unsubscribe_link: whether a link in the text says so. cards: whole card numbers as ``•••• 1234``, with what they are in;
    bare_cards: digits alone that may be such. secrets: by their labels. tells: what headers or signature give away.
    parts: texts that were read; unread: of how many attached files nobody knows what they hold; sealed: it is encrypted.
    cut: why it was not read as a whole, or empty.
    """

    file: str
    digest: str
    size: int
    kind: LetterKind
    from_domain: str
    organisation: str
    sent: datetime | None = None
    delivered: bool = True
    others: int = 0
    other_domains: int = 0
    hidden_copies: int = 0
    unsubscribe: tuple[str, ...] = ()
    one_click: bool = False
    unsubscribe_link: bool = False
    links: tuple[LetterLink, ...] = ()
    hops: tuple[LetterHop, ...] = ()
    sender: LetterSender = LetterSender()
    cards: tuple[str, ...] = ()
    bare_cards: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    parts: int = 0
    unread: int = 0
    sealed: bool = False
    cut: str = ""

    @property
    def subject(self) -> str:
        """What findings are about: every letter of this kind from this domain."""
        return f"{self.from_domain} {self.kind}"


@dataclass(frozen=True, slots=True)
class UnreadLetter:
    """A file, or a place, of which no letter could be read."""

    file: str
    because: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Every letter that was looked at, in the order given. more: how many others lie there."""

    GIVEN_BY_THE_OWNER: ClassVar[bool] = True
    BESIDE_THE_SHOP: ClassVar[bool] = True
    """No part of a shop's scan: judged only where somebody gives some."""

    letters: tuple[Letter, ...]
    gathered_at: datetime
    unread: tuple[UnreadLetter, ...] = ()
    more: int = 0
