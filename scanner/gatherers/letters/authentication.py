"""What proves a letter's sender: SPF and DKIM for the domain of the From line, as DMARC wants them (RFC 7208, 6376, 9989)."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scanner.evidence import (
    AuthResult,
    DnsAnswer,
    DnsLookup,
    Letter,
    LetterSender,
    LetterSignature,
    Unavailable,
)
from scanner.mail import dmarc
from scanner.mail.answers import MOST_ROUNDS, Answers
from scanner.mail.spf import SpfCheck, SpfResult, check_host
from scanner.scope.suffixes import registrable_domain

MOST_QUESTIONS = 60
"""About one letter's sender."""
MOST_UNANSWERED = 2
"""Questions in a row; then there are no name servers that answer, and each further one would cost seconds."""
NOT_ASKED_ANY_MORE = Unavailable("The name servers did not answer, so no more was asked.")
KEYS_CHANGE = timedelta(days=90)
"""A letter's key may be gone by then: services change theirs."""

Tried = Callable[[tuple[LetterSignature, ...], tuple[tuple[str, str], ...]], Awaitable[Sequence[tuple[AuthResult, str]]]]
"""Signatures and the records of their keys → what became of each."""


class Asked:
    """Questions to name servers, each asked once."""

    def __init__(self, ask: Callable[[str, str], Awaitable[DnsAnswer | Unavailable]]) -> None:
        self._ask = ask
        self._known: dict[tuple[str, str], DnsAnswer | Unavailable] = {}
        self._unanswered = 0

    async def __call__(self, name: str, kind: str) -> DnsAnswer | Unavailable:
        """An answer, an old one where there is one."""
        question = (name, kind)
        if question not in self._known:
            silent = self._unanswered >= MOST_UNANSWERED
            answer = NOT_ASKED_ANY_MORE if silent else await self._ask(name, kind)
            self._unanswered = self._unanswered + 1 if isinstance(answer, Unavailable) else 0
            self._known[question] = answer
        return self._known[question]

    async def reading(self, read: Callable[[Answers], object]) -> Answers:
        """The answers that an evaluator reads, asked for as it misses them."""
        known: dict[tuple[str, str], DnsLookup] = {}
        for _ in range(MOST_ROUNDS):
            answers = Answers(known.values())
            _ = read(answers)
            if not answers.missing or len(known) >= MOST_QUESTIONS:
                break
            for name, kind in answers.missing:
                known[name, kind] = DnsLookup(name, kind, await self(name, kind))
        return Answers(known.values())


async def proven(letter: Letter, asked: Asked, tried: Tried, now: datetime) -> LetterSender:
    """What a letter's sender is proven by. Asks nothing where a host that is believed has said it already."""
    sender = letter.sender
    if sender.believed is not None:
        return sender
    policy, strict_spf, strict_dkim = await _policy(letter, asked)
    signatures = tuple(replace(one, aligned=_aligned(one.domain, letter, strict=strict_dkim)) for one in sender.signatures)
    sender = replace(
        sender,
        policy=policy,
        signatures=await _signatures(signatures, letter, asked, tried, now),
        spf_aligned=bool(sender.envelope) and _aligned(sender.envelope, letter, strict=strict_spf),
    )
    return await _with_spf(sender, asked)


def _aligned(domain: str, letter: Letter, *, strict: bool) -> bool:
    return domain == letter.from_domain if strict else (registrable_domain(domain) or domain) == letter.organisation


async def _signatures(
    signatures: tuple[LetterSignature, ...], letter: Letter, asked: Asked, tried: Tried, now: datetime
) -> tuple[LetterSignature, ...]:
    """Each signature, tried with its key."""
    if not signatures:
        return ()
    answers = {_key_name(one): await asked(_key_name(one), "TXT") for one in signatures}
    keys = tuple(
        (name, next((record for record in answer.records if "p=" in record), ""))
        for name, answer in answers.items()
        if isinstance(answer, DnsAnswer)
    )
    old = letter.sent is not None and now - letter.sent > KEYS_CHANGE
    results = await tried(signatures, keys)
    judged = []
    for one, (result, why) in zip(signatures, results, strict=False):
        answer = answers[_key_name(one)]
        if isinstance(answer, Unavailable):
            judged.append(replace(one, result=AuthResult.UNKNOWN, why=answer.because))
        elif not any("p=" in record for record in answer.records):
            gone = f"The key of the DKIM signature of {one.domain} ({one.selector}) is not published."
            unknown = f"The key of the DKIM signature of {one.domain} ({one.selector}) is published no more; the letter is old."
            judged.append(
                replace(one, key=False, result=AuthResult.UNKNOWN if old else AuthResult.FAIL, why=unknown if old else gone)
            )
        else:
            judged.append(replace(one, key=True, result=result, why=why))
    return tuple(judged)


def _key_name(signature: LetterSignature) -> str:
    return f"{signature.selector}._domainkey.{signature.domain}"


async def _with_spf(sender: LetterSender, asked: Asked) -> LetterSender:
    """SPF for the server that handed the letter over (RFC 7208 4). The envelope's name before the @ is nobody's business; only
    macros that few records have ask for it."""
    if not sender.envelope or not sender.address:
        why = "The letter does not say which server handed it over, or for whom, so SPF could not be judged."
        return replace(sender, spf=AuthResult.UNKNOWN, spf_why=why)
    address = ipaddress.ip_address(sender.address)

    def read(answers: Answers) -> SpfCheck:
        return check_host(address, sender.envelope, f"postmaster@{sender.envelope}", sender.envelope, answers)

    result = read(await asked.reading(read)).result
    why = {
        SpfResult.PASS: "",
        SpfResult.NONE: f"{sender.envelope} has no SPF record.",
        SpfResult.TEMPERROR: f"The name servers gave no clear answer about {sender.envelope}'s SPF record.",
        SpfResult.PERMERROR: f"The SPF record of {sender.envelope} is not valid.",
    }.get(result, f"The SPF record of {sender.envelope} does not allow {sender.address}.")
    return replace(sender, spf=_RESULTS.get(result, AuthResult.FAIL), spf_why=why)


_RESULTS = {SpfResult.PASS: AuthResult.PASS, SpfResult.NONE: AuthResult.NONE, SpfResult.TEMPERROR: AuthResult.UNKNOWN}
"""Neutral is no proof, and neither is a record that is not valid."""


async def _policy(letter: Letter, asked: Asked) -> tuple[str | Unavailable, bool, bool]:
    """What the From line's domain asks for, and whether SPF's and DKIM's domain must be the very same."""
    answers = await asked.reading(lambda answers: dmarc.examined(letter.from_domain, answers))
    reading = dmarc.examined(letter.from_domain, answers)
    record = reading.record
    strict = (record.strict_spf, record.strict_dkim) if record is not None else (False, False)
    return reading.unknown or reading.policy, *strict
