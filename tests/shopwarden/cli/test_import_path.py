"""The program started in a folder that holds packages called like ours: they are somebody else's, and nothing of them runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shopwarden.cli.import_path import leave_current_folder_out
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
OURS = ("scanner", "checks", "reports", "tools", "click", "asyncio_throttle")
TRAP = 'import pathlib\npathlib.Path(__file__).with_name("ran").touch()\nraise SystemExit("somebody else\'s code ran")\n'
CHILD = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from shopwarden.cli.import_path import leave_current_folder_out
leave_current_folder_out()
def main():
    with ProcessPoolExecutor(1, multiprocessing.get_context(sys.argv[1])) as pool:
        print(pool.submit(eval, "__import__('scanner').__file__").result())
if __name__ == "__main__":
    main()
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    for name in OURS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(TRAP)
    return folder


def run(folder: Path, *words: str, path: str = str(ROOT)) -> str:
    env = {**os.environ, "PYTHONPATH": path, "XDG_DATA_HOME": str(folder.parent / "data")}
    ended = subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert ended.returncode == 0, ended.stderr
    assert not list(folder.rglob("ran"))
    return ended.stdout


@pytest.mark.parametrize("module", ["shopwarden", "shopwarden.cli.group"])
@pytest.mark.parametrize("words", [["--version"], ["rules", "hsts-missing"]])
def test_as_a_module(hostile: Path, module: str, words: list[str]) -> None:
    for name in ("click", "asyncio_throttle"):  # which, below a module of the program, Python looks up before we can say anything
        if module != "shopwarden":
            (hostile / name / "__init__.py").unlink()
            (hostile / name).rmdir()
    assert run(hostile, "-m", module, *words)


@pytest.mark.parametrize("path", [f":{ROOT}", f".:{ROOT}", f"{ROOT}:"])
def test_as_a_script_with_the_current_folder_in_the_path(hostile: Path, path: str) -> None:
    """An empty entry in PYTHONPATH, as a careless ``PYTHONPATH=$PYTHONPATH:…`` leaves it, is the current folder."""
    for name in ("click", "asyncio_throttle"):
        (hostile / name / "__init__.py").unlink()
        (hostile / name).rmdir()
    script = hostile.parent / "shopwarden"
    script.write_text("from shopwarden.cli.group import main\nmain()\n")
    assert "hsts-missing" in run(hostile, str(script), "rules", path=path)


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_processes_that_it_starts(hostile: Path, method: str) -> None:
    script = hostile.parent / "child.py"
    script.write_text(CHILD)
    assert Path(run(hostile, str(script), method, path=f":{ROOT}").strip()) == ROOT / "scanner" / "__init__.py"


def test_the_process_that_makes_pdfs(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("weasyprint", reason="the extra pdf is not installed")
    from reports.formats.pdf import pdf

    monkeypatch.chdir(hostile)
    assert pdf("<p>Roses</p>").startswith(b"%PDF-")
    assert not list(hostile.rglob("ran"))


def test_a_checkout_and_pythons_own_folders_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usual = list(sys.path)
    for folder in (ROOT, Path(os.__file__).parent, Path(pytest.__file__).parents[1]):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "path", [*usual, str(folder)])
        leave_current_folder_out()
        assert sys.path == [*usual, str(folder)]
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setattr(sys, "path", usual)
    leave_current_folder_out()
    assert sys.path == usual
