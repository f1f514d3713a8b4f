"""One letter's bytes → the facts that checks judge. Runs apart: whoever sends a mail writes what stands in it.

No address of a person, no card number and no password leaves this module. Blocks; bounded in parts, characters and depth.
"""

from __future__ import annotations

import codecs
import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from itertools import islice

from scanner.evidence import Believed, Letter, LetterHop, LetterKind, LetterLink, LetterSender, LetterSignature
from scanner.gatherers.letters.mailboxes import MOST_BYTES, NoLetters, Piece
from scanner.gatherers.letters.markup import Markup
from scanner.gatherers.letters.words import (
    ACCOUNTS,
    BIRTH,
    BROWSER_VIEW,
    LOGIN_NAME,
    OFFERS,
    ORDERS,
    PERSONAL_NUMBER,
    REMOTE,
    UNSUBSCRIBE,
)
from scanner.scope.suffixes import public_suffix, registrable_domain
from scanner.text.cards import card_numbers, name_without_card_numbers
from scanner.text.clear_secrets import secrets_in_address, secrets_in_text
from scanner.text.sanitize import sanitize
from scanner.text.url_parts import parts_of

MOST_PARTS = 200
MOST_DEPTH = 20
MOST_TEXT = 4_000_000
"""Characters of all texts together."""
MOST_HEADERS = 500
HEADER_CHARS = 20_000
MOST_RECEIVERS = 10_000
MOST_LINKS = 1_000
MOST_HOPS = 50
MOST_SIGNATURES = 10
MOST_OF_A_LIST = 20
SHOWN = 120
_BROKEN = (ValueError, LookupError, AssertionError, TypeError, MessageError)
"""What the library raises for what no mail should hold."""

_ADDRESS = re.compile(
    r"[^\s<>,;:\"'()\[\]\\@]{1,64}@([A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9.\u00a1-\uffff-]{0,251}[A-Za-z0-9\u00a1-\uffff])?)"
)
_SHOWN_NAME = re.compile(
    r"(?:(?P<scheme>https?://)|"
    r"(?P<www>www\.))?(?P<host>(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,62})\.){1,6}[a-z\u00a1-\uffff]{2,24})(?=[/:?#\s)\]>,;!]|"
    r"\.?\Z|\.\s)",
    re.IGNORECASE,
)
_PLAIN_ADDRESS = re.compile(r"https?://[^\s<>\"'\u00a0]{3,2000}", re.IGNORECASE)
_REWRITTEN = re.compile(
    r"(?:\.safelinks\.protection\.outlook\.com|urldefense(?:\.proofpoint)?\.com|linkprotect\.cudasvc\.com|"
    r"\.mimecast\.com|\.mimecastprotect\.com|"
    r"\.trendmicro\.com|\.sophos\.com|\.fireeye\.com|secure-web\.cisco\.com)\Z"
)
"""Whose links a receiver's own mail filter puts in place of the letter's: the sender did not write them."""
_NOT_ANY_TEXT = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape", "raw-unicode-escape"}
)
_BULK_HEADERS = (
    "list-unsubscribe",
    "list-id",
    "list-post",
    "x-campaign",
    "x-campaignid",
    "x-mc-user",
    "x-csa-complaints",
    "x-mailchimp-campaign",
)
_RECEIVERS = ("to", "cc", "resent-to", "resent-cc", "apparently-to", "x-envelope-to", "x-rcpt-to")
_SCRIPT_HEADERS = ("x-php-originating-script", "x-php-script", "x-source", "x-source-args", "x-source-dir")
_OWN_PLACE_HEADERS = (
    "x-originating-ip",
    "x-sender-ip",
    "x-client-ip",
    "x-yahoo-post-ip",
    "x-authenticated-sender",
    "x-get-message-sender-via",
)
_PROGRAM_HEADERS = ("x-mailer", "user-agent", "x-newsreader")
_PROTOCOL = re.compile(r"\bwith\s+(?P<protocol>[A-Za-z0-9-]+(?: [A-Za-z]+ Server)?)", re.IGNORECASE)
_SECURED = frozenset({"ESMTPS", "ESMTPSA", "SMTPS", "UTF8SMTPS", "UTF8SMTPSA", "LMTPS", "LMTPSA", "HTTPS", "SMTPSA"})
_OPEN = frozenset({"SMTP", "ESMTP", "ESMTPA", "SMTPA", "UTF8SMTP", "UTF8SMTPA"})
_CIPHER = re.compile(r"TLS|cipher[= ]|encrypted|SSL", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+(?P<name>[^\s;()]+)(?P<more>.{0,400}?)(?=\s+by\s|\Z)", re.IGNORECASE)
_BY = re.compile(r"(?:\A|\s)by\s+(?P<name>[^\s;()]+)", re.IGNORECASE)
_IP = re.compile(r"(?:IPv6:)?((?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]{0,15}|\d{1,3}(?:\.\d{1,3}){3})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_VERSION = re.compile(r"\d+\.\d+")
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_TYPES_OF_TEXT = frozenset(
    {
        "application/json",
        "application/xml",
        "application/xhtml+xml",
        "application/csv",
        "application/rtf",
        "message/delivery-status",
    }
)
_HARMLESS = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/ics"}
)
_SEALED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})


