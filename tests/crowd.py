"""Many ordinary shops in one batch, and hostile ones among them: what the batch says of each, and what its processes take meanwhile.

The servers are in this process, the batch in another. Each shop has an address of its own (127.0.x.y, hostile ones 127.9.x.y), as
shops of other hosting companies do.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.scope.target import SERVICES
from tests.hostile import lies, size, slow
from tests.hostile.harness import Case
from tests.loopback import serving
from tests.patience import PATIENCE
from tests.street import address, street

ROOT = Path(__file__).parents[1]
HOSTILE_SECONDS = 30
"""What a hostile shop may take, by the clock; ordinary ones have the usual time."""
EVERY = 0.25
"""Seconds between two looks at the processes."""


@dataclass(frozen=True)
class Look:
    """The processes at one moment. memory: bytes resident, of all; largest: of the largest one."""

    done: int
    processes: int
    threads: int
    files: int
    memory: int
    largest: int


@dataclass(frozen=True)
class Crowd:
    """What a batch came to. ordinary: each ordinary shop's JSON by host, without what differs from scan to scan.

    hostile: how far the scan of each case came. cpu: seconds, of all its processes.
    """

    code: int
    ordinary: dict[str, dict[str, Any]]
    hostile: dict[str, str]
    looks: tuple[Look, ...]
    cpu: float

    def most(self, first: float, last: float) -> Look:
        """The most of each between two shares of the shops."""
        done = max(look.done for look in self.looks)
        some = [look for look in self.looks if first * done <= look.done <= last * done]
        return Look(*(max(getattr(look, name) for look in some) for name in Look.__annotations__))


def misbehaving(count: int) -> tuple[Case, ...]:
    """So many cases of ``tests/hostile``, of all kinds that one web server can play."""
    cases = [
        case for case in (*size.CASES, *slow.CASES, *lies.CASES) if case.shop is not None and case.name != "an ordinary shop"
    ]
    return tuple(cases[number * len(cases) // count] for number in range(count))


def crowd(count: int, hostile: Sequence[Case], folder: Path, *, at_once: int = 16, options: Sequence[str] = ()) -> Crowd:
    """One batch over so many ordinary shops, the hostile ones spread among them. folder: an empty one."""
    hosts = [f"shop{number}.example" for number in range(count)]
    with street(addresses=count) as shops, troublemakers(hostile) as places:
        sites = [f'[[site]]\nurl = "http://{host}"\nresolve = ["{host}:{address(n)}"]\n' for n, host in enumerate(hosts)]
        for number, (case, (place, port)) in enumerate(zip(hostile, places, strict=True)):
            host = f"hostile{number}.example"
            words = f'[[site]]\nurl = "http://{host}"\nresolve = ["{host}:{place}"]\nport = {_ports(port)}\n'
            words += f"max_time = {HOSTILE_SECONDS}\nmax_requests = {case.requests}\nmax_pages = {case.pages}\n"
            sites.insert((2 * number + 1) * len(sites) // (2 * len(hostile)), words)
        defaults = f"[defaults]\nallow_private = true\nrate = 1000\nport = {_ports(shops.port)}\n"
        (folder / "shopwarden.toml").write_text(defaults + "".join(sites))
        command = [sys.executable, "-m", "shopwarden", "batch", "--at-once", str(at_once), "--quiet", *options]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder)}
        reports = folder / "shopwarden-reports"
        used = _cpu_of_children()
        with (folder / "stderr").open("w") as stderr:
            process = subprocess.Popen(command, cwd=folder, env=env, stderr=stderr)
            looks = list(_watched(process, reports))
        assert (reports / "shops.json").exists(), (folder / "stderr").read_text()
        said = {shop["site"]: shop["status"] for shop in json.loads((reports / "shops.json").read_text())["shops"]}
    return Crowd(
        code=process.returncode,
        ordinary={host: comparable(json.loads((reports / f"{host}.json").read_text())) for host in hosts},
        hostile={case.name: said[f"hostile{number}.example"] for number, case in enumerate(hostile)},
        looks=tuple(looks),
        cpu=_cpu_of_children() - used,
    )


def _ports(http: int) -> str:
    """As the configuration writes them: every service but one refuses."""
    return json.dumps([f"{service}={http if service == 'http' else 1}" for service in SERVICES])


def _cpu_of_children() -> float:
    ended = os.times()
    return ended.children_user + ended.children_system


def comparable(said: dict[str, Any]) -> dict[str, Any]:
    """A scan's document without times and byte counts."""
    requests = {name: number for name, number in said["requests"].items() if name != "bytes_received"}
    return {**{name: one for name, one in said.items() if name not in {"started", "finished", "seconds"}}, "requests": requests}


def differences(alone: Crowd, among: Crowd) -> list[str]:
    """Each ordinary shop that came to another result beside hostile ones, with what differs: a line for each of its rules."""
    return [f"{host}: {line}" for host, said in alone.ordinary.items() for line in _differs(said, among.ordinary[host])]


def _differs(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    for name in first.keys() | second.keys():
        if name != "verdicts" and first.get(name) != second.get(name):
            yield f"{name}: {first.get(name)} → {second.get(name)}"
    rules = [{verdict["rule"]: verdict for verdict in said["verdicts"]} for said in (first, second)]
    for rule in rules[0].keys() | rules[1].keys():
        before, after = rules[0].get(rule), rules[1].get(rule)
        if before != after:
            yield f"{rule}: {_brief(before, after)} → {_brief(after, before)}"


def _brief(verdict: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    """A verdict, and of its other values those that are not the other's."""
    more = {name: one for name, one in (verdict or {}).items() if name != "verdict" and (other is None or one != other.get(name))}
    return "none" if verdict is None else f"{verdict['verdict']} {more or ''}".rstrip()


@contextmanager
def troublemakers(cases: Sequence[Case]) -> Iterator[list[tuple[str, int]]]:
    """Serve them in a thread of its own; the address and port of each. cases: with a web server alone."""
    handlers = [case.shop() for case in cases if case.shop is not None]
    assert len(handlers) == len(cases)
    places: list[tuple[str, int]] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        async with AsyncExitStack() as stack:
            for number, handler in enumerate(handlers):
                place = address(number).replace("127.0.", "127.9.", 1)
                places.append((place, await stack.enter_async_context(serving(handler, address=place))))
            ready.set()
            await stopped.wait()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield places
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(PATIENCE)
        loop.close()


def _watched(process: subprocess.Popen[bytes], reports: Path) -> Iterator[Look]:
    """Looks at it and its children until it has ended."""
    while True:
        try:
            process.wait(EVERY)
        except subprocess.TimeoutExpired:
            tree = [look for pid in _tree(process.pid) if (look := _look(pid)) is not None]
            if tree:
                done = len(list(reports.glob("*.json")))
                threads, files, memory = (sum(one[place] for one in tree) for place in range(3))
                yield Look(done, len(tree), threads, files, memory, max(one[2] for one in tree))
        else:
            return


def _tree(root: int) -> Iterator[int]:
    yield root
    for children in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            pids = children.read_text().split()
        except OSError:
            continue
        for pid in pids:
            yield from _tree(int(pid))


def _look(pid: int) -> tuple[int, int, int] | None:
    """Threads, open files, bytes resident; None where the process has just ended."""
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return int(status["Threads"]), len(list(Path(f"/proc/{pid}/fd").iterdir())), int(status["VmRSS"].split()[0]) * 1024
    except (OSError, KeyError):
        return None
