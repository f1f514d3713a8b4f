"""Whatever a server sends, the scan ends in time and in bounds, goes nowhere else, and its report is true."""

from __future__ import annotations

import pytest

from tests.hostile.cases import CASES
from tests.hostile.harness import Case, hold
from tests.hostile.pool import Pool


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hostile(case: Case, pool: Pool) -> None:
    try:
        hold(case, pool.ran(case))
    except AssertionError:
        pool.forget(case)
        raise
