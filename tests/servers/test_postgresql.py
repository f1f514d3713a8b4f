"""The history on a real PostgreSQL."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url, text

from benchmarks.fill_history import FIRST as BEGAN
from benchmarks.fill_history import fill, host_of, recorded, varied
from scanner.engine.catalogue import load
from scanner.history import postgresql
from scanner.history.connect import HistoryError
from scanner.history.outbox import Waiting
from scanner.history.schema import METADATA, MIGRATIONS, migrate
from scanner.history.store import WHOLE_SCANS, History
from shopwarden.operations.tickets import tables
from tests.command_line import configured, shopwarden
from tests.nights import FIRST, KEY, compared, night, nights_of, run, told
from tests.patience import PATIENCE, eventually, stamp
from tests.scanner.history.plans import every_question, every_question_of, statements, whole_tables_of_postgresql
from tests.servers.postgresql import postgresql_server
from tests.street import Street

F, P = "found x@/a", "passed /a"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as made:
        yield made.address


@pytest.fixture
def history(server: str) -> Iterator[History]:
    opened = History.open(server)
    yield opened
    with opened._database._engine.begin() as connection:
        METADATA.drop_all(connection)
    opened.close()


def test_everything_that_sqlite_does(history: History) -> None:
    documents = nights_of(P, F, "unclear", "away", P, F)
    run_ = history.begin_run("nightly", "c", FIRST)
    for number, document in enumerate(documents):
        assert history.record(document, run=run_.id if not number else None, compare=compared) is not None
    steps, known = run(documents)
    assert sorted(told(one.event for one in history.outbox.untold())) == sorted(
        line for step in steps for line in told(step.events)
    )
    assert history.known(KEY) == known
    assert history.record(documents[0], run=run_.id, compare=compared) is None
    assert history.begin_run("nightly", "c", FIRST).done == {KEY}
    past = history.scans(KEY)
    assert history.document(past[-1].id) == documents[0]
    assert history.latest()[0].id == past[0].id
    history.outbox.tell(
        [Waiting("m", "r", FIRST, {"subject": "Blumen Müller \U0001f337"})], [e.event for e in history.outbox.untold()], FIRST
    )
    assert (len(history.outbox.waiting()), history.outbox.untold()) == (1, ())
    history.outbox.undelivered("m", "refused")
    history.outbox.delivered("m", FIRST)
    assert history.outbox.last_message("r") == FIRST
    assert history.forget(documents[-1].started) == 5
    assert history.sites_called(KEY) == (KEY,)


def test_a_nul_in_a_hostile_answer_is_stored(history: History) -> None:
    seen = night(0, {"exposed-log": "found x\0y@/a"})
    hostile = seen.model_copy(update={"site": seen.site.model_copy(update={"name": "A\0B"}), "because": "\0"})
    history.record(hostile, compare=compared)
    assert history.document(history.scans()[0].id) == hostile
    assert history.outbox.untold()[0].event.subject == "x\0y"


def test_two_writers_of_one_site_take_turns(history: History, server: str) -> None:
    history.record(night(0, {"exposed-log": P}), compare=compared)

    def write(number: int) -> None:
        opened = History.open(server)
        for day in range(1, 16):
            opened.record(night(1, {"exposed-log": F}, minutes=20 * number + day), compare=compared)
        opened.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history.scans(last=100)) == 61
    assert [one.event.kind for one in history.outbox.untold() if one.event.kind == "new"] == ["new"]


def test_many_first_openings_at_once_make_one_schema(history: History, server: str) -> None:
    with history._database._engine.begin() as connection:
        METADATA.drop_all(connection)
    problems: list[Exception] = []

    def open_() -> None:
        try:
            History.open(server).close()
        except HistoryError as error:
            problems.append(error)

    threads = [threading.Thread(target=open_) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_newer_schema_is_refused(history: History, server: str) -> None:
    migrate(history._database._engine, (*MIGRATIONS, "CREATE TABLE shopwarden_later (a TEXT)"))
    with pytest.raises(HistoryError, match="newer shopwarden"):
        History.open(server)
    with history._database._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE shopwarden_later")


# ---- nobody waits for ever, and no two runs meet


@contextmanager
def relayed(server: str) -> Iterator[tuple[str, threading.Event]]:
    """The same server behind a relay, and an event that makes it silent from then on."""
    port = make_url(server).port
    hushed, ended = threading.Event(), threading.Event()

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if hushed.is_set():
                    ended.wait(PATIENCE)
                sink.sendall(data)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", port))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()
                opened.extend((near, far))

    opened: list[socket.socket] = []
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.replace(f":{port}/", f":{listening.getsockname()[1]}/"), hushed
    finally:
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(PATIENCE)
        for one in opened:
            one.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As patient as a test."""
    monkeypatch.setattr("scanner.history.connect.WAIT_SECONDS", 1)
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 4)
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 2)


@pytest.mark.usefixtures("patient")
def test_a_server_that_falls_silent_is_given_up(history: History, server: str) -> None:
    history.record(night(0, {"exposed-log": P}), compare=compared)
    with relayed(server) as (address, hushed):
        opened = History.open(address)
        assert opened.known(KEY) == history.known(KEY)
        hushed.set()
        for _ in range(2):
            with pytest.raises(HistoryError, match=r"no answer within 4 s|timeout expired"):
                opened.record(night(1, {"exposed-log": F}), compare=compared)
        with pytest.raises(HistoryError, match="is the address right, and the server up"):
            History.open(address)
        opened.close()
    assert len(history.scans()) == 1