@dataclass(slots=True)
class _Content:
    """What the parts of a letter hold. texts: each visible one; pages: of HTML."""

    texts: list[str] = field(default_factory=list)
    pages: list[Markup] = field(default_factory=list)
    size: int = 0
    unread: int = 0
    sealed: bool = False
    cut: str = ""


def read_letter(piece: Piece, authserv_id: str = "") -> Letter:
    """The facts of one letter, but for those of its sender that name servers tell. authserv_id: whose results are believed.

    Raises NoLetters, OSError.
    """
    raw = bytes_of(piece)
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
    except (RecursionError, *_BROKEN) as error:
        raise NoLetters(f"{piece.name}: is built so that no mail program could read it ({type(error).__name__})") from error
    headers = _headers(message)
    from_domain = sender_domain(headers)
    known = {name for name, _ in headers}
    if not from_domain or not known & {"date", "subject", "received", "to", "message-id"}:
        raise NoLetters(_no_letter(piece.name, raw, known, from_domain))
    content = _content(message)
    organisation = registrable_domain(from_domain) or from_domain
    links = _links(content)
    addresses = [*(address for page in content.pages for address, _ in page.links), *_written_addresses(content.texts)]
    kind = _kind(headers, content)
    subject = _decoded(_first(headers, "subject"))
    others, domains, hidden = _others(headers, organisation)
    unsubscribe = re.findall(r"<\s*([^<>\s]{1,2000})\s*>", _first(headers, "list-unsubscribe"))
    post = _first(headers, "list-unsubscribe-post").strip().replace(" ", "").lower() == "list-unsubscribe=one-click"
    cards, bare = _cards([subject, *content.texts])
    return Letter(
        file=piece.name,
        digest=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        kind=kind,
        from_domain=from_domain,
        organisation=organisation,
        sent=_moment(_first(headers, "date")),
        delivered="received" in known,
        others=others,
        other_domains=domains,
        hidden_copies=hidden,
        unsubscribe=tuple(dict.fromkeys(map(_way_out, unsubscribe)))[:MOST_OF_A_LIST],
        one_click=post and any(one.lower().startswith("https://") for one in unsubscribe),
        unsubscribe_link=_leads_out(content),
        links=links,
        hops=_hops(headers),
        sender=LetterSender(
            envelope=_envelope(headers),
            address=handed_over_by(headers),
            signatures=_signatures(headers),
            believed=_believed(headers, authserv_id, organisation) if authserv_id else None,
        ),
        cards=cards,
        bare_cards=bare,
        secrets=tuple(dict.fromkeys(_secrets([subject, *content.texts], addresses)))[:MOST_OF_A_LIST],
        tells=tuple(dict.fromkeys(_tells(headers, content)))[:MOST_OF_A_LIST],
        parts=len(content.texts),
        unread=content.unread,
        sealed=content.sealed,
        cut=content.cut,
    )


def bytes_of(piece: Piece) -> bytes:
    """A letter's bytes, with what a mailbox had to mark put back. Raises NoLetters, OSError."""
    raw = piece.read()
    if len(raw) > MOST_BYTES:
        raise NoLetters(f"{piece.name}: is longer than {MOST_BYTES // 1_000_000} MB, which no mail host would deliver")
    return re.sub(rb"(?m)^>(>*From )", rb"\1", raw) if piece.in_mailbox else raw


def _no_letter(name: str, raw: bytes, known: set[str], from_domain: str) -> str:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        return f"{name}: is in Outlook's own format; open the mail in Outlook on the web and download it, as .eml"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"{name}: was saved as UTF-16 text; save the mail itself, as .eml"
    if raw.startswith((b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"7z\xbc\xaf")):
        return f"{name}: is an archive or a document; give the mail itself, as .eml"
    if from_domain:
        return f"{name}: has a From line and no other line of a mail; save the whole mail with its headers, as .eml"
    if "from" in known:
        return f"{name}: its From line names nobody; save the whole mail with its headers, as .eml"
    return f"{name}: is no mail: it has no From line; save the whole mail with its headers, as .eml"


