"""Until when the domain is paid for, as the registry says (RDAP, RFC 9083), where the owner has switched that on."""

from __future__ import annotations

from datetime import timedelta

from scanner import Found, Inconclusive, Names, NotApplicable, Passed, Severity, Unavailable, Verdict, check

SOON = timedelta(days=30)


@check("domain-expiring", severity=Severity.HIGH)
def domain_expiring(names: Names) -> Verdict:
    """The domain runs out within 30 days."""
    seen = names.registration
    if seen is None:
        return NotApplicable("Nobody asked the registry: rdap = true in shopwarden.toml does.")
    if isinstance(seen, Unavailable):
        return Inconclusive(seen.because)
    if seen.expires is None:
        return NotApplicable("The registry does not say until when the domain is paid for.")
    left = seen.expires - names.gathered_at
    day = f"{seen.expires.day} {seen.expires:%B %Y}"
    if left >= SOON:
        return Passed((names.domain,), f"The domain is paid for until {day}.")
    said = f"The domain ran out on {day}." if left < timedelta(0) else f"The domain is paid for until {day}."
    where = f"Registered at: {seen.registrar}" if seen.registrar else ""
    return Found.at(names.domain, f"{said} {where}".rstrip())
