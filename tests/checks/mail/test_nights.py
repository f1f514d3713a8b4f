"""Mail and names over nights: what fails one night opens nothing and closes nothing, and what was mended is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.mail.dkim import dkim_weak_key
from checks.mail.dmarc import dmarc_not_enforced
from checks.mail.encryption import mail_starttls_missing
from checks.mail.exchanges import mx_broken
from checks.mail.spf import spf_missing
from checks.names.leads import dns_dangling
from checks.names.signing import dnssec_broken
from scanner import Dnssec, Fate, Lead, Security, Unavailable, Verdict
from scanner.history.comparison import compare
from scanner.history.events import Change
from scanner.history.known import KnownSite
from scanner.results.document import document
from scanner.results.result import Judged
from scanner.rules.rule import rule_of
from scanner.testing import HOST, Zone, knowledge, mail, mail_domain, mail_server, mail_talk, names
from tests.checks.mail.keys import rsa_key
from tests.reports.samples import result
from tests.scanning import catalogue

KNOWN = knowledge()
RULES = catalogue().rules
FAILED = Unavailable("The name server answered SERVFAIL.")
DARK = mail_server(talk=Unavailable("Mail servers cannot be reached from here."))
PLAIN = mail_server(talk=mail_talk(encryption=None))
TAKEN = Lead(f"blog.{HOST}", "CNAME", "petal.blogs.example", Fate.UNCLAIMED)
BOGUS = Dnssec(Security.BROKEN, "no key fits the DS record")
Nights = tuple[Verdict, Verdict, Verdict]
"""Wrong, could not be looked at, in order."""


def _spf(records: object) -> Verdict:
    zone: Zone = {f"TXT {HOST}": records}  # type: ignore[dict-item]  # what a zone may hold
    return spf_missing(mail(mail_domain(zone)), KNOWN)


def _dmarc(records: object) -> Verdict:
    return dmarc_not_enforced(mail(mail_domain({f"TXT _dmarc.{HOST}": records})))  # type: ignore[dict-item]


def _dkim(records: object) -> Verdict:
    return dkim_weak_key(mail(mail_domain({f"TXT shop._domainkey.{HOST}": records})))  # type: ignore[dict-item]


CASES: dict[Callable[..., Verdict], Nights] = {
    spf_missing: (_spf(()), _spf(FAILED), _spf(("v=spf1 -all",))),
    dmarc_not_enforced: (_dmarc(("v=DMARC1; p=none",)), _dmarc(FAILED), _dmarc(("v=DMARC1; p=reject",))),
    dkim_weak_key: (_dkim((f"p={rsa_key(512)}",)), _dkim(FAILED), _dkim((f"p={rsa_key(2048)}",))),
    mail_starttls_missing: (
        mail_starttls_missing(mail(mail_domain({}, PLAIN)), KNOWN),
        mail_starttls_missing(mail(mail_domain({}, DARK)), KNOWN),
        mail_starttls_missing(mail(), KNOWN),
    ),
    mx_broken: (
        mx_broken(mail(mail_domain({}, mail_server(addresses=()))), KNOWN),
        mx_broken(mail(mail_domain({}, mail_server(addresses=FAILED))), KNOWN),
        mx_broken(mail(), KNOWN),
    ),
    dnssec_broken: (
        dnssec_broken(names(dnssec=BOGUS)),
        dnssec_broken(names(dnssec=FAILED)),
        dnssec_broken(names()),
    ),
    dns_dangling: (
        dns_dangling(names({}, TAKEN)),
        dns_dangling(names({f"CNAME blog.{HOST}": FAILED})),
        dns_dangling(names({f"CNAME blog.{HOST}": ()})),
    ),
}


def told(check: Callable[..., Verdict], nights: Iterable[Verdict]) -> list[Change]:
    """The finding events of nights, one after another."""
    rule = rule_of(check)
    assert rule is not None
    known, events = KnownSite(), []
    for day, verdict in enumerate(nights):
        later = timedelta(days=day)
        scan = result({})
        scan = replace(scan, judged=(Judged(rule, verdict),), started=scan.started + later, finished=scan.finished + later)
        step = compare(known, document(scan), RULES)
        known = step.known
        events += [event.kind for event in step.events if isinstance(event.kind, Change)]
    return events


@pytest.mark.parametrize("check", CASES, ids=lambda check: check.__name__)
def test_a_night_that_could_not_look_opens_nothing_and_closes_nothing(check: Callable[..., Verdict]) -> None:
    wrong, dark, well = CASES[check]
    assert told(check, (wrong, dark, wrong)) == [Change.FIRST_SEEN]
    assert told(check, (well, dark, well)) == []
    assert told(check, (wrong, dark, well)) == [Change.FIRST_SEEN, Change.FIXED]
    assert told(check, (well, dark, wrong)) == [Change.NEW]


def test_a_server_that_is_gone_is_mended_by_the_first_look_that_could_see_all_others() -> None:
    """Found on a partly dark night, then taken out of the records: while another stays dark, nobody knows what it would show; and
    while there are more servers than are looked at, nobody knows which of them are left."""
    dark = mail_server("mx2.petalandstem.example", DARK.talk, preference=20)
    well = replace(dark, talk=mail_talk())
    partly = mail_starttls_missing(mail(mail_domain({}, PLAIN, dark)), KNOWN)
    gone_and_dark = mail_starttls_missing(mail(mail_domain({}, dark)), KNOWN)
    gone = mail_starttls_missing(mail(mail_domain({}, well)), KNOWN)
    left_out = mail_starttls_missing(mail(replace(mail_domain({}, well), left_out=1)), KNOWN)
    assert told(mail_starttls_missing, (partly, gone_and_dark)) == [Change.FIRST_SEEN]
    assert told(mail_starttls_missing, (partly, left_out)) == [Change.FIRST_SEEN]
    assert told(mail_starttls_missing, (partly, gone)) == [Change.FIRST_SEEN, Change.FIXED]
    assert told(mail_starttls_missing, (partly, gone_and_dark, gone)) == [Change.FIRST_SEEN, Change.FIXED]
    weak = dkim_weak_key(mail(mail_domain({f"TXT shop._domainkey.{HOST}": (f"p={rsa_key(512)}",)})))
    other = dkim_weak_key(
        mail(mail_domain({f"TXT new._domainkey.{HOST}": (f"p={rsa_key(2048)}",)}, selectors=(("new", "given"),)))
    )
    assert told(dkim_weak_key, (weak, other)) == [Change.FIRST_SEEN, Change.FIXED]


def test_a_server_that_was_replaced_is_mended_and_one_that_is_dark_tonight_is_not() -> None:
    other = mail_server("mx2.petalandstem.example", mail_talk(encryption=None), preference=20)
    both = mail_starttls_missing(mail(mail_domain({}, PLAIN, other)), KNOWN)
    one_dark = mail_starttls_missing(mail(mail_domain({}, PLAIN, replace(other, talk=DARK.talk))), KNOWN)
    replaced = mail_starttls_missing(mail(mail_domain({}, PLAIN)), KNOWN)
    assert told(mail_starttls_missing, (both, one_dark)) == [Change.FIRST_SEEN] * 2
    assert told(mail_starttls_missing, (both, one_dark, both)) == [Change.FIRST_SEEN] * 2
    assert told(mail_starttls_missing, (both, replaced)) == [Change.FIRST_SEEN, Change.FIRST_SEEN, Change.FIXED]
