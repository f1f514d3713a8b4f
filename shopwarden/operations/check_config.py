"""A configuration that can be read is tried: the history, the folder of reports, every backup, every receiver's login."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from reports.alerts.messages import trial
from reports.alerts.words import Told
from reports.text.brand import brand_of, mail_logo_of
from scanner.evidence import BackupPlace, RecordsPlace, Unavailable
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import BackupPlan
from scanner.gatherers.letters.letters import LetterPlan, places_in, read_letters
from scanner.gatherers.owner.records import records
from scanner.gatherers.owner.register import OwnerPlan
from scanner.history.connect import HistoryError
from scanner.history.outbox import Waiting
from scanner.history.store import History
from scanner.settings.models import Agency, Alert
from scanner.text.clock import Clock
from scanner.text.sanitize import sanitize
from shopwarden.delivery.receiver import NotDelivered, Receiver, in_time
from shopwarden.operations.nightly import Run
from shopwarden.operations.notify import words_of

RECORDS_SECONDS = 15.0
"""For one place: enough to see that it can be read."""
ONLY_A_MESSAGE = "only a message shows whether it arrives; --send-test sends one"


class State(StrEnum):
    """How a try ended."""

    WORKS = "works"
    DOUBTFUL = "doubtful"
    """Hardly what was meant."""
    FAILED = "failed"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing of a configuration. what: where it stands and what it is. how: how it went, in words that may be empty."""

    state: State
    what: str
    how: str = ""


def try_all(run: Run, *, send_test: bool = False) -> Iterator[Tried]:
    """Try everything that a night of this run would need, but the shops themselves. send_test: send each receiver one message.

    Nothing is scanned, recorded or told, and the heartbeat is left alone: it says that a night is complete.
    """
    yield _history(run)
    yield _folder(run.folder)
    if run.settings.agency is not None and run.settings.agency.logo is not None:
        yield _logo(run.settings.agency, run.settings.agency.logo)
    yield from _accepted(run)
    yield from _backups(run)
    yield from _letters(run)
    yield from _records(run)
    if run.heartbeat:
        yield Tried(State.UNTRIED, "nightly.heartbeat", "it would say that a night is complete")
    yield from _receivers(run, send_test=send_test)


def _logo(agency: Agency, file: Path) -> Tried:
    if problem := brand_of(agency).logo_problem:
        return Tried(State.FAILED, "agency.logo", problem)
    if mail_logo_of(agency) is None:
        return Tried(State.WORKS, "agency.logo", f"{file}; mails show the name in its place, since few mail programs show an SVG")
    return Tried(State.WORKS, "agency.logo", str(file))


def _history(run: Run) -> Tried:
    try:
        history = History.open(run.database)
    except HistoryError as error:
        return Tried(State.FAILED, "history", str(error))
    try:
        return Tried(State.WORKS, "history", f"{history.where}; shops in it: {len(history.latest())}")
    except HistoryError as error:
        return Tried(State.FAILED, "history", str(error))
    finally:
        history.close()


