"""Who may issue certificates for the shop (CAA, RFC 8659). Subject is the domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from scanner import Finding, Found, Inconclusive, Names, Passed, Severity, TlsScan, Unavailable, Verdict, check
from scanner.mail.answers import Answers
from scanner.mail.caa import issuers

MOST_SHOWN = 3
TTL = 3600

CAA_NAMES: Mapping[str, str] = MappingProxyType({
    "Let's Encrypt": "letsencrypt.org",
    "Google Trust Services": "pki.goog",
    "DigiCert": "digicert.com",
    "GeoTrust": "digicert.com",
    "RapidSSL": "digicert.com",
    "Thawte": "digicert.com",
    "Sectigo": "sectigo.com",
    "COMODO": "sectigo.com",
    "ZeroSSL": "sectigo.com",
    "GlobalSign": "globalsign.com",
    "Amazon": "amazon.com",
    "GoDaddy": "godaddy.com",
    "Starfield": "starfieldtech.com",
    "SSL Corporation": "ssl.com",
    "Certum": "certum.pl",
    "Asseco": "certum.pl",
    "Unizeto": "certum.pl",
    "Actalis": "actalis.it",
    "Buypass": "buypass.com",
    "HARICA": "harica.gr",
    "Hellenic Academic": "harica.gr",
    "SwissSign": "swisssign.com",
    "D-Trust": "d-trust.net",
    "Deutsche Telekom": "telesec.de",
    "IdenTrust": "identrust.com",
    "Entrust": "entrust.net",
})  # fmt: skip
"""What stands in an issuer's name → the value of its CAA record, from the certification practice statements of these companies as
collected by the CCADB ("Recognized CAA Domains"), as of 2026-11."""


@check("caa-missing", severity=Severity.INFO)
def caa_missing(names: Names, tls: TlsScan | Unavailable) -> Verdict:
    """No CAA record says who may issue certificates for the shop."""
    found = issuers(names.host, Answers(names.lookups), until=names.domain)
    if isinstance(found, Unavailable):
        return Inconclusive(found.because)
    if found is not None and found.issue is not None:
        who = ", ".join(found.issue[:MOST_SHOWN]) or "nobody"
        return Passed((names.domain,), f"CAA records say who may issue certificates: {who}.")
    shown_by = tuple(dict.fromkeys(_issuers(tls)))
    value = next((caa for issuer in shown_by for name, caa in CAA_NAMES.items() if name.casefold() in issuer.casefold()), "")
    lacks = f"{names.domain} has no CAA record."
    if found is not None:
        lacks = f"The CAA records of {found.at} do not say who may issue certificates."
    seen = f" The certificate that we saw was issued by: {shown_by[0][:120]}" if shown_by else ""
    ready = f'{names.domain}. {TTL} IN CAA 0 issue "{value}"' if value else ""
    return Found((Finding(names.domain, lacks + seen, ready=ready),))


def _issuers(tls: TlsScan | Unavailable) -> Iterator[str]:
    if isinstance(tls, Unavailable):
        return
    for endpoint in tls.endpoints:
        if not isinstance(endpoint.certificates, Unavailable):
            yield from (shown.issuer for shown in endpoint.certificates if shown.trusted is True)
