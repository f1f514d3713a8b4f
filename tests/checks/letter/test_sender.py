"""Who sent a letter, by proof, and whether it travelled encrypted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.letter.sender import NEVER_SENT, letter_hop_unencrypted, letter_unauthenticated
from scanner.evidence import AuthResult, Believed, Letter, LetterHop, LetterSender, LetterSignature, Unavailable
from scanner.rules.verdicts import Confidence, Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.testing import letter, letters

OWN = LetterSignature("petalandstem.example", "shop", AuthResult.PASS, aligned=True, key=True)
SERVICE = LetterSignature("news-service.example", "k1", AuthResult.PASS, key=True)
NOBODY = LetterSender("news-service.example", "192.0.2.7", AuthResult.PASS)


FORGED = "The letter has no DKIM signature. SPF speaks of another domain: news-service.example."


@pytest.mark.parametrize(("policy", "more"), [("", ""), ("none", ""), (Unavailable("No answer."), "")] + [
    (policy, f" The domain itself asks receivers to stop such letters (DMARC p={policy}).") for policy in ("quarantine", "reject")
])  # fmt: skip
def test_what_the_domain_asks_of_receivers_is_said(policy: str | Unavailable, more: str) -> None:
    verdict = judged(replace(NOBODY, policy=policy))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == FORGED + more


def judged(sender: LetterSender, **seen: Any) -> Verdict:
    return letter_unauthenticated(letters(letter(sender=sender, **seen)))


@pytest.mark.parametrize(
    "sender",
    [
        replace(NOBODY, signatures=(SERVICE, OWN)),
        replace(NOBODY, spf_aligned=True, envelope="bounce.petalandstem.example"),
        replace(NOBODY, believed=(Believed("dmarc", "pass", "petalandstem.example", aligned=True),)),
        replace(NOBODY, believed=(Believed("dkim", "pass", "petalandstem.example", aligned=True), Believed("spf", "fail"))),
    ],
)
def test_one_proof_for_the_own_domain_is_enough(sender: LetterSender) -> None:
    assert isinstance(judged(sender), Passed)


@pytest.mark.parametrize(
    ("sender", "confidence", "words"),
    [
        (
            replace(NOBODY, signatures=(SERVICE,)),
            Confidence.PROBABLE,
            "It is signed by another domain: news-service.example. SPF speaks of another domain: news-service.example.",
        ),
        (
            replace(
                NOBODY,
                spf=AuthResult.FAIL,
                spf_aligned=True,
                spf_why="The SPF record of petalandstem.example does not allow 192.0.2.7.",
            ),
            Confidence.PROBABLE,
            "The letter has no DKIM signature. The SPF record of petalandstem.example does not allow 192.0.2.7.",
        ),
        (
            replace(NOBODY, signatures=(replace(OWN, result=AuthResult.FAIL, why="It does not fit."),)),
            Confidence.POSSIBLE,
            "It does not fit. SPF speaks of another domain: news-service.example.",
        ),
        (
            replace(NOBODY, believed=(Believed("spf", "pass", "news-service.example"), Believed("dmarc", "fail"))),
            Confidence.CERTAIN,
            "The receiving host says: spf=pass (news-service.example), dmarc=fail.",
        ),
    ],
)
def test_a_proof_for_another_domain_is_none(sender: LetterSender, confidence: Confidence, words: str) -> None:
    verdict = judged(sender)
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].shown, verdict.findings[0].confidence) == (words, confidence)


@pytest.mark.parametrize(
    ("sender", "seen", "because"),
    [
        (LetterSender(), {"delivered": False}, NEVER_SENT),
        (replace(NOBODY, signatures=(replace(OWN, result=AuthResult.EXPIRED, why="Over."),)), {}, "Over."),
        (replace(NOBODY, spf=AuthResult.UNKNOWN, spf_aligned=True, spf_why="No answer."), {}, "No answer."),
        (replace(NOBODY, believed=(Believed("spf", "temperror"),)), {}, "The receiving host could not ask"),
        (LetterSender(), {}, "The letter does not say which server"),
    ],
)
def test_what_nobody_knows_is_neither_good_nor_bad(sender: LetterSender, seen: dict[str, Any], because: str) -> None:
    verdict = judged(sender, **seen)
    assert isinstance(verdict, Inconclusive)
    assert verdict.because.startswith(because)
    assert verdict.examined == ()


def hopped(*hops: LetterHop, **seen: Any) -> Verdict:
    return letter_hop_unencrypted(letters(letter(hops=hops, **seen)))


def test_each_step_without_encryption_is_named() -> None:
    secured, silent = LetterHop("a.example", "b.example", "ESMTPS", tls=True), LetterHop("b.example", "c.example", "", tls=None)
    plain = LetterHop("shop.example", "mx.example", "ESMTP", tls=False)
    verdict = hopped(secured, plain, silent)
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == "From shop.example to mx.example without encryption (ESMTP)."
    assert isinstance(hopped(secured), Passed)
    assert hopped(secured, silent) == Inconclusive("c.example did not write down whether the letter came encrypted.")
    assert isinstance(hopped(delivered=False), NotApplicable)


def test_a_pass_names_what_it_looked_at() -> None:
    good: Letter = letter()
    assert letter_unauthenticated(letters(good)) == Passed((good.subject,))
