"""The long list: names that are too rare to be asked for every time, so that each night asks for some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")
WHOLE = 4_000
"""As many names as no list has."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Which part of the long list a scan asks for: ``count`` names from number ``start`` on; none where count is 0.

    The list is another one where the shop's platform was recognised meanwhile; then some names come twice or late.
    """

    start: int = 0
    count: int = 0

    def slice(self, whole: Sequence[_T]) -> Sequence[_T]:
        """This scan's part. Behind the end it begins anew."""
        begin = self.start if self.start < len(whole) else 0
        return whole[begin : begin + self.count]

    def reached(self, came: int, of: int) -> int:
        """How far the list is done after so many names of this part were answered."""
        return (self.start if self.start < of else 0) + came if self.count else 0


NO_TAIL = Tail()
