"""How many HTTP requests each concern may send: data, printed by ``plan``.

A share of its own for each concern keeps a scan deterministic: what one part sends never decides what is left for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

SHARES: Mapping[str, int] = {
    "transport": 10,
    "pages": 60,
    "directories": 25,
    "doors": 20,
    "names": 60,
    "admin": 25,
    "soft-404": 60,
    "files": 30,
}
FEWEST: Mapping[str, int] = {"pages": 4}
"""Of a small ``--max-requests``: without the home page, by https or by http, there is no scan."""
REST = "rest"
"""Retries and the looks at whether the shop still lets us in; what ``--max-requests`` leaves beyond the shares."""


class OutOfRequests(Exception):
    """A concern's share of the request budget is used up."""


class Budget:
    """Counts requests by concern. most: requests in all; pages: the most pages that the crawl may read."""

    def __init__(self, most: int, pages: int = SHARES["pages"]) -> None:
        self.shares = shares(most, pages)
        self.most = most
        self.used: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Requests taken so far."""
        return self.used.total()

    def left(self, concern: str) -> int:
        """What a concern may still send."""
        return max(0, min(self.shares[concern] - self.used[concern], self.most - self.total))

    def take(self, concern: str) -> None:
        """Count one request. Raises OutOfRequests."""
        if not self.left(concern):
            raise OutOfRequests(f"The request budget for this part is used up ({self.shares[concern]} of {self.most} in all).")
        self.used[concern] += 1


def shares(most: int, pages: int = SHARES["pages"]) -> dict[str, int]:
    """Each concern's share. Below the sum of all shares every one shrinks alike."""
    wanted = {**SHARES, "pages": pages}
    total = sum(wanted.values())
    if most < total:
        wanted = {concern: max(FEWEST.get(concern, 1), share * most // total) for concern, share in wanted.items()}
    return {**wanted, REST: max(most - sum(wanted.values()), most // 10)}
