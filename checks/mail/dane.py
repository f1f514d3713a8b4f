"""DANE for mail (RFC 7672): which key each mail server has, said in advance by a TLSA record. Only validated answers count.

Subject is the domain and the server.
"""

from __future__ import annotations

from datetime import datetime

from checks.mail.certified import encryption_of, fault
from checks.mail.domains import Seen, at_each_server, subject, words
from checks.mail.drafts import tlsa_line
from checks.mail.providers import only_theirs, provider_of, whose
from scanner import (
    DnsAnswer,
    Finding,
    Knowledge,
    Mail,
    MailDomain,
    MailEncryption,
    MailServer,
    Passed,
    Security,
    Severity,
    Unavailable,
    Verdict,
    check,
)
from scanner.mail.answers import Answers
from scanner.mail.transport import Dane, dane, tlsa_name


@check("mail-dane-missing", severity=Severity.INFO)
def mail_dane_missing(mail: Mail, knowledge: Knowledge) -> Verdict:
    """No TLSA record says which key a mail server has."""
    return at_each_server(mail, lambda domain, server: _missing(domain, server, knowledge))


@check("mail-dane-broken", severity=Severity.HIGH)
def mail_dane_broken(mail: Mail, knowledge: Knowledge) -> Verdict:
    """A mail server shows another key than its TLSA record announces: mail hosts that look at it send nothing."""
    return at_each_server(mail, lambda domain, server: _broken(domain, server, knowledge, mail.gathered_at))


def _missing(domain: MailDomain, server: MailServer, knowledge: Knowledge) -> Seen:
    answers = Answers(domain.lookups)
    reading = dane(server.host, (), answers)
    answer = answers.get(tlsa_name(server.host), "TLSA")
    if isinstance(reading, Unavailable):
        return reading
    if isinstance(answer, Unavailable):
        return answer
    if reading.state not in {Dane.NONE, Dane.UNUSABLE}:
        return Passed()
    if reading.state is Dane.UNUSABLE:
        why = f"{server.host} has TLSA records, but none that mail hosts read."
    elif reading.insecure:
        why = f"{server.host} has TLSA records, but its domain is not signed, so nobody looks at them."
    else:
        why = f"{server.host} has no TLSA record."
    if provider := provider_of(server.host, knowledge):
        return Passed(because=words(why, only_theirs(provider)))
    if reading.state is Dane.NONE and not reading.insecure and answer.security is not Security.SECURE:
        return _unsigned(server, answer)
    return Finding(subject(domain, server.host), why, ready=tlsa_line(server))


def _unsigned(server: MailServer, answer: DnsAnswer) -> Seen:
    """No TLSA record, and no signed answer that says so: without a signed domain there cannot be one."""
    if answer.security is Security.INSECURE:
        return Passed(because=f"The domain of {server.host} is not signed, and without that there is no DANE.")
    why = answer.why or "the answer was not validated"
    return Unavailable(f"Whether {server.host} can have DANE cannot be told from here: {why}.")


def _broken(domain: MailDomain, server: MailServer, knowledge: Knowledge, now: datetime) -> Seen:
    answers = Answers(domain.lookups)
    announced = dane(server.host, (), answers)
    if isinstance(announced, Unavailable):
        return announced
    if announced.state is not Dane.DIFFERS:
        return Passed(because=f"No TLSA record that counts says anything of {server.host}.")
    seen = encryption_of(server)
    if seen is None:
        why = f"A TLSA record announces encryption, and {server.host} offers none."
    elif not isinstance(seen, MailEncryption):
        return seen
    elif not seen.chain:
        return (
            seen.certificate
            if isinstance(seen.certificate, Unavailable)
            else Unavailable("The certificate could not be compared.")
        )
    else:
        reading = dane(server.host, seen.chain, answers)
        if isinstance(reading, Unavailable):
            return reading
        if reading.state is Dane.MATCHES and not reading.expects_name:
            return Passed()
        wrong = "" if isinstance(seen.certificate, Unavailable) else fault(seen.certificate, now, by_dane=True)
        if reading.state is Dane.MATCHES:
            if isinstance(seen.certificate, Unavailable):
                return seen.certificate
            if not wrong:
                return Passed()
            why = words(f"The TLSA record of {server.host} asks for a certificate with the right name and dates.", wrong)
        else:
            why = f"No TLSA record of {server.host} fits the certificate that it shows."
    return Finding(subject(domain, server.host), words(why, whose(server.host, knowledge)), ready=tlsa_line(server))
