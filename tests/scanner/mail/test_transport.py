"""MX, MTA-STS, TLS-RPT and DANE, read."""

from __future__ import annotations

import hashlib

import pytest

from scanner.evidence import CertificateDigests, DnsAnswer, DnsLookup, Existence, Security, Unavailable
from scanner.mail.answers import Answers
from scanner.mail.caa import Issuers, issuers
from scanner.mail.transport import (
    Dane,
    MailExchanges,
    StsFault,
    StsRecord,
    Tlsa,
    addresses,
    dane,
    exchanges,
    is_alias,
    sts_record,
    sts_rules,
    tls_reports,
    tlsa,
)

DER = b"a certificate"
SILENT = Unavailable("No answer within 5 s.")
OWN = CertificateDigests(hashlib.sha256(DER).hexdigest(), hashlib.sha512(DER).hexdigest(), "b1" * 32, "b2" * 64)
ABOVE = CertificateDigests("c1" * 32, "c2" * 64, "d1" * 32, "d2" * 64)
LOOSE = CertificateDigests("c1" * 32, "c2" * 64, "d1" * 32, "d2" * 64, trusted_below=False)
GOOD = "version: STSv1\r\nmode: enforce\r\nmx: mail.shop.example\r\nmx: *.mail.example\r\nmax_age: 604800\r\n"


def _answers(name: str, kind: str, *records: str, security: Security = Security.SECURE, canonical: str = "") -> Answers:
    found = Existence.FOUND if records else Existence.NO_DATA
    return Answers([DnsLookup(name, kind, DnsAnswer(found, records, canonical, security))])


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (("20 b.example", "10 a.example"), MailExchanges(((10, "a.example"), (20, "b.example")))),
        (("0 .",), MailExchanges(null=True)),
        (("0 .", "10 a.example"), MailExchanges(((10, "a.example"),), odd=("0 .",))),
        (("10 192.0.2.1",), MailExchanges(odd=("10 192.0.2.1",))),
        ((), MailExchanges(implicit=True)),
    ],
)
def test_where_mail_goes(records: tuple[str, ...], expected: MailExchanges) -> None:
    assert exchanges("shop.example", _answers("shop.example", "MX", *records)) == expected


def test_a_domain_that_is_not_there_takes_no_mail() -> None:
    nobody = Answers([DnsLookup("shop.example", "MX", DnsAnswer(Existence.NO_NAME))])
    assert exchanges("shop.example", nobody) == MailExchanges()


def test_an_mx_that_is_an_alias() -> None:
    assert is_alias("mx.example", _answers("mx.example", "A", "192.0.2.1", canonical="host.example")) is True
    assert is_alias("mx.example", _answers("mx.example", "A", "192.0.2.1")) is False


def test_addresses_of_one_kind_are_enough() -> None:
    half = Answers([
        DnsLookup("mx.example", "A", DnsAnswer(Existence.FOUND, ("192.0.2.1",))),
        DnsLookup("mx.example", "AAAA", SILENT),
    ])  # fmt: skip
    assert addresses("mx.example", half) == ("192.0.2.1",)
    none = Answers([DnsLookup("mx.example", "A", DnsAnswer(Existence.NO_DATA)), DnsLookup("mx.example", "AAAA", SILENT)])
    assert addresses("mx.example", none) is SILENT


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("v=STSv1; id=20261101;",), StsRecord("v=STSv1; id=20261101;", "20261101")),
        (("v=STSv1;id=a1",), StsRecord("v=STSv1;id=a1", "a1")),
        (("v=STSv1; id=2026-11-01",), StsRecord("v=STSv1; id=2026-11-01", fault=StsFault.RECORD)),
        (("v=STSv1;",), StsRecord("v=STSv1;", fault=StsFault.RECORD)),
        (("v=STSv1; id=1", "v=STSv1; id=2"), StsRecord("v=STSv1; id=1", fault=StsFault.SEVERAL)),
        (("v=STSv2; id=1",), None),
        (("something",), None),
        ((), None),
    ],
)
def test_what_announces_a_policy(texts: tuple[str, ...], expected: StsRecord | None) -> None:
    assert sts_record("shop.example", _answers("_mta-sts.shop.example", "TXT", *texts)) == expected


def test_a_policy() -> None:
    rules = sts_rules(GOOD)
    assert (rules.mode, rules.age.days, rules.faults) == ("enforce", 7, ())
    assert rules.allows("MAIL.shop.example.")
    assert rules.allows("mx1.mail.example")
    assert not rules.allows("a.mx1.mail.example")
    assert not rules.allows("mail.example")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace("STSv1", "STSv2"), StsFault.VERSION),
        (GOOD.replace("version: STSv1\r\n", ""), StsFault.VERSION),
        (GOOD.replace("enforce", "on"), StsFault.MODE),
        (GOOD.replace("604800", "forever"), StsFault.AGE),
        (GOOD.replace("604800", "99999999"), StsFault.AGE),
        (GOOD.replace("mx: mail.shop.example\r\nmx: *.mail.example\r\n", ""), StsFault.NO_MX),
        (GOOD.replace("*.mail.example", "https://mail.example/"), StsFault.MX),
        (GOOD.replace("*.mail.example", "mx.*.example"), StsFault.MX),
    ],
)
def test_a_policy_with_a_fault(text: str, fault: StsFault) -> None:
    assert [found for found, _ in sts_rules(text).faults] == [fault]


