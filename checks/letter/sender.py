"""Who sent a letter, by proof, and whether it travelled encrypted."""

from __future__ import annotations

from checks.letter.each import Judged, each, finding, listed
from scanner import AuthResult, Confidence, Letter, Letters, LetterSender, Severity, Verdict, check

NEVER_SENT = (
    "This copy was never delivered, so nothing proves its sender yet. Send one to a mailbox elsewhere, and save it there."
)


@check("letter-unauthenticated", severity=Severity.MEDIUM)
def letter_unauthenticated(letters: Letters) -> Verdict:
    """Nothing proves that a letter is from the domain in its From line."""
    return each(letters, _proven)


def _proven(letter: Letter) -> Judged:
    """DMARC's question (RFC 9989): does SPF or DKIM hold for the From line's own domain? A policy does not matter for that."""
    sender = letter.sender
    if sender.believed is not None:
        return _as_believed(letter, sender)
    if (sender.spf is AuthResult.PASS and sender.spf_aligned) or any(
        one.result is AuthResult.PASS and one.aligned for one in sender.signatures
    ):
        return [], ""
    if not letter.delivered and not sender.signatures:
        return [], NEVER_SENT
    own = [one for one in sender.signatures if one.aligned]
    if unclear := next((one.why for one in own if one.result in {AuthResult.UNKNOWN, AuthResult.EXPIRED}), ""):
        return [], unclear
    if sender.spf is AuthResult.UNKNOWN and sender.spf_aligned:
        return [], sender.spf_why
    if not sender.address and not sender.signatures:
        return [], "The letter does not say which server handed it over, so its sender could not be judged."
    changed = any(one.result is AuthResult.FAIL and one.key for one in own)
    return [finding(letter, _why(sender), confidence=Confidence.POSSIBLE if changed else Confidence.PROBABLE)], ""


def _as_believed(letter: Letter, sender: LetterSender) -> Judged:
    believed = sender.believed or ()
    by_method = {one.method: one.result for one in believed}
    if by_method.get("dmarc") == "pass" or any(
        one.result == "pass" and one.aligned for one in believed if one.method in {"spf", "dkim"}
    ):
        return [], ""
    if any(one.result == "temperror" for one in believed):
        return [], "The receiving host could not ask the name servers at that moment."
    results = listed(f"{one.method}={one.result}" + (f" ({one.domain})" if one.domain else "") for one in believed)
    return [finding(letter, f"The receiving host says: {results or 'none'}.")], ""


def _why(sender: LetterSender) -> str:
    """What there is in place of a proof, a sentence each."""
    said = []
    if not sender.signatures:
        said.append("The letter has no DKIM signature.")
    elif not any(one.aligned for one in sender.signatures):
        said.append(f"It is signed by another domain: {listed(dict.fromkeys(one.domain for one in sender.signatures))}.")
    said += dict.fromkeys(one.why for one in sender.signatures if one.aligned and one.why)
    if sender.spf is AuthResult.PASS or (sender.spf is not AuthResult.UNKNOWN and not sender.spf_aligned and sender.envelope):
        said.append(f"SPF speaks of another domain: {sender.envelope}.")
    elif sender.spf_why:
        said.append(sender.spf_why)
    if sender.policy in {"quarantine", "reject"}:
        said.append(f"The domain itself asks receivers to stop such letters (DMARC p={sender.policy}).")
    return " ".join(said)


@check("letter-hop-unencrypted", severity=Severity.INFO)
def letter_hop_unencrypted(letters: Letters) -> Verdict:
    """A letter went from one mail server to another without encryption."""
    return each(
        letters, _travelled, concerns=lambda letter: letter.delivered, nothing="None of the letters was delivered by a server."
    )


def _travelled(letter: Letter) -> Judged:
    """By the Received lines (RFC 5321 4.4; RFC 3848 for the words)."""
    open_ = [hop for hop in letter.hops if hop.tls is False]
    if open_:
        lines = "\n".join(f"From {hop.sender} to {hop.receiver} without encryption ({hop.protocol})." for hop in open_[:5])
        return [finding(letter, lines)], ""
    silent = next((hop for hop in letter.hops if hop.tls is None), None)
    return [], f"{silent.receiver} did not write down whether the letter came encrypted." if silent else ""
