"""The story of one scan: gather, judge, result."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner._version import __version__
from scanner.engine.catalogue import Catalogue
from scanner.engine.gathering import Gathering
from scanner.engine.judging import judge_all, located
from scanner.engine.limits import limited_of
from scanner.engine.notes import notes_of
from scanner.engine.redacting import without_secrets
from scanner.evidence import UNKNOWN, Arrival, Installations, Pages, Probes, Unavailable, Welcome
from scanner.gatherers.backups.places import LIST_SECONDS, BackupPlan
from scanner.gatherers.contract import Gathered
from scanner.gatherers.crawl.arrival import PAGES
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.letters.letters import LetterPlan, places_in
from scanner.gatherers.mail.mail import MailPlan, WantedDomain
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.gatherers.names.names import NamesPlan
from scanner.gatherers.net.anchors import anchors_in_file
from scanner.gatherers.net.connector import Connector, Doors
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import Resolve, SystemResolver
from scanner.gatherers.owner.register import OwnerPlan
from scanner.gatherers.probing.probes import TAIL, ProbePlan
from scanner.gatherers.tls.tls_scan import TrustStore
from scanner.platforms import PLATFORMS, Knowledge
from scanner.results.result import Accepted, Coverage, Requests, ScanResult, Site, Status
from scanner.rules.rule import Rule
from scanner.scope.budget import Budget, Share
from scanner.scope.focus import Focus
from scanner.scope.tail import NO_TAIL, Tail
from scanner.scope.target import BadAddress, Target, written_name
from scanner.settings.models import SiteSettings
from scanner.settings.options import ScanOptions
from scanner.text.clock import Clock
from scanner.text.redact import redact_address


class Shared:
    """What the scans of one run share, so that a mail host, a name server or a closed port is asked once for all shops that rest
    on it."""

    def __init__(self) -> None:
        self.talks = Talks()
        self.doors = Doors()
        self._dns: dict[tuple[object, ...], Dns] = {}

    def dns(self, options: ScanOptions, *, asks: bool) -> Dns:
        """The name servers that the options name, else the system's. asks: whether those may be asked."""
        servers = options.name_servers or (None if asks else ())
        key = (servers, options.trust_anchor)
        if key not in self._dns:
            anchors = anchors_in_file(options.trust_anchor) if options.trust_anchor else None
            self._dns[key] = Dns(servers, anchors=anchors)
        return self._dns[key]


class OwnDefect(Exception):
    """We failed, and the shop is not to blame; there is no result."""


