"""The dates of scans: each is later than the one before, and none is recorded that a wrong clock has made up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanner.results.document import ScanDocument

BACK = timedelta(hours=26)
"""How far a clock may go back between two scans: a day, and summer time."""
AHEAD = timedelta(days=365)
"""How far it may go on."""
AFTER = timedelta(seconds=1)
EARLIER = (
    "By this computer's clock, this scan began on {day.day} {day:%B %Y} at {day:%H:%M} UTC, before the last one that is "
    "recorded. It is dated a second after that one."
)


class StrangeDate(Exception):
    """A clock is wrong, or the history is; the text says both dates and the way out."""


def recorded_at(site: str, started: datetime, last: datetime | None, right: datetime) -> datetime:
    """When a scan counts as begun: as it says, or a second after the last one. Raises StrangeDate.

    last: of the site's newest recorded scan, or None. right: the newest moment that no clock has made up: the same or, where
    there is none, of the newest scan of any site; or what somebody has called right.
    """
    if started > right + AHEAD:
        raise StrangeDate(
            f"{_both(site, started, right)} Set the clock; if it is right and the shop has rested, call this once more with "
            f"--accept-clock, or: shopwarden history {site} --accept-clock"
        )
    if last is None or started > last:
        return started
    if started < last - BACK:
        raise StrangeDate(
            f"{_both(site, started, last)} Set the clock; if it is right, a wrong one has dated the history: shopwarden history "
            f"{site} --forget-after {started:%Y-%m-%d}"
        )
    return last + AFTER


def moved(seen: ScanDocument, at: datetime) -> ScanDocument:
    """The same scan, begun at another moment, with a note that says so."""
    return seen.model_copy(
        update={
            "started": at,
            "finished": seen.finished + (at - seen.started),
            "notes": (*seen.notes, EARLIER.format(day=seen.started)),
        }
    )


def _both(site: str, started: datetime, last: datetime) -> str:
    return (
        f"{site}: nothing is recorded, because the clock says {started:%Y-%m-%d %H:%M} UTC and the last scan in the history is "
        f"of {last:%Y-%m-%d %H:%M} UTC."
    )
