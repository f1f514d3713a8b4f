"""What was freed is not kept, though something small that lives on lies beside each block."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

WORK = """
import sys
from pathlib import Path
from shopwarden.operations.memory import give_freed_memory_back

def taken():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

if sys.argv[1] == "back":
    give_freed_memory_back()
bytes(30_000_000)  # freed at once: from now on the library left alone keeps blocks of this size
before = taken()
blocks, beside = [], []
for _ in range(1000):
    blocks.append(b"x" * 100_000)
    beside.append(b"y" * 600)  # more than Python's own small blocks
blocks.clear()
print(taken() - before)
"""


def kept(how: str) -> float:
    """Megabytes of 100 that stay after they were freed."""
    ran = subprocess.run([sys.executable, "-c", WORK, how], capture_output=True, text=True, check=True)
    return float(ran.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library, with a way of its own")
def test_what_was_freed_goes_back() -> None:
    assert kept("back") < 10
    assert kept("left alone") > 50
