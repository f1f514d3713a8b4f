"""What tests of the program share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.history.store import History


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History.open(str(tmp_path / "h.sqlite3"))
    yield opened
    opened.close()
