"""Which rules a scan was limited to, and whether what is missing lets the rest have a grade. Pure."""

from __future__ import annotations

from collections.abc import Collection

from scanner.results.grade import UNGRADED
from scanner.results.result import Limited
from scanner.rules.rule import Rule, Severity

MOST_NAMED = 6


def limited_of(every: Collection[Rule], ran: Collection[str], *, asked: bool) -> Limited | None:
    """every: the rules that there are. ran: the ids of those that ran. asked: whether they were named one by one (``--only``).

    Who names some asks about these, and of the shop as a whole nothing is known. Where some were left out instead (``--skip``),
    none of critical or high severity may be among them, or the grade would be better for it.
    """
    missing = [rule for rule in every if rule.id not in ran]
    if not missing:
        return None
    left_out = _named([rule.id for rule in missing])
    because = f"Only these rules were asked for: {_named(ran)}." if asked else f"These rules were left out: {left_out}."
    graded = not asked and all(rule.severity.rank > Severity.HIGH.rank or rule.area in UNGRADED for rule in missing)
    return Limited(len(every) - len(missing), len(every), because, graded)


def _named(rules: Collection[str]) -> str:
    names = sorted(rules)
    return ", ".join([*names[:MOST_NAMED], *([f"… ({len(names)})"] if len(names) > MOST_NAMED else [])])
