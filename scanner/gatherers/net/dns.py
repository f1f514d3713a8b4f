"""Asks name servers for records, without /etc/hosts and search lists. Web addresses are looked up by ``resolver`` instead.

Each answer is bounded in bytes, records (``dns_wire``) and time, what is remembered of all of them in memory, and each is
validated by ourselves where it can be. What a name server does not answer, or answers with an error, is never taken as "not
there": only NXDOMAIN and an answer without records are facts.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.evidence import DnsAnswer, DnsLookup, Dnssec, Existence, Security, Unavailable
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName
from scanner.mail.answers import Answers, Question
from scanner.scope.addresses import IPAddress

if TYPE_CHECKING:
    import dns.message
    import dns.name

    from scanner.gatherers.net.dnssec import Ask, Judged, Trust

TRIES = (1.5, 3.0)
"""Seconds for each server on the first and on the second round."""
MOST_SERVERS = 3
MOST_AT_ONCE = 12
"""Questions of one program under way."""
PAYLOAD = 1232
"""Bytes by UDP; what is longer comes by TCP (DNS flag day 2020)."""
MOST_ALIASES = 8
MOST_RECORDS = 100
MOST_MEMORY = 30_000_000
"""Bytes of memory for the answers of a run; the oldest are forgotten."""
MEMORY_AN_ANSWER, MEMORY_A_BYTE = 6_000, 16
"""Of an answer that was read, beside and for each byte of it as it travels."""
MOST_FAILURES = 2
"""Of one question, until it is not asked any more in this run: what is never answered costs its whole time each time."""
MOST_ROUNDS = 40
_T = TypeVar("_T")
MOST_QUESTIONS = 200
"""Of one scan, those of validation apart."""
MOST_VALIDATING = 600
"""Questions of one scan for keys and signatures; what is asked for most often, the root and the top, is asked once a run."""


NO_NAME_SERVER = (
    "The shop is in a private place, and stays there: no name server is asked about it, unless --nameserver names one."
)


class NoNameServer(NameUnanswered):
    """There is nobody to ask: the shop is in a private place, and stays there."""


class OutOfQuestions(CouldNotGather):
    """The scan asked for as much as one may."""


MOST_SIGNATURES = 3_000
"""Of one scan that are checked. An ordinary shop comes to some 200."""
TOO_MUCH_WORK = "Validating this shop's names costs more than anybody's does."
_counting: ContextVar[Counter[str] | None] = ContextVar("counting", default=None)
"""Whose questions are being asked."""
Refuses = Callable[[str, IPAddress], str | None]
"""Why an address of a name may not be connected to; None where it may."""


class Dns:
    """The name servers of this computer, or those given: (address, port) pairs. With none, nothing is asked.

    One for all scans of a run: each question is asked once. anchors: the root's keys (DS records) in place of those that come
    with the program. port: where the name servers of a zone are asked themselves. now: seconds since 1970.
    """

    def __init__(
        self,
        servers: tuple[tuple[str, int], ...] | None = None,
        *,
        anchors: tuple[str, ...] | None = None,
        port: int = 53,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._servers = servers
        self._anchors = anchors
        self._port = port
        self._now = now
        self._messages: dict[tuple[Any, int], asyncio.Task[dns.message.Message]] = {}
        self._memory: dict[tuple[Any, int], int] = {}
        self._failures = Counter[tuple[Any, int]]()
        self._places: asyncio.Semaphore | None = None
        self._trust: Trust | None = None
        self.sent = Counter[str]()

    @property
    def asks(self) -> bool:
        """Whether there is anybody to ask."""
        return self._servers != ()

    async def exists(self, domain: str) -> bool:
        """Whether a domain is there: False only where a name server says NXDOMAIN (RFC 8020). Raises NameUnanswered."""
        return (await self.ask(domain, "NS", validated=False)).existence is not Existence.NO_NAME

    async def ask(self, name: str, kind: str, *, validated: bool = True) -> DnsAnswer:
        """What there is at a name, through its aliases. Raises NameUnanswered."""
        import dns.exception
        import dns.name
        import dns.rdatatype

        try:
            asked = dns.name.from_text(name)  # absolute: no search list is tried
        except dns.exception.DNSException as error:
            raise NameUnanswered(f"{name} is no name that can be asked for.") from error
        return await self._answer(asked, dns.rdatatype.from_text(kind), validated=validated)

    async def told(self, name: str, kind: str) -> DnsAnswer | Unavailable:
        """The same, not validated; Unavailable where nobody answered."""
        try:
            return await self.ask(name, kind, validated=False)
        except NameUnanswered as why:
            return Unavailable(str(why))

    async def _answer(self, name: dns.name.Name, kind: int, *, validated: bool) -> DnsAnswer:
        import dns.rcode

        from scanner.gatherers.net import dnssec

        owner, judged = name, dnssec.SECURE
        for _ in range(MOST_ALIASES):
            message = await self._message(owner, kind)
            if validated:
                judged = judged.weaker(await self._judged(message, owner, kind))
            found = dnssec.steps(message, owner, kind)
            led = dnssec.end(message, owner, kind)
            if any(one.name == led and one.rdtype != kind for one in found):
                raise _endless(name)
            final = found[-1] if found and found[-1].name == led and found[-1].rdtype == kind else None
            if final is not None or led == owner or message.rcode() == dns.rcode.NXDOMAIN or _has_soa(message):
                break
            owner = led
        else:
            raise _endless(name)
        security, why = (judged.security, judged.why) if validated else (Security.UNKNOWN, "")
        canonical = _text(led) if led != name else ""
        if final is not None:
            records = tuple(sorted(_record(one) for one in list(final)[:MOST_RECORDS]))
            return DnsAnswer(Existence.FOUND, records, canonical, security, why)
        existence = Existence.NO_NAME if message.rcode() == dns.rcode.NXDOMAIN else Existence.NO_DATA
        return DnsAnswer(existence, (), canonical, security, why)

    async def _judged(self, message: dns.message.Message, name: dns.name.Name, kind: int) -> Judged:
        from scanner.gatherers.net.dnssec import Judged

        try:
            return await self.trust.judge(message, name, kind)
        except NameUnanswered as error:
            return Judged(Security.UNKNOWN, str(error))

    @property
    def trust(self) -> Trust:
        """The zones that were looked at on the way down from the root."""
        from scanner.gatherers.net.anchors import known_keys
        from scanner.gatherers.net.dnssec import Trust

        if self._trust is None:

            async def ask(name: dns.name.Name, kind: int) -> dns.message.Message:
                return await self._message(name, kind, counted="dnssec")

            self._trust = Trust(ask, self._anchors or known_keys().records(_day(self._now())), self._now, _spend)
        return self._trust

    async def signed(self, domain: str, refuses: Refuses) -> Dnssec:
        """Whether a domain's zone is signed, and whether its signatures hold.

        What fails is asked of two of the zone's own name servers: only if both show the same is it broken, else nobody can tell
        from here. refuses: why one of their addresses may not be asked. Raises NameUnanswered.
        """
        import dns.name
        import dns.rdatatype

        from scanner.gatherers.net.dnssec import SECURE, TOO_OLD, Judged

        name = dns.name.from_text(domain)
        try:
            judged = (await self.trust.zone(name)).judged
            if judged == SECURE:
                message = await self._message(name, dns.rdatatype.SOA, counted="dnssec")
                judged = await self.trust.judge(message, name, dns.rdatatype.SOA)
        except NoNameServer:
            raise
        except NameUnanswered as error:  # as a resolver does that validates too, and whatever it is asked for
            judged = Judged(Security.UNKNOWN, str(error))
        if judged.security in {Security.SECURE, Security.INSECURE} or judged.why == TOO_OLD:
            return Dnssec(judged.security, judged.why)
        return await self._confirmed(name, judged, refuses)

    async def _confirmed(self, name: dns.name.Name, judged: Judged, refuses: Refuses) -> Dnssec:
        """Ask the zone's own name servers. judged: what the way by the resolver gave."""
        broken: dict[str, str] = {}
        async for server, address in self._own_servers(name, refuses):
            try:
                said = await self.trust.seen(name, self._of(address))
            except NameUnanswered:
                continue
            if said.security is Security.SECURE:
                why = f"{judged.why}; its own name server {server} shows it in order"
                return Dnssec(Security.UNKNOWN, why, (server,))
            if said.security is Security.BROKEN:
                broken[server] = said.why
            if len(broken) == 2:
                break
        if len(broken) == 2 and len(set(broken.values())) == 1:
            return Dnssec(Security.BROKEN, next(iter(broken.values())), tuple(broken))
        return Dnssec(Security.UNKNOWN, f"{judged.why}; no two of its own name servers could be asked about it", tuple(broken))

    def _of(self, address: str) -> Ask:
        """How one name server is asked itself."""

        async def ask(name: dns.name.Name, kind: int) -> dns.message.Message:
            self._count("dnssec")
            message, _ = await self._exchange(name, kind, ((address, self._port),), recursive=False)
            return message

        return ask

    async def _own_servers(self, name: dns.name.Name, refuses: Refuses) -> AsyncIterator[tuple[str, str]]:
        """(name, address) of a zone's name servers, one address each, those that may be asked."""
        servers = (await self.ask(_text(name), "NS", validated=False)).records
        for server in servers[: 2 * MOST_SERVERS]:
            for kind in ("A", "AAAA"):
                with contextlib.suppress(NameUnanswered):
                    addresses = (await self.ask(server, kind, validated=False)).records
                    allowed = [one for one in addresses if refuses(server, ipaddress.ip_address(one)) is None]
                    if allowed:
                        yield server, allowed[0]
                        break

    async def _message(self, name: dns.name.Name, kind: int, counted: str = "dns") -> dns.message.Message:
        """The answer of the name servers that are asked; each question is asked once. Raises NameUnanswered."""
        if self._servers == ():
            raise NoNameServer(f"No name server was asked about {_text(name)}.")
        question = (name.canonicalize(), kind)
        task = self._messages.get(question)
        if task is not None and task.done() and (task.cancelled() or task.exception() is not None):
            self._failures[question] += 1
            task = task if self._failures[question] >= MOST_FAILURES and not task.cancelled() else None
        if task is None:
            self._count(counted)
            task = asyncio.ensure_future(self._remembered(question, name, kind))
            self._messages[question] = task
            task.add_done_callback(_looked_at)
        return await asyncio.shield(task)

    async def _remembered(self, question: tuple[Any, int], name: dns.name.Name, kind: int) -> dns.message.Message:
        size = 0
        try:
            message, size = await self._exchange(name, kind, self._known_servers())
        finally:
            self._memory[question] = MEMORY_AN_ANSWER + MEMORY_A_BYTE * size
            while sum(self._memory.values()) > MOST_MEMORY:
                oldest = next(iter(self._memory))
                del self._memory[oldest]
                self._messages.pop(oldest, None)
                self._failures.pop(oldest, None)
        return message

    def _count(self, counted: str) -> None:
        counts = _counting.get()
        if counts is not None:
            if counted == "dnssec" and counts[counted] >= MOST_VALIDATING:
                raise NameUnanswered(TOO_MUCH_WORK)
            counts.update({"dns": 1} if counted == "dns" else {"dns": 1, counted: 1})
        self.sent[counted] += 1

    def _known_servers(self) -> tuple[tuple[str, int], ...]:
        """Raises NameUnanswered."""
        if self._servers is None:
            import dns.exception
            import dns.resolver

            try:
                system = dns.resolver.Resolver(configure=True)
            except dns.exception.DNSException as error:
                raise NameUnanswered("This computer names no name server to ask.") from error
            self._servers = tuple((str(server), system.port) for server in system.nameservers)[:MOST_SERVERS]
        return self._servers

    async def _exchange(
        self, name: dns.name.Name, kind: int, servers: Iterable[tuple[str, int]], *, recursive: bool = True
    ) -> tuple[dns.message.Message, int]:
        """One question, until somebody answers it; with the bytes of the answer. Raises NameUnanswered."""
        import dns.exception
        import dns.flags
        import dns.message
        import dns.rdatatype

        from scanner.gatherers.net import dns_wire

        if self._places is None:
            self._places = asyncio.Semaphore(MOST_AT_ONCE)
        query = dns.message.make_query(name, dns.rdatatype.RdataType.make(kind), want_dnssec=True, payload=PAYLOAD)
        query.flags = (dns.flags.RD if recursive else dns.flags.Flag(0)) | dns.flags.CD
        why = "no answer"
        async with self._places:
            for seconds in TRIES:
                for address, port in servers:
                    try:
                        message, size = await dns_wire.ask(query, address, port, seconds)
                    except dns_wire.TooMuch as error:
                        why = str(error)
                        continue
                    except (dns.exception.DNSException, OSError, EOFError, TimeoutError) as error:
                        why = "no answer in time" if isinstance(error, TimeoutError) else _said(error)
                        continue
                    refusal = _refusal(message, name, kind, recursive=recursive)
                    if refusal is None:
                        return message, size
                    why = refusal
        raise NameUnanswered(f"The name servers gave no clear answer about {_text(name)} ({why}).")


