"""Hostile shops in a batch of ordinary ones: whether the others notice, and what the batch takes.

    .venv/bin/python -m benchmarks.hostile_street [ORDINARY HOSTILE]: 970 and 30 unless given

Two batches over the same ordinary shops, one of them with hostile shops spread among them: each ordinary shop's JSON must be the
same in both, but for times and byte counts; what differs is printed with host and rule. Threads, open files and memory of all
processes are looked at meanwhile, and must be about the same in the last quarter as in the second one. Only loopback is connected
to.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.crowd import Crowd, crowd, differences, misbehaving


def main(ordinary: int, hostile: int) -> int:
    """Print what it came to; 1 where something did not hold."""
    cases = misbehaving(hostile)
    ran: list[Crowd] = []
    for some in ((), cases):
        with tempfile.TemporaryDirectory() as folder:
            ran.append(crowd(ordinary, some, Path(folder)))
            _say(f"{ordinary} ordinary shops, {len(some)} hostile ones", ran[-1])
    alone, among = ran
    lines = differences(alone, among)
    print("".join(f"  {line[:400]}\n" for line in lines), end="")
    different = {line.partition(":")[0] for line in lines}
    ended = ", ".join(f"{number} {status}" for status, number in sorted(Counter(among.hostile.values()).items()))
    print(f"ordinary shops with another result: {len(different)} of {ordinary}; hostile ones: {ended}")
    return 1 if different or not all(map(_flat, ran)) else 0


def _say(what: str, ran: Crowd) -> None:
    early, late = ran.most(0.25, 0.5), ran.most(0.75, 1.0)
    print(
        f"{what}: exit code {ran.code}, {ran.cpu:.0f} s of CPU; second quarter → last quarter: threads {early.threads} → "
        f"{late.threads}, open files {early.files} → {late.files}, memory {early.memory / 1e6:.0f} → {late.memory / 1e6:.0f} MB "
        f"in {late.processes} processes, the largest {late.largest / 1e6:.0f} MB",
        flush=True,
    )


def _flat(ran: Crowd) -> bool:
    early, late = ran.most(0.25, 0.5), ran.most(0.75, 1.0)
    return late.threads <= early.threads + 4 and late.files <= 1.25 * early.files and late.memory <= 1.25 * early.memory


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (970, 30)))
