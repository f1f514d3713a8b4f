"""Does a script's host still exist? Asked of a real name server on loopback, and of a resolver that knows what a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping

import pytest
from dnslib import NS, QTYPE, RCODE, RR, A, DNSRecord

from checks.third_party.dead_hosts import script_host_unregistered
from scanner.engine.scan import _foreign_hosts
from scanner.evidence import Script, ScriptHosts
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.names.script_hosts import registrable, script_hosts
from scanner.gatherers.net import dns
from scanner.gatherers.net.dns import Dns
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import MOST_OF_OTHERS, NameUnanswered, NoSuchName
from scanner.rules.verdicts import Found, Inconclusive, Passed, Verdict
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import HOST, NOW, ORIGIN, page, pages
from scanner.text.clock import StoppedClock
from tests.scanning import catalogue

GONE = "cdn.petal-metrics.example"
FREE = "petal-metrics.example"


class NameServer:
    """Answers by domain: True (there), a code (``NXDOMAIN``, ``SERVFAIL`` …), ``empty``, ``silent``, ``garbage``."""

    def __init__(self, zones: Mapping[str, object], other: object) -> None:
        self.zones, self.other = zones, other
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()
        return host, port

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while data := self._socket.recvfrom(4096):
            packet, sender = data
            if not packet:
                return
            question = DNSRecord.parse(packet)
            name = str(question.q.qname).rstrip(".")
            self.asked.append(name)
            says = self.zones.get(name, self.other)
            if says == "silent":
                continue
            answer = question.reply()
            if says is True:
                answer.add_answer(RR(name, QTYPE.NS, rdata=NS(f"ns.{name}")))
            elif says == "address only":
                answer.add_answer(RR(name, QTYPE.A, rdata=A("192.0.2.1")))
            elif says != "empty":
                answer.header.rcode = getattr(RCODE, str(says)) if says != "garbage" else 0
            self._socket.sendto(b"garbage" if says == "garbage" else answer.pack(), sender)


@pytest.fixture
def servers() -> Iterator[list[NameServer]]:
    made: list[NameServer] = []
    yield made
    for one in made:
        one.close()


def resolver(known: Mapping[str, object], other: object = None) -> object:
    async def resolve(host: str) -> tuple[str, ...]:
        says = known.get(host, other)
        if says is None:
            raise NoSuchName(f"The name {host} has no address.")
        if says == "silent":
            raise NameUnanswered(f"The name {host} could not be looked up just now.")
        return (str(says),)

    return resolve


async def gather(
    servers: list[NameServer],
    zones: Mapping[str, object],
    known: Mapping[str, object] | None = None,
    *,
    hosts: tuple[str, ...] = (GONE,),
    other: object = "NXDOMAIN",
    other_name: object = None,
    target: Target | None = None,
) -> tuple[ScriptHosts, Verdict]:
    target = target or Target.of(f"{ORIGIN}/")
    server = NameServer(zones, other)
    servers.append(server)
    resolve = resolver({HOST: "192.0.2.7", **(known or {})}, other_name)
    crawl = pages(page(scripts=[Script(f"https://{host}/a.js") for host in hosts]), page("/roses"))
    async with Fetcher(target, budget=Budget(400, catalogue().shares), seconds=30, resolve=resolve, paces=Paces(500)) as fetcher:
        foreign = ForeignHosts(fetcher, resolve, Dns((server.address,)), None)
        found = await script_hosts(foreign, target, crawl, StoppedClock(NOW))
    return found, script_host_unregistered(crawl, found)


async def test_both_say_no(servers: list[NameServer]) -> None:
    found, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"})
    assert found.doubt is None
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (GONE, ("/",))
    assert FREE in finding.shown
    assert servers[0].asked == [HOST, FREE], "the domain is asked about, without any search list"


@pytest.mark.parametrize("says", ["SERVFAIL", "REFUSED", "FORMERR", "silent", "garbage", "address only"])
async def test_a_name_server_that_does_not_say_no_proves_nothing(
    servers: list[NameServer], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "TRIES", (0.5,))
    _, verdict = await gather(servers, {HOST: True, FREE: says})
    assert isinstance(verdict, Inconclusive)
    assert verdict.examined == ("/roses",), "the page with the script was not examined, so nothing of it is fixed"


@pytest.mark.parametrize("says", [True, "empty"])
async def test_a_dead_host_of_a_living_domain_is_a_note(servers: list[NameServer], says: object) -> None:
    _, verdict = await gather(servers, {HOST: True, FREE: says})
    assert isinstance(verdict, Passed)
    assert GONE in (verdict.because or "")


async def test_a_host_with_an_address_needs_no_second_question(servers: list[NameServer]) -> None:
    _, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"}, {GONE: "192.0.2.9"})
    assert verdict == Passed(("/", "/roses"))
    assert servers[0].asked == []


async def test_only_the_resolver_is_unsure(servers: list[NameServer]) -> None:
    _, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"}, {GONE: "silent"})
    assert isinstance(verdict, Inconclusive)


@pytest.mark.parametrize("own", [None, "silent"])
async def test_a_resolver_that_does_not_know_the_shop_proves_nothing(servers: list[NameServer], own: object) -> None:
    _, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"}, {HOST: own})
    assert isinstance(verdict, Inconclusive)


@pytest.mark.parametrize("other", ["NXDOMAIN", "SERVFAIL", "silent"])
async def test_offline_or_a_name_server_that_denies_everything(
    servers: list[NameServer], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "TRIES", (0.5,))
    _, verdict = await gather(servers, {}, other=other)
    assert isinstance(verdict, Inconclusive)


async def test_no_name_server_at_all() -> None:
    with pytest.raises(NameUnanswered):
        await Dns(()).exists(FREE)


async def test_a_resolver_that_knows_every_name_proves_nothing(servers: list[NameServer]) -> None:
    _, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"}, other_name="192.0.2.99")
    assert isinstance(verdict, Inconclusive)
    assert "made-up" in verdict.because


async def test_nobody_asks_where_nothing_is_loaded(servers: list[NameServer]) -> None:
    found, verdict = await gather(servers, {}, hosts=(HOST, f"www.{HOST}"))
    assert (found.hosts, verdict) == ((), Passed(("/", "/roses")))
    assert servers[0].asked == []


async def test_what_resolve_gives_exists(servers: list[NameServer]) -> None:
    target = Target.of(f"{ORIGIN}/", resolve={GONE: ("192.0.2.1",)})
    _, verdict = await gather(servers, {HOST: True, FREE: "NXDOMAIN"}, target=target)
    assert isinstance(verdict, Passed)


async def test_many_hosts_are_bounded_and_the_rest_is_unknown(servers: list[NameServer]) -> None:
    hosts = tuple(f"cdn{number:02}.example" for number in range(25))
    found, verdict = await gather(servers, {HOST: True}, dict.fromkeys(hosts, "192.0.2.9"), hosts=hosts)
    assert (len(found.hosts), len(found.left_out)) == (20, 5)
    assert isinstance(verdict, Inconclusive)


async def test_slow_names_are_asked_about_together(servers: list[NameServer]) -> None:
    import asyncio

    waiting = most = 0

    async def slow(host: str) -> tuple[str, ...]:
        nonlocal waiting, most
        if host.startswith("shopwarden-"):
            raise NoSuchName(host)
        waiting += 1
        most = max(most, waiting)
        await asyncio.sleep(0.05)
        waiting -= 1
        return ("192.0.2.7",)

    crawl = pages(page(scripts=[Script(f"https://cdn{number}.example/a.js") for number in range(10)]))
    target = Target.of(f"{ORIGIN}/")
    async with Fetcher(target, budget=Budget(400, catalogue().shares), seconds=30, resolve=slow, paces=Paces(500)) as fetcher:
        await script_hosts(ForeignHosts(fetcher, slow, Dns(()), None), target, crawl, StoppedClock(NOW))
    assert most == MOST_OF_OTHERS


async def test_a_shop_in_a_private_place_stays_there() -> None:
    """With the system's own resolver nobody is asked; ``getaddrinfo`` would fail this test."""
    from scanner.engine.scan import Order
    from scanner.gatherers.net.resolver import SystemResolver

    target = Target.of(f"{ORIGIN}/", resolve={HOST: ("127.0.0.1",)}, allow_private=True)
    system = SystemResolver()
    crawl = pages(page(scripts=[Script(f"https://{GONE}/a.js")]))
    async with Fetcher(target, budget=Budget(400, catalogue().shares), seconds=30, resolve=system, paces=Paces(500)) as fetcher:
        foreign = _foreign_hosts(Order(target, ()), fetcher, system, None)
        found = await script_hosts(foreign, target, crawl, StoppedClock(NOW))
        assert fetcher.counts["dns"] == 0
    assert isinstance(script_host_unregistered(crawl, found), Inconclusive)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("cdn.petal-metrics.example", "petal-metrics.example"),
        ("a.b.petals.co.uk", "petals.co.uk"),
        ("shop.github.io", "github.io"),  # a service's customers are no registrar's
        ("bucket.s3.amazonaws.com", "amazonaws.com"),
        ("co.uk", ""),
        ("localhost", ""),
        ("printer.local", ""),
        ("cdn.test", ""),
        ("cdn.shop.invalid", ""),
        ("cdn.shop.notatoplevelname", ""),
    ],
)
def test_who_could_register_it(host: str, domain: str) -> None:
    assert registrable(host) == domain
