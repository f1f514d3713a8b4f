"""The shop's certificates: in date, trusted, issued for the name, and strong.

Subject and place of every finding is the host name; each name is judged by every certificate that it shows at every address, and
the worst counts. "Now" is the moment the evidence was gathered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner import Certificate, Finding, Severity, TlsEndpoint, TlsScan, Unavailable, Verdict, check, judge

SOON = timedelta(days=14)
QUARTER = timedelta(days=90)
SHORT_LIVED = timedelta(days=10)
"""Short-lived by the CA/Browser Forum's baseline requirements; renewed every few days, so that two weeks say nothing of them."""
LEAST_BITS = {"RSA": 2048, "DSA": 2048, "EC": 224}
"""NIST SP 800-57 part 1, table 2: what is worth 112 bits."""
BROKEN_HASHES = frozenset({"md2", "md4", "md5", "sha1"})


@check("tls-certificate-expired", severity=Severity.CRITICAL)
def tls_certificate_expired(tls: TlsScan) -> Verdict:
    """The shop's certificate has run out, or is not valid yet."""
    return _judge(tls, (_finding(one, expired(cert, tls.gathered_at)) for one, cert in _shown(tls)))


@check("tls-certificate-expiring", severity=Severity.HIGH)
def tls_certificate_expiring(tls: TlsScan) -> Verdict:
    """The shop's certificate is about to run out, and nothing has renewed it."""
    return _judge(tls, (_finding(one, _expiring(cert, tls.gathered_at)) for one, cert in _shown(tls)))


@check("tls-certificate-untrusted", severity=Severity.CRITICAL)
def tls_certificate_untrusted(tls: TlsScan) -> Verdict:
    """Browsers do not trust who issued the shop's certificate."""
    missing = [cert.trusted.because for _, cert in _shown(tls) if isinstance(cert.trusted, Unavailable)]
    return _judge(tls, (_finding(one, distrusted(cert)) for one, cert in _shown(tls)), missing)


@check("tls-certificate-name-mismatch", severity=Severity.CRITICAL)
def tls_certificate_name_mismatch(tls: TlsScan) -> Verdict:
    """The shop's certificate was issued for other names."""
    return _judge(tls, (_finding(one, "" if cert.covers else issued_for(cert)) for one, cert in _shown(tls)))


@check("tls-certificate-weak-key", severity=Severity.HIGH)
def tls_certificate_weak_key(tls: TlsScan) -> Verdict:
    """The shop's certificate rests on a key or a signature that can be forged."""
    return _judge(tls, (_finding(one, _weak(cert)) for one, cert in _shown(tls)))


def expired(cert: Certificate, now: datetime) -> str:
    """What is wrong with a certificate's dates; empty where nothing is. So with the next two."""
    if now > cert.not_after:
        return f"The certificate ran out on {_day(cert.not_after)}."
    return f"The certificate is not valid before {_day(cert.not_before)}." if now < cert.not_before else ""


def _expiring(cert: Certificate, now: datetime) -> str:
    left, lifetime = cert.not_after - now, cert.not_after - cert.not_before
    late = lifetime / 6 if lifetime <= SHORT_LIVED else max(SOON, lifetime / 6) if lifetime <= QUARTER else SOON
    if left < timedelta(0) or left >= late:
        return ""
    days = left.days
    rest = "less than a day" if days < 1 else "one day" if days == 1 else f"{days} days"
    return f"The certificate runs out on {_day(cert.not_after)}: {rest} left of {lifetime.days}."


def distrusted(cert: Certificate) -> str:
    """That a chain ends at no known root."""
    return (
        f"Not trusted: {cert.distrust or 'its issuer is unknown'}. Issued by {cert.issuer[:120]}."
        if cert.trusted is False
        else ""
    )


def issued_for(cert: Certificate) -> str:
    """What the certificate is issued for, where that is something else."""
    if not cert.names:
        return "The certificate names no host at all (no subject alternative name)."
    more = f" and {len(cert.names) - 5} more" if len(cert.names) > 5 else ""
    return f"The certificate is issued for {', '.join(cert.names[:5])}{more}."


def _weak(cert: Certificate) -> str:
    reasons = []
    if cert.bits < LEAST_BITS.get(cert.key, 0):
        reasons.append(f"a key of {cert.bits} bits ({cert.key})")
    reasons += [f"a signature with {name.upper()}" for name in sorted(BROKEN_HASHES & set(cert.signatures))]
    return f"The certificate has {' and '.join(reasons)}." if reasons else ""


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _shown(tls: TlsScan) -> Iterator[tuple[TlsEndpoint, Certificate]]:
    for endpoint in tls.endpoints:
        if not isinstance(endpoint.certificates, Unavailable):
            for certificate in endpoint.certificates:
                yield endpoint, certificate


def _finding(endpoint: TlsEndpoint, shown: str) -> Finding | None:
    return Finding(endpoint.host, shown, (f"https://{endpoint.host}/",)) if shown else None


def _judge(tls: TlsScan, findings: Iterator[Finding | None], missing: list[str] | None = None) -> Verdict:
    unread = [one for one in tls.endpoints if isinstance(one.certificates, Unavailable)]
    reasons = [one.certificates.because for one in unread if isinstance(one.certificates, Unavailable)]
    reasons += [why.because for _, why in tls.unseen]
    dark = {one.host for one in unread}
    return judge(
        (finding for finding in findings if finding is not None),
        examined=(one.host for one in tls.endpoints if one.host not in dark),
        missing=[*reasons, *(missing or ())],
    )
