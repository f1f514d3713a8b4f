"""DKIM (RFC 6376, RFC 8301): keys to sign mails with. Only what is proven is called missing: a key's name cannot be guessed."""

from __future__ import annotations

from checks.mail.domains import Seen, at_each_domain, at_each_part, subject, words
from scanner import Confidence, Finding, Mail, MailDomain, NotApplicable, Passed, Severity, Unavailable, Verdict, check
from scanner.mail import spf
from scanner.mail.answers import Answers
from scanner.mail.dkim import DkimFault, DkimKey, examined

_SILENT = NotApplicable("Nobody writes in the name of this domain, as its owner says.")
_NOBODY = NotApplicable("Nobody writes in the name of this domain, as its SPF record says.")
_NO_KEYS = NotApplicable("The domain has no DKIM key yet; that comes first.")


@check("dkim-missing", severity=Severity.LOW)
def dkim_missing(mail: Mail) -> Verdict:
    """The domain has no key that its mails could be signed with."""
    return at_each_domain(mail, _missing)


@check("dkim-weak-key", severity=Severity.MEDIUM)
def dkim_weak_key(mail: Mail) -> Verdict:
    """A key that the domain's mails are signed with can be broken, or is not to be trusted."""
    return at_each_part(mail, _keys)


def _missing(domain: MailDomain) -> Seen:
    if not domain.sends:
        return _SILENT
    reading = examined(domain)
    if reading.absent and _says_that_nobody_sends(domain):
        return _NOBODY
    if reading.absent is None:
        return Unavailable(reading.why or "Whether there is a DKIM key cannot be told from here.")
    if reading.absent:
        return Finding(domain.domain, words(f"{domain.domain} has no DKIM key.", reading.why), confidence=Confidence.PROBABLE)
    if all(key.revoked for key in reading.keys):
        return Unavailable("The DKIM keys that we know the names of are called back; there may be others.")
    return Passed(because=f"There are DKIM keys: {', '.join(key.selector for key in reading.keys if not key.revoked)}.")


def _says_that_nobody_sends(domain: MailDomain) -> bool:
    """Whether the SPF record names no server at all, as those of parked domains do."""
    records = spf.examined(domain.domain, Answers(domain.lookups)).records
    try:
        read = [spf.parsed(one) for one in records]
    except spf.BadRecord:
        return False
    return len(read) == 1 and not read[0].redirect and [(one.mechanism, one.qualifier) for one in read[0].terms] == [("all", "-")]


def _keys(domain: MailDomain) -> tuple[Seen, ...]:
    if not domain.sends:
        return (_SILENT,)
    reading = examined(domain)
    if not reading.keys:
        if reading.absent:
            return (_NOBODY if _says_that_nobody_sends(domain) else _NO_KEYS,)
        return (Unavailable(reading.why or "No DKIM key could be looked at."),)
    looked = (_key(domain, key) for key in reading.keys)
    return (*looked, *(why for _, why in reading.unknown))


def _key(domain: MailDomain, key: DkimKey) -> Seen:
    about = subject(domain, key.selector)
    weak = _weak(key)
    return Finding(about, weak) if weak else Passed((about,))


def _weak(key: DkimKey) -> str:
    """What is wrong with a key; empty where nothing is. A key that was called back harms nobody."""
    name = key.selector
    match key.fault:
        case DkimFault.SEVERAL:
            return f"The DKIM key {name} is there more than once, so it is left to chance which one counts."
        case DkimFault.VERSION | DkimFault.NO_KEY | DkimFault.NOT_A_KEY | DkimFault.KIND:
            return f"The DKIM key {name} cannot be read, so nobody trusts what it signs."
        case None:
            pass
    if key.revoked:
        return ""
    if key.too_short:
        return f"The DKIM key {name} has {key.bits} bits; mail hosts must not trust fewer than 1024."
    if key.hashes and "sha256" not in key.hashes:
        return f"The DKIM key {name} allows SHA-1 only, which mail hosts must not trust any more."
    if key.testing:
        return f"The DKIM key {name} is marked as a trial (“t=y”), so nobody shall trust what it signs."
    return ""
