"""Which names of a certificate are looked up, and what comes of it. The whole path is in ``test_demo_scan``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from checks.cohosted.sites import cohosted_site
from scanner.engine.revisiting import only
from scanner.engine.scan import Order
from scanner.evidence import Arrival, CertificateNames, TlsScan, Unavailable, Welcome
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.names.certificate_names import MOST, certificate_names, other_names
from scanner.gatherers.net import guard
from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.resolver import NameUnanswered, NoSuchName
from scanner.rules.verdicts import Found, Passed
from scanner.scope.budget import Budget
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.testing import HOST, NOW, ORIGIN, certificate, tls_endpoint, tls_scan
from scanner.text.clock import StoppedClock
from tests.scanning import catalogue

ADDRESS = "192.0.2.7"
TARGET = Target.of(f"{ORIGIN}/")


def shown(*names: str) -> TlsScan:
    return tls_scan(tls_endpoint(HOST, certificate(names=names), address=ADDRESS))


async def gathered(
    tls: TlsScan, book: dict[str, Sequence[str] | Exception], target: Target = TARGET, focus: Focus | None = None
) -> tuple[CertificateNames, set[str]]:
    """What the gatherer made, and the names that it looked up; it may not connect."""
    asked: set[str] = set()

    async def resolve(host: str) -> tuple[str, ...]:
        asked.add(host)
        found = book.get(host, NoSuchName(f"The name {host} has no address."))
        if isinstance(found, Exception):
            raise found
        return tuple(found)

    arrival = Arrival(Welcome.OPEN, ORIGIN, "/", NOW, addresses=(ADDRESS,))
    async with Fetcher(target, budget=Budget(0), seconds=20, resolve=resolve, paces=Paces(1000)) as fetcher:
        made = await certificate_names(fetcher, target, arrival, tls, focus or Focus(), StoppedClock(NOW))
        assert fetcher.counts["http"] == 0
        assert fetcher.counts["dns"] == len(asked)
    return made, asked


def test_only_other_names_of_the_same_domain_are_wanted() -> None:
    own, strangers = other_names(
        [
            HOST, f"www.{HOST}", f"*.{HOST}", f"BLOG.{HOST}.", f"blog.{HOST}", f"www.blog.{HOST}", f"www.old.{HOST}",
            f"cpanel.{HOST}", f"mail.{HOST}", f"deep.old.{HOST}", "10.0.0.1", "::1", "sni.cdn-example.com", "www.other-florist.co.uk",
            "other-florist.co.uk", "petalandstem.example.evil.com", "", "a b.example", "x" * 300,
        ],
        TARGET,
    )  # fmt: skip
    assert own == (f"blog.{HOST}", f"deep.old.{HOST}", f"www.old.{HOST}")
    assert strangers == ("other-florist.co.uk", "petalandstem.example.evil.com", "sni.cdn-example.com")


def test_two_shops_of_one_platform_are_strangers_to_each_other() -> None:
    own, strangers = other_names(["roses.myshopify.com", "tulips.myshopify.com"], Target.of("https://roses.myshopify.com/"))
    assert own == ()
    assert strangers == ("tulips.myshopify.com",)


def test_a_shop_at_a_bare_address_has_no_domain() -> None:
    assert other_names(["blog.petalandstem.example"], Target.of("https://192.0.2.7/"))[0] == ()


def test_what_the_owner_named_as_his_shop_is_no_other_site() -> None:
    assert other_names([f"blog.{HOST}"], Target.of(f"{ORIGIN}/", also=[f"https://blog.{HOST}"])) == ((), ())


async def test_names_are_looked_up_and_nothing_more() -> None:
    made, asked = await gathered(
        shown(HOST, f"blog.{HOST}", f"gone.{HOST}", f"slow.{HOST}", "stranger.net"),
        {f"blog.{HOST}": ["2001:db8::7", ADDRESS], f"slow.{HOST}": NameUnanswered("No answer.")},
    )
    assert asked == {f"blog.{HOST}", f"gone.{HOST}", f"slow.{HOST}"}
    assert [(other.name, other.addresses) for other in made.others] == [
        (f"blog.{HOST}", (ADDRESS, "2001:db8::7")),
        (f"gone.{HOST}", ()),
        (f"slow.{HOST}", Unavailable("No answer.")),
    ]
    assert (made.addresses, made.left_out, made.strangers) == ((ADDRESS,), 0, 1)


async def test_a_certificate_with_many_names_is_bounded_and_says_so() -> None:
    made, asked = await gathered(shown(*(f"n{number:03}.{HOST}" for number in range(120))), {})
    assert len(asked) == MOST
    assert made.left_out == 120 - MOST
    assert min(asked) == f"n000.{HOST}"


async def test_a_certificate_that_could_not_be_read_is_unavailable() -> None:
    with pytest.raises(CouldNotGather):
        await gathered(tls_scan(tls_endpoint(HOST, Unavailable("It broke off."))), {})


async def test_an_open_findings_name_is_looked_up_until_it_leads_elsewhere() -> None:
    order = Order(TARGET, catalogue().chosen(["cohosted-site", "exposed-vcs"]))
    open_ = [("cohosted-site", [f"stage.{HOST}", f"https://stage.{HOST}/"]), ("exposed-vcs", ["/.git/"])]
    focus = only(order, catalogue(), open_).focus
    still, asked = await gathered(shown(HOST), {f"stage.{HOST}": [ADDRESS]}, focus=focus)
    assert asked == {f"stage.{HOST}"}
    assert isinstance(cohosted_site(still), Found)
    gone, _ = await gathered(shown(HOST), {}, focus=focus)
    verdict = cohosted_site(gone)
    assert isinstance(verdict, Passed)
    assert verdict.examined == (f"stage.{HOST}",)


async def test_one_certificate_that_could_not_be_read_is_said() -> None:
    read = tls_endpoint(HOST, certificate(names=[HOST]), address=ADDRESS)
    broken = tls_endpoint(f"www.{HOST}", Unavailable("It broke off."), address=ADDRESS)
    made, _ = await gathered(tls_scan(read, broken, unseen=[("192.0.2.8", Unavailable("It does not answer."))]), {})
    assert made.unread == ("It does not answer.", "It broke off.")


async def test_a_resolver_that_never_answers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RESOLVE_SECONDS", 0.05)

    async def never(_host: str) -> tuple[str, ...]:
        await asyncio.sleep(60)
        return ()

    arrival = Arrival(Welcome.OPEN, ORIGIN, "/", NOW, addresses=(ADDRESS,))
    async with Fetcher(TARGET, budget=Budget(0), seconds=20, resolve=never, paces=Paces(1000)) as fetcher:
        made = await certificate_names(fetcher, TARGET, arrival, shown(f"blog.{HOST}"), Focus(), StoppedClock(NOW))
    assert isinstance(made.others[0].addresses, Unavailable)


async def test_resolve_counts_for_the_other_names_too() -> None:
    target = Target.of(f"{ORIGIN}/", resolve={f"stage.{HOST}": (ADDRESS,)})
    made, asked = await gathered(shown(f"stage.{HOST}"), {}, target)
    assert asked == set()
    assert made.others[0].addresses == (ADDRESS,)
