"""What a law measures is printed at the end of the run, in CI and with ``-v``."""

from __future__ import annotations

import os

import pytest

_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = []


@pytest.fixture
def terminal(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash[_LINES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_LINES] and (os.environ.get("CI") or config.get_verbosity() > 0):
        terminalreporter.section("measured")
        for line in config.stash[_LINES]:
            terminalreporter.write_line(line)