def _folder(folder: Path) -> Tried:
    """The folder of reports, or the nearest one above in which it would be made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        return Tried(State.FAILED, "nightly.folder", f"{there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        return Tried(State.FAILED, "nightly.folder", f"{there} cannot be written to by this user")
    return Tried(State.WORKS, "nightly.folder", str(folder))


def _accepted(run: Run) -> Iterator[Tried]:
    """Accepted risks whose last day is over: they count again, which somebody may have meant otherwise."""
    today = datetime.now(UTC).date()
    for shop in run.shops.shops:
        for number, risk in enumerate(shop.site.accepted, 1):
            if risk.until < today:
                what = f"{sanitize(shop.name, 80)}, accepted[{number}] ({risk.rule})"
                yield Tried(
                    State.DOUBTFUL,
                    what,
                    f"its last day was {risk.until}, so that it counts again; write a later one, or delete it",
                )


def _backups(run: Run) -> Iterator[Tried]:
    """Every place with the login that the configuration gives for it; those of one shop side by side."""
    for shop in run.shops.shops:
        if shop.site.backup:
            found = asyncio.run(backups(BackupPlan(shop.site.backup, run.settings.folder), Clock()))
            for number, place in enumerate(found.places, 1):
                yield _backup(f"{sanitize(shop.name, 80)}, backup[{number}] ({place.kind})", place)


def _backup(what: str, place: BackupPlace) -> Tried:
    where = sanitize(place.location, 200)
    if isinstance(place.files, Unavailable):
        return Tried(State.FAILED, what, f"{where}: {sanitize(place.files.because)}")
    if place.folder_missing:
        return Tried(State.FAILED, what, f"{where}: there is no such folder")
    if not place.files:
        looked_for = f"{place.pattern!r}" if place.pattern else "a backup"
        return Tried(
            State.DOUBTFUL, what, f"{where}: it can be read, and none of its {place.seen} files is called like {looked_for}"
        )
    newest = place.files[0]
    words = (
        f"{where}: {len(place.files)} found, the newest of {newest.modified:%Y-%m-%d %H:%M} UTC ({sanitize(newest.name, 100)})"
    )
    if broken := getattr(place.content, "broken", ""):
        return Tried(State.DOUBTFUL, what, f"{words}. {sanitize(newest.name, 100)} {sanitize(broken)}.")
    return Tried(State.WORKS, what, words)


def _letters(run: Run) -> Iterator[Tried]:
    """The newest letter of every place. No name server is asked about its sender."""
    for shop in run.shops.shops:
        for number, place in enumerate(places_in(shop.site.letter, run.settings.folder), 1):
            what = f"{sanitize(shop.name, 80)}, letter[{number}]"
            found = asyncio.run(read_letters(LetterPlan((place,), most=1), Clock().now()))
            for unread in found.unread:
                yield Tried(State.FAILED, what, sanitize(unread.because))
            for one in found.letters:
                day = f"{one.sent:%Y-%m-%d}" if one.sent else "an unknown day"
                where, kind = sanitize(place.shown, 200), f"{one.kind} from {one.from_domain}"
                believed = place.authserv_id and one.sender.believed is None
                doubt = f", and {place.authserv_id} wrote no Authentication-Results into it" if believed else ""
                words = f"{where}: the newest is of {day} ({kind}){doubt}"
                yield Tried(State.DOUBTFUL if believed else State.WORKS, what, words)


def _records(run: Run) -> Iterator[Tried]:
    """Every place of records, likewise; what lies there is not read to its end."""
    for shop in run.shops.shops:
        if shop.site.records:
            found = asyncio.run(records(OwnerPlan(shop.site, run.settings.folder, deadline=RECORDS_SECONDS), Clock()))
            for number, place in enumerate(found.places, 1):
                yield _record(f"{sanitize(shop.name, 80)}, records[{number}]", place)


def _record(what: str, place: RecordsPlace) -> Tried:
    where = sanitize(place.location, 200)
    if place.problem is not None:
        return Tried(State.FAILED, what, f"{where}: {sanitize(place.problem.because)}")
    if place.folder_missing:
        return Tried(State.FAILED, what, f"{where}: there is no such folder")
    if not place.seen:
        return Tried(State.DOUBTFUL, what, f"{where}: it can be read, and holds no such file")
    return Tried(State.WORKS, what, f"{where}: {place.seen} files" if place.seen != 1 else f"{where}: 1 file")


def _receivers(run: Run, *, send_test: bool) -> Iterator[Tried]:
    """Each receiver once, however many entries name it."""
    seen: set[str] = set()
    for alert, receivers in run.post.entries if run.post else ():
        for receiver in receivers:
            if receiver.fingerprint not in seen:
                seen.add(receiver.fingerprint)
                yield _sent(run, alert, receiver) if send_test else _logged_in(receiver)


def try_receiver(run: Run, fingerprint: str) -> Tried | None:
    """Send one receiver a test message; None where there is no such receiver."""
    for alert, receivers in run.post.entries if run.post else ():
        for receiver in receivers:
            if receiver.fingerprint == fingerprint:
                return _sent(run, alert, receiver)
    return None


def _logged_in(receiver: Receiver) -> Tried:
    if receiver.login is None:
        return Tried(State.UNTRIED, receiver.label, ONLY_A_MESSAGE)
    try:
        in_time(receiver.login)
    except NotDelivered as problem:
        return Tried(State.FAILED, receiver.label, str(problem))
    return Tried(State.WORKS, receiver.label, "it takes the login")


def _sent(run: Run, alert: Alert, receiver: Receiver) -> Tried:
    """Not by the outbox: a test that failed must not arrive tomorrow."""
    shops = list(_concerned(run, alert))
    if not shops:
        return Tried(State.DOUBTFUL, receiver.label, "it would be told of none of these shops; nothing was sent")
    now = Clock().now()
    message = trial(receiver.fingerprint, shops, words_of(run.catalogue, run.settings.agency), now)
    try:
        in_time(partial(receiver.send, Waiting(message.id, receiver.fingerprint, now, message.as_json())))
    except NotDelivered as problem:
        return Tried(State.FAILED, receiver.label, str(problem))
    return Tried(State.WORKS, receiver.label, "it took the test message; look whether it arrived")


def _concerned(run: Run, alert: Alert) -> Iterable[Told]:
    languages = {order.key: order.options.language for order in run.orders}
    for shop in run.shops.shops:
        if alert.concerns(shop.key):
            yield Told(shop.key, shop.name, shop.site.url, language=languages.get(shop.key, "en"))
