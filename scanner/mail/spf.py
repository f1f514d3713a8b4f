"""SPF (RFC 7208): who may send mail in a domain's name. An evaluator over recorded answers.

``check_host`` is the RFC's function, for one sender. ``examined`` asks the same lines what becomes of a stranger, who is in no
network that the domain names: what he gets is what the record is worth, and since no mechanism ends his way early, he needs every
look-up that any sender may.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from scanner.evidence.dns import Existence
from scanner.evidence.unavailable import Unavailable
from scanner.mail.answers import Answers

MOST_LOOK_UPS = 10  # RFC 7208 4.6.4
MOST_VOID = 2  # the same
MOST_NAMES = 10  # of one MX or PTR answer, the same
COUNTED = 30
"""Look-ups until which a stranger's way is followed, to tell by how many a record is over."""
WIDE = {4: 8, 6: 16}
"""A network with a shorter prefix holds strangers; nobody's mail servers fill it."""
STRANGER = ipaddress.ip_address("198.51.100.254")
"""For macros that name the sender's address; from a block that nobody has (RFC 5737)."""
NAME_CHARACTERS = 253

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class SpfResult(StrEnum):
    """RFC 7208 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105  a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class SpfFault(StrEnum):
    """Why a record counts for nothing: receivers take it as if it were not there."""

    SYNTAX = "syntax"
    SEVERAL = "several"
    """More than one record at a name."""
    LOOK_UPS = "look-ups"
    """More than 10 are needed."""
    VOID = "void"
    """More than 2 look-ups find nothing."""
    NO_RECORD = "no record"
    """An ``include`` or ``redirect`` leads to a name without a record."""
    LOOP = "loop"
    """An ``include`` leads back to a record that is being read."""
    NAMES = "names"
    """An ``mx`` names more than 10 servers."""


@dataclass(frozen=True, slots=True)
class SpfProblem:
    """A fault, the name whose record has it, and the term or the reason."""

    fault: SpfFault
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """A mechanism. qualifier: ``+-~?``. value: a domain-spec with its macros, or an address; "" where there is none."""

    qualifier: str
    mechanism: str
    value: str = ""
    bits4: int = 32
    bits6: int = 128
    text: str = ""


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record, read. redirect: "" where there is none."""

    text: str
    terms: tuple[SpfTerm, ...]
    redirect: str = ""


@dataclass(frozen=True, slots=True)
class SpfCheck:
    """What became of a sender. matched: the term that decided, at ``where``; problem: of a PERMERROR."""

    result: SpfResult
    matched: str = ""
    where: str = ""
    problem: SpfProblem | None = None


@dataclass(frozen=True, slots=True)
class SpfReading:
    """What a domain's SPF is worth.

    records: those at the domain itself. result: a stranger's: FAIL and SOFTFAIL keep him out, NEUTRAL and PASS let him in.
    ending: the qualifier of the ``all`` that counts, "" without one. matched: the term that let a stranger in, at ``where``.
    problems: each is a PERMERROR. look_ups and void: how many a stranger needs. included: whose records are included, in order.
    unknown: why the rest could not be read; nothing that could be worse may be told then.
    """

    records: tuple[str, ...]
    result: SpfResult
    ending: str
    matched: str
    where: str
    problems: tuple[SpfProblem, ...]
    look_ups: int
    void: int
    included: tuple[str, ...]
    unknown: Unavailable | None = None


class BadRecord(ValueError):
    """A record breaks the grammar; the text is the term."""


