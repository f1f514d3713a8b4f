"""A table of all hostile shops: what the scan of each took and came to.

``python benchmarks/hostile_cases.py [WORDS]`` runs the cases of ``tests/hostile`` whose names hold WORDS, checks each as the
tests do, and prints Markdown: seconds and peak memory of the program's process, HTTP requests and sockets connected, exit code,
how far the scan came, findings, and checks that could not be made. Only loopback is connected to.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hostile.cases import CASES
from tests.hostile.harness import hold
from tests.hostile.pool import Pool

HEADINGS = (
    "case",
    "seconds",
    "CPU s",
    "peak MB",
    "requests",
    "connections",
    "exit",
    "scan",
    "findings",
    "could not be checked",
    "holds",
)


def main() -> int:
    chosen = [case for case in CASES if " ".join(sys.argv[1:]).lower() in case.name.lower()]
    print("| " + " | ".join(HEADINGS) + " |\n" + "|---" * len(HEADINGS) + "|")
    failed, peak, longest = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        pool = Pool(Path(folder))
        try:
            pool.begin(chosen)
            for case in chosen:
                ran = pool.ran(case)
                if not (ran.folder / "result.json").exists():
                    failed += 1
                    print(f"| {case.name} | {ran.seconds:.1f} |" + " |" * 8 + f" NO: ended with {ran.code} |", flush=True)
                    continue
                try:
                    hold(case, ran)
                    holds = "yes"
                except AssertionError as error:
                    failed += 1
                    holds = f"NO: {str(error).splitlines()[0][:80] if str(error) else 'see its test'}"
                connections = sum(event[0] == "socket.connect" for event in ran.events)
                findings = sum(len(verdict["findings"]) for verdict in ran.verdicts.values())
                unclear = sum(verdict["verdict"] == "inconclusive" for verdict in ran.verdicts.values())
                peak, longest = max(peak, ran.peak), max(longest, ran.seconds)
                cells = (
                    case.name, f"{ran.seconds:.1f}", f"{ran.cpu:.1f}", f"{ran.peak / 1e6:.0f}",
                    ran.result["requests"]["http"], connections,
                    ran.code, ran.result["status"], findings, f"{unclear} of {len(ran.verdicts)}", holds,
                )  # fmt: skip
                print("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |", flush=True)
        finally:
            pool.close()
    print(f"\n{len(chosen)} cases, {failed} failed; at most {peak / 1e6:.0f} MB and {longest:.1f} s.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
