"""Whether mail to the shop travels encrypted: STARTTLS (RFC 3207) and the certificates of its mail servers.

Subject is the domain and the server. A server of a known provider is the provider's to look after: a certificate there passes
with the reason, and missing encryption is said with whose it is.
"""

from __future__ import annotations

from datetime import datetime

from checks.mail.certified import encryption_of, fault
from checks.mail.domains import Seen, at_each_server, subject, words
from checks.mail.providers import only_theirs, provider_of, whose
from scanner import (
    Finding,
    Knowledge,
    Mail,
    MailDomain,
    MailEncryption,
    MailServer,
    MailTalk,
    Passed,
    Severity,
    Unavailable,
    Verdict,
    check,
)
from scanner.mail.answers import Answers
from scanner.mail.transport import Dane, dane


@check("mail-starttls-missing", severity=Severity.MEDIUM)
def mail_starttls_missing(mail: Mail, knowledge: Knowledge) -> Verdict:
    """A mail server of the shop offers no encryption."""
    return at_each_server(mail, lambda domain, server: _offered(domain, server, knowledge))


@check("mail-certificate-invalid", severity=Severity.LOW)
def mail_certificate_invalid(mail: Mail, knowledge: Knowledge) -> Verdict:
    """A mail server's certificate does not prove that it is the one in the MX record."""
    return at_each_server(mail, lambda domain, server: _certified(domain, server, knowledge, mail.gathered_at))


def _offered(domain: MailDomain, server: MailServer, knowledge: Knowledge) -> Seen:
    seen = encryption_of(server)
    if seen is None:
        said = server.talk.because if isinstance(server.talk, MailTalk) else ""
        refused = f"It said: “{said}”." if said else ""
        shown = words(f"{server.host} offers no encryption (STARTTLS).", refused, whose(server.host, knowledge))
        return Finding(subject(domain, server.host), shown)
    return Passed() if isinstance(seen, MailEncryption) else seen


def _certified(domain: MailDomain, server: MailServer, knowledge: Knowledge, now: datetime) -> Seen:
    seen = encryption_of(server)
    if seen is None:
        return Passed(because=f"{server.host} offers no encryption, so it shows no certificate; that comes first.")
    if not isinstance(seen, MailEncryption):
        return seen
    if isinstance(seen.certificate, Unavailable):
        return seen.certificate
    announced = dane(server.host, seen.chain, Answers(domain.lookups))
    if not isinstance(announced, Unavailable) and announced.state is Dane.MATCHES and not announced.expects_name:
        return Passed(because=f"A TLSA record says which key {server.host} has, so the rest of its certificate does not count.")
    wrong = fault(seen.certificate, now)
    if not wrong:
        return seen.certificate.trusted if isinstance(seen.certificate.trusted, Unavailable) else Passed()
    if provider := provider_of(server.host, knowledge):
        return Passed(because=words(f"{server.host}: {wrong}", only_theirs(provider)))
    return Finding(subject(domain, server.host), f"{server.host}: {wrong}")
