"""What should not stand in a letter: card numbers, passwords and keys, and what strangers need not know."""

from __future__ import annotations

from checks.letter.each import Judged, attached, each, finding, listed, unreadable
from scanner import Confidence, Letter, Letters, Severity, Verdict, check


@check("letter-card-number", severity=Severity.CRITICAL)
def letter_card_number(letters: Letters) -> Verdict:
    """A letter holds a whole card number."""
    return each(letters, _cards, good=attached(letters))


def _cards(letter: Letter) -> Judged:
    if letter.cards:
        return [finding(letter, f"A whole card number: {listed(letter.cards)}")], ""
    if letter.bare_cards:
        return [
            finding(letter, f"Digits that may be a card number: {listed(letter.bare_cards)}", confidence=Confidence.POSSIBLE)
        ], ""
    return [], unreadable(letter)


@check("letter-secret-in-clear", severity=Severity.HIGH)
def letter_secret_in_clear(letters: Letters) -> Verdict:
    """A letter holds a password or a key that anybody on its way can read."""
    return each(letters, _secrets, good=attached(letters))


def _secrets(letter: Letter) -> Judged:
    if letter.secrets:
        return [finding(letter, f"It can be read in the letter: {listed(letter.secrets)}")], ""
    return [], unreadable(letter)


@check("letter-signature-tells", severity=Severity.INFO)
def letter_signature_tells(letters: Letters) -> Verdict:
    """Headers or signature of a letter tell strangers more than they need."""
    return each(letters, _tells)


def _tells(letter: Letter) -> Judged:
    if letter.tells:
        return [finding(letter, f"The letter tells: {listed(letter.tells, 8)}")], ""
    return [], unreadable(letter)
