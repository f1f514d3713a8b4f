"""Coverage-guided fuzzing: atheris changes an input as long as it reaches new lines of our own code.

``python -m tests.soak.coverage FOLDER SECONDS [PARSER …]`` gives each parser of the table that many seconds in a process of its
own, two at a time, and prints one JSON line for each: name, executions, and the inputs that broke it, which stay in FOLDER.
Hypothesis and atheris share the table in ``parsers.py``.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

from tests.soak.pieces import RAW

if TYPE_CHECKING:
    from tests.soak.pieces import Parser

AT_ONCE = 2
LONGEST = 4_096
SECONDS_AN_INPUT = 25  # by the clock; the tests with Hypothesis hold parsers to two of processor time
MEGABYTES = 1_500


def main() -> None:
    folder, seconds, *names = sys.argv[1:]
    with atheris.instrument_imports(include=["scanner", "checks"]):
        from tests.soak.parsers import PARSERS, proofs

        proofs()  # so that every check is imported while imports are watched
    chosen = [parser for parser in PARSERS if not names or parser.name in names]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for told in threads.map(lambda parser: fuzzed(parser, Path(folder), float(seconds)), chosen):
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


def fuzzed(parser: Parser, folder: Path, seconds: float) -> dict[str, object]:
    """In a fork, because libFuzzer ends its process."""
    own = folder / re.sub(r"\W+", "-", parser.name)
    seeds, broke = own / "seeds", own / "broke"
    for made in (seeds, broke):
        made.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(beginnings(parser)):
        (seeds / str(number)).write_bytes(seed)
    words = own / "words"
    words.write_text(
        "".join(f'"{quoted(encoded(parser, piece))}"\n' for piece in parser.pieces if 0 < len(piece) <= 60), encoding="ascii"
    )
    pid = os.fork()
    if not pid:
        run(parser, own, seconds)
    _, status = os.waitpid(pid, 0)
    log = (own / "log").read_text(encoding="utf-8", errors="replace")
    counted = re.search(r"stat::number_of_executed_units:\s+(\d+)|#(\d+)\s+DONE", log)
    return {
        "name": parser.name,
        "executions": int(counted[1] or counted[2]) if counted else 0,
        "code": os.waitstatus_to_exitcode(status),
        "broke": sorted(str(one) for one in broke.iterdir()),
    }


def run(parser: Parser, own: Path, seconds: float) -> None:
    log = os.open(own / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    options = [
        f"-max_total_time={max(1, round(seconds))}", f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={LONGEST}",
        f"-artifact_prefix={own / 'broke'}/", f"-dict={own / 'words'}", "-print_final_stats=1", "-use_value_profile=1", "-seed=1",
    ]  # fmt: skip
    atheris.Setup(["fuzz", *options, str(own / "seeds")], parser.run)
    atheris.Fuzz()
    os._exit(0)


def beginnings(parser: Parser) -> Iterator[bytes]:
    """The pieces one by one, and some sentences of them."""
    chance = random.Random(1)
    kept = [encoded(parser, piece) for piece in parser.pieces]
    yield from (piece[:LONGEST] for piece in kept)
    for _ in range(30):
        yield b"".join(chance.choices(kept, k=chance.randint(2, 12)))[:LONGEST]


def encoded(parser: Parser, piece: str) -> bytes:
    return piece.encode("latin-1" if parser.name in RAW else "utf-8")


def quoted(piece: bytes) -> str:
    """As libFuzzer's dictionaries write bytes."""
    return "".join(f"\\x{byte:02x}" for byte in piece)


if __name__ == "__main__":
    main()
