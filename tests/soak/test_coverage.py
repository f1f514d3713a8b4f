"""Coverage-guided fuzzing of the same parsers, by atheris, in a process of its own: shortly in each run, long by ``make soak``.

``ATHERIS_SECONDS`` says how long each parser is fuzzed. What breaks a parser is printed, to be kept as a test.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.parsers import PARSERS

SOAK = bool(os.environ.get("SOAK"))
SECONDS = float(os.environ.get("ATHERIS_SECONDS", "120" if SOAK else "1"))
ROOT = Path(__file__).parents[2]


def test_no_input_breaks_a_parser(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is missing: pip install -e '.[dev]'")
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.coverage", str(tmp_path), str(SECONDS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in told] == [parser.name for parser in PARSERS]
    for one in told:
        inputs = [base64.b64encode(Path(file).read_bytes()) for file in one["broke"]]
        assert (one["code"], inputs) == (0, []), one["name"]
        assert one["executions"] > 0, one["name"]


def test_a_planted_defect_is_found(tmp_path: Path) -> None:
    """A word of six letters that only coverage leads to."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is missing")
    planted = (
        "import tests.soak.coverage as c, pathlib, sys\n"
        "import atheris\n"
        "from tests.soak.pieces import Parser\n"
        "@atheris.instrument_func\n"
        "def weak(data):\n"
        "    if len(data) > 5 and data[0] == 114 and data[1] == 111 and data[2] == 115 and data[3] == 101:\n"
        "        raise ValueError('found')\n"
        "told = c.fuzzed(Parser('weak', weak, ('x',)), pathlib.Path(sys.argv[1]), 20)\n"
        "assert told['code'] != 0 and told['broke'], told\n"
    )
    done = subprocess.run([sys.executable, "-c", planted, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
