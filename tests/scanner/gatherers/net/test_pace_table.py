"""One pace over several processes: a table that all have open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.gatherers.net.pace import Paces
from scanner.gatherers.net.pace_table import PaceTable
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[4]
ADDRESS = "192.0.2.7"
TAKES = """
import sys, time
from scanner.gatherers.net.pace_table import PaceTable

def now():
    global moment
    moment = time.monotonic()
    return moment

table = PaceTable(int(sys.argv[1]), now=now)
for _ in range(int(sys.argv[4])):
    while table.turn(sys.argv[2], float(sys.argv[3])) > 0:
        time.sleep(0.0005)
    print(repr(moment), flush=True)
"""


class Clock:
    """Moments that a test gives."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(clock: Clock) -> Iterator[PaceTable]:
    made = PaceTable(now=clock)
    yield made
    made.close()


@pytest.fixture
def other(table: PaceTable, clock: Clock) -> Iterator[PaceTable]:
    """The same table, as another process has it open."""
    made = PaceTable(os.dup(table.fileno), now=clock)
    yield made
    made.close()


def test_a_turn_that_one_process_took_is_no_other_ones(table: PaceTable, other: PaceTable, clock: Clock) -> None:
    assert table.turn(ADDRESS, 0.5) == 0
    clock.now += 0.2
    assert other.turn(ADDRESS, 0.5) == pytest.approx(0.3)
    clock.now += 0.3
    assert other.turn(ADDRESS, 0.5) == 0
    assert table.turn(ADDRESS, 0.5) == pytest.approx(0.5)


def test_one_that_is_a_little_late_leaves_the_next_one_its_place(table: PaceTable, other: PaceTable, clock: Clock) -> None:
    assert table.turn(ADDRESS, 1.0) == 0
    clock.now += 1.1
    assert other.turn(ADDRESS, 1.0) == 0
    assert table.turn(ADDRESS, 1.0) == pytest.approx(0.9)


def test_a_pause_that_one_process_was_told_holds_for_the_others(table: PaceTable, other: PaceTable, clock: Clock) -> None:
    table.server(ADDRESS).pushed_back("shop", clock.now, clock.now, 30.0)
    assert other.turn(ADDRESS, 0.1) == pytest.approx(30.0)
    assert other.turn("192.0.2.8", 0.1) == 0
    clock.now += 30.0
    assert other.turn(ADDRESS, 0.1) == 0


def test_the_most_careful_shop_counts_for_all_processes(table: PaceTable, other: PaceTable) -> None:
    Paces(1, server=table.server).of("careful.example", ADDRESS)
    Paces(100, server=other.server).of("quick.example", ADDRESS)
    assert other.turn(ADDRESS, 0.01) == 0
    assert table.turn(ADDRESS, 0.01) == pytest.approx(1.0)


async def test_who_waits_for_a_turn_waits_for_the_tables(table: PaceTable, other: PaceTable, clock: Clock) -> None:
    turn = Paces(1000, server=table.server, now=clock).of("shop.example", ADDRESS)
    other.hold(ADDRESS, 0.002)
    asked = 0

    def passing() -> float:
        nonlocal asked
        asked += 1
        clock.now += 0.001
        return clock.now

    table._now = passing
    await turn.wait()
    assert asked == 2, "once in vain"


def test_each_address_has_an_entry_of_its_own(table: PaceTable, other: PaceTable) -> None:
    addresses = [f"198.51.100.{number}" for number in range(50)] + ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"]
    for number, address in enumerate(addresses):
        assert (table if number % 2 else other).turn(address, number + 1) == 0
    for asked in (table, other):
        assert [asked.turn(address, 1) for address in addresses] == [number + 1 for number in range(len(addresses))]


def test_no_two_processes_ask_closer_than_the_pace_allows() -> None:
    """Two processes of three take turns; the third is killed in the middle, whatever it holds."""
    apart, times, table = 0.004, 40, PaceTable()

    def taking(turns: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", TAKES, str(table.fileno), ADDRESS, str(apart), str(turns)]
        return subprocess.Popen(words, pass_fds=[table.fileno], cwd=ROOT, stdout=subprocess.PIPE, text=True)

    killed = taking(1_000_000)
    assert killed.stdout is not None
    taken = [float(killed.stdout.readline()) for _ in range(3)]
    running = [taking(times) for _ in range(2)]
    killed.kill()
    for process in (killed, *running):
        taken += [float(line) for line in process.communicate(timeout=PATIENCE)[0].splitlines() if line]
    table.close()
    assert [process.returncode for process in running] == [0, 0]
    assert len(taken) >= 2 * times + 3
    # One that is a little late leaves the next one its place: up to a quarter of the gap.
    assert min(after - before for before, after in pairwise(sorted(taken))) >= 0.75 * apart - 1e-9
