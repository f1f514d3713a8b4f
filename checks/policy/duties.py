"""What customers may expect to find, and what they should never be asked for on the shop's own pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scanner import Field, Finding, Form, Inconclusive, Pages, Severity, Verdict, check, judge
from scanner.text.patterns import lazy

FEWEST_LINKS = 3
MOST_LOCATIONS = 10
PRIVACY = lazy(
    r"privac|datenschutz|data[\s_-]?protection|confidentialit|donn[eé]es[\s_-]personnelles|vie[\s_-]priv|protecci[oó]n[\s_-]de[\s_-]datos|"
    r"riservatezza|dati[\s_-]personali|prywatno|ochron\w*[\s_-]danych|dane[\s_-]osobowe|osobn[ií]ch[\s_-][uú]daj|gegevensbescherming|"
    r"integritetspolic|dataskydd|personvern|privatliv|persondatapolitik|tietosuoja|adatv[eé]del|adatkezel|confiden[tț]ialit|gizlilik|kvkk|"
    r"privatnost|varstvo[\s_-]podatkov|zasebnost|απορρ[ήη]του|конфиденциальн|персональных|プライバシー|个人信息|隐私|隱私|개인정보|"
    r"\bgdpr\b|\brgpd\b|\bdsgvo\b|\bavg\b",
    re.IGNORECASE,
)
"""How privacy policies are called in the languages of Europe and a few others."""

_NUMBER = lazy(r"^(?:.*[\[_.:-])?(?:cc|credit_?-?card|card|pan|karten|kredit)_?-?(?:number|num|no|nr|nummer)?\]?$", re.IGNORECASE)
_CERTAIN_NUMBER = lazy(r"cc[_-]?(?:number|num)\b|ccnum|credit[_-]?card[_-]?n|kreditkartennummer|numero[_-]?carte", re.IGNORECASE)
_CODE = lazy(
    r"(?<![a-z])(?:cvv2?|cvc2?|csc)(?![a-z])|cc[_-]?(?:cid|cvv|cvc)|security[_-]?code|card[_-]?code|pruefziffer", re.IGNORECASE
)
_EXPIRY = lazy(
    r"cc[_-]?exp|exp(?:iry|iration|ires)?[_-]?(?:date|month|year|mm|yy)|card[_-]?exp|valid[_-]?(?:until|thru)", re.IGNORECASE
)
_TYPED = frozenset({"text", "tel", "number", "password", ""})


@check("privacy-policy-missing", severity=Severity.LOW)
def privacy_policy_missing(pages: Pages) -> Verdict:
    """No page of the shop leads to a privacy policy."""
    links = [link for page in pages.all for link in page.links]
    host = urlsplit(pages.home.address).hostname or ""
    examined = (pages.home.path, *(page.path for page in pages.others))
    if any(PRIVACY.search(f"{link.text} {link.address[:500]}") for link in links) or any(
        PRIVACY.search(page.title) for page in pages.all
    ):
        return judge((), examined)
    if len({link.address for link in links}) < FEWEST_LINKS:
        return Inconclusive("The shop's pages have hardly any links that can be read without running scripts.", examined)
    shown = f"None of the {len(links)} links on {len(pages.all)} pages leads to a privacy policy."
    return judge([Finding(host, shown, (pages.home.address,), (pages.home.path,))], examined)


@check("card-form-on-site", severity=Severity.HIGH)
def card_form_on_site(pages: Pages) -> Verdict:
    """Customers type their card number into the shop's own page."""
    findings = [
        Finding(page.path, f"{page.path} asks for {asked}.", (page.address,), (page.path,))
        for page in pages.all
        for form in page.forms
        if (asked := _card_fields(form))
    ]
    return judge(findings, (page.path for page in pages.all))


def _card_fields(form: Form) -> str:
    """The fields for a payment card; empty where there are none. A lone "card number" may be a voucher's."""
    typed = [field for field in form.fields if field.kind in _TYPED]
    chosen = [field for field in form.fields if field.kind in _TYPED | {"select", "month"}]
    certain = [field for field in typed if "cc-number" in field.autocomplete or _CERTAIN_NUMBER.search(field.name)]
    code = [field for field in typed if "cc-csc" in field.autocomplete or _CODE.search(field.name)]
    expiry = [field for field in chosen if field.autocomplete.startswith("cc-exp") or _EXPIRY.search(field.name)]
    number = certain or ([field for field in typed if _NUMBER.match(field.name)] if code or expiry else [])
    return ", ".join(_called(field) for field in [*number[:1], *expiry[:1], *code[:1]]) if number else ""


def _called(field: Field) -> str:
    return f"“{(field.name or field.autocomplete)[:40]}”"
