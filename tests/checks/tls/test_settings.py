"""Protocols, ciphers and known attacks."""

import pytest

from checks.tls.settings import tls_legacy_protocol, tls_no_tls13, tls_vulnerability, tls_weak_cipher
from scanner import Found, Inconclusive, NotApplicable, Passed, TlsCipher, Unavailable, Verdict
from scanner.testing import HOST, TWIN, installation, installations, tls_endpoint, tls_scan

OWN = installations()
SILENT = Unavailable("silent")


def subjects(verdict: Verdict) -> list[str]:
    assert isinstance(verdict, Found | Passed), verdict
    return [finding.subject for finding in verdict.findings] if isinstance(verdict, Found) else []


def test_a_healthy_shop_passes() -> None:
    good = tls_scan()
    verdicts = [tls_legacy_protocol(good, OWN), tls_weak_cipher(good, OWN), tls_vulnerability(good), tls_no_tls13(good, OWN)]
    assert verdicts == [Passed((HOST, TWIN))] * 4


def test_old_protocols() -> None:
    scan = tls_scan(
        tls_endpoint(protocols={"TLS 1.0": ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"], "SSL 3.0": ["TLS_RSA_WITH_RC4_128_SHA"]})
    )
    assert subjects(tls_legacy_protocol(scan, OWN)) == [f"{HOST} SSL 3.0", f"{HOST} TLS 1.0"]
    assert subjects(tls_weak_cipher(scan, OWN)) == [f"{HOST} TLS_RSA_WITH_RC4_128_SHA"]  # CBC is the old protocol's own matter


@pytest.mark.parametrize(
    ("cipher", "weak"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", False),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", False),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 2048), False),
        (TlsCipher("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 1024), True),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", True),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", True),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", True),
        ("TLS_RSA_WITH_NULL_SHA256", True),
        ("TLS_DH_anon_WITH_AES_128_GCM_SHA256", True),
        ("TLS_SOMETHING_NOBODY_KNOWS", True),
    ],
)
def test_ciphers(cipher: str | TlsCipher, weak: bool) -> None:
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.2": [cipher]}))
    name = cipher if isinstance(cipher, str) else cipher.name
    assert subjects(tls_weak_cipher(scan, OWN)) == ([f"{HOST} {name}"] if weak else [])


def test_the_ccm_suites_of_tls_1_3_are_left_alone() -> None:
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.3": ["TLS_AES_128_CCM_SHA256"]}))
    assert subjects(tls_weak_cipher(scan, OWN)) == []


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
    unseen = tls_scan(tls_endpoint(), unseen=((TWIN, SILENT),))
    assert tls_vulnerability(unseen) == Inconclusive("silent", (HOST,))


def test_a_hosted_platforms_settings_are_not_the_owners() -> None:
    hosted = installations(installation("shopify", hosted=True))
    scan = tls_scan(tls_endpoint(protocols={"TLS 1.0": ["TLS_RSA_WITH_3DES_EDE_CBC_SHA"], "TLS 1.3": ()}))
    for rule in (tls_legacy_protocol, tls_weak_cipher, tls_no_tls13):
        assert isinstance(rule(scan, hosted), NotApplicable)
        assert isinstance(rule(scan, SILENT), Found)
