"""Certificates: dates, trust, names, strength."""

import pytest

from checks.tls.certificates import (
    tls_certificate_expired,
    tls_certificate_expiring,
    tls_certificate_name_mismatch,
    tls_certificate_untrusted,
    tls_certificate_weak_key,
)
from scanner import Certificate, Found, Inconclusive, Passed, Unavailable
from scanner.gatherers.tls.certificates import covers
from scanner.testing import HOST, TWIN, certificate, tls_endpoint, tls_scan

RULES = (
    tls_certificate_expired,
    tls_certificate_expiring,
    tls_certificate_untrusted,
    tls_certificate_name_mismatch,
    tls_certificate_weak_key,
)


def complaint(cert: Certificate) -> str:
    """The only rule that complains; empty where all pass."""
    verdicts = {rule.__name__: rule(tls_scan(tls_endpoint(HOST, cert))) for rule in RULES}
    found = [name for name, verdict in verdicts.items() if isinstance(verdict, Found)]
    assert all(isinstance(verdict, Found | Passed) for verdict in verdicts.values())
    assert len(found) <= 1
    return found[0].removeprefix("tls_certificate_") if found else ""


def test_a_healthy_shop_passes() -> None:
    assert [rule(tls_scan()) for rule in RULES] == [Passed((HOST, TWIN))] * 5


@pytest.mark.parametrize(
    ("left", "lifetime", "expected"),
    [
        (60, 90, ""),
        (15.1, 90, ""),
        (14.9, 90, "expiring"),
        (14.1, 365, ""),
        (13.9, 365, "expiring"),
        (13.9, 60, "expiring"),
        (0.1, 365, "expiring"),
        (3, 6, ""),
        (1.1, 6, ""),
        (0.9, 6, "expiring"),
        (-0.1, 90, "expired"),
        (-4000, 365, "expired"),
        (95, 90, "expired"),
    ],
)
def test_dates(left: float, lifetime: float, expected: str) -> None:
    assert complaint(certificate(days_left=left, lifetime_days=lifetime)) == expected


def test_what_is_said_about_dates_never_stands_in_the_subject() -> None:
    verdict = tls_certificate_expiring(tls_scan(tls_endpoint(HOST, certificate(days_left=3.5))))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places, finding.locations) == (HOST, (HOST,), (f"https://{HOST}/",))
    assert finding.shown == "The certificate runs out on 23 November 2026: 3 days left of 90."


@pytest.mark.parametrize(
    ("cert", "expected"),
    [
        (certificate(trusted=False, distrust="the certificate is signed by itself"), "untrusted"),
        (certificate(covers=False, names=()), "name_mismatch"),
        (certificate(covers=False, names=[f"{number}.example" for number in range(200)]), "name_mismatch"),
        (certificate(key="RSA", bits=1024), "weak_key"),
        (certificate(key="RSA", bits=2048), ""),
        (certificate(key="Ed25519", bits=256, signatures=("none",)), ""),
        (certificate(signatures=("sha1",)), "weak_key"),
        (certificate(signatures=("sha256", "md5")), "weak_key"),
    ],
)
def test_one_rule_a_problem(cert: Certificate, expected: str) -> None:
    assert complaint(cert) == expected


def test_the_worst_certificate_of_any_address_counts() -> None:
    old = certificate(days_left=-1)
    scan = tls_scan(tls_endpoint(HOST), tls_endpoint(HOST, certificate(), old, address="2001:db8::7"), tls_endpoint(TWIN))
    verdict = tls_certificate_expired(scan)
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [HOST]
    assert verdict.examined == (HOST, TWIN)


def test_what_could_not_be_seen_is_unknown() -> None:
    dark = tls_endpoint(HOST, Unavailable("broke off"))
    assert [rule(tls_scan(dark, tls_endpoint(TWIN))) for rule in RULES] == [Inconclusive("broke off", (TWIN,))] * 5
    found = tls_certificate_expired(tls_scan(dark, tls_endpoint(TWIN, certificate(days_left=-1))))
    assert isinstance(found, Found)
    assert found.examined == (TWIN,)
    scan = tls_scan(tls_endpoint(HOST), unseen=((TWIN, Unavailable("silent")),))
    assert tls_certificate_expired(scan) == Inconclusive("silent", (HOST,))
    unverified = tls_scan(tls_endpoint(HOST, certificate(trusted=Unavailable("cut"))))
    assert tls_certificate_untrusted(unverified) == Inconclusive("cut", (HOST,))
    assert isinstance(tls_certificate_name_mismatch(unverified), Passed)


@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        (("shop.example",), "shop.example", True),
        (("shop.example.",), "SHOP.example", True),
        (("*.shop.example",), "www.shop.example", True),
        (("*.shop.example",), "shop.example", False),
        (("*.shop.example",), "a.b.shop.example", False),
        (("w*.shop.example",), "www.shop.example", False),
        (("*.example",), "shop.example", False),
        (("*",), "shop.example", False),
        (("shop.example.evil",), "shop.example", False),
        (("192.0.2.7",), "192.0.2.7", True),
        (("2001:db8::7",), "2001:DB8:0::7", True),
        (("*.0.2.7",), "192.0.2.7", False),
        ((), "shop.example", False),
    ],
)
def test_which_names_a_certificate_covers(names: tuple[str, ...], host: str, expected: bool) -> None:
    assert covers(names, host) is expected