# --- headers


def _headers(message: Message) -> list[tuple[str, str]]:
    """(name in small letters, value in one line), in order."""
    pairs = islice(message.raw_items(), MOST_HEADERS)
    return [(str(name).lower(), " ".join(_unescaped(str(value)[:HEADER_CHARS]).split())) for name, value in pairs]


def _unescaped(value: str) -> str:
    """Bytes that are no ASCII, as mail programs show them: UTF-8 (RFC 6532), or Latin-1."""
    raw = value.encode("utf-8", "surrogateescape")
    return _text_of(raw, None)


def _first(headers: list[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _decoded(value: str) -> str:
    """A header's words (RFC 2047)."""
    try:
        parts = decode_header(value[:2_000])
    except _BROKEN:
        return value
    return "".join(part if isinstance(part, str) else _text_of(part, charset) for part, charset in parts)


def sender_domain(headers: list[tuple[str, str]]) -> str:
    """The domain of the From line (RFC 5322 3.6.2): that in angle brackets, otherwise the last one; "" where it names none."""
    value = _first(headers, "from")
    bracketed = re.findall(r"<([^<>]{1,320})>", value)
    found = [match[1] for text in (bracketed or [value]) for match in _ADDRESS.finditer(text)]
    return _plain_name(found[-1]) if found else ""


def _plain_name(name: str) -> str:
    """A host's name in small letters, as name servers are asked for it; what is none stays."""
    name = name.strip(".").lower()[:253]
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _envelope(headers: list[tuple[str, str]]) -> str:
    """The domain that SPF is about: of Return-Path; "" where there is none."""
    found = _ADDRESS.search(_first(headers, "return-path"))
    return _plain_name(found[1]) if found else ""


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value[:100])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _others(headers: list[tuple[str, str]], organisation: str) -> tuple[int, int, int]:
    """Receivers outside of the sender's own domain whom each one sees; of how many domains; and how many in a Bcc line."""
    delivered = any(name == "received" for name, _ in headers)
    seen: dict[str, str] = {}
    hidden = 0
    for name, value in headers:
        bcc = name in {"bcc", "resent-bcc"} and delivered
        if name not in _RECEIVERS and not bcc:
            continue
        for match in _ADDRESS.finditer(value):
            domain = registrable_domain(_plain_name(match[1])) or match[1].lower()
            if domain != organisation and match[0].lower() not in seen and len(seen) < MOST_RECEIVERS:
                seen[match[0].lower()] = domain
                hidden += bcc
    return len(seen), len(set(seen.values())), hidden


def _hops(headers: list[tuple[str, str]]) -> tuple[LetterHop, ...]:
    """The steps between two organisations' servers, the first one first."""
    received = [value for name, value in headers if name == "received"][:MOST_HOPS]
    return tuple(hop for value in reversed(received) if (hop := _hop(value)) is not None)


def _hop(value: str) -> LetterHop | None:
    """One Received line; None for a step inside one computer or one house, and for one of another kind."""
    sender, receiver, address = _ends(value)
    if not sender or not receiver or (address and not _is_public(address)):
        return None
    if sender in {"localhost", receiver} or sender.endswith((".local", ".internal", ".lan", ".localdomain")):
        return None
    ours, theirs = registrable_domain(sender), registrable_domain(receiver)
    if ours and ours == theirs:
        return None
    found = _PROTOCOL.search(_COMMENT.sub(" ", value))
    protocol = found["protocol"].upper() if found else ""
    if protocol.startswith("LMTP") or protocol in {"LOCAL", "HTTP", "MAPI", "POP3", "IMAP"}:
        return None
    secured = protocol in _SECURED or bool(_CIPHER.search(value))
    tls = True if secured else False if protocol in _OPEN else None
    return LetterHop(sanitize(sender, SHOWN), sanitize(receiver, SHOWN), sanitize(protocol, 40), tls)


def _ends(value: str) -> tuple[str, str, str]:
    """Who sent, who received, and the sender's address as the receiver saw it; "" for what is not told."""
    by, sent = _BY.search(value), _FROM.search(value)
    receiver = by["name"].lower().rstrip(".") if by else ""
    if sent is None:
        return "", receiver, ""
    address = next((match[1] for match in _IP.finditer(sent["more"]) if _is_address(match[1])), "")
    name = sent["name"].strip("[]").lower().rstrip(".")
    if not address and _is_address(name):
        address = name
    greeted = re.search(r"\bHELO\s+([^\s)]+)", sent["more"])
    return (greeted[1].lower() if name == "unknown" and greeted else name), receiver, address


def handed_over_by(headers: list[tuple[str, str]]) -> str:
    """The address of the server that handed the letter to the receiver's: of the topmost step between two organisations."""
    for value in [value for name, value in headers if name == "received"][:MOST_HOPS]:
        if _crosses(value):
            return _ends(value)[2]
    return ""


def _signatures(headers: list[tuple[str, str]]) -> tuple[LetterSignature, ...]:
    """Every DKIM signature, untried, in the order of the headers: the number by which it is tried."""
    made = []
    for value in [value for name, value in headers if name == "dkim-signature"][:MOST_SIGNATURES]:
        tags = {
            tag.strip().lower(): "".join(text.split())
            for tag, is_one, text in (part.partition("=") for part in value.split(";"))
            if is_one
        }
        domain, selector = _plain_name(tags.get("d", "")), _plain_name(tags.get("s", ""))
        covers = tuple(tags.get("h", "").lower().split(":"))[:MOST_HEADERS]
        made.append(LetterSignature(domain, selector, covers=covers))
    return tuple(made)


def _believed(headers: list[tuple[str, str]], authserv_id: str, organisation: str) -> tuple[Believed, ...] | None:
    """What the named host wrote (RFC 8601), or None. Whoever sends a letter can write such a header as well, but not above the
    line by which the receiver's house took the letter: so only those above the next older line between two houses count.
    """
    found: list[Believed] = []
    seen, crossed = False, 0
    for name, value in headers:
        if name == "received":
            crossed += _crosses(value)
            if crossed > 1:
                break
        if name != "authentication-results":
            continue
        host, *results = _COMMENT.sub(" ", value).split(";")
        if host.lower().split()[:1] != [authserv_id.lower()]:
            continue
        seen = True
        for result in results[:MOST_OF_A_LIST]:
            match = re.match(r"\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,20})", result, re.IGNORECASE)
            if match is None:
                continue
            about = re.search(
                r"(?:header\.(?:d|i|from)|smtp\.(?:mailfrom|helo))\s*=\s*\"?(?:[^\s@;\"]{0,64}@)?([^\s;\"]{1,253})",
                result,
                re.IGNORECASE,
            )
            domain = _plain_name(about[1]) if about else ""
            aligned = (registrable_domain(domain) or domain) == organisation
            found.append(Believed(match[1].lower(), match[2].lower(), sanitize(domain, SHOWN), aligned))
    return tuple(found) if seen else None


def _crosses(value: str) -> bool:
    """Whether a Received line is of a step between two houses."""
    sender, receiver, address = _ends(value)
    ours = registrable_domain(sender)
    return bool(address) and _is_public(address) and not (ours and ours == registrable_domain(receiver))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    """Documentation's addresses (RFC 5737) count: they stand for public ones."""
    address = ipaddress.ip_address(text)
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or any(address in net for net in _PRIVATE if net.version == address.version)
    )


