"""Reads letters, and asks the name servers what proves their senders.

The bytes are read in a process apart, and again there where a signature is tried with the key that the name servers gave.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from scanner.evidence import (
    AuthResult,
    DnsAnswer,
    Letter,
    Letters,
    LetterSignature,
    Unavailable,
    UnreadLetter,
)
from scanner.evidence.codec import decode, known_classes
from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Child, Failed, Pool, Unexpected
from scanner.gatherers.contract import gatherer
from scanner.gatherers.letters.authentication import Asked, proven
from scanner.gatherers.letters.errands import Read, Survey, Verify
from scanner.gatherers.letters.mailboxes import Lying, Piece
from scanner.settings.models import LetterSettings
from scanner.text.cards import name_without_card_numbers
from scanner.text.clock import Clock

MOST_LETTERS = 200
"""Of one call; of a mailbox, the newest."""
SURVEY_SECONDS = 60.0
LETTER_SECONDS = 30.0
CHILDREN = Pool("scanner.gatherers.letters.errands", Limits(memory=600_000_000, cpu=60), orders=3 * MOST_LETTERS, most=2)
"""Of the whole program."""
_CLASSES = known_classes([Lying, Letter, UnreadLetter])
_T = TypeVar("_T")

Ask = Callable[[str, str], Awaitable[DnsAnswer | Unavailable]]
"""A name and a type (``TXT``) → what name servers say."""


@dataclass(frozen=True, slots=True)
class LetterPlace:
    """A file or a folder with letters. shown: as people call it. pattern: of the files' names in a folder, or "".

    authserv_id: the host whose Authentication-Results are believed, or "".
    """

    path: Path
    shown: str
    pattern: str = ""
    authserv_id: str = ""


def places_in(settings: Iterable[LetterSettings], folder: Path) -> tuple[LetterPlace, ...]:
    """What ``[[site.letter]]`` names. folder: where relative paths start."""
    return tuple(
        LetterPlace(
            folder / Path(one.location).expanduser(),
            name_without_card_numbers(one.location),
            one.pattern or "",
            one.authserv_id or "",
        )
        for one in settings
    )


async def _nobody(name: str, _kind: str) -> DnsAnswer | Unavailable:
    return Unavailable(f"No name server was asked about {name}.")


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """Which letters are looked at: the tool that the gatherer takes. most: of one place. left: seconds that there are for it."""

    places: tuple[LetterPlace, ...] = ()
    ask: Ask = _nobody
    most: int = MOST_LETTERS
    left: Callable[[], float] = lambda: math.inf


@gatherer(ceiling="the names that a letter's sender is proven by", doing="Reading letters")
async def letters(plan: LetterPlan, now: Clock) -> Letters:
    """The newest letters of each place. A letter that cannot be read never hides another."""
    return await read_letters(plan, now.now())


async def read_letters(plan: LetterPlan, now: datetime) -> Letters:
    """Every place, one after the other."""
    read: list[Letter] = []
    unread: list[UnreadLetter] = []
    more, asked = 0, Asked(plan.ask)
    for place in plan.places:
        try:
            lying = await _errand(Survey(str(place.path), place.shown, plan.most, place.pattern), SURVEY_SECONDS, plan, _lying)
        except Failed as reason:
            unread.append(UnreadLetter(place.shown, _failed(reason, place.shown)))
            continue
        if isinstance(lying, UnreadLetter):
            unread.append(lying)
            continue
        more += lying.more + max(0, len(lying.pieces) - MOST_LETTERS)
        for piece in lying.pieces[-MOST_LETTERS:]:
            try:
                letter = await _errand(Read(piece, place.authserv_id), LETTER_SECONDS, plan, _letter)
            except Failed as reason:
                letter = UnreadLetter(piece.name, _failed(reason, piece.name))
            if isinstance(letter, UnreadLetter):
                unread.append(letter)
            else:
                read.append(await _with_sender(letter, piece, asked, plan, now))
    return Letters(tuple(read), now, tuple(unread), more)


async def _with_sender(letter: Letter, piece: Piece, asked: Asked, plan: LetterPlan, now: datetime) -> Letter:
    """The same letter, with what proves its sender."""

    async def tried(
        signatures: tuple[LetterSignature, ...], keys: tuple[tuple[str, str], ...]
    ) -> Sequence[tuple[AuthResult, str]]:
        try:
            return await _errand(Verify(piece, signatures, keys), LETTER_SECONDS, plan, _results)
        except Failed:
            return [(AuthResult.UNKNOWN, "Its DKIM signature could not be tried.")] * len(signatures)

    return replace(letter, sender=await proven(letter, asked, tried, now))


async def _errand(order: object, seconds: float, plan: LetterPlan, read: Callable[[Any], _T]) -> _T:
    """One errand, and what was said. Raises Failed."""
    async with CHILDREN.child() as child:
        child.send(order)
        try:
            said = await child.hear(max(0.01, min(seconds, plan.left())))
            await _done(child)
        except TimeoutError:
            raise Failed(f"took longer than {seconds:.0f} seconds") from None
    try:
        return read(said)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise Failed("gave an answer that is none") from error


async def _done(child: Child) -> None:
    if await child.hear(LETTER_SECONDS) is not None:
        raise Failed("gave an answer that is none")


def _lying(said: Any) -> Lying | UnreadLetter:
    value = decode(said, _CLASSES)
    if not isinstance(value, Lying | UnreadLetter):
        raise TypeError("no list of letters")
    return value


def _letter(said: Any) -> Letter | UnreadLetter:
    value = decode(said, _CLASSES)
    if not isinstance(value, Letter | UnreadLetter):
        raise TypeError("no letter")
    return value


def _results(said: Any) -> list[tuple[AuthResult, str]]:
    return [(AuthResult(result), str(why)) for result, why in said]


def _failed(reason: Failed, name: str) -> str:
    if isinstance(reason, Unexpected):
        return f"{name}: our own defect in reading this ({reason.error}); please report it."
    return f"{name}: could not be read: the process that reads it {reason}."