LEAST_REQUESTS, LEAST_SECONDS = 10, 5.0  # for a second try
GRACE_SECONDS = 30.0  # after the time budget, for what is under way


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be scanned, and how: a plain value that can be pickled and sent to another process.

    rules: their ids. folder: where relative paths of the configuration start. typed: what the owner gave, where ``--follow`` led
    elsewhere: by its key, address and name his shop stays known.
    """

    target: Target
    rules: tuple[str, ...]
    options: ScanOptions = ScanOptions()
    site: SiteSettings | None = None
    folder: Path = field(default_factory=Path)
    focus: Focus = field(default_factory=Focus)
    typed: Target | None = None
    seed: bytes = field(default=b"", repr=False)
    tail: Tail = NO_TAIL

    @property
    def asked(self) -> Target:
        """The shop as the owner gave it."""
        return self.typed or self.target

    @property
    def key(self) -> str:
        """The key by which the history, messages and files know the shop."""
        return self.asked.key

    @property
    def with_letters(self) -> bool:
        """Whether letters are looked at with the shop."""
        return self.site is not None and bool(self.site.letter)

    def moved_to(self, address: str) -> Order:
        """The same order for where the shop went. Raises BadAddress."""
        return replace(self, target=self.target.moved_to(address), typed=self.asked)


@dataclass(frozen=True, slots=True)
class Scan:
    """A finished scan: the order as it was carried out, its result, and the evidence and the knowledge that it was judged by."""

    order: Order
    result: ScanResult
    gathered: Gathered
    knowledge: Knowledge


@dataclass(slots=True)
class Progress:
    """What a display may show while a scan runs. ``stop`` ends it with what is known so far; because: why, or ""."""

    doing: str = "Starting"
    used: Callable[[], int] = lambda: 0
    most: int = 0
    because: str = ""
    ended: asyncio.Future[str] | None = None
    stopping: Callable[[], None] = lambda: None

    def stop(self, because: str = "The scan was stopped by hand.") -> None:
        """End now, or as soon as it begins; a second call does nothing."""
        self.because = self.because or because
        self.heed()

    async def rested(self, seconds: float) -> bool:
        """Whether so many seconds went by before anybody said ``stop``."""
        self.ended = asyncio.get_running_loop().create_future()
        self.heed()
        await asyncio.wait({self.ended}, timeout=seconds)
        return not self.because

    def heed(self) -> None:
        """Do what ``stop`` said, if it was said."""
        if self.because and self.ended is not None and not self.ended.done():
            self.ended.set_result(self.because)
            self.stopping()


async def scan(
    order: Order,
    catalogue: Catalogue,
    *,
    clock: Clock | None = None,
    resolve: Resolve | None = None,
    dns: Dns | None = None,
    shared: Shared | None = None,
    paces: Paces | None = None,
    progress: Progress | None = None,
    again_after: float | None = None,
) -> Scan:
    """Scan one shop, or where it went if the order says ``follow``. Raises nothing of the shop's doing: whatever could not be had
    is Inconclusive in the result.

    again_after: after how many seconds a shop that cannot be reached is tried once more, with what is left of the requests and
    the time; None: never, since the caller does. dns: in place of the name servers. shared: with the other scans of a run.

    Raises OwnDefect where not even the way to the shop could be looked at because of us: it must not look unreachable then.
    """
    clock, progress, paces = clock or Clock(), progress or Progress(), paces or Paces(order.options.rate)
    shared = shared or Shared()
    began = asyncio.get_running_loop().time()
    seen = await _scan(order, catalogue, clock, resolve, dns, shared, paces, progress)
    if seen.result.status is Status.UNREACHABLE and not seen.result.elsewhere and again_after is not None:
        took = asyncio.get_running_loop().time() - began + again_after
        rest = _with_what_is_left(order, seen.result.requests.http, took)
        progress.doing = "Trying the front door once more"
        if rest is not None and await progress.rested(again_after):
            seen = _both(seen, await _scan(rest, catalogue, clock, resolve, dns, shared, paces, progress))
    if not (order.options.follow and seen.result.elsewhere) or progress.because:
        return seen
    try:
        return await _scan(order.moved_to(seen.result.elsewhere), catalogue, clock, resolve, dns, shared, paces, progress)
    except BadAddress:  # it went to no address that can be scanned
        return seen


def _with_what_is_left(order: Order, requests: int, seconds: float) -> Order | None:
    """The same order with the requests and the seconds that a first try left; None where they are too few for another."""
    options = order.options
    left, time = options.max_requests - requests, options.max_time - seconds
    if left < LEAST_REQUESTS or time < LEAST_SECONDS:
        return None
    return replace(order, options=options.model_copy(update={"max_requests": left, "max_time": time}))


def _both(first: Scan, second: Scan) -> Scan:
    """What the second try saw; begun and counted from the first."""
    sent = {
        one.name: getattr(first.result.requests, one.name) + getattr(second.result.requests, one.name) for one in fields(Requests)
    }
    result = replace(second.result, started=first.result.started, requests=Requests(**sent))
    return replace(second, order=first.order, result=result)


async def _scan(
    order: Order,
    catalogue: Catalogue,
    clock: Clock,
    resolve: Resolve | None,
    dns: Dns | None,
    shared: Shared,
    paces: Paces,
    progress: Progress,
) -> Scan:
    options, counts = order.options, Counter[str]()
    started = clock.now()
    names = resolve or SystemResolver()
    seconds = options.max_time + order.tail.count / options.rate
    budget = Budget(options.max_requests, shares_of(options, catalogue), {TAIL: order.tail.count})
    progress.used, progress.most = lambda: budget.total, budget.most
    progress.ended = asyncio.get_running_loop().create_future()
    out_of_time = asyncio.get_running_loop().call_later(
        seconds + GRACE_SECONDS, progress.stop, f"The scan's time of {seconds:.0f} s was used up."
    )
    fetcher = Fetcher(
        order.target,
        budget=budget,
        seconds=seconds,
        resolve=names,
        paces=paces,
        counts=counts,
        seed=order.seed,
    )
    progress.stopping = fetcher.stop
    progress.heed()
    dns = dns or shared.dns(options, asks=isinstance(names, SystemResolver) and not order.target.allow_private)
    foreign = _foreign_hosts(order, fetcher, names, dns)
    try:
        async with fetcher, contextlib.aclosing(foreign):
            gathered = await _gather(order, catalogue, fetcher, foreign, dns, shared, clock, progress, progress.ended)
    finally:
        out_of_time.cancel()
    # In threads: what a shop sent may take seconds to redact and to judge, and other shops' answers must not count as late then.
    gathered = await asyncio.to_thread(without_secrets, gathered)
    result = await asyncio.to_thread(judged, order, catalogue, gathered, catalogue.knowledge, started, clock.now(), counts)
    return Scan(order, _ended_early(result, progress, fetcher), gathered, catalogue.knowledge)


def shares_of(options: ScanOptions, catalogue: Catalogue) -> tuple[Share, ...]:
    """The shares of the request budget, that of the pages as the options want it."""
    return tuple(replace(share, amount=options.max_pages) if share == PAGES else share for share in catalogue.shares)


def _foreign_hosts(order: Order, fetcher: Fetcher, names: Resolve, dns: Dns) -> ForeignHosts:
    """A shop in a private place stays there: the system's resolver and name servers are not asked about others' names for it. Who
    brings a resolver of his own brings the name servers too."""
    system = isinstance(names, SystemResolver)
    resolve = None if system and order.target.allow_private else names
    return ForeignHosts(fetcher, resolve, dns, order.options.ca_file)


async def _gather(
    order: Order,
    catalogue: Catalogue,
    fetcher: Fetcher,
    foreign: ForeignHosts,
    dns: Dns,
    shared: Shared,
    clock: Clock,
    progress: Progress,
    ended: asyncio.Future[str],
) -> Gathered:
    connector = Connector(order.target, fetcher.names, fetcher.counts, clock, lambda: fetcher.seconds_left, shared.doors)
    rules = catalogue.rules_of(order.rules)
    backups = BackupPlan(
        order.site.backup if order.site else (),
        order.folder,
        LIST_SECONDS,
        order.options.deep,
        lambda: fetcher.seconds_left,
        fetcher.names.resolve,
    )
    counts, left, options = fetcher.counts, lambda: fetcher.seconds_left, order.options
    tools: dict[type, Any] = {
        Lookups: Lookups(dns, counts, left, order.target.refuses_of_others),
        MailPlan: _mail_plan(order.site),
        MailServers: MailServers(order.target, shared.talks, counts, clock, left, options.ca_file),
        NamesPlan: NamesPlan(options.rdap),
        Fetcher: fetcher,
        ForeignHosts: foreign,
        Target: order.target,
        Connector: connector,
        Clock: clock,
        Focus: order.focus,
        Knowledge: catalogue.knowledge,
        ProbePlan: ProbePlan(rules, catalogue.knowledge, order.tail),
        BackupPlan: backups,
        OwnerPlan: OwnerPlan(
            order.site,
            order.folder,
            deep=order.options.deep,
            left=lambda: fetcher.seconds_left,
            resolve=fetcher.names.resolve,
        ),
        LetterPlan: LetterPlan(
            places_in(order.site.letter if order.site else (), order.folder),
            foreign.records,
            most=1,
            left=lambda: fetcher.seconds_left,
        ),
        TrustStore: TrustStore(order.options.ca_file),
    }
    gathering = Gathering(catalogue.gatherers, tools, lambda text: setattr(progress, "doing", text))
    front = await gathering.gather([Arrival], ended)
    arrival = front[Arrival]
    if isinstance(arrival, Unavailable) and arrival.defect:
        raise OwnDefect(arrival.because)
    if isinstance(arrival, Unavailable) or arrival.welcome is not Welcome.OPEN:
        rules = tuple(rule for rule in rules if rule.knows_all)
    return await gathering.gather({need.kind for rule in rules for need in rule.needs} - {Knowledge}, ended)


def _mail_plan(site: SiteSettings | None) -> MailPlan:
    """The domains that the owner named, those of his senders' addresses too."""
    if site is None:
        return MailPlan()
    wanted = [WantedDomain(domain, one.selectors, one.sends) for one in site.mail for domain in one.domains]
    return MailPlan(tuple(wanted), off=site.mail_off)


