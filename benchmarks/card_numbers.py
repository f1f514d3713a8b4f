"""How many card numbers in records are found, and how many others are taken for one.

    python -m benchmarks.card_numbers [FILES [SEED]]

Files of all kinds, made up by a seed; half of them hold card numbers, and all hold numbers that only look like one.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from math import inf
from pathlib import PurePath

from scanner.gatherers.backups.streams import Timed
from scanner.gatherers.owner.contents import CHUNK, Memory, search
from scanner.text.cards import card_numbers
from tests.card_corpus import LIKE, corpus

LOOK_ALIKES = 100_000


def main(files: int = 2400, seed: int = 7) -> None:
    """Print the figures."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for made in corpus(files, seed):
        found, _ = search(Timed(Memory(made.content), inf, CHUNK), made.name, deep=False)
        sure = found is not None and found.certain
        kind = "".join(PurePath(made.name).suffixes)
        right["found" if sure else "left alone"] += sure == bool(made.last)
        wrong[f"{'mistaken' if sure else 'missed'} {kind}"] += sure != bool(made.last)
    mistaken = sum(count for what, count in wrong.items() if what.startswith("mistaken"))
    missed = sum(count for what, count in wrong.items() if what.startswith("missed"))
    print(f"{files} files: {right['found']} with card numbers found, {missed} missed, {mistaken} mistaken")
    print(
        f"precision {right['found'] / (right['found'] + mistaken):.4f}, recall {right['found'] / (right['found'] + missed):.4f}"
    )
    print("; ".join(f"{what}: {count}" for what, count in sorted(wrong.items()) if count))
    chance = random.Random(seed)
    taken = sum(card.sure for number in range(LOOK_ALIKES) for card in card_numbers(LIKE[number % len(LIKE)](chance)))
    print(f"{LOOK_ALIKES:,} numbers that only look like one: {taken} taken for a card's")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
