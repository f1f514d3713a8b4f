"""Who sees whose address, and how one gets off the list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.letter.receivers import letter_recipients_visible, letter_unsubscribe_missing
from scanner.evidence import Letter, LetterKind, UnreadLetter
from scanner.rules.verdicts import Confidence, Found, Inconclusive, NotApplicable, Passed
from scanner.testing import letter, letters


@pytest.mark.parametrize(
    ("seen", "confidence"),
    [
        (letter(others=3, other_domains=2), Confidence.CERTAIN),
        (letter(LetterKind.LETTER, others=5, other_domains=1), Confidence.CERTAIN),
        (letter(LetterKind.ORDER, others=2, other_domains=2), Confidence.POSSIBLE),
        (letter(LetterKind.ORDER, others=1, hidden_copies=1), Confidence.CERTAIN),
    ],
)
def test_receivers_who_see_each_other(seen: Letter, confidence: Confidence) -> None:
    verdict = letter_recipients_visible(letters(seen))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.confidence) == (f"petalandstem.example {seen.kind}", confidence)
    assert finding.locations == ("june.eml",)


@pytest.mark.parametrize(
    "seen", [letter(), letter(LetterKind.LETTER, others=4, other_domains=1), letter(LetterKind.ORDER, others=0)]
)
def test_one_receiver_or_one_firm_is_no_list(seen: Letter) -> None:
    assert letter_recipients_visible(letters(seen)) == Passed((seen.subject,))


def test_a_letter_that_could_not_be_read_is_no_good_one() -> None:
    unread = UnreadLetter("a.msg", "a.msg: is in Outlook's own format")
    verdict = letter_recipients_visible(letters(letter(), unread=[unread]))
    assert verdict == Inconclusive(unread.because, (letter().subject,))
    assert letter_recipients_visible(replace(letters(), letters=())) == NotApplicable("No letter was given.")


def shown(seen: Letter) -> tuple[str, Confidence]:
    verdict = letter_unsubscribe_missing(letters(seen))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    return finding.shown, finding.confidence


def test_a_newsletter_without_a_way_out() -> None:
    words, confidence = shown(letter(unsubscribe=(), one_click=False, unsubscribe_link=False))
    assert (words[:13], confidence) == ("Neither a Lis", Confidence.CERTAIN)
    words, confidence = shown(letter(unsubscribe=(), one_click=False))
    assert ("no List-Unsubscribe header" in words, confidence) == (True, Confidence.CERTAIN)
    words, confidence = shown(letter(one_click=False))
    assert ("no one-click way out" in words, confidence) == (True, Confidence.POSSIBLE)


def test_a_way_out_that_the_signature_does_not_cover() -> None:
    good = letter()
    covers = tuple(name for name in good.sender.signatures[0].covers if name != "list-unsubscribe-post")
    signed = replace(good.sender, signatures=(replace(good.sender.signatures[0], covers=covers),))
    words, confidence = shown(replace(good, sender=signed))
    assert ("does not cover List-Unsubscribe-Post" in words, confidence) == (True, Confidence.POSSIBLE)


def test_only_newsletters_need_a_way_out() -> None:
    assert letter_unsubscribe_missing(letters()) == Passed((letter().subject,))
    order = letter(LetterKind.ORDER, unsubscribe=(), one_click=False, unsubscribe_link=False)
    assert letter_unsubscribe_missing(letters(order)) == NotApplicable("None of the letters is a newsletter.")
