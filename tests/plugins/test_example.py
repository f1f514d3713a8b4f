"""The example of a plugin, installed beside the program as its users would: its own tests, and a scan that uses all it brings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "shopwarden-plugin-example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed plugin; what it needs is here already, and nothing is fetched."""
    folder = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", folder, PLUGIN], check=True)
    return folder


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{installed}:{ROOT}", "HOME": str(installed), "PATH": "/usr/bin:/bin"}
    command = (sys.executable, "-m", *command)
    return subprocess.run(command, cwd=installed.parent, env=environment, capture_output=True, text=True, check=False)


def test_its_own_tests_pass(installed: Path) -> None:
    tested = run(installed, "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", str(PLUGIN))
    assert tested.returncode == 0, tested.stdout


def test_its_rule_is_listed_among_ours(installed: Path) -> None:
    listed = run(installed, "shopwarden", "rules")
    assert listed.returncode == 0, listed.stderr
    assert "change-password-missing" in listed.stdout
    assert "hsts-missing" in listed.stdout


def test_without_it_there_is_no_such_rule() -> None:
    assert "change-password-missing" not in run(ROOT, "shopwarden", "rules").stdout
