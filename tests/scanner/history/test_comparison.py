"""What was known + what was seen → events, case by case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.backup.age import backup_database_stale
from checks.third_party.scripts import third_party_script
from scanner.history.comparison import compare, first_look
from scanner.history.events import Change, Health
from scanner.history.known import KnownSite
from scanner.results.document import LimitedPart, ScanDocument
from scanner.results.result import Status
from scanner.rules.rule import Escalation, Rule, Severity, rule_of
from tests.nights import FIRST, KEY, NO_RULES, night, nights_of, run, told

watched, backups = rule_of(third_party_script), rule_of(backup_database_stale)
assert watched is not None
assert backups is not None
SCRIPTS, BACKUPS = {watched.id: watched}, {backups.id: backups}
F, P, U = "found x@/a", "passed /a", "unclear"


@pytest.mark.parametrize(
    ("said", "events"),
    [
        # the first conclusive judgement is first seen, whatever came before it
        ([F], ["0 first-seen x"]),
        ([U, F], ["1 first-seen x"]),
        (["-", "away", U, F, F], ["3 first-seen x"]),
        # new, fixed, came back
        ([P, F], ["1 new x"]),
        ([P, F, P], ["1 new x", "2 fixed x"]),
        ([P, F, P, F], ["1 new x", "2 fixed x", "3 came-back x"]),
        ([F, P, F], ["0 first-seen x", "1 fixed x", "2 came-back x"]),
        (["na", F], ["1 new x"]),
        (["found x@/a + /b", "found x@/a y@/b"], ["0 first-seen x", "1 new y"]),
        # what lies where nobody had looked before is no news; what lies in one such place and in a known one is
        (["passed /a", "found x@/b"], ["1 first-seen x"]),
        (["passed /a", "found x@/a,/b"], ["1 new x"]),
        (["passed /a", "passed /b", "found x@/a"], ["2 new x"]),
        (["passed /a", "na", "found x@/c"], ["2 new x"]),
        # fixed only if every place was examined again
        ([F, "passed /b"], ["0 first-seen x"]),
        (["found x@/a,/b", "passed /a"], ["0 first-seen x"]),
        (["found x@/a,/b", "passed /a", "passed /a /b"], ["0 first-seen x", "2 fixed x"]),
        (["found x@/a y@/b", "found y@/b"], ["0 first-seen x", "0 first-seen y"]),
        (["found x@/a y@/b", "found y@/b + /a"], ["0 first-seen x", "0 first-seen y", "1 fixed x"]),
        # the places are those of the last night it was seen
        (["found x@/a", "found x@/b", "passed /a", "passed /b"], ["0 first-seen x", "3 fixed x"]),
        # unknown changes nothing
        ([P, U, F], ["2 new x"]),
        ([F, U, F], ["0 first-seen x"]),
        ([F, U, U, P], ["0 first-seen x", "3 fixed x"]),
        ([F, "-", F], ["0 first-seen x"]),
        ([F, "away", F], ["0 first-seen x"]),
        ([F, "blocked", P], ["0 first-seen x", "2 fixed x"]),
        # no longer applies
        ([F, "na"], ["0 first-seen x", "1 no-longer-applies x"]),
        ([F, "na", "na", F], ["0 first-seen x", "1 no-longer-applies x", "3 came-back x"]),
        ([F, P, "na"], ["0 first-seen x", "1 fixed x"]),
        # what was merely possible and becomes sure is told once, and does not flap
        (["found x?@/a", F, "found x?@/a", F], ["0 first-seen x", "1 new x"]),
        # a new release that has lost the rule, or brings it back, changes nothing
        ([F, "-", "-", P], ["0 first-seen x", "3 fixed x"]),
    ],
)
def test_finding_events(said: list[str], events: list[str]) -> None:
    steps, _ = run(nights_of(*said))
    assert [line for step in steps for line in told(e for e in step.events if isinstance(e.kind, Change))] == events


def test_a_site_that_is_away_is_told_once_and_compared_with_nothing() -> None:
    steps, known = run(nights_of(F, "away", "blocked", "away", P))
    lines = [line for step in steps for line in told(step.events)]
    assert lines == ["0 first-seen x", "1 unreachable", "4 fixed x", "4 back"]
    away = steps[1].events[0]
    assert (away.severity, away.because, away.since) == (Severity.HIGH, "The name could not be looked up.", FIRST)
    assert steps[4].events[1].since == FIRST + timedelta(days=1)
    assert known.away is None


def test_not_confirmed_is_told_once_after_a_week_and_again_only_after_it_was_seen_again() -> None:
    steps, _ = run(nights_of(F, *[U] * 20, F, *["passed /other"] * 9))
    lines = [line for step in steps for line in told(e for e in step.events if e.kind is Health.NOT_CONFIRMED)]
    assert lines == ["7 not-confirmed x", "28 not-confirmed x"]


def test_a_check_that_is_dead_for_two_weeks_is_told_once() -> None:
    steps, _ = run(nights_of(P, *[U] * 30, P, *[U] * 15))
    lines = [line for step in steps for line in told(e for e in step.events if e.kind is Health.CHECK_DEAD)]
    assert lines == ["15 check-dead", "46 check-dead"]


def test_three_weeks_away_kill_no_check() -> None:
    steps, _ = run(nights_of(P, *["away"] * 21, U, U))
    assert [line for step in steps for line in told(step.events)] == ["1 unreachable", "22 back"]


def test_reminders_of_what_stays_open_come_after_a_week_and_then_each_month() -> None:
    steps, _ = run(nights_of(P, *[F] * 75))
    lines = [line for step in steps for line in told(e for e in step.events if e.kind is Health.STILL_OPEN)]
    assert lines == ["8 still-open x", "38 still-open x", "68 still-open x"]
    medium, _ = run(nights_of(P, *[F] * 75, rule="ssh-password-login"))
    assert not [e for step in medium for e in step.events if e.kind is Health.STILL_OPEN]


def test_an_accepted_risk_is_counted_out_and_told_when_it_expires() -> None:
    steps, _ = run(
        [night(0, {"exposed-log": P}), night(1, {"exposed-log": "found x!@/a"}), night(60, {"exposed-log": "found x!@/a"}),
         night(122, {"exposed-log": F}), night(123, {"exposed-log": F})]
    )  # fmt: skip
    new, expired = steps[1].events[0], steps[3].events[0]
    assert (new.kind, new.counts) == (Change.NEW, False)
    assert steps[2].events == ()
    assert (expired.kind, expired.because, expired.counts) == (Health.RISK_EXPIRED, "2026-06-30", True)
    assert [e.kind for e in steps[3].events] == [Health.RISK_EXPIRED, Health.STILL_OPEN]
    assert steps[4].events == ()
    assert [step.after for step in steps] == ["A+", "A+", "A+", "B", "B"]


def test_data_that_is_too_old_is_told_once() -> None:
    steps, _ = run([night(day, {"exposed-log": P}, data_as_of="2026-02-01") for day in (0, 151, 152, 153)])
    assert [told(step.events) for step in steps] == [[], [], ["152 data-too-old"], []]


def test_a_script_host_that_is_new_at_the_checkout_is_a_high_event() -> None:
    rule, before = "third-party-script", "found cdn.example@home@/ + /checkout"
    known = first_look(night(0, {rule: before}), SCRIPTS)
    seen = night(1, {rule: before.replace(" +", " evil.example@checkout@/checkout b.example@home@/ nonsense@/ +")})
    assert [(e.subject, e.kind, e.severity) for e in compare(known, seen, SCRIPTS).events] == [
        ("evil.example@checkout", Change.NEW, Severity.HIGH),
        ("b.example@home", Change.NEW, Severity.INFO),
        ("nonsense", Change.NEW, Severity.INFO),
    ]  # fmt: skip


def test_any_rule_can_say_that_some_of_its_findings_weigh_more() -> None:
    severer = Escalation(Severity.CRITICAL, lambda subject: {} if subject == "x" else None, "Title", "Advice")
    rules = {"exposed-log": replace(SCRIPTS["third-party-script"], id="exposed-log", escalate=severer)}
    first = first_look(night(0, {"exposed-log": "passed /a"}), rules)
    events = compare(first, night(1, {"exposed-log": "found x@/a y@/a"}), rules).events
    assert [(one.subject, one.severity) for one in events] == [("x", Severity.CRITICAL), ("y", Severity.HIGH)]


def test_the_grade_of_alerts_does_not_improve_on_a_night_that_saw_nothing() -> None:
    steps, _ = run(nights_of(F, U, "away", F))
    assert [(step.before, step.after) for step in steps] == [(None, "B"), ("B", "B"), (None, None), ("B", "B")]


def test_an_event_has_the_same_id_whenever_it_is_made() -> None:
    first, again = run(nights_of(P, F))[0][1].events[0], run(nights_of(P, F))[0][1].events[0]
    assert first.id == again.id != run(nights_of(P, P, F))[0][2].events[0].id


def test_what_is_known_survives_being_written_down() -> None:
    _, known = run(nights_of(P, F, U, P, F))
    assert KnownSite.model_validate_json(known.model_dump_json()) == known


def test_the_places_of_what_is_open_come_the_worst_first() -> None:
    seen = night(0, {"ssh-password-login": "found ssh:22@ssh:22", "exposed-config": "found /.env@/.env", "exposed-log": P})
    addresses = [f"https://{KEY}/.env", f"https://{KEY}ssh:22"]
    assert [finding.to_visit for _, _, finding in first_look(seen, NO_RULES).open_findings] == [
        ("/.env", addresses[0]),
        ("ssh:22", addresses[1]),
    ]


# ---- the next step of a fix that begins with a trial


TRIAL = {"exposed-log": replace(SCRIPTS["third-party-script"], id="exposed-log", escalate=None, next_step_of=("exposed-config",))}


@pytest.mark.parametrize(
    ("missing", "short", "events"),
    [
        # the trial is pasted: what was missing is fixed, and what is left of the fix is no news
        ([F, P], [P, F], ["0 first-seen exposed-config", "1 fixed exposed-config", "1 next-step exposed-log"]),
        # also where the two could not be looked at in the same night, in either order
        ([F, P, P], [P, U, F], ["0 first-seen exposed-config", "1 fixed exposed-config", "2 next-step exposed-log"]),
        ([F, U, P], [P, F, F], ["0 first-seen exposed-config", "1 next-step exposed-log", "2 fixed exposed-config"]),
        ([F, P], ["na", F], ["0 first-seen exposed-config", "1 fixed exposed-config", "1 next-step exposed-log"]),
        # the second step is done, and undone: that is a step back, and told
        (
            [F, P, P, P],
            [P, F, P, F],
            [
                "0 first-seen exposed-config", "1 fixed exposed-config", "1 next-step exposed-log", "2 fixed exposed-log",
                "3 came-back exposed-log",
            ],
        ),
        # nothing was missing before, or it was elsewhere
        ([P, P], [P, F], ["1 new exposed-log"]),
        (["found y@/b", "passed /a /b"], [P, F], ["0 first-seen exposed-config", "1 fixed exposed-config", "1 new exposed-log"]),
    ],
)  # fmt: skip
def test_what_a_first_step_leaves_is_no_news(missing: list[str], short: list[str], events: list[str]) -> None:
    nights = [
        night(day, {"exposed-config": one, "exposed-log": other})
        for day, (one, other) in enumerate(zip(missing, short, strict=True))
    ]
    known, happened = KnownSite(), []
    for day, one in enumerate(nights):
        step = compare(known, one, TRIAL)
        known = step.known
        happened += sorted(f"{day} {event.kind} {event.rule}" for event in step.events if isinstance(event.kind, Change))
    assert happened == sorted(events)


# ---- first look: what the owner has just set up


def first(known: KnownSite, seen: ScanDocument, rules: Mapping[str, Rule] = NO_RULES) -> tuple[KnownSite, list[tuple[str, str]]]:
    step = compare(known, seen, rules, answers=True)
    return step.known, [(event.kind, event.subject) for event in step.events if isinstance(event.kind, Change)]


def test_the_first_night_of_a_site_is_answered() -> None:
    known, told = first(KnownSite(), night(0, {"exposed-log": "found x@/a", "exposed-config": "unclear"}))
    assert told == [("first-look", "x")]
    known, told = first(known, night(1, {"exposed-log": "found x@/a y@/b", "exposed-config": "found c@/c"}))
    assert told == [("first-seen", "c"), ("first-seen", "y")]  # nobody waits any more


@pytest.mark.parametrize("before", [night(0, status=Status.UNREACHABLE), night(0, {"exposed-log": "unclear"}), night(0, {})])
def test_a_night_that_saw_nothing_answers_nothing(before: ScanDocument) -> None:
    known, told = first(KnownSite(), before)
    assert told == []
    assert first(known, night(1, {"exposed-log": "found x@/a"}))[1] == [("first-look", "x")]


def test_what_a_release_brings_is_no_first_look() -> None:
    known, _ = first(KnownSite(), night(0, {"exposed-log": "passed /a"}))
    assert first(known, night(1, {"exposed-log": "passed /a", "exposed-config": "found x@/x"}))[1] == [("first-seen", "x")]


def test_by_hand_nobody_waits() -> None:
    step = compare(KnownSite(), night(0, {"exposed-log": "found x@/a"}), NO_RULES)
    assert [event.kind for event in step.events] == [Change.FIRST_SEEN]


def test_a_backup_that_was_just_given_is_answered() -> None:
    known, _ = first(KnownSite(), night(0, {"backup-database-stale": "passed sftp://a"}), BACKUPS)
    known, told = first(known, night(1, {"backup-database-stale": "found sftp://b@sftp://b + sftp://a"}), BACKUPS)
    assert told == [("first-look", "sftp://b")]
    known, told = first(known, night(2, {"backup-database-stale": "passed sftp://a sftp://b"}), BACKUPS)
    assert told == [("fixed", "sftp://b")]
    assert first(known, night(3, {"backup-database-stale": "found sftp://a@sftp://a + sftp://b"}), BACKUPS)[1] == [
        ("new", "sftp://a")
    ]


def test_the_first_backup_of_all_is_answered() -> None:
    known, _ = first(KnownSite(), night(0, {"backup-database-stale": "na", "exposed-log": "passed /a"}), BACKUPS)
    assert first(known, night(1, {"backup-database-stale": "found sftp://b@sftp://b"}), BACKUPS)[1] == [
        ("first-look", "sftp://b")
    ]


def test_a_problem_is_mended_when_its_last_place_is() -> None:
    known, _ = first(KnownSite(), night(0, {"exposed-log": "found x@/a y@/b z@/c"}))
    step = compare(known, night(1, {"exposed-log": "found z@/c + /a /b"}), NO_RULES)
    assert [(event.kind, event.subject, event.left) for event in step.events] == [("fixed", "x", 1), ("fixed", "y", 1)]
    step = compare(step.known, night(2, {"exposed-log": "passed /a /b /c"}), NO_RULES)
    assert [(event.kind, event.left) for event in step.events] == [("fixed", 0)]


# ---- the grade that messages speak of


def test_a_limited_night_speaks_of_no_grade() -> None:
    known, _ = first(KnownSite(), night(0, {"exposed-log": "found x@/a"}))
    limited = night(1, {"exposed-log": "passed /a"}).model_copy(
        update={"grade": None, "limited": LimitedPart(rules=1, of=85, because="Only these rules were asked for: exposed-log.")}
    )
    step = compare(known, limited, NO_RULES)
    assert (step.before, step.after) == (None, None)


def test_what_was_never_judged_and_matters_leaves_no_grade() -> None:
    unclear = dict.fromkeys(("exposed-a", "exposed-b", "exposed-c", "exposed-d"), "unclear")
    seen = night(0, {"backup-x": "passed /a"} | unclear)
    seen = seen.model_copy(update={"verdicts": tuple(one.model_copy(update={"area": "exposure"}) for one in seen.verdicts)})
    step = compare(KnownSite(), seen, NO_RULES)
    assert step.after is None
    later = night(1, {"backup-x": "passed /a"} | dict.fromkeys(unclear, "passed /b"))
    assert compare(step.known, later, NO_RULES).after == "A+"
