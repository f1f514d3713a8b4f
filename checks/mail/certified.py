"""What a mail server showed of its encryption, and what its certificate is worth: for all checks that ask for that."""

from __future__ import annotations

from datetime import datetime

from checks.mail.domains import words
from checks.tls.certificates import distrusted, expired, issued_for
from scanner import Certificate, Closed, MailEncryption, MailServer, Passed, Unavailable


def encryption_of(server: MailServer) -> MailEncryption | Passed | Unavailable | None:
    """What a server showed after STARTTLS; None where it offers none, Passed where nobody takes mail there at all."""
    if isinstance(server.talk, Unavailable):
        return server.talk
    if isinstance(server.talk, Closed):
        return Passed(because=words(f"{server.host} takes no mail.", server.talk.because))
    return server.talk.encryption


def fault(certificate: Certificate, now: datetime, *, by_dane: bool = False) -> str:
    """What is wrong with a mail server's certificate, judged against the name of its MX; empty where nothing is.

    by_dane: who issued it was announced by a TLSA record, and needs to be known to nobody else (RFC 7672 3.1.2).
    """
    named = "" if certificate.covers else issued_for(certificate)
    return expired(certificate, now) or ("" if by_dane else distrusted(certificate)) or named
