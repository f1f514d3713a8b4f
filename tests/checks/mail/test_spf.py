"""SPF: missing, of no use, and letting everybody in; and the record that mends it."""

from __future__ import annotations

import pytest

from checks.mail.spf import spf_invalid, spf_missing, spf_permissive
from scanner import Existence, Found, Inconclusive, MailServer, NotApplicable, Passed, Unavailable, Verdict
from scanner.mail.answers import Answers
from scanner.mail.spf import examined
from scanner.testing import HOST, Zone, dns_lookups, knowledge, mail, mail_domain, mail_server

KNOWN = knowledge()
AT = f"TXT {HOST}"
GOOGLE = mail_server("aspmx.l.google.com")


def missing(zone: Zone, *servers: MailServer, sends: bool = True) -> Verdict:
    return spf_missing(mail(mail_domain(zone, *servers, sends=sends)), KNOWN)


def invalid(zone: Zone) -> Verdict:
    return spf_invalid(mail(mail_domain(zone)))


def permissive(zone: Zone) -> Verdict:
    return spf_permissive(mail(mail_domain(zone)))


def ready(verdict: Verdict) -> str:
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (HOST, (HOST,))
    return finding.ready


def text_of(line: str) -> str:
    """What a TXT line of a zone file says."""
    name, _, _, _, strings = line.split(" ", 4)
    assert name == f"{HOST}."
    return strings.strip('"').replace('" "', "")


def test_a_domain_in_order_passes() -> None:
    assert missing({}) == Passed((HOST,))
    assert isinstance(invalid({}), Passed)
    assert isinstance(permissive({}), Passed)


@pytest.mark.parametrize(
    ("servers", "sends", "record"),
    [
        ((), True, "v=spf1 a mx ~all"),
        ((GOOGLE,), True, "v=spf1 a include:_spf.google.com ~all"),
        ((), False, "v=spf1 -all"),
    ],
)
def test_missing_with_a_record_for_this_domain(servers: tuple[MailServer, ...], record: str, *, sends: bool) -> None:
    for there in ((), ("google-site-verification=x", "v=spf2.0/pra -all"), ("v=spf10 -all",)):
        assert text_of(ready(missing({AT: there}, *servers, sends=sends))) == record


def test_a_name_that_is_not_there_has_none_and_an_answer_that_is_not_there_says_nothing() -> None:
    assert isinstance(missing({AT: Existence.NO_NAME}), Found)
    for check in (missing, invalid, permissive):
        assert check({AT: Unavailable("The name server did not answer.")}) == Inconclusive("The name server did not answer.")


def test_without_a_record_the_others_do_not_apply() -> None:
    assert isinstance(invalid({AT: ()}), NotApplicable)
    assert isinstance(permissive({AT: ()}), NotApplicable)


INCLUDES: Zone = {
    "TXT _spf.news.example": ("v=spf1 ip4:192.0.2.0/24 -all",),
    "TXT gone.example": Existence.NO_NAME,
    "A gone.example": Existence.NO_NAME,
    "A other.example": Existence.NO_NAME,
    "A third.example": Existence.NO_NAME,
}


@pytest.mark.parametrize(
    ("there", "said", "mended"),
    [
        (
            ["v=spf1 mx ~all", "v=spf1 include:_spf.news.example -all"],
            "more than one SPF record",
            "v=spf1 mx include:_spf.news.example ~all",
        ),
        (["v=spf1 ipv4:192.0.2.7 mx -all"], "“ipv4:192.0.2.7”", "v=spf1 ip4:192.0.2.7 mx -all"),
        (["v=spf1 192.0.2.7 -all"], "“192.0.2.7”", "v=spf1 ip4:192.0.2.7 -all"),
        (["v=spf1 ip4:2001:db8::1 -all"], "“ip4:2001:db8::1”", "v=spf1 ip6:2001:db8::1 -all"),
        (["v=spf1 include: _spf.news.example -all"], "“include:”", "v=spf1 include:_spf.news.example -all"),
        (
            ["v=spf1 include:_spf.news.example, mx -all"],
            "“include:_spf.news.example,”",
            "v=spf1 include:_spf.news.example mx -all",
        ),
        (["v=spf1 mx; -all"], "“mx;”", "v=spf1 mx -all"),
        (["v=spf1 mx all."], "“all.”", "v=spf1 mx ~all"),
        (["v=spf1 include:gone.example mx -all"], "leads to a name without an SPF record", "v=spf1 mx -all"),
        (
            ["v=spf1 a:gone.example a:other.example a:third.example mx -all"],
            "find nothing",
            "v=spf1 a:gone.example a:other.example mx -all",
        ),
        ([f"v=spf1 include:{HOST} mx -all"], "leads back", "v=spf1 mx -all"),
        (["v=spf1 mx foo:bar -all"], "“foo:bar”", ""),
        (["v=spf1 mx mx mx mx mx mx mx mx mx mx mx -all"], "11 look-ups or more", "v=spf1 mx -all"),
    ],
)
def test_what_is_wrong_is_said_and_mended(there: list[str], said: str, mended: str) -> None:
    verdict = invalid({AT: there, **INCLUDES})
    made = ready(verdict)
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    assert (text_of(made) if made else "") == mended
    if mended:
        again = {AT: [mended], **INCLUDES}
        assert not isinstance(invalid(again), Found)
        assert not isinstance(permissive(again), Found)


