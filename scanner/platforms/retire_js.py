"""``jslibs.json``: our file of the facts that Retire.js keeps of JavaScript libraries; made from theirs, and read. Pure.

The facts (name patterns, ranges of versions, identifiers, severities) come from Retire.js, Copyright Erlend Oftedal and
contributors, Apache License 2.0, https://github.com/RetireJS/retire.js; ``scanner/data/jslibs.NOTICE`` says so beside them.
``python -m scanner.platforms.retire_js FILE DAY`` makes our file from theirs and writes it to stdout.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from scanner.platforms.libraries import Hole, Library, LibraryTable, usable

SOURCE = "Retire.js, Apache License 2.0"
_PATTERN_CHARS = 1_000
_WORD_CHARS = 200
_PLACEHOLDER = "§§version§§"
_VERSION = r"[0-9][0-9.a-z_\-]+"
_WORTH = frozenset({"medium", "high", "critical"})


def read_libraries(text: str) -> LibraryTable:
    """``jslibs.json`` from its text. Raises ValueError for whatever is wrong with it."""
    try:
        data = json.loads(text)
        libraries = tuple(_library(name, one) for name, one in sorted(data["libraries"].items()))
        return LibraryTable(date.fromisoformat(data["recorded"]), _word(data["source"]), libraries)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def converted(source: Mapping[str, Any], recorded: date) -> dict[str, Any]:
    """Retire.js's repository → our file: facts only. Holes without a CVE or GHSA number and low ones are left out, as are
    patterns that cannot be used. Raises TypeError, KeyError, AttributeError where it is built otherwise."""
    made = {}
    for name, one in source.items():
        holes = sorted(filter(None, map(_hole, one.get("vulnerabilities", ()))), key=json.dumps)
        extractors = one.get("extractors", {})
        if name != "retire-example" and holes:
            patterns = {kind: list(filter(_usable, extractors.get(kind, []))) for kind in ("filename", "uri", "filecontent")}
            package = {"package": one["npmname"]} if one.get("npmname", name) != name else {}
            made[name] = {**package, **{kind: found for kind, found in patterns.items() if found}, "holes": holes}
    return {"recorded": recorded.isoformat(), "source": SOURCE, "libraries": made}


def _hole(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    named = entry.get("identifiers", {})
    identifiers = [*named.get("CVE", ()), *([named["githubID"]] if "githubID" in named and not named.get("CVE") else [])]
    if not identifiers or entry.get("severity") not in _WORTH or "below" not in entry:
        return None
    above = {"at_or_above": entry["atOrAbove"]} if "atOrAbove" in entry else {}
    return {"below": entry["below"], **above, "identifiers": identifiers, "severity": entry["severity"]}


def _usable(pattern: object) -> bool:
    if not isinstance(pattern, str) or len(pattern) > _PATTERN_CHARS:
        return False
    return usable(pattern.replace(_PLACEHOLDER, _VERSION))


def _library(name: str, data: Mapping[str, Any]) -> Library:
    """Raises TypeError, KeyError, AttributeError."""
    holes = tuple(
        Hole(
            _word(one["below"]),
            _word(one.get("at_or_above", "")),
            _words(one["identifiers"], _WORD_CHARS),
            _word(one["severity"]),
        )
        for one in data["holes"]
    )
    filename, uri, content = (
        tuple(pattern.replace(_PLACEHOLDER, _VERSION) for pattern in _words(data.get(kind, []), _PATTERN_CHARS))
        for kind in ("filename", "uri", "filecontent")
    )
    return Library(_word(name), _word(data.get("package", name)), filename, uri, content, holes)


def _words(value: object, most: int) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.60} is no list")
    return tuple(_word(one, most) for one in value)


def _word(value: object, most: int = _WORD_CHARS) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise TypeError(f"{value!r:.60} is no text of at most {most} characters")
    return value


def _main(arguments: Iterable[str]) -> None:
    file, day = arguments
    made = converted(json.loads(Path(file).read_text(encoding="utf-8")), date.fromisoformat(day))
    json.dump(made, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
