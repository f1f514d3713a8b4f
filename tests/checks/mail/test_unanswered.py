"""Unknown stays unknown: every look-up of mail and names, failed in every way, before all 21 rules.

In two halves. What a name server does wrong makes an answer that says nothing, whatever was asked for; and where one answer says
nothing, no rule that reads it passes or finds, and no other rule changes its mind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from scanner.evidence import Mail, Names, Unavailable
from scanner.gatherers.mail.mail import MailPlan, WantedDomain
from scanner.gatherers.names.names import NamesPlan
from scanner.gatherers.net import dns_wire
from scanner.gatherers.net.dns import Dns
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.platforms import Knowledge
from scanner.rules.verdicts import Found, Inconclusive, NotApplicable, Verdict
from scanner.testing import knowledge
from tests.loopback import response
from tests.scanner.gatherers.mail.test_mail import RECORDS, mail_looked_at, mail_tree
from tests.scanner.gatherers.mail.test_servers import scripted
from tests.scanner.gatherers.names.test_names import RDAP, names_looked_at, names_tree
from tests.scanning import catalogue

RULES = tuple(rule for rule in catalogue().rules.values() if rule.area in {"mail", "names"})
KINDS = ("A", "AAAA", "MX", "TXT", "NS", "SOA", "CNAME", "CAA", "TLSA", "DS", "DNSKEY")
Message = dns.message.Message


def test_all_rules_are_here() -> None:
    assert len(RULES) == 21


# --- what a name server does wrong -----------------------------------------------------------------------------------------


def _error(code: str) -> Callable[[Message], bytes]:
    def fault(query: Message) -> bytes:
        reply = _reply(query)
        reply.set_rcode(dns.rcode.from_text(code))
        return reply.to_wire()

    return fault


def _reply(query: Message) -> Message:
    reply = dns.message.make_response(query, recursion_available=True)
    reply.flags |= dns.flags.AA
    return reply


def _truncated(query: Message) -> bytes:
    reply = _reply(query)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def _other_id(query: Message) -> bytes:
    reply = _reply(query)
    reply.id ^= 1
    return reply.to_wire()


def _other_question(query: Message) -> bytes:
    return _reply(dns.message.make_query("elsewhere.example.", query.question[0].rdtype, id=query.id)).to_wire()


def _other_type_asked(query: Message) -> bytes:
    return _reply(dns.message.make_query(query.question[0].name, "HINFO", id=query.id)).to_wire()


def _answers(owner: str, kind: str, data: str) -> Callable[[Message], bytes]:
    """What is there instead of what was asked for. owner: ``@`` for the name in question."""

    def fault(query: Message) -> bytes:
        reply = _reply(query)
        name = query.question[0].name if owner == "@" else dns.name.from_text(owner)
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, data))
        return reply.to_wire()

    return fault


def _referral(query: Message) -> bytes:
    reply = _reply(query)
    reply.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns.elsewhere.example."))
    return reply.to_wire()


def _not_asked_further(query: Message) -> bytes:
    return dns.message.make_response(query).to_wire()


FAULTS: dict[str, Callable[[Message], bytes]] = {
    **{code: _error(code) for code in ("SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "NOTAUTH", "YXDOMAIN")},
    "silent or slow": lambda _: b"",
    "cut after the header": lambda query: _reply(query).to_wire()[:12],
    "cut within the question": lambda query: _reply(query).to_wire()[:17],
    "truncated, and no TCP": _truncated,
    "another id": _other_id,
    "another question": _other_question,
    "another type in the question": _other_type_asked,
    "an answer about another name": _answers("elsewhere.example.", "A", "192.0.2.66"),
    "an answer of another type": _answers("@", "HINFO", "PC UNIX"),
    "a referral in place of an answer": _referral,
    "no recursion": _not_asked_further,
    "the question itself": lambda query: query.to_wire(),
    "garbage": lambda query: query.to_wire()[:2] + b"\xff" * 30,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_name_server_does_wrong_is_no_answer(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By UDP: what cannot be read is waited past, so it comes to no answer in time."""

    async def by_udp(query: Message, _wire: bytes, _address: str, _port: int) -> tuple[Message, int]:
        try:
            said = dns_wire.read(query, FAULTS[fault](query))
        except dns.exception.DNSException:
            said = None
        if said is None:
            raise TimeoutError
        return said, 100

    async def by_tcp(*_: object) -> tuple[Message, int]:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(dns_wire, "_by_udp", by_udp)
    monkeypatch.setattr(dns_wire, "_by_tcp", by_tcp)

    async def ask(kind: str) -> object:
        try:
            return await Dns((("127.0.0.1", 53),)).ask("petal.example", kind, validated=False)
        except NameUnanswered:
            return None

    said = {kind: asyncio.run(ask(kind)) for kind in KINDS}
    assert said == dict.fromkeys(KINDS)


