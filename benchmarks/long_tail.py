"""How many names of public lists the long list finds, by night and with ``--deep``; and what a night asks for.

    python -m benchmarks.long_tail

The names are those of SecLists' ``Common-DB-Backups.txt`` and ``quickhits.txt`` (those of our kinds, up to the letter C), as
of November 2026; none of them was taken into our list for being there.
"""

from __future__ import annotations

from pathlib import Path

from scanner.engine.catalogue import load
from scanner.evidence import Known
from scanner.gatherers.probing.probes import ProbePlan, merged
from scanner.scope.tail import Tail

NAMES = Path(__file__).parents[1] / "fixtures" / "names" / "public.txt"
A_NIGHT = 40


def places(known: Known) -> tuple[list[str], list[str]]:
    """What a scan asks for anyway, and the long list without that, in order."""
    catalogue = load(plugins=False)
    plan = ProbePlan(catalogue.rules_of(catalogue.chosen()), catalogue.knowledge)
    usual = [ask.place for ask in merged(plan.probes(known), known)]
    return usual, [ask.place for ask in merged(plan.long_list(known), known)]


def found_by(night: int, names: set[str], usual: list[str], further: list[str]) -> int:
    """How many of the names were asked for until the end of this night; night 0 is the core alone."""
    asked = set(usual)
    for number in range(night):
        asked.update(Tail(number * A_NIGHT, A_NIGHT).slice(further))
    return len(names & asked)


def main() -> None:
    names = set(NAMES.read_text(encoding="utf-8").split())
    usual, further = places(Known("petalandstem.example", 2026))
    print(
        f"{len(names)} names; the core asks for {len(usual)}, the long list holds {len(further)}:",
        f"{-(-len(further) // A_NIGHT)} nights",
    )
    for night in (0, 1, 10, 40, 60):
        found = found_by(night, names, usual, further)
        print(f"  by night {night:2}: {found:3} found, {100 * found / len(names):.0f} %")
    everything = len(names & {*usual, *further})
    print(
        f"  with --deep: {everything} found, {100 * everything / len(names):.0f} %, in one scan of {len(further)} more requests"
    )


if __name__ == "__main__":
    main()
