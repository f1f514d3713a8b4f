"""What is remembered and told stays bounded, and nothing that matters is lost for that."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from checks.third_party.scripts import third_party_script
from checks.third_party.skimmers import skimmer_indicator
from scanner.history import bounds
from scanner.history.comparison import Comparison, compare, each_change
from scanner.history.events import Change, Event, Health
from scanner.history.known import KnownSite
from scanner.results.document import ScanDocument
from scanner.results.result import Status
from scanner.rules.rule import Severity, rule_of
from tests.nights import FIRST, NO_RULES, compared, night, run

RULES = {rule.id: rule for rule in map(rule_of, (third_party_script, skimmer_indicator)) if rule is not None}
COOKIES = "cookie-insecure"


def changes(step: Comparison, kind: Change) -> set[str]:
    return {event.subject for event in step.events if event.kind is kind}


def counted(events: Iterable[Event]) -> dict[str, int]:
    """Events by kind, with those that others stand for."""
    found: dict[str, int] = {}
    for event in events:
        found[event.kind] = found.get(event.kind, 0) + 1 + event.more
    return found


def compared_all(documents: Iterable[ScanDocument]) -> tuple[list[Comparison], KnownSite]:
    known, steps = KnownSite(), []
    for document in documents:
        steps.append(compare(known, document, RULES))
        known = steps[-1].known
    return steps, known


# ---- places


@pytest.mark.parametrize(("a_night", "page"), [(60, "/a"), (60, "/zebra-"), (1900, "/a"), (2500, "/a")])
def test_a_skimmer_at_the_checkout_is_new_after_many_nights_of_changing_pages(a_night: int, page: str) -> None:
    def passed(day: int) -> ScanDocument:
        pages = " ".join(f"{page}{day}-{number}" for number in range(a_night))
        return night(day, {"skimmer-indicator": f"passed /checkout {pages}", "third-party-script": f"passed /checkout {pages}"})

    _, known = compared_all(map(passed, range(40)))
    assert all(len(rule.examined) <= max(bounds.MOST_EXAMINED, a_night + 1) for rule in known.rules.values())
    seen = night(
        40, {"skimmer-indicator": "found evil.js@/checkout", "third-party-script": "found evil.example@checkout@/checkout"}
    )
    events = [(event.rule, event.kind, event.severity) for event in compare(known, seen, RULES).events]
    assert ("third-party-script", Change.NEW, Severity.HIGH) in events
    assert ("skimmer-indicator", Change.NEW) in {(rule, kind) for rule, kind, _ in events}


def test_what_was_looked_at_last_is_remembered_first() -> None:
    kept = bounds.places([f"/b{number}" for number in range(1500)], [f"/a{number}" for number in range(1500)], ())
    assert (len(kept), kept[1499], kept[1500], kept[-1]) == (2000, "/b999", "/a0", "/a499")
    again = bounds.places(["/a499"], kept, ())
    assert (len(again), again[0], again[-1]) == (2000, "/a499", "/a498")


def test_places_of_what_is_open_are_kept_whatever_their_age() -> None:
    before = (*(f"/{number}" for number in range(1999)), "/open")
    kept = bounds.places(["/x", "/y"], before, {"/open", "/never-examined"})
    assert (len(kept), kept[-1]) == (2000, "/open")
    assert "/never-examined" not in kept


def test_long_places_are_fewer() -> None:
    before: tuple[str, ...] = ()
    for day in range(40):
        before = bounds.places([f"/{day}/{number}/{'x' * 2000}" for number in range(60)], before, ())
        assert sum(map(len, before)) <= bounds.MOST_CHARACTERS
    assert len(before) > 60


# ---- subjects


def jar(day: int, names: int, *, rule: str = COOKIES, first: int | None = None) -> ScanDocument:
    """Other cookies each night, all seen at one place."""
    start = day * names if first is None else first
    return night(day, {rule: "found " + " ".join(f"c{start + number}@/" for number in range(names))})


@pytest.mark.parametrize("rules", [1, 3])
def test_forty_nights_of_600_new_names_cost_no_more_than_the_first(rules: int) -> None:
    named = [COOKIES, "cookie-script-readable", "cookie-samesite-missing"][:rules]

    def seen(day: int) -> ScanDocument:
        parts = [jar(day, 600 // rules, rule=rule).verdicts[0] for rule in named]
        return night(day).model_copy(update={"verdicts": tuple(parts)})

    steps, known = run(map(seen, range(40)))
    bytes_ = [len(step.known.model_dump_json()) for step in steps]
    assert max(bytes_) < 250_000 * rules
    assert bytes_[-1] <= max(bytes_[:5]) * 1.02  # names get longer by a digit
    assert max(len(step.events) for step in steps) <= 2 * bounds.MOST_EVENTS * rules
    assert len(known.open_findings) == min(600 // rules, bounds.MOST_SUBJECTS) * rules
    if rules == 3:
        assert counted(steps[1].events) == {"new": 600, "fixed": 600}


def test_what_is_only_counted_is_said_and_is_no_news_later() -> None:
    known = compared(KnownSite(), night(0, {COOKIES: "passed /"})).known
    first = compared(known, jar(1, 700))
    assert counted(first.events) == {"new": 700}
    assert first.known.rules[COOKIES].left_out == {Severity.HIGH: 200}
    second = compared(first.known, jar(2, 700, first=700))
    assert second.events == ()
    half = compared(second.known, jar(3, 300, first=700))
    assert counted(half.events) == {"fixed": 400, "first-seen": 200}
    assert half.known.rules[COOKIES].left_out == {}
    whole = compared(half.known, night(4, {COOKIES: "passed /"}))
    assert counted(whole.events) == {"fixed": 300}
    assert counted(compared(whole.known, jar(5, 1, first=9000)).events) == {"new": 1}


def test_a_night_that_looked_at_less_does_not_count_less() -> None:
    many = "found " + " ".join(f"c{number}@/{number}" for number in range(600))
    steps, known = run([night(0, {COOKIES: many}), night(1, {COOKIES: "found c1@/1"}), night(2, {COOKIES: many})])
    assert [counted(step.events) for step in steps] == [{"first-seen": 600}, {}, {}]
    assert known.rules[COOKIES].left_out == {Severity.HIGH: 100}
    fixed = compared(known, night(3, {COOKIES: "found c1@/1 + " + " ".join(f"/{number}" for number in range(600))}))
    assert fixed.known.rules[COOKIES].left_out == {}


def test_what_is_worse_than_what_is_only_counted_is_told() -> None:
    hosts = " ".join(f"h{number}.example@home@/" for number in range(600))
    _, known = compared_all([night(0, {"third-party-script": f"found {hosts} + /checkout"})])
    assert known.rules["third-party-script"].left_out == {Severity.INFO: 100}
    seen = night(1, {"third-party-script": f"found {hosts} evil.example@checkout@/checkout"})
    step = compare(known, seen, RULES)
    assert [(event.kind, event.severity, event.subject) for event in step.events] == [
        (Change.NEW, Severity.HIGH, "evil.example@checkout")
    ]
    assert step.known.rules["third-party-script"].findings["evil.example@checkout"].open


def test_every_alarm_among_many_is_looked_at_twice() -> None:
    """What is told in one line with others is an alarm as well: it is for the second look to say which of them are there."""
    known = compared(KnownSite(), night(0, {COOKIES: "passed /"})).known
    step = each_change(known, jar(1, 700), NO_RULES)
    assert len({event.subject for event in step.events}) == 700


# ---- time


def test_what_was_closed_is_forgotten_after_a_year() -> None:
    said = [night(0, {COOKIES: "found x@/"}), night(1, {COOKIES: "passed /"}), night(366, {COOKIES: "found x@/"})]
    steps, _ = run(said)
    assert changes(steps[2], Change.NEW) == {"x"}
    steps, _ = run([*said[:2], night(365, {COOKIES: "found x@/"})])
    assert changes(steps[2], Change.CAME_BACK) == {"x"}
    steps, known = run([*said[:2], night(300, {COOKIES: "unclear"}), night(367, {COOKIES: "passed /"})])
    assert known.rules[COOKIES].findings == {}


def test_what_was_closed_late_is_remembered_from_then_on() -> None:
    blocked = [night(day, status=Status.BLOCKED) for day in range(1, 400, 50)]
    steps, _ = run(
        [night(0, {COOKIES: "found x@/"}), *blocked, night(400, {COOKIES: "passed /"}), night(410, {COOKIES: "found x@/"})]
    )
    assert [changes(step, kind) for step, kind in ((steps[-2], Change.FIXED), (steps[-1], Change.CAME_BACK))] == [{"x"}, {"x"}]


def test_of_closed_findings_the_last_are_remembered() -> None:
    _, known = run([jar(0, 400), jar(1, 400), night(2, {COOKIES: "passed /"})])
    kept = set(known.rules[COOKIES].findings)
    assert len(kept) == bounds.MOST_SUBJECTS
    assert kept >= {f"c{number}" for number in range(400, 800)}


@pytest.mark.parametrize("word", ["blocked", "away", "unclear", "passed /elsewhere"])
def test_an_open_critical_that_cannot_be_looked_at_is_brought_to_mind(word: str) -> None:
    """First seen on the first night, and from then on behind a firewall: a week later, then each month."""
    statuses = {"blocked": Status.BLOCKED, "away": Status.UNREACHABLE}
    nights = [night(0, {"exposed-config": "found /.env@/.env", "exposed-log": "found /medium?@/medium"})]
    for day in range(1, 124):
        said = {} if word in statuses else {"exposed-config": word, "exposed-log": word}
        nights.append(night(day, said, status=statuses.get(word, Status.COMPLETE)))
    steps, _ = run(nights)
    reminders = [(event.at - FIRST).days for step in steps for event in step.events if event.kind is Health.STILL_OPEN]
    assert reminders == [7, 37, 67, 97]
    last = [event for step in steps for event in step.events if event.kind is Health.STILL_OPEN][-1]
    assert (last.subject, last.since, last.because) == ("/.env", FIRST, "2026-03-01")
    not_confirmed = [(event.at - FIRST).days for step in steps for event in step.events if event.kind is Health.NOT_CONFIRMED]
    assert not_confirmed == [7, 7]


def test_nobody_is_reminded_of_an_accepted_risk_or_of_a_rule_that_is_left_out() -> None:
    blocked = [night(day, {"exposed-log": "unclear"}, status=Status.BLOCKED) for day in range(1, 20)]
    steps, _ = run([night(0, {"exposed-config": "found /.env@/.env", "exposed-log": "found x!@/x"}), *blocked])
    assert [event.kind for step in steps[1:] for event in step.events if event.kind is Health.STILL_OPEN] == []


def test_after_a_month_at_a_hostile_shop_more_nights_cost_no_more() -> None:
    """New names, new pages, and long ones, every night."""

    def seen(day: int) -> ScanDocument:
        names = " ".join(f"n{day}-{number}@/p{day}-{number}{'y' * 100}" for number in range(60))
        return night(day, {COOKIES: f"found {names} + /"})

    steps, _ = run(map(seen, range(100)))
    sizes = [len(step.known.model_dump_json()) for step in steps]
    assert sizes[99] < 1.05 * sizes[40] < 1_000_000
