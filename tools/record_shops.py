"""Recordings of some small shops in ``fixtures/shops``, and what today's rules say of them in ``verdicts.json`` beside each.

``python -m tools.record_shops [SHOP …]`` serves the shops on loopback, scans them and records them anew (it needs what
``tests/setup.sh`` gets). With ``--judge`` it only judges what is recorded: after a change of a rule, to look at the difference.
``--take FOLDER SHOP`` keeps a recording that ``shopwarden scan --record FOLDER`` made of a platform which is not installed here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from scanner._version import __version__
from scanner.engine.catalogue import Catalogue, load
from scanner.engine.recording import Recording, read_recording, write_recording
from scanner.engine.replay import recording_of, result_of
from scanner.engine.scan import Order, Scan
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found
from scanner.scope.target import Target
from scanner.text.atomic_write import atomic_write

SHOPS = Path(__file__).parent.parent / "fixtures" / "shops"
VERDICTS = "verdicts.json"
LENGTHS = (500, 1_000, 2_000, 4_000, 8_000, 1_000_000)
"""Characters to keep of each text: pages of programs are long, and alike after their beginning."""

Verdicts = Mapping[str, Any]
"""Rule → ``found`` with its subjects, or the name of another verdict."""


def judged_again(folder: Path, catalogue: Catalogue) -> ScanResult:
    """What every rule of today says of a recording. Raises BadRecording."""
    recording = read_recording(folder, catalogue.gatherers)
    target = Target.of(recording.url, also=recording.also, allow_private=True)
    return result_of(recording, Order(target, catalogue.chosen()), catalogue)


def verdicts_of(result: ScanResult) -> Verdicts:
    """What is kept of a result: verdicts and subjects, none of the sentences."""
    return {
        judged.rule.id: {"found": [finding.subject for finding in judged.verdict.findings]}
        if isinstance(judged.verdict, Found)
        else type(judged.verdict).__name__.lower()
        for judged in result.judged
    }


def record(folder: Path, scan: Scan, catalogue: Catalogue) -> None:
    """Write a scan's recording, as small as it can be."""
    keep(folder, recording_of(scan), catalogue)


def keep(folder: Path, whole: Recording, catalogue: Catalogue) -> None:
    """Write a recording with the texts of each kind of evidence as short as they can be, and without the tables of software that
    no verdict needs, so that no verdict changes."""
    write_recording(folder, whole, __version__)
    verdicts = verdicts_of(judged_again(folder, catalogue))

    def same(smaller: Recording) -> bool:
        write_recording(folder, smaller, __version__)
        return verdicts_of(judged_again(folder, catalogue)) == verdicts

    kept = whole
    for kind, value in whole.gathered.items():
        tried = (replace(kept, gathered={**kept.gathered, kind: shortened(value, most)}) for most in LENGTHS)
        kept = next(one for one in tried if same(one))
    for name in whole.tables:
        fewer = replace(kept, tables={other: table for other, table in kept.tables.items() if other != name})
        kept = fewer if fewer.tables and same(fewer) else kept
    if not same(kept):
        raise AssertionError("a recording read back is another one")


def shortened(value: Any, most: int) -> Any:
    """The same evidence, each text cut after so many characters."""
    match value:
        case str() if not isinstance(value, Enum):
            return value[:most]
        case tuple():
            return tuple(shortened(one, most) for one in value)
        case Mapping():
            return {key: shortened(one, most) for key, one in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: shortened(getattr(value, one.name), most) for one in fields(value) if one.init})
        case _:
            return value


def judge(folder: Path, catalogue: Catalogue) -> None:
    """Write the verdicts beside a recording, by all rules that there are now."""
    recording = read_recording(folder, catalogue.gatherers)
    if recording.rules != catalogue.chosen():
        tool = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tool"]
        write_recording(folder, replace(recording, rules=catalogue.chosen()), tool)
    kept = verdicts_of(judged_again(folder, catalogue))
    atomic_write(folder / VERDICTS, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def main(words: Sequence[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.record_shops", description="Record the shops of fixtures/shops anew.")
    parser.add_argument("--judge", action="store_true", help="only judge what is recorded")
    parser.add_argument("--take", metavar="FOLDER", type=Path, help="a recording that was made elsewhere, to be kept as SHOP")
    parser.add_argument("shop", nargs="*", help="which shops (default: all)")
    given = parser.parse_args(words)
    catalogue = load(plugins=False)
    served: Mapping[str, Callable[[], Scan]] = importlib.import_module("tests.shops.served").SHOPS
    if given.take:
        if len(given.shop) != 1:
            parser.error("--take needs the name of one shop")
        keep(SHOPS / given.shop[0], read_recording(given.take, catalogue.gatherers), catalogue)
    recorded = sorted(folder.name for folder in SHOPS.iterdir())
    known = recorded if given.judge or given.take else list(served)
    if strangers := set(given.shop) - set(known):
        parser.error(f"there is no shop called {', '.join(sorted(strangers))}; there are {', '.join(known)}")
    for name in given.shop or known:
        if not (given.judge or given.take):
            record(SHOPS / name, served[name](), catalogue)
        judge(SHOPS / name, catalogue)
        print(f"{name}: {sum(file.stat().st_size for file in (SHOPS / name).iterdir()) / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
