"""Old records, and card numbers in records: seen, not seen, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from checks.people.records import card_number_in_records, records_kept_too_long
from scanner import (
    EVERY_GIVEN_PLACE,
    CardFile,
    Confidence,
    Found,
    Inconclusive,
    NotApplicable,
    Passed,
    Records,
    RecordsFile,
    RecordsPlace,
    Unavailable,
    Verdict,
)
from scanner.testing import NOW, owners_record

CHATS = RecordsPlace("sftp://nas.example/chats", "2y", date(2024, 11, 20), seen=12, searched=12)
OLD = replace(CHATS, old=(RecordsFile("chat-2020-01-05.log", date(2020, 1, 5)),), old_count=1)
CARDS = replace(CHATS, cards=(CardFile("a.log", 2, ("1111", "4444")), CardFile("b.log", 1, ("0005",))), card_files=2)
KEPT = owners_record(records=("sftp://nas.example/chats",))


def of_age(*places: RecordsPlace) -> Verdict:
    return records_kept_too_long(Records(places, NOW), KEPT)


def of_cards(*places: RecordsPlace) -> Verdict:
    return card_number_in_records(Records(places, NOW), KEPT)


@pytest.mark.parametrize("rule", [records_kept_too_long, card_number_in_records])
def test_no_place_is_not_applicable(rule: object) -> None:
    assert callable(rule)
    assert isinstance(rule(Records((), NOW), owners_record()), NotApplicable)
    assert isinstance(rule(Records((), NOW), owners_record(reviews=())), NotApplicable)


def test_all_young_and_clean_passes() -> None:
    assert of_age(CHATS) == Passed((EVERY_GIVEN_PLACE, CHATS.location))
    assert of_cards(CHATS) == Passed((EVERY_GIVEN_PLACE, CHATS.location))


def test_what_is_old_is_named_with_its_day() -> None:
    verdict = of_age(OLD)
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == CHATS.location
    assert finding.shown == "1 file from before 20 November 2024: “chat-2020-01-05.log” (5 January 2020)."


def test_where_nobody_said_how_long_age_does_not_matter() -> None:
    assert isinstance(of_age(replace(CHATS, keep="", limit=None)), NotApplicable)


def test_cards_are_shown_by_their_last_digits() -> None:
    verdict = of_cards(CARDS)
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.shown == "“a.log”: 2 card numbers (•••• 1111, •••• 4444); “b.log”: 1 card number (•••• 0005)"
    assert finding.confidence is Confidence.CERTAIN


def test_what_may_be_another_number_is_merely_possible() -> None:
    verdict = of_cards(replace(CHATS, cards=(CardFile("a.log", 1, ("1111",), certain=False),), card_files=1))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE


def test_many_files_are_counted() -> None:
    files = tuple(CardFile(f"{number}.log", 1, ("1111",)) for number in range(50))
    verdict = of_cards(replace(CHATS, cards=files, card_files=70))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown.endswith("; and 67 files more")


@pytest.mark.parametrize(
    "unseen",
    [
        {"problem": Unavailable("nas.example refuses the login.")},
        {"folder_missing": True},
        {"complete": False},
        {"unlooked": 3},
    ],
)
def test_what_was_not_seen_is_neither_good_nor_bad(unseen: dict[str, object]) -> None:
    place = replace(CHATS, **unseen)  # type: ignore[arg-type]
    assert isinstance(of_age(place), Inconclusive)
    assert isinstance(of_cards(place), Inconclusive)


def test_what_was_not_searched_is_no_pass() -> None:
    verdict = of_cards(replace(CHATS, unsearched=2, reasons=("“a.pdf” is of a kind that cannot be searched",)))
    assert isinstance(verdict, Inconclusive)
    assert "2 files" in verdict.because
    assert "a.pdf" in verdict.because
    assert isinstance(of_age(replace(CHATS, unsearched=2)), Passed)


def test_one_place_that_is_bad_and_one_that_was_not_seen() -> None:
    closed = RecordsPlace("/exports", "1y", date(2025, 11, 20), problem=Unavailable("no"))
    for verdict in (of_age(OLD, closed), of_cards(CARDS, closed)):
        assert isinstance(verdict, Found)
        assert verdict.examined == (CHATS.location,)
