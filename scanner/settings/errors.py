"""What is wrong with a configuration, in words: which file, which line, which key, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KeyPath = tuple[int | str, ...]
"""Where a value stands: ``("site", 0, "backup", 1, "kind")``; numbers count from 0."""


class BadSettings(Exception):
    """The configuration cannot be used; the text names the file, the key and what to do."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'rate'?``, or nothing where no known word is near."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


_WRONG = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "tuple_type": 'must be a list, like ["…"]',
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}
"""Our words for pydantic's types of errors."""
_SEVERAL = ("site", "alert", "backup", "accepted")


def what_is_wrong(problem: ErrorDetails) -> str:
    """The end of a sentence that begins with the key."""
    kind, names = problem["type"], [part for part in problem["loc"] if isinstance(part, str) and part != "options"]
    if kind in {"tuple_type", "model_type", "model_attributes_type", "dict_type"} and names:
        table = ".".join(names)
        if names[-1] in _SEVERAL:
            return f"must be a table of its own below the heading [[{table}]], in double brackets"
        if kind != "tuple_type":
            return f"must be a table below the heading [{table}], in single brackets"
    if kind.startswith("date_"):
        return "must be a day, like 2027-04-30"
    if kind in _WRONG:
        return _WRONG[kind].format_map(problem.get("ctx", {}))
    return problem["msg"].removeprefix("Value error, ")


def dotted(path: KeyPath) -> str:
    """``site[1].backup[2].kind``, counted from 1 as people do."""
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else ("." if words else "") + part
    return words


def line_of(text: str, path: KeyPath) -> str:
    """``, line N`` of the last key of a path, where it can be found by walking the tables; else nothing."""
    start, lines = 0, text.splitlines()
    names = [part for part in path if isinstance(part, str)]
    for i, part in enumerate(path):
        if isinstance(part, int) and i:
            heading = re.compile(
                r"\s*\[\[\s*" + r"\s*\.\s*".join(map(re.escape, [p for p in path[:i] if isinstance(p, str)])) + r"\s*\]\]"
            )
            seen = [n for n, line in enumerate(lines) if heading.match(line) and n >= start]
            if part < len(seen):
                start = seen[part]
        elif isinstance(part, str) and (i + 1 == len(path) or isinstance(path[i + 1], str)):
            table = re.compile(r"\s*\[\s*" + re.escape(part) + r"\s*\]")
            start = next((n for n, line in enumerate(lines) if n >= start and table.match(line)), start)
    if names:
        key = re.compile(r"\s*\[*\s*[\"']?" + re.escape(names[-1]) + r"\b")
        for number, line in enumerate(lines[start:], start + 1):
            if key.match(line):
                return f", line {number}"
    return ""
