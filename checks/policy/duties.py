"""What customers may expect to find, and what they should never be asked for on the shop's own pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from checks.third_party.hosts import TRUSTED_RECEIVERS, below, host_of
from scanner import Field, Finding, Form, Inconclusive, Link, PageKind, Pages, Severity, Verdict, check, judge, path_of
from scanner.text.patterns import lazy
from scanner.text.url_parts import readings
from scanner.text.words import plain_words

FEWEST_LINKS = 3
MOST_LOCATIONS = 10
PRIVACY = lazy(
    r"privac|privat(?:liv|nost|nist|um|ezza)|datenschutz|data-protection|confidentialit|confidencialid|donnees-personnelles|vie-priv|proteccion-de-datos|"
    r"riservatezza|dati-personali|prywatno|ochron\w*-danych|dane-osobowe|osobn[iy]ch-udaj|gegevensbescherming|"
    r"integritet|dataskydd|personuppgift|personvern|persondata|tietosuoja|rekisteriseloste|yksityisyy|adatved|adatkezel|"
    r"protectia-datelor|gizlilik|kvkk|kisisel-veri|varstvo-(?:osebnih-)?podatkov|zasebnost|osobnih-podataka|osebnih-podatkov|"
    r"zastita-podataka|privaatsus|andmekaitse|isikuandme|datu-aizsard|asmens-duomen|personuvernd|priobhaid|cosaint-sonrai|"
    r"απορρητ|προσωπικων|aporrit|prosopik\w+-dedomen|конфиденциальн|конфіденціин|konfiden(?:ts|c)i|персональн\w*-дан|поверителн|"
    r"poveriteln|личн\w*-данн|lichni-danni|приватн|заштита-податак|プライバシー|フライハシー|个人信息|隐私|隱私|개인정보|"
    r"\bgdpr\b|\brgpd\b|\bdsgvo\b|\brodo\b|\bavg\b",
    re.IGNORECASE,
)
"""How privacy policies are called in the languages of Europe and a few others, in plain words (``plain_words``)."""

_NUMBER = lazy(r"^(?:.*[\[_.:-])?(?:cc|credit_?-?card|card|pan|karten|kredit)_?-?(?:number|num|no|nr|nummer)?\]?$", re.IGNORECASE)
_CERTAIN_NUMBER = lazy(r"cc[_-]?(?:number|num)\b|ccnum|credit[_-]?card[_-]?n|kreditkartennummer|numero[_-]?carte", re.IGNORECASE)
_CODE = lazy(r"(?<![a-z])(?:cvv2?|cvc2?|csc)(?![a-z])|cc[_-]?(?:cid|cvv|cvc)", re.IGNORECASE)
_ANY_CODE = lazy(r"security[_-]?code|card[_-]?code|pruefziffer|verification", re.IGNORECASE)
"""Gift cards have such a code too."""
_EXPIRY = lazy(
    r"cc[_-]?exp|exp(?:iry|iration|ires)?[_-]?(?:date|month|year|mm|yy)|card[_-]?exp|valid[_-]?(?:until|thru)", re.IGNORECASE
)
_OTHER_CARD = lazy(
    r"gift|voucher|coupon|loyal|bonus|member|reward|points|store[_-]?card|gutschein|geschenk|kunden[_-]?karte|cadeau|regalo|prezent|upominek"
    r"|lahjakortti|presentkort|gavekort|d[aá]rkov|aj[aá]nd[eé]k",
    re.IGNORECASE,
)
_TYPED = frozenset({"text", "tel", "number", "password", ""})


@check("privacy-policy-missing", severity=Severity.LOW)
def privacy_policy_missing(pages: Pages) -> Verdict:
    """No page of the shop leads to a privacy policy."""
    links = [link for page in pages.all for link in page.links]
    host = urlsplit(pages.home.address).hostname or ""
    examined = (pages.home.path, *(page.path for page in pages.others))
    unread = {one.address: one for one in pages.unread}
    named = [link for link in dict.fromkeys(links) if _promises_policy(link)]
    dead = [one for link in named if (one := unread.get(link.address.partition("#")[0])) is not None]
    if len(dead) < len(named) or any(PRIVACY.search(plain_words(page.title)) for page in pages.all):
        return judge((), examined)
    if unknown := [one.because for one in dead if not one.examined]:
        return Inconclusive(unknown[0], examined)
    if dead:
        shown = f"The link to a privacy policy leads to nothing: {dead[0].address[:200]}"
        places = (pages.home.path, path_of(dead[0].address))
        return judge([Finding(host, shown, (dead[0].address,), places)], examined)
    if len({link.address for link in links}) < FEWEST_LINKS:
        return Inconclusive("The shop's pages have hardly any links that can be read without running scripts.", examined)
    shown = f"None of the {len(links)} links on {len(pages.all)} pages leads to a privacy policy."
    return judge([Finding(host, shown, (pages.home.address,), (pages.home.path,))], examined)


def _promises_policy(link: Link) -> bool:
    """Whether a link leads to a privacy policy by its text or its address; that of a service in the shop is not the shop's."""
    if below(host_of(link.address), TRUSTED_RECEIVERS):
        return False
    texts = (link.text, *readings(link.address[:500]))
    return any(PRIVACY.search(plain_words(text.replace("/", " "))) for text in texts)


@check("card-form-on-site", severity=Severity.HIGH)
def card_form_on_site(pages: Pages) -> Verdict:
    """Customers type their card number into the shop's own page."""
    findings = [
        Finding(page.path, f"{page.path} asks for {asked}.", (page.address,), (page.path,))
        for page in pages.all
        for form in page.forms
        if (asked := _card_fields(form))
    ]
    dark = PageKind.CHECKOUT in pages.unreached
    return judge(
        findings,
        (page.path for page in pages.all),
        ["The checkout was not reached, and it is there that customers may be asked for their card."] if dark else [],
    )


def _card_fields(form: Form) -> str:
    """The fields for a payment card; empty where there are none. A lone "card number" may be a voucher's, and one with a
    "security code" a gift card's: what only a payment card has must stand beside it, a day of expiry or a CVC."""
    typed = [field for field in form.fields if field.kind in _TYPED]
    chosen = [field for field in form.fields if field.kind in _TYPED | {"select", "month"}]
    certain = [field for field in typed if "cc-number" in field.autocomplete or _CERTAIN_NUMBER.search(field.name)]
    code = [field for field in typed if "cc-csc" in field.autocomplete or _CODE.search(field.name)]
    expiry = [field for field in chosen if "cc-exp" in field.autocomplete or _EXPIRY.search(field.name)]
    number = certain
    if not number and (code or expiry) and not _OTHER_CARD.search(form.marks):
        number = [field for field in typed if _NUMBER.match(field.name) and not _OTHER_CARD.search(field.name)]
    code = code or [field for field in typed if _ANY_CODE.search(field.name)]
    return ", ".join(_called(field) for field in [*number[:1], *expiry[:1], *code[:1]]) if number else ""


def _called(field: Field) -> str:
    return f"“{(field.name or field.autocomplete)[:40]}”"
