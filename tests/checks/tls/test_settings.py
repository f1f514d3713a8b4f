"""Protocols, ciphers and known attacks."""

import pytest

from checks.tls.settings import (
    MOST_SUITES,
    tls_dated_cipher,
    tls_legacy_protocol,
    tls_no_tls13,
    tls_vulnerability,
    tls_weak_cipher,
)
from scanner import Found, Inconclusive, NotApplicable, Passed, TlsCipher, Unavailable, Verdict
from scanner.rules import renames
from scanner.rules.rule import rule_of
from scanner.testing import HOST, TWIN, installation, installations, tls_endpoint, tls_scan

OWN = installations()
RULES = [rule for check in (tls_weak_cipher, tls_dated_cipher) if (rule := rule_of(check))]
SILENT = Unavailable("silent")


def subjects(verdict: Verdict) -> list[str]:
    assert isinstance(verdict, Found | Passed), verdict
    return [finding.subject for finding in verdict.findings] if isinstance(verdict, Found) else []


def test_a_healthy_shop_passes() -> None:
    good = tls_scan()
    verdicts = [rule(good, OWN) for rule in (tls_legacy_protocol, tls_weak_cipher, tls_dated_cipher, tls_no_tls13)]
    assert [*verdicts, tls_vulnerability(good)] == [Passed((HOST, TWIN))] * 5


def test_old_protocols() -> None:
    scan = tls_scan(
        tls_endpoint(protocols={"TLS 1.0": ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"], "SSL 3.0": ["TLS_RSA_WITH_RC4_128_SHA"]})
    )
    assert subjects(tls_legacy_protocol(scan, OWN)) == [f"{HOST} SSL 3.0", f"{HOST} TLS 1.0"]
    assert subjects(tls_weak_cipher(scan, OWN)) == [HOST]
    assert subjects(tls_dated_cipher(scan, OWN)) == []  # CBC is the old protocol's own matter


WEAK, DATED, FINE = "weak", "dated", "fine"


@pytest.mark.parametrize(
    ("cipher", "kind"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", FINE),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", FINE),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 2048), FINE),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 1024), WEAK),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 1024), WEAK),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 2048), DATED),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", DATED),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", DATED),
        ("TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", DATED),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", DATED),
        ("TLS_RSA_WITH_SEED_CBC_SHA", DATED),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", WEAK),
        ("TLS_DHE_RSA_WITH_DES_CBC_SHA", WEAK),
        ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", WEAK),
        ("TLS_RSA_WITH_IDEA_CBC_SHA", WEAK),
        ("TLS_RSA_WITH_RC4_128_MD5", WEAK),
        ("TLS_RSA_WITH_NULL_SHA256", WEAK),
        ("TLS_NULL_WITH_NULL_NULL", WEAK),
        ("TLS_DH_anon_WITH_AES_128_GCM_SHA256", WEAK),
        ("TLS_ECDH_anon_WITH_AES_256_CBC_SHA", WEAK),
        ("TLS_SOMETHING_NOBODY_KNOWS", DATED),
    ],
)
def test_ciphers(cipher: str | TlsCipher, kind: str) -> None:
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.2": [cipher]}))
    assert subjects(tls_weak_cipher(scan, OWN)) == ([HOST] if kind == WEAK else [])
    assert subjects(tls_dated_cipher(scan, OWN)) == ([HOST] if kind == DATED else [])


def test_all_suites_of_a_host_are_one_finding() -> None:
    names = [f"TLS_ECDHE_RSA_WITH_CIPHER_{number}_CBC_SHA" for number in range(12)]
    both = [tls_endpoint(host, protocols={"TLS 1.2": [*names, "TLS_RSA_WITH_AES_128_CBC_SHA"]}) for host in (HOST, TWIN)]
    verdict = tls_dated_cipher(tls_scan(*both, *both), OWN)
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [HOST, TWIN]
    shown = verdict.findings[0].shown
    assert shown.startswith(f"{HOST} accepts suites outside Mozilla's intermediate profile: {names[0]}, ")
    assert f"{names[MOST_SUITES - 1]} and {12 - MOST_SUITES} more." in shown
    assert shown.endswith(f" {HOST} accepts suites without forward secrecy: TLS_RSA_WITH_AES_128_CBC_SHA.")


def test_what_stood_in_one_rule_before_is_told_apart() -> None:
    def today(old: str) -> set[str]:
        return {rule for rule, subject in renames.today("tls-weak-cipher", old, RULES) if subject == HOST}

    assert today(f"{HOST} TLS_RSA_WITH_3DES_EDE_CBC_SHA") == {"tls-weak-cipher"}
    assert today(f"{HOST} TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA") == {"tls-dated-cipher"}
    assert today(f"{HOST} TLS_DHE_RSA_WITH_AES_128_GCM_SHA256") == {"tls-weak-cipher"}
    assert today(f"{HOST} TLS_DHE_RSA_WITH_AES_128_CBC_SHA") == {"tls-weak-cipher", "tls-dated-cipher"}


def test_the_ccm_suites_of_tls_1_3_are_left_alone() -> None:
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.3": ["TLS_AES_128_CCM_SHA256"]}))
    assert subjects(tls_weak_cipher(scan, OWN)) == subjects(tls_dated_cipher(scan, OWN)) == []


def test_attacks() -> None:
    scan = tls_scan(tls_endpoint(weaknesses={"heartbleed": True, "robot": SILENT}))
    verdict = tls_vulnerability(scan)
    assert subjects(verdict) == [f"{HOST} heartbleed"]
    assert isinstance(verdict, Found)
    assert verdict.findings[0].places == (HOST,)
    assert verdict.findings[0].shown.startswith("Heartbleed (CVE-2014-0160)")
    assert tls_vulnerability(tls_scan(tls_endpoint(weaknesses={"robot": SILENT}))) == Inconclusive("silent")


def test_tls_1_3_missing() -> None:
    assert subjects(tls_no_tls13(tls_scan(tls_endpoint(protocols={"TLS 1.3": ()})), OWN)) == [HOST]
    assert tls_no_tls13(tls_scan(tls_endpoint(protocols={"TLS 1.3": SILENT})), OWN) == Inconclusive("silent")


def test_what_could_not_be_seen_is_unknown() -> None:
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.0": SILENT}), tls_endpoint(TWIN))
    assert tls_legacy_protocol(scan, OWN) == Inconclusive("silent", (TWIN,))
    assert tls_weak_cipher(scan, OWN) == Inconclusive("silent", (TWIN,))
    assert tls_dated_cipher(scan, OWN) == Passed((TWIN,))  # it asks for TLS 1.2 alone
    unseen = tls_scan(tls_endpoint(), unseen=((TWIN, SILENT),))
    assert tls_vulnerability(unseen) == Inconclusive("silent", (HOST,))


def test_a_hosted_platforms_settings_are_not_the_owners() -> None:
    hosted = installations(installation("shopify", hosted=True))
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.0": ["TLS_RSA_WITH_3DES_EDE_CBC_SHA"], "TLS 1.3": ()}))
    for rule in (tls_legacy_protocol, tls_weak_cipher, tls_no_tls13):
        assert isinstance(rule(scan, hosted), NotApplicable)
        assert isinstance(rule(scan, SILENT), Found)
