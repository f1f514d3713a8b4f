"""Wall seconds of a demo scan against the floor that its pace sets (requests ÷ rate), and its peak memory.

.venv/bin/python benchmarks/demo_scan.py [RATE] [RUNS]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SCAN = """
import sys, json, tempfile, time, resource
from pathlib import Path
from click.testing import CliRunner
from shopwarden.cli.group import main
rate = sys.argv[1]
began = time.monotonic()
result = CliRunner().invoke(main, ["demo", "--rate", rate, "--json", "out.json", "--html", "out.html", "--quiet"])
print(json.dumps({"exit": result.exit_code, "wall": time.monotonic() - began,
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def run(rate: float) -> dict[str, float]:
    """One demo scan in a process of its own; the demo shop's servers run in the same process and count."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", SCAN, str(rate)], cwd=folder, capture_output=True, text=True, check=True)
        figures: dict[str, float] = json.loads(done.stdout)
        scan = json.loads((Path(folder) / "out.json").read_text())
    return {**figures, "requests": scan["requests"]["http"], "seconds": scan["seconds"]}


def main() -> None:
    rate = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    seen = []
    for _ in range(runs):
        seen.append(run(rate))
        last = seen[-1]
        floor = last["requests"] / rate
        print(
            f"{last['requests']:.0f} requests, scan {last['seconds']:.1f} s, floor {floor:.1f} s, "
            f"ratio {last['seconds'] / floor:.2f}, whole process {last['wall']:.1f} s, peak {last['peak']:.0f} MB"
        )
    print(f"median ratio {statistics.median(one['seconds'] * rate / one['requests'] for one in seen):.2f}")


if __name__ == "__main__":
    main()
