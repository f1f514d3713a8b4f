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
_SEVERAL = ("site", "alert", "backup", "accepted", "review", "account", "person", "records", "letter")


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


_HEADING = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]")
_ENTRY = re.compile(r"""\s*+([A-Za-z0-9_"'.-]++(?: ++[A-Za-z0-9_"'.-]++)*+)\s*+=""")


def line_of(text: str, path: KeyPath) -> str:
    """``, line N`` of a value, of the table or the value that it would stand in where it is missing, or else nothing.

    The lines are walked, since TOML's reader tells no places: good enough for what people write, and never an error.
    """
    seen: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _HEADING.match(line):
            names = _names(heading[2])
            table = ()
            for name in names[:-1]:  # below the last one of a table that there are several of
                table += (name,)
                table += (counts[table] - 1,) if table in counts else ()
            table += (names[-1],)
            seen.setdefault(table, number)
            if heading[1] == "[[":
                counts[table] = counts.get(table, 0) + 1
                table += (counts[table] - 1,)
            seen.setdefault(table, number)
        elif entry := _ENTRY.match(line):
            seen.setdefault((*table, *_names(entry[1])), number)
    for end in range(len(path), 0, -1):
        if (found := seen.get(path[:end])) is not None:
            return f", line {found}"
    return ""


def _names(dotted_key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted_key.split("."))
