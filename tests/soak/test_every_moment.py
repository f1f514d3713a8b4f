"""The server is killed at every moment of a scan: nothing that is there is ever called good. Without ``SOAK``, at three."""

from __future__ import annotations

import os

import pytest

from tests.scanner.engine.test_dying_server import LAST, killed


@pytest.mark.parametrize("gateway", [False, True])
@pytest.mark.parametrize("after", range(1, LAST + 10) if os.environ.get("SOAK") else (1, LAST // 2, LAST + 9))
async def test_killed_at_every_moment(after: int, *, gateway: bool) -> None:
    await killed(after, gateway=gateway)
