"""The shop's domain: DNSSEC, CAA, where its names lead, and until when it is paid for.

Where names lead is looked up; nothing is sent to strangers but one GET to a service of a fixed list, whose own answer then proves
that it knows no customer of that name. Nothing is registered or claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.evidence import (
    CertificateNames,
    DnsLookup,
    Dnssec,
    Existence,
    Fate,
    Lead,
    Names,
    Registration,
    Unavailable,
)
from scanner.gatherers.contract import CouldNotGather, NothingToGather, Revisits, gatherer
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.names.rdap import registration
from scanner.gatherers.names.script_hosts import registrable
from scanner.gatherers.names.takeovers import Service, service_of
from scanner.gatherers.net.dns import NO_NAME_SERVER, Lookups
from scanner.mail.answers import Answers
from scanner.mail.caa import issuers
from scanner.scope.budget import Share
from scanner.scope.focus import Focus
from scanner.scope.suffixes import public_suffix
from scanner.scope.target import Target, domain_of
from scanner.text.clock import Clock

LEADS = Share("leads", 8)
"""One GET to a service that may know a name no more, and two of RDAP."""
MOST_NAMES = 25
MOST_GETS = 6
ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class NamesPlan:
    """A tool for gatherers. rdap: whether the registry may be asked."""

    rdap: bool = False


@gatherer(
    ceiling=f"questions to name servers about the domain and {MOST_NAMES} of its names, {MOST_GETS} GETs to services, 2 of RDAP",
    doing="Looking at where the shop's names lead",
    share=LEADS,
    revisits=Revisits.NAMES,
)
async def names(
    target: Target,
    lookups: Lookups,
    certificate: CertificateNames | Unavailable,
    foreign: ForeignHosts,
    plan: NamesPlan,
    focus: Focus,
    clock: Clock,
) -> Names:
    """Each answer may be Unavailable on its own. Raises NothingToGather where there is no domain, or nobody may be asked."""
    if not lookups.possible:
        raise NothingToGather(NO_NAME_SERVER)
    domain = own_domain(target)
    wanted, left_out = _wanted(target, domain, certificate, focus)

    def read(answers: Answers) -> None:
        issuers(target.host, answers, until=domain)
        for kind in ("NS", "MX", "SOA"):
            answers.get(domain, kind)
        for name in wanted:
            answers.get(name, "CNAME")

    known = await lookups.completed(read)
    signed = await _signed(domain, lookups)
    gets = asyncio.Semaphore(MOST_GETS)
    looks = [_lead(name, kind, to, domain, lookups, foreign, gets) for name, kind, to in _ways(known, domain, wanted)]
    leads = [lead for lead in await asyncio.gather(*looks) if lead is not None]
    paid: Registration | Unavailable | None = await registration(domain, lookups, foreign, LEADS) if plan.rdap else None
    ordered = tuple(sorted(leads, key=lambda lead: (lead.name, lead.type, lead.to)))
    return Names(domain, target.host, known, signed, ordered, clock.now(), left_out, paid)


def own_domain(target: Target) -> str:
    """The shop's registrable domain. Raises NothingToGather where it has none of its own."""
    if target.is_address:
        raise NothingToGather("The shop is at an address without a name, so there is no domain to look at.")
    domain = target.domain
    if public_suffix(domain) != public_suffix(domain, registrars=True):
        raise NothingToGather(f"{domain} is a name that a service gave the shop: its records are not the owner's.")
    return domain


def _wanted(
    target: Target, domain: str, certificate: CertificateNames | Unavailable, focus: Focus
) -> tuple[tuple[str, ...], int]:
    """The names whose aliases are looked at: the shop's, open findings', those in its certificate; how many are left out."""
    again = [place for _, place in focus.again if not place.startswith("/")]
    others = [] if isinstance(certificate, Unavailable) else [one.name for one in certificate.others]
    below = (name for name in (*target.names, *again, *others) if domain_of(name) == domain and name != domain)
    found = tuple(dict.fromkeys(below))
    return found[:MOST_NAMES], max(0, len(found) - MOST_NAMES)


def _ways(known: Iterable[DnsLookup], domain: str, wanted: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(name, type, where it leads) of every alias, mail server and name server outside the domain itself."""
    found: list[tuple[str, str, str]] = []
    for one in known:
        if isinstance(one.answer, Unavailable) or one.type not in {"CNAME", "MX", "NS"}:
            continue
        if one.name != domain and one.name not in wanted:
            continue
        for record in one.answer.records:
            to = record.rpartition(" ")[2].rstrip(".")
            if to and to != domain and not to.endswith(f".{domain}"):
                found.append((one.name, one.type, to))
    return found


async def _signed(domain: str, lookups: Lookups) -> Dnssec | Unavailable:
    try:
        return await lookups.signed(domain)
    except CouldNotGather as reason:
        return Unavailable(str(reason))


async def _lead(
    name: str, kind: str, to: str, domain: str, lookups: Lookups, foreign: ForeignHosts, gets: asyncio.Semaphore
) -> Lead | None:
    """Who has the name that one leads to."""
    service, shown = None, ""
    try:
        last = await lookups.ask(to, "A")
        if kind == "CNAME":
            service = service_of(last.canonical or to) or service_of(to)
            shown = service.name if service else ""
        if last.existence is Existence.NO_NAME:
            fate, proof = await _nobodys(last.canonical or to, domain, service, lookups)
        elif service is not None and service.says:
            fate, proof = await _unclaimed(name, service, lookups, foreign, gets)
        else:
            fate, proof = Fate.HELD, ""
    except CouldNotGather as reason:
        return Lead(name, kind, to, Unavailable(str(reason)), shown)
    return Lead(name, kind, to, fate, shown, proof)


async def _nobodys(to: str, domain: str, service: Service | None, lookups: Lookups) -> tuple[Fate | Unavailable, str]:
    """There is no such name: whether nobody has its domain either. Raises CouldNotGather."""
    if service is not None and service.gone:
        return Fate.UNCLAIMED, f"There is no name {to}."
    free = registrable(to)
    if not free or await lookups.registered(free):
        return Fate.HELD, ""
    if not await lookups.registered(domain):
        return Unavailable(f"The name servers do not know {domain} either, so their answers prove nothing here."), ""
    return Fate.UNREGISTERED, f"Nobody has registered {free}."


async def _unclaimed(
    name: str, service: Service, lookups: Lookups, foreign: ForeignHosts, gets: asyncio.Semaphore
) -> tuple[Fate | Unavailable, str]:
    """One GET, whose answer may prove that the service has no customer of this name. Raises CouldNotGather."""
    async with gets:
        answer, body = await foreign.get(f"http://{name}/", share=LEADS, most=ANSWER_BYTES, by=lookups.addresses)
    words = service.unclaimed(body.decode("utf-8", "replace"))
    if words:
        return Fate.UNCLAIMED, f"{service.name} says: {words}"
    if answer.status == 429 or answer.status >= 500:
        return Unavailable(f"The server answered {answer.status}."), ""
    return Fate.HELD, ""
