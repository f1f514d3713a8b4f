"""Records to paste, made from what is there: what they are as lines of a zone file, and in the words of a DNS panel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scanner import DnsAnswer, DnsLookup, Existence, MailDomain, MailEncryption, MailServer, MailTalk, Unavailable
from scanner.mail.answers import Answers
from scanner.mail.dmarc import POLICIES, DmarcFault, DmarcReading, DmarcRecord
from scanner.mail.dmarc import parsed as parsed_dmarc
from scanner.mail.meant import plain
from scanner.mail.spf import WIDE, BadRecord, SpfFault, SpfProblem, SpfReading, SpfResult, SpfTerm, examined, parsed
from scanner.mail.transport import tlsa_name

LONGEST_STRING = 255
"""Bytes of one string of a TXT record (RFC 1035 3.3); longer ones are written as several."""
TTL = 3600
_BLOCKED = str.maketrans({"\\": r"\\", '"': r"\""})
_ALL = re.compile(r"[-+~?]?all[.,;]*", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:ipv4|ipv6|ip4|ip6|ip)?[:=]?"
    r"([0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:/[0-9]{1,3})?)",
    re.IGNORECASE,
)
_SPLIT_FROM_NAME = re.compile(r"\b(include|a|mx|ip4|ip6|exists|redirect)([:=]) +", re.IGNORECASE)


def zone_line(name: str, value: str) -> str:
    """A TXT record as a line of a zone file."""
    pieces = [value[start : start + LONGEST_STRING] for start in range(0, len(value), LONGEST_STRING)] or [""]
    strings = " ".join(f'"{piece.translate(_BLOCKED)}"' for piece in pieces)
    return f"{name}. {TTL} IN TXT {strings}"


def in_panel(name: str, value: str) -> str:
    """How a TXT record is entered in a DNS panel. name: without the domain, ``@`` for the domain itself."""
    return f"In the DNS panel: type TXT, name {name}, value “{value}”."


def instead_of(meant: str) -> str:
    """What is to be said of a text that was meant as the record; empty where there is none."""
    if not meant:
        return ""
    meant = meant[:LONGEST_STRING]
    return f"A text was meant as one, and counts for nothing as it is written; put the new one in its place: “{meant}”."


def first_spf(domain: MailDomain, includes: Iterable[str] = ()) -> str:
    """A first SPF record of a domain: its web server, its mail servers, and what its providers want to be included."""
    if not domain.sends:
        return "v=spf1 -all"
    named = [f"include:{name}" for name in dict.fromkeys(includes)]
    own = ["a"] if named or not domain.servers else ["a", "mx"]
    return " ".join(["v=spf1", *own, *named, "~all"])


def mended_spf(domain: MailDomain, reading: SpfReading) -> str:
    """One record in place of those that are there, which keeps whatever they name and can be used; "" where we can make none.

    Taken out is only what leads nowhere: a name without a record, networks so wide that strangers are in them, ``ptr``, and what
    stands there twice. What comes of it is read by the same lines that read the old one.
    """
    terms: dict[str, None] = {}
    for record in reading.records:
        terms.update(dict.fromkeys(_readable_terms(record)))
    dead = {problem.what for problem in reading.problems if problem.where == domain.domain and problem.fault in _LEADS_NOWHERE}
    kept = [term for term in terms if term not in dead and not _of_no_use(term)]
    redirects = [term for term in kept if term.startswith("redirect=")]
    if len(redirects) > 1 or (redirects and len(reading.records) > 1):
        return ""
    ends = {term[0] for record in reading.records for term in plain(record).split() if _ALL.fullmatch(term)}
    ending = redirects if redirects and not ends else ["-all" if ends == {"-"} else "~all"]
    record = " ".join(["v=spf1", *(term for term in kept if term not in redirects), *ending])
    return record if reading.records != (record,) and _usable(domain, record) else ""


def rewritten_spf(domain: MailDomain, reading: SpfReading, meant: str) -> str:
    """A record of what was meant as one; "" where we can make none."""
    return mended_spf(domain, replace(reading, records=(meant,), problems=())) or (meant if _usable(domain, meant) else "")


_LEADS_NOWHERE = frozenset({SpfFault.NO_RECORD, SpfFault.LOOP, SpfFault.VOID})


def _readable_terms(record: str) -> Iterator[str]:
    """The terms of a record but its ``all``; the usual slips put right, what cannot be read as it is."""
    text = _SPLIT_FROM_NAME.sub(r"\1\2", plain(record))
    for term in text.split()[1:]:
        if _ALL.fullmatch(term):
            continue
        yield _put_right(term.strip(",;\"'"))


def _put_right(term: str) -> str:
    if _reads(term):
        return term
    if (address := _ADDRESS.fullmatch(term)) is not None:
        return f"ip{6 if ':' in address[1] else 4}:{address[1]}"
    name, mark, value = re.match(r"([A-Za-z]*)([:=]?)(.*)", term, re.DOTALL).groups()  # type: ignore[union-attr]  # always matches
    swapped = f"{name.lower()}{'=' if name.lower() == 'redirect' else ':'}{value.rstrip('.')}" if mark and value else name.lower()
    return swapped if _reads(swapped) else term


def _reads(term: str) -> bool:
    try:
        _ = parsed(f"v=spf1 {term}")
    except BadRecord:
        return False
    return True


def _of_no_use(term: str) -> bool:
    """``ptr``, which nobody shall use (RFC 7208 5.5), or a network so wide that strangers are in it."""
    try:
        read = parsed(f"v=spf1 {term}").terms
    except BadRecord:
        return False
    return any(one.mechanism == "ptr" or _wide(one) for one in read)


def _wide(term: SpfTerm) -> bool:
    match term.mechanism:
        case "ip4":
            return term.bits4 < WIDE[4]
        case "ip6":
            return term.bits6 < WIDE[6]
        case _:
            return False


def _usable(domain: MailDomain, record: str) -> bool:
    """Whether the record is one that keeps strangers out, as far as what it names was asked for."""
    reading = examined(domain.domain, Answers(_with(domain, record)))
    return not reading.problems and reading.result in {SpfResult.FAIL, SpfResult.SOFTFAIL, SpfResult.TEMPERROR}


def _with(domain: MailDomain, record: str) -> Iterator[DnsLookup]:
    """The answers of a domain, if it had this SPF record."""
    for lookup in domain.lookups:
        if (lookup.name, lookup.type) == (domain.domain, "TXT") and not isinstance(lookup.answer, Unavailable):
            others = [one for one in lookup.answer.records if not one.lower().startswith("v=spf1")]
            yield DnsLookup(lookup.name, lookup.type, DnsAnswer(Existence.FOUND, (*others, record)))
        else:
            yield lookup


def said(problem: SpfProblem, reading: SpfReading) -> str:
    """A fault of an SPF record in a sentence."""
    what, where = problem.what, problem.where
    match problem.fault:
        case SpfFault.SYNTAX:
            return f"The record of {where} has a mistake: “{what}”."
        case SpfFault.SEVERAL:
            return f"{where} has more than one SPF record."
        case SpfFault.LOOK_UPS:
            return f"It needs {reading.look_ups} look-ups or more, and 10 are allowed. One too many, of {where}: “{what}”."
        case SpfFault.VOID:
            return f"More than 2 of its look-ups find nothing, among them one of {where}: “{what}”."
        case SpfFault.NO_RECORD:
            return f"The record of {where} leads to a name without an SPF record: “{what}”."
        case SpfFault.LOOP:
            return f"The record of {where} leads back to one that leads to it: “{what}”."
        case SpfFault.NAMES:
            return f"The record of {where} names more than 10 mail servers: “{what}”."


def next_step(record: DmarcRecord) -> str:
    """The same DMARC record one step further: watch, then the spam folder, then refuse; no trial, nothing left out."""
    policy = {"none": "quarantine"}.get(record.policy, record.policy)
    kept = [
        f"{name}={value}"
        for name, value in record.tags
        if name not in {"v", "p", "t", "pct"} and (name, value.lower()) not in _LEAVES_OUT
    ]
    return "; ".join(["v=DMARC1", f"p={policy}", *kept])


_LEAVES_OUT = frozenset({("sp", "none"), ("np", "none")})


def mended_dmarc(domain: MailDomain, reading: DmarcReading) -> str:
    """One DMARC record in place of the domain's own, with what can be read of them; "" where it has none."""
    if not reading.records:
        return ""
    read = [parsed_dmarc(text) for text in reading.records]
    policies = [policy for one in read for policy in [dict(one.tags).get("p", "").lower()] if policy in POLICIES]
    bad = {problem.what.partition("=")[0] for one in read for problem in one.problems if problem.fault is DmarcFault.BAD_VALUE}
    tags: dict[str, str] = {}
    for one in read:
        for name, value in one.tags:
            if name in _KNOWN and name not in bad and (name not in {"sp", "np"} or value.lower() in POLICIES):
                tags.setdefault(name, value)
    refused = {*reading.unapproved, *(problem.what.partition("=")[2] for one in read for problem in one.problems)}
    reports = [address for one in read for address in one.reports if address not in refused]
    if not reports and domain.servers:
        reports = [f"mailto:dmarc@{domain.domain}"]
    policy = policies[0] if policies and len(set(policies)) == 1 else "none"
    rest = [f"{name}={value}" for name, value in tags.items()]
    addresses = [f"rua={','.join(dict.fromkeys(reports))}"] if reports else []
    made = "; ".join(["v=DMARC1", f"p={policy}", *addresses, *rest])
    return made if parsed_dmarc(made).counts and reading.records != (made,) else ""


