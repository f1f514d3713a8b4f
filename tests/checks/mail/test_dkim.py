"""DKIM: proven to be missing, never guessed; and keys that nobody should trust."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from checks.mail.dkim import dkim_missing, dkim_weak_key
from scanner import Confidence, Existence, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.testing import HOST, Zone, mail, mail_domain
from tests.checks.mail.keys import rsa_key as key

NO_KEYS: Zone = {f"TXT _domainkey.{HOST}": Existence.NO_NAME, f"TXT shop._domainkey.{HOST}": Existence.NO_NAME}


def weak(record: str | tuple[str, ...]) -> Verdict:
    records = (record,) if isinstance(record, str) else record
    return dkim_weak_key(mail(mail_domain({f"TXT shop._domainkey.{HOST}": records})))


def test_a_domain_in_order_passes() -> None:
    assert isinstance(dkim_missing(mail()), Passed)
    assert isinstance(dkim_weak_key(mail()), Passed)


def test_missing_only_where_it_is_proven_and_then_it_is_probable() -> None:
    verdict = dkim_missing(mail(mail_domain(NO_KEYS)))
    assert isinstance(verdict, Found)
    assert [(one.subject, one.confidence) for one in verdict.findings] == [(HOST, Confidence.PROBABLE)]
    unknown = {f"TXT shop._domainkey.{HOST}": Existence.NO_NAME}  # _domainkey is there: somebody has keys below it
    assert isinstance(dkim_missing(mail(mail_domain(unknown))), Inconclusive)
    denies = {**NO_KEYS, "TXT b.a.petalandstem.example": ("x",), "TXT a.petalandstem.example": Existence.NO_NAME}
    assert isinstance(dkim_missing(mail(mail_domain(denies))), Inconclusive)
    dark = {**NO_KEYS, f"TXT _domainkey.{HOST}": Unavailable("SERVFAIL")}
    assert dkim_missing(mail(mail_domain(dark))) == Inconclusive("SERVFAIL")


def test_who_sends_nothing_needs_none() -> None:
    for check in (dkim_missing, dkim_weak_key):
        assert isinstance(check(mail(mail_domain(NO_KEYS, sends=False))), NotApplicable)


def test_a_parked_domain_needs_none() -> None:
    """Its SPF record says that nobody sends; what names a server, or cannot be read, does not say so."""
    parked = {**NO_KEYS, f"TXT {HOST}": ("v=spf1 -all",)}
    for check in (dkim_missing, dkim_weak_key):
        assert check(mail(mail_domain(parked))) == NotApplicable(
            "Nobody writes in the name of this domain, as its SPF record says."
        )
    for record in ("v=spf1 ~all", "v=spf1 mx -all", "v=spf1 redirect=spf.example", "v=spf1 nonsense -all"):
        assert isinstance(dkim_missing(mail(mail_domain({**NO_KEYS, f"TXT {HOST}": (record,)}))), Found)
    assert isinstance(
        dkim_missing(mail(mail_domain({**parked, f"TXT _domainkey.{HOST}": Unavailable("SERVFAIL")}))), Inconclusive
    )


def test_without_keys_none_is_weak() -> None:
    assert isinstance(dkim_weak_key(mail(mail_domain(NO_KEYS))), NotApplicable)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (f"v=DKIM1; p={key(512)}", "512 bits"),
        (f"k=rsa; p={key(768)}", "768 bits"),
        (f"v=DKIM1; t=y; p={key(2048)}", "trial"),
        (f"v=DKIM1; h=sha1; p={key(2048)}", "SHA-1 only"),
        ("v=DKIM1; p=not!base64", "cannot be read"),
        ("v=DKIM1; k=rsa", "cannot be read"),
        (f"v=DKIM2; p={key(2048)}", "cannot be read"),
        ((f"v=DKIM1; p={key(2048)}", f"v=DKIM1; p={key(1024)}"), "more than once"),
    ],
)
def test_keys_that_nobody_should_trust(record: str | tuple[str, ...], said: str) -> None:
    verdict = weak(record)
    assert isinstance(verdict, Found)
    assert [one.subject for one in verdict.findings] == [f"{HOST} shop"]
    assert said in verdict.findings[0].shown


@pytest.mark.parametrize(
    "record", [f"v=DKIM1; p={key(1024)}", f"p={key(2048)}", f"v=DKIM1; h=sha1:sha256; t=s; p={key(4096)}", "v=DKIM1; p="]
)
def test_keys_that_are_well_and_one_that_was_called_back(record: str) -> None:
    assert isinstance(weak(record), Passed)


def test_an_ed25519_key_is_well() -> None:
    raw = (
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    assert isinstance(weak(f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"), Passed)


def test_only_called_back_keys_leave_it_open_whether_there_are_others() -> None:
    revoked = mail_domain({f"TXT shop._domainkey.{HOST}": ("v=DKIM1; p=",)})
    assert isinstance(dkim_missing(mail(revoked)), Inconclusive)


def test_a_key_that_could_not_be_asked_for_keeps_the_others_findings_at_their_own_place() -> None:
    zone = {f"TXT shop._domainkey.{HOST}": (f"p={key(512)}",), f"TXT news._domainkey.{HOST}": Unavailable("SERVFAIL")}
    verdict = dkim_weak_key(mail(mail_domain(zone, selectors=(("shop", "given"), ("news", "given")))))
    assert isinstance(verdict, Found)
    assert verdict.examined == (f"{HOST} shop",)
    whole = dkim_weak_key(mail(mail_domain({f"TXT shop._domainkey.{HOST}": (f"p={key(512)}",)})))
    assert isinstance(whole, Found)
    assert whole.findings[0].places == (f"{HOST} shop",)
    assert whole.examined == (HOST, f"{HOST} *", f"{HOST} shop")
