"""Which tests run in the same process, one after the other, and which begin first, where several processes share the work."""

from __future__ import annotations

from zlib import crc32

import pytest
from xdist.scheduler import LoadScopeScheduling

LONG = (
    "tests/hostile/test_hostile.py", "tests/hostile/test_report_of_lies.py", "tests/soak/", "tests/scanner/history/test_second_night.py",
    "tests/servers/", "tests/browser/", "tests/hostile/", "tests/shopwarden/", "tests/scanner/engine/",
)  # fmt: skip
"""What takes longest, that first: a long file that begins last is waited for by everybody."""
ONE_POOL = frozenset({"tests/hostile/test_hostile.py", "tests/hostile/test_report_of_lies.py"})
IN_PARTS = {"tests/servers/test_fixes.py": 4}
"""A file whose tests share nothing → into how many parts it may go."""


def share(nodeid: str) -> str:
    """What a test belongs to: its file, as that has the fixtures; what several files share; or a part of a long file."""
    file = nodeid.partition("::")[0]
    if file in ONE_POOL:
        return "tests/hostile"
    return f"{file}:{crc32(nodeid.encode()) % IN_PARTS[file]}" if file in IN_PARTS else file


def longest_first(items: list[pytest.Item]) -> None:
    """In place; the random order stays within each place of ``LONG``."""
    items.sort(key=lambda item: next((number for number, one in enumerate(LONG) if item.nodeid.startswith(one)), len(LONG)))


class Shares(LoadScopeScheduling):
    """As ``--dist loadfile``."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
