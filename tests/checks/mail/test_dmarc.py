"""DMARC: missing, with a mistake, not enforced; and the record of the next step."""

from __future__ import annotations

import pytest

from checks.mail.dmarc import dmarc_invalid, dmarc_missing, dmarc_not_enforced
from scanner import Existence, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.testing import HOST, Zone, mail, mail_domain

AT = f"TXT _dmarc.{HOST}"
NO_MORE: Zone = {"TXT _dmarc.example": Existence.NO_NAME, f"MX {HOST}": (f"10 mail.{HOST}",)}
RUA = f"rua=mailto:dmarc@{HOST}"


def judged(check: object, zone: Zone, *, sends: bool = True) -> Verdict:
    return check(mail(mail_domain({**NO_MORE, **zone}, sends=sends)))  # type: ignore[operator, no-any-return]  # a check


def ready(verdict: Verdict) -> str:
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (HOST, (HOST,))
    return finding.ready.removeprefix(f"_dmarc.{HOST}. 3600 IN TXT ").strip('"')


def test_a_domain_in_order_passes() -> None:
    for check in (dmarc_missing, dmarc_invalid, dmarc_not_enforced):
        assert isinstance(judged(check, {}), Passed)


def test_missing_with_a_first_record() -> None:
    assert ready(judged(dmarc_missing, {AT: ()})) == f"v=DMARC1; p=none; {RUA}"
    assert ready(judged(dmarc_missing, {AT: Existence.NO_NAME})) == f"v=DMARC1; p=none; {RUA}"
    assert ready(judged(dmarc_missing, {AT: ("v=spf1 -all",)})) == f"v=DMARC1; p=none; {RUA}"
    assert ready(judged(dmarc_missing, {AT: ()}, sends=False)) == "v=DMARC1; p=reject"


def test_a_record_above_counts_too() -> None:
    zone = {
        "TXT _dmarc.shop.example": (),
        "TXT _dmarc.example": ("v=DMARC1; p=reject; sp=none",),
        "MX shop.example": ("10 m.example",),
    }
    below = mail(mail_domain(zone, domain="shop.example"))
    assert isinstance(dmarc_missing(below), Passed)
    assert isinstance(dmarc_not_enforced(below), Found)


@pytest.mark.parametrize("check", [dmarc_missing, dmarc_invalid, dmarc_not_enforced])
def test_no_answer_says_nothing(check: object) -> None:
    assert judged(check, {AT: Unavailable("SERVFAIL")}) == Inconclusive("SERVFAIL")


def test_without_a_record_the_others_do_not_apply() -> None:
    assert isinstance(judged(dmarc_invalid, {AT: ()}), NotApplicable)
    assert isinstance(judged(dmarc_not_enforced, {AT: ()}), NotApplicable)


@pytest.mark.parametrize(
    ("there", "said", "mended"),
    [
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 DMARC records", f"v=DMARC1; p=none; {RUA}"),
        (["v=DMARC1; p=reject", f"v=DMARC1; p=reject; {RUA}; adkim=s"], "2 DMARC records", f"v=DMARC1; p=reject; {RUA}; adkim=s"),
        (["v=DMARC1"], "no policy", f"v=DMARC1; p=none; {RUA}"),
        (["v=DMARC1; p=quarantaine"], "“p=quarantaine”", f"v=DMARC1; p=none; {RUA}"),
        ([f"v=DMARC1; p=monitor; {RUA}"], "“p=monitor”", f"v=DMARC1; p=none; {RUA}"),
        ([f"v=DMARC1; p=reject; rua=dmarc@{HOST}"], f"“rua=dmarc@{HOST}”", f"v=DMARC1; p=reject; {RUA}"),
        (["v=DMARC1; p=reject; p=none"], "“p=none”", f"v=DMARC1; p=reject; {RUA}"),
        (["v=DMARC1; p=reject; adkim=strict"], "“adkim=strict”", f"v=DMARC1; p=reject; {RUA}"),
        (["v=DMARC1 p=reject"], "", ""),
    ],
)
def test_what_is_wrong_is_said_and_mended(there: list[str], said: str, mended: str) -> None:
    verdict = judged(dmarc_invalid, {AT: there})
    if not said:  # no version, so it is no record at all
        assert isinstance(verdict, NotApplicable)
        return
    assert ready(verdict) == mended
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    assert isinstance(judged(dmarc_invalid, {AT: [mended]}), Passed)


def test_reports_to_others_need_their_consent() -> None:
    record = ["v=DMARC1; p=reject; rua=mailto:a@reports.example"]
    consent = f"TXT {HOST}._report._dmarc.reports.example"
    assert isinstance(judged(dmarc_invalid, {AT: record, consent: ("v=DMARC1",)}), Passed)
    refused = judged(dmarc_invalid, {AT: record, consent: Existence.NO_NAME})
    assert ready(refused) == f"v=DMARC1; p=reject; {RUA}"
    assert isinstance(judged(dmarc_invalid, {AT: record, consent: Unavailable("SERVFAIL")}), Inconclusive)


@pytest.mark.parametrize(
    ("there", "said", "next_"),
    [
        (f"v=DMARC1; p=none; {RUA}", "“p=none”", f"v=DMARC1; p=quarantine; {RUA}"),
        ("v=DMARC1; p=NONE; adkim=s", "“p=none”", "v=DMARC1; p=quarantine; adkim=s"),
        (f"v=DMARC1; p=reject; t=y; {RUA}", "trial", f"v=DMARC1; p=reject; {RUA}"),
        ("v=DMARC1; p=quarantine; sp=none", "“sp=none”", "v=DMARC1; p=quarantine"),
        ("v=DMARC1; p=quarantine; np=none", "“np=none”", "v=DMARC1; p=quarantine"),
        ("v=DMARC1; p=quarantine; pct=0", "“pct=0”", "v=DMARC1; p=quarantine"),
    ],
)
def test_not_enforced_with_the_next_step(there: str, said: str, next_: str) -> None:
    verdict = judged(dmarc_not_enforced, {AT: [there]})
    assert ready(verdict) == next_
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    assert isinstance(judged(dmarc_not_enforced, {AT: [next_]}), Passed)


@pytest.mark.parametrize(
    "there", ["v=DMARC1; p=quarantine", "v=DMARC1;p=reject;pct=50", "v=DMARC1; p=reject; sp=quarantine; t=n"]
)
def test_enforced(there: str) -> None:
    assert isinstance(judged(dmarc_not_enforced, {AT: [there]}), Passed)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (r"v=DMARC1\; p=reject", f"v=DMARC1; p=none; {RUA}"),
        ('"v=DMARC1; p=reject; rua=mailto:me@petalandstem.example"', "v=DMARC1; p=none; rua=mailto:me@petalandstem.example"),
        ("v=dmarc1; p=quarantine; adkim=s", f"v=DMARC1; p=none; {RUA}; adkim=s"),
        ("p=reject; v=DMARC1", f"v=DMARC1; p=none; {RUA}"),
    ],
)
def test_what_was_meant_as_a_record_is_rewritten_and_watches_first(text: str, record: str) -> None:
    """Nobody has kept to it so far: to refuse mail from one day to the next would lose orders."""
    verdict = judged(dmarc_missing, {AT: (text,)})
    assert ready(verdict) == record
    assert isinstance(verdict, Found)
    assert text in verdict.findings[0].shown
