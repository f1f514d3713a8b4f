"""The lines that accept a risk: TOML that means the very findings, whatever they are called."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.view.accepting import DAYS, MOST_ENTRIES, lines_to_accept
from reports.view.build import view_of
from scanner.results.result import OpenFinding
from scanner.rules.verdicts import Finding
from scanner.settings.models import AcceptedSettings
from tests.reports.samples import ARTICLES, HOSTILE, RULES, SAMPLES

TODAY = date(2026, 11, 21)
RULE = RULES["hsts-missing"]


def entries(*subjects: str, reason: str = "why") -> list[AcceptedSettings]:
    found = [OpenFinding("0" * 16, RULE, Finding(subject), None) for subject in subjects]
    read = tomllib.loads(f"[[site]]\n{lines_to_accept(found, TODAY, reason)}")["site"][0]["accepted"]
    return [AcceptedSettings.model_validate(entry) for entry in read]


def test_a_finding_is_accepted_by_its_subject_until_a_day() -> None:
    (entry,) = entries("petalandstem.example")
    assert (entry.rule, entry.subject, entry.reason) == ("hsts-missing", "petalandstem.example", "why")
    assert entry.until == TODAY + timedelta(days=DAYS)
    assert entry.accepted().covers("hsts-missing", "petalandstem.example", entry.until)


def test_many_are_accepted_by_their_rule() -> None:
    assert [entry.subject for entry in entries("a", "b")] == ["a", "b"]
    assert [entry.subject for entry in entries(*map(str, range(MOST_ENTRIES + 1)))] == [None]


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
)
def test_no_subject_and_no_reason_says_anything_else(subject: str, reason: str) -> None:
    found = [OpenFinding("0" * 16, RULE, Finding(subject), None)]
    written = lines_to_accept(found, TODAY, reason)
    (entry,) = tomllib.loads(f"[[site]]\n{written}")["site"][0]["accepted"]
    assert (entry["subject"], entry["reason"]) == (subject, reason)
    assert all(character.isprintable() or character == "\n" for character in written)


def test_each_card_has_them() -> None:
    for scan in (SAMPLES["weak"], HOSTILE):
        for group in view_of(scan, ARTICLES).groups:
            for card in group.cards:
                read = tomllib.loads(f"[[site]]\n{card.accept}")["site"][0]["accepted"]
                assert {entry["rule"] for entry in read} == {card.rule}
