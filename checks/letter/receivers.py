"""Whom a letter goes to: who sees whose address, and how one gets off the list."""

from __future__ import annotations

from checks.letter.each import Judged, each, finding
from scanner import Confidence, Letter, LetterKind, Letters, Severity, Verdict, check

MANY = 5
"""Receivers of a single letter whom nobody writes to by hand."""


@check("letter-recipients-visible", severity=Severity.HIGH)
def letter_recipients_visible(letters: Letters) -> Verdict:
    """Each receiver of a letter sees the addresses of the others."""
    return each(letters, _visible)


def _visible(letter: Letter) -> Judged:
    """The receiver himself is one of them. A letter to two people by hand is no list, and neither is one to a firm."""
    if letter.hidden_copies:
        return [finding(letter, f"The letter still holds its line of blind copies: {letter.hidden_copies} addresses.")], ""
    if letter.others < 2:
        return [], ""
    shown = f"Each receiver sees {letter.others} addresses of {letter.other_domains} mail hosts."
    if letter.kind is LetterKind.NEWSLETTER or letter.others >= MANY:
        return [finding(letter, shown)], ""
    if letter.other_domains > 1:
        return [finding(letter, shown, confidence=Confidence.POSSIBLE)], ""
    return [], ""


@check("letter-unsubscribe-missing", severity=Severity.MEDIUM)
def letter_unsubscribe_missing(letters: Letters) -> Verdict:
    """A newsletter does not say how to end it, or not so that mail programs understand it."""
    return each(
        letters,
        _without_way_out,
        concerns=lambda letter: letter.kind is LetterKind.NEWSLETTER,
        nothing="None of the letters is a newsletter.",
    )


def _without_way_out(letter: Letter) -> Judged:
    """RFC 2369 3.2 (the header), RFC 8058 (one click); the law wants a way out that a reader sees."""
    if not letter.unsubscribe and not letter.unsubscribe_link:
        unclear = letter.sealed or letter.cut
        shown = "Neither a List-Unsubscribe header nor a link in the text ends the subscription."
        return [finding(letter, shown, confidence=Confidence.PROBABLE if unclear else Confidence.CERTAIN)], ""
    if not letter.unsubscribe:
        shown = (
            "A link in the text ends the subscription, but there is no List-Unsubscribe header, so mail programs show no button."
        )
        return [finding(letter, shown)], ""
    if letter.one_click and (broken := _unsigned(letter)):
        return [
            finding(
                letter,
                f"The signature does not cover {broken}, so mail hosts ignore the one-click way out.",
                confidence=Confidence.POSSIBLE,
            )
        ], ""
    if not letter.one_click:
        shown = (
            "There is a List-Unsubscribe header, but no one-click way out, which big mail hosts ask of everybody who sends much."
        )
        return [finding(letter, shown, confidence=Confidence.POSSIBLE)], ""
    return [], ""


def _unsigned(letter: Letter) -> str:
    """The header that RFC 8058 4 wants signed and no signature covers; "" where there is none, or no signature at all."""
    covered = [one.covers for one in letter.sender.signatures]
    wanted = {"list-unsubscribe": "List-Unsubscribe", "list-unsubscribe-post": "List-Unsubscribe-Post"}
    if not covered or any(all(name in names for name in wanted) for names in covered):
        return ""
    return next(shown for name, shown in wanted.items() if not all(name in names for names in covered))
