"""Where a domain's names lead: to somebody, to a name that anybody can register, to a service that knows no such customer."""

from __future__ import annotations

import json
import ssl
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import dns.name
import pytest
import trustme

from scanner.evidence import CertificateNames, Existence, Fate, Lead, Names, OtherName, Registration, Security, Unavailable
from scanner.evidence.codec import decode, encode, known_classes
from scanner.gatherers.contract import NothingToGather, gatherer_of
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.http.third_party import ForeignHosts
from scanner.gatherers.names.names import NamesPlan, names
from scanner.gatherers.names.takeovers import service_of, services
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.gatherers.net.pace import Paces
from scanner.mail.answers import Answers
from scanner.mail.caa import issuers
from scanner.scope.budget import Budget
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.testing import NOW
from scanner.text.clock import StoppedClock
from tests.loopback import response, serving, site
from tests.zones import Tree, Zone, served

SHOP = (
    "@ A 192.0.2.7",
    "@ MX 10 mx.mailhost.com.",
    '@ CAA 0 issue "letsencrypt.org"',
    "blog CNAME petal.github.io.",
    "old CNAME oldshop.azurewebsites.net.",
    "cdn CNAME assets.free-domain.com.",
    "img CNAME static.mailhost.com.",
    "dead CNAME nothing.mailhost.com.",
    "near CNAME www",
    "far CNAME old.mailhost.com.",
    "www A 192.0.2.7",
)
HELD = (Zone("mailhost.com.", ["mx A 192.0.2.25", "static A 192.0.2.26", "old CNAME oldshop.azurewebsites.net."], signed=False),)
ALL = ("blog", "old", "cdn", "img", "dead", "near", "far")


def names_tree(*shop: str) -> Tree:
    return Tree(
        Zone("."),
        Zone("com."),
        Zone("net."),
        Zone("io."),
        Zone("example."),
        Zone("github.io.", ["petal A 192.0.2.9"], signed=False),
        Zone("azurewebsites.net.", ["other A 192.0.2.8"], signed=False),
        *HELD,
        Zone("petal.example.", shop or SHOP),
    )


async def names_looked_at(
    tree: Tree | None = None,
    *,
    others: tuple[str, ...] = ALL,
    says: bytes | None = None,
    plan: NamesPlan | None = None,
    focus: Focus | None = None,
    rdap: dict[str, bytes] | None = None,
    tmp_path: Path | None = None,
    certificate: CertificateNames | Unavailable | None = None,
    given: bool = True,
    private: bool = True,
    asked: list[str] | None = None,
) -> Names:
    """given: whether ``--resolve`` names the hosts that are asked. private: whether private places may be connected to. asked: what
    the service was asked for."""
    tree, counts = tree or names_tree(), Counter[str]()
    context, ca = None, None
    if tmp_path is not None:
        authority, ca = trustme.CA(), tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("data.iana.org", "rdap.registry.test").configure_cert(context)
    certificate = certificate or CertificateNames(
        ("192.0.2.7",), tuple(OtherName(f"{one}.petal.example", ()) for one in others), NOW
    )
    async with (
        serving(site({"/": says or response(b"<h1>There isn't a GitHub Pages site here.</h1>", "404 Not Found")}, asked)) as http,
        serving(site(rdap or {}), ssl=context) as https,
        served(tree, ["127.0.0.1"]) as port,
    ):
        local = dict.fromkeys(("blog.petal.example", "data.iana.org", "rdap.registry.test"), ("127.0.0.1",))
        ports = {"http": http, "https": https}
        target = Target.of("https://petal.example", ports=ports, resolve=local if given else {}, allow_private=private)
        server = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
        budget = Budget(100, gatherer_of(names).shares)  # type: ignore[union-attr]

        async def nobody(host: str) -> tuple[str, ...]:
            pytest.fail(f"the system was asked for {host}")

        fetcher = Fetcher(target, budget=budget, seconds=60, resolve=nobody, paces=Paces(1000), counts=counts, seed=b"")
        foreign = ForeignHosts(fetcher, None if private else nobody, server, ca)
        async with fetcher:
            lookups = Lookups(server, counts, lambda: 60, target.refuses_of_others)
            seen = await names(target, lookups, certificate, foreign, plan or NamesPlan(), focus or Focus(), StoppedClock(NOW))
        await foreign.aclose()
        return seen


def _of(seen: Names, name: str) -> Lead:
    return next(lead for lead in seen.leads if lead.name == f"{name}.petal.example")


