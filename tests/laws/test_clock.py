"""No test asserts how long something took by the clock, or gives something that works less time than a busy machine needs.

Clocks are read in ``tests/patience.py`` and ``tests/idle_time.py`` alone, which have the ways to test that something is quick.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OWN = {TESTS / "patience.py", TESTS / "idle_time.py"}
OTHERS = {"node_modules", ".cache"}
FILES = sorted(file for file in TESTS.rglob("*.py") if file not in OWN and not OTHERS & {*file.parts})
CLOCKS = {
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "thread_time",
    "time_ns",
    "default_timer",
}
LASTED = re.compile(r"(^|_)(began|elapsed|took|seconds|duration|lasted|gaps?|wall)$")
HURRIED = {"timeout", "wait_for", "communicate", "wait", "join", "result"}


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Line and what is wrong there."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr="time") | ast.ImportFrom(module="timeit"):
                yield node.lineno, "reads a clock"
            case ast.Attribute(attr=name) if name in CLOCKS:
                yield node.lineno, "reads a clock"
            case ast.ImportFrom(module="time", names=names) if {one.name for one in names} & {*CLOCKS, "time"}:
                yield node.lineno, "reads a clock"
            case ast.Assert(test=test) if (name := _lasted(test)) and "idle_time" not in source:
                yield node.lineno, f"asserts how long something took ({name})"
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="pytest"), attr="mark"), attr="timeout"):
                yield node.lineno, "gives a test a time of its own"
            case ast.Call(func=ast.Name(id="settings"), keywords=words) if any(one.arg == "deadline" for one in words):
                yield node.lineno, "gives an example a deadline"
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=given, keywords=words) if name in HURRIED:
                numbers = [*given, *(one.value for one in words if one.arg == "timeout")]
                if "idle_time" not in source and any(_hurried(one) for one in numbers):
                    yield node.lineno, f"gives {name}() a few seconds"
            case ast.keyword(arg="timeout", value=value) if _hurried(value):
                yield value.lineno, "gives something a few seconds"


def _lasted(test: ast.expr) -> str:
    """The name of a duration, or of a moment that one is reckoned from, that is asked to be smaller than something."""
    for compared in (node for node in ast.walk(test) if isinstance(node, ast.Compare)):
        sides = [compared.left, *compared.comparators]
        for left, how, right in zip(sides, compared.ops, sides[1:], strict=False):
            smaller = left if isinstance(how, ast.Lt | ast.LtE) else right if isinstance(how, ast.Gt | ast.GtE) else None
            for node in ast.walk(smaller) if smaller else ():
                match node:
                    case ast.Call(func=ast.Name(id="moment" | "stamp" as name)):
                        return name
                    case ast.Name(id=name) | ast.Attribute(attr=name) if LASTED.search(name):
                        return name
    return ""


def _hurried(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) in {int, float} and 1 <= value.value < 300


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_nothing_is_measured_by_the_clock(file: Path) -> None:
    assert list(faults(file.read_text())) == [], "tests/patience.py says how else"


@pytest.mark.parametrize(
    "line",
    [
        "began = time.monotonic()",
        "from time import perf_counter",
        "assert time.time() - began < 3",
        "assert run.seconds < 20",
        "assert 20 > run.elapsed",
        "assert moment() - before < 3",
        "assert (seen.finished - seen.started).total_seconds() <= 5",
        "settings(max_examples=3, deadline=200)(check)",
        "@pytest.mark.timeout(30)\ndef test(): pass",
        "thread.join(5)",
        "child.communicate(timeout=20)",
        "socket.create_connection(address, timeout=5)",
        "async with asyncio.timeout(2): pass",
        "from timeit import default_timer",
        "assert median(log.gaps) < 2 * usual",
    ],
)
def test_it_is_seen(line: str) -> None:
    assert list(faults(line if not line.startswith("async with") else f"async def test():\n    {line}"))


@pytest.mark.parametrize(
    "line",
    [
        "with cpu(3): work()",
        "thread.join(PATIENCE)",
        "assert later - earlier >= 0.9",
        "assert sorted(times) == times",
        "time.sleep(0.1)",
        "', '.join(words)",
        "server.serve_forever(timeout=0.05)",
    ],
)
def test_nothing_else_is_refused(line: str) -> None:
    assert list(faults(line)) == []