@pytest.mark.parametrize(
    ("there", "said", "mended"),
    [
        ("v=spf1 mx +all", "ends with “+all”", "v=spf1 mx ~all"),
        ("v=spf1 mx all", "ends with “all”", "v=spf1 mx ~all"),
        ("v=spf1 mx ?all", "ends with “?all”", "v=spf1 mx ~all"),
        ("V=SPF1 MX", "no “all” at its end", "v=spf1 MX ~all"),
        ("v=spf1 ip4:0.0.0.0/0 mx -all", "allows a network so wide", "v=spf1 mx -all"),
        ("v=spf1 ip4:11.0.0.0/7 mx -all", "allows a network so wide", "v=spf1 mx -all"),
        ("v=spf1 ip6:2000::/3 mx ~all", "allows a network so wide", "v=spf1 mx ~all"),
    ],
)
def test_who_lets_everybody_in(there: str, said: str, mended: str) -> None:
    verdict = permissive({AT: [there]})
    assert text_of(ready(verdict)) == mended
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    assert isinstance(permissive({AT: [mended]}), Passed)


@pytest.mark.parametrize(
    "there", ["v=spf1 mx -all", "v=spf1 mx ~all", "v=spf1 -all", "v=spf1 ip4:10.0.0.0/8 -all", "v=spf1 mx -ALL"]
)
def test_who_keeps_strangers_out(there: str) -> None:
    assert isinstance(permissive({AT: [there]}), Passed)


def test_what_an_include_lets_in_counts_and_what_nobody_could_read_does_not() -> None:
    wide = {AT: ["v=spf1 include:open.example -all"], "TXT open.example": ("v=spf1 +all",)}
    assert isinstance(permissive(wide), Found)
    dark = {AT: ["v=spf1 include:dark.example -all"], "TXT dark.example": Unavailable("SERVFAIL")}
    assert permissive(dark) == invalid(dark) == Inconclusive("SERVFAIL")


def test_a_long_record_is_split_and_a_hostile_one_stays_one_line() -> None:
    networks = " ".join(f"ip4:192.0.2.{number}" for number in range(60))
    made = ready(permissive({AT: [f"v=spf1 {networks} ?all"]}))
    assert max(map(len, made.split('"'))) <= 255
    assert text_of(made).endswith("~all")
    hostile = invalid({AT: ['v=spf1 a:x"\\\n<script> -all']})
    assert "\n" not in ready(hostile)


def test_two_domains_are_two_subjects() -> None:
    other = mail_domain({"TXT shop.example": ()}, domain="shop.example")
    dark = mail_domain({"TXT dark.example": Unavailable("SERVFAIL")}, domain="dark.example")
    verdict = spf_missing(mail(mail_domain(), other, dark), KNOWN)
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["shop.example"]
    assert verdict.examined == (HOST, "shop.example")


def test_the_draft_is_read_by_the_same_lines() -> None:
    drafted = text_of(ready(missing({AT: ()})))
    lookups = dns_lookups(
        {
            AT: [drafted],
            f"A {HOST}": ("192.0.2.7",),
            f"MX {HOST}": ("10 mail.petalandstem.example",),
            "A mail.petalandstem.example": ("192.0.2.25",),
        }
    )
    reading = examined(HOST, Answers(lookups))
    assert (reading.problems, reading.result.value, reading.look_ups) == ((), "softfail", 2)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ('"v=spf1 mx -all"', "v=spf1 mx -all"),
        ("v=spf1\u00a0mx\u00a0–all", "v=spf1 mx -all"),
        (" v=spf1 ip4:192.0.2.7 ip4:192.0.2.7 ~all", "v=spf1 ip4:192.0.2.7 ~all"),
        ("v = spf1 mx", "v=spf1 mx ~all"),
    ],
)
def test_what_was_meant_as_a_record_is_rewritten_and_not_lost(text: str, record: str) -> None:
    verdict = spf_missing(mail(mail_domain({f"TXT {HOST}": (text,)})), knowledge())
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert text in finding.shown
    assert "put the new one in its place" in finding.shown
    assert f'"{record}"' in finding.ready
