"""The history on SQLite: whole or not at all, two writers, kill -9, full disks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.history.comparison import Comparison
from scanner.history.connect import HistoryError
from scanner.history.known import KnownSite
from scanner.history.outbox import Waiting
from scanner.history.store import History
from tests.nights import FIRST, KEY, compared, night, nights_of, run, told

F, P = "found x@/a", "passed /a"
DAY = timedelta(days=1)


def test_a_scan_comes_back_as_it_was(history: History) -> None:
    seen = night(0, {"exposed-log": F})
    history.record(seen)
    (past,) = history.scans(KEY)
    assert history.document(past.id) == seen
    assert (past.started, past.grade, past.problems, past.status, past.command) == (
        FIRST,
        "C",
        (0, 1, 0, 0, 0),
        "complete",
        "scan",
    )


def test_events_are_those_of_the_comparison_and_survive_closing(file: Path) -> None:
    documents = nights_of(P, F, "unclear", "away", P, F)
    expected = [line for step in run(documents)[0] for line in told(step.events)]
    lines = []
    for document in documents:
        opened = History.open(str(file))
        step = opened.record(document, compare=compared)
        assert step is not None
        opened.close()
    opened = History.open(str(file))
    lines = told(one.event for one in opened.outbox.untold())
    assert sorted(lines) == sorted(expected)
    assert opened.known(KEY) == run(documents)[1]
    by_scan = opened.events([past.id for past in opened.scans(KEY)])
    assert sorted(told(one.event for events in by_scan.values() for one in events)) == sorted(expected)
    assert next((one.before, one.after) for one in opened.outbox.untold()) == ("A+", "B")
    opened.close()


def test_scans_that_are_not_compared_leave_knowledge_alone(history: History) -> None:
    assert history.record(night(0, {"exposed-log": F})) is None
    assert history.known(KEY) == KnownSite()
    assert history.outbox.untold() == ()


def test_the_same_scan_is_written_once_and_a_site_once_a_run(history: History) -> None:
    run_ = history.begin_run("nightly", "c", FIRST)
    assert history.record(night(0, {"exposed-log": P}), run=run_.id, compare=compared) is not None
    assert history.record(night(0, {"exposed-log": P}), run=run_.id, compare=compared) is None
    assert history.record(night(0, {"exposed-log": F}, minutes=5), run=run_.id, compare=compared) is None
    assert len(history.scans(KEY)) == 1
    assert history.outbox.untold() == ()


def test_nothing_of_a_scan_is_left_where_writing_it_failed(history: History) -> None:
    def fail(_step: Comparison) -> None:
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        history.record(night(0, {"exposed-log": F}), compare=compared, written=fail)
    assert (history.scans(), history.known(KEY), history.outbox.untold()) == ((), KnownSite(), ())


def test_a_killed_run_is_taken_up_again_but_not_a_finished_or_an_old_one(history: History) -> None:
    first = history.begin_run("nightly", "c", FIRST)
    history.record(night(0, {"exposed-log": P}), run=first.id)
    again = history.begin_run("nightly", "c", FIRST + DAY / 4)
    assert (again.id, again.done, again.resumed, again.started) == (first.id, {KEY}, True, FIRST)
    assert history.begin_run("batch", "c", FIRST).id != first.id
    assert history.begin_run("nightly", "other", FIRST).id != first.id
    history.finish_run(first.id, FIRST + DAY / 4)
    second = history.begin_run("nightly", "c", FIRST + DAY / 3)
    assert (second.id != first.id, second.resumed) == (True, False)
    third = history.begin_run("nightly", "c", FIRST + DAY)
    assert (third.id != second.id, third.done) == (True, frozenset())
    assert history.begin_run("nightly", "c", FIRST + DAY).id == third.id


def message(number: int, receiver: str = "r") -> Waiting:
    return Waiting(f"m{number}", receiver, FIRST + number * DAY, {"subject": f"Nº {number}"})


def test_the_outbox_keeps_what_is_not_delivered(history: History) -> None:
    history.record(night(0, {"exposed-log": P}), compare=compared)
    history.record(night(1, {"exposed-log": F}), compare=compared)
    events = [one.event for one in history.outbox.untold()]
    history.outbox.tell([message(2), message(1), message(1)], events, FIRST)
    assert history.outbox.untold() == ()
    assert [one.id for one in history.outbox.waiting()] == ["m1", "m2"]
    history.outbox.undelivered("m1", "Connection refused")
    assert history.outbox.waiting()[0] == Waiting("m1", "r", FIRST + DAY, {"subject": "Nº 1"}, 1, "Connection refused")
    history.outbox.delivered("m1", FIRST)
    history.outbox.tell([message(1)], [], FIRST)
    assert [one.id for one in history.outbox.waiting()] == ["m2"]
    assert (history.outbox.last_message("r"), history.outbox.last_message("q")) == (FIRST + 2 * DAY, None)
    assert history.outbox.last_message("r", FIRST + DAY) == FIRST + DAY  # whatever a wrong clock has dated later


def test_forgetting_keeps_the_last_scan_what_is_known_and_what_waits(history: History) -> None:
    for document in nights_of(P, F, P):
        history.record(document, compare=compared)
    history.record(night(0, {"exposed-log": P}, key="other.example"), compare=compared)
    history.outbox.tell([message(1)], [one.event for one in history.outbox.untold()], FIRST)
    assert history.forget(FIRST + 90 * DAY) == 2
    assert [past.started for past in history.scans(KEY)] == [FIRST + 2 * DAY]
    assert len(history.scans("other.example")) == 1
    assert KEY in {past.site for past in history.latest()}
    assert len(history.outbox.waiting()) == 1
    assert history.known(KEY).rules


def test_a_site_is_found_by_key_host_or_name(history: History) -> None:
    history.record(night(0, {}))
    assert [history.sites_called(words) for words in (KEY, KEY.upper(), "nobody.example")] == [(KEY,), (KEY,), ()]


def test_sites_with_hostile_names_are_only_text(history: History) -> None:
    seen = night(0, {"exposed-log": "found x';DROP--@/a"})
    hostile = seen.model_copy(
        update={"site": seen.site.model_copy(update={"name": "Robert'); DROP TABLE shopwarden_scans;--\0"})}
    )
    history.record(hostile, compare=compared)
    assert history.scans()[0].name == "Robert'); DROP TABLE shopwarden_scans;--"


# --- what goes wrong


def test_a_full_disk_is_told_and_nothing_half_written_is_kept(history: History) -> None:
    history.record(night(0, {"exposed-log": P}), compare=compared)
    with history._database._engine.begin() as connection:  # the same connection is used again: the pool holds one
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = "found " + " ".join(f"s{number}@/{os.urandom(16).hex()}" for number in range(2000))
    with pytest.raises(HistoryError, match=r"disk is full.*make room"):
        history.record(night(1, {"exposed-log": many}), compare=compared)
    with history._database._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(history.scans()) == 1
    assert history.outbox.untold() == ()
    assert history.record(night(1, {"exposed-log": many}), compare=compared) is not None


def test_two_writers_lose_nothing(file: Path) -> None:
    def write(number: int) -> None:
        opened = History.open(str(file))
        for day in range(20):
            said = {"exposed-log": F if (day + number) % 2 else P}
            opened.record(night(0, said, minutes=20 * number + day, key=f"{number % 2}.example"), compare=compared)
        opened.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened = History.open(str(file))
    assert len(opened.scans()) == 80
    opened.close()


def test_kill_9_leaves_each_scan_whole_or_not_at_all(file: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from scanner.history.store import History
        from tests.nights import compared, night
        history = History.open(sys.argv[1])
        print("ready", flush=True)
        for day in range(int(sys.argv[2]), 100_000):
            history.record(night(day, {"exposed-log": "found x@/a" if day % 2 else "passed /a"}), compare=compared)
        """
    )
    done = 0
    for delay in (0.01, 0.05, 0.2):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(file), str(done)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
        process.wait()
        process.stdout.close()
        opened = History.open(str(file))
        done = len(opened.scans(last=100_000))
        expected, known = run(night(day, {"exposed-log": F if day % 2 else P}) for day in range(done))
        assert opened.known(KEY) == known
        assert len(opened.outbox.untold()) == sum(len(step.events) for step in expected)
        opened.close()
    assert done > 0
