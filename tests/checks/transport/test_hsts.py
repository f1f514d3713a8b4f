"""Strict-Transport-Security, as RFC 6797 reads it and as servers send it."""

import pytest

from checks.transport.hsts import Policy, hsts_invalid, hsts_max_age_short, hsts_missing, hsts_subdomains_missing, parse
from scanner import Closed, Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.testing import HOST, HSTS, TWIN, chain, entrances

HTTPS, WWWS = f"https://{HOST}/", f"https://{TWIN}/"
RULES = (hsts_missing, hsts_invalid, hsts_max_age_short, hsts_subdomains_missing)


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        ("max-age=31536000", Policy(31_536_000, False)),
        ("max-age=31536000; includeSubDomains", Policy(31_536_000, True)),
        ("MAX-AGE=31536000;INCLUDESUBDOMAINS;preload", Policy(31_536_000, True, True)),
        (' max-age = "31536000" ; ; includeSubDomains ;', Policy(31_536_000, True)),
        ("includeSubDomains; max-age=0", Policy(0, True)),
        ('max-age=1; note="a;b\\"c"', Policy(1, False)),
        ("max-age=1; preload; preload", Policy(1, False, True)),
        ("max-age=00000000000000000007", Policy(7, False)),
        ("max-age=" + "9" * 100_000, Policy(10**12, False)),
        ("", None),
        ("includeSubDomains", None),
        ("max-age", None),
        ("max-age=", None),
        ("max-age=-1", None),
        ("max-age=one year", None),
        ("max-age=31536000, max-age=31536000", None),
        ("max-age=31536000; max-age=0", None),
        ("max-age=31536000; includeSubDomains=true", None),
        ("max-age=31536000 includeSubDomains", None),
        ("max-age=٣١", None),
        ("max-age='31536000'", None),
        ('"max-age=31536000"', None),
        ('max-age="31536000', None),
        ("max-age=31536000;\x00", None),
    ],
)
def test_parsing(value: str, policy: Policy | None) -> None:
    assert parse(value) == policy


def test_a_healthy_shop_passes() -> None:
    assert [rule(entrances()) for rule in RULES] == [Passed((HOST, TWIN))] * 4


@pytest.mark.parametrize(
    ("hsts", "complaining"),
    [
        (None, "hsts_missing"),
        ("max-age=0; includeSubDomains", "hsts_missing"),
        ("max-age", "hsts_invalid"),
        ("", "hsts_invalid"),
        ("max-age=15551999; includeSubDomains", "hsts_max_age_short"),
        ("max-age=300", "hsts_max_age_short"),
        (("max-age=0", "max-age=31536000"), "hsts_missing"),
    ],
)
def test_one_rule_at_a_time_on_every_name(hsts: str | None, complaining: str) -> None:
    for rule in RULES:
        verdict = rule(entrances(hsts=hsts))
        if rule.__name__ == complaining:
            assert isinstance(verdict, Found)
            assert [finding.subject for finding in verdict.findings] == [HOST, TWIN]
            assert verdict.findings[0].locations == (HTTPS,)
        else:
            assert verdict == Passed((HOST, TWIN))


def test_the_first_of_two_headers_counts_and_the_second_is_a_remark() -> None:
    verdict = hsts_invalid(entrances(names=(HOST,), hsts=(HSTS, "max-age=0")))
    assert verdict == Passed((HOST,), f"{HOST} sends the header 2 times; browsers use the first.")


def test_half_a_year_is_enough_and_a_remark() -> None:
    verdict = hsts_max_age_short(entrances(hsts="max-age=15552000; includeSubDomains"))
    assert isinstance(verdict, Passed)
    assert "180 days" in (verdict.because or "")


def test_sub_domains_are_suggested_only_where_www_keeps_to_https_already() -> None:
    verdict = hsts_subdomains_missing(entrances(hsts="max-age=31536000"))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [HOST]
    for www in (Closed("refused"), Unavailable("slow"), chain(WWWS)):
        changed = {WWWS: www, f"http://{TWIN}/": Closed("refused")}
        assert not isinstance(hsts_subdomains_missing(entrances(changed, hsts="max-age=31536000")), Found)
    mail, closed = f"mail.{HOST}", Closed("refused")
    changed = {f"https://{mail}/": closed, f"http://{mail}/": closed}
    http_only = entrances(changed, hsts="max-age=31536000", names=(HOST, TWIN, mail))
    assert isinstance(hsts_subdomains_missing(http_only), Passed)


def test_a_name_that_only_passes_on_is_covered_by_the_name_above_it() -> None:
    assert hsts_missing(entrances({WWWS: chain(WWWS, (301, HTTPS))})) == Passed((HOST, TWIN))
    assert isinstance(hsts_missing(entrances({WWWS: chain(WWWS)})), Found)  # it shows the shop itself


def test_without_https_it_does_not_apply() -> None:
    closed = entrances({HTTPS: Closed("refused"), WWWS: Closed("refused")})
    assert isinstance(hsts_missing(entrances({HTTPS: Closed("refused")}, names=(HOST,))), NotApplicable)
    assert isinstance(hsts_missing(closed), NotApplicable)
    assert isinstance(hsts_missing(entrances(host="192.0.2.7", names=("192.0.2.7",))), NotApplicable)


def test_an_error_page_without_the_header_proves_nothing() -> None:
    http = chain(f"http://{HOST}/", (301, HTTPS), end=403)
    without = entrances({HTTPS: chain(HTTPS, end=403), f"http://{HOST}/": http}, names=(HOST,), deep=())
    assert hsts_missing(without) == Inconclusive(f"https://{HOST} answered 403.")
    with_header = entrances({HTTPS: chain(HTTPS, end=403, headers={"Strict-Transport-Security": HSTS})}, names=(HOST,), deep=())
    assert hsts_missing(with_header) == Passed((HOST,))


def test_silence_is_inconclusive() -> None:
    silent = Unavailable("slow")
    assert hsts_missing(entrances({HTTPS: silent, f"http://{HOST}/": silent}, names=(HOST,), deep=())) == Inconclusive("slow")
    assert isinstance(hsts_missing(entrances(names=(), deep=())), Inconclusive)


def test_what_is_shown_is_bounded() -> None:
    verdict = hsts_invalid(entrances(hsts="x" * 50_000))
    assert isinstance(verdict, Found)
    assert len(verdict.findings[0].shown) < 200
