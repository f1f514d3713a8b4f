"""A run in several processes: as in one, whatever happens to them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from scanner.engine.catalogue import UnknownRule
from scanner.engine.scan import Order, OwnDefect
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.history.store import History
from scanner.results.result import Status
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from shopwarden.operations.one_shop import Terms
from shopwarden.operations.processes import Processes, Servers, processes_for, server_of
from tests.command_line import configured, shopwarden
from tests.patience import PATIENCE, eventually, moment
from tests.scanning import CLOSED, catalogue, no_names
from tests.street import HTML, LISTING, Street, address, response, street

HOSTS = ("amber.example", "birch.example", "cedar.example", "daisy.example")
LEAK = response(b"<html><title>Amber</title></html>", headers=HTML + "X-Powered-By: PHP/5.6.40\r\n")
TIMES = frozenset({"started", "finished", "seconds", "last_scan"})


def order(shops: Street, host: str, **options: object) -> Order:
    target = Target.of(
        f"http://{host}/", ports={**CLOSED, "http": shops.port}, resolve={host: ("127.0.0.1",)}, allow_private=True
    )
    return Order(target, catalogue().chosen(["directory-listing"]), ScanOptions.model_validate({"rate": 1000, **options}))


def apart(shops: Street) -> list[str]:
    """The command line's words for shops that have an address each."""
    return [*shops.options(), *(word for number, host in enumerate(HOSTS) for word in ("--resolve", f"{host}:{address(number)}"))]


def processes(number: int) -> Processes:
    return Processes(number, Terms(folder=None, recorded=False), None, servers=Servers(no_names))


def pids(made: Processes) -> list[int]:
    return [process._process.pid for process in made._all if process._process is not None and not process.ended]


@contextmanager
def watched(asked: Callable[[str], None], *, addresses: int = 1) -> Iterator[Street]:
    """A street that says which of its shops is asked for something."""
    answer = Street.answer

    def answering(shops: Street, host: str, path: str) -> bytes:
        asked(host)
        return answer(shops, host, path)

    with patch.object(Street, "answer", answering), street(addresses=addresses) as shops:
        yield shops


async def by_host(target: Target, _resolve: object) -> str:
    """In place of ``server_of``: two shops at one address are two servers, which go to two processes."""
    return target.host


@pytest.mark.parametrize(
    ("shops", "at_once", "most", "made"),
    [(7, 16, 8, 1), (16, 4, 8, 2), (16, 16, 8, 2), (1000, 16, 8, 8), (1000, 16, 2, 2), (1000, 1, 8, 1), (0, 4, 8, 1)],
)
def test_as_many_processes_as_are_worth_their_start(shops: int, at_once: int, most: int, made: int) -> None:
    assert processes_for(shops, at_once, most=most) == made


async def test_a_shops_server_is_where_its_name_leads() -> None:
    async def resolve(host: str) -> tuple[str, ...]:
        if host == "lost.example":
            raise NameUnanswered("no answer")
        return ("192.0.2.9", "192.0.2.10")

    assert await server_of(Target.of("https://shop.example"), resolve) == "192.0.2.9"
    assert await server_of(Target.of("https://lost.example"), resolve) == "lost.example"
    assert await server_of(Target.of("https://[2001:db8::1]/"), resolve) == "2001:db8::1"
    named = Target.of("https://shop.example", resolve={"shop.example": ("192.0.2.1",)})
    assert await server_of(named, resolve) == "192.0.2.1"


def test_a_run_in_two_processes_is_as_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    configured(*HOSTS, more='[[alert]]\nto = ["json://127.0.0.1:1/"]\n')
    with street(addresses=len(HOSTS)) as shops:
        shops.pages[HOSTS[0]] = {"/": LEAK}
        shops.pages[HOSTS[1]] = {"/img/": LISTING}
        shops.closed.add(HOSTS[2])
        ways = {number: run(shops, tmp_path / f"{number}.sqlite3", number) for number in (1, 2)}
    assert ways[1] == ways[2]
    assert [shop["site"] for shop in ways[2][0]["shops"]] == list(HOSTS)
    assert {shop["status"] for shop in ways[2][0]["shops"]} == {"complete", "unreachable"}
    assert "[1]" not in capfd.readouterr().err, "nothing went wrong there"


