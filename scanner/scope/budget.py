"""How many HTTP requests each part of a scan may send: data on the gatherers, printed by ``plan``.

A share of its own for each part keeps a scan deterministic: what one part sends never decides what is left for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.rules.rule import RuleError


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the request budget, declared by whoever sends (``@gatherer(share=…)``) and named with each request.

    amount: requests, where ``--max-requests`` leaves room for all shares; below that every one shrinks alike, to no fewer than
    ``least``. redirects: whether what a redirect leads to is paid from it too; otherwise the rest pays.
    """

    name: str
    amount: int
    least: int = 1
    redirects: bool = False


REST = Share("rest", 0)
"""Retries and the looks at whether the shop still lets us in; what ``--max-requests`` leaves beyond the shares."""


class UndeclaredShare(RuleError):
    """Requests are to be paid from a share that no gatherer declares: a defect of the program or of a plugin."""

    def __init__(self, share: object) -> None:
        super().__init__(
            f"the share {getattr(share, 'name', share)!r} of the request budget is declared by no gatherer; "
            "say @gatherer(share=Share(name, amount)) where it is used"
        )


class OutOfRequests(Exception):
    """A share of the request budget is used up."""


class Budget:
    """Counts requests by share. most: requests in all. shares: those that are declared; the rest is always there. more: what some
    shares hold on top of all that."""

    def __init__(self, most: int, shares: Iterable[Share] = (), more: Mapping[Share, int] | None = None) -> None:
        on_top = {share.name: amount for share, amount in (more or {}).items()}
        declared = amounts(most, shares)
        self.amounts = {**declared, **{name: declared.get(name, 0) + amount for name, amount in on_top.items()}}
        self.most = most + sum(on_top.values())
        self.used: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Requests taken so far."""
        return self.used.total()

    def amount(self, share: Share) -> int:
        """What a share holds in this scan. Raises UndeclaredShare."""
        found = self.amounts.get(getattr(share, "name", ""))
        if found is None:
            raise UndeclaredShare(share)
        return found

    def left(self, share: Share) -> int:
        """What may still be sent from a share. Raises UndeclaredShare."""
        return max(0, min(self.amount(share) - self.used[share.name], self.most - self.total))

    def take(self, share: Share) -> None:
        """Count one request. Raises OutOfRequests, and UndeclaredShare."""
        if not self.left(share):
            raise OutOfRequests(f"The request budget for this part is used up ({self.amount(share)} of {self.most} in all).")
        self.used[share.name] += 1


def amounts(most: int, shares: Iterable[Share]) -> Mapping[str, int]:
    """What each share holds when this many requests may be sent in all, and the rest."""
    declared = tuple(shares)
    total = sum(share.amount for share in declared)
    wanted = {share.name: share.amount if most >= total else max(share.least, share.amount * most // total) for share in declared}
    return {**wanted, REST.name: max(most - sum(wanted.values()), most // 10)}