_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))


def _way_out(address: str) -> str:
    """An address of List-Unsubscribe, by scheme and host: the rest tells whose letter it is."""
    parts = parts_of(address)
    if parts.scheme == "mailto":
        return f"mailto:…@{sanitize(parts.path.rpartition('@')[2], SHOWN)}"
    return f"{sanitize(parts.scheme, 20)}://{sanitize(parts.hostname or '', SHOWN)}/"


def _kind(headers: list[tuple[str, str]], content: _Content) -> LetterKind:
    """Bulk by its headers or by what it offers; otherwise by its subject."""
    names = {name for name, _ in headers}
    subject = _decoded(_first(headers, "subject"))
    precedence = _first(headers, "precedence").lower()
    if names & set(_BULK_HEADERS) or precedence in {"bulk", "list"}:
        return LetterKind.NEWSLETTER
    if ORDERS.search(subject) and not re.search("newsletter", subject, re.IGNORECASE):
        return LetterKind.ORDER
    if ACCOUNTS.search(subject):
        return LetterKind.ACCOUNT
    text = "\n".join(content.texts)[:200_000]
    if _leads_out(content) or BROWSER_VIEW.search(text) or OFFERS.search(subject):
        return LetterKind.NEWSLETTER
    if re.search(r"newsletter|mailing|news@|campaign", f"{_first(headers, 'from')} {_first(headers, 'reply-to')}", re.IGNORECASE):
        return LetterKind.NEWSLETTER
    return LetterKind.LETTER


