"""The whole look at a domain's mail: signed zones and a mail server on loopback, and name servers that fail."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.name
import pytest
import trustme

from scanner.evidence import Mail, MailDomain, MailTalk, StsPolicy, Unavailable
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.contract import NothingToGather, gatherer_of
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.mail.mail import GIVEN, MailPlan, WantedDomain, mail
from scanner.gatherers.mail.servers import MailServers, Talks
from scanner.gatherers.net.dns import MOST_QUESTIONS, Dns, Lookups
from scanner.gatherers.net.pace import Paces
from scanner.mail import dkim, dmarc, spf, transport
from scanner.mail.answers import Answers
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from scanner.testing import knowledge
from scanner.text.clock import Clock
from tests.loopback import Handler, response, serving, site
from tests.scanner.gatherers.mail.test_servers import PLAIN, scripted
from tests.zones import Tree, Zone, served

POLICY = "version: STSv1\nmode: enforce\nmx: mx.petal.example\nmax_age: 604800\n"
RECORDS = (
    "@ A 127.0.0.1",
    "@ MX 10 mx",
    '@ TXT "v=spf1 mx include:_spf.google.com -all"',
    "mx A 127.0.0.1",
    '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:x@petal.example"',
    'mine._domainkey TXT "v=DKIM1; p=AAAA"',
    '_mta-sts TXT "v=STSv1; id=1"',
    '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:x@petal.example"',
    "_25._tcp.mx TLSA 3 1 1 " + "ab" * 32,
)


@dataclass
class Seen:
    """What came of a look, and what it cost."""

    mail: Mail
    counts: Counter[str]
    tree: Tree
    dns: Dns

    @property
    def domain(self) -> MailDomain:
        return self.mail.domains[0]

    @property
    def answers(self) -> Answers:
        return Answers(self.domain.lookups)


def mail_tree(*records: str, **spoilt: str) -> Tree:
    google = Zone("google.com.", ['_spf TXT "v=spf1 ip4:192.0.2.0/24 ~all"', "google._domainkey TXT x"], signed=False)
    tree = Tree(Zone("."), Zone("example."), Zone("com."), google, Zone("petal.example.", records or RECORDS))
    for name, how in spoilt.items():
        kind, _, host = name.partition("_")
        tree.spoil(host.replace("__", "."), kind, how)
    return tree


@asynccontextmanager
async def _world(
    tree: Tree, smtp: int, https: int, ca_file: Path | None, counts: Counter[str], *, given: bool, private: bool
) -> AsyncIterator[tuple[Target, Lookups, ForeignHosts, Dns]]:
    async with served(tree, ["127.0.0.1"]) as port:
        target = Target.of(
            "https://petal.example",
            ports={"smtp": smtp, "https": https},
            resolve={"mta-sts.petal.example": ("127.0.0.1",)} if given else {},
            allow_private=private,
        )
        server = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
        budget = Budget(100, gatherer_of(mail).shares)  # type: ignore[union-attr]

        async def nobody(host: str) -> tuple[str, ...]:
            pytest.fail(f"the system was asked for {host}")

        fetcher = Fetcher(target, budget=budget, seconds=60, resolve=nobody, paces=Paces(1000), counts=counts, seed=b"")
        foreign = ForeignHosts(fetcher, None if private else nobody, server, ca_file)
        async with fetcher:
            yield target, Lookups(server, counts, lambda: 60, target.refuses_of_others), foreign, server
        await foreign.aclose()


async def mail_looked_at(
    tree: Tree | None = None,
    *,
    plan: MailPlan | None = None,
    policy: bytes | None = None,
    tmp_path: Path | None = None,
    given: bool = True,
    private: bool = True,
    asked: list[str] | None = None,
    smtp: Handler | None = None,
) -> Seen:
    """given: whether ``--resolve`` names the policy's host. private: whether private places may be connected to. asked: what the
    web server was asked for. smtp: the mail server; one without
    STARTTLS unless given."""
    tree = tree or mail_tree()
    counts: Counter[str] = Counter()
    ca, context = None, None
    if tmp_path is not None:
        authority, ca = trustme.CA(), tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("mta-sts.petal.example").configure_cert(context)
    pages = {"/.well-known/mta-sts.txt": policy or response(POLICY.encode())}
    async with (
        serving(smtp or scripted(PLAIN)) as smtp_port,
        serving(site(pages, asked), ssl=context) as https,
        _world(tree, smtp_port, https, ca, counts, given=given, private=private) as (target, lookups, foreign, server),
    ):
        servers = MailServers(target, Talks(), counts, Clock(), lambda: 60.0, ca)
        seen = await mail(target, plan or MailPlan(), lookups, servers, foreign, knowledge(), Clock())
    return Seen(seen, counts, tree, server)


async def test_everything_that_rules_read_is_asked_for(tmp_path: Path) -> None:
    seen = await mail_looked_at(tmp_path=tmp_path)
    domain, answers = seen.domain, seen.answers
    assert domain.domain == "petal.example"
    assert str(spf.examined("petal.example", answers).result) == "fail"
    assert dmarc.examined("petal.example", answers).enforced
    assert transport.tls_reports("petal.example", answers) is not None
    assert isinstance(transport.dane("mx.petal.example", (), answers), transport.DaneReading)
    dkim.examined(domain)
    assert answers.missing == {}
    assert domain.policy == StsPolicy(200, POLICY)
    assert [(one.host, one.preference, one.addresses) for one in domain.servers] == [("mx.petal.example", 10, ("127.0.0.1",))]
    assert isinstance(domain.servers[0].talk, MailTalk)
    assert seen.counts["smtp"] == 1
    assert seen.dns.sent["dns"] <= 25


async def test_the_selectors_of_visible_providers_and_the_owners(tmp_path: Path) -> None:
    plan = MailPlan((WantedDomain("petal.example", ("mine",)),))
    seen = await mail_looked_at(plan=plan, tmp_path=tmp_path)
    assert seen.domain.selectors == (("mine", GIVEN), ("google", "google"))
    assert seen.domain.configured


async def test_a_recording_holds_it_all(tmp_path: Path) -> None:
    seen = await mail_looked_at(tmp_path=tmp_path)
    assert decode(encode(seen.mail), known_classes([Mail])) == seen.mail


async def test_a_domain_without_anything() -> None:
    seen = await mail_looked_at(mail_tree("@ A 127.0.0.1"))
    assert (seen.domain.servers, seen.domain.policy, seen.domain.selectors) == ((), None, ())
    assert transport.exchanges("petal.example", seen.answers) == transport.MailExchanges(implicit=True)
    assert spf.examined("petal.example", seen.answers).records == ()


async def test_a_policy_that_is_not_there(tmp_path: Path) -> None:
    seen = await mail_looked_at(policy=response(b"no", "404 Not Found"), tmp_path=tmp_path)
    assert isinstance(seen.domain.policy, StsPolicy)
    assert seen.domain.policy.status == 404


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    moved = response(b"", "301 Moved", "Location: https://elsewhere.example/mta-sts.txt\r\n")
    seen = await mail_looked_at(policy=moved, tmp_path=tmp_path)
    assert isinstance(seen.domain.policy, StsPolicy)
    assert seen.domain.policy.status == 301


async def test_a_policy_behind_a_certificate_that_does_not_hold() -> None:
    seen = await mail_looked_at()
    assert isinstance(seen.domain.policy, StsPolicy)
    assert seen.domain.policy.status == 0
    assert seen.domain.policy.because


async def test_the_policys_host_is_looked_up_by_the_same_name_servers_as_all_else(tmp_path: Path) -> None:
    seen = await mail_looked_at(mail_tree(*RECORDS, "mta-sts A 127.0.0.1"), tmp_path=tmp_path, given=False)
    assert seen.domain.policy == StsPolicy(200, POLICY)


@pytest.mark.parametrize(
    ("records", "how", "private", "said"),
    [
        (("mta-sts A 127.0.0.1",), "", False, "leads to no public address"),
        (("mta-sts A 10.1.2.3", "mta-sts AAAA ::1"), "", False, "leads to no public address"),
        (("mta-sts AAAA fd00::1",), "", False, "leads to no public address"),
        (("mta-sts CNAME www.rebound.example.",), "", False, "leads to no public address"),
        (("mta-sts A 8.8.8.8",), "", True, "The shop is in a private place"),
        (("mta-sts A 127.0.0.1",), "bad", True, "signature of the address"),
        (("mta-sts A 127.0.0.1",), "expired", True, "signature of the address"),
        (("mta-sts A 127.0.0.1",), "SERVFAIL", True, "no clear answer"),
        (("mta-sts A 127.0.0.1",), "REFUSED", True, "no clear answer"),
    ],
)
async def test_a_policys_host_that_leads_where_nobody_shall_go(
    records: tuple[str, ...], how: str, private: bool, said: str, tmp_path: Path
) -> None:
    tree, asked = mail_tree(*RECORDS, *records), list[str]()
    tree.zones[dns.name.from_text("example.")].add("www.rebound", "A", "169.254.169.254")
    if how:
        tree.spoil("mta-sts.petal.example", "A", how)
    seen = await mail_looked_at(tree, tmp_path=tmp_path, given=False, private=private, asked=asked)
    assert isinstance(seen.domain.policy, Unavailable)
    assert said in seen.domain.policy.because
    assert asked == []


async def test_a_policys_host_that_is_not_there(tmp_path: Path) -> None:
    seen = await mail_looked_at(tmp_path=tmp_path, given=False)
    assert seen.domain.policy == StsPolicy(0, because="There is no name mta-sts.petal.example.")


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "silent", "cut off", "garbage"])
@pytest.mark.parametrize("kind", ["MX", "TXT"])
async def test_what_is_not_answered_is_unknown(kind: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.gatherers.net.dns.TRIES", (0.1, 0.1))
    tree = mail_tree()
    tree.spoil("petal.example", kind, how)
    seen = await mail_looked_at(tree)
    answer = seen.answers.get("petal.example", kind)
    assert isinstance(answer, Unavailable)
    if kind == "TXT":
        assert spf.examined("petal.example", seen.answers).unknown is not None
    else:
        assert isinstance(transport.exchanges("petal.example", seen.answers), Unavailable)
        assert seen.domain.servers == ()


async def test_a_record_that_leads_ever_on_is_bounded() -> None:
    chain = [f's{n} TXT "v=spf1 include:s{n + 1}.petal.example include:t{n}.petal.example -all"' for n in range(200)]
    seen = await mail_looked_at(mail_tree('@ TXT "v=spf1 include:s0.petal.example -all"', *chain))
    assert seen.dns.sent["dns"] < MOST_QUESTIONS
    assert spf.examined("petal.example", seen.answers).problems


async def test_nobody_is_asked_where_nobody_may_be() -> None:
    target = Target.of("https://petal.example", allow_private=True)
    nobody = Lookups(Dns(()), Counter(), lambda: 60, target.refuses_of_others)
    with pytest.raises(NothingToGather, match="--nameserver"):
        await mail(target, MailPlan(), nobody, None, None, knowledge(), Clock())  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["https://192.0.2.7", "https://petal.myshopify.com"])
async def test_a_shop_without_a_domain_of_its_own(address: str) -> None:
    target = Target.of(address)
    lookups = Lookups(Dns((("127.0.0.1", 1),)), Counter(), lambda: 60, target.refuses_of_others)
    with pytest.raises(NothingToGather):
        await mail(target, MailPlan(), lookups, None, None, knowledge(), Clock())  # type: ignore[arg-type]


async def test_the_owner_may_switch_it_off() -> None:
    target = Target.of("https://petal.example")
    lookups = Lookups(Dns((("127.0.0.1", 1),)), Counter(), lambda: 60, target.refuses_of_others)
    with pytest.raises(NothingToGather, match="off"):
        await mail(target, MailPlan(off=True), lookups, None, None, knowledge(), Clock())  # type: ignore[arg-type]
