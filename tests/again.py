"""A test that is tried again gets servers and looks of its own: what its file had set up may be what failed.

pytest-rerunfailures keeps such fixtures from one try to the next. Those of the whole session stay here, too
(``tests/hostile/pool.py`` forgets a case by itself).
"""

from __future__ import annotations

from typing import Any

import pytest

WIDER = {"class", "module", "package"}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """End what it shared with its file; it is set up again."""
    if getattr(item, "execution_count", 1) > 1:
        for fixtures in item._fixtureinfo.name2fixturedefs.values():
            for fixture in fixtures:
                if fixture.scope in WIDER:
                    fixture.finish(item._request)
