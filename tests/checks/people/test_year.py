"""A year of nights with reviews, leavers and letters: each is told on the night on which it is due, and none twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from scanner.engine.judging import judge_all
from scanner.evidence import CardFile, Letters, OwnersRecord, Records, RecordsPlace, Unavailable
from scanner.gatherers.owner.register import record_of
from scanner.history.comparison import compare
from scanner.history.events import Change, Health
from scanner.history.known import KnownSite
from scanner.history.store import History
from scanner.platforms.loading import read_shipped
from scanner.results.document import ScanDocument, document
from scanner.results.result import Requests, ScanResult, Site, Status
from scanner.settings.models import SiteSettings
from scanner.testing import letter, letters
from tests.scanning import catalogue

FIRST = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
RULES = {rule.id: rule for rule in catalogue().rules.values() if {need.kind for need in rule.needs} == {OwnersRecord}}


SEARCHED = {rule.id: rule for rule in catalogue().rules.values() if rule.id == "card-number-in-records"}
LETTERS = {rule.id: rule for rule in catalogue().rules.values() if rule.id == "letter-card-number"}
BOTH = RULES | LETTERS
KEY = "petalandstem.example"


def night(
    now: datetime, site: SiteSettings, status: Status = Status.COMPLETE, read: Letters | Unavailable | None = None
) -> ScanDocument:
    """What a scan at that moment makes of the configuration, and of a letter where there is one."""
    rules = [*RULES.values(), *(LETTERS.values() if read else ())]
    judged = judge_all(rules, {OwnersRecord: record_of(site, now), Letters: read}, read_shipped())
    shop = Site(KEY, f"https://{KEY}/", KEY, "Petal & Stem")
    return document(ScanResult(shop, now, now, status, judged, Requests(), because="It cannot be reached."))


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


# --- a year in which all goes wrong but the reminders

BERLIN = ZoneInfo("Europe/Berlin")
MISSED = {20, 21, 22, 23, 121, 305}
AWAY = {**dict.fromkeys(range(150, 176), Status.UNREACHABLE), **dict.fromkeys(range(230, 236), Status.BLOCKED)}
CLOCK_AHEAD, CLOCK_BACK = {30, 31}, {90}
CARD_IN_LETTER = range(80, 96)


def nights() -> Iterator[tuple[int, datetime]]:
    """At half past two by the clock on the wall, which changes twice (on day 83 that time does not come); a day ahead for two
    nights, and once again an hour earlier in the same night."""
    for day in range(366):
        if day not in MISSED:
            wall = datetime(2026, 1, 5, 2, 30, tzinfo=BERLIN) + timedelta(days=day + (day in CLOCK_AHEAD))
            yield day, wall.astimezone(UTC)
            if day in CLOCK_BACK:
                yield day, (wall - timedelta(hours=1)).astimezone(UTC)


@dataclass
class Kept:
    """The configuration, which its owner edits: name → interval and day of the last time. open: what is told and not done."""

    reviews: dict[str, tuple[str, date | None]]
    people: list[str]
    left: date | None
    open: set[str] = field(default_factory=set)

    @property
    def site(self) -> SiteSettings:
        return site(self.reviews, self.people, self.left)

    def edit(self, day: int, today: date) -> None:
        """By hand, between two nights."""
        match day:
            case 45:
                self.reviews["monthly"] = ("2m", self.reviews["monthly"][1])
            case 100:
                del self.reviews["given up"]
            case 130:
                self.reviews["new one"] = ("1m", None)
            case 140:
                self.reviews["new one"] = ("1m", today)
            case 215:
                self.people = ["A"]
            case 260:  # a day that was mistyped, put right
                self.reviews["quarterly"] = ("3m", today - timedelta(days=200))
            case 262:
                self.reviews["quarterly"] = ("3m", today)

    def due(self, today: date) -> set[str]:
        due = {
            one.name
            for one in record_of(self.site, datetime.combine(today, datetime.min.time(), UTC)).reviews
            if one.days_left(today) <= 0
        }
        return due | ({"Shop"} if self.left is not None and self.left <= today and "B. Root" in self.people else set())


def test_a_year_of_bad_nights(tmp_path: Path) -> None:
    begun = date(2026, 1, 5)
    kept = Kept(
        {name: (every, begun) for name, every in (("weekly", "1w"), ("monthly", "1m"), ("quarterly", "3m"), ("given up", "2m"))},
        ["A", "B. Root"],
        date(2026, 6, 20),  # while the shop is away
    )
    history = History.open(str(tmp_path / "h.sqlite3"))
    told: list[tuple[int, str, str]] = []
    wanted: list[tuple[int, str, str]] = []
    reminded: list[int] = []
    edited = -1
    for day, now in nights():
        for number in range(edited + 1, day + 1):
            kept.edit(number, begun + timedelta(days=number))
        edited = day
        at = history.date_of(KEY, now)  # as a night does (ShopScanner)
        status = AWAY.get(day, Status.COMPLETE)
        cards = ("Visa •••• 1111",) if day in CARD_IN_LETTER else ()
        read = letters(letter(cards=cards)) if status is Status.COMPLETE else Unavailable("It cannot be reached.")
        comparing = partial(compare, rules=BOTH, answers=True)
        step = history.record(night(at, kept.site, status, read), compare=comparing)
        assert step is not None
        for event in step.events:
            if event.kind is Health.STILL_OPEN:
                reminded += [day] if event.rule == "access-of-leaver" else []
            elif event.rule in RULES:
                told.append((day, "done" if event.kind in {Change.FIXED, Change.NO_LONGER_APPLIES} else "due", event.subject))
            elif event.rule:
                told.append((day, str(event.kind), event.rule))
        due = kept.due(at.date())
        wanted += sorted((day, "due", name) for name in due - kept.open)
        wanted += sorted((day, "done", name) for name in kept.open - due)
        kept.open = due
        for name, (every, _) in kept.reviews.items():
            if name in due and name != "given up" and day % 3 == 0:  # every third day he sits down to it, whatever the shop does
                kept.reviews[name] = (every, at.date())
    wanted += [(80, "new", "letter-card-number"), (96, "fixed", "letter-card-number")]
    assert sorted(told) == sorted(wanted)
    assert len(wanted) > 100
    assert any(day in AWAY for day, _, _ in wanted)
    left = (date(2026, 6, 20) - begun).days
    assert left in AWAY
    assert (left, "due", "Shop") in told
    assert reminded == [left + 7, left + 37]
    history.close()


def records_night(day: int, found: str, unseen: str = "", gone: str = "") -> ScanDocument:
    """Cards at one place; another one could not be looked at; a third is not configured any more."""
    cards = (CardFile("a.log", 1, ("1111",)),)
    places = [RecordsPlace(found, cards=cards, card_files=1, seen=1, searched=1)]
    places += [RecordsPlace(unseen, problem=Unavailable("It refuses the login."))] if unseen else []
    places += [RecordsPlace(gone, cards=cards, card_files=1, seen=1, searched=1)] if gone else []
    now = FIRST + timedelta(days=day)
    kept = OwnersRecord(now, records=tuple(one.location for one in places))
    judged = judge_all(SEARCHED.values(), {OwnersRecord: kept, Records: Records(tuple(places), now)}, read_shipped())
    shop = Site(KEY, f"https://{KEY}/", KEY, "Petal & Stem")
    return document(ScanResult(shop, now, now, Status.COMPLETE, judged, Requests()))


def test_a_place_that_could_not_be_looked_at_changes_nothing_and_one_that_is_gone_is_closed() -> None:
    nights = [
        records_night(0, "/a", gone="/b"),
        records_night(1, "/a", unseen="/b"),  # its network was down
        records_night(2, "/a", gone="/b"),
        records_night(3, "/a"),
    ]
    known, told = KnownSite(), []
    for one in nights:
        step = compare(known, one, SEARCHED, answers=True)
        known = step.known
        told += [((one.started - FIRST).days, event.kind, event.subject) for event in step.events]
    first = [(0, Change.FIRST_LOOK, "/a"), (0, Change.FIRST_LOOK, "/b")]
    assert told == [*first, (3, Change.NO_LONGER_APPLIES, "/b")]


def test_a_shop_that_is_away_from_the_first_night_on_has_its_first_look_when_it_is_there() -> None:
    written = site({"ftp-password": ("1m", date(2025, 1, 5))}, [], None)
    away = compare(KnownSite(), night(FIRST, written, Status.UNREACHABLE, Unavailable("It is away.")), BOTH, answers=True)
    assert [event.kind for event in away.events] == [Change.FIRST_LOOK, Health.UNREACHABLE]
    bad = letters(letter(cards=("Visa •••• 1111",)))
    there = compare(away.known, night(FIRST + timedelta(days=1), written, read=bad), BOTH, answers=True)
    assert [(event.kind, event.rule) for event in there.events] == [
        (Change.FIRST_LOOK, "letter-card-number"),
        (Health.BACK, ""),
    ]


def test_a_release_that_brings_the_rules_makes_no_first_look() -> None:
    shop = night(FIRST, site({}, [], None), read=letters())
    before = shop.model_copy(update={"verdicts": tuple(one for one in shop.verdicts if one.rule in LETTERS)})
    known = compare(KnownSite(), before, BOTH, answers=True).known
    written = site({"ftp-password": ("1m", date(2025, 1, 5))}, [], None)
    for status in (Status.COMPLETE, Status.UNREACHABLE):
        step = compare(known, night(FIRST + timedelta(days=1), written, status, letters()), BOTH, answers=True)
        assert {event.kind for event in step.events if isinstance(event.kind, Change)} == {Change.FIRST_SEEN}