def _tells(headers: list[tuple[str, str]], content: _Content) -> Iterator[str]:
    """What strangers learn from headers and signature that they need not know, in the words of a list."""
    for name, value in headers:
        if name in _SCRIPT_HEADERS and value:
            yield f"{_written(name)}: {sanitize(name_without_card_numbers(_path_end(value)), 60)}"
        elif name in _OWN_PLACE_HEADERS and value:
            yield f"{_written(name)}: …"
        elif name in _PROGRAM_HEADERS and _VERSION.search(value):
            yield f"{_written(name)}: {sanitize(name_without_card_numbers(value), 60)}"
    for text in content.texts:
        parts = _SIGNATURE.split(text)
        signature = parts[-1] if len(parts) > 1 else "\n".join(text.rstrip().splitlines()[-15:])
        signature = signature[-3_000:]
        for label, pattern in (
            ("a day of birth", BIRTH),
            ("a number for remote access", REMOTE),
            ("a number of a person's papers", PERSONAL_NUMBER),
            ("a login name", LOGIN_NAME),
        ):
            if pattern.search(signature):
                yield label


def _written(name: str) -> str:
    """A header's name as it is usually written."""
    special = {"php": "PHP", "ip": "IP", "x": "X"}
    return "-".join(special.get(part, part.capitalize()) for part in name.split("-"))


def _path_end(value: str) -> str:
    """The script that a path or an address ends with, after its user's number where there is one."""
    match = re.match(r"(\d{1,7}:)?(?:.*/)?([^/\s]{1,80})", value)
    return f"{match[1] or ''}{match[2]}" if match else value


# --- parts


def _content(message: Message) -> _Content:
    """Every text in the letter, bounded."""
    content = _Content()
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS or depth > MOST_DEPTH or content.size > MOST_TEXT:
            content.cut = "It has more parts, or longer ones, than any real letter; only the first were read."
            break
        media = part.get_content_type()
        if media in _SEALED and (media != "application/pkcs7-mime" or "signed" not in str(part.get("content-type", "")).lower()):
            content.sealed = True
            continue
        if part.is_multipart():
            waiting[:0] = [(inner, depth + 1) for inner in part.get_payload() if isinstance(inner, Message)]
            continue
        _take(part, media, content)
    return content


def _take(part: Message, media: str, content: _Content) -> None:
    readable = (
        media.startswith("text/")
        or media in _TYPES_OF_TEXT
        or re.search(r"\.(?:csv|txt|json|xml|log|html?)\Z", _name_of(part), re.IGNORECASE)
    )
    if not readable:
        inline = media.startswith(("image/", "font/")) or media in _HARMLESS
        content.unread += not inline
        return
    try:
        payload = part.get_payload(decode=True)
    except _BROKEN:
        payload = None
    if not isinstance(payload, bytes):
        content.unread += 1
        return
    text = _text_of(payload[: MOST_TEXT + 1], _charset(part))
    content.size += len(text)
    if media in {"text/html", "application/xhtml+xml"}:
        page = Markup.of(text)
        content.pages.append(page)
        content.texts.append(page.visible)
        content.cut = content.cut or page.cut
    else:
        content.texts.append(text.replace("\r\n", "\n"))


def _name_of(part: Message) -> str:
    try:
        return str(part.get_filename() or "")[-200:]
    except _BROKEN:
        return ""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except _BROKEN:
        return None


def _text_of(raw: bytes, charset: str | None) -> str:
    """Bytes as text: in the charset that is said, where that is one of texts; otherwise as UTF-8, or byte by byte."""
    name = (charset or "utf-8").lower()
    try:
        if name not in _NOT_ANY_TEXT and codecs.lookup(name)._is_text_encoding:  # noqa: SLF001  nothing public tells
            return raw.decode(name, "replace" if charset else "strict")
    except (LookupError, UnicodeError, ValueError):
        pass
    return raw.decode("latin-1")


# --- links


def _written_addresses(texts: list[str]) -> list[str]:
    return [match[0].rstrip(".,;:!?)]}'") for text in texts for match in _PLAIN_ADDRESS.finditer(text)][:MOST_LINKS]


