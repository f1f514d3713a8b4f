"""What a shop costs a process that is warm: seconds of CPU, from its first request to its report and its record.

.venv/bin/python -m benchmarks.cost [SHOPS] [FILE]: 20 unless given, after some that count for nothing

The shops are those of ``benchmarks.street``, 150 requests each by https; they are served, and their TLS is read, by other
processes: what those cost is told apart. With FILE all work is done in one thread and profiled there (cProfile; ``python -m
pstats FILE``).
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.street import street
from scanner.engine.catalogue import load
from scanner.engine.scan import Order
from scanner.gatherers.apart.children import end_all
from scanner.history.store import History
from scanner.settings.reading import read_settings
from shopwarden.operations.batch import Batch
from shopwarden.operations.memory import give_freed_memory_back
from shopwarden.operations.one_shop import ShopScanner, Terms
from shopwarden.operations.order import order_of

WARM = 4
AT_ONCE = 4


async def here(do: Callable[..., Any], *words: Any, **more: Any) -> Any:
    """In place of ``asyncio.to_thread``, for a profile."""
    return do(*words, **more)


def measure(shops: int, profile: Path | None) -> dict[str, float]:
    """So many shops, in this process."""
    give_freed_memory_back()
    catalogue = load()
    with street(WARM + shops, 1) as made, tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "shopwarden.toml")
        file.write_text(made.settings(WARM + shops, rate=1000))
        settings = read_settings(file)
        orders = [order_of(site.url, settings, {}, catalogue, site=site) for site in settings.site]
        history = History.open(str(file.with_name("history.sqlite3")))
        scanner = ShopScanner(Terms(file.with_name("reports")), catalogue, history)
        file.with_name("reports").mkdir()

        async def run(some: Sequence[Order]) -> None:
            batch = Batch(scanner, catalogue.rules, Path(folder), history=history, at_once=AT_ONCE)
            await batch.scan_all(some)
            if (statuses := {line.status for line in batch.lines.values()}) != {"complete"}:
                sys.exit(f"the shops are {statuses}")

        async def runs() -> tuple[float, float]:
            await run(orders[:WARM])
            own, wall = time.process_time(), time.monotonic()
            if profile is None:
                await run(orders[WARM:])
            else:
                with cProfile.Profile() as seen, patch("asyncio.to_thread", here):
                    await run(orders[WARM:])
                seen.dump_stats(profile)
            return time.process_time() - own, time.monotonic() - wall

        own, wall = asyncio.run(runs())
        history.close()
        end_all()
    ended = os.times()
    return {
        "shops": shops,
        "requests a shop": round(made.said["requests"] / (WARM + shops), 1),
        "seconds of CPU a shop": round(own / shops, 3),
        "of processes apart besides": round((ended.children_user + ended.children_system - made.said["cpu"]) / (WARM + shops), 3),
        "of the servers": round(made.said["cpu"] / (WARM + shops), 3),
        "shops a minute": round(60 * shops / wall, 1),
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(measure(int(words[0]) if words else 20, Path(words[1]) if len(words) > 1 else None)))
