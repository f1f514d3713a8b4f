"""Letters read, and their senders proven by what name servers say: with a signature of our own, and a zone that the test knows."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from checks.letter.sender import letter_unauthenticated
from scanner.evidence import AuthResult, DnsAnswer, Existence, Letter, Letters, Unavailable
from scanner.gatherers.letters import letters as module
from scanner.gatherers.letters.errands import CHANGED
from scanner.gatherers.letters.letters import LetterPlace, LetterPlan, read_letters
from scanner.rules.verdicts import Confidence, Found, Inconclusive, Passed
from scanner.testing import NOW
from tests.here import Here

MAIL = b"""Return-Path: <bounce@mail.service.example>
Received: from out.service.example (out.service.example [192.0.2.7]) by mx.mailbox.example with ESMTPS id 1; Thu, 19 Nov 2026 10:00:01 +0100
From: Petal <news@petalandstem.example>
To: anna@mailbox.example
Subject: 20% off roses
Date: Thu, 19 Nov 2026 10:00:00 +0100

Roses!
"""
SPF = {("mail.service.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",)}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("apart") is None:
        monkeypatch.setattr(module, "CHILDREN", Here("scanner.gatherers.letters.errands"))


@cache
def key() -> tuple[bytes, str]:
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(domain: str, mail: bytes = MAIL) -> bytes:
    covered = [b"from", b"to", b"subject", b"date"]
    return bytes(dkim.sign(mail, b"shop", domain.encode(), key()[0], include_headers=covered)) + mail


def keyed(domain: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(f"shop._domainkey.{domain}", "TXT"): (key()[1],)}


async def read(
    tmp_path: Path,
    raw: bytes,
    zone: Mapping[tuple[str, str], tuple[str, ...] | None],
    *,
    later: timedelta = timedelta(),
    authserv_id: str = "",
) -> Letters:
    """zone: None where nobody answers."""

    async def ask(name: str, kind: str) -> DnsAnswer | Unavailable:
        records = zone.get((name, kind), ())
        if records is None:
            return Unavailable(f"The name servers gave no clear answer about {name} (Timeout).")
        return DnsAnswer(Existence.FOUND if records else Existence.NO_NAME, records)

    file = tmp_path / "a.eml"
    file.write_bytes(raw)
    return await read_letters(LetterPlan((LetterPlace(file, "a.eml", authserv_id=authserv_id),), ask), NOW + later)


def only(seen: Letters) -> Letter:
    assert seen.unread == ()
    (letter,) = seen.letters
    return letter


async def test_a_signature_of_the_own_domain_is_a_proof(tmp_path: Path) -> None:
    seen = await read(tmp_path, signed("petalandstem.example"), {**SPF, **keyed("petalandstem.example")})
    sender = only(seen).sender
    assert [(one.result, one.aligned, one.key, one.why) for one in sender.signatures] == [(AuthResult.PASS, True, True, "")]
    assert (sender.spf, sender.spf_aligned) == (AuthResult.PASS, False)
    assert isinstance(letter_unauthenticated(seen), Passed)


async def test_one_of_the_service_is_none(tmp_path: Path) -> None:
    seen = await read(tmp_path, signed("service.example"), {**SPF, **keyed("service.example")})
    verdict = letter_unauthenticated(seen)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == (
        "It is signed by another domain: service.example. SPF speaks of another domain: mail.service.example."
    )


async def test_a_changed_letter_is_only_possibly_forged(tmp_path: Path) -> None:
    changed = signed("petalandstem.example").replace(b"Roses!", b"Tulips!")
    seen = await read(tmp_path, changed, {**SPF, **keyed("petalandstem.example")})
    verdict = letter_unauthenticated(seen)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE
    assert CHANGED in verdict.findings[0].shown


@pytest.mark.parametrize(
    ("records", "later", "kind"),
    [((), 0, Found), ((), 200, Inconclusive), (None, 0, Inconclusive)],
    ids=["gone", "old", "silent"],
)
async def test_a_key_that_is_not_there(tmp_path: Path, records: tuple[str, ...] | None, later: int, kind: type) -> None:
    zone = {**SPF, ("shop._domainkey.petalandstem.example", "TXT"): records}
    seen = await read(tmp_path, signed("petalandstem.example"), zone, later=timedelta(days=later))
    assert isinstance(letter_unauthenticated(seen), kind)


async def test_strict_alignment_is_honoured(tmp_path: Path) -> None:
    zone = {**SPF, **keyed("mail.petalandstem.example"), ("_dmarc.petalandstem.example", "TXT"): ("v=DMARC1; p=reject; adkim=s",)}
    seen = await read(tmp_path, signed("mail.petalandstem.example"), zone)
    assert only(seen).sender.policy == "reject"
    assert isinstance(letter_unauthenticated(seen), Found)
    relaxed = {key: records for key, records in zone.items() if not key[0].startswith("_dmarc")}
    assert isinstance(letter_unauthenticated(await read(tmp_path, signed("mail.petalandstem.example"), relaxed)), Passed)


async def test_spf_for_the_own_domain_is_a_proof(tmp_path: Path) -> None:
    own = MAIL.replace(b"mail.service.example", b"bounce.petalandstem.example")
    for networks, kind in (("ip4:192.0.2.7", Passed), ("ip4:192.0.2.8", Found)):
        zone = {("bounce.petalandstem.example", "TXT"): (f"v=spf1 {networks} -all",)}
        assert isinstance(letter_unauthenticated(await read(tmp_path, own, zone)), kind)


async def test_name_servers_that_are_silent_are_asked_no_more(tmp_path: Path) -> None:
    asked: list[str] = []

    async def ask(name: str, _kind: str) -> DnsAnswer | Unavailable:
        asked.append(name)
        return Unavailable("No answer.")

    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.eml").write_bytes(signed(f"d{number}.example"))
    seen = await read_letters(LetterPlan((LetterPlace(folder, "letters"),), ask), NOW)
    assert (len(seen.letters), len(asked)) == (5, 2)


async def test_a_believed_host_needs_no_name_server(tmp_path: Path) -> None:
    results = b"Authentication-Results: mx.mailbox.example; dmarc=pass header.from=petalandstem.example\n"
    silent = dict.fromkeys([("_dmarc.petalandstem.example", "TXT")])
    assert isinstance(
        letter_unauthenticated(await read(tmp_path, results + MAIL, silent, authserv_id="mx.mailbox.example")), Passed
    )


@pytest.mark.apart
async def test_a_real_child_reads_and_tries_signatures(tmp_path: Path) -> None:
    seen = await read(tmp_path, signed("petalandstem.example"), keyed("petalandstem.example"))
    assert isinstance(letter_unauthenticated(seen), Passed)


async def test_what_cannot_be_read_hides_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "a.eml").write_bytes(MAIL)
    (folder / "b.eml").write_bytes(b"%PDF-1.7")
    seen = await read_letters(LetterPlan((LetterPlace(folder, "letters"), LetterPlace(tmp_path / "none", "none"))), NOW)
    assert [one.file for one in seen.letters] == ["letters/a.eml"]
    assert [one.because.split(";")[0] for one in seen.unread] == [
        "letters/b.eml: is an archive or a document",
        "none: cannot be read (No such file or directory)",
    ]
