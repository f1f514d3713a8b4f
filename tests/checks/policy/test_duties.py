"""Privacy policies and card forms."""

from __future__ import annotations

import pytest

from checks.policy.duties import card_form_on_site, privacy_policy_missing
from scanner import Field, Form, Found, Inconclusive, Link, Passed
from scanner.evidence import Unread
from scanner.testing import HOST, page, pages

MENU = [
    Link("https://petalandstem.example/roses"),
    Link("https://petalandstem.example/tulips"),
    Link("https://petalandstem.example/terms"),
]


@pytest.mark.parametrize(
    "link",
    [
        Link("https://petalandstem.example/p/3", "Privacy policy"),
        Link("https://petalandstem.example/datenschutz.html", "hier"),
        Link("https://petalandstem.example/x", "Politique de confidentialité"),
        Link("https://petalandstem.example/x", "Polityka prywatności"),
        Link("https://petalandstem.example/x", "Ochrana osobních údajů"),
        Link("https://petalandstem.example/x", "プライバシーポリシー"),
        Link("https://policies.example/gdpr", "Rules"),
    ],
)
def test_a_policy_is_found_by_any_link(link: Link) -> None:
    assert isinstance(privacy_policy_missing(pages(page(links=MENU), page("/cart", links=[link]))), Passed)


def test_no_policy() -> None:
    verdict = privacy_policy_missing(pages(page(links=MENU)))
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].places) == (HOST, ("/",))


def test_the_policy_of_a_service_is_not_the_shops() -> None:
    links = [
        *MENU,
        Link("https://policies.google.com/privacy", "Privacy"),
        Link("https://www.paypal.com/webapps/mpp/ua/privacy-full"),
    ]
    assert isinstance(privacy_policy_missing(pages(page(links=links))), Found)


POLICY = Link("https://petalandstem.example/privacy#cookies", "Privacy")


def test_a_link_that_leads_to_nothing_is_no_policy() -> None:
    gone = Unread("https://petalandstem.example/privacy", "The server answered 404.", examined=True)
    verdict = privacy_policy_missing(pages(page(links=[*MENU, POLICY]), unread=[gone]))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (HOST, ("/", "/privacy"))
    assert finding.shown.endswith("leads to nothing: https://petalandstem.example/privacy")
    other = Link("https://petalandstem.example/datenschutz", "Datenschutz")
    assert isinstance(privacy_policy_missing(pages(page(links=[*MENU, POLICY, other]), unread=[gone])), Passed)


def test_a_link_that_could_not_be_followed_is_unknown() -> None:
    for because in ("The server answered 503.", "It did not answer within 20 s."):
        unread = Unread("https://petalandstem.example/privacy", because, examined=False)
        verdict = privacy_policy_missing(pages(page(links=[*MENU, POLICY]), unread=[unread]))
        assert verdict == Inconclusive(because, ("/",))


def test_a_page_made_by_scripts_tells_nothing() -> None:
    assert isinstance(privacy_policy_missing(pages(page(links=MENU[:1]))), Inconclusive)


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ([Field("card_number", autocomplete="cc-number"), Field("card_cvc")], True),
        ([Field("payment[cc_number]"), Field("payment[cc_exp_month]", "select"), Field("payment[cc_cid]")], True),
        ([Field("cardnumber", "tel"), Field("cvv", "password")], True),
        ([Field("x", autocomplete="section-a cc-number")], True),
        ([Field("creditcardnumber")], True),
        ([Field("card_number"), Field("security_code")], False),  # a gift card's balance
        ([Field("card_number"), Field("expiry_month", "select"), Field("security_code")], True),
        ([Field("gift_card_number"), Field("expiry_date"), Field("cvv")], False),
        ([Field("card_number")], False),  # a voucher, a loyalty card
        ([Field("giftcard_code")], False),
        ([Field("security_code")], False),
        ([Field("name", autocomplete="cc-name")], False),
        ([Field("card_text", "textarea")], False),
        ([Field("cc_number", "hidden")], False),
        ([Field("discard", "text"), Field("expires_at", "text")], False),
        ([Field("a" * 50_000, "text")], False),
    ],
)
def test_card_fields(fields: list[Field], bad: bool) -> None:
    verdict = card_form_on_site(
        pages(page("/checkout?step=2", forms=[Form("https://petalandstem.example/pay", "post", tuple(fields))]))
    )
    assert isinstance(verdict, Found if bad else Passed)
    if isinstance(verdict, Found):
        (finding,) = verdict.findings
        assert (finding.subject, finding.places) == ("/checkout", ("/checkout",))