def rewritten_dmarc(domain: MailDomain, meant: str) -> str:
    """A DMARC record of what was meant as one; "" where that cannot be read.

    Nobody has kept to it so far, so it only watches at first where mail is sent: what it stops is the next steps' business.
    """
    read = parsed_dmarc(meant)
    if not read.counts:
        return ""
    if not domain.sends:
        return "v=DMARC1; p=reject"
    kept = [f"{name}={value}" for name, value in read.tags if name not in {"v", "p", "sp", "np", "pct", "t"}]
    reports = [] if read.reports or not domain.servers else [f"rua=mailto:dmarc@{domain.domain}"]
    return "; ".join(["v=DMARC1", "p=none", *reports, *kept])


_KNOWN = frozenset({"sp", "np", "adkim", "aspf", "fo", "psd"})


def sts_file(hosts: Iterable[str]) -> str:
    """A first MTA-STS policy: a trial, so that no mail is held back if something was forgotten."""
    lines = ["version: STSv1", "mode: testing", *(f"mx: {host}" for host in dict.fromkeys(hosts)), "max_age: 86400"]
    return "".join(f"{line}\n" for line in lines)


def sts_value(policy: str) -> str:
    """The record that announces a policy. Its id is made from the policy, so that it changes when that does and only then."""
    return f"v=STSv1; id={hashlib.sha256(policy.encode()).hexdigest()[:16]}"


def tlsa_line(server: MailServer) -> str:
    """The TLSA record for the key that a server shows, as a line of a zone file; "" where it shows none."""
    encryption = server.talk.encryption if isinstance(server.talk, MailTalk) else None
    if not isinstance(encryption, MailEncryption) or not encryption.chain:
        return ""
    return f"{tlsa_name(server.host)}. {TTL} IN TLSA 3 1 1 {encryption.chain[0].key_sha256}"
