"""What mail and names cost: seconds, CPU, questions and connections, of one shop's domain and of many at one mail host.

.venv/bin/python -m benchmarks.mail [SHOPS]: 20 unless given

Signed zones and two mail servers with encryption are served by another process; names are validated from the root's key down.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import trustme

from scanner.evidence import CertificateNames, Mail, Names, OtherName
from scanner.gatherers.contract import gatherer_of
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.mail.mail import MailPlan, mail
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.gatherers.names.names import NamesPlan, names
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.budget import Budget
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.testing import NOW, knowledge
from scanner.text.clock import Clock
from tests.loopback import serving
from tests.scanner.gatherers.mail.test_servers import scripted
from tests.zones import Tree, Zone, served

SERVERS = ("mx1.mailhost.example", "mx2.mailhost.example")
SHOP = (
    "@ A 192.0.2.7",
    "www A 192.0.2.7",
    "@ MX 10 mx1.mailhost.example.",
    "@ MX 20 mx2.mailhost.example.",
    '@ TXT "v=spf1 include:spf.mailhost.example include:_spf.letters.example ~all"',
    '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@reports.example"',
    "blog CNAME pages.mailhost.example.",
)
MAIL_HOST = (
    "mx1 A 192.0.2.25",
    "mx2 A 192.0.2.26",
    "pages A 192.0.2.80",
    'spf TXT "v=spf1 ip4:192.0.2.0/24 -all"',
    "_25._tcp.mx1 TLSA 3 1 1 " + "ab" * 32,
    "_25._tcp.mx2 TLSA 3 1 1 " + "ab" * 32,
)


@dataclass(frozen=True)
class Place:
    """Where the name servers and the mail servers are, and the root's key."""

    dns: int
    smtp: int
    anchors: tuple[str, ...]
    now: float


@dataclass
class Seen:
    """What was seen of each shop, and what that cost."""

    mail: list[Mail] = field(default_factory=list)
    names: list[Names] = field(default_factory=list)
    counts: list[Counter[str]] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)


def tree_of(shops: Iterable[str]) -> Tree:
    """The zones of shops, of their mail host and of a newsletter service."""
    letters = Zone("letters.example.", ['_spf TXT "v=spf1 ip4:198.51.100.0/24 -all"'])
    reports = Zone("reports.example.", ['*._report._dmarc TXT "v=DMARC1"'])
    own = [Zone(f"{shop}.", SHOP) for shop in shops]
    return Tree(Zone("."), Zone("example."), Zone("mailhost.example.", MAIL_HOST), letters, reports, *own)


@contextlib.asynccontextmanager
async def mail_host(tree: Tree) -> AsyncIterator[Place]:
    """Serve them, and a mail server that encrypts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert(*SERVERS).configure_cert(context)
    async with serving(scripted(tls=context)) as smtp, served(tree, ["127.0.0.1"]) as port:
        yield Place(port, smtp, tree.anchors, tree.now)


async def _nobody(host: str) -> tuple[str, ...]:
    raise NoSuchName(f"The name {host} has no address.")


async def night(place: Place, shops: Iterable[str]) -> Seen:
    """Look at the mail and the names of shops, one after another, as a run does that shares what it has asked."""
    dns = Dns((("127.0.0.1", place.dns),), anchors=place.anchors, now=lambda: place.now)
    talks, seen = Talks(), Seen()
    for shop in shops:
        counts: Counter[str] = Counter()
        target = Target.of(
            f"https://{shop}", ports={"smtp": place.smtp}, resolve=dict.fromkeys(SERVERS, ("127.0.0.1",)), allow_private=True
        )
        shares = [share for one in (mail, names) for share in gatherer_of(one).shares]  # type: ignore[union-attr]
        fetcher = Fetcher(
            target, budget=Budget(100, shares), seconds=600, resolve=_nobody, paces=Paces(1000), counts=counts, seed=b""
        )
        foreign = ForeignHosts(fetcher, None, dns, None)
        lookups = Lookups(dns, counts, lambda: 600.0, target.refuses_of_others)
        certificate = CertificateNames(("192.0.2.7",), (OtherName(f"blog.{shop}", ()),), NOW)
        async with fetcher:
            servers = MailServers(target, talks, counts, Clock(), lambda: 600.0)
            seen.mail.append(await mail(target, MailPlan(), lookups, servers, foreign, knowledge(), Clock()))
            seen.names.append(await names(target, lookups, certificate, foreign, NamesPlan(), Focus(), Clock()))
        await foreign.aclose()
        seen.counts.append(counts)
    seen.sent = dns.sent
    return seen


def _serve(shops: list[str], told: Connection) -> None:
    async def run() -> None:
        async with mail_host(tree_of(shops)) as place:
            told.send(place)
            await asyncio.to_thread(told.recv)

    asyncio.run(run())


def measure(shops: int) -> str:
    """A line of figures."""
    wanted = [f"shop{number}.example" for number in range(shops)]
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_serve, args=(wanted, there))
    child.start()
    try:
        place: Place = here.recv()
        began, cpu = time.perf_counter(), time.process_time()
        seen = asyncio.run(night(place, wanted))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    finally:
        here.send(None)
        child.join()
    most = max(one["dns"] - one["dnssec"] for one in seen.counts)
    talks = sum(one["smtp"] for one in seen.counts)
    return (
        f"{shops} shops: {took:.2f} s, CPU {cpu:.2f} s ({cpu / shops * 1000:.0f} ms a shop); DNS questions {seen.sent['dns']}, "
        f"of DNSSEC {seen.sent['dnssec']}, most of one shop {most}; {talks} SMTP connections"
    )


if __name__ == "__main__":
    measure(1)  # what is imported and read once counts for nothing
    print(measure(1))
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
