"""MTA-STS (RFC 8461): that mail must come encrypted; and TLS-RPT (RFC 8460): who hears of it when that fails.

Subject and place is the domain. What is asked of a policy is what a sending mail host asks before it keeps to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from checks.mail.certified import encryption_of, fault
from checks.mail.domains import NO_MAIL, Seen, at_each_domain, words
from checks.mail.drafts import in_panel, sts_file, sts_value, zone_line
from checks.mail.providers import whose
from scanner import (
    Finding,
    Knowledge,
    Mail,
    MailDomain,
    MailEncryption,
    MailServer,
    NotApplicable,
    Passed,
    Severity,
    StsPolicy,
    Unavailable,
    Verdict,
    check,
)
from scanner.mail.answers import Answers
from scanner.mail.transport import Dane, StsFault, StsRules, dane, exchanges, sts_record, sts_rules, tls_reports

MOST_SAID = 3
_FILE = "https://mta-sts.{}/.well-known/mta-sts.txt"


@check("mta-sts-missing", severity=Severity.INFO)
def mta_sts_missing(mail: Mail) -> Verdict:
    """Nobody is told that mail for the shop must come encrypted."""
    return at_each_domain(mail, _missing)


@check("mta-sts-broken", severity=Severity.HIGH)
def mta_sts_broken(mail: Mail, knowledge: Knowledge) -> Verdict:
    """What the domain announces about encrypted mail does not hold, so that mail is held back or the protection is ignored."""
    return at_each_domain(mail, lambda domain: _broken(domain, knowledge, mail.gathered_at))


@check("tls-rpt-missing", severity=Severity.INFO, next_step_of=("mta-sts-missing", "mail-dane-missing"))
def tls_rpt_missing(mail: Mail) -> Verdict:
    """Encrypted mail is announced, and nobody hears of it when it does not get through."""
    return at_each_domain(mail, _unreported)


def _missing(domain: MailDomain) -> Seen:
    if not domain.servers:
        return _no_servers(domain)
    record = sts_record(domain.domain, Answers(domain.lookups))
    if isinstance(record, Unavailable):
        return record
    if record is not None:
        rules = _rules(domain)
        if rules is None or rules.mode != "none":
            return Passed()
        return Finding(domain.domain, "The MTA-STS policy says “mode: none”: it announces nothing.", ready=_ready(domain))
    announced = _by_dane(domain)
    if isinstance(announced, Unavailable):
        return announced
    if announced:
        return Passed(because="Each mail server has TLSA records (DANE), which say the same.")
    paste = in_panel("_mta-sts", sts_value(_policy(domain)))
    file = f"The file belongs at {_FILE.format(domain.domain)}"
    return Finding(domain.domain, words(f"{domain.domain} has no MTA-STS policy.", paste, file), ready=_ready(domain))


def _broken(domain: MailDomain, knowledge: Knowledge, now: datetime) -> Seen:
    record = sts_record(domain.domain, Answers(domain.lookups))
    if isinstance(record, Unavailable):
        return record
    if record is None:
        return NotApplicable("The domain announces no MTA-STS policy.")
    said: list[str] = []
    unknown: Unavailable | None = None
    if record.fault is StsFault.SEVERAL:
        said.append(f"There is more than one record _mta-sts.{domain.domain}, and so none counts.")
    elif record.fault is not None:
        said.append(f"The record _mta-sts.{domain.domain} has no id of letters and digits: “{record.text}”.")
    if isinstance(domain.policy, StsPolicy):
        rules = _rules(domain)
        if rules is None:
            said.append(_unread(domain.policy))
        else:
            said += map(_said, rules.faults)
        if rules is not None and not rules.faults and rules.mode != "none":
            wrong = list(_at_servers(domain, rules, knowledge, now))
            said += [one for one in wrong if isinstance(one, str)]
            unknown = next((one for one in wrong if isinstance(one, Unavailable)), None)
            if said and rules.mode == "testing":
                said.append("It is a trial (“mode: testing”), so no mail is held back yet.")
    else:
        unknown = domain.policy or Unavailable("The MTA-STS policy was not read.")
    if said:
        return Finding(domain.domain, " ".join(said), (_FILE.format(domain.domain),), ready=_ready(domain))
    return unknown or Passed()


def _unreported(domain: MailDomain) -> Seen:
    if not domain.servers:
        return _no_servers(domain)
    answers = Answers(domain.lookups)
    reports = tls_reports(domain.domain, answers)
    if isinstance(reports, Unavailable):
        return reports
    if reports is not None and not reports.why:
        return Passed()
    policy, announced = sts_record(domain.domain, answers), _by_dane(domain)
    if policy is None and announced is False:
        return NotApplicable("The domain announces no encryption (MTA-STS or DANE), so there is nothing to report on.")
    if policy is None or (isinstance(policy, Unavailable) and announced is not True):
        unknown = announced if isinstance(announced, Unavailable) else policy
        if isinstance(unknown, Unavailable):
            return unknown
    value = f"v=TLSRPTv1; rua=mailto:tls-reports@{domain.domain}"
    lacks = f"{domain.domain} has no record for reports about encryption."
    if reports is not None:
        lacks = f"The record for reports about encryption cannot be used: “{reports.text}”."
    shown = words(lacks, in_panel("_smtp._tls", value))
    return Finding(domain.domain, shown, ready=zone_line(f"_smtp._tls.{domain.domain}", value))


def _no_servers(domain: MailDomain) -> Seen:
    there = exchanges(domain.domain, Answers(domain.lookups))
    return there if isinstance(there, Unavailable) else NotApplicable(NO_MAIL.format(domain.domain))


def _by_dane(domain: MailDomain) -> bool | Unavailable:
    """Whether TLSA records that count announce the encryption of every server."""
    answers = Answers(domain.lookups)
    readings = [dane(server.host, (), answers) for server in domain.servers]
    if any(not isinstance(one, Unavailable) and one.state in {Dane.NONE, Dane.UNUSABLE} for one in readings):
        return False
    return next((one for one in readings if isinstance(one, Unavailable)), True)


def _rules(domain: MailDomain) -> StsRules | None:
    """The policy, where there was one to read."""
    policy = domain.policy
    return sts_rules(policy.text) if isinstance(policy, StsPolicy) and policy.status == 200 else None


def _at_servers(domain: MailDomain, rules: StsRules, knowledge: Knowledge, now: datetime) -> Iterator[str | Unavailable]:
    """What is wrong at the servers, and what could not be looked at."""
    there = exchanges(domain.domain, Answers(domain.lookups))
    if isinstance(there, Unavailable):
        yield there
    for server in domain.servers:
        if not rules.allows(server.host):
            yield f"The policy does not name {server.host}, which takes your mail."
        else:
            yield from _at(server, knowledge, now)


def _at(server: MailServer, knowledge: Knowledge, now: datetime) -> Iterator[str | Unavailable]:
    seen = encryption_of(server)
    if seen is None:
        yield words(f"{server.host} offers no encryption (STARTTLS).", whose(server.host, knowledge))
    elif isinstance(seen, Unavailable):
        yield seen
    elif isinstance(seen, MailEncryption):
        if isinstance(seen.certificate, Unavailable):
            yield seen.certificate
        elif wrong := fault(seen.certificate, now):
            yield words(f"{server.host}: {wrong}", whose(server.host, knowledge))
        elif isinstance(seen.certificate.trusted, Unavailable):
            yield seen.certificate.trusted


def _unread(policy: StsPolicy) -> str:
    if policy.status:
        return f"The policy's address answers {policy.status}, so there is no policy."
    return words("The policy cannot be read.", policy.because)


def _said(fault_: tuple[StsFault, str]) -> str:
    what = fault_[1]
    match fault_[0]:
        case StsFault.VERSION:
            return "The policy does not say “version: STSv1”."
        case StsFault.MODE:
            return f"The policy has no mode that anybody knows: “{what}”."
        case StsFault.AGE:
            return f"The policy does not say for how many seconds it holds: “{what}”."
        case StsFault.NO_MX:
            return "The policy names no mail server."
        case _:
            return f"The policy names a mail server that is no name: “{what}”."


def _policy(domain: MailDomain) -> str:
    there = exchanges(domain.domain, Answers(domain.lookups))
    hosts = [host for _, host in there.hosts] if not isinstance(there, Unavailable) else []
    return sts_file(hosts or [server.host for server in domain.servers])


def _ready(domain: MailDomain) -> str:
    """The record and the file, one below the other; nothing where no server takes mail."""
    text = _policy(domain)
    line = zone_line(f"_mta-sts.{domain.domain}", sts_value(text))
    return f"{line}\n\n{text}" if domain.servers else ""
