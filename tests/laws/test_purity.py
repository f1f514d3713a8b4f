"""What a contract on imports cannot see: a check, and whatever it calls, opens no file and asks no clock by a built-in name either."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.import_graph import read

ROOT = Path(__file__).parent.parent.parent
BUILTINS = frozenset(
    {"__import__", "breakpoint", "compile", "eval", "exec", "globals", "input", "open", "print", "setattr", "delattr"}
)
CLOCKS = frozenset({"now", "today", "utcnow"})
FILES = frozenset({"read_bytes", "read_text", "write_bytes", "write_text"})
OUTSIDE = frozenset({"urllib.error", "urllib.request", "urllib.robotparser"})
DECORATORS = frozenset({"scanner.rules.rule", "scanner.gatherers.contract"})
"""They mark functions when modules are imported, by setattr; no check calls them."""


def impure(source: str) -> Iterator[str]:
    """Each impurity, with its line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield f"{node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id="datetime" | "date"))) if name in CLOCKS:
                yield f"{node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(attr=name)) if name in FILES:
                yield f"{node.lineno}: {name}()"
            case ast.Import(names=names) if outside := [name.name for name in names if name.name in OUTSIDE]:
                yield f"{node.lineno}: import {outside[0]}"
            case ast.ImportFrom(module=str(module), names=names) if module in OUTSIDE or any(
                f"{module}.{name.name}" in OUTSIDE for name in names
            ):
                yield f"{node.lineno}: from {module} import …"
            case ast.Global() | ast.Nonlocal() | ast.Await() | ast.AsyncFunctionDef():
                yield f"{node.lineno}: {type(node).__name__.lower()}"


def reached() -> Iterator[Path]:
    """The files of the checks, and of whatever of ours these use."""
    graph = read(ROOT)
    checks = {"checks", *graph.find_descendants("checks")}
    for module in sorted(checks.union(*(graph.find_upstream_modules(check) for check in checks)) - DECORATORS):
        file = ROOT.joinpath(*module.split("."))
        yield file / "__init__.py" if file.is_dir() else file.with_suffix(".py")


def test_checks_are_pure() -> None:
    files = list(reached())
    assert ROOT / "scanner/evidence/pages.py" in files
    assert [f"{file.relative_to(ROOT)}:{found}" for file in files for found in impure(file.read_text())] == []


@pytest.mark.parametrize(
    "line",
    [
        "open('/etc/passwd')",
        "date.today()",
        "datetime.now(UTC)",
        "__import__('os').environ",
        "(files('checks') / 'data.toml').read_text()",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "print('found')",
        "def one():\n    global seen\n    seen = 1",
    ],
)
def test_what_is_impure_is_seen(line: str) -> None:
    assert list(impure(line))


@pytest.mark.parametrize("line", ["page.now()", "from urllib.parse import urlsplit", "re.compile('a')", "opened = 1"])
def test_what_is_pure_is_not(line: str) -> None:
    assert not list(impure(line))
