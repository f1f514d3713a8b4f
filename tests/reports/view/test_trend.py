"""What changed since last time, in words, as a picture and as a table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from reports.formats.html import html
from reports.formats.markdown import markdown_
from reports.formats.terminal import text
from reports.i18n.language import language
from reports.view.build import view_of
from reports.view.trend import BOTTOM, MOST_CHANGES, TOP, SinceLast
from scanner.history.events import Change, Event
from scanner.history.trend import Trend, trend
from scanner.results.document import document
from scanner.results.result import ScanResult, Status
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Finding, Found, Passed
from tests.nights import NO_RULES
from tests.reports.samples import ARTICLES, EVIL, WEAK, found, result

ALL = {judged.rule.id: judged.verdict for judged in WEAK.judged}


def past(days: int, **changes: Found | Passed) -> ScanResult:
    then = result({**ALL, **{rule.replace("_", "-"): verdict for rule, verdict in changes.items()}})
    return replace(then, started=WEAK.started - timedelta(days=days), finished=WEAK.finished - timedelta(days=days))


BETTER = past(
    7,
    exposed_vcs=Passed(("/.git/HEAD",)),
    tls_certificate_expired=Found.at("petalandstem.example", places=["petalandstem.example"]),
)


def trend_of(*before: ScanResult, now: ScanResult = WEAK) -> Trend:
    return trend([document(one) for one in before], document(now), NO_RULES)


def since_last(seen: Trend, code: str = "en") -> SinceLast:
    made = view_of(WEAK, ARTICLES, language=language(code), trend=seen).since_last
    assert made is not None
    return made


def test_without_a_history_nothing_is_said() -> None:
    view = view_of(WEAK, ARTICLES)
    assert view.since_last is None
    assert 'id="progress"' not in html(view)


def test_the_first_scan_says_that_it_is_the_first() -> None:
    made = since_last(trend_of())
    assert made.sentence == "This is the first scan of this shop that is kept here. The next one will say what changed."
    assert (made.changes, made.picture, made.past) == ((), None, ())


def test_what_is_new_and_what_is_fixed() -> None:
    made = since_last(trend_of(BETTER))
    assert made.sentence == "Compared with the scan of 14 November 2026."
    assert [(kind.kind, kind.count, [line.rule for line in kind.lines]) for kind in made.changes] == [
        ("new", 1, ["exposed-vcs"]),
        ("fixed", 1, ["tls-certificate-expired"]),
    ]
    assert made.changes[0].lines[0].title == "Strangers can download the shop's source code and its history"
    assert made.grade == "The grade is F, as before."


def test_a_problem_at_many_places_is_one_change() -> None:
    def event(rule: str, subject: str, more: int = 0) -> Event:
        return Event(
            site="petals.example", at=WEAK.started, kind=Change.NEW, severity=Severity.LOW, rule=rule, subject=subject,
            location=f"https://petals.example/{subject}", more=more,
        )  # fmt: skip

    many = tuple(event("version-leak-header", name) for name in ("server", "x-powered-by", "via"))
    made = since_last(replace(trend_of(past(1)), new=(*many, event("exposed-vcs", ".git/", more=4))))
    assert [(kind.count, kind.more) for kind in made.changes] == [(2, 0)]
    assert [(line.rule, line.where, line.more) for line in made.changes[0].lines] == [
        ("version-leak-header", "https://petals.example/server", 2),
        ("exposed-vcs", "https://petals.example/.git/", 4),
    ]
    shown = view_of(WEAK, ARTICLES, trend=replace(trend_of(past(1)), new=many))
    for words in (html(shown), markdown_(shown), text(shown, color=False, width=200)):
        assert "and 2 more places" in words


def test_nothing_changed() -> None:
    made = since_last(trend_of(past(1)))
    assert made.sentence == "Nothing changed since the scan of 20 November 2026."
    assert made.changes == ()


def test_two_scans_of_one_day_are_told_apart_by_their_time() -> None:
    hours = replace(past(0), started=WEAK.started - timedelta(hours=3))
    made = since_last(trend_of(past(1), hours))
    assert made.sentence == "Nothing changed since the scan of 21 November 2026, 01:05 UTC."
    assert [one.day for one in made.past] == ["21 November 2026, 04:05 UTC", "21 November 2026, 01:05 UTC", "20 November 2026"]


def test_the_picture_has_a_dot_for_each_grade_and_a_gap_for_each_scan_without() -> None:
    away = replace(past(2), status=Status.UNREACHABLE, judged=())
    clean = replace(past(3), judged=tuple(replace(j, verdict=Passed()) for j in WEAK.judged))
    made = since_last(trend_of(past(4), clean, away))
    assert made.picture is not None
    assert len(made.picture.dots) == 3
    assert made.picture.dots[1].y == TOP
    assert all(TOP <= dot.y <= BOTTOM for dot in made.picture.dots)
    assert re.fullmatch(r"M[\d. ]+L[\d. ]+M[\d. ]+", made.picture.path)
    assert [(one.grade, one.score) for one in made.past] == [("F", "0"), ("–", "–"), ("A+", "100"), ("F", "0")]
    assert made.picture.description == "From 0 points on 17 November 2026 to 0 points on 21 November 2026."


def test_one_graded_scan_is_no_picture() -> None:
    assert since_last(trend_of(replace(past(1), status=Status.UNREACHABLE, judged=()), now=WEAK)).picture is None


def test_many_changes_are_cut_and_counted() -> None:
    first = Event(site="x", at=WEAK.started, kind=Change.NEW, severity=Severity.LOW, subject="x")
    many = tuple(first.model_copy(update={"rule": f"rule-{number}"}) for number in range(MOST_CHANGES + 5))
    (new,) = since_last(replace(trend_of(past(1)), new=many)).changes
    assert (new.count, len(new.lines), new.more) == (MOST_CHANGES + 5, MOST_CHANGES, 5)


@pytest.mark.parametrize("code", ["en", "pl", "de"])
def test_the_picture_is_named_and_has_a_table_beside_it(code: str) -> None:
    seen = trend_of(BETTER, past(1))
    soup = BeautifulSoup(html(view_of(WEAK, ARTICLES, language=language(code), trend=seen)), "lxml")
    picture = soup.select_one("#progress svg[role=img]")
    assert picture is not None
    names = [soup.find(id=name) for name in str(picture["aria-labelledby"]).split()]
    assert all(name is not None and name.get_text() for name in names)
    assert len(soup.select("#progress table tbody tr")) == 3
    assert len(soup.select("#progress circle")) == 3


def test_hostile_words_stay_words() -> None:
    now = result(
        {**ALL, "exposed-config": found(Finding(EVIL, "x", (f"https://petalandstem.example/{EVIL}",), places=("/.env",)))}
    )
    seen = trend_of(past(1, exposed_config=Passed(("/.env",))), now=now)
    view = view_of(now, ARTICLES, trend=seen)
    made = html(view)
    assert "<script" not in made
    assert "\u202e" not in made
    assert "\n<" not in markdown_(view).partition("## Since last time")[2].partition("\n## ")[0]


def test_markdown_has_the_changes_and_the_figures() -> None:
    made = markdown_(view_of(WEAK, ARTICLES, trend=trend_of(BETTER)))
    assert "## Since last time" in made
    assert "**New: 1**\n\n- critical: Strangers can download" in made
    assert "| 14 November 2026 | F | 0 |" in made
