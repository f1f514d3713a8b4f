"""Whether the answers about the domain are signed (DNSSEC, RFC 9364), and whether the signatures hold. Subject is the domain.

The gatherer calls a domain broken only where that is certain: the registry's signed answer names a key, and two of the domain's
own name servers gave what fails. All else that does not validate stays unknown.
"""

from __future__ import annotations

from scanner import Found, Inconclusive, Names, Passed, Security, Severity, Unavailable, Verdict, check


@check("dnssec-missing", severity=Severity.INFO)
def dnssec_missing(names: Names) -> Verdict:
    """The answers about the domain are not signed."""
    seen = names.dnssec
    if isinstance(seen, Unavailable):
        return Inconclusive(seen.because)
    match seen.state:
        case Security.INSECURE:
            if seen.why.removeprefix(names.domain).startswith(
                " is signed"
            ):  # by an algorithm that counts no more, or that nobody knows
                return Found.at(names.domain, f"{names.domain} counts as not signed: {seen.why}.")
            return Found.at(names.domain, f"{names.domain} is not signed: the registry knows no key of it.")
        case Security.SECURE:
            return Passed((names.domain,), "The domain is signed, from the root down.")
        case Security.BROKEN:
            return Passed((names.domain,), "The domain is signed; its signature is wrong, which another check says.")
        case Security.UNKNOWN:
            return _unknown(seen.why)


@check("dnssec-broken", severity=Severity.CRITICAL)
def dnssec_broken(names: Names) -> Verdict:
    """The registry says that the domain is signed, and its signatures do not hold: many cannot reach it."""
    seen = names.dnssec
    if isinstance(seen, Unavailable):
        return Inconclusive(seen.because)
    match seen.state:
        case Security.BROKEN:
            asked = f"Name servers that we asked: {', '.join(seen.servers)}" if seen.servers else ""
            return Found.at(
                names.domain,
                " ".join(filter(None, (f"What fails: {seen.why}." if seen.why else "The signatures do not hold.", asked))),
            )
        case Security.SECURE:
            return Passed((names.domain,))
        case Security.INSECURE:
            return Passed((names.domain,), "The domain is not signed, so no signature can be wrong.")
        case Security.UNKNOWN:
            return _unknown(seen.why)


def _unknown(why: str) -> Inconclusive:
    if not why:
        return Inconclusive("Whether the domain is signed cannot be told from here.")
    return Inconclusive(f"Whether the domain is signed cannot be told from here: {why}.")
