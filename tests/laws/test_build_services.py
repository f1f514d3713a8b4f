"""The files for build services do what they say: their steps, run as they stand, leave the files that the next steps take."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.patience import PATIENCE
from tests.street import Street

ROOT = Path(__file__).parents[2]
GITHUB = yaml.safe_load((ROOT / "docs/ci/github-workflow.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text(encoding="utf-8"))
A = "amber.example"


def steps() -> dict[str, tuple[str, set[str]]]:
    """Service → its shell lines, and the files that are taken afterwards."""
    (job,) = GITHUB["jobs"].values()
    taken = {step["with"]["sarif_file"] for step in job["steps"] if "upload-sarif" in step.get("uses", "")}
    lab = GITLAB["shopwarden"]
    return {
        "github": ("\n".join(step["run"] for step in job["steps"] if "run" in step), taken | {"report.html", "report.json"}),
        "gitlab": ("\n".join(lab["script"]), {*lab["artifacts"]["paths"], lab["artifacts"]["reports"]["junit"]}),
    }


def test_they_are_what_the_services_read() -> None:
    assert set(GITHUB) == {"name", True, "permissions", "jobs"}, "“on” is true to a reader of YAML 1.1"
    assert {"schedule", "workflow_dispatch"} == set(GITHUB[True])
    (job,) = GITHUB["jobs"].values()
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        given: dict[str, Any] = step.get("env", {})
        assert "${{" not in step.get("run", ""), "what somebody may set is never pasted into a shell line"
        assert set(re.findall(r"\$([A-Z_]+)", step.get("run", ""))) <= set(given)
    assert set(GITLAB["shopwarden"]) == {"image", "timeout", "rules", "script", "artifacts"}


@pytest.mark.slow
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_the_steps_leave_what_the_next_ones_take(service: str, shops: Street, tmp_path: Path) -> None:
    script, taken = steps()[service]
    assert "pip install" in script
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, line in {
        "python": "exit 0",  # what pip would install is here already
        "shopwarden": f'exec {sys.executable} -m shopwarden "$@" {" ".join(shops.options(A))}',
    }.items():
        file = programs / name
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path),
        "SHOP": f"http://{A}", "SHOP_URL": f"http://{A}", "PACKAGE": "x.whl", "SHOPWARDEN_PACKAGE": "x.whl",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 1, (done.stdout, done.stderr)  # a shop without https
    assert {file for file in taken if (tmp_path / file).exists()} == taken
