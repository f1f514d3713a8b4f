"""The server is killed at every moment of a scan: nothing that is there is ever called good. The short version kills eight times."""

from __future__ import annotations

import os

import pytest

from tests.scanner.test_dying_server import LAST, killed


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="takes minutes: make soak")
@pytest.mark.parametrize("gateway", [False, True])
@pytest.mark.parametrize("after", range(1, LAST + 10))
async def test_killed_at_every_moment(after: int, *, gateway: bool) -> None:
    await killed(after, gateway=gateway)