def run(shops: Street, database: Path, number: int) -> tuple[Any, ...]:
    """A run without what is different each time: the overview, each shop's document, and the history."""
    words = ["--processes", str(number), "--at-once", "4", "--database", str(database)]
    result = shopwarden("batch", *words, "--only", "version-leak-header,directory-listing", *apart(shops))
    assert result.exit_code == 3, result.output  # one is closed
    history = History.open(str(database))
    past = sorted((scan.site, scan.grade) for scan in history.scans())
    history.close()
    names = ["shops.json", *(f"{host}.json" for host in HOSTS)]
    return *(timeless(json.loads(Path("shopwarden-reports", name).read_text())) for name in names), past, result.stdout


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key not in TIMES}
    return [timeless(one) for one in value] if isinstance(value, list) else value


async def test_a_shop_whose_process_died_is_tried_once_more_alone() -> None:
    """One shop kills its process at first, one always does, and one only happens to be there."""
    unlucky, deadly, innocent = HOSTS[:3]
    killed: list[int] = []
    made = processes(2)

    def asked(host: str) -> None:
        if host == deadly or (host == unlucky and not killed):
            killed.extend(pids(made))
            for pid in pids(made):
                os.kill(pid, signal.SIGKILL)

    with watched(asked) as shops:
        async with made:
            seen = await asyncio.gather(*(made.scan(order(shops, host), again=False) for host in (innocent, unlucky)))
            with pytest.raises(OwnDefect, match="was ended by SIGKILL, twice"):
                await made.scan(order(shops, deadly), again=False)
    assert [one.document.status for one in seen if one is not None] == [Status.COMPLETE, Status.COMPLETE]
    assert len(set(killed)) == 3


async def test_a_process_that_took_up_much_memory_is_replaced(monkeypatch: pytest.MonkeyPatch, shops: Street) -> None:
    monkeypatch.setattr("shopwarden.operations.processes.MOST_MEMORY", 0)
    monkeypatch.setattr("shopwarden.operations.processes.MEMORY_AFTER", 2)
    used = []
    async with processes(1) as made:
        for host in HOSTS[:3]:
            assert await made.scan(order(shops, host), again=False) is not None
            used.append(made._places[0])
    assert used[0] is used[1]
    assert used[1] is not used[2]


async def test_what_a_scan_raises_is_raised_here_with_its_trace(shops: Street) -> None:
    async with processes(1) as made:
        with pytest.raises(UnknownRule, match="no-such-rule") as raised:
            await made.scan(replace(order(shops, HOSTS[0]), rules=("no-such-rule",)), again=False)
    assert "one_shop.py" in raised.value.__notes__[0]


async def test_two_processes_ask_one_server_no_faster_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwarden.operations.processes.server_of", by_host)
    asked: list[float] = []
    with watched(lambda _host: asked.append(moment())) as shops:
        async with processes(2) as made:
            seen = await asyncio.gather(*(made.scan(order(shops, host, rate=40), again=False) for host in HOSTS[:2]))
            assert len(pids(made)) == 2
    assert [one.document.status for one in seen if one is not None] == [Status.COMPLETE, Status.COMPLETE]
    # Without a shared pace it would be half of it. The first one is told a little late on a busy machine.
    assert len(asked) > 60
    assert asked[-1] - asked[0] >= 0.75 * (len(asked) - 1) / 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_run(number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ended it, and whatever they were doing."""
    monkeypatch.chdir(tmp_path)
    configured(*HOSTS)
    asked: set[str] = set()
    with watched(asked.add, addresses=len(HOSTS)) as shops:
        command = [sys.executable, "-m", "shopwarden", "batch", "--processes", "2", "--no-history", *apart(shops)]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        run = subprocess.Popen([*command, "--rate", "1"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        eventually(lambda: len(asked) > 1 or run.poll() is not None)
        children = [pid for pid in every_process() if parent_of(pid) == run.pid]
        assert len(children) == 2
        run.send_signal(number)
        _, said = run.communicate(timeout=PATIENCE)
        eventually(lambda: not any(alive(pid) for pid in children))
    assert run.returncode == (130 if number is signal.SIGINT else -signal.SIGKILL)
    assert b"Traceback" not in said


def every_process() -> list[int]:
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def alive(pid: int) -> bool:
    """Whether it does anything still: one that nobody waited for is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
