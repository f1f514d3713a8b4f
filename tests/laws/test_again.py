"""What is tried again begins anew (``tests/again.py``)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from pathlib import Path

def told(what):
    with Path("told").open("a") as file:
        print(what, file=file)

@pytest.fixture(scope="module")
def server():
    told("server")
    yield
    told("server ends")

@pytest.fixture(scope="module")
def look(server):
    told("look")
    yield Path("told").read_text().splitlines().count("look")
    told("look ends")

def test_before(look):
    assert look == 1

def test_fails_at_first(look):
    assert look == 2

def test_after(look):
    assert look == 2
"""
ONCE = ["server", "look", "look ends", "server ends"]


@pytest.mark.parametrize("last", [False, True])
def test_a_test_that_is_tried_again_is_shown_nothing_of_its_first_try(tmp_path: Path, last: bool) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [
        sys.executable,
        *["-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "tests.again", "--reruns", "1"],
    ]
    chosen = ["test_it.py::test_before", "test_it.py::test_fails_at_first", *([] if last else ["test_it.py::test_after"])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    done = subprocess.run([*command, *chosen], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert f"{len(chosen)} passed, 1 rerun" in done.stdout
    assert (tmp_path / "told").read_text().splitlines() == ONCE * 2
