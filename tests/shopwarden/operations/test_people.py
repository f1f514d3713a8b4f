"""Names of people, and what the owner looks after himself: where they stand, and where they never do, counted in every output."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reports.formats.terminal import text
from scanner.engine.judging import judge_all
from scanner.evidence import Account, OwnersRecord, Person, Review, TeamMember
from scanner.history.events import Change, Event
from scanner.platforms.loading import read_shipped
from scanner.results.result import ScanResult
from scanner.rules.rule import Severity
from scanner.settings.models import Alert
from scanner.settings.options import ScanOptions
from shopwarden.delivery.receiver import Receiver
from shopwarden.operations import notify
from shopwarden.operations.notify import Post, Report, words_of
from shopwarden.operations.write_reports import Reports
from tests.reports.samples import WEAK
from tests.scanning import catalogue

NAME, ACCOUNT = "Britta Wurzel-Zabłocka", "Till of the flower shop"
RECORD = OwnersRecord(
    WEAK.started,
    reviews=(
        Review("ftp-password", "1m", date(2026, 1, 5), date(2026, 2, 5), NAME),
        Review("own <b>thing</b>", "99y", date(2026, 1, 5), date(2125, 1, 5), NAME),
    ),
    accounts=(Account(ACCOUNT, "https://a.example/admin", (NAME,), second_factor=False),),
    persons=(Person(NAME, date(2026, 1, 31)), Person(f"{NAME} junior", date(2099, 1, 31))),
    team=(TeamMember(NAME, "+44 20 5550 1234"),),
)
FILES = ("html", "json", "sarif", "junit", "csv", "markdown", "tickets", "ics")


def kept() -> ScanResult:
    rules = [one for one in catalogue().rules.values() if {need.kind for need in one.needs} == {OwnersRecord}]
    return replace(WEAK, judged=(*WEAK.judged, *judge_all(rules, {OwnersRecord: RECORD}, read_shipped())))


def written(tmp_path: Path, **options: object) -> dict[str, str]:
    """Each output's text, by its name."""
    files = {name: str(tmp_path / f"report.{name}") for name in FILES}
    asked = ScanOptions.model_validate(files | {"fixes": str(tmp_path / "fixes"), "quiet": True} | options)
    reports = Reports(kept(), catalogue(), asked, owner=RECORD)
    assert reports.write(asked.html) == ()
    made = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.rglob("*") if file.is_file()}
    return made | {"terminal": text(reports.view, color=False, width=100)}


def holding(made: dict[str, str], what: str) -> set[str]:
    return {
        name for name, content in made.items() if what in content or what.encode("ascii", "backslashreplace").decode() in content
    }


@pytest.mark.parametrize("include", [False, True])
def test_a_persons_name_stands_on_the_owners_page_and_terminal_alone(tmp_path: Path, include: bool) -> None:
    made = written(tmp_path, include_people=include)
    assert len(made) > len(FILES) + 2
    assert holding(made, NAME) == {"report.html", "terminal"}
    assert holding(made, "5550 1234") == {"report.html"}


def test_others_are_told_nothing_of_what_the_owner_looks_after(tmp_path: Path) -> None:
    made = written(tmp_path)
    assert holding(made, ACCOUNT) == {"report.html", "report.json", "terminal"}
    assert holding(made, "access-of-leaver") == {"report.html", "report.json"}


def test_others_are_told_where_the_owner_wants_it(tmp_path: Path) -> None:
    made = written(tmp_path, include_people=True)
    assert {f"report.{name}" for name in FILES if name != "ics"} <= holding(made, ACCOUNT)


def test_what_is_typed_into_the_configuration_cannot_break_the_page(tmp_path: Path) -> None:
    page = written(tmp_path)["report.html"]
    assert "<b>thing" not in page
    assert "own &lt;b&gt;thing" in page.replace("<wbr>", "")


def test_it_costs_no_points(tmp_path: Path) -> None:
    reports = Reports(kept(), catalogue(), ScanOptions(quiet=True), owner=RECORD)
    assert reports.view.grade == Reports(WEAK, catalogue(), ScanOptions(quiet=True)).view.grade
    people = [card for group in reports.view.groups for card in group.cards if card.rule == "access-of-leaver"]
    assert [(card.graded, card.regrade) for card in people] == [(False, "")]


def test_the_letters_on_the_owners_own_page_leave_it_out() -> None:
    view = Reports(kept(), catalogue(), ScanOptions(quiet=True), owner=RECORD).view
    sent = repr((view.to_host, view.to_developer))
    assert ACCOUNT not in sent
    assert NAME not in sent


@pytest.mark.parametrize(("outside", "include", "told"), [(False, False, True), (True, False, False), (True, True, True)])
def test_webhooks_and_a_shops_own_people_are_told_no_reviews(outside: bool, include: bool, told: bool) -> None:
    receiver = Receiver("x", "x", lambda _waiting: None, outside=outside)
    events = tuple(
        Event(site="a.example", at=WEAK.started, kind=Change.NEW, severity=Severity.HIGH, rule=rule, subject="s", location="l")
        for rule in ("access-of-leaver", "exposed-log")
    )
    shop = notify.Told("a.example", "A", "https://a.example/", events=events)
    post = Post(((Alert(to=("mailto://a",)), (receiver,)),))
    report = {"a.example": Report(people=include)}
    ((_, message),) = notify._changes(post, [shop], words_of(catalogue(), None), WEAK.started, report)
    for said in (message.text, message.html, str(message.payload)):
        assert (catalogue().articles["exposed-log"].title in said) or "exposed-log" in said
        assert ("Somebody who left" in said or "access-of-leaver" in said) is told


def test_a_recording_numbers_people_and_is_judged_the_same() -> None:
    rules = [one for one in catalogue().rules.values() if {need.kind for need in one.needs} == {OwnersRecord}]
    nameless = RECORD.nameless
    assert NAME not in repr(nameless)
    assert "5550 1234" not in repr(nameless)
    assert judge_all(rules, {OwnersRecord: nameless}, read_shipped()) == judge_all(rules, {OwnersRecord: RECORD}, read_shipped())
    assert nameless.nameless == nameless
