"""Files are written in one place, which no planted link leads astray and no full disk leaves half done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OURS = ("shopwarden", "scanner", "checks", "reports", "tools")
EXCEPT = {
    "scanner/text/atomic_write.py": "the place",
    "scanner/history/connect.py": "makes the database, which SQLite writes",
    "shopwarden/operations/lock.py": "a lock is held, not replaced",
    "shopwarden/cli/group.py": "the write_text of click's help, which prints",
}
WRITING = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "copyfile", "copy2", "copytree"}
FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT"}
MODE = re.compile(r"(?=.*[wax+])[rwaxbt+]{1,4}")


def writers(source: str) -> Iterator[str]:
    """What in a module's text makes or changes a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [one for given in (*node.args, *(word.value for word in node.keywords)) for one in ast.walk(given)]
            modes = [one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            flags = {one.attr for one in said if isinstance(one, ast.Attribute)} & FLAGS
            if called in WRITING or (called == "open" and (flags or any(MODE.fullmatch(mode) for mode in modes))):
                yield f"line {node.lineno}: {called}"


@pytest.mark.parametrize(
    "line",
    [
        "Path('x').write_text('y')",
        "open('x', 'w')",
        "file.open('wb')",
        "file.open(mode='r+')",
        "os.open('x', os.O_WRONLY)",
        "tempfile.mkstemp()",
        "open(name, 'a')",
    ],
)
def test_a_planted_writer_is_seen(line: str) -> None:
    assert list(writers(line))


def test_all_files_are_written_by_one_function() -> None:
    found = {
        str(file.relative_to(ROOT)): seen
        for package in OURS
        for file in (ROOT / package).rglob("*.py")
        if (seen := list(writers(file.read_text(encoding="utf-8"))))
    }
    assert {name: seen for name, seen in found.items() if name not in EXCEPT} == {}
    assert set(found) == set(EXCEPT), "an exception that nobody needs any more"
