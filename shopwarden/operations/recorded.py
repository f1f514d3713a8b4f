"""Which recorded shop, and which of its scans, a person means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scanner.history.connect import HistoryError
from scanner.history.store import History
from scanner.results.document import ScanDocument
from scanner.scope.target import BadAddress, Target
from scanner.settings.models import Settings
from shopwarden.operations.errors import Refused
from shopwarden.operations.keep import database_of

REACHED = frozenset({"complete", "partial"})


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