class Lookups:
    """A tool for gatherers: the questions of one scan, counted and bounded.

    counts: ``dns`` counts what was really asked. left: seconds until the scan's time is up. refuses: why an address may not be
    connected to.
    """

    def __init__(self, dns: Dns, counts: Counter[str], left: Callable[[], float], refuses: Refuses) -> None:
        self._dns = dns
        self._counts = counts
        self._left = left
        self._refuses = refuses
        self._asked: set[Question] = set()

    @property
    def possible(self) -> bool:
        """Whether there is a name server to ask."""
        return self._dns.asks

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        """What there is at a name. Raises CouldNotGather's children."""
        question = (name.rstrip(".").lower(), kind)
        if question not in self._asked and len(self._asked) >= MOST_QUESTIONS:
            raise OutOfQuestions(f"More than {MOST_QUESTIONS} questions would have to be asked of name servers.")
        self._asked.add(question)
        return await self._counted(self._dns.ask(*question))

    async def addresses(self, name: str) -> tuple[str, ...]:
        """Where a name leads, of the same name servers as all else. Raises NoSuchName, and CouldNotGather's children where they
        do not answer, or with a signature that does not hold: such an answer leads nowhere."""
        for kind in ("A", "AAAA"):
            answer = await self.ask(name, kind)
            if answer.security is Security.BROKEN:
                raise NameUnanswered(f"The signature of the address of {name} does not hold.")
            if answer.records:
                return answer.records
            if answer.existence is Existence.NO_NAME:
                break
        raise NoSuchName(f"The name {name} has no address.")

    async def lookup(self, name: str, kind: str) -> DnsLookup:
        """The same, with whatever stood in the way as its answer."""
        answer: DnsAnswer | Unavailable
        try:
            answer = await self.ask(name, kind)
        except CouldNotGather as why:
            answer = Unavailable(str(why))
        return DnsLookup(name.rstrip(".").lower(), kind, answer)

    async def completed(self, read: Callable[[Answers], object], known: Iterable[DnsLookup] = ()) -> tuple[DnsLookup, ...]:
        """Every answer that an evaluator reads, asked for as it comes to them."""
        lookups = {(one.name, one.type): one for one in known}
        for _ in range(MOST_ROUNDS):
            answers = Answers(lookups.values())
            _ = read(answers)
            if not answers.missing:
                break
            asked = await asyncio.gather(*(self.lookup(*question) for question in answers.missing))
            lookups |= dict(zip(answers.missing, asked, strict=True))
        return tuple(lookups.values())

    async def signed(self, domain: str) -> Dnssec:
        """Whether a domain is signed. Raises CouldNotGather's children."""
        return await self._counted(self._dns.signed(domain, self._refuses))

    async def registered(self, domain: str) -> bool:
        """Whether a domain is there. Raises CouldNotGather's children."""
        return await self._counted(self._dns.exists(domain))

    async def _counted(self, work: Awaitable[_T]) -> _T:
        seconds = max(0.001, self._left())
        before = _counting.set(self._counts)
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError as error:
            raise CouldNotGather("The scan's time was used up before this could be looked at.") from error
        finally:
            _counting.reset(before)