# --- what rules make of it -------------------------------------------------------------------------------------------------

SPF = {"spf-missing", "spf-invalid", "spf-permissive"}
DMARC = {"dmarc-missing", "dmarc-invalid", "dmarc-not-enforced"}
TALKS = {"mail-starttls-missing", "mail-certificate-invalid"}
DNSSEC = {"dnssec-missing", "dnssec-broken"}
BARE = ("@ A 127.0.0.1", "@ MX 10 mx", "mx A 127.0.0.1")
PLAN = MailPlan((WantedDomain("petal.example", ("mine",)),))
LOOKUPS: dict[tuple[str, str], set[str]] = {
    ("petal.example", "MX"): {*TALKS, "mx-broken", "mail-dane-missing", "mail-dane-broken"},
    ("mx.petal.example", "A"): {*TALKS, "mx-broken"},
    ("petal.example", "TXT"): SPF,
    ("_dmarc.petal.example", "TXT"): DMARC,
    ("_mta-sts.petal.example", "TXT"): {"mta-sts-missing", "mta-sts-broken"},
    ("_smtp._tls.petal.example", "TXT"): {"tls-rpt-missing"},
    ("_25._tcp.mx.petal.example", "TLSA"): {"mail-dane-missing", "mail-dane-broken"},
}
"""Each look-up → the rules that can tell nothing without it."""


_well: dict[tuple[str, ...], Mail | Names] = {}


async def well_mail(records: tuple[str, ...], tmp_path: Path) -> Mail | Names:
    """What is seen where nothing fails; looked at once."""
    if records not in _well:
        _well[records] = (await mail_looked_at(mail_tree(*records), plan=PLAN, tmp_path=tmp_path)).mail
    return _well[records]


async def well_names(name: str) -> Mail | Names:
    """The same of the names that the shop's ``name`` leads to."""
    if (name,) not in _well:
        _well[name,] = await names_looked_at(others=(name,))
    return _well[name,]


def judged(evidence: Mail | Names) -> dict[str, Verdict]:
    """What each rule of this evidence says."""
    given = {type(evidence): evidence, Knowledge: knowledge()}
    return {
        rule.id: rule.check(*(given.get(need.kind, Unavailable("This was not looked at.")) for need in rule.needs))
        for rule in RULES
        if any(need.kind is type(evidence) for need in rule.needs)
    }


def unknown_stays_unknown(failed: Mail | Names, without_fault: Mail | Names, blind: Iterable[str]) -> None:
    """blind: the rules that can tell nothing. All others may know less than without the fault, and nothing else."""
    now, before = judged(failed), judged(without_fault)
    told = {rule: verdict for rule, verdict in now.items() if rule in blind and not isinstance(verdict, Inconclusive)}
    assert told == {}
    changed = {
        rule: (verdict, before[rule])
        for rule, verdict in now.items()
        if not isinstance(verdict, type(before[rule]) | Inconclusive | NotApplicable)
    }
    assert changed == {}
    for rule, verdict in now.items():
        if isinstance(verdict, Found):
            known = before[rule]
            assert isinstance(known, Found)
            assert {one.subject for one in verdict.findings} <= {one.subject for one in known.findings}


@pytest.mark.parametrize("lookup", LOOKUPS, ids=" ".join)
@pytest.mark.parametrize("records", [RECORDS, BARE], ids=["set up", "bare"])
async def test_a_look_up_of_mail_that_failed_proves_nothing(
    records: tuple[str, ...], lookup: tuple[str, str], tmp_path: Path
) -> None:
    failing = mail_tree(*records)
    failing.spoil(*lookup, "SERVFAIL")
    seen = await mail_looked_at(failing, plan=PLAN, tmp_path=tmp_path)
    unknown_stays_unknown(seen.mail, await well_mail(records, tmp_path), LOOKUPS[lookup])


