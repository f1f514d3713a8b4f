"""DMARC (RFC 9989): what mail hosts shall do with false mails in the domain's name. Subject and place is the domain."""

from __future__ import annotations

from checks.mail.domains import Seen, at_each_domain, words
from checks.mail.drafts import in_panel, instead_of, mended_dmarc, next_step, rewritten_dmarc, zone_line
from scanner import Finding, Mail, MailDomain, NotApplicable, Passed, Severity, Unavailable, Verdict, check
from scanner.mail.answers import Answers
from scanner.mail.dmarc import DmarcFault, DmarcProblem, DmarcReading, examined
from scanner.mail.meant import meant_as_dmarc

MOST_SAID = 3
_COMES_FIRST = NotApplicable("The domain has no DMARC record yet; that comes first.")


@check("dmarc-missing", severity=Severity.MEDIUM)
def dmarc_missing(mail: Mail) -> Verdict:
    """Nobody is told what to do with false mails in the domain's name."""
    return at_each_domain(mail, _missing)


@check("dmarc-invalid", severity=Severity.MEDIUM)
def dmarc_invalid(mail: Mail) -> Verdict:
    """The DMARC record has a mistake, so that it counts for nothing or not as it was meant."""
    return at_each_domain(mail, _invalid)


@check("dmarc-not-enforced", severity=Severity.LOW, next_step_of=("dmarc-missing", "dmarc-invalid"))
def dmarc_not_enforced(mail: Mail) -> Verdict:
    """False mails in the domain's name are only counted, not stopped."""
    return at_each_domain(mail, _not_enforced)


def _missing(domain: MailDomain) -> Seen:
    reading = _read(domain)
    if reading.records or reading.record is not None:
        return Passed()
    if reading.unknown is not None:
        return reading.unknown
    record = "v=DMARC1; p=none" if domain.sends else "v=DMARC1; p=reject"
    if domain.servers and domain.sends:
        record += f"; rua=mailto:dmarc@{domain.domain}"
    texts = Answers(domain.lookups).records(f"_dmarc.{domain.domain}", "TXT")
    there, meant = meant_as_dmarc(() if isinstance(texts, Unavailable) else texts)
    record = rewritten_dmarc(domain, meant) or record
    shown = words(f"{domain.domain} has no DMARC record.", instead_of(there), in_panel("_dmarc", record))
    return Finding(domain.domain, shown, ready=zone_line(f"_dmarc.{domain.domain}", record))


def _invalid(domain: MailDomain) -> Seen:
    reading = _read(domain)
    said = [_said(one, reading) for one in reading.problems[:MOST_SAID]]
    said += [f"{address} has not agreed to get reports about {reading.at}." for address in reading.unapproved[:MOST_SAID]]
    if said:
        record = mended_dmarc(domain, reading)
        return _found(domain, reading, " ".join(said), record)
    if reading.unknown is not None:
        return reading.unknown
    if reading.record is None:
        return _COMES_FIRST
    if reading.undecided:
        return Unavailable(f"Whether {reading.undecided[0]} agrees to get reports could not be asked.")
    return Passed()


def _not_enforced(domain: MailDomain) -> Seen:
    reading = _read(domain)
    record = reading.record
    if reading.unknown is not None:
        return reading.unknown
    if record is None:
        return NotApplicable("The DMARC record cannot be used as it is; that comes first.") if reading.records else _COMES_FIRST
    tags = dict(record.tags)
    if reading.policy == "none":
        why = "It asks to watch only (“p=none”)." if reading.at == domain.domain else f"It asks for nothing for {domain.domain}."
    elif record.testing:
        why = "It says that it is only a trial (“t=y”)."
    elif tags.get("pct") == "0":
        why = "It asks older mail hosts to apply it to no mail at all (“pct=0”)."
    elif record.subdomains == "none":
        why = "It leaves out all names below the domain (“sp=none”)."
    elif record.absent == "none":
        why = "It leaves out all names below the domain that are not there (“np=none”)."
    else:
        return Passed(because=f"False mails are stopped: “p={reading.policy}”.")
    return _found(domain, reading, why, next_step(record))


def _said(problem: DmarcProblem, reading: DmarcReading) -> str:
    what = problem.what
    match problem.fault:
        case DmarcFault.SEVERAL:
            return f"There are {len(reading.records)} DMARC records, and so none counts."
        case DmarcFault.SYNTAX:
            return f"A part of it cannot be read, so the record counts for nothing: “{what}”."
        case DmarcFault.NO_POLICY:
            return f"It has no policy that can be read, so the record counts for nothing: “{what}”."
        case DmarcFault.BAD_POLICY:
            return f"Its policy cannot be read, so that it is taken as none: “{what}”."
        case DmarcFault.BAD_VALUE:
            return f"It has a value that nobody knows: “{what}”."
        case DmarcFault.BAD_ADDRESS:
            return f"It has an address that no reports can be sent to: “{what}”."


def _found(domain: MailDomain, reading: DmarcReading, why: str, record: str) -> Finding:
    there = reading.records or ((reading.record.text,) if reading.record else ())
    at = reading.at or domain.domain
    shown = f"The record: {'; '.join(f'“{one}”' for one in there[:MOST_SAID])}."
    paste = in_panel("_dmarc", record) if record else ""
    return Finding(domain.domain, words(shown, why, paste), ready=zone_line(f"_dmarc.{at}", record) if record else "")


def _read(domain: MailDomain) -> DmarcReading:
    return examined(domain.domain, Answers(domain.lookups))
