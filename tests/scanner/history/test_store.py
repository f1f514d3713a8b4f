"""The history on SQLite: whole or not at all, two writers, kill -9, newer schemas, full disks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from scanner.history.comparison import Comparison, KnownSite, Limits
from scanner.history.schema import METADATA, MIGRATIONS, migrate
from scanner.history.store import History, HistoryError, Waiting
from tests.nights import FIRST, KEY, night, nights_of, run, told

F, P = "found x@/a", "passed /a"
DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "history.sqlite3"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    opened = History.open(str(file))
    yield opened
    opened.close()


def test_a_scan_comes_back_as_it_was(history: History) -> None:
    seen = night(0, {"exposed-log": F})
    history.record(seen)
    (past,) = history.scans(KEY)
    assert history.document(past.id) == seen
    assert (past.started, past.grade, past.counts, past.status, past.command) == (FIRST, "C", (0, 1, 0, 0, 0), "complete", "scan")


def test_events_are_those_of_the_comparison_and_survive_closing(file: Path) -> None:
    documents = nights_of(P, F, "unclear", "away", P, F)
    expected = [line for step in run(documents)[0] for line in told(step.events)]
    lines = []
    for document in documents:
        opened = History.open(str(file))
        step = opened.record(document, limits=Limits())
        assert step is not None
        opened.close()
    opened = History.open(str(file))
    lines = told(one.event for one in opened.untold())
    assert sorted(lines) == sorted(expected)
    assert opened.known(KEY) == run(documents)[1]
    by_scan = opened.events([past.id for past in opened.scans(KEY)])
    assert sorted(told(one.event for events in by_scan.values() for one in events)) == sorted(expected)
    assert next((one.before, one.after) for one in opened.untold()) == ("A+", "B")
    opened.close()


def test_scans_that_are_not_compared_leave_knowledge_alone(history: History) -> None:
    assert history.record(night(0, {"exposed-log": F})) is None
    assert history.known(KEY) == KnownSite()
    assert history.untold() == ()


def test_the_same_scan_is_written_once_and_a_site_once_a_run(history: History) -> None:
    run_ = history.begin_run("nightly", "c", FIRST)
    assert history.record(night(0, {"exposed-log": P}), run=run_.id, limits=Limits()) is not None
    assert history.record(night(0, {"exposed-log": P}), run=run_.id, limits=Limits()) is None
    assert history.record(night(0, {"exposed-log": F}, minutes=5), run=run_.id, limits=Limits()) is None
    assert len(history.scans(KEY)) == 1
    assert history.untold() == ()


def test_nothing_of_a_scan_is_left_where_writing_it_failed(history: History) -> None:
    def fail(_step: Comparison) -> None:
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        history.record(night(0, {"exposed-log": F}), limits=Limits(), written=fail)
    assert (history.scans(), history.known(KEY), history.untold()) == ((), KnownSite(), ())


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
    history.record(night(0, {"exposed-log": P}), limits=Limits())
    history.record(night(1, {"exposed-log": F}), limits=Limits())
    events = [one.event for one in history.untold()]
    history.tell([message(2), message(1), message(1)], events, FIRST)
    assert history.untold() == ()
    assert [one.id for one in history.waiting()] == ["m1", "m2"]
    history.undelivered("m1", "Connection refused")
    assert history.waiting()[0] == Waiting("m1", "r", FIRST + DAY, {"subject": "Nº 1"}, 1, "Connection refused")
    history.delivered("m1", FIRST)
    history.tell([message(1)], [], FIRST)
    assert [one.id for one in history.waiting()] == ["m2"]
    assert (history.last_message("r"), history.last_message("q")) == (FIRST + 2 * DAY, None)


def test_forgetting_keeps_the_last_scan_what_is_known_and_what_waits(history: History) -> None:
    for document in nights_of(P, F, P):
        history.record(document, limits=Limits())
    history.record(night(0, {"exposed-log": P}, key="other.example"), limits=Limits())
    history.tell([message(1)], [one.event for one in history.untold()], FIRST)
    assert history.forget(FIRST + 90 * DAY) == 2
    assert [past.started for past in history.scans(KEY)] == [FIRST + 2 * DAY]
    assert len(history.scans("other.example")) == 1
    assert KEY in {past.site for past in history.latest()}
    assert len(history.waiting()) == 1
    assert history.known(KEY).rules


def test_a_site_is_found_by_key_host_or_name(history: History) -> None:
    history.record(night(0, {}))
    assert [history.sites_called(words) for words in (KEY, KEY.upper(), "nobody.example")] == [(KEY,), (KEY,), ()]


def test_sites_with_hostile_names_are_only_text(history: History) -> None:
    seen = night(0, {"exposed-log": "found x';DROP--@/a"})
    hostile = seen.model_copy(
        update={"site": seen.site.model_copy(update={"name": "Robert'); DROP TABLE shopwarden_scans;--\0"})}
    )
    history.record(hostile, limits=Limits())
    assert history.scans()[0].name == "Robert'); DROP TABLE shopwarden_scans;--"


def test_the_default_file_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    opened = History.open()
    assert opened.file is not None
    assert opened.file.is_relative_to(tmp_path)
    assert opened.file.stat().st_mode & 0o077 == 0
    opened.close()


def test_wal_is_on(history: History, file: Path) -> None:
    assert history.file == file
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# --- migrations


def test_the_migrations_make_what_the_code_speaks_of(history: History, file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    made = inspect(engine)
    for table in METADATA.tables.values():
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        keys = set(made.get_pk_constraint(table.name)["constrained_columns"])
        assert list(columns) == [column.name for column in table.columns]
        assert {name for name, nullable in columns.items() if not nullable} | keys == {
            column.name for column in table.columns if not column.nullable
        }
    engine.dispose()


def test_a_failing_migration_leaves_the_database_as_it_was_and_the_next_version_succeeds(history: History, file: Path) -> None:
    history.record(night(0, {}))
    engine = history._engine
    with pytest.raises(Exception, match="nonsense"):
        migrate(engine, (*MIGRATIONS, "CREATE TABLE half (a TEXT); nonsense"))
    assert not inspect(engine).has_table("half")
    History.open(str(file)).close()
    migrate(engine, (*MIGRATIONS, "CREATE TABLE half (a TEXT)"))
    assert inspect(engine).has_table("half")
    with pytest.raises(HistoryError, match=r"newer shopwarden \(schema 2"):
        History.open(str(file))


# --- what goes wrong


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("/proc/history.sqlite3", "cannot be written"),
        ("/proc/nowhere/history.sqlite3", "there is no folder /proc/nowhere"),
        ("mysql://u:secret@host/db", "only SQLite and PostgreSQL"),
        ("nonsense://host/db", "only SQLite and PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/db", "is the address right"),
        ("://", "neither a file nor an address"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_clear_sentence(database: str, words: str) -> None:
    with pytest.raises(HistoryError) as raised:
        History.open(database)
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)


def test_no_folder_is_made_where_a_file_was_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no folder"):
        History.open(str(tmp_path / "nix" / "x.db"))
    assert not (tmp_path / "nix").exists()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("My notes. " * 500)
    with pytest.raises(HistoryError, match="is this really a history"):
        History.open(str(notes))
    assert notes.read_text() == "My notes. " * 500


def test_a_full_disk_is_told_and_nothing_half_written_is_kept(history: History) -> None:
    history.record(night(0, {"exposed-log": P}), limits=Limits())
    with history._engine.begin() as connection:  # the same connection is used again: the pool holds one
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = "found " + " ".join(f"s{number}@/{os.urandom(16).hex()}" for number in range(2000))
    with pytest.raises(HistoryError, match=r"disk is full.*make room"):
        history.record(night(1, {"exposed-log": many}), limits=Limits())
    with history._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(history.scans()) == 1
    assert history.untold() == ()
    assert history.record(night(1, {"exposed-log": many}), limits=Limits()) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(HistoryError, match="cannot be written"):
        History.open(str(tmp_path / "x.sqlite3"))


def test_two_writers_lose_nothing(file: Path) -> None:
    def write(number: int) -> None:
        opened = History.open(str(file))
        for day in range(20):
            said = {"exposed-log": F if (day + number) % 2 else P}
            opened.record(night(day, said, minutes=number, key=f"{number % 2}.example"), limits=Limits())
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
        from scanner.history.comparison import Limits
        from scanner.history.store import History
        from tests.nights import night
        history = History.open(sys.argv[1])
        print("ready", flush=True)
        for day in range(int(sys.argv[2]), 100_000):
            history.record(night(day, {"exposed-log": "found x@/a" if day % 2 else "passed /a"}), limits=Limits())
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
        assert len(opened.untold()) == sum(len(step.events) for step in expected)
        opened.close()
    assert done > 0
