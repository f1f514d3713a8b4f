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


@pytest.fixture(autouse=True)
def no_rest_before_the_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that cannot be reached is tried again at once."""
    monkeypatch.setattr("shopwarden.operations.batch.LATER_SECONDS", 0.0)
    monkeypatch.setattr("shopwarden.cli.console.AGAIN_SECONDS", 0.0)