def test_no_policy_needs_no_servers() -> None:
    assert sts_rules("version: STSv1\nmode: none\nmax_age: 86400\n").faults == ()


def test_a_page_that_is_no_policy() -> None:
    assert len(sts_rules("<!doctype html><title>Not found</title>").faults) == 4


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("v=TLSRPTv1; rua=mailto:tls@shop.example",), ""),
        (("v=TLSRPTv1;rua=https://reports.example/tls,mailto:a@b.example;",), ""),
        (("v=TLSRPTv1;",), "rua"),
        (("v=TLSRPTv1; rua=tls@shop.example",), "tls@shop.example"),
        (("v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@d.example"), "several"),
    ],
)
def test_reports_about_encryption(texts: tuple[str, ...], why: str) -> None:
    found = tls_reports("shop.example", _answers("_smtp._tls.shop.example", "TXT", *texts))
    assert getattr(found, "why", None) == why


def test_no_reports_about_encryption() -> None:
    assert tls_reports("shop.example", _answers("_smtp._tls.shop.example", "TXT", "v=TLSRPT2")) is None


def _dane(*records: str, chain: tuple[CertificateDigests, ...] = (OWN, ABOVE), security: Security = Security.SECURE) -> object:
    found = dane("mx.example", chain, _answers("_25._tcp.mx.example", "TLSA", *records, security=security))
    return found if isinstance(found, Unavailable) else (found.state, found.expects_name)


@pytest.mark.parametrize(
    ("records", "state", "expects_name"),
    [
        (("3 1 1 " + "b1" * 32,), Dane.MATCHES, False),
        (("3 1 2 " + "b2" * 64,), Dane.MATCHES, False),
        (("3 0 1 " + hashlib.sha256(DER).hexdigest(),), Dane.MATCHES, False),
        (("3 0 0 " + DER.hex(),), Dane.MATCHES, False),
        (("3 1 1 " + "B1" * 32,), Dane.MATCHES, False),
        (("2 0 1 " + "c1" * 32,), Dane.MATCHES, True),
        (("2 1 1 " + "d1" * 32,), Dane.MATCHES, True),
        (("3 1 1 " + "ee" * 32,), Dane.DIFFERS, False),
        (("3 1 1 " + "d1" * 32,), Dane.DIFFERS, False),
        (("3 1 1 " + "ee" * 32, "3 1 1 " + "b1" * 32), Dane.MATCHES, False),
        (("1 1 1 " + "b1" * 32,), Dane.UNUSABLE, False),
        (("0 0 1 " + "c1" * 32,), Dane.UNUSABLE, False),
        (("3 1 1 b1b1",), Dane.UNUSABLE, False),
        (("3 1 9 " + "b1" * 32,), Dane.UNUSABLE, False),
        (("1 1 1 " + "b1" * 32, "3 1 1 " + "ee" * 32), Dane.DIFFERS, False),
        ((), Dane.NONE, False),
    ],
)
def test_what_records_make_of_a_certificate(records: tuple[str, ...], state: Dane, expects_name: bool) -> None:
    assert _dane(*records) == (state, expects_name)


def test_an_authority_that_did_not_sign_what_is_below_it_is_none() -> None:
    assert _dane("2 0 1 " + "c1" * 32, chain=(OWN, LOOSE)) == (Dane.DIFFERS, False)


def test_unsigned_records_count_for_nothing_and_unvalidated_ones_are_unknown() -> None:
    assert _dane("3 1 1 " + "ee" * 32, security=Security.INSECURE) == (Dane.NONE, False)
    assert isinstance(_dane("3 1 1 " + "ee" * 32, security=Security.UNKNOWN), Unavailable)
    assert isinstance(_dane("3 1 1 " + "b1" * 32, security=Security.BROKEN), Unavailable)


def test_a_record_that_is_none() -> None:
    assert tlsa("3 1 1") is None
    assert tlsa("3 1 1 b1 B1") == Tlsa(3, 1, 1, "b1b1")


def test_who_may_issue_certificates() -> None:
    here = Answers([
        DnsLookup("www.shop.example", "CAA", DnsAnswer(Existence.NO_DATA)),
        DnsLookup(
            "shop.example", "CAA", DnsAnswer(Existence.FOUND, ('0 issue "letsencrypt.org; a=b"', '0 issuewild ";"', '0 iodef "mailto:a@b.c"'))
        ),
    ])  # fmt: skip
    assert issuers("www.shop.example", here, until="shop.example") == Issuers("shop.example", ("letsencrypt.org",), ())
    assert here.missing == {}


def test_nobody_said_who_may_issue_certificates() -> None:
    nobody = Answers([DnsLookup("shop.example", "CAA", DnsAnswer(Existence.NO_DATA))])
    assert issuers("shop.example", nobody, until="shop.example") is None
    assert issuers("shop.example", Answers([DnsLookup("shop.example", "CAA", SILENT)]), until="shop.example") is SILENT