def _links(content: _Content) -> tuple[LetterLink, ...]:
    links: dict[LetterLink, None] = {}
    given = [
        *((address, text, False) for page in content.pages for address, text in page.links),
        *((address, "", False) for page in content.pages for address in page.sends),
        *((address, "", False) for address in _written_addresses(content.texts)),
        *((address, "", True) for page in content.pages for address in page.loads),
    ]
    for address, text, picture in given:
        if len(links) >= MOST_LINKS:
            break
        if (link := _link(address, text, picture=picture)) is not None:
            links[link] = None
    return tuple(links)


def _link(address: str, text: str, *, picture: bool) -> LetterLink | None:
    """None for what is no web address, and for what a receiver's own filter wrote."""
    if address.startswith("//"):
        address = f"https:{address}"
    parts = parts_of(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = _plain_name(parts.hostname) or parts.hostname.lower()
    if _REWRITTEN.search(host):
        return None
    shown = "" if picture else _promised(text)
    return LetterLink(
        address=f"{parts.scheme}://{sanitize(host, SHOWN)}/",
        host=sanitize(host, SHOWN),
        domain=host if _is_address(host.strip("[]")) else registrable_domain(host) or host,
        shown=sanitize(shown, SHOWN),
        shown_domain=registrable_domain(shown) or shown,
        picture=picture,
        trick="" if picture else _trick(parts.username or "", host),
    )


def _promised(text: str) -> str:
    """The web name that a link's text shows: with http:// or www. wherever it stands, otherwise where it is all of the text."""
    for match in _SHOWN_NAME.finditer(text):
        alone = match.start() == 0 and re.fullmatch(r"[\s.!/>»→]*|[/:?#]\S*", text[match.end() :]) is not None
        before = text[match.start() - 1] if match.start() else " "
        if (match["scheme"] or match["www"] or alone) and before not in "@/.-_":
            host = _plain_name(match["host"])
            if registrable_domain(host) and (match["scheme"] or match["www"] or _may_be_a_domain(host)):
                return host
    return ""


def _may_be_a_domain(host: str) -> bool:
    """Not ``node.js``: its ending is one that registrars give away, or one that is kept for examples (RFC 2606)."""
    return bool(public_suffix(host, registrars=True)) or host.endswith((".example", ".test"))


def _trick(user: str, host: str) -> str:
    if "." in user:
        return "another name stands before an @ in it"
    if _is_address(host.strip("[]")):
        return "it has a number in place of a name"
    if "xn--" in host and _mixes_letters(host):
        return "its name mixes letters of two alphabets that look alike"
    return ""


def _mixes_letters(host: str) -> bool:
    """Latin beside Cyrillic or Greek in one label (Unicode Technical Standard 39, section 5)."""
    for label in host.split("."):
        try:
            word = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
        except UnicodeError:
            return True
        latin = re.search(r"[a-z\u00df-\u024f]", word)
        other = re.search(r"[\u0370-\u03ff\u0400-\u04ff]", word)
        if other and (
            latin
            or not re.search(
                r"[\u0431\u0432\u0433\u0434\u0436\u0437\u0438\u043b\u043f\u0444\u0446-\u044f\u03b4\u03bb\u03c0\u03c6\u03c8\u03c9]",
                word,
            )
        ):
            return True
    return False


def _leads_out(content: _Content) -> bool:
    """Whether a link, or a line with an address beside it, says that it ends the subscription."""
    if any(UNSUBSCRIBE.search(f"{text} {address}") for page in content.pages for address, text in page.links):
        return True
    for text in content.texts:
        for match in UNSUBSCRIBE.finditer(text[:MOST_TEXT]):
            beside = text[max(0, match.start() - 200) : match.end() + 300]
            if re.search(r"https?://|mailto:|\S@\S|\b(?:reply|antwort|odpowied|répond)", beside, re.IGNORECASE):
                return True
    return False


# --- what should not stand in a letter


def _cards(texts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whole card numbers, and bare digits that may be some."""
    sure: dict[str, None] = {}
    bare: dict[str, None] = {}
    for text in texts:
        for card in card_numbers(text):
            (sure if card.sure else bare)[f"{card.network} {card.shown}"] = None
    return tuple(sure)[:MOST_OF_A_LIST], tuple(one for one in bare if one not in sure)[:MOST_OF_A_LIST]


def _secrets(texts: list[str], addresses: list[str]) -> Iterator[str]:
    for text in texts:
        yield from secrets_in_text(text)
    for address in addresses[:MOST_LINKS]:
        yield from secrets_in_address(address)
