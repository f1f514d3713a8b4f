"""Runs that workers share by a queue in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from pytest_httpserver import HTTPServer

from scanner.engine.catalogue import load
from scanner.gatherers.net.resolver import SystemResolver
from scanner.history import connect
from scanner.history.queue import Queue
from scanner.history.store import History
from scanner.settings.reading import read_settings
from scanner.text.clock import Clock
from shopwarden.operations import queueing
from shopwarden.operations import worker as worker_module
from shopwarden.operations.tickets import Tickets, tables
from shopwarden.operations.worker import LOOK_SECONDS, Worker
from tests.command_line import configured, shopwarden
from tests.loopback import response
from tests.patience import eventually, stamp
from tests.servers.postgresql import PostgreSQL, postgresql_server
from tests.street import Street, street

HOSTS = ("amber.example", "birch.example", "cedar.example", "daisy.example")
SECRET = "Vq7-nobody-knows"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql_server() as made:
        yield made


@pytest.fixture
def history(server: PostgreSQL) -> Iterator[History]:
    opened = History.open(server.address)
    yield opened
    with opened._database._engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    opened.close()


@pytest.fixture
def queue(history: History) -> Queue:
    return history.queue()


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.chdir(tmp_path)
    with street() as made:
        yield made


def put(server: PostgreSQL, shops: Street, *hosts: str, command: str = "nightly", words: Sequence[str] = ()) -> Result:
    """A run of little scans."""
    small = ["--max-requests", "20", "--only", "exposed-vcs,exposed-log,exposed-config"]
    return shopwarden(command, "--queue", "--database", server.address, *shops.options(*hosts), *small, *words)


def alerts(httpserver: HTTPServer) -> str:
    """Somebody who is told, and a heartbeat."""
    for path in ("/hook", "/beat"):
        httpserver.expect_request(path).respond_with_data("")
    return f'''[nightly]
heartbeat = "{httpserver.url_for("/beat")}"
[[alert]]
webhook = "{httpserver.url_for("/hook")}"
secret = "${{HOOK}}"
from = "low"
'''


def asked(httpserver: HTTPServer, path: str) -> int:
    return sum(request.path == path for request, _ in httpserver.log)


@asynccontextmanager
async def working(server: PostgreSQL, number: int = 1, *, at_once: int = 2) -> AsyncIterator[None]:
    """Workers in this process, told to stop at the end. They have the configuration of the current folder."""
    histories = [History.open(server.address) for _ in range(number)]
    tasks = []
    for one in histories:
        one.queue().make(tables())
        made = Worker(read_settings(None), load(), one, config=None, at_once=at_once, parent=None)
        tasks.append(asyncio.create_task(made.work()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for one in histories:
            one.close()
    assert all(task.cancelled() for task in tasks)


async def until(told: Callable[[], object]) -> None:
    await asyncio.to_thread(eventually, told)


async def worked_off(server: PostgreSQL, queue: Queue) -> None:
    async with working(server):
        await until(lambda: not queue.standing())


def counts(queue: Queue) -> list[tuple[int, int, int, int]]:
    """Of each run, the newest first: waiting, done, failed, cancelled."""
    return [(one.waiting + one.running, one.done, one.failed, one.cancelled) for one in queue.standing(all_=True)]


async def test_two_nights_by_several_workers_are_told_once(
    server: PostgreSQL, history: History, queue: Queue, shops: Street, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    monkeypatch.setattr("scanner.history.queue.AGAIN_SECONDS", 0.1)
    configured(*HOSTS, more=alerts(httpserver))
    shops.closed.add(HOSTS[3])  # it has a second turn, and is told of as every night
    async with working(server, 2):
        for night in range(2):
            result = put(server, shops, *HOSTS)
            assert (result.exit_code, result.output) == (0, "")
            await until(lambda: not queue.standing())
            assert asked(httpserver, "/beat") == night + 1
            shops.pages = {host: {"/.git/HEAD": response(b"ref: refs/heads/main\n")} for host in HOSTS}
    assert counts(queue) == [(0, 4, 0, 0)] * 2
    assert sorted(past.site for past in history.scans()) == sorted(HOSTS * 2)
    assert asked(httpserver, "/hook") == 2  # one is away; what is new
    assert (history.outbox.untold(), history.outbox.waiting()) == ((), ())


async def test_nothing_secret_is_in_the_queue(
    server: PostgreSQL, queue: Queue, shops: Street, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    backup = '[[site.backup]]\nkind = "site"\nlocation = "sftp://b@127.0.0.1/x"\npassword = "${HOOK}"\n'
    Path("shopwarden.toml").write_text(f'{alerts(httpserver)}[[site]]\nurl = "http://{HOSTS[0]}"\n{backup}')
    assert put(server, shops, HOSTS[0]).exit_code == 0
    tickets = Tickets(queue.server, queue.standing()[0].run.queue, SystemResolver())
    async with tickets.opened():
        await tickets.put(queue.due(queue.standing()[0].run.queue))
    with queue._database.reading() as connection:
        names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars().all()
        held = [str(connection.exec_driver_sql(f"SELECT t::text FROM {name} t").all()) for name in names]
    assert any(HOSTS[0] in one for one in held)
    assert not any(SECRET in one for one in held)


async def test_another_configuration_or_version_leaves_the_shops_to_others(
    server: PostgreSQL,
    history: History,
    queue: Queue,
    shops: Street,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configured(*HOSTS[:2])
    put(server, shops, *HOSTS)
    configured(*HOSTS[:2], more="[defaults]\nmax_pages = 3")
    async with working(server):
        await until(lambda: "another configuration" in caplog.text)
    configured(*HOSTS[:2], more="# a comment\n")
    with monkeypatch.context() as newer:
        for module in (queueing, worker_module):
            newer.setattr(module, "__version__", "9.9")
        async with working(server):
            await until(lambda: "begun with shopwarden 0" in caplog.text)
    assert not shops.asked
    await worked_off(server, queue)
    assert len(history.scans()) == 2


async def test_a_run_is_paused_goes_on_and_is_cancelled(
    server: PostgreSQL, history: History, queue: Queue, shops: Street, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    configured(*HOSTS, more=alerts(httpserver))
    where = ("--database", server.address)
    put(server, shops, *HOSTS)
    again = put(server, shops, *HOSTS, command="nightly", words=("--verbose",))
    assert "is in the queue already and goes on" in again.output
    assert "0 shops wait" in again.output
    assert shopwarden("queue", "pause", *where).exit_code == 0
    async with working(server):
        await asyncio.sleep(3 * LOOK_SECONDS)
        assert not shops.asked
        assert "paused" in shopwarden("queue", "status", *where).output
        assert shopwarden("queue", "pause", "--off", *where).exit_code == 0
        await until(history.scans)
        assert "cancelled" in shopwarden("queue", "cancel", *where).output
        await until(lambda: not queue.standing())
    ((waiting, done, failed, cancelled),) = counts(queue)
    assert (waiting, failed, done + cancelled) == (0, 0, 4)
    assert len(history.scans()) == done
    assert asked(httpserver, "/beat") == 0  # it was not complete
    assert shopwarden("queue", "cancel", *where).exit_code == 2
    assert "No run is in the queue." in shopwarden("queue", "status", *where).output


def test_the_same_verdicts_as_a_batch_on_sqlite(
    server: PostgreSQL, history: History, queue: Queue, shops: Street, tmp_path: Path
) -> None:
    lines = "".join(f"http://{host},{host[0].upper()}\n" for host in HOSTS)
    (tmp_path / "shops.csv").write_text(f"url,name\n{lines}")
    shops.pages[HOSTS[1]] = {"/.git/HEAD": response(b"ref: refs/heads/main\n")}
    words = [*shops.options(*HOSTS), "--max-requests", "60"]
    assert shopwarden("batch", "shops.csv", "--database", "one.sqlite3", *words).exit_code == 0
    assert shopwarden("batch", "shops.csv", "--queue", "--database", server.address, *words).exit_code == 0
    asyncio.run(worked_off(server, queue))
    alone = History.open("one.sqlite3")
    seen = [{past.site: judged(one, past.id) for past in one.scans()} for one in (alone, history)]
    alone.close()
    assert set(seen[0]) == set(HOSTS)
    assert seen[0] == seen[1]


def judged(history: History, scan: str) -> tuple[object, ...]:
    """What a scan says, without what names the moment."""
    said = history.document(scan)
    return said.site, said.status, said.grade, [(one.rule, one.verdict, one.findings) for one in said.verdicts]


# ---- faults; killed workers are in tests/soak


async def test_a_full_disk_and_cut_connections_are_waited_out(
    server: PostgreSQL, history: History, queue: Queue, shops: Street, caplog: pytest.LogCaptureFixture
) -> None:
    """What was seen is recorded when there is room again; no shop is scanned a second time for that."""
    configured(*HOSTS[:2])
    put(server, shops, *HOSTS[:2])
    full = (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$; "
        "CREATE TRIGGER full_disk BEFORE INSERT ON shopwarden_scans FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
    engine = history._database._engine
    with engine.begin() as connection:
        connection.exec_driver_sql(full)
    async with working(server):
        await until(lambda: caplog.text.count("No space left on device") >= 2)
        asked_ = dict(shops.asked)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            connection.exec_driver_sql("DROP FUNCTION full_disk CASCADE")
        await until(lambda: not queue.standing())
    assert (counts(queue), len(history.scans()), shops.asked) == ([(0, 2, 0, 0)], 2, asked_)


async def test_a_workers_clock_that_is_an_hour_off_changes_no_date(
    server: PostgreSQL, history: History, queue: Queue, shops: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(*HOSTS[:2])
    put(server, shops, *HOSTS[:2])
    right = Clock.now
    monkeypatch.setattr(Clock, "now", lambda clock: right(clock) + timedelta(hours=1))
    monkeypatch.setattr(connect, "time", SimpleNamespace(time=lambda: stamp(3600)))
    await worked_off(server, queue)
    with history._database.reading() as connection:
        now = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    dates = [past.started for past in history.scans()]
    assert len(dates) == 2
    assert all(timedelta() <= now - date < timedelta(minutes=50) for date in dates)


# ---- paces


def test_a_server_is_asked_by_one_at_a_time_and_left_alone_when_it_says_so(queue: Queue) -> None:
    assert queue.turn("127.0.0.1", 100) == 0
    assert 99 < queue.turn("127.0.0.1", 0.1) <= 100
    assert queue.turn("127.0.0.2", 0) == 0
    queue.hold("127.0.0.2", 50)
    queue.hold("127.0.0.2", 10)
    queue.hold("127.0.0.3", 10)
    assert 49 < queue.turn("127.0.0.2", 0) <= 50
    assert 9 < queue.turn("127.0.0.3", 0) <= 10


def test_sqlite_has_no_queue(shops: Street) -> None:
    configured(HOSTS[0])
    for words in (("nightly", "--queue"), ("worker",), ("queue", "status")):
        result = shopwarden(*words, "--database", "here.sqlite3")
        assert result.exit_code == 2
        assert "a queue needs a history on PostgreSQL" in result.stderr
    assert not shops.asked