async def test_dkim_keys_that_could_not_be_asked_for_prove_nothing() -> None:
    """Of the name above all keys, and of one key where that name is there; one key that is seen proves that there are keys."""
    for records, lookup, blind in (
        (BARE, "_domainkey.petal.example", "dkim-missing"),
        (RECORDS, "mine._domainkey.petal.example", "dkim-missing"),
        (RECORDS, "mine._domainkey.petal.example", "dkim-weak-key"),
    ):
        failing = mail_tree(*records)
        failing.spoil(lookup, "TXT", "SERVFAIL")
        seen, well = await mail_looked_at(failing, plan=PLAN), await mail_looked_at(mail_tree(*records), plan=PLAN)
        unknown_stays_unknown(seen.mail, well.mail, {blind})


async def test_an_include_that_failed_proves_nothing() -> None:
    failing = mail_tree()
    failing.spoil("_spf.google.com", "TXT", "SERVFAIL")
    seen, well = await mail_looked_at(failing), await mail_looked_at()
    unknown_stays_unknown(seen.mail, well.mail, {"spf-invalid", "spf-permissive"})


@pytest.mark.parametrize("answer", ["429 Too Many Requests", "500 Internal Server Error", "503 Unavailable", ""])
async def test_a_policy_that_could_not_be_fetched_proves_nothing(answer: str, tmp_path: Path) -> None:
    given = response(b"", answer) if answer else b"nothing of HTTP\r\n\r\n"
    seen = await mail_looked_at(plan=PLAN, policy=given, tmp_path=tmp_path)
    unknown_stays_unknown(seen.mail, await well_mail(RECORDS, tmp_path), {"mta-sts-broken"})


@pytest.mark.parametrize(
    "greeting", ["421 busy", "554 go away", "not SMTP at all", "", "2"], ids=["busy", "refuses us", "other", "empty", "cut"]
)
async def test_a_mail_server_that_could_not_be_asked_proves_nothing(greeting: str, tmp_path: Path) -> None:
    seen = await mail_looked_at(plan=PLAN, smtp=scripted(greeting=greeting), tmp_path=tmp_path)
    unknown_stays_unknown(seen.mail, await well_mail(RECORDS, tmp_path), {*TALKS, "mail-dane-broken", "mta-sts-broken"})


NAMES_LOOKUPS: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("petal.example", "CAA"): ("near", {"caa-missing"}),
    ("petal.example", "DS"): ("near", DNSSEC),
    ("petal.example", "DNSKEY"): ("near", DNSSEC),
    ("petal.example", "SOA"): ("near", DNSSEC),
    ("petal.example", "MX"): ("near", {"dns-dangling"}),
    ("petal.example", "NS"): ("cdn", {"dns-dangling"}),
    ("blog.petal.example", "CNAME"): ("blog", {"dns-dangling"}),
    ("petal.github.io", "A"): ("blog", {"dns-dangling"}),
    ("old.petal.example", "CNAME"): ("old", {"dns-dangling"}),
    ("oldshop.azurewebsites.net", "A"): ("old", {"dns-dangling"}),
    ("assets.free-domain.com", "A"): ("cdn", {"dns-dangling"}),
    ("free-domain.com", "NS"): ("cdn", {"dns-dangling"}),
}
"""Each look-up → the name of the shop that it is made for, and the rules that can tell nothing without it."""


@pytest.mark.parametrize("lookup", NAMES_LOOKUPS, ids=" ".join)
async def test_a_look_up_of_names_that_failed_proves_nothing(lookup: tuple[str, str]) -> None:
    name, blind = NAMES_LOOKUPS[lookup]
    failing = names_tree()
    failing.spoil(*lookup, "SERVFAIL")
    seen = await names_looked_at(failing, others=(name,))
    unknown_stays_unknown(seen, await well_names(name), blind)


@pytest.mark.parametrize("answer", ["429 Too Many Requests", "500 Internal Server Error", "503 Unavailable"])
async def test_a_service_that_could_not_be_asked_proves_nothing(answer: str) -> None:
    seen = await names_looked_at(others=("blog",), says=response(b"", answer))
    unknown_stays_unknown(seen, await well_names("blog"), {"dns-dangling"})


@pytest.mark.parametrize("place", RDAP)
@pytest.mark.parametrize("answer", ["429 Too Many Requests", "503 Unavailable", "404 Not Found", "301 Moved"])
async def test_a_registry_that_could_not_be_asked_proves_nothing(answer: str, place: str, tmp_path: Path) -> None:
    plan = NamesPlan(rdap=True)
    seen = await names_looked_at(others=(), plan=plan, rdap={**RDAP, place: response(b"{}", answer)}, tmp_path=tmp_path)
    well = await names_looked_at(others=(), plan=plan, rdap=RDAP, tmp_path=tmp_path)
    unknown_stays_unknown(seen, well, {"domain-expiring"})
