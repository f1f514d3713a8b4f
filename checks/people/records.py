"""The records that the shop keeps: are they older than they may be, and do they hold whole card numbers?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from checks.people.register import NOTHING_KEPT
from scanner import (
    EVERY_GIVEN_PLACE,
    CardFile,
    Confidence,
    Finding,
    NotApplicable,
    OwnersRecord,
    Records,
    RecordsPlace,
    Severity,
    Verdict,
    check,
    judge,
)

NO_PLACE = "No place of records is configured."
MOST_NAMED = 3


@check("records-kept-too-long", severity=Severity.MEDIUM)
def records_kept_too_long(records: Records, record: OwnersRecord) -> Verdict:
    """Chat logs, exports or mails are kept for longer than they may be."""
    if because := _nothing(records, record):
        return NotApplicable(because)
    limited = [place for place in records.places if place.limit is not None]
    if not limited:
        return NotApplicable("For no place of records is it written down how long they may be kept.")
    return judge(
        (
            Finding(place.location, _too_old(place, place.limit), (place.location,))
            for place in limited
            if place.old and place.limit
        ),
        _examined(limited, [place for place in limited if place.old or not _unseen(place)]),
        filter(None, (_unseen(place) for place in limited if not place.old)),
    )


def _examined(given: Collection[RecordsPlace], seen: Collection[RecordsPlace]) -> Iterator[str]:
    yield from (place.location for place in seen)
    if len(seen) == len(given):
        yield EVERY_GIVEN_PLACE


def _too_old(place: RecordsPlace, limit: date) -> str:
    names = ", ".join(f"“{file.name}” ({_day(file.day)})" for file in place.old[:MOST_NAMED])
    count, day = _files(place.old_count), _day(limit)
    if place.complete and not place.unlooked:
        return f"{count} from before {day}: {names}."
    return f"At least {count} from before {day}: {names}."


@check("card-number-in-records", severity=Severity.CRITICAL)
def card_number_in_records(records: Records, record: OwnersRecord) -> Verdict:
    """Whole card numbers lie in chat logs, exports or mails."""
    if because := _nothing(records, record):
        return NotApplicable(because)
    return judge(
        (_of_cards(place) for place in records.places if place.cards),
        _examined(records.places, [place for place in records.places if place.cards or not _unsearched(place)]),
        filter(None, (_unsearched(place) for place in records.places if not place.cards)),
    )


def _of_cards(place: RecordsPlace) -> Finding:
    sure = [file for file in place.cards if file.certain]
    confidence = Confidence.CERTAIN if sure else Confidence.POSSIBLE
    shown = "; ".join(f"“{file.name}”: {_cards(file)}" for file in (sure or place.cards)[:MOST_NAMED])
    more = place.card_files - min(len(sure or place.cards), MOST_NAMED)
    return Finding(
        place.location, shown + (f"; and {_files(more)} more" if more else ""), (place.location,), confidence=confidence
    )


def _cards(file: CardFile) -> str:
    count = "1 card number" if file.count == 1 else f"{file.count:,} card numbers"
    return f"{count} ({', '.join(f'•••• {last}' for last in file.last)})"


def _nothing(records: Records, record: OwnersRecord) -> str:
    """Why there is nothing to judge; empty where there is."""
    if record.empty:
        return NOTHING_KEPT
    return "" if records.places else NO_PLACE


def _unseen(place: RecordsPlace) -> str:
    """Why there may be a file that nobody has seen; empty where all were."""
    if place.problem is not None:
        return f"{place.location}: {place.problem.because}"
    if place.folder_missing:
        return f"{place.location}: There is no such folder."
    if not place.complete:
        return f"{place.location} holds more files than can be read."
    if place.unlooked:
        return f"Not all folders in {place.location} could be looked into."
    return ""


def _unsearched(place: RecordsPlace) -> str:
    """Why a card number may be where nobody has looked; empty where all was searched."""
    if reason := _unseen(place):
        return reason
    if place.unsearched:
        return f"{_files(place.unsearched)} in {place.location} could not be searched to the end: {_reasons(place.reasons)}."
    return ""


def _reasons(reasons: Iterable[str]) -> str:
    return "; ".join(reasons)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