def _spend() -> None:
    counts = _counting.get()
    if counts is not None:
        counts["signatures"] += 1
        if counts["signatures"] > MOST_SIGNATURES:
            raise NameUnanswered(TOO_MUCH_WORK)


def _refusal(message: dns.message.Message, name: dns.name.Name, kind: int, *, recursive: bool) -> str | None:
    """Why an answer says nothing of what was asked for; None where it does."""
    import dns.flags
    import dns.rcode
    import dns.rdatatype

    from scanner.gatherers.net import dnssec

    if message.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return dns.rcode.to_text(message.rcode())
    if message.flags & dns.flags.TC:
        return "an answer that was cut off"
    knows = message.flags & dns.flags.AA or (recursive and message.flags & dns.flags.RA)
    if not knows and not message.answer:
        return "it does not look for others' names"
    if message.answer and not dnssec.steps(message, name, kind):
        return "an answer to something else"
    led_on = any(one.rdtype == dns.rdatatype.NS for one in message.authority)
    if message.rcode() == dns.rcode.NOERROR and not message.answer and led_on and not _has_soa(message):
        return "it only names others that might know"  # a referral, which says of no record that it is not there (RFC 2308 2.1)
    return None


def _endless(name: dns.name.Name) -> NameUnanswered:
    return NameUnanswered(f"The aliases of {_text(name)} have no end.")


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _has_soa(message: dns.message.Message) -> bool:
    import dns.rdatatype

    return any(one.rdtype == dns.rdatatype.SOA for one in message.authority)


def _record(data: Any) -> str:
    """A record's data as zone files write it; names in small letters without the last dot, a TXT's strings put together."""
    strings = getattr(data, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    text: str = data.to_text()
    kind = data.rdtype.name
    if kind in {"NS", "CNAME", "PTR", "DNAME"}:
        return text.rstrip(".").lower()
    if kind == "MX":
        preference, _, host = text.partition(" ")
        return f"{preference} {host.rstrip('.').lower() or '.'}"
    return text


def _text(name: Any) -> str:
    text: str = name.to_text(omit_final_dot=True)
    return text.lower()


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _looked_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        _ = task.exception()  # whoever waited has it, or nobody wants it
