"""Nobody is told of a new high or critical problem before it was looked at a second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from scanner.engine.catalogue import Catalogue
from scanner.engine.revisiting import only, open_first
from scanner.engine.scan import Order, Scan
from scanner.history.known import KnownSite
from scanner.history.second_look import agreed, doubted
from scanner.results.result import ScanResult
from scanner.rules.verdicts import MOST_PLACES, Finding
from scanner.scope.tail import NO_TAIL

Look = Callable[[Order], Awaitable[Scan]]
"""How a scan is made; it may raise OwnDefect."""


async def looked_twice(order: Order, catalogue: Catalogue, known: KnownSite, look: Look) -> ScanResult:
    """A scan that visits open findings first; what would raise a high or critical alarm is looked at again."""
    first = (await look(open_first(order, catalogue, known))).result
    doubts = doubted(known, first, catalogue.rules)
    if not doubts:
        return first
    order = replace(order, tail=NO_TAIL)
    second = (await look(only(order, catalogue, [(found.rule.id, _to_visit(found.finding)) for found in doubts]))).result
    return agreed(first, second, doubts)


def _to_visit(finding: Finding) -> tuple[str, ...]:
    return (*finding.places, *finding.locations[:MOST_PLACES])
