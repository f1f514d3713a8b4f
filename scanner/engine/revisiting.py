"""Open findings are looked at again by whoever looks at such places: each gatherer says what it revisits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order
from scanner.gatherers.contract import Revisits
from scanner.history.known import KnownSite
from scanner.history.renames import renamed
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.text.redact import REDACTED


def open_first(order: Order, catalogue: Catalogue, known: KnownSite) -> Order:
    """The same order; what is open is looked at first: without that nothing can be called fixed.

    What is asked for at well-known addresses is no page of the shop: if the crawl read it as one tonight, an installer's headers
    and cookies would be the shop's.
    """
    revisited, known = _revisited(order, catalogue), renamed(known, catalogue.rules)
    still = [(rule, finding) for rule, _, finding in known.open_findings if rule in revisited]
    of_pages = {rule for rule, by in revisited.items() if Revisits.PAGES in by and Revisits.PLACES not in by}
    on_pages = (one for rule, finding in still if rule in of_pages for one in finding.to_visit)
    focus = _focus(revisited, ((rule, place) for rule, finding in still for place in finding.places))
    return replace(order, focus=replace(focus, first=visits(order.target, on_pages)))


def only(order: Order, catalogue: Catalogue, wanted: Iterable[tuple[str, Iterable[str]]]) -> Order:
    """The same order for these rules alone, and the places and addresses given with each.

    The folders above a place come along: what runs in ``/old/`` decides which addresses below it are asked for.
    """
    visited = [(rule, one) for rule, ones in wanted for one in ones]
    places: dict[str, None] = {}
    for place in visits(order.target, (one for _, one in visited)):
        parts = place.partition("?")[0].split("/") if place.startswith("/") else [place]
        places |= dict.fromkeys([place, *("/".join(parts[:depth]) + "/" for depth in range(len(parts) - 1, 0, -1))])
    rules = {rule for rule, _ in visited}
    focus = replace(_focus(_revisited(order, catalogue), visited), first=tuple(places), only=True)
    return replace(order, rules=tuple(rule for rule in order.rules if rule in rules), focus=focus)


def visits(target: Target, wanted: Iterable[str]) -> tuple[str, ...]:
    """Places as they are; the shop's own addresses as path and query; other addresses are left out, and those in which something
    was redacted: to ask for what is left of them would examine another place."""
    found: dict[str, None] = {}
    for one in wanted:
        if REDACTED in one:
            continue
        if not one.startswith(("http://", "https://")):
            found[one] = None
        elif target.covers(one):
            parts = urlsplit(one)
            found[(parts.path or "/") + (f"?{parts.query}" if parts.query else "")] = None
    return tuple(found)


def _revisited(order: Order, catalogue: Catalogue) -> Mapping[str, frozenset[Revisits]]:
    """Rule → what is revisited by those who make its evidence."""
    return {
        rule.id: frozenset(catalogue.gatherers[need.kind].revisits for need in rule.needs if need.kind in catalogue.gatherers)
        - {Revisits.NOTHING}
        for rule in catalogue.rules_of(order.rules)
    }


def _focus(revisited: Mapping[str, frozenset[Revisits]], places: Iterable[tuple[str, str]]) -> Focus:
    """(rule, place) of findings, to those who look at such places."""
    folders: dict[str, None] = {}
    again: dict[tuple[str, str], None] = {}
    for rule, place in places:
        if REDACTED in place:
            continue
        by = revisited.get(rule, frozenset())
        if Revisits.FOLDERS in by and place.startswith("/") and place.endswith("/"):
            folders[place] = None
        if (Revisits.PLACES if place.startswith("/") else Revisits.NAMES) in by:
            again[rule, place] = None
    return Focus(folders=tuple(folders), again=tuple(again))
