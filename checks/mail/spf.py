"""SPF (RFC 7208): which servers may send in the domain's name. Subject and place is the domain.

What a record is worth is what becomes of a stranger, in no network that it names (``scanner.mail.spf.examined``).
"""

from __future__ import annotations

from checks.mail.domains import Seen, at_each_domain, words
from checks.mail.drafts import first_spf, in_panel, instead_of, mended_spf, rewritten_spf, said, zone_line
from checks.mail.providers import includes_of
from scanner import Finding, Knowledge, Mail, MailDomain, NotApplicable, Passed, Severity, Unavailable, Verdict, check
from scanner.mail.answers import Answers
from scanner.mail.meant import meant_as_spf
from scanner.mail.spf import SpfReading, SpfResult, examined

_COMES_FIRST = NotApplicable("The domain has no SPF record yet; that comes first.")


@check("spf-missing", severity=Severity.MEDIUM)
def spf_missing(mail: Mail, knowledge: Knowledge) -> Verdict:
    """The domain does not say which servers may send its mail."""
    return at_each_domain(mail, lambda domain: _missing(domain, knowledge))


@check("spf-invalid", severity=Severity.MEDIUM)
def spf_invalid(mail: Mail) -> Verdict:
    """The list of servers that may send has a mistake, so that it counts for nothing."""
    return at_each_domain(mail, _invalid)


@check("spf-permissive", severity=Severity.MEDIUM)
def spf_permissive(mail: Mail) -> Verdict:
    """The list of servers that may send keeps nobody out."""
    return at_each_domain(mail, _permissive)


def _missing(domain: MailDomain, knowledge: Knowledge) -> Seen:
    reading = _read(domain)
    if isinstance(reading, Unavailable):
        return reading
    if reading.records:
        return Passed()
    texts = Answers(domain.lookups).records(domain.domain, "TXT")
    there, meant = meant_as_spf(() if isinstance(texts, Unavailable) else texts)
    record = (meant and rewritten_spf(domain, reading, meant)) or first_spf(domain, includes_of(domain, knowledge))
    shown = words(f"{domain.domain} has no SPF record.", instead_of(there), in_panel("@", record))
    return Finding(domain.domain, shown, ready=zone_line(domain.domain, record))


def _invalid(domain: MailDomain) -> Seen:
    reading = _read(domain)
    if isinstance(reading, Unavailable):
        return reading
    if not reading.records:
        return _COMES_FIRST
    if reading.result is SpfResult.TEMPERROR and reading.unknown is not None:
        return reading.unknown
    if reading.result is not SpfResult.PERMERROR:
        return Passed()
    return _found(domain, reading, " ".join(said(problem, reading) for problem in reading.problems[:3]))


def _permissive(domain: MailDomain) -> Seen:
    reading = _read(domain)
    if isinstance(reading, Unavailable):
        return reading
    if not reading.records:
        return _COMES_FIRST
    match reading.result:
        case SpfResult.TEMPERROR if reading.unknown is not None:
            return reading.unknown
        case SpfResult.PERMERROR:
            return NotApplicable("The SPF record cannot be used as it is; that comes first.")
        case SpfResult.PASS | SpfResult.NEUTRAL:
            return _found(domain, reading, _lets_in(reading))
        case _:
            return Passed()


def _lets_in(reading: SpfReading) -> str:
    if reading.matched.lower().endswith("all"):
        return f"It keeps nobody out, since it ends with “{reading.matched}”."
    if reading.matched:
        return f"The record of {reading.where} allows a network so wide that strangers are in it: “{reading.matched}”."
    return "It has no “all” at its end, so it says nothing of strangers."


def _found(domain: MailDomain, reading: SpfReading, why: str) -> Finding:
    there = "; ".join(f"“{record}”" for record in reading.records[:3])
    record = mended_spf(domain, reading)
    shown = words(f"The record: {there}.", why, in_panel("@", record) if record else "")
    return Finding(domain.domain, shown, ready=zone_line(domain.domain, record) if record else "")


def _read(domain: MailDomain) -> SpfReading | Unavailable:
    reading = examined(domain.domain, Answers(domain.lookups))
    return reading.unknown if reading.unknown is not None and not reading.records else reading
