"""What owners meant as a record: as public reports of mail checkers show it."""

from __future__ import annotations

import pytest

from scanner.mail.meant import meant_as_dmarc, meant_as_spf, plain


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('"v=spf1 mx -all"', "v=spf1 mx -all"),
        (" v=spf1 mx -all", "v=spf1 mx -all"),
        ("“v=spf1 mx -all”", "v=spf1 mx -all"),
        ("v=spf1\u00a0mx\u00a0–all", "v=spf1 mx -all"),
        ("\ufeffv=spf1 mx -all", "v=spf1 mx -all"),
        ("v = spf1 mx -all", "v=spf1 mx -all"),
        ("v=spf1; mx -all", "v=spf1 mx -all"),
        ("v:spf1 mx -all", "v=spf1 mx -all"),
        ("'v=SPF1 include:_spf.mail.example ~all'", "v=spf1 include:_spf.mail.example ~all"),
    ],
)
def test_meant_as_spf(text: str, right: str) -> None:
    assert meant_as_spf(["google-site-verification=1", text]) == (text, right)


@pytest.mark.parametrize(
    "text", ["", "v=spf10 mx -all", "spf2.0/pra mx -all", "v=DMARC1; p=none", "see v=spf1 mx -all in our wiki"]
)
def test_not_meant_as_spf(text: str) -> None:
    assert meant_as_spf([text]) == ("", "")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (r"v=DMARC1\; p=reject", "v=DMARC1; p=reject"),
        ('"v=DMARC1; p=reject;"', "v=DMARC1; p=reject"),
        ("“v=DMARC1; p=reject”", "v=DMARC1; p=reject"),
        ("v=dmarc1; p=quarantine", "v=DMARC1; p=quarantine"),
        ("v=DMARC1 p=reject", "v=DMARC1; p=reject"),
        ("v=DMARC1, p=reject", "v=DMARC1; p=reject"),
        ("p=reject; v=DMARC1", "v=DMARC1; p=reject"),
        (" v=DMARC1; p=reject", "v=DMARC1; p=reject"),
        ("v=DMARC1", "v=DMARC1"),
    ],
)
def test_meant_as_dmarc(text: str, right: str) -> None:
    assert meant_as_dmarc(["v=spf1 -all", text]) == (text, right)


@pytest.mark.parametrize("text", ["", "v=spf1 -all", "dmarc policy of ours", "v=DMARC2; p=none"])
def test_not_meant_as_dmarc(text: str) -> None:
    assert meant_as_dmarc([text]) == ("", "")


def test_what_is_written_well_stays() -> None:
    assert plain("v=spf1 a:%{d} ip6:2001:db8::/32 -all") == "v=spf1 a:%{d} ip6:2001:db8::/32 -all"
