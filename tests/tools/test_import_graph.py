"""The drawn import graph: rooms on floors, arrows, circles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.import_graph import Drawing

ROOT = Path(__file__).parents[2]


def drawing(**arrows: str) -> Drawing:
    nodes = {*arrows, *(to for ends in arrows.values() for to in ends)}
    return Drawing({node: frozenset(arrows.get(node, "")) for node in nodes}, dict.fromkeys(nodes, 1))


def test_each_stands_on_those_that_it_imports() -> None:
    seen = drawing(a="bc", b="d", c="d")
    assert seen.floors == [["d"], ["b", "c"], ["a"]]
    assert (seen.count, seen.circles) == (4, [])


def test_circles_are_found_the_largest_first() -> None:
    seen = drawing(a="b", b="c", c="ad", d="e", e="d", f="a")
    assert seen.circles == [["a", "b", "c"], ["d", "e"]]
    assert seen.floors == [["d", "e"], ["a", "b", "c"], ["f"]]


def test_a_long_chain_needs_no_depth() -> None:
    chain = {str(number): frozenset({str(number + 1)}) for number in range(5000)} | {"5000": frozenset({"0"})}
    assert [len(ring) for ring in Drawing(chain, {}).circles] == [5001]


def test_any_copy_of_the_tree_is_drawn(tmp_path: Path) -> None:
    (tmp_path / ".importlinter").write_text("[importlinter]\nroot_packages =\n    shop\n    tools\n    gone\n")
    for name, text in {
        "shop/__init__.py": "",
        "shop/roses/__init__.py": "",
        "shop/roses/red.py": "import shop.tulips.blue",
        "shop/tulips/__init__.py": "",
        "shop/tulips/blue.py": "def late():\n    from shop.roses import red\n",
        "tools/__init__.py": "import shop",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "tools.import_graph", str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "rooms: shop.roses, shop.tulips" in printed
    assert "modules: shop.roses.red, shop.tulips.blue" in printed
    assert "tools.generate_docs" not in printed
    assert [line.split() for line in printed.splitlines() if line.startswith("packages ")] == [["packages", "2", "1", "0"]]


def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.import_graph", str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert printed.returncode == 2
    assert f"{tmp_path}/.importlinter is missing" in printed.stderr