def judged(
    order: Order,
    catalogue: Catalogue,
    gathered: Gathered,
    knowledge: Knowledge,
    started: datetime,
    finished: datetime,
    counts: Counter[str],
) -> ScanResult:
    """Evidence and knowledge → result. Pure: a recording is judged by the same lines."""
    arrival = gathered[Arrival]
    status, because = _status(arrival)
    every = catalogue.rules_of(catalogue.chosen(letters=order.with_letters))
    rules = catalogue.rules_of(order.rules)
    evidence = gathered if status is Status.COMPLETE else _without_the_shop(rules, gathered, Unavailable(because or ""))
    verdicts = located(judge_all(rules, evidence, knowledge), order.target)
    days = knowledge.days
    relied_on = min((days[name] for one in verdicts for name in one.relied), default=None)
    return ScanResult(
        site=site_of(order, gathered, knowledge),
        started=started,
        finished=finished,
        status=status,
        judged=verdicts,
        requests=Requests(
            http=counts["http"],
            tls=counts["tls"],
            dns=counts["dns"],
            ftp=counts["ftp"],
            ssh=counts["ssh"],
            smtp=counts["smtp"],
            other=counts["other"],
            bytes_received=counts["bytes"],
        ),
        because=because,
        notes=notes_of(gathered, relied_on),
        accepted=accepted(order, catalogue),
        tool_version=__version__,
        data_as_of=(relied_on or days[PLATFORMS]).isoformat(),
        data={name: day.isoformat() for name, day in days.items()},
        elsewhere=arrival.elsewhere if isinstance(arrival, Arrival) else "",
        limited=limited_of(every, order.rules, asked=bool(order.options.only)),
        coverage=coverage_of(gathered),
    )


