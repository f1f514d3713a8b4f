"""Which recorded shop, and which of its scans, a person means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from scanner.history.connect import HistoryError
from scanner.history.store import REACHED, History
from scanner.history.trend import known_from
from scanner.results.document import ScanDocument
from scanner.rules.rule import Rule
from scanner.scope.target import BadAddress, Target
from scanner.settings.models import Settings
from scanner.text.clock import Clock
from shopwarden.operations.errors import Refused
from shopwarden.operations.keep import database_of


@contextmanager
def opened(settings: Settings, database: str | None) -> Iterator[History]:
    """The history, closed afterwards. database: as the caller says, if he does. Raises Refused, for whatever is wrong with it."""
    try:
        history = History.open(database_of(settings, database))
        try:
            yield history
        finally:
            history.close()
    except HistoryError as error:
        raise Refused(str(error)) from error


def key_of(history: History, site: str) -> str:
    """A recorded shop's key, from its key, address, host or name. Raises Refused where it is none, or one of several."""
    found = set(history.sites_called(site))
    if (key := key_of_address(site)) is not None and history.scans(key, last=1):
        found.add(key)
    if len(found) > 1:
        raise Refused(f"{site!r} may be {' or '.join(sorted(found))}; give one of these")
    if not found:
        raise Refused(f"no scan of {site!r} is recorded in {history.where} (shopwarden history lists the shops)")
    return found.pop()


def key_of_address(address: str) -> str | None:
    """The key of an address; None where it is none."""
    try:
        return Target.of(address).key
    except BadAddress:
        return None


def forget_scans_after(history: History, site: str, day: date, rules: Mapping[str, Rule]) -> tuple[str, int]:
    """Delete a shop's scans of later days than this one (UTC), which a wrong clock has dated, and what is known from them.

    rules: by id. Its key, and how many scans went. Raises Refused and HistoryError.
    """
    key = key_of(history, site)
    limit = datetime.combine(day + timedelta(days=1), time(), UTC)
    return key, history.forget_after(key, limit, partial(known_from, rules=rules))


def accept_clock_of(history: History, site: str) -> tuple[str, datetime]:
    """Take the present moment to be right, though a shop's last scan lies more than a year back. Its key, and that moment.

    Raises Refused and HistoryError.
    """
    key, now = key_of(history, site), Clock().now() + history.ahead
    history.accept_clock(key, now)
    return key, now


def two_scans(history: History, key: str, old: str | None, new: str | None) -> tuple[ScanDocument, ScanDocument]:
    """Two scans by the beginnings of their ids, or the last two that reached the shop. Raises Refused."""
    scans = history.scans(key)
    if old is not None and new is not None:
        chosen = []
        for word in (old, new):
            matching = [past for past in scans if past.id.startswith(word.lower())]
            if len(matching) != 1:
                problem = "no scan of this shop has" if not matching else "more than one scan has"
                raise Refused(f"{problem} the id {word} (shopwarden history {key} lists them)")
            chosen.append(history.document(matching[0].id))
        return chosen[0], chosen[1]
    if old is not None:
        raise Refused("give both scans, or neither for the last two (shopwarden history SITE lists them)")
    reached = [past for past in scans if past.status in REACHED]
    if len(reached) < 2:
        raise Refused(f"{key}: two scans that reached it are needed, and there are {len(reached)}")
    return history.document(reached[1].id), history.document(reached[0].id)
