"""Whatever a server sends, the scan ends in time and in bounds, goes nowhere else, and its report is true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import lies, load, place, size, slow
from tests.hostile.harness import Case, Program, hold, run_case

CASES = [*size.CASES, *slow.CASES, *place.CASES, *lies.CASES, *load.CASES]


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    started = Program()
    yield started
    started.close()


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_hostile(case: Case, program: Program, tmp_path: Path, record_property) -> None:
    ran = await run_case(case, program, tmp_path)
    record_property("seconds", round(ran.seconds, 1))
    record_property("peak MB", round(ran.peak / 1e6))
    print(f"{case.name}: {ran.seconds:.1f} s, {ran.peak / 1e6:.0f} MB")  # noqa: T201  the table of figures (pytest -s)
    hold(case, ran)
