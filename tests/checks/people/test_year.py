"""A year of nights with reviews and leavers: each is told on the night on which it is due, and none twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scanner.engine.judging import judge_all
from scanner.evidence import OwnersRecord
from scanner.gatherers.owner.register import record_of
from scanner.history.comparison import compare
from scanner.history.events import Change, Health
from scanner.history.known import KnownSite
from scanner.platforms.loading import read_shipped
from scanner.results.document import ScanDocument, document
from scanner.results.result import Requests, ScanResult, Site, Status
from scanner.settings.models import SiteSettings
from tests.scanning import catalogue

FIRST = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
RULES = {rule.id: rule for rule in catalogue().rules.values() if {need.kind for need in rule.needs} == {OwnersRecord}}


def night(now: datetime, site: SiteSettings) -> ScanDocument:
    judged = judge_all(RULES.values(), {OwnersRecord: record_of(site, now)}, read_shipped())
    shop = Site("petalandstem.example", "https://petalandstem.example/", "petalandstem.example", "Petal & Stem")
    return document(ScanResult(shop, now, now, Status.COMPLETE, judged, Requests()))


def site(reviews: dict[str, tuple[str, date | None]], people: list[str], left: date | None) -> SiteSettings:
    return SiteSettings.model_validate(
        {
            "url": "https://petalandstem.example",
            "review": [{"name": name, "every": every, "done": done} for name, (every, done) in reviews.items()],
            "account": [{"name": "Shop", "people": people, "second_factor": True}] if people else [],
            "person": [{"name": "B. Root", "left": left}],
            "breach": {"team": [{"name": "A", "phone": "1"}]},
        }
    )


def test_a_year() -> None:
    reviews: dict[str, tuple[str, date | None]] = {
        "monthly": ("1m", FIRST.date()),
        "quarterly": ("3m", FIRST.date()),
        "weekly": ("1w", FIRST.date()),
        "given up": ("2m", FIRST.date()),
    }
    people, left = ["A", "B. Root"], date(2026, 6, 1)
    known, told = KnownSite(), []
    wanted = set()
    for day in range(366):
        now = FIRST + timedelta(days=day)
        if day == 200:
            people = ["A"]  # a month and a half too late
            wanted.add((200, Change.FIXED, "Shop"))
        if day == 100:
            del reviews["given up"]
            wanted.add((100, Change.NO_LONGER_APPLIES, "given up"))
        step = compare(known, night(now, site(reviews, people, left)), RULES, answers=True)
        known = step.known
        told += [(day, event.kind, event.subject) for event in step.events]
        for name, (every, _) in reviews.items():
            due = next(one.due for one in record_of(site(reviews, people, left), now).reviews if one.name == name)
            assert due is not None
            if due == now.date():
                kind = Change.NEW if (name, "seen") not in wanted else Change.CAME_BACK
                wanted |= {(day, kind, name), (name, "seen")}
            if name != "given up" and (now.date() - due).days == 2:  # done two days late
                reviews[name] = (every, now.date())
                wanted.add((day + 1, Change.FIXED, name))
    gone = (left - FIRST.date()).days
    wanted |= {(gone, Change.NEW, "Shop"), (gone + 7, Health.STILL_OPEN, "Shop"), (gone + 37, Health.STILL_OPEN, "Shop")}
    assert len(told) == len(set(told)) > 100
    assert set(told) == {one for one in wanted if isinstance(one[0], int) and one[0] < 366}
    assert step.after == "A+"


def test_what_is_newly_written_down_is_answered_at_once() -> None:
    before, after = site({}, ["A"], None), site({"ftp-password": ("1m", None)}, ["A"], None)
    known = compare(KnownSite(), night(FIRST, before), RULES, answers=True).known
    (event,) = compare(known, night(FIRST + timedelta(days=1), after), RULES, answers=True).events
    assert (event.kind, event.subject) == (Change.FIRST_LOOK, "ftp-password")


def test_a_register_that_is_given_up_closes_what_it_said() -> None:
    known = compare(KnownSite(), night(FIRST, site({}, ["B. Root"], FIRST.date())), RULES, answers=True).known
    (event,) = compare(known, night(FIRST + timedelta(days=1), site({}, [], FIRST.date())), RULES, answers=True).events
    assert (event.kind, event.rule) == (Change.NO_LONGER_APPLIES, "access-of-leaver")
