"""Tables of customers, orders or newsletter readers that somebody exported into the public folder."""

from __future__ import annotations

from collections.abc import Iterator

from checks.exposure.long_list import table_list
from checks.exposure.proofs import customers
from checks.places import at, judged, likeliest, listed, own_folders, scripts
from scanner import Knowledge, Known, Probe, Probes, Severity, Verdict, check

MOST = 3
PART = 600
"""Enough for the columns' names and a first line: no more of it is asked for than the proof needs."""

_NAMES = ("/customers.csv", "/orders.csv", "/export.csv", "/newsletter.csv")


def tables(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """What a list of the server names, the usual names, then those of the shop's platform."""
    named = [Probe(path, customers, part=PART) for path in listed(known, ".csv", ".tsv")[:1]]
    wanted = [Probe(at(folder, name), customers, part=PART) for name in _NAMES for folder in own_folders(known)]
    own = [
        Probe(at(folder, path), customers, part=PART)
        for folder, one in scripts(known, knowledge)
        for path in one.exports
        if path.endswith(".csv")
    ]
    return likeliest(known, (*named, *wanted[:2], *own, *wanted[2:]), MOST)


def more_tables(known: Known, _knowledge: Knowledge) -> Iterator[Probe]:
    """Rarer names."""
    return table_list(known, PART)


@check("exposed-customer-data", severity=Severity.CRITICAL, probes=tables, tail=more_tables, fix_group="exposed-customer-data")
def exposed_customer_data(probes: Probes) -> Verdict:
    """A table with customers' data can be downloaded by everybody."""
    return judged(probes)
