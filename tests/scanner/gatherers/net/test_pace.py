"""How fast a server is asked. Time is virtual, as in ``tests/idle_time.py``: a machine that is busy changes nothing here."""

from __future__ import annotations

import pytest

from scanner.gatherers.net.pace import SLOWEST_GAP, Pace, Server
from tests.latency import (
    CONNECTIONS,
    RATE,
    Said,
    Trace,
    constant,
    counting,
    jittery,
    one_429,
    others_load,
    overload,
    small,
    traces,
    walk,
)

ALL = tuple(traces())
HEALTHY = [trace for trace in ALL if trace.healthy]
SUFFERING = [trace for trace in ALL if not trace.healthy]
MOST = 1.3


def test_there_are_enough_servers() -> None:
    assert len(ALL) >= 200
    assert len(HEALTHY) >= 100 < len(SUFFERING) + 60


@pytest.mark.parametrize("trace", HEALTHY, ids=lambda trace: trace.name)
def test_a_healthy_shop_is_asked_about_as_fast_as_it_may_be(trace: Trace) -> None:
    learning, ideal = walk(trace)[0], walk(trace, learns=False)[0]
    assert learning.seconds <= MOST * ideal.seconds
    assert learning.last_gap <= 2.001 / RATE


@pytest.mark.parametrize("trace", SUFFERING, ids=lambda trace: trace.name)
def test_a_server_that_suffers_is_asked_slower(trace: Trace) -> None:
    assert walk(trace)[0].slowest >= 2 / RATE


@pytest.mark.parametrize("trace", ALL[::6], ids=lambda trace: trace.name)
def test_requests_are_never_closer_than_was_wanted(trace: Trace) -> None:
    walked = walk(trace)[0]
    assert walked.closest >= 0.74 / RATE
    assert len(walked.sent) <= walked.sent[-1] * RATE + 1.001


def test_a_page_of_0_86_s_behind_a_quick_redirect_is_no_slow_shop() -> None:
    """Five answers of a redirect's time once made every later one slow, for ever."""

    def answer(number: int, *_: object) -> Said:
        return Said(0.004, None) if number == 0 else Said(0.86)

    walked = walk(Trace("redirect, then 0.86 s", healthy=True, answering=answer))[0]
    assert walked.slowest == pytest.approx(1 / RATE)


@pytest.mark.parametrize("seed", range(4))
def test_an_overloaded_server_is_asked_about_as_often_as_it_can_answer(seed: int) -> None:
    """It can answer twice a second."""
    walked = walk(overload(seed), requests=300)[0]
    later = [at for at in walked.sent if at > 20]
    assert (len(later) - 1) / (later[-1] - later[0]) < 2.5
    busy = walk(small(seed), requests=300)[0]
    assert busy.sent[-1] / len(busy.sent) > 1.5 / RATE


@pytest.mark.parametrize("seed", range(4))
def test_the_rate_comes_back_when_the_others_are_gone(seed: int) -> None:
    walked = walk(others_load(seed), requests=200)[0]
    suffering = [gap for at, gap in walked.gaps if 15 <= at < 30]
    assert max(suffering) >= 4 / RATE
    assert walked.last_gap == pytest.approx(1 / RATE)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("said", [True, False])
def test_429_pauses_and_then_goes_on_slower(seed: int, *, said: bool) -> None:
    walked = walk(counting(seed, said=said))[0]
    first = next(before for before, after in zip(walked.sent, walked.sent[1:], strict=False) if after - before > 5)
    after = next(at for at in walked.sent if at > first)
    assert after - first >= (10 if said else 30)
    assert len(walked.sent) <= 160 + 3 * CONNECTIONS, "hardly ever refused again"


def test_four_answers_of_429_under_way_at_once_are_one() -> None:
    server = Server()
    pace = Pace(server, 5)
    for number in range(4):
        pace.pushed_back(1 + number / 10, 2 + number / 10, 10)
    assert pace.gap == pytest.approx(0.4)
    assert server.delay(3) == pytest.approx(9.3)
    pace.pushed_back(13, 13.1, 10)
    assert pace.gap == pytest.approx(0.8)
    for moment in range(100, 300, 10):
        pace.pushed_back(moment, moment + 1, 1)
    assert pace.gap == SLOWEST_GAP


def test_one_429_is_forgotten_step_by_step() -> None:
    walked = walk(one_429(1))[0]
    assert walked.slowest >= 2 / RATE
    assert walked.last_gap == pytest.approx(1 / RATE)


def refusing(number: int, now: float, _seen: object) -> Said:
    return Said(0.02, refused=True, wait=5) if number == 20 and now < 20 else Said(0.1)


def test_one_shops_slowness_is_its_own() -> None:
    slow, quick = walk(others_load(1), constant(0.1), rate=10)
    alone = walk(constant(0.1), constant(0.1), rate=10)[1]
    assert slow.slowest >= 4 / 10
    assert quick.slowest == pytest.approx(1 / 10)
    assert quick.seconds <= 1.05 * alone.seconds


def test_one_shops_429_pauses_its_neighbours_and_slows_only_itself() -> None:
    refused, neighbour = walk(Trace("refused", healthy=False, answering=refusing), constant(0.1), rate=10)
    assert refused.slowest >= 2 / 10
    assert neighbour.slowest == pytest.approx(1 / 10)
    assert max(after - before for before, after in zip(neighbour.sent, neighbour.sent[1:], strict=False)) >= 4.9


def test_429_of_two_shops_is_the_servers() -> None:
    """Then all go slower, those too that were not told so, until nobody is told any more."""
    shops = [Trace(f"refused {name}", healthy=False, answering=refusing) for name in "ab"]
    *_, neighbour = walk(*shops, constant(0.1), rate=10, requests=900)
    assert neighbour.slowest >= 2 / 10
    assert neighbour.last_gap == pytest.approx(1 / 10)


def test_ten_shops_of_a_server_share_its_rate_evenly() -> None:
    walked = walk(*(jittery(seed, 0.2, 0.3) for seed in range(10)), requests=60)
    everything = sorted(at for one in walked for at in one.sent)
    assert len(everything) <= everything[-1] * RATE + 1.001
    assert max(one.seconds for one in walked) < 1.1 * min(one.seconds for one in walked)


def test_a_crawl_delay_is_the_shops_own_and_stays() -> None:
    server = Server()
    told, other = Pace(server, 5), Pace(server, 5)
    told.at_least(1.0)
    for moment in range(200):
        told.took("page", moment, moment + 0.1)
    assert (told.gap, other.gap, server.gap) == (1.0, 0.2, 0.2)
