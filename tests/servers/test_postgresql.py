"""The history on a real PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.history.connect import HistoryError
from scanner.history.outbox import Waiting
from scanner.history.schema import METADATA, MIGRATIONS, migrate
from scanner.history.store import History
from tests.nights import FIRST, KEY, compared, night, nights_of, run, told
from tests.patience import PATIENCE, eventually
from tests.servers.processes import binary, free_port, needs, running

F, P = "found x@/a", "passed /a"


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def found(name: str) -> str:
    """Debian keeps PostgreSQL's programs outside the PATH."""
    there = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(there[-1]) if there else binary(name)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        needs("postgres", "initdb")
    folder = Path(tempfile.mkdtemp(prefix="shopwarden-pg-"))
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        data, port = folder / "data", free_port()
        words = ["--username=warden", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [found("initdb"), f"--pgdata={data}", *words],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
            cwd=folder,
            **unprivileged(),
        )
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off"}
        command = [found("postgres"), "-D", str(data), "-p", str(port)]
        command += [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        with running(command, [port], folder=folder):
            # its port answers some moments before the database does
            ready = [found("pg_isready"), "--host=127.0.0.1", f"--port={port}", "--quiet"]
            eventually(lambda: not subprocess.run(ready, check=False).returncode)
            yield f"postgresql://warden@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder)


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
            opened.record(night(day, {"exposed-log": F}, minutes=number), compare=compared)
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
