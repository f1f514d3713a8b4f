"""How old the data is that comes with the program: the oldest part counts."""

from __future__ import annotations

from datetime import date

from scanner.platforms.libraries import libraries
from scanner.platforms.loading import platforms


def data_as_of() -> date:
    """The day up to which platforms and JavaScript libraries are known."""
    recorded, _ = libraries()
    support = max(max(platform.recorded, platform.support_recorded or date.min) for platform in platforms().values())
    return min(recorded, support)
