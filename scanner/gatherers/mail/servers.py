"""What a mail server shows to whoever comes: EHLO, STARTTLS, its certificate, QUIT. One connection, and no mail is named."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import ipaddress
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.evidence import Certificate, CertificateDigests, Closed, MailEncryption, MailTalk, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net.connector import LINE_BYTES, Connection
from scanner.gatherers.net.guard import reading_context
from scanner.gatherers.net.line_protocol import Conversation, Reply
from scanner.gatherers.tls.certificates import read_chain
from scanner.scope.target import Target
from scanner.text.clock import Clock
from scanner.text.sanitize import sanitize

if TYPE_CHECKING:
    from cryptography import x509

CONNECT_SECONDS = 5.0
SECONDS = 45.0
"""For a whole talk."""
STEP_SECONDS = 25.0
"""For one answer: who has reason to doubt a visitor lets him wait for his greeting."""
MOST_ADDRESSES = 2
MOST_EXTENSIONS = 60
MOST_CERTIFICATES = 8
TRIED_IN_VAIN = 4
"""Servers that leave a connection unanswered, with none that took one, until no further one is tried in this run."""
_STARS = re.compile(r"\*{6,}|X{6,}")
"""What a firewall writes over a server's words, so that nobody may encrypt."""
UNREACHABLE = (
    "Mail servers cannot be reached from here: {how}. Most homes, offices and clouds close port 25 to the outside; "
    "a scan from a server on which it is open would tell."
)


@dataclass(slots=True)
class Talks:
    """Of all scans of a run: each mail server is visited once. worked: whether any took a connection, which shows that the way
    is open; silent: how many left it unanswered."""

    known: dict[tuple[str, tuple[str, ...], int, Path | None], asyncio.Task[_Seen]] = field(default_factory=dict)
    worked: bool = False
    silent: int = 0


@dataclass(frozen=True, slots=True)
class _Refused:
    """Nobody listens, or something on the way says so."""

    how: str


_Seen = MailTalk | _Refused | Unavailable


