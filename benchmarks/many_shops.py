"""Many loopback shops in one batch: shops a minute, seconds of CPU a shop, peak memory.

.venv/bin/python -m benchmarks.many_shops [SHOPS …]: 100 and 500 unless given, 16 at once

The shops answer from this process, the batch runs in another: its CPU and memory are counted alone. Each shop has an address
of its own (127.0.x.y), so that the pace a server address limits nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.street import address, street

AT_ONCE = 16
ROOT = Path(__file__).parent.parent


def measure(count: int) -> dict[str, float]:
    """One batch of so many shops."""
    hosts = [f"shop{number}.example" for number in range(count)]
    with street(addresses=count) as shops, tempfile.TemporaryDirectory() as folder:
        sites = [f'[[site]]\nurl = "http://{host}"\nresolve = ["{host}:{address(n)}"]\n' for n, host in enumerate(hosts)]
        Path(folder, "shopwarden.toml").write_text("".join(sites))
        command = [sys.executable, "-m", "shopwarden", "batch", "--at-once", str(AT_ONCE), "--quiet"]
        command += shops.options()
        env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": folder}
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=env)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        done = json.loads(Path(folder, "shopwarden-reports", "shops.json").read_text())["shops"]
        complete = sum(shop["status"] == "complete" for shop in done)
        requests = sum(shops.asked.values())
    if process.returncode != 0 or complete != count:
        sys.exit(f"{complete} of {count} shops were scanned, exit code {process.returncode}")
    return {
        "shops": count,
        "shops a minute": round(60 * count / wall, 1),
        "seconds of CPU a shop": round((used.ru_utime + used.ru_stime) / count, 3),
        "peak memory, MB": round(used.ru_maxrss / 1024),
        "requests a shop": round(requests / count, 1),
    }


if __name__ == "__main__":
    for shops_wanted in [int(word) for word in sys.argv[1:]] or [100, 500]:
        print(json.dumps(measure(shops_wanted)), flush=True)
