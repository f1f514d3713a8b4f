"""What a reader should know besides the verdicts: pure, from the evidence."""

from __future__ import annotations

from datetime import date

from scanner.evidence import Arrival, Listings, PageKind, Pages, Probes
from scanner.gatherers.contract import Gathered

MANY = 3
MOST_DAYS = 120  # then a reader should know that the data is old

_UNREACHED = {
    PageKind.CART: "The basket was not reached: no link leads there, and it is not at the usual address.",
    PageKind.CHECKOUT: "The checkout was not reached: no link leads there, or it opens only with a full basket.",
    PageKind.LOGIN: "The customers' login was not reached: no link leads there, and it is not at the usual address.",
}


def notes_of(gathered: Gathered, data_as_of: date | None) -> tuple[str, ...]:
    """Notes for the report, in a stable order. data_as_of: of the oldest table that a verdict relied on, if any did."""
    notes: list[str] = []
    arrival, pages, probes, listings = (gathered.get(kind) for kind in (Arrival, Pages, Probes, Listings))
    if isinstance(arrival, Arrival) and arrival.home is not None and arrival.origin.startswith("http://"):
        notes.append("The shop was read over http, because https could not be read.")
    if data_as_of and isinstance(arrival, Arrival) and (arrival.gathered_at.date() - data_as_of).days > MOST_DAYS:
        notes.append(f"Data on old software: {data_as_of.day} {data_as_of:%B %Y}. Newer: shopwarden update-data.")
    dropped = sum(bool(probed.soft404) for probed in probes.asked) if isinstance(probes, Probes) else 0
    dropped += len(listings.dropped) if isinstance(listings, Listings) else 0
    if dropped >= MANY:
        notes.append(
            f"This site answers every address, made-up ones too. {dropped} answers that looked like findings were left out "
            "for that reason."
        )
    if isinstance(pages, Pages):
        if pages.drawn:
            notes.append(
                "A program draws the shop's pages in the visitor's browser, and a scan runs none: what customers see, click and "
                "type there was not looked at."
            )
        notes += pages.remarks
        if waiting := dict.fromkeys(script for page in pages.all for script in page.scripts if script.waits):
            example = next((f", for example {script.held.partition('?')[0][:120]}" for script in waiting if script.held), "")
            notes.append(
                f"{len(waiting)} scripts wait until a visitor agrees or clicks{example}. No browser loads them before, so they "
                "were not judged."
            )
        notes += [words for kind, words in _UNREACHED.items() if kind in pages.unreached]
        if pages.left_out:
            notes.append(
                f"The crawl read {len(pages.all)} pages, chosen for variety; {pages.left_out} more addresses were known."
            )
    return tuple(notes)
