"""The domain's name: signed, certified by whom, leading where, and paid for until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.names.issuers import caa_missing
from checks.names.leads import dns_dangling
from checks.names.registration import domain_expiring
from checks.names.signing import dnssec_broken, dnssec_missing
from scanner import Dnssec, Fate, Found, Inconclusive, Lead, NotApplicable, Passed, Registration, Security, Unavailable, Verdict
from scanner.testing import HOST, NOW, certificate, names, tls_endpoint, tls_scan

BOGUS = Dnssec(
    Security.BROKEN, "the signature of petalandstem.example ran out on 3 November 2026", ("192.0.2.53", "198.51.100.53")
)
UNCLAIMED = Lead(f"blog.{HOST}", "CNAME", "petal.blogs.example", Fate.UNCLAIMED, "Blogs", "It answers: no such site.")
UNREGISTERED = Lead(f"old.{HOST}", "CNAME", "shop.gone.example", Fate.UNREGISTERED)


@pytest.mark.parametrize(
    ("seen", "missing", "broken"),
    [
        (Dnssec(Security.SECURE), Passed, Passed),
        (Dnssec(Security.INSECURE), Found, Passed),
        (BOGUS, Passed, Found),
        (Dnssec(Security.UNKNOWN, "The resolver strips signatures."), Inconclusive, Inconclusive),
        (Unavailable("SERVFAIL"), Inconclusive, Inconclusive),
    ],
)
def test_signed_or_not_and_whether_it_holds(seen: Dnssec | Unavailable, missing: type, broken: type) -> None:
    assert isinstance(dnssec_missing(names(dnssec=seen)), missing)
    assert isinstance(dnssec_broken(names(dnssec=seen)), broken)


def test_what_fails_and_who_was_asked_is_shown_and_never_part_of_the_subject() -> None:
    verdict = dnssec_broken(names(dnssec=BOGUS))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (HOST, (HOST,))
    assert "192.0.2.53" in finding.shown
    assert "3 November" in finding.shown


# --- CAA ---------------------------------------------------------------------------------------------------------------


def caa(zone: dict[str, object], issuer: str = "CN=E7,O=Let's Encrypt,C=US", host: str = HOST) -> Verdict:
    return caa_missing(replace(names(zone), host=host), tls_scan(tls_endpoint(HOST, certificate(issuer=issuer))))  # type: ignore[arg-type]  # a zone


def test_no_caa_record_with_one_for_the_company_that_was_seen() -> None:
    verdict = caa({f"CAA {HOST}": ()})
    assert isinstance(verdict, Found)
    assert verdict.findings[0].ready == f'{HOST}. 3600 IN CAA 0 issue "letsencrypt.org"'
    unknown = caa({f"CAA {HOST}": ()}, "CN=Somebody")
    assert isinstance(unknown, Found)
    assert unknown.findings[0].ready == ""
    assert isinstance(caa_missing(names({f"CAA {HOST}": ()}), Unavailable("No TLS.")), Found)


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        (('0 issue "letsencrypt.org"',), Passed),
        (('0 issue ";"',), Passed),
        (('0 iodef "mailto:a@shop.example"',), Found),
        (('0 issuewild "letsencrypt.org"',), Found),
        (('0 issuewild ";"', '128 issue "pki.goog; validationmethods=dns-01"'), Passed),
    ],
)
def test_only_issue_says_who_may_issue_for_a_name(records: tuple[str, ...], verdict: type) -> None:
    assert isinstance(caa({f"CAA {HOST}": records}), verdict)


def test_the_nearest_records_count_and_no_answer_is_no_absence() -> None:
    below = {f"CAA www.{HOST}": (), f"CAA {HOST}": ('0 issue "letsencrypt.org"',)}
    assert isinstance(caa(below, host=f"www.{HOST}"), Passed)
    own = {**below, f"CAA www.{HOST}": ('0 iodef "mailto:a@shop.example"',)}
    assert isinstance(caa(own, host=f"www.{HOST}"), Found)
    assert caa({f"CAA {HOST}": Unavailable("SERVFAIL")}) == Inconclusive("SERVFAIL")


# --- names that lead nowhere ---------------------------------------------------------------------------------------------


def test_names_that_anybody_can_take() -> None:
    verdict = dns_dangling(names({}, UNCLAIMED, UNREGISTERED))
    assert isinstance(verdict, Found)
    assert [(one.subject, one.places) for one in verdict.findings] == [
        (f"blog.{HOST}", (f"blog.{HOST}",)),
        (f"old.{HOST}", (f"old.{HOST}",)),
    ]
    assert "Blogs" in verdict.findings[0].shown
    assert "nobody has registered" in verdict.findings[1].shown


def test_held_names_pass_and_what_could_not_be_asked_was_not_examined() -> None:
    assert isinstance(dns_dangling(names({}, replace(UNCLAIMED, fate=Fate.HELD))), Passed)
    dark = dns_dangling(names({}, replace(UNCLAIMED, fate=Unavailable("The service did not answer."))))
    assert isinstance(dark, Inconclusive)
    both = dns_dangling(names({}, UNREGISTERED, replace(UNCLAIMED, fate=Unavailable("The service did not answer."))))
    assert isinstance(both, Found)
    assert f"blog.{HOST}" not in both.examined
    gone = dns_dangling(names({f"CNAME blog.{HOST}": ()}))  # the record was deleted
    assert isinstance(gone, Passed)
    assert f"blog.{HOST}" in gone.examined


# --- registration --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "verdict"), [(400, Passed), (31, Passed), (30, Passed), (29, Found), (1, Found), (-3, Found)])
def test_a_domain_that_runs_out(days: int, verdict: type) -> None:
    said = domain_expiring(names(registration=Registration(NOW + timedelta(days=days), "Registrar")))
    assert isinstance(said, verdict)
    if isinstance(said, Found):
        assert said.findings[0].subject == HOST
        assert ("ran out" in said.findings[0].shown) is (days < 0)


def test_what_the_registry_does_not_say() -> None:
    assert isinstance(domain_expiring(names()), NotApplicable)
    assert isinstance(domain_expiring(names(registration=Registration(None))), NotApplicable)
    assert domain_expiring(names(registration=Unavailable("RDAP did not answer."))) == Inconclusive("RDAP did not answer.")


def test_signed_in_a_way_that_counts_no_more_is_said_so() -> None:
    state = Dnssec(Security.INSECURE, f"{HOST} is signed in a way that nobody reads")
    verdict = dnssec_missing(names(dnssec=state))
    assert isinstance(verdict, Found)
    assert "counts as not signed" in verdict.findings[0].shown