class _Perm(Exception):
    def __init__(self, problem: SpfProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class _Temp(Exception):
    def __init__(self, why: Unavailable) -> None:
        super().__init__(why.because)
        self.why = why


def published(domain: str, answers: Answers) -> tuple[str, ...] | Unavailable:
    """The SPF records at a name, as they stand there."""
    texts = answers.records(domain, "TXT")
    return texts if isinstance(texts, Unavailable) else tuple(text for text in texts if _BEGIN.match(text))


def check_host(ip: IPAddress, domain: str, sender: str, helo: str, answers: Answers) -> SpfCheck:
    """The result for a connection from ``ip`` that says ``MAIL FROM:<sender>`` (RFC 7208 4). Unavailable answers: TEMPERROR."""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    run = _Run(answers, ip, sender if "@" in sender else f"postmaster@{sender or helo}", helo)
    try:
        return run.check(domain, ())
    except _Perm as error:
        return SpfCheck(SpfResult.PERMERROR, where=error.problem.where, problem=error.problem)
    except _Temp:
        return SpfCheck(SpfResult.TEMPERROR)


def examined(domain: str, answers: Answers) -> SpfReading:
    """What the record at a domain is worth."""
    records = published(domain, answers)
    if isinstance(records, Unavailable):
        return SpfReading((), SpfResult.TEMPERROR, "", "", "", (), 0, 0, (), records)
    run = _Run(answers, STRANGER, f"postmaster@{domain}", domain, stranger=True)
    unknown = None
    try:
        check = run.check(domain, ())
    except _Perm as error:
        check = SpfCheck(SpfResult.PERMERROR, problem=error.problem)
        run.problems.append(error.problem)
    except _Temp as error:
        check, unknown = SpfCheck(SpfResult.TEMPERROR), error.why
    result = SpfResult.PERMERROR if run.problems else check.result
    if unknown is not None and not any(one.fault is not SpfFault.VOID for one in run.problems):
        result = SpfResult.TEMPERROR
    problems = tuple(dict.fromkeys(run.problems))
    look_ups, void = run.look_ups, run.void
    return SpfReading(
        records,
        result,
        run.ending,
        check.matched,
        check.where,
        problems,
        look_ups,
        void,
        tuple(dict.fromkeys(run.included)),
        unknown,
    )


# --- the grammar (RFC 7208 4.6, 5, 6, 7, 12) ---------------------------------------------------------------------------

_BEGIN = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
_DIRECTIVE = re.compile(r"([+?~-]?)(all|include|ip4|ip6|ptr|exists|mx|a)(?![A-Za-z0-9_.-])(.*)", re.IGNORECASE | re.DOTALL)
_MACRO = re.compile(r"%(?:\{([slodiphcrtvSLODIPHCRTV])([0-9]*)(r?)([.\-+,/_=]*)\}|([%_-]))", re.ASCII)
_CIDR = re.compile(r"(.*?)(?:/(0|[1-9][0-9]{0,2}))?(?://(0|[1-9][0-9]{0,2}))?", re.DOTALL)
_TOP = re.compile(r"(?=.*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_ALONE = re.compile(r"[!-$&-~]*")
"""Visible characters but ``%``, which begins a macro."""
_RESULTS = {"+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


def parsed(text: str) -> SpfRecord:
    """Read a record. Raises BadRecord."""
    terms: list[SpfTerm] = []
    once: dict[str, str] = {}
    for term in text[len("v=spf1") :].split(" "):
        if not term:
            continue
        if (modifier := _MODIFIER.fullmatch(term)) is not None:
            name, value = modifier[1].lower(), modifier[2]
            if name in once and name in {"redirect", "exp"}:
                raise BadRecord(term)
            if name in {"redirect", "exp"}:
                _refuse_domain(value, term)
            _refuse_macros(value, term, explains=name not in {"redirect", "exp"})
            once[name] = value
        else:
            terms.append(_term(term))
    return SpfRecord(text, tuple(terms), once.get("redirect", ""))


def _term(term: str) -> SpfTerm:
    """A mechanism. Raises BadRecord."""
    found = _DIRECTIVE.fullmatch(term)
    if found is None:
        raise BadRecord(term)
    qualifier, mechanism, rest = found[1] or "+", found[2].lower(), found[3]
    if mechanism == "all":
        if rest:
            raise BadRecord(term)
        return SpfTerm(qualifier, mechanism, text=term)
    if mechanism in {"ip4", "ip6"}:
        return _network_term(qualifier, mechanism, rest, term)
    value, bits4, bits6 = rest, "", ""
    if mechanism in {"a", "mx"} and (cut := _CIDR.fullmatch(rest)) is not None:
        value, bits4, bits6 = cut[1], cut[2] or "", cut[3] or ""
    if int(bits4 or 0) > 32 or int(bits6 or 0) > 128 or (value and not value.startswith(":")):
        raise BadRecord(term)
    if value or mechanism in {"include", "exists"}:
        _refuse_domain(value[1:], term)
        _refuse_macros(value[1:], term)
    return SpfTerm(qualifier, mechanism, value[1:], int(bits4) if bits4 else 32, int(bits6) if bits6 else 128, term)


def _network_term(qualifier: str, mechanism: str, rest: str, term: str) -> SpfTerm:
    address, slash, bits = rest.removeprefix(":").partition("/")
    version = int(mechanism[2])
    try:
        found = ipaddress.ip_address(address)
    except ValueError as error:
        raise BadRecord(term) from error
    longest = found.max_prefixlen
    if not rest.startswith(":") or found.version != version or "%" in address:
        raise BadRecord(term)
    if slash and (not re.fullmatch("0|[1-9][0-9]{0,2}", bits) or int(bits) > longest):
        raise BadRecord(term)
    length = int(bits) if slash else longest
    return SpfTerm(qualifier, mechanism, address, length, length, term)


def _refuse_domain(value: str, term: str) -> None:
    """A domain-spec ends in a macro or in a top label (RFC 7208 7.1). Raises BadRecord."""
    macros = list(_MACRO.finditer(value))
    if macros and macros[-1].end() == len(value) and macros[-1][1]:
        return
    head, dot, top = value.removesuffix(".").rpartition(".")
    if not dot or not _TOP.fullmatch(top) or not head:
        raise BadRecord(term)


def _refuse_macros(value: str, term: str, *, explains: bool = False) -> None:
    """Raises BadRecord where something but macros and visible characters stands in a value."""
    for found in _MACRO.finditer(value):
        if (found[2] and int(found[2]) == 0) or (found[1] and found[1].lower() in "crt" and not explains):
            raise BadRecord(term)
    if not _ALONE.fullmatch(_MACRO.sub("", value)):
        raise BadRecord(term)


# --- the evaluation --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """One evaluation. Look-ups and void ones count across all its records (RFC 7208 4.6.4)."""

    answers: Answers
    ip: IPAddress
    sender: str
    helo: str
    stranger: bool = False
    look_ups: int = 0
    void: int = 0
    ending: str = ""
    problems: list[SpfProblem] = field(default_factory=list)
    included: list[str] = field(default_factory=list)

    def check(self, domain: str, above: tuple[str, ...] = (), *, outer: bool = True) -> SpfCheck:
        """Raises _Perm, _Temp. above: the names whose records lead here. outer: whether by redirects alone."""
        domain = domain.rstrip(".").lower()
        if not _is_name(domain):
            return SpfCheck(SpfResult.NONE, where=domain)
        records = published(domain, self.answers)
        if isinstance(records, Unavailable):
            raise _Temp(records)
        if not records:
            return SpfCheck(SpfResult.NONE, where=domain)
        if len(records) > 1:
            raise _Perm(SpfProblem(SpfFault.SEVERAL, domain, f"{len(records)} records"))
        try:
            record = parsed(records[0])
        except BadRecord as error:
            raise _Perm(SpfProblem(SpfFault.SYNTAX, domain, str(error))) from error
        for term in record.terms:
            if term.mechanism == "all" and outer:
                self.ending = term.qualifier
            if self._matches(term, domain, (*above, domain)):
                return SpfCheck(_RESULTS[term.qualifier], term.text, domain)
        if not record.redirect:
            return SpfCheck(SpfResult.NEUTRAL, where=domain)
        return self._elsewhere(record.redirect, f"redirect={record.redirect}", domain, (*above, domain), outer=outer)

    def _elsewhere(self, value: str, text: str, domain: str, above: tuple[str, ...], *, outer: bool) -> SpfCheck:
        """What the record says that a term of ``domain``'s leads to."""
        target = self._expanded(value, domain).rstrip(".").lower()
        self._count(domain, text)
        if target in above:
            raise _Perm(SpfProblem(SpfFault.LOOP, domain, text))
        check = self.check(target, above, outer=outer)
        if check.result is SpfResult.NONE:
            raise _Perm(SpfProblem(SpfFault.NO_RECORD, domain, text))
        return check

    def _matches(self, term: SpfTerm, domain: str, above: tuple[str, ...]) -> bool:
        if term.mechanism == "all":
            return True
        if term.mechanism in {"ip4", "ip6"}:
            return self._within([ipaddress.ip_address(term.value)], term)
        if term.mechanism == "include":
            self.included.append(self._expanded(term.value, domain).rstrip(".").lower())
            return self._elsewhere(term.value, term.text, domain, above, outer=False).result is SpfResult.PASS
        self._count(domain, term.text)
        target = self._expanded(term.value, domain) if term.value else domain
        match term.mechanism:
            case "a":
                return self._within(self._addresses(target, domain, term), term)
            case "mx":
                return self._mx(target, domain, term)
            case "exists":
                return bool(self._asked(target, "A", domain, term.text))
            case _:
                return not self.stranger and any(_is_below(name, target) for name in self._validated(domain, term.text))

    def _mx(self, target: str, domain: str, term: SpfTerm) -> bool:
        hosts = [record.partition(" ")[2] for record in self._asked(target, "MX", domain, term.text)]
        if len(hosts) > MOST_NAMES:
            raise _Perm(SpfProblem(SpfFault.NAMES, domain, term.text))
        found = False
        for host in hosts:  # a stranger sees them all: he needs what any sender may
            found = found or self._within(self._addresses(host, domain, term), term)
        return found

    def _addresses(self, name: str, domain: str, term: SpfTerm) -> list[IPAddress]:
        records = self._asked(name, "A" if self.ip.version == 4 else "AAAA", domain, term.text)
        return [ipaddress.ip_address(record) for record in records]

    def _within(self, found: list[IPAddress], term: SpfTerm) -> bool:
        bits = {4: term.bits4, 6: term.bits6}
        if self.stranger:
            return any(bits[address.version] < WIDE[address.version] for address in found)
        return any(
            address.version == self.ip.version and self.ip in ipaddress.ip_network((address, bits[address.version]), strict=False)
            for address in found
        )

    def _validated(self, domain: str, text: str) -> list[str]:
        """The names that the sender's address has and that lead back to it (RFC 7208 5.5). Errors are no match."""
        kind = "A" if self.ip.version == 4 else "AAAA"
        pointers = self.answers.get(self.ip.reverse_pointer, "PTR")
        if isinstance(pointers, Unavailable):
            return []
        if not pointers.records:
            self._void(domain, text)
        names = []
        for name in pointers.records[:MOST_NAMES]:
            addresses = self.answers.records(name, kind)
            if not isinstance(addresses, Unavailable) and str(self.ip) in addresses:
                names.append(name.rstrip(".").lower())
        return names

    def _asked(self, name: str, kind: str, domain: str, text: str) -> tuple[str, ...]:
        """Raises _Perm, _Temp."""
        name = name.rstrip(".").lower()
        if not _is_name(name, least=1):
            return ()
        answer = self.answers.get(name, kind)
        if isinstance(answer, Unavailable):
            raise _Temp(answer)
        if answer.existence is not Existence.FOUND:
            self._void(domain, text)
        return answer.records

    def _count(self, domain: str, text: str) -> None:
        self.look_ups += 1
        if self.look_ups == MOST_LOOK_UPS + 1:
            self._over(SpfProblem(SpfFault.LOOK_UPS, domain, text))
        if self.look_ups > COUNTED:
            raise _Perm(SpfProblem(SpfFault.LOOK_UPS, domain, text))

    def _void(self, domain: str, text: str) -> None:
        self.void += 1
        if self.void == MOST_VOID + 1:
            self._over(SpfProblem(SpfFault.VOID, domain, text))

    def _over(self, problem: SpfProblem) -> None:
        """A limit is passed: for a sender that is the end; a stranger goes on, to see by how much."""
        if not self.stranger:
            raise _Perm(problem)
        self.problems.append(problem)

    # --- macros (RFC 7208 7) ---

    def _expanded(self, value: str, domain: str) -> str:
        """A domain-spec → a name; from the left it loses labels until it fits."""
        name = _MACRO.sub(lambda found: self._macro(found, domain), value)
        while len(name.rstrip(".")) > NAME_CHARACTERS and "." in name:
            name = name.partition(".")[2]
        return name

    def _macro(self, found: re.Match[str], domain: str) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        letter, digits, delimiters = found[1], int(found[2] or 0), found[4] or "."
        parts = re.split(f"[{re.escape(delimiters)}]", self._letter(letter.lower(), domain))
        if found[3]:
            parts.reverse()
        text = ".".join(parts[-digits:] if digits else parts)
        return quote(text, safe="-._~") if letter.isupper() else text

    def _letter(self, letter: str, domain: str) -> str:
        local, _, sender_domain = self.sender.rpartition("@")
        match letter:
            case "s":
                return f"{local or 'postmaster'}@{sender_domain}"
            case "l":
                return local or "postmaster"
            case "o":
                return sender_domain
            case "d":
                return domain
            case "i":
                return str(self.ip) if self.ip.version == 4 else ".".join(self.ip.exploded.replace(":", ""))
            case "p":
                return self._name_of_sender(domain)
            case "v":
                return "in-addr" if self.ip.version == 4 else "ip6"
            case _:
                return self.helo

    def _name_of_sender(self, domain: str) -> str:
        """``%{p}``: the domain itself if the address has that name, else one below it, else any."""
        names = [] if self.stranger else self._validated(domain, "%{p}")
        return next(
            (name for name in names if name == domain),
            next((name for name in names if _is_below(name, domain)), (names or ["unknown"])[0]),
        )


def _is_name(name: str, least: int = 2) -> bool:
    """Whether a name can be asked for: labels of 1 to 63 characters; a domain of senders has at least two (RFC 7208 4.3)."""
    labels = name.split(".")
    return len(labels) >= least and len(name) <= NAME_CHARACTERS and all(0 < len(label.encode()) <= 63 for label in labels)


def _is_below(name: str, domain: str) -> bool:
    domain = domain.rstrip(".").lower()
    return name == domain or name.endswith(f".{domain}")
