"""A clock that is wrong for a night neither loses a scan nor spoils what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from scanner.history.dates import recorded_at
from scanner.history.known import KnownSite
from scanner.history.store import History, StrangeDateError
from scanner.history.trend import known_from
from scanner.results.document import ScanDocument
from tests.nights import FIRST, KEY, NO_RULES, compared, night, run

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
F, P = "found x@/a", "passed /a"


def at(when: datetime, said: str = P, key: str = KEY) -> ScanDocument:
    made = night(0, {"exposed-log": said}, key=key)
    return made.model_copy(update={"started": when, "finished": when + 40 * SECOND})


def later(by: timedelta, said: str = P) -> ScanDocument:
    """A scan that long after the first one, or before it."""
    return at(FIRST + by, said)


@pytest.mark.parametrize("by", [SECOND, HOUR, DAY, 400 * HOUR, 365 * DAY])
def test_a_later_scan_keeps_its_date(by: timedelta) -> None:
    assert recorded_at("s", FIRST + by, FIRST, FIRST) == FIRST + by


@pytest.mark.parametrize("by", [0 * HOUR, SECOND, HOUR, 25 * HOUR, 26 * HOUR])
def test_a_scan_of_a_day_before_is_dated_a_second_after_the_last(history: History, by: timedelta) -> None:
    history.record(later(0 * HOUR), compare=compared)
    step = history.record(at(FIRST - by, F), compare=compared, run="another")
    assert step is not None
    newest, first = history.scans(KEY)
    seen = history.document(newest.id)
    assert (newest.started, first.started) == (FIRST + SECOND, FIRST)
    assert (seen.started, seen.finished) == (FIRST + SECOND, FIRST + 41 * SECOND)
    assert [event.at for event in step.events] == [FIRST + SECOND]
    (note,) = seen.notes
    day = FIRST - by
    assert f"began on {day.day} {day:%B %Y} at {day:%H:%M} UTC" in note
    assert history.document(first.id).notes == ()


@pytest.mark.parametrize(
    ("by", "way"),
    [
        (-26 * HOUR - SECOND, f"shopwarden history {KEY} --forget-after 2026-02-28"),
        (-40 * DAY, f"shopwarden history {KEY} --forget-after 2026-01-20"),
        (-9000 * DAY, "--forget-after 2001-07-"),
        (365 * DAY + SECOND, f"shopwarden history {KEY} --accept-clock"),
        (10 * 365 * DAY, "call this once more with --accept-clock"),
    ],
)
@pytest.mark.parametrize("compare", [compared, None])
def test_a_date_that_cannot_be_is_refused_with_both_dates_and_the_way_out(
    history: History, by: timedelta, way: str, compare: partial[object] | None
) -> None:
    history.record(later(0 * HOUR, F), compare=compared)
    before = history.known(KEY)
    with pytest.raises(StrangeDateError) as refused:
        history.record(later(by), compare=compare)
    for words in (KEY, f"{FIRST + by:%Y-%m-%d %H:%M} UTC", f"{FIRST:%Y-%m-%d %H:%M} UTC", way):
        assert words in str(refused.value)
    with pytest.raises(StrangeDateError):
        history.date_of(KEY, FIRST + by)
    assert (len(history.scans()), history.known(KEY)) == (1, before)


def test_a_shop_that_rested_is_recorded_when_somebody_says_so(history: History) -> None:
    history.record(later(0 * HOUR, F), compare=compared)
    assert history.record(later(500 * DAY), compare=compared, accept_clock=True) is not None
    history.accept_clock(KEY, FIRST + 1000 * DAY)
    with pytest.raises(StrangeDateError):
        history.record(later(1400 * DAY), compare=compared)
    assert history.record(later(1001 * DAY), compare=compared) is not None
    assert history.known(KEY).clock is None  # for once


def test_a_new_shop_is_no_way_into_the_future(history: History) -> None:
    """Of a shop that was never scanned, the others' scans tell the time."""
    assert history.record(later(0 * HOUR), compare=compared) is not None
    with pytest.raises(StrangeDateError, match=r"new\.example: .* 2036-.* 2026-03-01 02:30"):
        history.record(at(FIRST + 3650 * DAY, key="new.example"), compare=compared)
    assert history.record(at(FIRST - 300 * DAY, key="old.example"), compare=compared) is not None


def test_nothing_is_known_of_an_empty_historys_time(history: History) -> None:
    assert history.date_of(KEY, FIRST + 9000 * DAY) == FIRST + 9000 * DAY


def test_the_same_scan_is_recorded_once_whatever_its_date_became(history: History) -> None:
    history.record(later(HOUR), compare=compared)
    assert history.record(later(0 * HOUR, F), compare=compared) is not None
    assert history.record(later(0 * HOUR, F), compare=compared) is None
    assert len(history.scans()) == 2


def test_what_a_wrong_clock_has_dated_is_forgotten_and_the_rest_is_known_as_before(history: History) -> None:
    right = [night(day, {"exposed-log": said}) for day, said in enumerate([P, F, F, P, F])]
    for document in right:
        history.record(document, command="nightly", compare=compared)
    before = history.known(KEY)
    told = len(history.outbox.untold())
    history.record(later(3650 * DAY, P), command="nightly", compare=compared, accept_clock=True)
    history.record(at(FIRST + 3650 * DAY, P, key="other.example"), command="nightly", compare=compared)
    assert history.forget_after(KEY, FIRST + 5 * DAY, partial(known_from, rules=NO_RULES)) == 1
    assert history.known(KEY) == before == run(right)[1]
    assert len([one for one in history.outbox.untold() if one.event.site == KEY]) == told
    assert len(history.scans("other.example")) == 1
    step = history.record(night(5, {"exposed-log": F}), command="nightly", compare=compared)
    assert step is not None
    assert step.events == ()


def test_scans_by_hand_are_no_part_of_what_is_known_again(history: History) -> None:
    history.record(night(0, {"exposed-log": P}), command="nightly", compare=compared)
    history.record(night(1, {"exposed-log": F}))
    assert history.forget_after(KEY, FIRST + 2 * DAY, partial(known_from, rules=NO_RULES)) == 0
    assert history.known(KEY) == run([night(0, {"exposed-log": P})])[1]
    assert history.forget_after(KEY, datetime(2020, 1, 1, tzinfo=UTC), partial(known_from, rules=NO_RULES)) == 2
    assert history.known(KEY) == KnownSite()


def test_a_run_of_the_future_is_not_gone_on_with(history: History) -> None:
    killed = history.begin_run("nightly", "c", FIRST + 3650 * DAY)
    assert history.begin_run("nightly", "c", FIRST).id != killed.id
