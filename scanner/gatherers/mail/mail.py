"""Everything about a domain's mail that can be asked for: its records, its mail servers, the policy that it publishes."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.evidence import Mail, MailDomain, MailServer, StsPolicy, Unavailable
from scanner.gatherers.contract import CouldNotGather, NothingToGather, gatherer
from scanner.gatherers.http.fetcher import TlsBroken
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.mail.servers import MailServers
from scanner.gatherers.names.names import own_domain
from scanner.gatherers.net.dns import NO_NAME_SERVER, Lookups
from scanner.gatherers.net.guard import PortClosed
from scanner.gatherers.net.resolver import NoSuchName
from scanner.mail import dkim, dmarc, spf, transport
from scanner.mail.answers import Answers
from scanner.mail.providers import MailProvider, visible
from scanner.platforms import Knowledge
from scanner.scope.budget import Share
from scanner.scope.target import Target
from scanner.text.clock import Clock

MAIL = Share("mail", 5)
"""The policies of MTA-STS, one a domain."""
MOST_DOMAINS = 5
MOST_SERVERS = 5
MOST_SELECTORS = 16
POLICY_BYTES = 64 * 1024  # RFC 8461 3.3
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class WantedDomain:
    """A domain that the owner named. sends: False where nobody writes in its name."""

    domain: str
    selectors: tuple[str, ...] = ()
    sends: bool = True


@dataclass(frozen=True, slots=True)
class MailPlan:
    """A tool for gatherers: which domains the owner named; none: the shop's own. off: he wants none looked at."""

    domains: tuple[WantedDomain, ...] = ()
    off: bool = False


@gatherer(
    ceiling="200 questions to name servers (those of DNSSEC apart), 5 SMTP connections a domain, 1 policy by https",
    doing="Looking at the shop's mail",
    share=MAIL,
)
async def mail(
    target: Target,
    plan: MailPlan,
    lookups: Lookups,
    servers: MailServers,
    foreign: ForeignHosts,
    knowledge: Knowledge,
    clock: Clock,
) -> Mail:
    """Each answer may be Unavailable on its own. Raises NothingToGather where there is no domain, or nobody may be asked."""
    if plan.off:
        raise NothingToGather('The shop\'s mail is not to be looked at (mail = "off").')
    if not lookups.possible:
        raise NothingToGather(NO_NAME_SERVER)
    wanted = plan.domains or (WantedDomain(own_domain(target)),)
    providers = knowledge.mail_providers
    seen = [await _domain(one, bool(plan.domains), lookups, servers, foreign, providers) for one in wanted[:MOST_DOMAINS]]
    return Mail(tuple(seen), clock.now())


async def _domain(
    wanted: WantedDomain,
    configured: bool,
    lookups: Lookups,
    servers: MailServers,
    foreign: ForeignHosts,
    providers: tuple[MailProvider, ...],
) -> MailDomain:
    domain = wanted.domain

    def read(answers: Answers) -> _Reading:
        return _read(wanted, answers, providers)

    known = await lookups.completed(read)
    answers = Answers(known)
    reading = read(answers)
    hosts = reading.hosts[:MOST_SERVERS]
    where = [transport.addresses(host, answers) for _, host in hosts]
    there = [(host, found) for (_, host), found in zip(hosts, where, strict=True) if isinstance(found, tuple) and found]
    talks = dict(zip((host for host, _ in there), await servers.visit(there), strict=True))
    seen = [
        MailServer(host, preference, found, talks.get(host) or _nowhere(host, found))
        for (preference, host), found in zip(hosts, where, strict=True)
    ]
    policy = await _policy(domain, lookups, foreign) if reading.announced else None
    left_out = len(reading.hosts) - len(hosts)
    return MailDomain(domain, known, tuple(seen), left_out, policy, reading.selectors, wanted.sends, configured)


def _nowhere(host: str, addresses: tuple[str, ...] | Unavailable) -> Unavailable:
    return addresses if isinstance(addresses, Unavailable) else Unavailable(f"{host} has no address.")


@dataclass(frozen=True, slots=True)
class _Reading:
    hosts: tuple[tuple[int, str], ...]
    selectors: tuple[tuple[str, str], ...]
    announced: bool


def _read(wanted: WantedDomain, answers: Answers, providers: tuple[MailProvider, ...]) -> _Reading:
    """Everything that rules will read of a domain, so that it is asked for."""
    domain = wanted.domain
    found = transport.exchanges(domain, answers)
    hosts = found.hosts if isinstance(found, transport.MailExchanges) else ()
    for _, host in hosts[:MOST_SERVERS]:
        transport.addresses(host, answers)
        answers.get(transport.tlsa_name(host), "TLSA")
    policy = spf.examined(domain, answers)
    dmarc.examined(domain, answers)
    transport.tls_reports(domain, answers)
    announced = transport.sts_record(domain, answers)
    answers.get(f"_domainkey.{domain}", "TXT")
    selectors = dict.fromkeys(wanted.selectors, GIVEN)
    for provider in visible((host for _, host in hosts), policy.included, providers):
        selectors = {**dict.fromkeys(provider.selectors, provider.key), **selectors}
    asked = sorted(selectors.items(), key=lambda one: one[1] != GIVEN)[:MOST_SELECTORS]
    for selector, _ in asked:
        dkim.key_of(domain, selector, answers)
    return _Reading(hosts, tuple(asked), isinstance(announced, transport.StsRecord))


async def _policy(domain: str, lookups: Lookups, foreign: ForeignHosts) -> StsPolicy | Unavailable:
    """The policy, by https with a certificate that holds, no redirect followed (RFC 8461 3.3)."""
    host = f"mta-sts.{domain}"
    try:
        answer, body = await foreign.get(
            f"https://{host}/.well-known/mta-sts.txt", share=MAIL, most=POLICY_BYTES, by=lookups.addresses
        )
    except NoSuchName:
        return StsPolicy(0, because=f"There is no name {host}.")
    except (TlsBroken, PortClosed) as reason:
        return StsPolicy(0, because=str(reason))
    except CouldNotGather as reason:
        return Unavailable(str(reason))
    if answer.status == 429 or answer.status >= 500:  # of the server, not of the policy
        return Unavailable(f"The server answered {answer.status}.")
    return StsPolicy(answer.status, body.decode("utf-8", "replace"))
