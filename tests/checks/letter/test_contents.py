"""What should not stand in a letter, and where its links lead."""

from __future__ import annotations

from typing import Any

import pytest

from checks.letter.contents import letter_card_number, letter_secret_in_clear, letter_signature_tells
from checks.letter.each import SEALED
from checks.letter.links import letter_link_deceptive, letter_link_http
from scanner.evidence import LetterKind, LetterLink
from scanner.rules.verdicts import Confidence, Found, Inconclusive, Passed
from scanner.testing import letter, letters

CLICKS = LetterLink(
    "http://clicks.service.example/", "clicks.service.example", "service.example", "petalandstem.example", "petalandstem.example"
)


@pytest.mark.parametrize(
    ("check", "seen", "shown", "confidence"),
    [
        (letter_card_number, {"cards": ("Visa •••• 1111",)}, "A whole card number: Visa •••• 1111", Confidence.CERTAIN),
        (letter_card_number, {"bare_cards": ("Visa •••• 1111",)}, "Digits that may be a card number: Visa •••• 1111", Confidence.POSSIBLE),
        (letter_secret_in_clear, {"secrets": ("a private key",)}, "It can be read in the letter: a private key", Confidence.CERTAIN),
        (letter_signature_tells, {"tells": ("a day of birth",)}, "The letter tells: a day of birth", Confidence.CERTAIN),
    ],
)  # fmt: skip
def test_found(check: Any, seen: dict[str, Any], shown: str, confidence: Confidence) -> None:
    verdict = check(letters(letter(LetterKind.ORDER, **seen)))
    assert isinstance(verdict, Found)
    assert [(one.subject, one.shown, one.confidence) for one in verdict.findings] == [
        ("petalandstem.example order", shown, confidence)
    ]


@pytest.mark.parametrize("check", [letter_card_number, letter_secret_in_clear, letter_signature_tells, letter_link_http])
def test_good_and_unclear(check: Any) -> None:
    assert isinstance(check(letters()), Passed)
    assert check(letters(letter(sealed=True))) == Inconclusive(SEALED)
    assert check(letters(letter(cut="Only its beginning was read."))) == Inconclusive("Only its beginning was read.")


def test_a_pass_says_what_was_not_looked_into() -> None:
    verdict = letter_card_number(letters(letter(unread=2)))
    assert verdict == Passed((letter().subject,), "Attached files that were not looked into: 2.")


def test_a_link_is_a_finding_by_its_host() -> None:
    picture = LetterLink("http://pictures.example/", "pictures.example", "pictures.example", picture=True)
    seen = letters(letter(links=(CLICKS, picture)))
    plain, deceptive = letter_link_http(seen), letter_link_deceptive(seen)
    assert isinstance(plain, Found)
    assert isinstance(deceptive, Found)
    assert [(one.subject, one.shown) for one in plain.findings] == [
        ("petalandstem.example newsletter clicks.service.example", "A link leads to clicks.service.example by http."),
        ("petalandstem.example newsletter pictures.example", "A picture is loaded from pictures.example by http."),
    ]
    (one,) = deceptive.findings
    assert one.shown == "The text shows petalandstem.example, and the link leads to clicks.service.example."
    assert one.places == ("petalandstem.example newsletter",)


def test_a_trick_in_an_address() -> None:
    link = LetterLink("https://192.0.2.1/", "192.0.2.1", "192.0.2.1", trick="it has a number in place of a name")
    verdict = letter_link_deceptive(letters(letter(links=(link,))))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown == "A link to 192.0.2.1 misleads: it has a number in place of a name."
