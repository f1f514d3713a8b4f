"""What is due, who still has access, who acts after a breach: nothing kept, kept well, kept badly."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

import pytest

from checks.people.register import (
    access_of_leaver,
    account_without_second_factor,
    breach_team_missing,
    review_never_done,
    review_overdue,
)
from scanner import Account, Found, NotApplicable, OwnersRecord, Passed, Person, Review, TeamMember, Verdict
from scanner.settings.models import SiteSettings
from scanner.testing import NOW, owners_record

TODAY = NOW.date()
NAME = "Britta Wurzel"
OTHERS = (review_overdue, access_of_leaver, account_without_second_factor, breach_team_missing)


def subjects(verdict: Verdict) -> list[str]:
    assert isinstance(verdict, Found)
    return [finding.subject for finding in verdict.findings]


def review(name: str, days: int | None) -> Review:
    """Due in so many days; None: never done."""
    if days is None:
        return Review(name, "31d")
    due = TODAY + timedelta(days=days)
    return Review(name, "31d", due - timedelta(days=31), due, NAME)


def test_nothing_kept_is_one_info_and_no_more() -> None:
    verdict = review_never_done(owners_record())
    assert subjects(verdict) == ["site"]
    assert all(isinstance(rule(owners_record()), NotApplicable) for rule in OTHERS)


def test_what_is_to_be_pasted_can_be_read() -> None:
    verdict = review_never_done(owners_record())
    assert isinstance(verdict, Found)
    site = tomllib.loads(f'[[site]]\nurl = "https://a.example"\n{verdict.findings[0].ready}')["site"][0]
    assert SiteSettings.model_validate(site).review[0].every == "31d"


@pytest.mark.parametrize(
    "said",
    [
        {"reviews": (review("a", 1),)},
        {"accounts": (Account("a"),)},
        {"persons": (Person("a"),)},
        {"records": ("/x",)},
        {"team": ()},
    ],
)
def test_whatever_is_kept_is_something(said: dict[str, object]) -> None:
    assert isinstance(review_never_done(owners_record(**said)), Passed)


@pytest.mark.parametrize(("days", "due"), [(-400, True), (-1, True), (0, True), (1, False), (30, False), (None, True)])
def test_a_review_is_due_from_its_day_on(days: int | None, due: bool) -> None:
    verdict = review_overdue(owners_record(reviews=(review("ftp-password", days),)))
    assert isinstance(verdict, Found) is due
    assert getattr(verdict, "examined", ()) == ("ftp-password",)


def test_only_what_is_due_is_found_and_all_was_examined() -> None:
    verdict = review_overdue(owners_record(reviews=(review("b", 3), review("a", -3))))
    assert subjects(verdict) == ["a"]
    assert isinstance(verdict, Found)
    assert verdict.examined == ("a", "b")
    assert verdict.findings[0].shown == "Done last on 17 October 2026, due since 17 November 2026."


def leaving(left: date | None, *people: str) -> OwnersRecord:
    return owners_record(accounts=(Account("Shop", people=people), Account("Mail")), persons=(Person(NAME, left),))


@pytest.mark.parametrize(("left", "found"), [(-30, True), (0, True), (1, False), (None, False)])
def test_who_left_still_stands_there(left: int | None, found: bool) -> None:
    day = None if left is None else TODAY + timedelta(days=left)
    verdict = access_of_leaver(leaving(day, "A", NAME))
    assert (isinstance(verdict, Found) and subjects(verdict) == ["Shop"]) is found


def test_who_left_and_stands_nowhere_is_fine() -> None:
    assert isinstance(access_of_leaver(leaving(TODAY, "A")), Passed)


def test_no_rule_says_a_persons_name() -> None:
    record = owners_record(
        reviews=(review("a", -3),),
        accounts=(Account("Shop", people=(NAME,), second_factor=False),),
        persons=(Person(NAME, TODAY),),
        team=(TeamMember(NAME),),
    )
    said = [repr(rule(record)) for rule in (review_never_done, *OTHERS)]
    assert sum(one.startswith("Found") for one in said) == 4
    assert not any(NAME in one for one in said)


def test_only_a_second_factor_that_is_said_to_be_off_is_found() -> None:
    accounts = (Account("On", second_factor=True), Account("Off", second_factor=False), Account("Unsaid"))
    verdict = account_without_second_factor(owners_record(accounts=accounts))
    assert subjects(verdict) == ["Off"]
    assert isinstance(verdict, Found)
    assert verdict.examined == ("Off", "On")
    assert isinstance(account_without_second_factor(owners_record(accounts=accounts[:1])), Passed)
    assert isinstance(account_without_second_factor(owners_record(accounts=accounts[2:])), NotApplicable)


@pytest.mark.parametrize(
    ("team", "words"),
    [
        (None, "Nobody is written down."),
        ((), "Nobody is written down."),
        ((TeamMember("A"),), "Nobody's number is written down."),
        ((TeamMember(NAME, "+44"),), "All who are written down have left."),
        ((TeamMember("A", "+44"), TeamMember(NAME)), ""),
    ],
)
def test_somebody_can_be_called(team: tuple[TeamMember, ...] | None, words: str) -> None:
    verdict = breach_team_missing(owners_record(persons=(Person(NAME, TODAY),), team=team))
    assert isinstance(verdict, Found) is bool(words)
    assert not isinstance(verdict, Found) or verdict.findings[0].shown == words
