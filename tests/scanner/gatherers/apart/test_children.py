"""Real child processes: what they are given, what they may use, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.gatherers.apart.child import Limits
from scanner.gatherers.apart.children import Child, Failed, Pool, Unexpected
from tests.patience import PATIENCE, eventually

PROGRAM = "tests.scanner.gatherers.apart.programs"
LIMITS = Limits(memory=100_000_000, cpu=10, files=32, answer=200_000)
MOST_MEMORY = 250_000_000
ROOT = Path(__file__).parents[4]


def child(limits: Limits = LIMITS) -> Child:
    return Child(PROGRAM, limits, ("roses",))


async def heard(order: object, limits: Limits = LIMITS, seconds: float = PATIENCE) -> list[Any]:
    """Everything that is said to one order."""
    with child(limits) as made:
        made.send(order)
        told = []
        while (said := await made.hear(seconds)) is not None:
            told.append(said)
        return told


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_what_a_child_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment, no arguments but the way in, no open files of ours; by its pipe what it is to do."""
    monkeypatch.setenv("SHOPWARDEN_SECRET", "violets")
    with child() as made:
        made.send(("about", "a login of its own"))
        told = await made.hear(PATIENCE)
        assert await made.hear(PATIENCE) is None
    assert told["environment"] == ""
    assert "violets" not in told["arguments"]
    assert "login" not in told["arguments"]
    assert told["folder"] == "/"
    assert told["prepared"] == ["roses"]
    assert told["session"]
    assert told["limits"] == {"CORE": [0, 0], "FSIZE": [0, 0], "NOFILE": [32, 32], "CPU": told["limits"]["CPU"]}
    assert told["limits"]["CPU"][0] <= 15
    heavy = {"httpx", "pydantic", "sslyze", "paramiko", "lxml", "sqlalchemy", "click", "asyncio"}
    assert heavy.isdisjoint(told["modules"])


async def test_one_order_after_the_other() -> None:
    with child() as made:
        for given in (["a"], [], ["b", 3, {"c": [True]}]):
            made.send(("repeat", given))
            for one in given:
                assert await made.hear(PATIENCE) == one
            assert await made.hear(PATIENCE) is None
            assert made.usable
        assert made.orders == 3


async def test_a_name_is_looked_up_by_nobody_there() -> None:
    """Whatever library is given one: not the system's own names either."""
    assert await heard(("look up", "localhost")) == ["gaierror"]
    assert await heard(("look up", "127.0.0.1")) == ["127.0.0.1"]


async def test_what_a_library_prints_is_no_answer() -> None:
    assert await heard(("shout", None)) == ["an answer"]


@pytest.mark.parametrize("order", ["fill", "fill in threads"])
async def test_memory_is_bounded(order: str) -> None:
    with child() as made:
        made.send((order, None))
        if order == "fill":
            assert await made.hear(PATIENCE) == "begun"
        with pytest.raises(Failed, match="needed more memory"):
            await made.hear(PATIENCE)
        assert not made.usable