class MailServers:
    """A tool for gatherers: visits to mail servers, within a scan's time and its guard.

    talks: what the run has seen. counts: ``smtp`` counts connections. left: seconds until the scan's time is up. ca_file: roots
    to believe besides the usual.
    """

    def __init__(
        self,
        target: Target,
        talks: Talks,
        counts: Counter[str],
        clock: Clock,
        left: Callable[[], float],
        ca_file: Path | None = None,
    ) -> None:
        self._target, self._talks, self._counts, self._clock, self._left = target, talks, counts, clock, left
        self._ca_file = ca_file

    async def visit(self, servers: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[MailTalk | Closed | Unavailable, ...]:
        """What each server (name, addresses) shows; what is closed may be told only once all were tried."""
        seen = await asyncio.gather(*(self._seen(host, addresses) for host, addresses in servers))
        return tuple(self._told(host, one) for (host, _), one in zip(servers, seen, strict=True))

    def _told(self, host: str, seen: _Seen) -> MailTalk | Closed | Unavailable:
        if not isinstance(seen, _Refused):
            return seen
        if self._talks.worked:
            return Closed(f"{host} {seen.how}.")
        return Unavailable(UNREACHABLE.format(how=f"{host} {seen.how}"))

    async def _seen(self, host: str, addresses: tuple[str, ...]) -> _Seen:
        port = self._target.service_port("smtp")
        given = self._target.resolve.get(host)
        may = (one for one in given or addresses if self._target.refuses_of_others(host, ipaddress.ip_address(one)) is None)
        allowed = tuple(may)[:MOST_ADDRESSES]
        if not allowed:
            return Unavailable(f"{host} leads to no address that may be connected to.")
        key = (host, allowed, port, self._ca_file)
        if key not in self._talks.known:
            self._talks.known[key] = asyncio.ensure_future(self._looked(host, allowed, port))
        try:
            async with asyncio.timeout(max(0.001, self._left())):
                return await asyncio.shield(self._talks.known[key])
        except TimeoutError:
            return Unavailable("The scan's time was used up before this could be looked at.")

    async def _looked(self, host: str, addresses: tuple[str, ...], port: int) -> _Seen:
        if not self._talks.worked and self._talks.silent >= TRIED_IN_VAIN:
            return Unavailable(UNREACHABLE.format(how="none that was tried took a connection"))
        connection = await self._connected(host, addresses, port)
        if not isinstance(connection, Connection):
            return connection
        self._talks.worked = True
        ends = asyncio.get_running_loop().time() + SECONDS

        def left() -> float:
            rest = ends - asyncio.get_running_loop().time()
            if rest <= 0:
                raise CouldNotGather(f"{host} is too slow: {SECONDS:.0f} s were not enough for a short talk.")
            return min(STEP_SECONDS, rest)

        try:
            async with Conversation(connection, "SMTP", left, self._received) as conversation:
                return await _talk(conversation, connection, host, self._clock.now(), self._ca_file)
        except CouldNotGather as reason:
            return Unavailable(f"{host}: {reason}")

    def _received(self, size: int) -> None:
        self._counts["bytes"] += size

    async def _connected(self, host: str, addresses: tuple[str, ...], port: int) -> Connection | _Refused | Unavailable:
        refused = silent = False
        for address in addresses:
            self._counts["smtp"] += 1
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return Connection(*await asyncio.open_connection(address, port, limit=LINE_BYTES))
            except TimeoutError:
                silent = True
            except OSError as error:
                refused = refused or error.errno in {errno.ECONNREFUSED, errno.ECONNRESET}
        if refused:
            return _Refused(f"refuses connections on port {port}")
        if silent:
            self._talks.silent += 1
            return Unavailable(UNREACHABLE.format(how=f"{host} leaves connections to port {port} unanswered"))
        return Unavailable(f"This computer found no way to {host}, port {port}.")


async def _talk(
    conversation: Conversation, connection: Connection, host: str, now: datetime, ca_file: Path | None
) -> MailTalk | Unavailable:
    """Raises CouldNotGather where nothing can be told of the server."""
    greeting = await conversation.reply()
    if greeting.code != 220:
        return Unavailable(f"{host} turns us away: {_shown(greeting)}")
    hello = await conversation.ask(f"EHLO {_own_name(connection)}")
    if hello.code != 250:
        if 500 <= hello.code < 550:  # RFC 5321 4.2: it does not know the command, and so no extension either
            await conversation.farewell()
            return MailTalk(sanitize(greeting.text, 300), (), None, f"It knows no EHLO: {_shown(hello)}")
        return Unavailable(f"{host} turns us away: {_shown(hello)}")
    extensions = tuple(sanitize(line, 100) for line in hello.lines[1 : MOST_EXTENSIONS + 1])
    said = MailTalk(sanitize(greeting.text, 300), extensions, None)
    if any(_STARS.search(line) for line in (*greeting.lines, *hello.lines)):
        why = "Something on the way writes over what the server says, as some firewalls do, so that encryption cannot be seen."
        return replace(said, encryption=Unavailable(why))
    if not any(line.split(" ")[0].upper() == "STARTTLS" for line in extensions):
        await conversation.farewell()
        return said
    try:
        started = await conversation.ask("STARTTLS")
        if started.code != 220:
            await conversation.farewell()
            if started.code // 100 == 4:
                return replace(said, encryption=Unavailable(f"It cannot encrypt just now: {_shown(started)}"))
            return replace(said, because=f"It offers STARTTLS and refuses it: {_shown(started)}")
        leaf = await conversation.start_tls(reading_context(), host)
        shown = conversation.certificates() or ((leaf,) if leaf else ())
        encryption = MailEncryption(conversation.tls_version(), *_judged(shown, host, now, ca_file))
        await conversation.farewell()
    except CouldNotGather as reason:
        return replace(said, encryption=Unavailable(f"The encryption does not come about: {reason}"))
    return replace(said, encryption=encryption)


def _shown(reply: Reply) -> str:
    return sanitize(f"{reply.code} {reply.lines[0]}", 160)


def _own_name(connection: Connection) -> str:
    """An address in the place of a name, which no reverse look-up has to confirm (RFC 5321 4.1.3)."""
    address = ipaddress.ip_address(str(connection.writer.get_extra_info("sockname")[0]).partition("%")[0])
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


# --- certificates ----------------------------------------------------------------------------------------------------------


def _judged(
    shown: Sequence[bytes], host: str, now: datetime, ca_file: Path | None
) -> tuple[Certificate | Unavailable, tuple[CertificateDigests, ...]]:
    """The server's own certificate, judged for its name; and what TLSA records are compared with."""
    from cryptography import x509
    from cryptography.utils import CryptographyDeprecationWarning

    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    if not shown:
        return Unavailable(f"{host} showed no certificate."), ()
    try:
        chain = [x509.load_der_x509_certificate(der) for der in shown[:MOST_CERTIFICATES]]
        leaf = read_chain(chain, host)
        trusted, distrust = _trusted(chain, now, ca_file)
        return replace(leaf, trusted=trusted, distrust=distrust), _digests(chain, now)
    except (ValueError, TypeError, x509.InvalidVersion) as error:  # what a stranger put into a certificate
        return Unavailable(f"The certificate of {host} cannot be read ({type(error).__name__})."), ()


def _trusted(chain: list[x509.Certificate], now: datetime, ca_file: Path | None) -> tuple[bool, str]:
    """Whether the chain ends at a known root, name and dates of the server's own certificate aside. Why not, in a few words.

    By signatures, dates and the right to sign, which is what senders of mail look at; what more browsers ask for is left out.
    """
    current, rest = chain[0], list(chain[1:])
    if current.subject == current.issuer:
        return False, "it signed itself"
    while True:
        if any(_issued(root, current, now) for root in _roots(ca_file) if root.subject == current.issuer):
            return True, ""
        above = next((one for one in rest if one.subject == current.issuer and _issued(one, current, now)), None)
        if above is None:
            return False, "the intermediate certificate is missing, or nobody known issued it"
        rest.remove(above)
        current = above


def _issued(above: x509.Certificate, below: x509.Certificate, now: datetime) -> bool:
    """Whether a certificate may sign others, is in date, and signed this one."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        below.verify_directly_issued_by(above)
        signs = above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        signs = above.version is x509.Version.v1  # some old roots
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return signs and above.not_valid_before_utc <= now <= above.not_valid_after_utc


@lru_cache(maxsize=8)
def _roots(ca_file: Path | None) -> tuple[x509.Certificate, ...]:
    """Certifi's roots, and those of a file that was found usable before. Raises ValueError."""
    import certifi
    from cryptography import x509

    found = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    if ca_file is not None:
        found += x509.load_pem_x509_certificates(ca_file.read_bytes())
    return tuple(found)


def _digests(chain: list[x509.Certificate], now: datetime) -> tuple[CertificateDigests, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found: list[CertificateDigests] = []
    linked = True
    for number, one in enumerate(chain):
        if number:
            linked = linked and _issued(one, chain[number - 1], now)
        whole = one.public_bytes(Encoding.DER)
        key = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        found.append(CertificateDigests(_hex(whole), _hex512(whole), _hex(key), _hex512(key), linked))
    return tuple(found)


def _hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hex512(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()
