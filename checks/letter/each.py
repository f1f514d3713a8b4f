"""What the rules of letters share: each letter is judged by itself, and its kind from its domain is what a finding is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner import Confidence, Finding, Letter, Letters, NotApplicable, Verdict, judge

SEALED = "This letter is encrypted, so what it says was not read."

Judged = tuple[list[Finding], str]
"""Of one letter: what was found, and why it could not be judged, or ""."""


def each(
    letters: Letters,
    judged: Callable[[Letter], Judged],
    *,
    concerns: Callable[[Letter], bool] = lambda _letter: True,
    nothing: str = "No letter was given.",
    good: str | None = None,
) -> Verdict:
    """Every letter, judged. concerns: which ones a rule is about. nothing: what is said where it is about none. good: what a pass
    says."""
    findings: list[Finding] = []
    examined, missing = [], [one.because for one in letters.unread]
    about = [letter for letter in letters.letters if concerns(letter)]
    for letter in about:
        found, unclear = judged(letter)
        findings += found
        if unclear:
            missing.append(unclear)
        else:
            examined.append(letter.subject)
    if not about and not missing:
        return NotApplicable(nothing)
    return judge(findings, examined, missing, good)


def finding(letter: Letter, shown: str, *, host: str = "", confidence: Confidence = Confidence.CERTAIN) -> Finding:
    """A problem of one letter. host: the link's, where it is one of a link."""
    return Finding(f"{letter.subject} {host}".rstrip(), shown, (letter.file,), (letter.subject,), confidence)


def unreadable(letter: Letter) -> str:
    """Why its text could not be read, or not all of it; "" where it was."""
    return SEALED if letter.sealed else letter.cut


def attached(letters: Letters) -> str | None:
    """What to say of attached files that nobody looked into."""
    count = sum(letter.unread for letter in letters.letters)
    return f"Attached files that were not looked into: {count}." if count else None


def listed(names: Iterable[str], most: int = 5) -> str:
    """A few names in a row."""
    every = list(names)
    return ", ".join([*every[:most], *(["…"] if len(every) > most else [])])