@pytest.mark.parametrize(
    ("address", "how", "private", "said"),
    [
        ("127.0.0.1", "", False, "leads to no public address"),
        ("10.1.2.3", "", False, "leads to no public address"),
        ("169.254.169.254", "", False, "leads to no public address"),
        ("8.8.8.8", "", True, "The shop is in a private place"),
        ("127.0.0.1", "SERVFAIL", True, "no clear answer"),
    ],
)
async def test_a_service_is_asked_only_where_the_name_servers_lead_and_anybody_may_go(
    address: str, how: str, private: bool, said: str
) -> None:
    tree, asked = names_tree(), list[str]()
    tree.zones[dns.name.from_text("github.io.")] = Zone("github.io.", [f"petal A {address}"], signed=False)
    if how:
        tree.spoil("blog.petal.example", "A", how)
    seen = await names_looked_at(tree, others=("blog",), given=False, private=private, asked=asked)
    fate = _of(seen, "blog").fate
    assert isinstance(fate, Unavailable)
    assert said in fate.because
    assert asked == []


async def test_a_service_is_looked_up_by_the_same_name_servers_as_all_else() -> None:
    tree = names_tree()
    tree.zones[dns.name.from_text("github.io.")] = Zone("github.io.", ["petal A 127.0.0.1"], signed=False)
    assert _of(await names_looked_at(tree, others=("blog",), given=False), "blog").fate is Fate.UNCLAIMED


async def test_what_leads_where() -> None:
    seen = await names_looked_at()
    assert {lead.name.partition(".")[0]: lead.fate for lead in seen.leads} == {
        "petal": Fate.HELD,
        "blog": Fate.UNCLAIMED,
        "old": Fate.UNCLAIMED,
        "cdn": Fate.UNREGISTERED,
        "img": Fate.HELD,
        "dead": Fate.HELD,
        "far": Fate.UNCLAIMED,
    }
    assert _of(seen, "cdn").proof == "Nobody has registered free-domain.com."
    assert (_of(seen, "old").service, _of(seen, "old").proof) == (
        "Microsoft Azure",
        "There is no name oldshop.azurewebsites.net.",
    )
    assert _of(seen, "blog").proof == "GitHub Pages says: There isn't a GitHub Pages site here."
    assert seen.dnssec.state is Security.SECURE  # type: ignore[union-attr]
    found = issuers("petal.example", Answers(seen.lookups), until="petal.example")
    assert getattr(found, "issue", None) == ("letsencrypt.org",)
    assert seen.registration is None


async def test_a_service_that_has_the_customer() -> None:
    seen = await names_looked_at(says=response(b"<h1>Our blog</h1>"))
    assert _of(seen, "blog").fate is Fate.HELD


async def test_a_service_that_fails_proves_nothing() -> None:
    seen = await names_looked_at(says=response(b"", "503 Unavailable"))
    assert isinstance(_of(seen, "blog").fate, Unavailable)


async def test_a_mail_server_and_a_name_server_that_anybody_can_register() -> None:
    tree = names_tree("@ A 192.0.2.7", "@ MX 10 mx.gone-mail.com.", "@ NS ns.gone-dns.com.", "@ NS ns.mailhost.com.")
    seen = await names_looked_at(tree, others=())
    fates = {(lead.type, lead.to): lead.fate for lead in seen.leads}
    assert fates["MX", "mx.gone-mail.com"] is Fate.UNREGISTERED
    assert fates["NS", "ns.gone-dns.com"] is Fate.UNREGISTERED
    assert fates["NS", "ns.mailhost.com"] is Fate.HELD


async def test_a_name_server_that_fails_makes_it_unknown() -> None:
    tree = names_tree()
    tree.spoil("free-domain.com", "NS", "SERVFAIL")
    tree.spoil("static.mailhost.com", "A", "REFUSED")
    seen = await names_looked_at(tree)
    assert isinstance(_of(seen, "cdn").fate, Unavailable)
    assert isinstance(_of(seen, "img").fate, Unavailable)


async def test_a_name_server_that_denies_everything_proves_nothing() -> None:
    tree = names_tree()
    tree.spoil("petal.example", "NS", "NXDOMAIN")
    seen = await names_looked_at(tree)
    assert isinstance(_of(seen, "cdn").fate, Unavailable)


async def test_the_names_of_open_findings_are_looked_at_again() -> None:
    seen = await names_looked_at(others=(), focus=Focus(again=(("dns-dangling", "cdn.petal.example"),)))
    assert _of(seen, "cdn").fate is Fate.UNREGISTERED


async def test_names_of_others_in_the_certificate_are_none_of_ours() -> None:
    certificate = CertificateNames((), (OtherName("neighbour.example", ()),), NOW)
    seen = await names_looked_at(certificate=certificate)
    assert "neighbour.example" not in {one.name for one in seen.lookups}


async def test_without_a_certificate_the_domain_is_looked_at() -> None:
    seen = await names_looked_at(certificate=Unavailable("The shop has no https yet; that comes first."))
    assert [lead.type for lead in seen.leads] == ["MX"]


