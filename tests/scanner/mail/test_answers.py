"""Recorded answers: what is there, what is not, and what nobody asked."""

from __future__ import annotations

from scanner.evidence import DnsAnswer, DnsLookup, Existence, Unavailable
from scanner.mail.answers import NOT_ASKED, Answers, completed, existence_in

HELD = DnsAnswer(Existence.FOUND, ("v=spf1 include:spf.mail.example -all",))


def test_an_answer_is_found_by_its_name_however_it_is_written() -> None:
    answers = Answers([DnsLookup("shop.example", "TXT", HELD)])
    assert answers.get("Shop.Example.", "TXT") is HELD
    assert answers.missing == {}


def test_what_was_not_asked_is_unknown_and_remembered_once() -> None:
    answers = Answers([])
    assert answers.get("shop.example", "MX") is NOT_ASKED
    assert answers.records("shop.example.", "MX") is NOT_ASKED
    assert list(answers.missing) == [("shop.example", "MX")]


def test_asking_goes_on_until_nothing_is_missing() -> None:
    zone = {("shop.example", "TXT"): HELD, ("spf.mail.example", "TXT"): DnsAnswer(Existence.FOUND, ("v=spf1 -all",))}

    def read(answers: Answers) -> object:
        first = answers.records("shop.example", "TXT")
        return answers.get("spf.mail.example", "TXT") if not isinstance(first, Unavailable) else None

    asked = completed(read, (), zone)
    assert [one.name for one in asked] == ["shop.example", "spf.mail.example"]


def test_a_name_above_another_is_there_without_records() -> None:
    zone = [("a.b.shop.example", "TXT")]
    assert existence_in(zone, "b.shop.example") is Existence.NO_DATA
    assert existence_in(zone, "c.shop.example") is Existence.NO_NAME
