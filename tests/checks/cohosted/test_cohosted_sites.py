from __future__ import annotations

import pytest

from checks.cohosted.sites import cohosted_site
from scanner import Confidence, Found, Inconclusive, Passed, Unavailable
from scanner.testing import certificate_names

BLOG = "blog.petalandstem.example"


def test_a_name_at_the_shops_address_is_found() -> None:
    verdict = cohosted_site(certificate_names({BLOG: ["198.51.100.9", "192.0.2.7"], "new.petalandstem.example": []}))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places, finding.locations) == (BLOG, (BLOG,), (f"https://{BLOG}/",))
    assert "192.0.2.7" in finding.shown
    assert finding.confidence is Confidence.PROBABLE
    assert "new.petalandstem.example" in verdict.examined


@pytest.mark.parametrize("others", [{}, {BLOG: []}, {BLOG: ["198.51.100.9"]}])
def test_names_that_lead_nowhere_or_elsewhere_pass(others: dict[str, list[str]]) -> None:
    assert isinstance(cohosted_site(certificate_names(others)), Passed)


def test_what_could_not_be_looked_up_is_inconclusive_and_hides_no_finding() -> None:
    unanswered = Unavailable("The name could not be looked up.")
    assert isinstance(cohosted_site(certificate_names({BLOG: unanswered})), Inconclusive)
    assert isinstance(cohosted_site(certificate_names(left_out=3)), Inconclusive)
    assert isinstance(cohosted_site(certificate_names(unread=["It broke off."])), Inconclusive)
    verdict = cohosted_site(certificate_names({BLOG: unanswered, "old.petalandstem.example": ["192.0.2.7"]}, left_out=3))
    assert isinstance(verdict, Found)
    assert BLOG not in verdict.examined


def test_strangers_are_counted_and_never_named() -> None:
    verdict = cohosted_site(certificate_names(strangers=40))
    assert isinstance(verdict, Passed)
    assert "40 names of other domains" in (verdict.because or "")
