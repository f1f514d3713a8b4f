"""Strict-Transport-Security, as RFC 6797 reads it and as servers send it."""

from dataclasses import replace

import pytest

from checks.transport.hsts import Policy, hsts_invalid, hsts_max_age_short, hsts_missing, hsts_subdomains_missing, parse
from scanner import Chain, Closed, Entrances, Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.evidence import ReadByHttps
from scanner.testing import HOST, HSTS, TWIN, answer, chain, entrances

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


def test_the_trial_of_the_fix_is_told_with_its_next_step() -> None:
    for value, told in (("max-age=300; includeSubDomains", True), ("max-age=600", False)):
        verdict = hsts_max_age_short(entrances(hsts=value))
        assert isinstance(verdict, Found)
        assert ("a year is the next step" in verdict.findings[0].shown) is told


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


WITH = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
HTTP = f"http://{HOST}/"


def led_to(path: str, headers: dict[str, str], hop: dict[str, str] | None = None) -> Entrances:
    """``/`` sends visitors to another page of the same name. headers: of that page; hop: of the redirect."""
    end = answer(200, "Roses", address=f"https://{HOST}{path}", headers=headers)
    way = Chain(HTTPS, (answer(302, address=HTTPS, headers={"Location": path, **(hop or {})}),), end)
    plain = Chain(HTTP, (answer(301, address=HTTP, headers={"Location": HTTPS}), *way.hops), way.end)
    return entrances({HTTPS: way, HTTP: plain}, names=(HOST,), deep=(), hsts=None)


@pytest.mark.parametrize("path", ["/en/", "/shop/", "/store/index.php?route=common/home"])
def test_any_answer_of_the_name_counts_with_a_remark_on_the_redirect(path: str) -> None:
    remark = f"The redirect at {HTTPS} comes without it; browsers keep it from the other answers all the same."
    assert hsts_missing(led_to(path, WITH)) == Passed((HOST,), remark)
    assert hsts_missing(led_to(path, WITH, WITH)) == Passed((HOST,))
    assert isinstance(hsts_missing(led_to(path, {})), Found)
    assert [rule(led_to(path, WITH)) for rule in RULES[1:]] == [Passed((HOST,))] * 3


def test_a_page_that_the_crawl_read_counts_too() -> None:
    """A home page that refreshes by itself is no redirect: the page that it leads to is known from the crawl alone."""
    bare = entrances(names=(HOST,), hsts=None)
    assert isinstance(hsts_missing(bare), Found)
    verdict = hsts_missing(replace(bare, read=(ReadByHttps(f"https://{HOST}/shop/", 200, (HSTS,)),)))
    assert isinstance(verdict, Passed)
    assert "The page at" in (verdict.because or "")


def test_a_page_that_makes_browsers_forget_is_told() -> None:
    verdict = hsts_missing(led_to("/en/", {"Strict-Transport-Security": "max-age=0"}, WITH))
    assert isinstance(verdict, Found)
    assert "switches the protection off" in verdict.findings[0].shown
    assert verdict.findings[0].locations == (f"https://{HOST}/en/",)


def test_a_header_that_browsers_ignore_hides_none_that_they_take() -> None:
    assert isinstance(hsts_invalid(led_to("/en/", WITH, {"Strict-Transport-Security": "max-age"})), Passed)
    assert isinstance(hsts_invalid(led_to("/en/", {"Strict-Transport-Security": "max-age"})), Found)


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