async def test_a_recording_holds_it_all() -> None:
    seen = await names_looked_at()
    assert decode(encode(seen), known_classes([Names])) == seen


async def test_a_domain_that_is_not_signed() -> None:
    tree = Tree(Zone("."), Zone("example."), Zone("petal.example.", ["@ A 192.0.2.7"], signed=False))
    seen = await names_looked_at(tree, others=())
    assert seen.dnssec.state is Security.INSECURE  # type: ignore[union-attr]
    assert Answers(seen.lookups).get("petal.example", "CAA").existence is Existence.NO_DATA  # type: ignore[union-attr]


RDAP = {
    "/rdap/dns.json": response(
        json.dumps({"services": [[["com"], ["https://rdap.other.test/"]], [["example"], ["https://rdap.registry.test/v1/"]]]}).encode()
    ),
    "/v1/domain/petal.example": response(
        json.dumps({
            "events": [
                {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
                {"eventAction": "expiration", "eventDate": "2026-12-24T10:00:00Z"},
            ],
            "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Names Ltd"]]]}],
        }).encode()
    ),
}  # fmt: skip


async def test_until_when_the_domain_is_paid_for(tmp_path: Path) -> None:
    seen = await names_looked_at(others=(), plan=NamesPlan(rdap=True), rdap=RDAP, tmp_path=tmp_path)
    assert seen.registration == Registration(datetime(2026, 12, 24, 10, tzinfo=UTC), "Names Ltd")


@pytest.mark.parametrize("answer", [b"not json", b"[" * 50_000, b"[]", b'{"events": [{"eventDate": 7}, 3], "entities": 5}'])
async def test_a_registry_that_sends_something_else(answer: bytes, tmp_path: Path) -> None:
    odd = {**RDAP, "/v1/domain/petal.example": response(answer)}
    seen = await names_looked_at(others=(), plan=NamesPlan(rdap=True), rdap=odd, tmp_path=tmp_path)
    assert isinstance(seen.registration, Unavailable) or seen.registration == Registration(None)


async def test_no_registry_for_it(tmp_path: Path) -> None:
    odd = {"/rdap/dns.json": response(b'{"services": [[["com"], ["http://rdap.other.test/"]]]}')}
    seen = await names_looked_at(others=(), plan=NamesPlan(rdap=True), rdap=odd, tmp_path=tmp_path)
    assert isinstance(seen.registration, Unavailable)


async def test_nobody_is_asked_where_nobody_may_be() -> None:
    target = Target.of("https://petal.example", allow_private=True)
    nobody = Lookups(Dns(()), Counter(), lambda: 60, target.refuses_of_others)
    with pytest.raises(NothingToGather, match="--nameserver"):
        await names(target, nobody, Unavailable(""), None, NamesPlan(), Focus(), StoppedClock(NOW))  # type: ignore[arg-type]


def test_every_service_has_a_proof() -> None:
    assert len(services()) >= 15
    for service in services():
        assert service.names
        assert service.says or service.gone
    assert service_of("petal.github.io") is not None
    assert service_of("github.io") is None
    assert service_of("notgithub.io") is None
    for name in ("roses.s3.amazonaws.com", "roses.s3-website-eu-west-1.amazonaws.com", "roses.s3.eu-central-1.amazonaws.com"):
        assert getattr(service_of(name), "name", "") == "Amazon S3"
    assert service_of("shop-1.eu-west-1.elb.amazonaws.com") is None


@pytest.mark.parametrize(
    ("name", "says", "unclaimed"),
    [
        ("petal.readme.io", "<h1>Project doesnt exist... yet!</h1>", True),
        ("petal.readme.io", "The creators of this project are still working on making everything perfect!", False),
        ("petal.ghost.io", "Failed to resolve DNS path for this host", True),
        ("petal.ghost.io", "The thing you were looking for is no longer here, or never was", False),
        ("petal.s3.amazonaws.com", "<Error><Code>NoSuchBucket</Code><BucketName>petal</BucketName></Error>", True),
        ("petal.s3-website.eu-central-1.amazonaws.com", "<li>Code: NoSuchBucket</li>", True),
        ("petal.s3.amazonaws.com", "<Error><Code>AccessDenied</Code></Error>", False),
        ("petal.s3.amazonaws.com", "<Error><Code>NoSuchKey</Code></Error>", False),
    ],
)
def test_only_what_no_customer_shows_proves_that_there_is_none(name: str, says: str, *, unclaimed: bool) -> None:
    service = service_of(name)
    assert service is not None
    assert bool(service.unclaimed(says)) == unclaimed


def test_a_service_that_asks_its_customers_for_a_proof_is_left_out() -> None:
    assert service_of("petal.pantheonsite.io") is None
