"""In CI nothing is skipped for want of a program (``tests/conftest.py``)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_a_missing_program():
    pytest.skip("no-such-server is not installed")

@pytest.mark.skipif(True, reason="needs another one")
def test_a_mark():
    pass

@pytest.fixture
def server():
    pytest.skip("not unpacked")

def test_a_missing_server(server):
    pass

def test_what_the_machine_is():
    pytest.skip("root may write everywhere")

@pytest.mark.xfail(strict=True)
def test_what_is_known_to_fail():
    assert False
"""


@pytest.mark.parametrize(
    ("ci", "ended"),
    [("true", "1 failed, 1 skipped, 1 xfailed, 2 errors"), ("", "4 skipped, 1 xfailed")],
    ids=["in CI", "elsewhere"],
)
def test_a_test_that_could_see_nothing_fails_in_ci(tmp_path: Path, ci: str, ended: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.conftest",
        "-p",
        "no:randomly",
        "test_it.py",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "", "CI": ci}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended in done.stdout, done.stdout + done.stderr
    assert ("in CI nothing may be missing: not unpacked" in done.stdout) is bool(ci)
