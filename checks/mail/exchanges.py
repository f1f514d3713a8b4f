"""Whether the MX records lead to servers (RFC 5321 5.1, RFC 7505). Subject is the domain and the server."""

from __future__ import annotations

from collections.abc import Iterator

from checks.mail.domains import Seen, at_each_part, subject, words
from checks.mail.providers import whose
from scanner import Closed, Finding, Knowledge, Mail, MailDomain, MailServer, Passed, Severity, Unavailable, Verdict, check
from scanner.mail.answers import Answers
from scanner.mail.transport import exchanges


@check("mx-broken", severity=Severity.HIGH)
def mx_broken(mail: Mail, knowledge: Knowledge) -> Verdict:
    """An MX record leads to no server, so that mail to the shop is late or lost."""
    return at_each_part(mail, lambda domain: tuple(_looked(domain, knowledge)))


def _looked(domain: MailDomain, knowledge: Knowledge) -> Iterator[Seen]:
    there = exchanges(domain.domain, Answers(domain.lookups))
    if isinstance(there, Unavailable):
        yield there
        return
    if there.null:
        yield Passed(because=f"{domain.domain} says that it takes no mail.")
    elif not there.hosts and not there.odd:
        yield Passed(because=f"{domain.domain} has no MX record.")
    for record in there.odd:
        host = record.partition(" ")[2] or "."
        yield Finding(subject(domain, host), f"An MX record names no mail server: “{record}”.")
    deaf = bool(domain.servers) and not domain.left_out and all(isinstance(one.talk, Closed) for one in domain.servers)
    for server in domain.servers if there.hosts else ():
        yield _led(domain, server, knowledge, deaf=deaf)


def _led(domain: MailDomain, server: MailServer, knowledge: Knowledge, *, deaf: bool) -> Seen:
    """deaf: whether none of the servers takes mail. One alone may well be closed: some do that to keep spam away."""
    about = subject(domain, server.host)
    if isinstance(server.addresses, Unavailable):
        return server.addresses
    if not server.addresses:
        return Finding(about, words(f"The MX record names {server.host}, which has no address.", whose(server.host, knowledge)))
    if deaf and isinstance(server.talk, Closed):
        return Finding(about, words(f"{server.host} takes no mail.", server.talk.because, whose(server.host, knowledge)))
    return Passed((about,))
