"""A second look: only these rules, these places; everything else counts as not examined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Focus:
    """What a scan looks at first, or only.

    first: places of open findings (paths); a crawl visits them before anything else. only: whether nothing else is looked at.
    """

    first: tuple[str, ...] = ()
    only: bool = False

    def wants(self, place: str) -> bool:
        """Whether a place is to be looked at."""
        return not self.only or place in self.first
