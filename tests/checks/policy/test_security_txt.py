"""security.txt as RFC 9116 reads it."""

from __future__ import annotations

import pytest

from checks.policy.security_txt import OLD_PLACE, PLACE, problems, read, security_txt_invalid, security_txt_missing
from scanner import Answer, Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.testing import HOST, NOW, ORIGIN, answer, probes

GOOD = (
    "# Petal & Stem\nContact: mailto:security@petalandstem.example\nExpires: 2027-06-30T12:00:00Z\nPreferred-Languages: en, de\n"
)
TEXT = {"content-type": "text/plain; charset=utf-8"}


def sent(text: str, kind: str = "text/plain") -> Answer:
    return answer(200, text, headers={"content-type": kind})


def test_a_good_file_passes() -> None:
    assert isinstance(security_txt_missing(probes(security_txt_missing, {PLACE: sent(GOOD)})), Passed)
    assert isinstance(security_txt_invalid(probes(security_txt_invalid, {PLACE: sent(GOOD)})), Passed)


def test_no_file() -> None:
    verdict = security_txt_missing(probes(security_txt_missing))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places, finding.locations) == (HOST, (PLACE, OLD_PLACE), (ORIGIN + PLACE,))
    assert isinstance(security_txt_invalid(probes(security_txt_invalid)), NotApplicable)


def test_a_site_that_answers_every_address_has_none() -> None:
    shop = sent("<!DOCTYPE html><html><body>Contact: us at once</body></html>", "text/html")
    assert isinstance(security_txt_missing(probes(security_txt_missing, others=shop)), Found)
    alike = {PLACE: (sent(GOOD), [sent(GOOD), sent(GOOD)])}
    assert isinstance(security_txt_missing(probes(security_txt_missing, alike)), Inconclusive)


def test_silence_is_unknown() -> None:
    silent = probes(security_txt_missing, others=Unavailable("slow"))
    assert isinstance(security_txt_missing(silent), Inconclusive)
    assert isinstance(security_txt_invalid(probes(security_txt_invalid, others=Unavailable("slow"))), Inconclusive)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (GOOD, ()),
        (GOOD.replace("\n", "\r\n"), ()),
        ("\ufeff" + GOOD, ()),
        (GOOD + "Contact: https://petalandstem.example/report\nPolicy: https://petalandstem.example/p\n", ()),
        (GOOD.replace("Contact", "CONTACT"), ()),
        (GOOD.replace("12:00:00Z", "12:00:00+02:00"), ()),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
            + GOOD
            + "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----",
            (),
        ),
        (GOOD.replace("mailto:", ""), ("address with a scheme",)),
        (GOOD.replace("mailto:security@", "http://"), ("http address",)),
        ("Expires: 2027-06-30T12:00:00Z\n", ("no Contact",)),
        ("Contact: mailto:a@b.example\n", ("no Expires",)),
        (GOOD.replace("2027", "2026").replace("-06-", "-11-").replace("-30T", "-19T"), ("expired",)),
        (GOOD.replace("T12:00:00Z", ""), ("no date",)),
        (GOOD.replace("06-30", "13-41"), ("no date",)),
        (GOOD + "Expires: 2028-01-01T00:00:00Z\n", ("more than one Expires",)),
        (GOOD + "Preferred-Languages: fr\n", ("Preferred-Languages",)),
        (GOOD + "Please be kind.\n", ("no fields",)),
        ("Contact:" * 50_000, ("no Contact", "no Expires", "no fields")),
    ],
)
def test_mistakes(text: str, wrong: tuple[str, ...]) -> None:
    found = tuple(problems(read(text), NOW))
    assert len(found) == len(wrong)
    assert all(part in problem for part, problem in zip(wrong, found, strict=True)), found


def test_where_and_how_it_is_sent() -> None:
    for answers in ({OLD_PLACE: sent(GOOD)}, {PLACE: sent(GOOD, "application/octet-stream")}):
        verdict = security_txt_invalid(probes(security_txt_invalid, answers))
        assert isinstance(verdict, Found), answers
        assert verdict.findings[0].subject == HOST
    both = security_txt_invalid(probes(security_txt_invalid, {PLACE: sent(GOOD), OLD_PLACE: sent(GOOD)}))
    assert isinstance(both, Passed)


def test_an_expired_file_is_invalid_and_not_missing() -> None:
    old = sent(GOOD.replace("2027", "2020"))
    assert isinstance(security_txt_missing(probes(security_txt_missing, {PLACE: old})), Passed)
    verdict = security_txt_invalid(probes(security_txt_invalid, {PLACE: old}))
    assert isinstance(verdict, Found)
    assert "expired" in verdict.findings[0].shown
