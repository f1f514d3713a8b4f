"""How long a scan takes against servers of all tempers, and how slowly it asks those that suffer.

    python benchmarks/pace.py

Time is virtual (``tests/latency.py``): the real pace, four connections, five requests a second. *Ideal* is the same scan at full
rate all the time.
"""

from __future__ import annotations

from collections import defaultdict

from tests.latency import RATE, REQUESTS, Walked, traces, walk


def main() -> None:
    """Print a Markdown table, a line for each temper."""
    seen: dict[str, list[tuple[Walked, Walked | None]]] = defaultdict(list)
    for trace in traces():
        ideal = walk(trace, learns=False)[0] if trace.healthy else None
        seen[trace.name.partition(" #")[0]].append((walk(trace)[0], ideal))
    print(f"{sum(map(len, seen.values()))} servers, {REQUESTS} requests each, {RATE:g} a second at most.\n")
    print("| server | traces | seconds | ideal | most × ideal | slowest gap | gap at the end |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, walked in seen.items():
        ideal, times = "suffers", ""
        if pairs := [(one.seconds, best.seconds) for one, best in walked if best is not None]:
            ideal, times = f"{max(best for _, best in pairs):.0f}", f"{max(took / best for took, best in pairs):.2f}"
        slowest = max(one.slowest for one, _ in walked)
        print(
            f"| {name} | {len(walked)} | {max(one.seconds for one, _ in walked):.0f} | {ideal} | {times} | {slowest:.2f} s "
            f"| {max(one.last_gap for one, _ in walked):.2f} s |"
        )


if __name__ == "__main__":
    main()
