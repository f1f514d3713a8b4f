"""The value that stands for evidence which could not be had."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Could not be gathered. It is never read as "not there". defect: whether we are to blame, not the shop."""

    because: str
    defect: bool = False
