"""A second look: only these rules, these places; everything else counts as not examined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Focus:
    """What a scan looks at first, or only.

    first: places of open findings that were seen on pages; a crawl visits them before anything else. folders: directories that
    open findings are about; they are looked into. again: (rule, place) of open findings at well-known addresses, and at other
    names. They are all looked at even where nothing leads there any more. What was no page of the crawl does not become one, so
    that a night's scan sees what a first scan would. only: whether nothing else is looked at.
    """

    first: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    again: tuple[tuple[str, str], ...] = ()
    only: bool = False

    def wants(self, place: str) -> bool:
        """Whether a place is to be looked at."""
        return not self.only or place in self.first
