"""Mail servers: reachable, encrypting, with a certificate and a TLSA record that hold; and the policies that announce it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.mail.dane import mail_dane_broken, mail_dane_missing
from checks.mail.encryption import mail_certificate_invalid, mail_starttls_missing
from checks.mail.exchanges import mx_broken
from checks.mail.policies import mta_sts_broken, mta_sts_missing, tls_rpt_missing
from scanner import (
    Certificate,
    CertificateDigests,
    Closed,
    Existence,
    Found,
    Inconclusive,
    MailDomain,
    MailEncryption,
    MailServer,
    NotApplicable,
    Passed,
    Security,
    StsPolicy,
    Unavailable,
    Verdict,
)
from scanner.mail.answers import Answers
from scanner.mail.transport import sts_record, sts_rules
from scanner.testing import HOST, NOW, Zone, dns_lookups, knowledge, mail, mail_domain, mail_server, mail_talk

KNOWN = knowledge()
MX = f"mail.{HOST}"
TLSA = f"TLSA _25._tcp.{MX}"
NO_DANE: Zone = {TLSA: ()}
DARK = Unavailable("Port 25 cannot be reached from here.")
SHOWN = mail_talk().encryption
assert isinstance(SHOWN, MailEncryption)
CERTIFICATE = SHOWN.certificate
assert isinstance(CERTIFICATE, Certificate)
PLAIN = mail_talk(encryption=None)
KEY = "b1" * 32


def showing(**changed: object) -> MailServer:
    """The mail server with another certificate."""
    assert isinstance(SHOWN, MailEncryption)
    assert isinstance(CERTIFICATE, Certificate)
    return mail_server(talk=mail_talk(encryption=replace(SHOWN, certificate=replace(CERTIFICATE, **changed))))  # type: ignore[arg-type]


def at(domain: MailDomain, check: object) -> Verdict:
    return check(mail(domain), KNOWN)  # type: ignore[operator, no-any-return]  # a check


def subjects(verdict: Verdict) -> list[str]:
    assert isinstance(verdict, Found), verdict
    return [finding.subject for finding in verdict.findings]


SERVERS = [mail_starttls_missing, mail_certificate_invalid, mail_dane_missing, mail_dane_broken, mx_broken, mta_sts_broken]


@pytest.mark.parametrize("check", SERVERS)
def test_a_domain_in_order_passes(check: object) -> None:
    verdict = at(mail_domain(), check)
    assert isinstance(verdict, Passed)
    assert HOST in verdict.examined


def test_the_rest_of_a_domain_in_order_passes() -> None:
    assert isinstance(mta_sts_missing(mail()), Passed)
    assert isinstance(tls_rpt_missing(mail()), Passed)


@pytest.mark.parametrize("check", [mail_starttls_missing, mail_certificate_invalid, mail_dane_broken, mta_sts_broken])
def test_a_server_that_cannot_be_reached_says_nothing(check: object) -> None:
    assert at(mail_domain({}, mail_server(talk=DARK)), check) == Inconclusive(DARK.because)


@pytest.mark.parametrize("check", [mail_starttls_missing, mail_certificate_invalid, mail_dane_missing, mail_dane_broken])
def test_no_mail_server_needs_nothing(check: object) -> None:
    nobody = replace(mail_domain({f"MX {HOST}": ("0 .",)}), servers=())
    assert isinstance(at(nobody, check), NotApplicable)
    assert isinstance(mta_sts_missing(mail(nobody)), NotApplicable)
    assert isinstance(tls_rpt_missing(mail(nobody)), NotApplicable)


@pytest.mark.parametrize(
    "check", [mail_starttls_missing, mail_certificate_invalid, mail_dane_missing, mail_dane_broken, mx_broken]
)
def test_no_answer_about_mx_says_nothing(check: object) -> None:
    dark = replace(mail_domain({f"MX {HOST}": Unavailable("SERVFAIL")}), servers=())
    assert at(dark, check) == Inconclusive("SERVFAIL")
    assert mta_sts_missing(mail(dark)) == Inconclusive("SERVFAIL")


# --- encryption ----------------------------------------------------------------------------------------------------


def test_no_encryption_with_the_reply_and_whose_it_is() -> None:
    verdict = at(mail_domain({}, mail_server(talk=replace(PLAIN, because="454 4.7.0 TLS not available"))), mail_starttls_missing)
    assert subjects(verdict) == [f"{HOST} {MX}"]
    assert isinstance(verdict, Found)
    assert verdict.findings[0].places == (f"{HOST} {MX}",)
    assert verdict.examined == (HOST, f"{HOST} *", f"{HOST} {MX}")
    assert "454 4.7.0" in verdict.findings[0].shown
    theirs = at(mail_domain({}, mail_server("mx00.kundenserver.de", PLAIN)), mail_starttls_missing)
    assert isinstance(theirs, Found)
    assert "run by IONOS" in theirs.findings[0].shown


def test_one_server_that_could_not_be_reached_leaves_the_others_findings_alone() -> None:
    verdict = at(mail_domain({}, mail_server(talk=PLAIN), mail_server("mx2.petalandstem.example", DARK)), mail_starttls_missing)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].places == verdict.examined == (f"{HOST} {MX}",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"not_after": NOW - timedelta(days=1)}, "ran out"),
        ({"not_before": NOW + timedelta(days=1)}, "not valid before"),
        ({"trusted": False, "distrust": "self-signed certificate"}, "self-signed"),
        ({"covers": False, "names": ("other.example",)}, "issued for other.example"),
    ],
)
def test_certificates_that_prove_nothing(changed: dict[str, object], said: str) -> None:
    verdict = at(mail_domain(NO_DANE, showing(**changed)), mail_certificate_invalid)
    assert subjects(verdict) == [f"{HOST} {MX}"]
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    by_key = at(mail_domain({}, showing(**changed)), mail_certificate_invalid)  # 3 1 1 fits: name and dates do not count
    assert isinstance(by_key, Passed)
    theirs = replace(showing(**changed), host="mx1.hostpoint.ch")
    passed = at(mail_domain({**NO_DANE, "TLSA _25._tcp.mx1.hostpoint.ch": ()}, theirs), mail_certificate_invalid)
    assert isinstance(passed, Passed)
    assert "Only Hostpoint can change that." in (passed.because or "")


def test_what_could_not_be_verified_is_not_known() -> None:
    assert isinstance(
        at(mail_domain(NO_DANE, showing(trusted=Unavailable("No root certificates here."))), mail_certificate_invalid),
        Inconclusive,
    )
    assert isinstance(at(mail_domain({}, mail_server(talk=PLAIN)), mail_certificate_invalid), Passed)  # another rule's


# --- DANE ------------------------------------------------------------------------------------------------------------


def test_no_tlsa_record_with_one_for_the_key_that_was_seen() -> None:
    verdict = at(mail_domain(NO_DANE), mail_dane_missing)
    assert subjects(verdict) == [f"{HOST} {MX}"]
    assert isinstance(verdict, Found)
    assert verdict.findings[0].ready == f"_25._tcp.{MX}. 3600 IN TLSA 3 1 1 {KEY}"
    assert isinstance(at(mail_domain({TLSA: (f"3 1 1 {KEY}",)}), mail_dane_missing), Passed)
    google = mail_domain({"TLSA _25._tcp.aspmx.l.google.com": ()}, mail_server("aspmx.l.google.com"))
    assert isinstance(at(google, mail_dane_missing), Passed)


@pytest.mark.parametrize(
    ("security", "verdict"), [(Security.INSECURE, Passed), (Security.UNKNOWN, Inconclusive), (Security.BROKEN, Inconclusive)]
)
def test_only_validated_answers_count(security: Security, verdict: type) -> None:
    assert isinstance(at(mail_domain(NO_DANE, security=security), mail_dane_missing), verdict)
    broken = at(mail_domain({TLSA: (f"3 1 1 {'00' * 32}",)}, security=security), mail_dane_broken)
    assert not isinstance(broken, Found)


def test_records_in_an_unsigned_domain_and_records_that_nobody_reads_are_none() -> None:
    assert isinstance(at(mail_domain({}, security=Security.INSECURE), mail_dane_missing), Found)
    assert isinstance(at(mail_domain({TLSA: (f"1 1 1 {KEY}",)}), mail_dane_missing), Found)


@pytest.mark.parametrize(
    ("records", "broken"),
    [
        ((f"3 1 1 {KEY}",), False),
        ((f"3 1 2 {'b2' * 64}",), False),
        ((f"3 0 1 {'a1' * 32}",), False),
        ((f"3 1 1 {'00' * 32}", f"3 1 1 {KEY}"), False),
        ((f"3 1 1 {'00' * 32}",), True),
        ((f"3 0 1 {KEY}",), True),
        ((f"2 0 1 {'a1' * 32}",), False),
        ((f"2 1 1 {'00' * 32}",), True),
        ((f"1 1 1 {'00' * 32}",), False),
    ],
)
def test_the_key_that_was_announced_is_the_one_that_is_shown(records: tuple[str, ...], *, broken: bool) -> None:
    verdict = at(mail_domain({TLSA: records}), mail_dane_broken)
    assert isinstance(verdict, Found if broken else Passed)
    if isinstance(verdict, Found):
        assert verdict.findings[0].ready.endswith(f" TLSA 3 1 1 {KEY}")


def test_usage_2_asks_for_name_and_dates_and_usage_3_does_not() -> None:
    old = showing(not_after=NOW - timedelta(days=1))
    assert isinstance(at(mail_domain({TLSA: (f"2 0 1 {'a1' * 32}",)}, old), mail_dane_broken), Found)
    assert isinstance(at(mail_domain({TLSA: (f"3 0 1 {'a1' * 32}",)}, old), mail_dane_broken), Passed)
    unknown_root = showing(trusted=False, distrust="its issuer is unknown")
    assert isinstance(at(mail_domain({TLSA: (f"2 0 1 {'a1' * 32}",)}, unknown_root), mail_dane_broken), Passed)


def test_a_server_that_announces_encryption_and_offers_none() -> None:
    assert isinstance(at(mail_domain({}, mail_server(talk=PLAIN)), mail_dane_broken), Found)
    assert isinstance(at(mail_domain({TLSA: Unavailable("SERVFAIL")}), mail_dane_broken), Inconclusive)


def test_another_certificate_of_the_chain_fits_usage_2_only() -> None:
    above = CertificateDigests("c1" * 32, "c2" * 64, "d1" * 32, "d2" * 64)
    assert isinstance(SHOWN, MailEncryption)
    chained = mail_server(talk=mail_talk(encryption=replace(SHOWN, chain=(*SHOWN.chain, above))))
    assert isinstance(at(mail_domain({TLSA: (f"2 0 1 {'c1' * 32}",)}, chained), mail_dane_broken), Passed)
    assert isinstance(at(mail_domain({TLSA: (f"3 0 1 {'c1' * 32}",)}, chained), mail_dane_broken), Found)


# --- MTA-STS and reports -----------------------------------------------------------------------------------------------

STS = f"TXT _mta-sts.{HOST}"


def policy(*mx: str, mode: str = "enforce", age: str = "604800", version: str = "STSv1") -> StsPolicy:
    lines = [f"version: {version}", f"mode: {mode}", *(f"mx: {one}" for one in mx or (MX,)), f"max_age: {age}"]
    return StsPolicy(200, "\r\n".join(lines))


def test_no_policy_with_record_and_file_made_from_the_mx_records() -> None:
    zone = {STS: (), TLSA: (), f"MX {HOST}": (f"10 {MX}", "20 mx2.petalandstem.example")}
    verdict = mta_sts_missing(mail(mail_domain(zone, policy=None)))
    assert subjects(verdict) == [HOST]
    assert isinstance(verdict, Found)
    line, _, file = verdict.findings[0].ready.partition("\n\n")
    value = line.partition("TXT ")[2].strip('"')
    record = sts_record(HOST, Answers(dns_lookups({STS: (value,)})))
    assert record is not None
    assert not isinstance(record, Unavailable)
    assert record.fault is None
    rules = sts_rules(file)
    assert (rules.mode, rules.faults, rules.patterns) == ("testing", (), (MX, "mx2.petalandstem.example"))
    again = mail_domain(
        {**zone, STS: (value,)}, mail_server(), mail_server("mx2.petalandstem.example"), policy=StsPolicy(200, file)
    )
    assert isinstance(mta_sts_missing(mail(again)), Passed)
    assert not isinstance(at(mail_domain({**zone, STS: (value,)}, policy=StsPolicy(200, file)), mta_sts_broken), Found)


def test_dane_on_each_server_says_the_same_and_a_policy_of_none_says_nothing() -> None:
    assert isinstance(mta_sts_missing(mail(mail_domain({STS: ()}, policy=None))), Passed)
    assert isinstance(mta_sts_missing(mail(mail_domain({}, policy=policy(mode="none")))), Found)
    assert mta_sts_missing(mail(mail_domain({STS: Unavailable("SERVFAIL")}, policy=None))) == Inconclusive("SERVFAIL")


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (StsPolicy(404), "answers 404"),
        (StsPolicy(301), "answers 301"),
        (StsPolicy(0, because="its certificate is for another name"), "another name"),
        (policy(version="STSv2"), "“version: STSv1”"),
        (policy(mode="strict"), "“strict”"),
        (policy(age="a week"), "“a week”"),
        (policy("other.example"), f"does not name {MX}"),
        (policy("*.example"), "“*.example”"),
        (policy("*.other.example"), f"does not name {MX}"),
        (policy("other.example", mode="testing"), "no mail is held back yet"),
        (StsPolicy(200, "<html>Not found</html>"), "“version: STSv1”"),
        (StsPolicy(200, "version: STSv1\nmode: enforce\nmax_age: 604800\n"), "names no mail server"),
    ],
)
def test_a_policy_that_does_not_hold(shown: StsPolicy, said: str) -> None:
    verdict = at(mail_domain({}, policy=shown), mta_sts_broken)
    assert subjects(verdict) == [HOST]
    assert isinstance(verdict, Found)
    assert said in verdict.findings[0].shown
    assert f"mx: {MX}" in verdict.findings[0].ready


@pytest.mark.parametrize("shown", [policy(), policy(f"*.{HOST}"), policy("other.example", MX), policy(mode="none")])
def test_a_policy_that_holds(shown: StsPolicy) -> None:
    assert isinstance(at(mail_domain({}, policy=shown), mta_sts_broken), Passed)


def test_what_a_policy_promises_is_looked_at_at_the_servers() -> None:
    assert isinstance(at(mail_domain({}, showing(covers=False)), mta_sts_broken), Found)
    assert isinstance(at(mail_domain({}, mail_server(talk=PLAIN)), mta_sts_broken), Found)
    assert isinstance(at(mail_domain({}, policy=Unavailable("It did not answer.")), mta_sts_broken), Inconclusive)
    assert isinstance(at(mail_domain({STS: ()}, policy=None), mta_sts_broken), NotApplicable)


@pytest.mark.parametrize("records", [("v=STSv1; id=",), ("v=STSv1",), ("v=STSv1; id=1", "v=STSv1; id=2")])
def test_a_record_that_announces_nothing(records: tuple[str, ...]) -> None:
    assert isinstance(at(mail_domain({STS: records}), mta_sts_broken), Found)


def test_reports_matter_where_encryption_is_announced() -> None:
    none = {f"TXT _smtp._tls.{HOST}": ()}
    verdict = tls_rpt_missing(mail(mail_domain(none)))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].ready == f'_smtp._tls.{HOST}. 3600 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@{HOST}"'
    assert isinstance(tls_rpt_missing(mail(mail_domain({**none, STS: (), TLSA: ()}, policy=None))), NotApplicable)
    assert isinstance(tls_rpt_missing(mail(mail_domain({**none, STS: ()}, policy=None))), Found)  # by DANE
    assert isinstance(tls_rpt_missing(mail(mail_domain({f"TXT _smtp._tls.{HOST}": ("v=TLSRPTv1; rua=nobody",)}))), Found)
    assert isinstance(tls_rpt_missing(mail(mail_domain({f"TXT _smtp._tls.{HOST}": Unavailable("SERVFAIL")}))), Inconclusive)


# --- MX --------------------------------------------------------------------------------------------------------------


def test_records_that_lead_to_no_server() -> None:
    gone = at(mail_domain({}, mail_server(addresses=())), mx_broken)
    assert subjects(gone) == [f"{HOST} {MX}"]
    number = at(mail_domain({f"MX {HOST}": (f"10 {MX}", "20 192.0.2.7")}), mx_broken)
    assert subjects(number) == [f"{HOST} 192.0.2.7"]
    both = at(mail_domain({f"MX {HOST}": ("0 ", f"10 {MX}")}), mx_broken)
    assert subjects(both) == [f"{HOST} ."]


def test_nobody_who_takes_mail_and_one_of_two_that_is_closed_on_purpose() -> None:
    closed = Closed("The connection was refused.")
    assert subjects(at(mail_domain({}, mail_server(talk=closed)), mx_broken)) == [f"{HOST} {MX}"]
    two = mail_domain({}, mail_server("mx0.petalandstem.example", closed), mail_server())
    assert isinstance(at(two, mx_broken), Passed)


@pytest.mark.parametrize("answer", [("0 .",), Existence.NO_DATA, Existence.NO_NAME])
def test_a_domain_that_takes_no_mail(answer: tuple[str, ...] | Existence) -> None:
    assert isinstance(at(replace(mail_domain({f"MX {HOST}": answer}), servers=()), mx_broken), Passed)


def test_what_cannot_be_reached_from_here_may_well_be_there() -> None:
    assert isinstance(at(mail_domain({}, mail_server(talk=DARK)), mx_broken), Passed)
    assert isinstance(at(mail_domain({}, mail_server(addresses=Unavailable("SERVFAIL"))), mx_broken), Inconclusive)