def test_no_child_takes_more_than_is_stated() -> None:
    """Asked of the operating system, in a process of its own: what other tests start is counted with its parent's children, and a
    child that was just forked with its parent's memory."""
    script = """
import asyncio, resource
from scanner.gatherers.apart.children import Failed
from tests.scanner.gatherers.apart.test_children import PATIENCE, child
async def filled(order):
    with child() as made:
        made.send((order, None))
        try:
            while await made.hear(PATIENCE):
                pass
        except Failed:
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
for order in ("fill", "fill in threads"):
    asyncio.run(filled(order))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
    peaks = [int(line) for line in done.stdout.split()]
    assert len(peaks) == 2
    assert max(peaks) <= MOST_MEMORY


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_one_that_is_killed_has_crashed(number: int) -> None:
    with pytest.raises(Failed, match="crashed"):
        await heard(("die", int(number)))


async def test_a_crash_in_native_code() -> None:
    with pytest.raises(Failed, match="crashed"):
        await heard(("crash", None))


async def test_native_code_that_gets_no_memory_gives_up() -> None:
    with pytest.raises(Failed, match="needed more memory"):
        await heard(("die", int(signal.SIGABRT)))


async def test_one_that_computes_for_ever_is_ended_by_the_system() -> None:
    with pytest.raises(Failed, match="time of the processor"):
        await heard(("compute", None), Limits(memory=100_000_000, cpu=0))


async def test_one_that_takes_too_long_is_ended() -> None:
    with child() as made:
        made.send(("wait", None))
        pid = await made.hear(PATIENCE)
        with pytest.raises(TimeoutError):
            await made.hear(0.1)
        assert not made.usable
    eventually(lambda: gone(pid))


async def test_one_that_says_too_much() -> None:
    assert await heard(("say much", 150_000)) == ["x" * 150_000]
    with pytest.raises(Failed, match="said more"):
        await heard(("say much", 50_000_000))


async def test_no_file_is_written(tmp_path: Path) -> None:
    with pytest.raises(Unexpected, match="OSError"):
        await heard(("write", str(tmp_path / "file")))
    assert not (tmp_path / "file").read_bytes()


async def test_open_files_are_bounded() -> None:
    (count,) = await heard(("many files", None))
    assert 10 < count < 32


async def test_a_defect_is_named_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unexpected, match="ZeroDivisionError") as failed:
        await heard(("divide", 1))
    assert failed.value.error == "ZeroDivisionError"
    assert "programs.py" in caplog.text


async def test_the_words_of_a_defect_stay_in_the_process(caplog: pytest.LogCaptureFixture) -> None:
    """They may be what a stranger wrote; so may those of the error that led to it."""
    with pytest.raises(Unexpected, match="KeyError"):
        await heard(("say what was read", "4111 1111 1111 1111"))
    assert "1111" not in caplog.text
    assert caplog.text.index("ValueError") < caplog.text.index("KeyError")
    assert "programs.py" in caplog.text


@pytest.mark.parametrize(
    "line", [b"", b"null", b"[]", b"7", b"{}", b'{"said"', b"[" * 100_000, b'{"over": {"a": 1}}', b"\xff", b"1" * 5_000]
)
async def test_an_answer_that_is_none(line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with child() as made:
        made._kept = line + b"\n"
        with pytest.raises(Failed):
            await made.hear(PATIENCE)
        assert not made.usable


async def test_nothing_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Failed, match="could not be started"):
        child()


async def test_a_killed_parent_leaves_no_child() -> None:
    """By the end of the pipe alone: nobody is there to end it."""
    script = (
        "import asyncio, time\n"
        "from scanner.gatherers.apart.child import Limits\n"
        "from scanner.gatherers.apart.children import Child\n"
        "async def main():\n"
        f"    child = Child({PROGRAM!r}, Limits(10**8, 600))\n"
        "    child.send(('wait', None))\n"
        "    print(await child.hear(600), flush=True)\n"
        "    time.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
        eventually(lambda: gone(pid))


# --- used again ----------------------------------------------------------------------------------------------------


async def pid_of(pool: Pool) -> int:
    async with pool.child() as made:
        made.send(("about", None))
        pid: int = (await made.hear(PATIENCE))["pid"]
        assert await made.hear(PATIENCE) is None
    return pid


async def test_a_child_is_used_again_and_then_replaced() -> None:
    pool = Pool(PROGRAM, LIMITS, orders=3, most=2)
    pids = [await pid_of(pool) for _ in range(7)]
    assert pids == [pids[0]] * 3 + [pids[3]] * 3 + [pids[6]]
    assert len(set(pids)) == 3
    for one in pool.leave():
        one.end()
    for pid in pids:
        eventually(lambda pid=pid: gone(pid))


async def crashed(pool: Pool) -> None:
    async with pool.child() as made:
        made.send(("die", int(signal.SIGSEGV)))
        await made.hear(PATIENCE)


async def test_a_failure_replaces_it_and_concerns_nobody_else() -> None:
    pool = Pool(PROGRAM, LIMITS, orders=50, most=2)
    first = await pid_of(pool)
    async with pool.child() as other:
        with pytest.raises(Failed):
            await crashed(pool)
        other.send(("repeat", ["still there"]))
        assert await other.hear(PATIENCE) == "still there"
        assert await other.hear(PATIENCE) is None
    assert await pid_of(pool) == first
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not any(one.usable for one in pool._idle))
    assert await pid_of(pool) != first
    for one in pool.leave():
        one.end()