def _without_the_shop(rules: Iterable[Rule], gathered: Gathered, shut: Unavailable) -> Gathered:
    """The evidence where there was no way into the shop: only what stands in the configuration alone, where anything does."""
    there = {
        need.kind: gathered[need.kind]
        for rule in rules
        if rule.knows_all
        for need in rule.needs
        if need.kind in gathered and not getattr(gathered[need.kind], "empty", False)
    }
    return {need.kind: there.get(need.kind, shut) for rule in rules for need in rule.needs}


def coverage_of(gathered: Gathered) -> Coverage:
    """How far the crawl and the long list came."""
    pages, probes = gathered.get(Pages), gathered.get(Probes)
    return Coverage(
        pages=len(pages.all) if isinstance(pages, Pages) else 0,
        tail_asked=probes.tail_asked if isinstance(probes, Probes) else 0,
        tail_of=probes.tail_of if isinstance(probes, Probes) else 0,
    )


def accepted(order: Order, catalogue: Catalogue) -> tuple[Accepted, ...]:
    """The risks that the owner accepted, under the names that their rules have today."""
    entries = order.site.accepted if order.site else ()
    return tuple(name for entry in entries for name in entry.accepted().today(catalogue.rules.values()))


def site_of(order: Order, gathered: Gathered, knowledge: Knowledge) -> Site:
    """The shop as results speak of it."""
    arrival, found = gathered[Arrival], gathered.get(Installations)
    platform, known = None, None
    parts: tuple[tuple[str, str | None], ...] = ()
    if isinstance(found, Installations) and found.shop.platform != UNKNOWN:
        platform = (found.shop.name, found.shop.version, found.shop.confidence)
        parts = tuple((part.name, part.version) for part in found.shop.parts)
        known = knowledge.platforms.get(found.shop.platform)
    home = arrival.home if isinstance(arrival, Arrival) else None
    return Site(
        key=order.key,
        url=order.asked.url,
        host=order.target.host,
        name=(order.site.name if order.site else None) or written_name(order.asked.host),
        addresses=arrival.addresses if isinstance(arrival, Arrival) else (),
        front=home.address if home else "",
        platform=platform,
        platform_id=found.shop.platform if platform and isinstance(found, Installations) else "",
        platform_parts=parts,
        server=(home.header("server") or "") if home else "",
        authorised_by=order.site.authorised_by if order.site else "",
        article_heading=known.article_heading if known else "",
    )


def _status(arrival: Arrival | Unavailable) -> tuple[Status, str | None]:
    if isinstance(arrival, Unavailable):
        return Status.UNREACHABLE, arrival.because
    if arrival.welcome is Welcome.OPEN:
        return Status.COMPLETE, None
    return Status.BLOCKED if arrival.welcome is Welcome.BLOCKED else Status.UNREACHABLE, arrival.because


def _ended_early(result: ScanResult, progress: Progress, fetcher: Fetcher) -> ScanResult:
    """Blocked in the middle, stopped, out of time or out of requests: the result says so."""
    if result.status is not Status.COMPLETE:
        return result
    if fetcher.blocked:
        return replace(result, status=Status.BLOCKED, because=redact_address(fetcher.blocked))
    if progress.because:
        return replace(result, status=Status.PARTIAL, because=progress.because)
    if not fetcher.seconds_left:
        return replace(result, status=Status.PARTIAL, because="The scan's time was used up (--max-time).")
    if fetcher.budget.total >= fetcher.budget.most:
        return replace(result, status=Status.PARTIAL, because="The scan's requests were used up (--max-requests).")
    return result