@pytest.mark.usefixtures("patient")
def test_a_lock_that_somebody_holds_is_waited_for_so_long_and_no_longer(history: History, server: str) -> None:
    opened = History.open(server)
    for held in ("LOCK TABLE shopwarden_known IN EXCLUSIVE MODE", "LOCK TABLE shopwarden_scans IN ACCESS EXCLUSIVE MODE"):
        with history._database._engine.begin() as connection:
            connection.exec_driver_sql(held)
            with pytest.raises(HistoryError, match="another program has held it for"):
                opened.record(night(0, {"exposed-log": P}), compare=compared)
    assert opened.record(night(0, {"exposed-log": P}), compare=compared) is not None
    opened.close()


@pytest.mark.usefixtures("patient")
def test_writers_of_other_sites_do_not_wait(history: History, server: str) -> None:
    opened = History.open(server)
    history.record(night(0, {"exposed-log": P}), compare=compared)

    def meanwhile(_step: object) -> None:
        assert opened.record(night(0, {"exposed-log": F}, key="other.example"), compare=compared) is not None
        with pytest.raises(HistoryError, match="another program has held it for"):
            opened.record(night(2, {"exposed-log": F}), compare=compared)

    assert history.record(night(1, {"exposed-log": F}), compare=compared, written=meanwhile) is not None
    assert [past.site for past in history.scans()].count("other.example") == 1
    opened.close()


def test_one_run_at_a_time_on_whatever_computer(history: History, server: str) -> None:
    elsewhere = History.open(server)
    with history.alone():
        with pytest.raises(HistoryError, match=r"another run on this history is under way \(shopwarden on .*, since 20"):
            elsewhere.alone().__enter__()
        elsewhere.record(night(0, {"exposed-log": P}), compare=compared)  # a scan by hand goes on
    with elsewhere.alone():
        pass
    elsewhere.close()


def test_a_run_that_was_killed_leaves_no_lock(history: History, server: str) -> None:
    script = "import sys; from scanner.history.store import History; lock = History.open(sys.argv[1]).alone(); lock.__enter__()"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{script}; print('held', flush=True); input()", server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(HistoryError, match="another run"):
        history.alone().__enter__()
    process.kill()
    process.communicate()

    def free() -> bool:
        try:
            with history.alone():
                return True
        except HistoryError:
            return False

    eventually(free)


def test_another_run_is_code_2_and_asks_no_shop(
    history: History, server: str, shops: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    configured("amber.example")
    words = [*shops.options("amber.example"), "--database", server]
    with history.alone():
        for command in ("nightly", "batch"):
            result = shopwarden(command, *words)
            assert result.exit_code == 2, result.output
            assert "another run on this history is under way" in result.stderr
        assert not shops.asked
        assert shopwarden("scan", "http://amber.example", *words).exit_code == 0
    assert shopwarden("nightly", *words).exit_code == 0
    assert [past.command for past in history.scans()] == ["nightly", "scan"]


def test_the_servers_clock_counts(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    assert abs(history.ahead) < timedelta(minutes=1)
    monkeypatch.setattr("scanner.history.connect.time", SimpleNamespace(time=lambda: stamp(-86400.0)))
    assert timedelta(hours=23) < history.ahead < timedelta(hours=25)


def test_no_question_goes_through_a_whole_table(history: History) -> None:
    shops, database, queue = recorded(load()), history._database, history.queue()
    fill(database, 100, 40, load(), shops)
    queue.make(tables())
    for run_ in history.begin_run("nightly", "q", FIRST), history.begin_run("batch", "q", FIRST):
        queue.put(run_.id, "q", "1", {}, {host_of(number): {} for number in range(1000)})
    with statements(database._engine) as sent:
        every_question(history, varied(shops[0], 0), 40)
        every_question_of(queue, run_.id, host_of(7), "q")
    assert len(sent) > 50
    with database.reading() as connection:
        for way in ("seqscan", "hashjoin", "mergejoin"):  # so few rows are read in one go, and rightly
            connection.execute(text(f"SET enable_{way} = off"))
        assert [(one, whole) for one, words in sent if (whole := whole_tables_of_postgresql(connection, one, words))] == []
        assert whole_tables_of_postgresql(connection, "SELECT count(*) FROM shopwarden_scans WHERE name = 'x'", ())
        assert whole_tables_of_postgresql(connection, "SELECT site, max(started) FROM shopwarden_scans GROUP BY site", ())


def test_a_filled_history_of_the_former_version_is_taken_over(history: History, server: str) -> None:
    """Its scans are there, and what is new makes lines of what is old."""
    shops, database = recorded(load())[:2], history._database
    with database._engine.begin() as connection:
        METADATA.drop_all(connection)
    migrate(database._engine, MIGRATIONS[:3])
    fill(database, 2, 40, load(), shops, lines=False)
    taken = History.open(server)
    assert len(taken.documents(host_of(0), 40)) == 40
    tonight = varied(shops[0], 0).model_copy(update={"started": BEGAN + timedelta(days=40)})
    assert taken.record(tonight, command="nightly", compare=compared) is not None
    assert len(taken.scans(host_of(0))) == 41
    assert WHOLE_SCANS < len(taken.documents(host_of(0), 50)) < 40
    taken.close()
