"""The skeleton of a rule works at once, and says of itself that it is not finished."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.rules.article_laws import broken_laws
from scanner.rules.articles import parse_article
from tools.new_rule import BadName, skeleton

ROOT = Path(__file__).parents[2]
RULES = {"card-form-on-site": ("policy", "policy"), "sri-missing": ("third-party", "third_party")}


@pytest.mark.parametrize(
    ("name", "files", "area"),
    [
        ("policy/imprint-missing", ["checks/policy/imprint_missing.py", "checks/policy/imprint-missing.md"], None),
        ("third-party/font-foreign", ["checks/third_party/font_foreign.py", "checks/third_party/font-foreign.md"], "third-party"),
        ("card-number-asked", ["checks/policy/card_number_asked.py", "checks/policy/card-number-asked.md"], None),
        (
            "petals-wilted",
            ["checks/petals/petals_wilted.py", "checks/petals/petals-wilted.md", "checks/petals/__init__.py"],
            None,
        ),
    ],
)
def test_where_it_lies(name: str, files: list[str], area: str | None) -> None:
    made = skeleton(name, RULES)
    rule = name.rpartition("/")[2].replace("-", "_")
    folder = files[0].split("/")[1]
    assert set(made) == {*files, f"tests/checks/{folder}/test_{rule}.py"}
    assert ("area=" in made[files[0]]) == bool(area)


@pytest.mark.parametrize("name", ["", "wilted", "Policy/imprint-missing", "policy/imprint_missing", "a/b/c-d", "policy/../x-y"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(BadName, match=r"area/the-problem.*Areas: policy, third-party"):
        skeleton(name, RULES)


def test_a_name_that_is_taken() -> None:
    with pytest.raises(BadName, match="sri-missing already, in checks/third_party"):
        skeleton("policy/sri-missing", RULES)


def test_its_article_breaks_one_law_alone() -> None:
    text = skeleton("policy/imprint-missing", RULES)["checks/policy/imprint-missing.md"]
    broken = list(broken_laws(parse_article("imprint-missing", text, "imprint-missing.md")))
    assert [law.partition(" stands")[0] for law in broken] == ["FILL IN"]


@pytest.mark.slow
def test_it_works_at_once(tmp_path: Path) -> None:
    """In a copy of the tree: style, test, documents; the catalogue has it, and `rules` refuses it until it is filled in."""
    for name in (
        "checks",
        "docs",
        "scanner",
        "shopwarden",
        "tools",
        "reports",
        "packaging",
        "pyproject.toml",
        "README.md",
        "SECURITY.md",
    ):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {"PYTHONPATH": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    made = run("tools.new_rule", "policy/imprint-missing")
    assert made.returncode == 0, made.stderr
    assert "FILL IN" in made.stdout
    written = [line.split()[0] for line in made.stdout.splitlines() if line.startswith("  ")]
    differ = [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    differ = [
        str(file)
        for file in differ
        if not (ROOT / file).is_file() or (ROOT / file).read_bytes() != (tmp_path / file).read_bytes()
    ]
    assert sorted(written) == sorted(differ), "it names every file that it writes"
    assert "docs/rules.md" in written
    assert run("tools.generate_docs", "--check").returncode == 0
    new = ["checks/policy/imprint_missing.py", "tests/checks/policy/test_imprint_missing.py"]
    for style in (["check"], ["format", "--check"]):
        found = run("ruff", *style, *new)
        assert found.returncode == 0, found.stdout
    tested = run("pytest", "-q", "-p", "no:randomly", "-p", "no:asyncio", "-c", "/dev/null", "--rootdir", ".", new[1])
    assert tested.returncode == 0, tested.stdout
    shown = run("shopwarden", "rules", "imprint-missing")
    assert shown.returncode == 4  # the program refuses to start
    assert "imprint-missing.md: FILL IN stands in it" in shown.stderr
    again = run("tools.new_rule", "policy/imprint-missing")
    assert again.returncode == 1
    assert "there is a rule imprint-missing already" in again.stderr
