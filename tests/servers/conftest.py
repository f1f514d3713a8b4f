"""Everything in this folder needs a real server: marked so, without each module saying it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OUTCOME = pytest.StashKey[str]()
"""How a test ended: passed, failed or skipped."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.servers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[OUTCOME] = report.outcome
    return report


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that servers may enter which give up root. pytest closes those below its own whenever another run of it begins."""
    made = Path(tempfile.mkdtemp(prefix="shop-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)
