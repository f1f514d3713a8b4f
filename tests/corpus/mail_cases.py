"""Labelled cases of the rules of mail and names: those of public domains' records, and what servers and registries say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from checks.mail.dane import mail_dane_broken, mail_dane_missing
from checks.mail.encryption import mail_certificate_invalid, mail_starttls_missing
from checks.mail.exchanges import mx_broken
from checks.mail.policies import mta_sts_broken
from checks.names.issuers import caa_missing
from checks.names.leads import dns_dangling
from checks.names.registration import domain_expiring
from checks.names.signing import dnssec_broken, dnssec_missing
from scanner import (
    Certificate,
    Closed,
    Dnssec,
    Fate,
    Found,
    Lead,
    MailEncryption,
    MailServer,
    Registration,
    Security,
    StsPolicy,
    Unavailable,
    Verdict,
)
from scanner.rules.rule import rule_of
from scanner.testing import HOST, NOW, knowledge, mail, mail_domain, mail_server, mail_talk, names, tls_endpoint, tls_scan
from tests.checks.mail.test_public_domains import CHECKS, evidence, judged, read

Labelled = tuple[object, str, bool, Verdict]
KNOWN = knowledge()
MX = f"mail.{HOST}"
TLSA = f"TLSA _25._tcp.{MX}"
TLS = tls_scan(tls_endpoint())
REFUSED = Closed("The connection was refused.")


def mail_cases() -> Iterator[Labelled]:
    yield from _public_domains()
    yield from _servers()
    yield from _policies()
    yield from _names()


def _public_domains() -> Iterator[Labelled]:
    """A domain where a rule finds nothing is a look-alike of those where it does."""
    for one in read()["domain"]:
        verdicts = judged(evidence(one), KNOWN)
        for check in CHECKS:
            rule = rule_of(check)
            assert rule is not None
            if rule.id not in {"mta-sts-broken", "mx-broken", "mail-dane-missing"} or isinstance(verdicts[rule.id], Found):
                yield check, f"{one['what']} ({one['source']})", rule.id in one["found"], verdicts[rule.id]


def _servers() -> Iterator[Labelled]:
    talk = mail_talk()
    shown = talk.encryption
    assert isinstance(shown, MailEncryption)
    assert isinstance(shown.certificate, Certificate)

    def showing(**changed: object) -> MailServer:
        certificate = replace(shown.certificate, **changed)  # type: ignore[arg-type, type-var]  # a certificate
        return mail_server(talk=mail_talk(encryption=replace(shown, certificate=certificate)))

    plain = mail_server(talk=mail_talk(encryption=None, extensions=("PIPELINING", "8BITMIME")))
    refused = mail_server(talk=replace(mail_talk(encryption=None), because="454 4.7.0 TLS not available due to local problem"))
    dark = mail_server(talk=Unavailable("Port 25 cannot be reached from here."))
    cut = mail_server(talk=replace(talk, encryption=Unavailable("The connection broke off after STARTTLS.")))
    for origin, real, server in (
        ("a server that offers no STARTTLS (RFC 3207)", True, plain),
        ("a server that refuses STARTTLS for want of a certificate (Postfix)", True, refused),
        ("a server that encrypts", False, mail_server()),
        ("port 25 closed by the scanner's own provider", False, dark),
        ("a handshake that broke off", False, cut),
        ("a server that refuses connections", False, mail_server(talk=REFUSED)),
    ):
        yield mail_starttls_missing, origin, real, mail_starttls_missing(mail(mail_domain({}, server)), KNOWN)
    for origin, real, zone, server in (
        ("expired", True, {TLSA: ()}, showing(not_after=NOW - timedelta(days=2))),
        ("self-signed", True, {TLSA: ()}, showing(trusted=False, distrust="self-signed certificate")),
        ("another name", True, {TLSA: ()}, showing(covers=False, names=("server7.host.example",))),
        ("valid", False, {TLSA: ()}, mail_server()),
        ("self-signed, and announced by its key (DANE-EE, RFC 7672 3.1.1)", False, {}, showing(trusted=False)),
        ("no root certificates to verify with", False, {TLSA: ()}, showing(trusted=Unavailable("No roots here."))),
        ("a provider's own name", False, {}, replace(showing(covers=False), host="mx00.kundenserver.de")),
    ):
        yield mail_certificate_invalid, origin, real, mail_certificate_invalid(mail(mail_domain(zone, server)), KNOWN)
    for origin, real, records in (
        ("a new key, the old record (the usual renewal)", True, (f"3 1 1 {'00' * 32}",)),
        ("the certificate's digest where the key's belongs", True, (f"3 1 1 {'a1' * 32}",)),
        ("the old record beside the new one (RFC 7671 8)", False, (f"3 1 1 {'00' * 32}", f"3 1 1 {'b1' * 32}")),
        ("SHA-512", False, (f"3 1 2 {'b2' * 64}",)),
        ("a usage that senders of mail do not read (PKIX-EE)", False, (f"1 1 1 {'00' * 32}",)),
    ):
        yield mail_dane_broken, origin, real, mail_dane_broken(mail(mail_domain({TLSA: records})), KNOWN)
    unsigned = mail(mail_domain({TLSA: (f"3 1 1 {'00' * 32}",)}, security=Security.UNKNOWN))
    yield mail_dane_broken, "an answer that nobody validated", False, mail_dane_broken(unsigned, KNOWN)
    for origin, real, security in (
        ("a signed domain without a TLSA record", True, Security.SECURE),
        ("an unsigned domain", False, Security.INSECURE),
        ("an answer that nobody validated", False, Security.UNKNOWN),
    ):
        verdict = mail_dane_missing(mail(mail_domain({TLSA: ()}, security=security)), KNOWN)
        yield mail_dane_missing, origin, real, verdict
    for origin, real, servers in (
        ("the only server refuses connections", True, (mail_server(talk=REFUSED),)),
        ("nolisting: the first MX is closed on purpose", False, (mail_server("mx0.shop.example", REFUSED), mail_server())),
        ("port 25 closed by the scanner's own provider", False, (dark,)),
        ("in order", False, (mail_server(),)),
    ):
        yield mx_broken, origin, real, mx_broken(mail(mail_domain({}, *servers)), KNOWN)


def _policies() -> Iterator[Labelled]:
    file = "version: STSv1\nmode: {}\nmx: {}\nmax_age: 604800\n"
    for origin, real, policy in (
        ("the file is gone", True, StsPolicy(404)),
        ("the web server redirects (RFC 8461 3.3)", True, StsPolicy(301)),
        ("a shop's page in place of the file", True, StsPolicy(200, "<!doctype html><title>Petal & Stem</title>")),
        ("the MX of before the move", True, StsPolicy(200, file.format("enforce", "mx.old.example"))),
        ("a wildcard", False, StsPolicy(200, file.format("enforce", f"*.{HOST}"))),
        ("withdrawn", False, StsPolicy(200, file.format("none", MX))),
        ("the policy server did not answer", False, Unavailable("It did not answer within 10 s.")),
    ):
        yield mta_sts_broken, origin, real, mta_sts_broken(mail(mail_domain({}, policy=policy)), KNOWN)


def _names() -> Iterator[Labelled]:
    broken = Dnssec(Security.BROKEN, "The signature of the SOA record ran out.", ("192.0.2.53", "198.51.100.53"))
    for origin, state, missing, fails in (
        ("no DS record at the registry", Dnssec(Security.INSECURE), True, False),
        ("a DS record of digests that nobody knows, so unsigned (RFC 4035 5.2)", Dnssec(Security.INSECURE), True, False),
        ("signatures that ran out", broken, False, True),
        ("the DS record of the provider before", replace(broken, why="No key fits the DS record."), False, True),
        ("signed", Dnssec(Security.SECURE), False, False),
        ("a resolver that strips signatures", Dnssec(Security.UNKNOWN, "No signatures came."), False, False),
    ):
        yield dnssec_missing, origin, missing, dnssec_missing(names(dnssec=state))
        yield dnssec_broken, origin, fails, dnssec_broken(names(dnssec=state))
    at = f"CAA {HOST}"
    for origin, real, records in (
        ("no record", True, ()),
        ("only an address for reports", True, ('0 iodef "mailto:security@shop.example"',)),
        ("one authority", False, ('0 issue "letsencrypt.org"',)),
        ("with an account (RFC 8657)", False, ('0 issue "letsencrypt.org; accounturi=https://acme.example/1"',)),
    ):
        yield caa_missing, origin, real, caa_missing(names({at: records}), TLS)
    taken = Lead(f"blog.{HOST}", "CNAME", "petal.blogs.example", Fate.UNCLAIMED, "Blogs", "It answers: no such site.")
    for origin, real, lead in (
        ("a service that does not know the name", True, taken),
        ("an alias to a domain that nobody has", True, Lead(f"old.{HOST}", "CNAME", "shop.gone.example", Fate.UNREGISTERED)),
        ("a service that knows it", False, replace(taken, fate=Fate.HELD)),
        ("a service that did not answer", False, replace(taken, fate=Unavailable("It did not answer."))),
    ):
        yield dns_dangling, origin, real, dns_dangling(names({}, lead))
    for origin, real, days in (
        ("a week left", True, 7),
        ("run out", True, -1),
        ("a month and a day left", False, 31),
        ("a year left", False, 365),
    ):
        seen = names(registration=Registration(NOW + timedelta(days=days)))
        yield domain_expiring, origin, real, domain_expiring(seen)
    yield domain_expiring, "a registry that does not say", False, domain_expiring(names(registration=Registration(None)))
